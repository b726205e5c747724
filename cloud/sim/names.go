package sim

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ownNames lets a request through only if its Host is one of the simulator's own
// names. Otherwise a page of another site could let its name lead here (DNS
// rebinding). It would then have the same origin as the endpoint, and could read
// /_sim/state, reset the world and order faults. Loopback names belong to nobody
// else; the address listened on and the names given are the operator's.
func ownNames(listen string, names []string, next http.Handler) http.Handler {
	own := []string{"localhost"}
	for _, name := range append([]string{listen}, names...) {
		if name = nameOf(name); name != "" {
			own = append(own, name)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := nameOf(r.Host); slices.Contains(own, name) || ownAddress(name, r) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close") // what follows on this connection has the same name
		http.Error(w, "The simulator does not answer to this name. It has its address and localhost; give it more with --names.", http.StatusMisdirectedRequest)
	})
}

// nameOf is a Host without port, as names are compared.
func nameOf(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// ownAddress says whether a name is a loopback address, or the very address
// that the connection came in at.
func ownAddress(name string, r *http.Request) bool {
	asked, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	if asked = asked.Unmap().WithZone(""); asked.IsLoopback() {
		return true
	}
	at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && asked == at.AddrPort().Addr().Unmap().WithZone("")
}
