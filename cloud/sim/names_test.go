package sim

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The control plane on a socket answers to its own names only: neither calls
// nor /_sim/ are reached, and nothing is done, by a name that leads here.
func TestOwnNamesOnly(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	key := s.AddAccount("482177301954", "ada")
	l, err := s.Listen(t.Context(), ListenConfig{Names: []string{"simulator", " ", "Aws.Test:4566"}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.AddZone("482177301954", "harborview.example")
	address := strings.TrimPrefix(l.AWSEndpoint, "http://")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, host, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, l.AWSEndpoint+path, bytes.NewBufferString(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	for _, host := range []string{
		address, "127.0.0.1", "localhost:" + port, "LOCALHOST", "localhost.", "[::1]:" + port, "[::1]", "127.0.0.2:80", "simulator:" + port, "aws.test", "SIMULATOR.:1",
		"[::ffff:127.0.0.1]",
	} {
		if status, body := ask("GET", "/_sim/state", host, ""); status != http.StatusOK || !strings.Contains(body, "harborview.example") {
			t.Errorf("by %s: %d %.60s", host, status, body)
		}
	}
	for _, host := range []string{
		"evil.test", "evil.test:" + port, "127.0.0.1.evil.test", "localhost.evil.test", "evil-localhost", "192.0.2.1", "169.254.169.254", "0.0.0.0", "[2001:db8::1]",
		"acm.us-east-1.amazonaws.com", "sts.amazonaws.com", "simulator.evil.test", "aws.test.evil.test", "*", "127.0.0.1@evil.test", "2130706433", "127.1",
	} {
		for _, c := range []struct{ method, path, body string }{
			{"GET", "/_sim/state", ""},
			{"GET", "/_sim/calls", ""},
			{"POST", "/_sim/reset", ""},
			{"POST", "/_sim/faults", `{"operation":"GetCallerIdentity","kind":"throttle"}`},
			{"POST", "/_sim/policy", `{}`},
			{"GET", "/2020-05-31/distribution", ""},
			{"POST", "/", "Action=GetCallerIdentity&Version=2011-06-15"},
		} {
			if status, body := ask(c.method, c.path, host, c.body); status != http.StatusMisdirectedRequest || strings.Contains(body, "harborview") || strings.Contains(body, key.ID) {
				t.Errorf("%s %s by %s: %d %.60s", c.method, c.path, host, status, body)
			}
		}
	}
	if len(s.State().Zones) != 1 || len(s.Ordered()) != 0 || len(s.Calls()) != 0 {
		t.Errorf("something was done: %+v, %v, %v", s.State(), s.Ordered(), s.Calls())
	}
	// The SDK's own clients come by the address that is printed.
	cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String(l.AWSEndpoint), Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, "")}
	if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := acm.NewFromConfig(cfg).ListCertificates(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// A socket on every address answers to the very address that a connection
// comes in at, and to no other.
func TestOwnNamesByTheAddressOfTheConnection(t *testing.T) {
	t.Parallel()
	handler := ownNames("0.0.0.0", nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for host, want := range map[string]int{
		"192.0.2.7:4566": 204, "192.0.2.7": 204, "0.0.0.0:4566": 204, "127.0.0.1": 204, "localhost": 204,
		"192.0.2.8": 421, "evil.test": 421, "": 421, ":4566": 421, "[::]": 421,
	} {
		r := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 4566}), "GET", "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("by %q: %d, want %d", host, w.Code, want)
		}
	}
}
