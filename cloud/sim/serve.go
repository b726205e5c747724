package sim

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of the data plane's servers.
const (
	serveHeader = 5 * time.Second
	serveRead   = 30 * time.Second
	serveIdle   = 60 * time.Second
	serveBytes  = 32 << 10 // of request headers; CloudFront's limit is 20 480
)

// A place is one of the data plane's listeners.
type place int

const (
	placeEdge0 place = iota
	placeEdge1
	placeRegional
	placeForeign
	placeAny // where one address must do for all: told apart by name
)

// server makes the HTTP server of a place. With TLS it chooses certificate
// and protocol for each connection by SNI.
func (s *Sim) server(at place, withTLS bool) *http.Server {
	srv := &http.Server{
		Handler:           s.visitors(at, withTLS),
		ReadHeaderTimeout: serveHeader, ReadTimeout: serveRead, IdleTimeout: serveIdle,
		MaxHeaderBytes: serveBytes,
		ErrorLog:       log.New(io.Discard, "", 0), // handshakes that clients give up are no news
	}
	if withTLS {
		srv.TLSConfig = &tls.Config{
			MinVersion: tls.VersionTLS12, // raised or lowered for each connection
			GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				sni := relative(hello.ServerName)
				switch s.placeOf(at, sni) {
				case placeEdge0:
					return s.edgeTLS(0, sni)
				case placeEdge1:
					return s.edgeTLS(1, sni)
				case placeForeign:
					return s.foreignTLS(sni)
				default:
					return s.regionalTLS(sni)
				}
			},
		}
	}
	return srv
}

// placeOf settles placeAny: a name that an edge knows is the edge's.
func (s *Sim) placeOf(at place, host string) place {
	if at != placeAny {
		return at
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.siteNamed(host) != nil && s.holderOf(0, host, s.now()) == nil {
		return placeForeign
	}
	if strings.HasSuffix(host, ".cloudfront.net") || s.holderOf(0, host, s.now()) != nil {
		return placeEdge0
	}
	return placeRegional
}

// visitors answers the HTTP requests of a place.
func (s *Sim) visitors(at place, withTLS bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, bodyLimit))
		if err != nil {
			http.Error(w, "request entity too large", http.StatusRequestEntityTooLarge)
			return
		}
		v := visit{
			tls: withTLS, host: relative(hostOnly(r.Host)), method: r.Method,
			path: r.URL.EscapedPath(), query: r.URL.RawQuery, header: r.Header.Clone(),
			body: int(n), from: hostOnly(r.RemoteAddr),
		}
		if v.path == "" {
			v.path = "/"
		}
		if r.TLS != nil {
			v.sni = relative(r.TLS.ServerName)
		}
		var a answer
		switch s.placeOf(at, v.host) {
		case placeEdge0:
			a = s.receive(v, func(v visit, now time.Time) answer { return s.edge(0, v, now) })
		case placeEdge1:
			a = s.receive(v, func(v visit, now time.Time) answer { return s.edge(1, v, now) })
		case placeForeign:
			a = s.receive(v, s.foreign)
		default:
			a = s.receive(v, s.regional)
		}
		// The deadline for reading the request would end a long wait.
		if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
			s.logf("answer %s: %v", v.host, err)
		}
		if err := sleep(r.Context(), a.late); err != nil {
			panic(http.ErrAbortHandler) // the visitor has gone; a return would be an answer, 200
		}
		if a.Status == http.StatusSwitchingProtocols {
			s.socket(w, a)
			return
		}
		for name, values := range a.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.Status)
		if r.Method == http.MethodHead {
			return
		}
		if _, err := w.Write(a.Body); err != nil {
			s.logf("answer %s: %v", v.host, err)
		}
	})
}

// hostOnly is a host without its port.
func hostOnly(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return hostPort
}
