package probe

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// A Response is the answer to a Request.
type Response struct {
	Status             int
	Header             http.Header
	Body               []byte    // at most 64 KiB, and only what came within 5 s of the head
	CertificateNames   []string  // DNS names of the server's certificate, even if it was not accepted
	CertificateBegins  time.Time // of that certificate
	CertificateExpires time.Time
	Address            string // the address that answered, as "address:port"
	Upgraded           bool   // a WebSocket was opened, by RFC 6455
	Took               Times
}

// Times are how long each phase of a request took; 0 for a phase that was not
// reached.
type Times struct {
	Resolve   time.Duration // finding the addresses
	Connect   time.Duration // the TCP connection, including the addresses that did not answer
	TLS       time.Duration // the handshake
	FirstByte time.Duration // from sending the request to the head of the answer
}

// read sends the request over the connection and reads the answer into r. It
// calls head when the head of the answer has come.
func (r *Response) read(req *http.Request, conn net.Conn, head func()) (err error) {
	dial := func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	transport := &http.Transport{
		DialContext: dial, DialTLSContext: dial,
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHead,
	}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(req)
	head()
	if err != nil {
		return err
	}
	r.Status, r.Header = answer.StatusCode, answer.Header
	if r.Status == http.StatusSwitchingProtocols { // what follows is no body
		if stream, ok := answer.Body.(io.ReadWriteCloser); ok && upgraded(req, answer) {
			r.Upgraded = true
			leave(stream, conn)
			return nil
		}
		return answer.Body.Close()
	}
	// The head is what a probe wants to know. The body may be a stream of events
	// that never ends.
	enough := time.AfterFunc(bodyTimeout, func() { _ = conn.Close() }) // what was read is kept
	r.Body, err = io.ReadAll(io.LimitReader(answer.Body, maxBody))
	closing := answer.Body.Close()
	if !enough.Stop() || errors.Is(req.Context().Err(), context.DeadlineExceeded) {
		return nil
	}
	return errors.Join(err, closing)
}

// keepCertificate reads the server's own certificate, the first of the chain.
func (r *Response) keepCertificate(chain []*x509.Certificate) {
	if len(chain) > 0 {
		r.CertificateNames, r.CertificateBegins, r.CertificateExpires = chain[0].DNSNames, chain[0].NotBefore, chain[0].NotAfter
	}
}

// message is the field "message" of a JSON answer; "" if there is none.
func (r Response) message() string {
	var body struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return ""
	}
	return body.Message
}

// describe is the answer as one line, for the record of the call.
func (r Response) describe(connectTo string) string {
	s := "answered by " + r.Address
	if connectTo != "" {
		s += " (" + connectTo + ")"
	}
	if cache := r.Header.Get("X-Cache"); cache != "" {
		s += ", " + cache
	}
	return s
}
