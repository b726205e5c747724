package sim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// transport carries requests to the simulator without a socket, whatever host
// they name. It honours the request's context.
type transport struct{ s *Sim }

// RoundTrip answers one request. An ordered fault that loses the answer is an
// error, as it is on a socket.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // it was read to its end or no longer matters
	}
	var a answer
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		a = t.s.control(r)
	} else {
		var err error
		if a, err = t.s.exchange(r); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	header := a.Header.Clone()
	header.Set("Date", t.s.now().Format(http.TimeFormat)) // net/http's server does it on a socket
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)),
		StatusCode: a.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(a.Body)),
		ContentLength: int64(len(a.Body)),
		Request:       r,
	}, nil
}
