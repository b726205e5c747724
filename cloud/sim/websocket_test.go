package sim

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The key and its answer are the example of RFC 6455, section 1.3.
const (
	exampleKey    = "dGhlIHNhbXBsZSBub25jZQ=="
	exampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

var upgrade = []string{"Connection", "keep-alive, Upgrade", "Upgrade", "WebSocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", exampleKey}

func TestAcceptKey(t *testing.T) {
	for key, want := range map[string]string{exampleKey: exampleAccept, "": "", "c2hvcnQ=": "", "no base64": ""} {
		if got := acceptKey(key); got != want {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
}

// shake makes a handshake and leaves the connection open.
func (w *visited) shake(t *testing.T, address, url string, headers ...string) (net.Conn, *bufio.Reader, seen) {
	t.Helper()
	r := ask(t, "GET", url, headers...)
	conn, err := w.Dial(context.Background(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	secure := tls.Client(conn, &tls.Config{ServerName: r.URL.Hostname(), RootCAs: w.CA(), NextProtos: []string{"http/1.1"}})
	if err := r.Write(secure); err != nil {
		t.Fatal(err)
	}
	read := bufio.NewReader(secure)
	resp, err := http.ReadResponse(read, r)
	if err != nil {
		t.Fatal(err)
	}
	got := seen{Status: resp.StatusCode, Header: resp.Header}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		got.Body = string(body)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return secure, read, got
}

// frame is a frame of a client, masked.
func frame(code byte, payload string) []byte {
	out := []byte{0x80 | code, 0x80 | byte(len(payload)), 1, 2, 3, 4}
	for i := range len(payload) {
		out = append(out, payload[i]^byte(i%4+1))
	}
	return out
}

// socketWorld has a WebSocket API behind the name.
func socketWorld(t *testing.T, methods ...Method) (*visited, string) {
	t.Helper()
	w := newVisited(t, Pace{})
	id := w.AddAPI(testAccount, testRegion, API{Name: "live", Kind: "WEBSOCKET", Stages: []string{"prod"}, Methods: methods, Keys: []string{"key-1"}, Token: "letmein"})
	w.domain.Mappings = map[string]*mapping{"": {ID: "m9", API: id, Stage: "prod"}}
	return w, id
}

// A handshake succeeds everywhere, and the connection ends with a close frame.
func TestV46Handshake(t *testing.T) {
	for _, at := range []string{testTarget, testName, "execute-api"} {
		synctest.Test(t, func(t *testing.T) {
			w, id := socketWorld(t)
			url := "https://" + testName + "/"
			if at == "execute-api" {
				at = id + ".execute-api.eu-west-1.amazonaws.com"
				url = "https://" + at + "/prod"
			}
			conn, read, resp := w.shake(t, at+":443", url, upgrade...)
			defer func() { _ = conn.Close() }()
			if resp.Status != 101 || resp.Header.Get("Sec-WebSocket-Accept") != exampleAccept || !strings.EqualFold(resp.Header.Get("Upgrade"), "websocket") || !strings.EqualFold(resp.Header.Get("Connection"), "upgrade") {
				t.Fatalf("at %s: got %d %v", at, resp.Status, resp.Header)
			}
			if cdn := resp.Header.Get("X-Amz-Cf-Id") != ""; cdn != (at == testName) {
				t.Errorf("at %s: CloudFront's marks are %v: %v", at, cdn, resp.Header)
			}
			for _, c := range []struct{ send, want []byte }{
				{frame(framePing, "hey"), []byte{0x80 | framePong, 3, 'h', 'e', 'y'}},
				{append(frame(1, "to nobody"), frame(frameClose, "\x03\xe8bye")...), []byte{0x80 | frameClose, 2, 0x03, 0xe8}},
			} {
				if _, err := conn.Write(c.send); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len(c.want))
				if _, err := io.ReadFull(read, got); err != nil || !bytes.Equal(got, c.want) {
					t.Errorf("at %s: got % x, %v, want % x", at, got, err, c.want)
				}
			}
			if _, err := read.ReadByte(); !errors.Is(err, io.EOF) {
				t.Errorf("at %s: after the close frame: %v, want the end", at, err)
			}
		})
	}
}

// Silence ends a connection after ten minutes, with a close frame.
func TestSocketEndsInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := socketWorld(t)
		conn, read, _ := w.shake(t, testName+":443", "https://"+testName+"/", upgrade...)
		defer func() { _ = conn.Close() }()
		began := time.Now()
		var head [4]byte
		_, err := io.ReadFull(read, head[:])
		if err != nil || head[0] != 0x80|frameClose || binary.BigEndian.Uint16(head[2:]) != 1001 || time.Since(began) != 10*time.Minute {
			t.Errorf("got % x, %v after %s", head, err, time.Since(began))
		}
	})
}

func TestV46Refusals(t *testing.T) {
	without := func(name string) []string {
		var out []string
		for i := 0; i < len(upgrade); i += 2 {
			if upgrade[i] != name {
				out = append(out, upgrade[i], upgrade[i+1])
			}
		}
		return out
	}
	iam, custom := Method{Key: "$connect", Authorization: "AWS_IAM"}, Method{Key: "$connect", Authorization: "CUSTOM"}
	for _, c := range []struct {
		name    string
		method  Method
		at      string
		policy  string
		cache   string
		headers []string
		status  int
		body    string
	}{
		{"good", Method{Key: "$connect"}, testName, allViewer, cachingDisabled, upgrade, 101, ""},
		{"no $connect", Method{Key: "$default"}, testName, allViewer, cachingDisabled, upgrade, 101, ""},
		{"plain GET", Method{Key: "$connect"}, testTarget, allViewer, cachingDisabled, nil, 403, "Forbidden"},
		{"without key", Method{Key: "$connect"}, testTarget, allViewer, cachingDisabled, without("Sec-WebSocket-Key"), 403, "Forbidden"},
		{"without version", Method{Key: "$connect"}, testTarget, allViewer, cachingDisabled, without("Sec-WebSocket-Version"), 403, "Forbidden"},
		{"Host not forwarded", Method{Key: "$connect"}, testName, allViewerExceptHost, cachingDisabled, upgrade, 403, "Forbidden"},
		{"Sec-WebSocket-* not forwarded", Method{Key: "$connect"}, testName, "bf0718e1-ba1e-49d1-88b1-f726733018ae", cachingDisabled, upgrade, 403, "Forbidden"},
		{"through a cache", Method{Key: "$connect"}, testName, allViewer, "658327ea-f89d-4fab-a63d-7e88639e58f6", upgrade, 101, ""},
		{"IAM", iam, testName, allViewer, cachingDisabled, upgrade, 403, "Missing Authentication Token"},
		{"authorizer, no token", custom, testName, allViewer, cachingDisabled, upgrade, 401, "Unauthorized"},
		{"authorizer, no", custom, testName, allViewer, cachingDisabled, append([]string{"Authorization", "bad"}, upgrade...), 403, "not authorized"},
		{"authorizer, yes", custom, testName, allViewer, cachingDisabled, append([]string{"Authorization", "letmein"}, upgrade...), 101, ""},
		{"key", Method{Key: "$connect", APIKey: true}, testName, allViewer, cachingDisabled, upgrade, 403, "Forbidden"},
		{"integration refuses", Method{Key: "$connect", Answer: &Answer{Status: 500, Body: "no"}}, testName, allViewer, cachingDisabled, upgrade, 500, "no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _ := socketWorld(t, c.method)
				w.behavior.OriginRequestPolicyID, w.behavior.CachePolicyID = c.policy, c.cache
				for range 2 { // the second meets what a cache would have kept
					conn, _, resp := w.shake(t, c.at+":443", "https://"+testName+"/", c.headers...)
					_ = conn.Close()
					if resp.Status != c.status || strings.HasPrefix(resp.Header.Get("X-Cache"), "Hit") || !strings.Contains(resp.Body, c.body) {
						t.Errorf("got %d %s, want %d %s", resp.Status, resp.Body, c.status, c.body)
					}
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // no mapping, and a Host that nobody knows
		w, id := socketWorld(t)
		w.domain.Mappings = map[string]*mapping{"live": {ID: "m9", Key: "live", API: id, Stage: "prod"}}
		for url, want := range map[string]int{"https://" + testName + "/": 403, "https://" + testName + "/live": 101, "https://" + id + ".execute-api.eu-west-1.amazonaws.com/other": 403} {
			conn, _, resp := w.shake(t, testTarget+":443", url, upgrade...)
			_ = conn.Close()
			if resp.Status != want {
				t.Errorf("%s: got %d, want %d", url, resp.Status, want)
			}
		}
	})
}
