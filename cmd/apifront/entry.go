package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/netutil"

	"apifront/handlers"
)

// mostConnections is how many connections are open at once. Further ones wait to
// be accepted. Without a limit clients could use up all file descriptors, which
// the database needs too.
const mostConnections = 4096

// An entry is where and how the server is reached.
type entry struct {
	listen string // HOST:PORT
	handlers.Front
	certificate *certificate // nil: plain HTTP
}

// at is an entry without proxy, public name and TLS.
func at(listen string) entry {
	// An address that is none is told by the attempt to listen.
	host, _, _ := net.SplitHostPort(listen)
	return entry{listen: listen, Front: handlers.Front{Listen: host}}
}

// entryFlags adds the flags of an entry. Call the function after parsing.
func (p *program) entryFlags(f *flag.FlagSet, log *slog.Logger) func() (entry, error) {
	listen := f.String("listen", p.or("APIFRONT_LISTEN", defaultListen), "`address` to listen on (APIFRONT_LISTEN)")
	public := f.String("public-url", p.getenv("APIFRONT_PUBLIC_URL"), "the `address` that people open, such as https://apifront.example.com; empty: only loopback names and the address listened on (APIFRONT_PUBLIC_URL)")
	proxies := f.String("trusted-proxies", p.getenv("APIFRONT_TRUSTED_PROXIES"), "`addresses` of proxies whose X-Forwarded headers are believed, such as 10.0.0.0/8,::1 (APIFRONT_TRUSTED_PROXIES)")
	cert := f.String("tls-cert", p.getenv("APIFRONT_TLS_CERT"), "PEM `file` with the certificate and its chain: serve HTTPS; read again when it changes (APIFRONT_TLS_CERT)")
	key := f.String("tls-key", p.getenv("APIFRONT_TLS_KEY"), "PEM `file` with the certificate's key (APIFRONT_TLS_KEY)")
	return func() (e entry, err error) {
		e = at(*listen)
		if e.PublicURL, err = publicURL(*public); err != nil {
			return e, err
		}
		if e.Proxies, err = prefixes(*proxies); err != nil {
			return e, err
		}
		if *cert == "" && *key == "" {
			return e, nil
		}
		if *cert == "" || *key == "" {
			return e, errors.New("--tls-cert and --tls-key (APIFRONT_TLS_CERT, APIFRONT_TLS_KEY) go together: set both, or neither")
		}
		e.TLS = true
		e.certificate, err = openCertificate(*cert, *key, log)
		return e, err
	}
}

// publicURL reads the address that people open. Pages are at its root.
func publicURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("APIFRONT_PUBLIC_URL: %q is not an address such as https://apifront.example.com, without path", text)
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: "/"}, nil
}

// prefixes reads addresses and networks, separated by commas.
func prefixes(text string) (all []netip.Prefix, err error) {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(one)
		if err != nil {
			address, bad := netip.ParseAddr(one)
			if bad != nil || address.Zone() != "" {
				return nil, fmt.Errorf("APIFRONT_TRUSTED_PROXIES: %q is not an address or a network such as 10.0.0.0/8", one)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

// address is what to open: the address that is bound, as a URL.
func (e entry) address(bound net.Addr) string {
	if e.TLS {
		return "https://" + bound.String()
	}
	return "http://" + bound.String()
}

// warning says what is not safe about the way to the server; "": nothing.
func (e entry) warning(bound net.Addr) string {
	address, err := netip.ParseAddrPort(bound.String())
	if e.TLS || err == nil && address.Addr().Unmap().IsLoopback() {
		return ""
	}
	switch {
	case e.PublicURL == nil:
		return fmt.Sprintf("Other machines can reach %s, and passwords and sessions cross the network unencrypted. Give a certificate with --tls-cert and --tls-key, or put a proxy with HTTPS in front and set --public-url to its address.", bound)
	case e.PublicURL.Scheme == "http":
		return fmt.Sprintf("People open %s without HTTPS: passwords and sessions cross the network unencrypted.", e.PublicURL)
	}
	return ""
}

// newServer limits how long one client can hold anything up. Headers have 5 s
// and 32 KiB to arrive, a request 30 s, and an answer a minute to be taken; a
// stream has a minute for each message. What strangers cause in the log is
// limited, and what was left out is counted in it until done is closed.
func newServer(h http.Handler, log *slog.Logger, done <-chan struct{}) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          handlers.ServerLog(log, done),
	}
}

// serve serves until the server is shut down.
func (e entry) serve(server *http.Server, l net.Listener) error {
	l = netutil.LimitListener(l, mostConnections)
	if e.certificate == nil {
		return server.Serve(l)
	}
	server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: e.certificate.get}
	return server.ServeTLS(l, "", "")
}
