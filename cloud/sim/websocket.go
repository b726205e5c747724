package sim

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // RFC 6455 says SHA-1, and keeps no secret with it
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of a WebSocket connection: silence, the whole of it, and a frame.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
const (
	socketIdle  = 10 * time.Minute // CloudFront has the same
	socketTotal = 2 * time.Hour
	socketFrame = 32 << 10
)

// acceptGUID is what RFC 6455, section 1.3, has a server add to the key.
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// upgrades says whether a request asks for a WebSocket (RFC 6455, section 4.1).
func (v visit) upgrades() bool {
	return v.method == http.MethodGet && hasToken(v.header["Upgrade"], "websocket") && hasToken(v.header["Connection"], "upgrade")
}

// hasToken says whether a header's list has a token, whatever its case.
func hasToken(values []string, token string) bool {
	for _, line := range values {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// acceptKey is the Sec-WebSocket-Accept that answers a key, "" if the key is none:
// 16 octets in Base64 (RFC 6455, section 4.2.1).
func acceptKey(key string) string {
	if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 16 {
		return ""
	}
	sum := sha1.Sum([]byte(key + acceptGUID)) //nolint:gosec // see the import
	return base64.StdEncoding.EncodeToString(sum[:])
}

// handshake is rule V46, an API's answer to one that wants a WebSocket. A request
// that is no handshake is 403 Forbidden (aws/aws-sam-cli#2886, reported by
// users); that one without key or version is answered alike was concluded, not
// seen. An API without $connect takes every connection, since AWS calls its
// integration optional.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
func (s *Sim) handshake(v visit, a *api, stage string) answer {
	accept := acceptKey(v.header.Get("Sec-Websocket-Key"))
	if !v.upgrades() || accept == "" || v.header.Get("Sec-Websocket-Version") != "13" {
		return s.forbidden()
	}
	out := answer{Status: http.StatusSwitchingProtocols, Header: s.gatewayHeader(a.Kind)}
	if m := a.named("$connect"); m != nil {
		if refused := s.guard(v, a, m, stage, "/$connect"); refused != nil {
			return *refused
		}
		s.countStage(a, stage, "ConnectCount")
		if m.Answer != nil {
			m.Answer.into(&out, false)
			if limit := m.limit(a.Kind); out.late > limit {
				return s.timedOut(a.Kind, limit)
			}
			if out.Status >= http.StatusMultipleChoices {
				return out // the integration refused, and no connection is made
			}
			out.Status, out.Body = http.StatusSwitchingProtocols, nil
		}
	}
	out.Header.Del("Content-Type")
	out.Header.Set("Upgrade", "websocket")
	out.Header.Set("Connection", "upgrade")
	out.Header.Set("Sec-WebSocket-Accept", accept)
	return out
}

// socket carries on a connection after the handshake, until one side closes it.
func (s *Sim) socket(w http.ResponseWriter, a answer) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2, where this handshake does not exist
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	if s.net.sockets == nil {
		s.net.sockets = map[net.Conn]struct{}{}
	}
	s.net.sockets[conn] = struct{}{}
	closed := s.net.closed
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.net.sockets, conn)
		s.mu.Unlock()
		_ = conn.Close() // nobody is left to tell
	}()
	if closed {
		return
	}
	till := time.Now().Add(socketTotal)
	if err := conn.SetDeadline(till); err != nil {
		return
	}
	if err := writeSwitch(rw.Writer, a); err != nil {
		return
	}
	for time.Now().Before(till) {
		if err := conn.SetReadDeadline(earlier(time.Now().Add(socketIdle), till)); err != nil {
			return
		}
		code, payload, err := readFrame(rw.Reader)
		switch {
		case err != nil && !isTimeout(err):
			return
		case err != nil:
			_ = writeFrame(conn, frameClose, []byte{0x03, 0xe9}) // 1001; the connection ends anyway
			return
		case code == frameClose:
			_ = writeFrame(conn, frameClose, payload[:min(2, len(payload))]) // the same
			return
		case code == framePing:
			if err := writeFrame(conn, framePong, payload); err != nil {
				return
			}
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func isTimeout(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

// writeSwitch writes the 101 that ends HTTP on a connection.
func writeSwitch(w *bufio.Writer, a answer) error {
	if _, err := w.WriteString("HTTP/1.1 101 Switching Protocols\r\n"); err != nil {
		return err
	}
	if err := a.Header.Write(w); err != nil {
		return err
	}
	if _, err := w.WriteString("\r\n"); err != nil {
		return err
	}
	return w.Flush()
}

// The control frames of RFC 6455, section 5.5.
const (
	frameClose = 0x8
	framePing  = 0x9
	framePong  = 0xa
)

// readFrame reads one frame of a client, which masks its own (RFC 6455, section
// 5.2).
func readFrame(r io.Reader) (code byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1] & 0x7f)
	switch size {
	case 126:
		var n uint16
		err = binary.Read(r, binary.BigEndian, &n)
		size = uint64(n)
	case 127:
		err = binary.Read(r, binary.BigEndian, &size)
	}
	if err != nil {
		return 0, nil, err
	}
	if head[1]&0x80 == 0 || size > socketFrame {
		return 0, nil, io.ErrUnexpectedEOF
	}
	var mask [4]byte
	if _, err := io.ReadFull(r, mask[:]); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0x0f, payload, nil
}

// writeFrame writes a control frame, of at most 125 octets.
func writeFrame(w io.Writer, code byte, payload []byte) error {
	payload = payload[:min(len(payload), 125)]
	_, err := w.Write(append([]byte{0x80 | code, byte(len(payload))}, payload...)) //nolint:gosec // at most 125
	return err
}
