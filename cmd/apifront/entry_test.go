package main

import (
	"bufio"
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
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apifront/handlers"
)

func TestBadEntries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cert, key, "one.example")
	other := filepath.Join(dir, "other.pem")
	writeCertificate(t, filepath.Join(dir, "unused.pem"), other, "two.example")
	for _, test := range []struct {
		name string
		env  map[string]string
		says []string
	}{
		{"no scheme", map[string]string{"APIFRONT_PUBLIC_URL": "apifront.example.com"}, []string{"APIFRONT_PUBLIC_URL", "https://apifront.example.com"}},
		{"another scheme", map[string]string{"APIFRONT_PUBLIC_URL": "ftp://apifront.example.com"}, []string{"APIFRONT_PUBLIC_URL"}},
		{"a path", map[string]string{"APIFRONT_PUBLIC_URL": "https://example.com/apifront"}, []string{"without path"}},
		{"a password", map[string]string{"APIFRONT_PUBLIC_URL": "https://me@example.com"}, []string{"APIFRONT_PUBLIC_URL"}},
		{"a proxy by name", map[string]string{"APIFRONT_TRUSTED_PROXIES": "10.0.0.1, proxy.example"}, []string{"APIFRONT_TRUSTED_PROXIES", `"proxy.example"`, "10.0.0.0/8"}},
		{"a network too long", map[string]string{"APIFRONT_TRUSTED_PROXIES": "10.0.0.0/33"}, []string{"APIFRONT_TRUSTED_PROXIES"}},
		{"a certificate alone", map[string]string{"APIFRONT_TLS_CERT": cert}, []string{"APIFRONT_TLS_KEY", "go together"}},
		{"a key alone", map[string]string{"APIFRONT_TLS_KEY": key}, []string{"APIFRONT_TLS_CERT", "go together"}},
		{"no such certificate", map[string]string{"APIFRONT_TLS_CERT": cert + "x", "APIFRONT_TLS_KEY": key}, []string{cert + "x", "cannot be read"}},
		{"another certificate's key", map[string]string{"APIFRONT_TLS_CERT": cert, "APIFRONT_TLS_KEY": other}, []string{cert, other, "cannot be used"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, command := range []string{"serve", "demo"} {
				code, out, err := run(t, test.env, command, "--listen", "127.0.0.1:0")
				if code != 1 || out != "" || strings.Count(err, "\n") != 1 {
					t.Errorf("%s: exit code %d, %q, %q", command, code, out, err)
				}
				for _, want := range test.says {
					if !strings.Contains(err, want) {
						t.Errorf("%s does not say %q: %s", command, want, err)
					}
				}
			}
		})
	}
}

func TestProxiesAreRead(t *testing.T) {
	t.Parallel()
	got, err := prefixes(" 10.1.2.3/8, ::1 ,192.0.2.7,")
	if err != nil {
		t.Fatal(err)
	}
	if want := "[10.0.0.0/8 ::1/128 192.0.2.7/32]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// What a server that others can reach says when it starts.
func TestUnsafeWays(t *testing.T) {
	t.Parallel()
	named := func(text string) entry {
		u, err := publicURL(text)
		if err != nil {
			t.Fatal(err)
		}
		return entry{Front: handlers.Front{PublicURL: u}}
	}
	for _, test := range []struct {
		name  string
		entry entry
		bound string
		want  string // a part; "": nothing is said
	}{
		{"loopback", entry{}, "127.0.0.1:8080", ""},
		{"loopback, IPv6", entry{}, "[::1]:8080", ""},
		{"everywhere", entry{}, "[::]:8080", "unencrypted"},
		{"one address", entry{}, "10.1.2.3:8080", "--tls-cert"},
		{"TLS", entry{Front: handlers.Front{TLS: true}}, "[::]:443", ""},
		{"behind HTTPS", named("https://apifront.example.com"), "[::]:8080", ""},
		{"behind HTTP", named("http://apifront.example.com"), "[::]:8080", "without HTTPS"},
	} {
		got := test.entry.warning(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(test.bound)))
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: says %q, want %q", test.name, got, test.want)
		}
	}
}

// A server with a certificate speaks HTTP/2 over TLS 1.2 and later, marks its
// cookies, is well by its own account, and takes a new certificate up without a
// stop. A half-written one leaves the old one in use.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cert, key, "one.example")
	ctx, cancel := context.WithCancel(t.Context())
	out, first := io.Pipe()
	var log syncBuffer
	env := map[string]string{"APIFRONT_TLS_CERT": cert, "APIFRONT_TLS_KEY": key}
	getenv := func(k string) string { return env[k] }
	ended := make(chan int, 1)
	go func() {
		ended <- start(ctx, &program{stdout: first, stderr: &log, getenv: getenv}, []string{"demo", "--json", "--pace", "instant", "--listen", "127.0.0.1:0"})
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d: %s", code, log.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	at := line[strings.Index(line, "https://"):]
	at = at[:strings.Index(at, `"`)]
	address := strings.TrimPrefix(at, "https://")

	name := func(least, most uint16) (string, error) {
		c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: least, MaxVersion: most})
		if err != nil {
			return "", err
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].DNSNames[0], nil
	}
	if got, err := name(tls.VersionTLS12, tls.VersionTLS12); got != "one.example" {
		t.Errorf("TLS 1.2: %q, %v", got, err)
	}
	if _, err := name(tls.VersionTLS10, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	res, err := client.Get(at + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s, Strict-Transport-Security %q", res.Proto, res.Header.Get("Strict-Transport-Security"))
	}
	if code, _, said := run(t, env, "health", "--listen", address); code != 0 {
		t.Errorf("health: exit code %d: %s", code, said)
	}

	until := func(want string) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			got, err := name(tls.VersionTLS12, tls.VersionTLS13)
			if got == want {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("the certificate is still for %q, want %q: %v", got, want, err)
			}
		}
	}
	if err := os.WriteFile(cert, []byte("-----BEGIN"), 0o600); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !strings.Contains(log.String(), "the old one stays in use"); time.Sleep(20 * time.Millisecond) {
		if got, err := name(tls.VersionTLS12, tls.VersionTLS13); got != "one.example" {
			t.Fatalf("a half-written certificate is used: %q, %v", got, err)
		}
		if time.Now().After(end) {
			t.Fatal("the half-written certificate is not logged")
		}
	}
	writeCertificate(t, cert, key, "two.example")
	until("two.example")
}

// A pipe is a network of one listener, in a bubble of synthetic time.
type pipe struct {
	next chan net.Conn
	once sync.Once
	shut chan struct{}
}

func (l *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-l.next:
		return c, nil
	case <-l.shut:
		return nil, net.ErrClosed
	}
}

func (l *pipe) Close() error {
	l.once.Do(func() { close(l.shut) })
	return nil
}

func (l *pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// Slow clients: who sends a header, a body or takes an answer a byte at a time
// is let go after the time that the server gives.
func TestSlowClientsAreLetGo(t *testing.T) {
	t.Parallel()
	page := bytes.Repeat([]byte("x"), 1<<20)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, "slow", http.StatusBadRequest)
			return
		}
		_, _ = w.Write(page)
	})
	for _, test := range []struct {
		name, begin, drip string
		reads             bool
		within            time.Duration
	}{
		{"silence", "", "", true, 6 * time.Second},
		{"slow header", "GET / HTTP/1.1\r\nHost: localhost\r\nX: ", "a", true, 6 * time.Second},
		{"slow body", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", "a", true, 31 * time.Second},
		{"slow chunks", "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", true, 31 * time.Second},
		{"slow reader", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "", false, 61 * time.Second},
		{"idle", "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n", "", true, 3 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := &pipe{next: make(chan net.Conn), shut: make(chan struct{})}
				server := newServer(handler, slog.New(slog.DiscardHandler), nil)
				served := make(chan error, 1)
				go func() { served <- at("").serve(server, l) }()
				here, there := net.Pipe()
				gone := &closing{Conn: there, closed: make(chan struct{})}
				l.next <- gone
				began := time.Now()
				var client sync.WaitGroup
				if test.reads {
					client.Go(func() { _, _ = io.Copy(io.Discard, here) })
				}
				client.Go(func() {
					_, err := io.WriteString(here, test.begin)
					for err == nil && test.drip != "" {
						time.Sleep(time.Second)
						_, err = io.WriteString(here, test.drip)
					}
				})
				select {
				case <-gone.closed:
				case <-time.After(10 * time.Minute):
				}
				if took := time.Since(began); took > test.within {
					t.Errorf("the client was let go after %s, want within %s", took, test.within)
				}
				_ = server.Close()
				_ = here.Close()
				client.Wait()
				<-served
			})
		})
	}
}

// closing tells when the server lets go.
type closing struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (c *closing) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// writeCertificate writes a certificate for a name, and its key.
func writeCertificate(t *testing.T, certFile, keyFile, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{keyFile: {Type: "PRIVATE KEY", Bytes: der}, certFile: {Type: "CERTIFICATE", Bytes: cert}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
