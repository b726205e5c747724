//go:build outside

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"
)

// A motoInternet is the public DNS and the edge that moto does not have. What
// it answers it reads from moto at the moment of the question, so an answer is
// right only if every link of the chain was made right: record, distribution,
// alias, certificate, origin, policy, custom domain, mapping, stage.
type motoInternet struct {
	t      *testing.T
	moto   string
	zones  *route53.Client
	edge   *cloudfront.Client
	dns    string // HOST:PORT
	port   string
	caFile string
	ca     *x509.Certificate
	caKey  *ecdsa.PrivateKey
}

func newMotoInternet(t *testing.T, moto string) *motoInternet {
	t.Helper()
	m := &motoInternet{
		t: t, moto: moto,
		zones: route53.NewFromConfig(motoConfig(moto, "us-east-1")), edge: cloudfront.NewFromConfig(motoConfig(moto, "us-east-1")),
	}
	m.authority()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.dns = packets.LocalAddr().String()
	stream, err := net.Listen("tcp", m.dns)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: m}, {Listener: stream, Handler: m}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		ended := make(chan error, 1)
		go func() { ended <- s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			if err := errors.Join(s.Shutdown(), <-ended); err != nil {
				t.Error(err)
			}
		})
	}
	secure, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: m.certificate})
	if err != nil {
		t.Fatal(err)
	}
	_, m.port, _ = net.SplitHostPort(secure.Addr().String())
	server := &http.Server{Handler: http.HandlerFunc(m.answer), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(secure) }()
	t.Cleanup(func() {
		_ = server.Close() // nobody waits for an answer any more
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return m
}

func (m *motoInternet) env() []string {
	return []string{"APIFRONT_PROBE_DNS=" + m.dns, "APIFRONT_PROBE_PORT=" + m.port, "APIFRONT_PROBE_CA=" + m.caFile}
}

// authority makes the certificate authority that visitors trust.
func (m *motoInternet) authority() {
	m.t.Helper()
	var err error
	if m.caKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		m.t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of the test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &m.caKey.PublicKey, m.caKey)
	if err != nil {
		m.t.Fatal(err)
	}
	if m.ca, err = x509.ParseCertificate(der); err != nil {
		m.t.Fatal(err)
	}
	m.caFile = filepath.Join(m.t.TempDir(), "ca.pem")
	if err := os.WriteFile(m.caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// certificate is that of the distribution that has the name, if ACM issued it.
func (m *motoInternet) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	names := []string{"*.cloudfront.net"}
	d, err := m.distribution(hello.Context(), hello.ServerName)
	if err != nil {
		return nil, err
	}
	if d != nil && d.ViewerCertificate != nil && d.ViewerCertificate.ACMCertificateArn != nil {
		if names, err = m.issued(hello.Context(), "us-east-1", *d.ViewerCertificate.ACMCertificateArn); err != nil {
			return nil, err
		}
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, m.ca, &m.caKey.PublicKey, m.caKey)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: m.caKey}, nil
}

// issued are the names of an issued certificate.
func (m *motoInternet) issued(ctx context.Context, region, arn string) ([]string, error) {
	out, err := acm.NewFromConfig(motoConfig(m.moto, region)).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
	if err != nil {
		return nil, err
	}
	if out.Certificate.Status != acmtypes.CertificateStatusIssued {
		return nil, fmt.Errorf("certificate %s is %s", arn, out.Certificate.Status)
	}
	return append(out.Certificate.SubjectAlternativeNames, aws.ToString(out.Certificate.DomainName)), nil
}

// distribution is the enabled one that has the name as an alias or as its own.
func (m *motoInternet) distribution(ctx context.Context, name string) (*cftypes.DistributionSummary, error) {
	out, err := m.edge.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
	if err != nil {
		return nil, err
	}
	for _, d := range out.DistributionList.Items {
		if aws.ToBool(d.Enabled) && (aws.ToString(d.DomainName) == name || d.Aliases != nil && slices.Contains(d.Aliases.Items, name)) {
			return &d, nil
		}
	}
	return nil, nil
}

// answer is the edge and, behind it, API Gateway.
func (m *motoInternet) answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Via", "1.1 test.cloudfront.net (CloudFront)")
	w.Header().Set("X-Cache", "Error from cloudfront")
	d, err := m.distribution(r.Context(), r.Host)
	if err != nil || d == nil {
		http.Error(w, fmt.Sprintf("no distribution has %s: %v", r.Host, err), http.StatusForbidden)
		return
	}
	origin := d.Origins.Items[0]
	if origin.CustomOriginConfig == nil || origin.CustomOriginConfig.OriginProtocolPolicy != cftypes.OriginProtocolPolicyHttpsOnly {
		http.Error(w, "the origin listens on 443 only", http.StatusBadGateway)
		return
	}
	host := aws.ToString(origin.DomainName)
	if aws.ToString(d.DefaultCacheBehavior.OriginRequestPolicyId) == motoAllViewer {
		host = r.Host
	}
	w.Header().Set("X-Cache", "Miss from cloudfront")
	w.Header().Set("X-Amz-Apigw-Id", "test=")
	w.Header().Set("Content-Type", "application/json")
	path := aws.ToString(origin.OriginPath) + r.URL.Path
	if err := m.mapped(r.Context(), host, aws.ToString(origin.DomainName), path); err != nil {
		m.t.Logf("API Gateway refuses %s%s: %v", host, path, err)
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"Forbidden"}`) // the visitor sees what is missing
		return
	}
	_, _ = io.WriteString(w, `{"orders":[]}`) // the visitor sees what is missing
}

// mapped is why the regional endpoint has no stage for a host and a path.
func (m *motoInternet) mapped(ctx context.Context, host, endpoint, path string) error {
	labels := strings.Split(endpoint, ".")
	if len(labels) != 5 || labels[1] != "execute-api" {
		return fmt.Errorf("%s is no regional endpoint", endpoint)
	}
	gw := apigateway.NewFromConfig(motoConfig(m.moto, labels[2]))
	domain, err := gw.GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: &host})
	if err != nil {
		return err
	}
	if aws.ToString(domain.RegionalDomainName) != endpoint {
		return fmt.Errorf("the endpoint of %s is %s", host, aws.ToString(domain.RegionalDomainName))
	}
	names, err := m.issued(ctx, labels[2], aws.ToString(domain.RegionalCertificateArn))
	if err != nil || !slices.Contains(names, host) {
		return fmt.Errorf("the custom domain's certificate is for %v: %w", names, err)
	}
	mappings, err := gw.GetBasePathMappings(ctx, &apigateway.GetBasePathMappingsInput{DomainName: &host})
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for _, b := range mappings.Items {
		if base := aws.ToString(b.BasePath); base == first || base == "(none)" {
			_, err := gw.GetStage(ctx, &apigateway.GetStageInput{RestApiId: b.RestApiId, StageName: b.Stage})
			return err
		}
	}
	return fmt.Errorf("nothing is mapped at %s", path)
}

// ServeDNS answers as a resolver of the public DNS, and as the zones' own
// servers.
func (m *motoInternet) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	a := new(dns.Msg)
	a.SetReply(q)
	name := strings.ToLower(strings.TrimSuffix(q.Question[0].Name, "."))
	records, exists, err := m.records(ctx, name, q.Question[0].Qtype)
	switch {
	case err != nil:
		m.t.Logf("DNS %s: %v", name, err)
		a.Rcode = dns.RcodeServerFailure
	case !exists:
		a.Rcode = dns.RcodeNameError
	}
	for _, value := range records {
		rr, err := dns.NewRR(dns.Fqdn(name) + " 60 IN " + value)
		if err != nil {
			m.t.Errorf("DNS %s: %v", name, err)
			continue
		}
		a.Answer = append(a.Answer, rr)
	}
	_ = w.WriteMsg(a) // who asks asks again
}

// records are what stands at a name, as "TYPE VALUE".
func (m *motoInternet) records(ctx context.Context, name string, qtype uint16) (values []string, exists bool, err error) {
	wanted := dns.TypeToString[qtype]
	if strings.Contains(name, ".awsdns-") || strings.HasSuffix(name, ".cloudfront.net") {
		if strings.HasSuffix(name, ".cloudfront.net") {
			d, err := m.distribution(ctx, name)
			if err != nil || d == nil {
				return nil, false, err
			}
		}
		if wanted == "A" {
			values = []string{"A 127.0.0.1"}
		}
		return values, true, nil
	}
	zone, err := m.zone(ctx, name)
	if err != nil || zone == nil {
		return nil, false, err
	}
	sets, err := m.zones.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: zone.Id})
	if err != nil {
		return nil, false, err
	}
	for _, s := range sets.ResourceRecordSets {
		if strings.ToLower(strings.TrimSuffix(aws.ToString(s.Name), ".")) != name {
			continue
		}
		exists = true
		if string(s.Type) != wanted && s.Type != r53types.RRTypeCname {
			continue
		}
		if s.AliasTarget != nil {
			target := strings.TrimSuffix(aws.ToString(s.AliasTarget.DNSName), ".")
			found, _, err := m.records(ctx, target, qtype)
			if err != nil {
				return nil, true, err
			}
			values = append(values, found...)
		}
		for _, r := range s.ResourceRecords {
			values = append(values, string(s.Type)+" "+aws.ToString(r.Value))
		}
	}
	return values, exists, nil
}

// zone is the closest hosted zone of a name.
func (m *motoInternet) zone(ctx context.Context, name string) (best *r53types.HostedZone, err error) {
	out, err := m.zones.ListHostedZones(ctx, &route53.ListHostedZonesInput{})
	if err != nil {
		return nil, err
	}
	for _, z := range out.HostedZones {
		apex := strings.TrimSuffix(aws.ToString(z.Name), ".")
		if (name == apex || strings.HasSuffix(name, "."+apex)) && (best == nil || len(*z.Name) > len(*best.Name)) {
			best = &z
		}
	}
	return best, nil
}
