package handlers

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// A Front is how people reach the server: by which names, through which
// proxies, and whether all of the way is encrypted. The zero value is a server
// on loopback without a proxy.
type Front struct {
	// PublicURL is the address that people open; nil: none was given, and only
	// loopback names and the address listened on are answered.
	PublicURL *url.URL
	// Listen is the host part of the address listened on; "": every address.
	Listen string
	// Proxies are whose X-Forwarded headers are believed.
	Proxies []netip.Prefix
	// TLS says that the server speaks TLS itself.
	TLS bool
}

// secure says whether browsers reach the server over HTTPS only.
func (f Front) secure() bool {
	return f.TLS || f.PublicURL != nil && f.PublicURL.Scheme == "https"
}

// unproxied finds out who asks and by which name. It believes the headers of a
// proxy only if the peer is a trusted one. It removes them in every case, so
// that no later handler believes them by mistake.
func (s *Server) unproxied(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Front.unwrap(r)
		next.ServeHTTP(w, r)
	})
}

// ourName refuses a request for a name that is not ours. Another site could let
// its own name lead here (DNS rebinding), and the browser would take our pages
// for that site's.
func (s *Server) ourName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Front.answers(r) && !forAnybody(r.URL.Path) {
			s.refused(r, "asked by a name that is not ours: "+setup.Clip(strings.ToValidUTF8(r.Host, "?"), 100))
			s.fail(w, r, s.misdirected(r))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unwrap replaces the proxy's address and name by those of its client. Each
// proxy adds the address that it saw at the right end. So the client is the
// first address from the right that is not a trusted proxy. Anybody can send
// what stands left of it.
func (f Front) unwrap(r *http.Request) {
	if peer, ok := addressOf(r.RemoteAddr); ok && f.trusts(peer) {
		client := peer
		chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, one := range slices.Backward(chain) {
			address, ok := addressOf(strings.TrimSpace(one))
			if !ok {
				break
			}
			if client = address; !f.trusts(address) {
				break
			}
		}
		r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
		if host := lastOf(r.Header.Values("X-Forwarded-Host")); host != "" {
			r.Host = host
		}
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"} {
		r.Header.Del(name)
	}
}

func (f Front) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(f.Proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// addressOf reads an address with or without port, IPv6 with or without
// brackets.
func addressOf(text string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

// lastOf is the last value of a header: the one that the nearest proxy added.
func lastOf(values []string) string {
	all := strings.Split(strings.Join(values, ","), ",")
	return strings.TrimSpace(all[len(all)-1])
}

// answers says whether the name that a browser asked for is ours. Ports are
// not compared: proxies map them, and names are what rebinding is about.
func (f Front) answers(r *http.Request) bool {
	host := hostOf(r.Host)
	switch {
	case host == "":
		return false
	case isLoopback(host):
		return true
	case f.PublicURL != nil:
		return host == hostOf(f.PublicURL.Host)
	}
	listen := hostOf(f.Listen)
	address, err := netip.ParseAddr(listen)
	if listen != "" && (err != nil || !address.IsUnspecified()) {
		return host == listen
	}
	// Every address is listened on: the one this connection came in at counts.
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	here, ok := addressOf(local.String())
	asked, err := netip.ParseAddr(host)
	return ok && err == nil && asked.Unmap() == here
}

// hostOf is the name of a Host header, in lower case, without port, brackets
// and the dot at the end. A header that holds more than a host has none.
func hostOf(header string) string {
	u, err := url.Parse("http://" + header)
	if err != nil || u.Host != header {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}

// forAnybody says whether a path is answered under any name, so that health
// checks and the page of a wrong name work. What such a path answers is the
// same for everybody and tells nothing, or wants a token that no browser sends.
func forAnybody(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/metrics" || strings.HasPrefix(path, "/static/")
}

// misdirected is the page for a name that is not ours.
func (s *Server) misdirected(r *http.Request) error {
	v := web.ErrorView{
		Title: "apifront is not at this address",
		Text:  fmt.Sprintf("Your browser asked for %q, and this server does not go by that name. It answers to no other, so that pages of other sites cannot pose as it. Nothing was changed.", setup.Clip(strings.ToValidUTF8(r.Host, "?"), 100)),
		Fix:   "If this is where people open apifront, start it with --public-url or APIFRONT_PUBLIC_URL set to the address, such as https://apifront.example.com.",
	}
	if u := s.Front.PublicURL; u != nil {
		v.Fix = "If people open apifront here, the setting --public-url or APIFRONT_PUBLIC_URL is to name this address; it is " + u.String() + " now. A proxy in front has to pass on the Host that the browser asked for."
		v.Href, v.Link = u.String(), "Go to "+u.Host
	}
	return &PageError{http.StatusMisdirectedRequest, v}
}
