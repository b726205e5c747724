package probe_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/websocket"

	"apifront/probe"
	"apifront/setup"
)

// A WebSocket server that is not ours takes the handshake, sends a message, and
// sees a tidy end.
func TestHandshake(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	server := websocket.Server{Handler: func(conn *websocket.Conn) {
		if err := websocket.Message.Send(conn, "welcome"); err != nil {
			t.Error(err)
		}
		var m string
		ended <- websocket.Message.Receive(conn, &m)
	}}
	p, _ := served(t, "198.51.100.7", nil, func(w http.ResponseWriter, r *http.Request) {
		if r.Proto != "HTTP/1.1" || r.Host != theName || r.TLS.ServerName != theName || r.TLS.NegotiatedProtocol != "http/1.1" {
			t.Errorf("%s for %s at %s by %q", r.Proto, r.Host, r.TLS.ServerName, r.TLS.NegotiatedProtocol)
		}
		server.ServeHTTP(w, r)
	})
	seen := p.Climb(t.Context(), probe.Target{Name: theName, Handshakes: true, Rungs: []setup.Rung{setup.RungName}, Paths: []probe.TargetPath{{Mapping: "chat", Kind: setup.APIKindWebSocket}}})
	proof, _ := reached(seen, setup.RungName, probe.WantedPath{Path: "/chat", Kind: setup.APIKindWebSocket})
	if seen[0].Status != http.StatusSwitchingProtocols || seen[0].Error != "" || proof != probe.ProofByUpgrade {
		t.Fatalf("proof %q, %+v", proof, seen[0])
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("the server saw the end as %v", err)
	}
}

// What the client's side of RFC 6455 asks of an answer, and of its own frames.
// https://www.rfc-editor.org/rfc/rfc6455#section-4.1
func TestHandshakeAnswers(t *testing.T) {
	t.Parallel()
	accept := func(key string) string {
		sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	if accept("dGhlIHNhbXBsZSBub25jZQ==") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" { // the RFC's own example
		t.Fatal("the judge is wrong")
	}
	for name, c := range map[string]struct {
		header map[string]string
		good   bool
	}{
		"right":                      {map[string]string{"Upgrade": "WebSocket", "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Accept": "right"}, true},
		"the subprotocol asked for":  {map[string]string{"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Accept": "right", "Sec-WebSocket-Protocol": "chat"}, true},
		"of another key":             {map[string]string{"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Accept": accept("other")}, false},
		"no accept":                  {map[string]string{"Upgrade": "websocket", "Connection": "upgrade"}, false},
		"no upgrade":                 {map[string]string{"Connection": "upgrade", "Sec-WebSocket-Accept": "right"}, false},
		"another upgrade":            {map[string]string{"Upgrade": "h2c", "Connection": "upgrade", "Sec-WebSocket-Accept": "right"}, false},
		"no connection":              {map[string]string{"Upgrade": "websocket", "Sec-WebSocket-Accept": "right"}, false},
		"extension nobody asked for": {map[string]string{"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Accept": "right", "Sec-WebSocket-Extensions": "permessage-deflate"}, false},
		"protocol nobody asked for":  {map[string]string{"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Accept": "right", "Sec-WebSocket-Protocol": "other"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frame := make(chan []byte, 1)
			p, _ := served(t, "198.51.100.7", nil, func(w http.ResponseWriter, r *http.Request) {
				key := r.Header.Get("Sec-WebSocket-Key")
				if nonce, err := base64.StdEncoding.DecodeString(key); err != nil || len(nonce) != 16 {
					t.Errorf("key %q", key)
				}
				if r.Method != "GET" || r.Header.Get("Sec-WebSocket-Version") != "13" || r.Header.Get("Sec-WebSocket-Extensions") != "" ||
					!strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || !strings.EqualFold(r.Header.Get("Connection"), "upgrade") {
					t.Errorf("asked by %s %v", r.Method, r.Header)
				}
				conn, buffer, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				head := "HTTP/1.1 101 Switching Protocols\r\n"
				for name, value := range c.header {
					if value == "right" {
						value = accept(key)
					}
					head += name + ": " + value + "\r\n"
				}
				if _, err := conn.Write([]byte(head + "\r\n")); err != nil {
					t.Error(err)
				}
				frame <- readFrame(buffer.Reader)
			})
			target := probe.Target{Name: theName, Handshakes: true, Rungs: []setup.Rung{setup.RungName}, Paths: []probe.TargetPath{
				{Mapping: "chat", Kind: setup.APIKindWebSocket, Header: http.Header{"Sec-Websocket-Protocol": {"chat, superchat"}}},
			}}
			seen := p.Climb(t.Context(), target)
			e := at(t, seen, setup.RungName, "/chat")
			want := probe.NoProof
			if c.good {
				want = probe.ProofByUpgrade
			}
			proof, row := reached(seen, setup.RungName, probe.WantedPath{Path: "/chat", Kind: setup.APIKindWebSocket})
			if proof != want || (row == "") != c.good || e.Error != "" || e.Status != 101 || !e.Upgrade || e.Method != "GET" {
				t.Errorf("%q, proof %q: %+v", row, proof, e)
			}
			if h := e.Header["Sec-Websocket-Accept"]; c.header["Sec-WebSocket-Accept"] != "" && h != map[bool]string{true: "right", false: "wrong"}[c.good] {
				t.Errorf("kept %q", h)
			}
			// FIN and Close; masked, as a client's; code 1000.
			got := <-frame
			if c.good && (len(got) != 4 || got[0] != 0x88 || got[1] != 0x82 || got[2] != 0x03 || got[3] != 0xe8) || !c.good && got != nil {
				t.Errorf("the connection ended with %x", got)
			}
		})
	}
}

// readFrame is the head of a client's frame and its unmasked body, nil at the
// end of the connection.
func readFrame(r *bufio.Reader) []byte {
	head := make([]byte, 6)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil
	}
	body := make([]byte, head[1]&0x7f)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil
	}
	for i := range body {
		body[i] ^= head[2+i%4]
	}
	return append(head[:2], body...)
}

// A WebSocket is opened only where that was asked for: it runs $connect.
func TestHandshakeOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{false, true} {
		upgrades := make(chan bool, 9)
		p, _ := served(t, "198.51.100.7", nil, func(w http.ResponseWriter, r *http.Request) {
			upgrades <- r.Header.Get("Upgrade") != ""
			w.Header().Set("X-Amzn-Requestid", "r")
			http.Error(w, `{"message":"Forbidden"}`, http.StatusForbidden)
		})
		target := probe.Target{Name: theName, Handshakes: asked, Paths: []probe.TargetPath{{Mapping: "chat", Kind: setup.APIKindWebSocket}}}
		seen := p.Climb(t.Context(), target)
		proof, _ := reached(seen, setup.RungName, probe.WantedPath{Path: "/chat", Kind: setup.APIKindWebSocket})
		if len(seen) != 1 || seen[0].Upgrade != asked || proof != probe.NoProof {
			t.Errorf("asked %t: proof %q, %+v", asked, proof, seen)
		}
		if got := <-upgrades; got != asked || len(upgrades) > 0 {
			t.Errorf("asked %t: sent %t, and %d more", asked, got, len(upgrades))
		}
	}
}
