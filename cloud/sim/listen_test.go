package sim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// A visitor on real sockets: Go's resolver and HTTP client, HTTP/2 included.
func TestListenVisitor(t *testing.T) {
	w := newVisited(t, Pace{})
	l, err := w.Listen(t.Context(), ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(l.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %s", pem)
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.DNS)
	}}
	dialer := &net.Dialer{Resolver: resolver, Timeout: 5 * time.Second}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			at := map[string]int{"443": l.ProbePort, "80": l.HTTPPort}[port]
			return dialer.DialContext(ctx, network, net.JoinHostPort(host, strconv.Itoa(at)))
		},
	}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()

	// Port 80 redirects, which the client follows.
	resp, err := client.Do(ask(t, "GET", "http://"+testName+"/items?a=1"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.ProtoMajor != 2 || resp.Request.URL.Scheme != "https" || !strings.Contains(string(body), `"host":"api.example.com"`) {
		t.Errorf("got %s %s from %s: %s", resp.Proto, resp.Status, resp.Request.URL, body)
	}

	// A site that came after the sockets were opened.
	if err := w.AddSite(Site{Names: []string{"old.hosting.example"}, Like: "nginx"}); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"https://old.hosting.example/", "http://old.hosting.example/"} {
		resp, err := client.Do(ask(t, "GET", url))
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != 200 || resp.Header.Get("Server") != "nginx/1.24.0" {
			t.Errorf("%s: got %d %v, %v", url, resp.StatusCode, resp.Header, err)
		}
	}

	for _, network := range []string{"udp", "tcp"} {
		c := dns.Client{Net: network}
		m := new(dns.Msg)
		m.SetQuestion(testName+".", dns.TypeA)
		got, _, err := c.ExchangeContext(t.Context(), m, l.DNS)
		if err != nil || len(got.Answer) != 2 {
			t.Errorf("DNS over %s: got %v, %v", network, got, err)
		}
	}

	control, err := http.DefaultClient.Do(ask(t, "GET", l.AWSEndpoint+"/_sim/calls"))
	if err == nil {
		err = control.Body.Close()
	}
	if err != nil {
		t.Errorf("control plane: %v", err)
	}

	l.Close()
	if _, err := os.Stat(l.CAFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the CA file after Close: %v", err)
	}
	if conn, err := dialer.DialContext(t.Context(), "tcp", "127.0.0.2:"+strconv.Itoa(l.ProbePort)); err == nil {
		t.Error("an edge listens after Close")
		_ = conn.Close()
	}
}

// Where 127.0.0.2 cannot be had, one address serves all, by name.
func TestListenFlat(t *testing.T) {
	w := newVisited(t, Pace{})
	w.net.flat = true
	srv := w.server(placeAny, true)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.ServeTLS(listener, "", "") }()
	defer func() {
		if err := errors.Join(srv.Close(), <-done); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	rest := w.rest + ".execute-api.eu-west-1.amazonaws.com"
	for host, through := range map[string]bool{testName: true, rest: false} {
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: w.CA()},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, listener.Addr().String())
			},
		}}
		resp, err := client.Do(ask(t, "GET", "https://"+host+"/prod/"))
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.Header.Get("X-Cache") != ""; got != through {
			t.Errorf("%s: through CloudFront is %v, want %v", host, got, through)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		client.CloseIdleConnections()
	}
	if got := w.addresses(testTarget, time.Now()); len(got) != 1 || got[0] != addressDNS {
		t.Errorf("got %v, want everything at %s", got, addressDNS)
	}
}
