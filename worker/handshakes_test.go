package worker_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
	"apifront/store"
	"apifront/worker"
)

// A quiet job connects to each of AWS's hosts once at the most, over real
// sockets. What stands between may speak HTTP/1.1 only, or no TLS at all; the
// credentials may be those of a role that a profile names. The answers come at
// once, sooner than AWS's: the SDK closes a request's body while net/http still
// reads it.
func TestOneHandshakePerHost(t *testing.T) {
	for _, protocol := range []string{plain, "http/1.1", "h2"} {
		for _, connection := range []string{setup.DefaultConnection, "profile:team"} {
			t.Run(protocol+" "+connection, func(t *testing.T) {
				s := sim.New(sim.Config{Log: t.Logf})
				defer s.Close()
				demo := s.Demo()
				roleFiles(t, demo, s.AddRole(demo.AccountID, "apifront", ""))
				aws := serve(t, s, protocol)
				var log bytes.Buffer
				runReal(t, s, demo, aws, connection, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})))
				connections := aws.all()
				for host, n := range connections {
					if n > 1 {
						t.Errorf("%d connections to %s", n, host)
					}
				}
				if len(connections) < 5 { // STS, ACM, API Gateway, CloudFront, Route 53
					t.Errorf("the job asked only %v", connections)
				}
				if log.Len() > 0 {
					t.Errorf("a quiet job logs: %s", log.String())
				}
				t.Logf("%d calls over %d connections", len(s.Calls()), aws.opened())
			})
		}
	}
}

// roleFiles names the keys of the demo, and a profile that takes the role with
// them.
func roleFiles(t *testing.T, demo sim.DemoWorld, role string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config")
	keys := fmt.Sprintf("aws_access_key_id = %s\naws_secret_access_key = %s\nregion = eu-west-1\n", demo.KeyID, demo.Secret)
	must(t, os.WriteFile(name, []byte("[default]\n"+keys+"[profile base]\n"+keys+
		"[profile team]\nregion = eu-west-1\nrole_arn = "+role+"\nsource_profile = base\n"), 0o600))
	t.Setenv("AWS_CONFIG_FILE", name)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", name+"-none")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
	}
}

// runReal carries out a job in real time on an AWS that does all at once.
func runReal(t *testing.T, s *sim.Sim, demo sim.DemoWorld, aws *endpoint, connection string, log *slog.Logger) {
	t.Helper()
	db, err := store.Open(t.Context(), worldDatabase(t))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	k, err := worker.New(worker.Config{
		Store: db, Install: "install-1", Bell: worker.NewMemoryBell(), Log: log,
		Pace:  func(d time.Duration) time.Duration { return d / 20 },
		Cloud: cloud.New(cloud.Settings{Dial: aws.dial, Log: log, Pace: func(string, time.Duration) time.Duration { return 0 }}),
		Probe: probe.Settings{Dial: s.Dial, DNS: []string{"192.0.2.53:53"}, CA: s.CA(), AllowPrivate: true},
	})
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	w := &world{t: t, sim: s, demo: demo, store: db, wire: &wire{end: make(chan struct{}), asked: make(chan struct{})}}
	job := w.begin(setup.JobApply, w.draft(variant{oneRegion: aws.bundle == "", change: func(s *setup.Spec) { s.Account.Connection = connection }}))
	w.done(job)
	stop()
	must(t, <-ended)
}

// plain is HTTP without TLS.
const plain = "http"

// An endpoint is the simulator under all of AWS's names.
type endpoint struct {
	bundle  string // file with its roots; "": no TLS
	address string

	mu          sync.Mutex
	connections map[string]int // by the host that was asked for
}

func serve(t *testing.T, s *sim.Sim, protocol string) *endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	a := &endpoint{address: l.Addr().String(), connections: map[string]int{}}
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	ended := make(chan error, 1)
	if protocol == plain {
		for _, service := range []string{"STS", "ACM", "API_GATEWAY", "APIGATEWAYV2", "CLOUDFRONT", "ROUTE_53"} {
			host := strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(service, "V2"), "_", "-"))
			t.Setenv("AWS_ENDPOINT_URL_"+service, "http://"+strings.ReplaceAll(host, "api-gateway", "apigateway")+".test")
		}
		go func() { ended <- server.Serve(l) }()
	} else {
		a.bundle = filepath.Join(t.TempDir(), "roots.pem")
		t.Setenv("AWS_CA_BUNDLE", a.bundle)
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{protocol}, Certificates: []tls.Certificate{certificateOf(t, a.bundle)}}
		if protocol == "http/1.1" {
			server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
		}
		go func() { ended <- server.ServeTLS(l, "", "") }()
	}
	t.Cleanup(func() {
		must(t, server.Close())
		<-ended
	})
	return a
}

// certificateOf makes a certificate for AWS's names, and its roots in a file.
func certificateOf(t *testing.T, bundle string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "AWS of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		DNSNames: []string{"*.amazonaws.com", "*.eu-west-1.amazonaws.com", "*.us-east-1.amazonaws.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	must(t, os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *endpoint) dial(ctx context.Context, network, address string) (net.Conn, error) {
	a.mu.Lock()
	a.connections[address]++
	a.mu.Unlock()
	var d net.Dialer
	return d.DialContext(ctx, network, a.address)
}

func (a *endpoint) all() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.connections)
}

func (a *endpoint) opened() (n int) {
	for _, of := range a.all() {
		n += of
	}
	return n
}
