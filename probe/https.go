package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"apifront/setup"
)

// Get makes the request. It follows no redirect, verifies the server's
// certificate, and takes at most the request's Patience. A response with any
// HTTP status is no error. If the request got no answer, the error is a
// *RequestError, and the Response has what was learnt until then. Any other
// error says that the request cannot be sent: the URL is not an https address,
// or the method could change something.
func (p *Prober) Get(ctx context.Context, r Request) (Response, error) {
	return p.send(ctx, errand{Request: r})
}

// An errand is a request with what is needed to send it.
type errand struct {
	Request
	book    *book    // the addresses found so far; nil means that each errand asks DNS
	secrets []string // to take out of the answer, which may repeat them
	keys    []string // names of the keys that it carries
}

// send makes the request and records it, without its query and headers.
func (p *Prober) send(ctx context.Context, e errand) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, e.patience())
	defer cancel()
	req, err := newRequest(ctx, e.Request)
	if err != nil {
		return Response{}, err
	}
	start := time.Now()
	resp, err := p.roundTrip(ctx, req, e)
	resp.redact(e.secrets)
	err = redacted(err, e.secrets)
	call := setup.Call{
		Service: serviceHTTPS, Operation: operation(req),
		Status: resp.Status, RequestID: requestID(resp.Header.Get), StartedAt: start, Took: time.Since(start),
		Message: resp.describe(e.ConnectTo),
	}
	if failed, ok := errors.AsType[*RequestError](err); ok {
		call.Code, call.Message = failed.Phase, failed.Err.Error()
	}
	p.tell(ctx, call)
	return resp, err
}

// operation is the request as the record of the call names it, such as
// "GET api.example.com/orders".
func operation(req *http.Request) string {
	return req.Method + " " + req.URL.Host + req.URL.EscapedPath()
}

// roundTrip dials the connection itself and hands it to net/http.
func (p *Prober) roundTrip(ctx context.Context, req *http.Request, e errand) (Response, error) {
	var resp Response
	host := e.ConnectTo
	if host == "" {
		host = req.URL.Hostname()
	}
	at := time.Now()
	lap := func(d *time.Duration) { now := time.Now(); *d, at = now.Sub(at), now }
	addresses, err := p.addresses(ctx, e.book, host)
	lap(&resp.Took.Resolve)
	if err != nil {
		return resp, &RequestError{PhaseResolve, host, err}
	}
	if len(addresses) == 0 {
		return resp, &RequestError{PhaseResolve, host, errors.New("the name has no address")}
	}
	dialled, err := p.dialAny(ctx, host, addresses, p.port(req.URL))
	lap(&resp.Took.Connect)
	if err != nil {
		return resp, &RequestError{PhaseConnect, host, err}
	}
	resp.Address = dialled.address
	conn, err := p.secure(ctx, dialled, req.URL.Hostname(), &resp)
	lap(&resp.Took.TLS)
	if err != nil {
		return resp, err
	}
	defer func() { _ = conn.Close() }() // the answer is read, so an error here does not matter
	if err := resp.read(req, conn, func() { lap(&resp.Took.FirstByte) }); err != nil {
		return resp, &RequestError{PhaseHTTP, req.URL.Hostname(), quiet(err)}
	}
	return resp, nil
}

// quiet is an error without what the server said: net/http quotes the first line
// of an answer that is none of HTTP.
func quiet(err error) error {
	if strings.Contains(err.Error(), "malformed") {
		return errors.New("the answer is not one of HTTP")
	}
	return err
}

// secure makes a TLS connection for the name. It closes conn if that fails.
func (p *Prober) secure(ctx context.Context, conn net.Conn, name string, resp *Response) (net.Conn, error) {
	secure := tls.Client(conn, &tls.Config{
		ServerName: name, RootCAs: p.settings.CA,
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	if err := secure.HandshakeContext(ctx); err != nil {
		if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			resp.keepCertificate(refused.UnverifiedCertificates)
		}
		_ = secure.Close() // it says no more than the handshake did
		return nil, &RequestError{PhaseTLS, name, err}
	}
	resp.keepCertificate(secure.ConnectionState().PeerCertificates)
	return secure, nil
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
