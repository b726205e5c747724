package probe

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // G505: RFC 6455 names it, and it guards nothing
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// leaveTimeout is the limit of a WebSocket's tidy end.
const leaveTimeout = time.Second

// asHandshake is the request with the headers that ask for a WebSocket. API
// Gateway runs the route $connect for it, and $disconnect after it, so it is only
// sent where somebody asked for that. Once it is open, it is left.
// https://www.rfc-editor.org/rfc/rfc6455#section-4.1
func asHandshake(r Request) Request {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // it never fails
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Connection", "Upgrade")
	h.Set("Upgrade", "websocket")
	h.Set("Sec-WebSocket-Version", "13")
	h.Set("Sec-WebSocket-Key", base64.StdEncoding.EncodeToString(nonce))
	h.Del("Sec-WebSocket-Extensions")
	r.Method, r.Header = http.MethodGet, h
	return r
}

// acceptOf is what a server makes of the key of a handshake.
// https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2
func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // G401: RFC 6455 names it
	return base64.StdEncoding.EncodeToString(sum[:])
}

// upgraded says whether an answer opens the WebSocket that was asked for. A
// status 101 without the right Sec-WebSocket-Accept comes from a server that
// has not read the request.
// https://www.rfc-editor.org/rfc/rfc6455#section-4.1
func upgraded(req *http.Request, answer *http.Response) bool {
	key := req.Header.Get("Sec-WebSocket-Key")
	return key != "" && answer.StatusCode == http.StatusSwitchingProtocols &&
		strings.EqualFold(answer.Header.Get("Upgrade"), "websocket") &&
		hasToken(answer.Header.Values("Connection"), "upgrade") &&
		strings.TrimSpace(answer.Header.Get("Sec-WebSocket-Accept")) == acceptOf(key) &&
		answer.Header.Get("Sec-WebSocket-Extensions") == "" &&
		offered(req, answer.Header.Get("Sec-WebSocket-Protocol"))
}

// offered says whether a subprotocol is one that the request offers; none is.
func offered(req *http.Request, protocol string) bool {
	return protocol == "" || hasToken(req.Header.Values("Sec-WebSocket-Protocol"), protocol)
}

func hasToken(values []string, token string) bool {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// leave ends a WebSocket with a Close frame and waits for that of the server,
// which may send messages before it. How it ends changes nothing of what the
// handshake showed.
// https://www.rfc-editor.org/rfc/rfc6455#section-5.5.1
func leave(stream io.ReadWriteCloser, conn net.Conn) {
	late := time.AfterFunc(leaveTimeout, func() { _ = conn.Close() })
	defer late.Stop()
	if _, err := stream.Write(closeFrame()); err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(stream, maxBody)) // to the end of the stream
	}
	_ = stream.Close()
}

// closeFrame says "normal closure", masked as all that a client sends.
// https://www.rfc-editor.org/rfc/rfc6455#section-5.2
func closeFrame() []byte {
	const (
		final, opClose, masked = 0x80, 0x8, 0x80
		normal                 = 1000
	)
	body := []byte{normal >> 8, normal & 0xff}
	mask := make([]byte, 4)
	_, _ = rand.Read(mask) // it never fails
	frame := append([]byte{final | opClose, masked | 2}, mask...)
	for i, b := range body {
		frame = append(frame, b^mask[i%len(mask)])
	}
	return frame
}
