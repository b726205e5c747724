package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
)

// An authority is the certificate authority of the simulated world. Whoever
// trusts its pool sees the data plane as a visitor sees AWS's.
//
// The simulated ACM knows RSA and EC certificates; the data plane shows
// ECDSA P-256 ones for all of them, with the right names and dates.
type authority struct {
	key  *ecdsa.PrivateKey // also the key of every leaf: nothing here is secret
	cert *x509.Certificate
	err  error // why there is none

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// The authority's own dates are wide: synctest starts in the year 2000.
var (
	authoritySince = time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC)
	authorityTill  = time.Date(2120, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// leavesLimit bounds the cache of leaf certificates.
const leavesLimit = 4096

func newAuthority() *authority {
	a := &authority{leaves: map[string]*tls.Certificate{}}
	a.key, a.err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if a.err != nil {
		return a
	}
	t := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "apifront simulator CA", Organization: []string{"Not Amazon"}},
		NotBefore:             authoritySince,
		NotAfter:              authorityTill,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &a.key.PublicKey, a.key)
	if err != nil {
		a.err = err
		return a
	}
	a.cert, a.err = x509.ParseCertificate(der)
	return a
}

// A savedAuthority is the authority in a state file, in PEM.
type savedAuthority struct {
	Key         string `json:"key"`
	Certificate string `json:"certificate"`
}

func (a *authority) save() (savedAuthority, error) {
	cert, err := a.pem()
	if err != nil {
		return savedAuthority{}, err
	}
	key, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		return savedAuthority{}, fmt.Errorf("certificate authority: %w", err)
	}
	return savedAuthority{string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key})), string(cert)}, nil
}

// loadAuthority reads the authority that was saved. Whoever trusted it before
// still does.
func loadAuthority(saved savedAuthority) (*authority, error) {
	key, _ := pem.Decode([]byte(saved.Key))
	cert, _ := pem.Decode([]byte(saved.Certificate))
	if key == nil || cert == nil {
		return nil, errors.New("no certificate authority")
	}
	a := &authority{leaves: map[string]*tls.Certificate{}}
	var err error
	if a.key, err = x509.ParseECPrivateKey(key.Bytes); err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(cert.Bytes); err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	return a, nil
}

// pool verifies the certificates of the authority.
func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	if a.err == nil {
		p.AddCert(a.cert)
	}
	return p
}

// pem is the authority's own certificate.
func (a *authority) pem() ([]byte, error) {
	if a.err != nil {
		return nil, fmt.Errorf("certificate authority: %w", a.err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}), nil
}

// A shown is a certificate as an endpoint shows it.
type shown struct {
	Names    []string
	NotAfter time.Time // zero: does not end
}

// validAt says whether a client would accept the dates.
func (c shown) validAt(now time.Time) bool { return c.NotAfter.IsZero() || now.Before(c.NotAfter) }

// shows is the ACM certificate as an endpoint shows it.
func (c *certificate) shows() shown { return shown{Names: c.Names, NotAfter: c.NotAfter} }

// leaf is a certificate with the names, made when it is first asked for.
func (a *authority) leaf(c shown) (*tls.Certificate, error) {
	if a.err != nil {
		return nil, fmt.Errorf("certificate authority: %w", a.err)
	}
	if len(c.Names) == 0 {
		return nil, fmt.Errorf("certificate without a name")
	}
	till := c.NotAfter
	if till.IsZero() {
		till = authorityTill
	}
	id := strings.Join(c.Names, " ") + till.UTC().Format(" "+time.RFC3339)
	a.mu.Lock()
	defer a.mu.Unlock()
	if l, ok := a.leaves[id]; ok {
		return l, nil
	}
	l, err := a.sign(c.Names, till)
	if err != nil {
		return nil, fmt.Errorf("sign certificate for %s: %w", c.Names[0], err)
	}
	if len(a.leaves) >= leavesLimit {
		clear(a.leaves)
	}
	a.leaves[id] = l
	return l, nil
}

func (a *authority) sign(names []string, till time.Time) (*tls.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		DNSNames:     names,
		NotBefore:    authoritySince,
		NotAfter:     till,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if len(names[0]) <= 64 { // the common name's limit
		t.Subject = pkix.Name{CommonName: names[0]}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: a.key, Leaf: parsed}, nil
}
