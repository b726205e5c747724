package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"time"
)

// dataPlane is what the edges, the regional endpoint and the connections to
// them keep. Guarded by Sim.mu.
type dataPlane struct {
	flat    bool                   // everything at 127.0.0.1, told apart by SNI
	serial  int64                  // makes request IDs: those of the control plane stay the same whatever is probed
	cache   map[string]*cacheEntry // what the edges keep
	conns   map[net.Conn]struct{}  // open in-memory connections, server side
	sockets map[net.Conn]struct{}  // open WebSocket connections, server side
	servers map[string]*http.Server
	closed  bool
}

// token is n characters that differ for each request.
func (p *dataPlane) token(n int) string {
	p.serial++
	sum := sha256.Sum256(fmt.Appendf(nil, "apifront data plane %d", p.serial))
	t := base64.RawURLEncoding.EncodeToString(sum[:])
	for len(t) < n {
		t += t
	}
	return t[:n]
}

// requestID has the form of API Gateway's request IDs.
func (p *dataPlane) requestID() string {
	p.serial++
	h := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "apifront request %d", p.serial)))
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}

// A visit is a request as it arrives at an edge or at a regional endpoint.
type visit struct {
	tls    bool
	sni    string // lower case; "" if none was sent
	host   string // lower case, without port
	method string
	path   string // escaped
	query  string
	header http.Header
	body   int // bytes
	from   string
	hops   int    // distributions it has passed
	region string // of the regional endpoint, when the way there tells; "" otherwise
}

// receive applies what is due and runs one request under the lock.
func (s *Sim) receive(v visit, handle func(visit, time.Time) answer) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return handle(v, s.now())
}
