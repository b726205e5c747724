package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"apifront/setup"
)

// A Request is an HTTPS request like that of a visitor.
type Request struct {
	Method    string // "" means GET
	URL       string // "https://name/path"; its host is sent as SNI and Host
	ConnectTo string // the host whose addresses are dialled; "" means the URL's host
	Header    http.Header
}

// A Response is the answer to a Request.
type Response struct {
	Status           int
	Header           http.Header
	Body             []byte   // at most 64 KiB
	CertificateNames []string // DNS names of the server's certificate, even if it was not accepted
	Address          string   // the address that answered, as "address:port"
	Took             Times
}

// Times are how long each phase of a request took; 0 for a phase that was not
// reached.
type Times struct {
	Resolve   time.Duration // finding the addresses
	Connect   time.Duration // the TCP connection, including the addresses that did not answer
	TLS       time.Duration // the handshake
	FirstByte time.Duration // from sending the request to the head of the answer
}

// The limits of a request.
const (
	requestTimeout = 10 * time.Second
	maxBody        = 64 << 10
)

// Get makes the request. It follows no redirect, verifies the server's
// certificate, and takes at most 10 s. A response with any HTTP status is no
// error. If the request got no answer, the error is a *RequestError, and the
// Response has what was learnt until then. Any other error says that the URL is
// not an https address.
func (p *Prober) Get(ctx context.Context, r Request) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := newRequest(ctx, r)
	if err != nil {
		return Response{}, err
	}
	start := time.Now()
	resp, err := p.get(ctx, req, r.ConnectTo)
	call := setup.Call{
		Service: serviceHTTPS, Operation: req.Method + " " + req.URL.Host + req.URL.EscapedPath(),
		Status: resp.Status, RequestID: requestID(resp.Header), StartedAt: start, Took: time.Since(start),
		Message: resp.describe(r.ConnectTo),
	}
	if failed, ok := errors.AsType[*RequestError](err); ok {
		call.Code, call.Message = failed.Phase, failed.Err.Error()
	}
	p.tell(ctx, call)
	return resp, err
}

func newRequest(ctx context.Context, r Request) (*http.Request, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("probe %s: %w", r.URL, err)
	}
	if req.URL.Scheme != "https" || req.URL.Hostname() == "" {
		return nil, fmt.Errorf("probe %s: not an https address", r.URL)
	}
	if req.URL.Path == "" {
		req.URL.Path = "/"
	}
	for k, v := range r.Header {
		req.Header[k] = v
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "apifront")
	}
	return req, nil
}

// get dials the connection itself and hands it to net/http.
func (p *Prober) get(ctx context.Context, req *http.Request, connectTo string) (Response, error) {
	var resp Response
	host := connectTo
	if host == "" {
		host = req.URL.Hostname()
	}
	at := time.Now()
	lap := func(d *time.Duration) { now := time.Now(); *d, at = now.Sub(at), now }
	addresses, err := p.Addresses(ctx, host)
	lap(&resp.Took.Resolve)
	if err != nil {
		return resp, &RequestError{PhaseResolve, host, err}
	}
	if len(addresses) == 0 {
		return resp, &RequestError{PhaseResolve, host, errors.New("the name has no address")}
	}
	conn, err := p.dialAny(ctx, host, addresses, p.port(req.URL))
	lap(&resp.Took.Connect)
	if err != nil {
		return resp, &RequestError{PhaseConnect, host, err}
	}
	resp.Address = conn.address
	secure := tls.Client(conn, &tls.Config{
		ServerName: req.URL.Hostname(), RootCAs: p.settings.CA,
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	defer func() { _ = secure.Close() }() // the answer is read, so an error here does not matter
	err = secure.HandshakeContext(ctx)
	lap(&resp.Took.TLS)
	if err != nil {
		if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			resp.CertificateNames = certificateNames(refused.UnverifiedCertificates)
		}
		return resp, &RequestError{PhaseTLS, req.URL.Hostname(), err}
	}
	resp.CertificateNames = certificateNames(secure.ConnectionState().PeerCertificates)
	if err := resp.read(req, secure, func() { lap(&resp.Took.FirstByte) }); err != nil {
		return resp, &RequestError{PhaseHTTP, req.URL.Hostname(), err}
	}
	return resp, nil
}

// read sends the request over the connection and reads the answer into r. It
// calls head when the head of the answer has come.
func (r *Response) read(req *http.Request, conn net.Conn, head func()) (err error) {
	transport := &http.Transport{
		DialTLSContext:     func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		DisableKeepAlives:  true,
		DisableCompression: true,
	}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(req)
	head()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	r.Status, r.Header = answer.StatusCode, answer.Header
	r.Body, err = io.ReadAll(io.LimitReader(answer.Body, maxBody))
	return err
}

// port is the port that a URL names, or else that of the settings.
func (p *Prober) port(u *url.URL) uint16 {
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(port)
	}
	if p.settings.Port != 0 {
		return uint16(p.settings.Port) //nolint:gosec // G115: the settings take 1 to 65535
	}
	return 443
}

// An addressedConn is a connection with the address that was dialled for it.
type addressedConn struct {
	net.Conn
	address string
}

// dialAny tries the addresses in order and returns the first connection.
func (p *Prober) dialAny(ctx context.Context, host string, addresses []netip.Addr, port uint16) (addressedConn, error) {
	var failed []error
	for _, addr := range addresses {
		at := netip.AddrPortFrom(addr, port)
		conn, err := p.dialGuarded(ctx, "tcp", host, at)
		if err == nil {
			return addressedConn{conn, at.String()}, nil
		}
		failed = append(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return addressedConn{}, errors.Join(failed...)
}

// certificateNames are the DNS names of the server's own certificate.
func certificateNames(chain []*x509.Certificate) []string {
	if len(chain) == 0 {
		return nil
	}
	return chain[0].DNSNames
}

// requestID is the ID that API Gateway or CloudFront gave the request.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Amzn-Requestid", "Apigw-Requestid", "X-Amz-Cf-Id"} {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
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
