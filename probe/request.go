package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// A Request is an HTTPS request like that of a visitor.
type Request struct {
	Method    string // "" means GET; others are HEAD and OPTIONS
	URL       string // "https://name/path"; its host is sent as SNI and Host
	ConnectTo string // the host whose addresses are dialled; "" means the URL's host
	Header    http.Header
	Patience  time.Duration // how long the request may take; 0 means 10 s
}

// The limits of a request.
const (
	requestTimeout = 10 * time.Second
	bodyTimeout    = 5 * time.Second // from the head of the answer on
	maxBody        = 64 << 10
	maxHead        = 64 << 10
)

// patience is Patience or its default.
func (r Request) patience() time.Duration {
	if r.Patience > 0 {
		return r.Patience
	}
	return requestTimeout
}

// harmless are the methods that are meant to change nothing. Probes send no other.
// https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
var harmless = []string{http.MethodGet, http.MethodHead, http.MethodOptions}

// newRequest checks the request.
func newRequest(ctx context.Context, r Request) (*http.Request, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	if !slices.Contains(harmless, method) {
		return nil, fmt.Errorf("probe %s: %s may change something", address(r.URL), method)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("probe %s: not an address", address(r.URL)) // err would show the query
	}
	if req.URL.Scheme != "https" || req.URL.Hostname() == "" {
		return nil, fmt.Errorf("probe %s: not an https address", address(r.URL))
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

// address is the URL without query and password, which may be secrets.
func address(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "an address"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath, Opaque: u.Opaque}).String()
}

// hostOf is the host of a URL, without its port; "" of what is none.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// port is the port that a URL names, or else that of the settings.
func (p *Prober) port(u *url.URL) uint16 {
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(port)
	}
	if set := p.settings.Port; set != 0 {
		return uint16(set) //nolint:gosec // G115: the settings take 1 to 65535
	}
	return 443
}
