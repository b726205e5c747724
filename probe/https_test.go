package probe_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// TestGet sends a request to the Regional endpoint for a domain name that DNS
// does not know yet, as the job does before traffic moves.
func TestGet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.sim.Close()
		a := w.account(t)
		api := w.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "shop", Kind: "REST", Stages: []string{"prod"}, Routes: []string{"/items"}})
		domain, err := a.APIGateway().CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{
			DomainName:             aws.String("api.example.com"),
			RegionalCertificateArn: aws.String(w.sim.AddCertificate(accountID, "eu-west-1", sim.Certificate{Names: []string{"api.example.com"}})),
			EndpointConfiguration:  &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeRegional}},
			SecurityPolicy:         agtypes.SecurityPolicyTls12,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.APIGateway().CreateBasePathMapping(t.Context(), &apigateway.CreateBasePathMappingInput{
			DomainName: domain.DomainName, RestApiId: aws.String(api), Stage: aws.String("prod"),
		})
		if err != nil {
			t.Fatal(err)
		}
		p := probe.New(w.settings, w.calls.record)
		got, err := p.Get(t.Context(), probe.Request{URL: "https://api.example.com/items?secret=1", ConnectTo: *domain.RegionalDomainName})
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != 200 || len(got.Body) == 0 || !strings.HasSuffix(got.Address, ":443") {
			t.Errorf("got %d %s from %s", got.Status, got.Body, got.Address)
		}
		if diff := cmp.Diff([]string{"api.example.com"}, got.CertificateNames); diff != "" {
			t.Error(diff)
		}
		all := w.calls.all()
		last := all[len(all)-1]
		if last.Service != "https" || last.Operation != "GET api.example.com/items" || last.Status != 200 || last.RequestID == "" || last.Code != "" || last.Write {
			t.Errorf("recorded %+v", last)
		}

		// For another name, the same address presents another certificate.
		got, err = p.Get(t.Context(), probe.Request{URL: "https://other.example.com/", ConnectTo: *domain.RegionalDomainName})
		failed, ok := errors.AsType[*probe.RequestError](err)
		if !ok || failed.Phase != probe.PhaseTLS || len(got.CertificateNames) == 0 || failed.Problem().Code != "Probe-tls" || failed.Temporary() {
			t.Errorf("got %+v, %v", got, err)
		}
		_, err = p.Get(t.Context(), probe.Request{URL: "https://api.example.com/"})
		if failed, ok := errors.AsType[*probe.RequestError](err); !ok || failed.Phase != probe.PhaseResolve {
			t.Errorf("a name without address: %v", err)
		}
	})
}

// served returns a prober, and an HTTPS server whose name has these addresses
// in DNS. dialled lists the addresses that the prober dials.
func served(t *testing.T, addresses string, change func(*probe.Settings), h http.HandlerFunc) (p *probe.Prober, dialled *[]string) {
	t.Helper()
	srv := httptest.NewTLSServer(h)
	t.Cleanup(srv.Close)
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	resolver := dnsServer(t, func(w dns.ResponseWriter, m *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(m)
		for _, address := range strings.Fields(addresses) {
			kind := "A"
			if strings.Contains(address, ":") {
				kind = "AAAA"
			}
			if dns.TypeToString[m.Question[0].Qtype] != kind {
				continue
			}
			rr, err := dns.NewRR(m.Question[0].Name + " 60 IN " + kind + " " + address)
			if err != nil {
				t.Error(err)
			}
			a.Answer = append(a.Answer, rr)
		}
		if err := w.WriteMsg(a); err != nil {
			t.Error(err)
		}
	})
	dialled = &[]string{}
	var mu sync.Mutex
	settings := probe.Settings{DNS: []string{resolver}, CA: pool, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != resolver {
			mu.Lock()
			*dialled = append(*dialled, address)
			mu.Unlock()
			if strings.HasPrefix(address, "192.0.2.") {
				return nil, errors.New("connection refused")
			}
			address = srv.Listener.Addr().String()
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	if change != nil {
		change(&settings)
	}
	return probe.New(settings, nil), dialled
}

func TestGetAnswers(t *testing.T) {
	t.Parallel()
	p, dialled := served(t, "2001:db8::1 192.0.2.1 198.51.100.7", nil, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "https://example.com/", http.StatusMovedPermanently)
			return
		}
		w.Header().Set("X-Seen", r.Method+" "+r.Host+" "+r.Header.Get("X-Mine")+" "+r.TLS.ServerName)
		if _, err := w.Write(bytes.Repeat([]byte("x"), 100<<10)); err != nil {
			t.Log(err) // the prober hangs up in the middle of the answer
		}
	})
	got, err := p.Get(t.Context(), probe.Request{Method: http.MethodOptions, URL: "https://example.com/big", Header: http.Header{"X-Mine": {"1"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Body) != 64<<10 {
		t.Errorf("kept %d octets", len(got.Body))
	}
	if seen := got.Header.Get("X-Seen"); seen != "OPTIONS example.com 1 example.com" {
		t.Errorf("the server saw %q", seen)
	}
	if diff := cmp.Diff([]string{"192.0.2.1:443", "198.51.100.7:443"}, *dialled); diff != "" {
		t.Errorf("IPv4 first, then on: %s", diff)
	}
	got, err = p.Get(t.Context(), probe.Request{URL: "https://example.com/moved"})
	if err != nil || got.Status != http.StatusMovedPermanently || got.Header.Get("Location") != "https://example.com/" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, url := range []string{"http://example.com/", "https:///x", "https://exa mple.com/", "file:///etc/passwd"} {
		if _, err := p.Get(t.Context(), probe.Request{URL: url}); err == nil {
			t.Errorf("%s was asked", url)
		}
	}
}

func TestGetPort(t *testing.T) {
	t.Parallel()
	p, dialled := served(t, "2001:db8::1", func(s *probe.Settings) { s.Port = 8443 }, func(http.ResponseWriter, *http.Request) {})
	if _, err := p.Get(t.Context(), probe.Request{URL: "https://example.com/"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"[2001:db8::1]:8443"}, *dialled); diff != "" {
		t.Error(diff)
	}
}

// TestGetGuard: a name that leads to an address inside a network is not probed.
func TestGetGuard(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"127.0.0.1", "169.254.169.254", "10.1.2.3", "0.0.0.0", "::1", "::", "fe80::1", "fd00:ec2::254",
		"::ffff:7f00:1", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "::a9fe:a9fe",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			p, dialled := served(t, address, nil, func(http.ResponseWriter, *http.Request) {})
			for _, r := range []probe.Request{
				{URL: "https://example.com/"},
				{URL: "https://example.com/", ConnectTo: address},
				{URL: "https://example.com/", ConnectTo: "inside.example.com"},
			} {
				_, err := p.Get(t.Context(), r)
				if problem, ok := errors.AsType[*setup.Problem](err); !ok || problem.Code != "AddressRefused" {
					t.Errorf("%+v: got %v", r, err)
				}
			}
			if _, err := p.Authoritative(t.Context(), "example.com", dns.TypeA); err == nil {
				t.Error("a name server inside a network was asked")
			}
			if len(*dialled) != 0 {
				t.Errorf("dialled %v", *dialled)
			}
		})
	}
	p, _ := served(t, "127.0.0.1", func(s *probe.Settings) { s.AllowPrivate = true }, func(http.ResponseWriter, *http.Request) {})
	if _, err := p.Get(t.Context(), probe.Request{URL: "https://example.com/"}); err != nil {
		t.Errorf("allowed, and yet: %v", err)
	}
}

// TestGetGuardAtTheDial: DNS that answers first with a public address and then
// with an inner one (rebinding) gains nothing, because the prober dials the
// address that it checked. Neither does a list with both kinds, or a redirect
// to an inner address.
func TestGetGuardAtTheDial(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	turns := []string{"198.51.100.7", "169.254.169.254"}
	var dialled []string
	resolver := dnsServer(t, func(w dns.ResponseWriter, m *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(m)
		if m.Question[0].Qtype == dns.TypeA {
			rr, err := dns.NewRR(m.Question[0].Name + " 0 IN A " + turns[int(asked.Add(1)-1)%len(turns)])
			if err != nil {
				t.Error(err)
			}
			a.Answer = append(a.Answer, rr)
		}
		if err := w.WriteMsg(a); err != nil {
			t.Error(err)
		}
	})
	p := probe.New(probe.Settings{DNS: []string{resolver}, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == resolver {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		dialled = append(dialled, address)
		return nil, errors.New("connection refused")
	}}, nil)
	for i := range 6 {
		_, err := p.Get(t.Context(), probe.Request{URL: "https://rebind.example.com/"})
		problem, refused := errors.AsType[*setup.Problem](err)
		if inside := i%2 == 1; inside != refused || refused && problem.Code != "AddressRefused" {
			t.Errorf("request %d, to the inside %t: %v", i, inside, err)
		}
	}
	if diff := cmp.Diff([]string{"198.51.100.7:443", "198.51.100.7:443", "198.51.100.7:443"}, dialled); diff != "" {
		t.Error(diff)
	}

	p, seen := served(t, "192.0.2.1 127.0.0.1 169.254.169.254", nil, func(http.ResponseWriter, *http.Request) {})
	if _, err := p.Get(t.Context(), probe.Request{URL: "https://example.com/"}); err == nil {
		t.Error("the second of three addresses, an inner one, was asked")
	}
	if diff := cmp.Diff([]string{"192.0.2.1:443"}, *seen); diff != "" {
		t.Error(diff)
	}
	p, seen = served(t, "198.51.100.7", nil, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	})
	got, err := p.Get(t.Context(), probe.Request{URL: "https://example.com/"})
	if err != nil || got.Status != http.StatusFound || len(*seen) != 1 {
		t.Errorf("a redirect to the inside: %d, %v, dialled %v", got.Status, err, *seen)
	}
}
