package cloud

import (
	"context"
	"net/http"
)

// A Request is an HTTPS request as a visitor makes it.
type Request struct {
	Method    string // "": GET
	URL       string // "https://name/path"; its host is sent as SNI and Host
	ConnectTo string // the host whose addresses are dialled; "": the URL's host
	Header    http.Header
}

// A Response is what came back.
type Response struct {
	Status           int
	Header           http.Header
	Body             []byte   // at most 64 KiB
	CertificateNames []string // DNS names of the server's certificate
	Address          string   // that answered, "address:port"
}

// Get makes the request. It follows no redirect, verifies the server's
// certificate, and takes at most 10 s. An HTTP status is never an error.
func (p *Prober) Get(ctx context.Context, r Request) (Response, error) { return Response{}, nil }
