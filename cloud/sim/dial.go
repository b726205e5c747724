package sim

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// Dial connects to the data plane without a socket: to an edge, at port 80
// without TLS and at every other port with it; to the regional endpoint, at
// every port but 80; to the DNS server, at port 53 of any host and at every
// port of its own address, and to resolvers and name servers that have an
// address of their own. DNS is framed as over TCP; over "udp" answers are cut to
// what fits a packet. A host
// name is looked up as visitors do, past every cache. It fits net.Dialer's
// DialContext and works in testing/synctest.
func (s *Sim) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := s.dial(ctx, network, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", address, err)}
	}
	return conn, nil
}

func (s *Sim) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.net.closed {
		return nil, net.ErrClosed
	}
	if _, err := netip.ParseAddr(host); err != nil {
		switch {
		case port == 53 && s.isNameServer(absolute(host)):
			host = s.addressOf(host)
		case port == 53:
			host = addressDNS
		default:
			s.settle()
			found := s.addresses(host, s.now())
			if len(found) == 0 {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			host = found[0]
		}
	}
	at, withTLS, err := s.placeAt(host, uint16(port))
	if err != nil {
		return nil, err
	}
	return s.connect(at, network, withTLS, netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port))), nil
}

// placeDNS is where DNS is answered.
const placeDNS place = -1

// placeAt says who listens at an address, if anybody does.
func (s *Sim) placeAt(host string, port uint16) (at place, withTLS bool, err error) {
	switch host {
	case addressEdge0, addressEdge0v6:
		at = placeEdge0
	case addressEdge1, addressEdge1v6:
		at = placeEdge1
	case addressRegional, addressRegionalv6:
		at = placeRegional
	case addressForeign:
		at = placeForeign
	case addressDNS:
		return placeDNS, false, nil
	default:
		if _, ok := s.tree.server[host]; ok || slices.Contains(resolverAddresses, host) {
			return placeDNS, false, nil
		}
		if port != 53 {
			return 0, false, syscall.ECONNREFUSED
		}
	}
	if port == 53 {
		return placeDNS, false, nil
	}
	if port == 80 && at == placeRegional || at == placeForeign && len(s.sites) == 0 {
		return 0, false, syscall.ECONNREFUSED
	}
	return at, port != 80, nil
}

// connect makes a pipe and serves its other end. Everything that runs for it
// ends when either end is closed.
func (s *Sim) connect(at place, network string, withTLS bool, to netip.AddrPort) net.Conn {
	s.net.serial++
	own := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1024 + int(s.net.serial%60000)}
	var near, far *pipe
	near, far = newPipe(own, net.TCPAddrFromAddrPort(to), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.net.conns, far)
	})
	if s.net.conns == nil {
		s.net.conns = map[net.Conn]struct{}{}
	}
	s.net.conns[far] = struct{}{}
	if at == placeDNS {
		go func() {
			s.serveDNS(far, to.Addr().String(), network)
			_ = far.Close() // a pipe's Close has nothing to say
		}()
		return near
	}
	srv := s.serverFor(at, withTLS)
	go func() {
		if withTLS {
			_ = srv.ServeTLS(&once{conn: far}, "", "") // ends with net.ErrClosed
		} else {
			_ = srv.Serve(&once{conn: far}) // ends with net.ErrClosed
		}
	}()
	return near
}

// serverFor is the HTTP server of a place for in-memory connections.
func (s *Sim) serverFor(at place, withTLS bool) *http.Server {
	id := fmt.Sprint(at, withTLS)
	if srv := s.net.servers[id]; srv != nil {
		return srv
	}
	if s.net.servers == nil {
		s.net.servers = map[string]*http.Server{}
	}
	srv := s.server(at, withTLS)
	s.net.servers[id] = srv
	return srv
}

// Close ends the in-memory connections and refuses new ones. Listeners have
// their own Close.
func (s *Sim) Close() {
	s.mu.Lock()
	s.net.closed = true
	var open []net.Conn
	for c := range s.net.conns {
		open = append(open, c)
	}
	s.mu.Unlock()
	s.closeSockets()
	for _, c := range open {
		_ = c.Close() // a pipe's Close has nothing to say
	}
}

// closeSockets ends the WebSocket connections, which no server knows any more.
func (s *Sim) closeSockets() {
	s.mu.Lock()
	open := slices.Collect(maps.Keys(s.net.sockets))
	s.mu.Unlock()
	for _, c := range open {
		_ = c.Close() // nobody is left to tell
	}
}

// once is a listener with a single connection: it lets an http.Server serve
// one, and leaves nothing behind.
type once struct {
	conn net.Conn
	mu   sync.Mutex
}

func (o *once) Accept() (net.Conn, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.conn == nil {
		return nil, net.ErrClosed
	}
	c := o.conn
	o.conn = nil
	return c, nil
}

func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
