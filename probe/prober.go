// Package probe is the world as a visitor sees it, without AWS: DNS queries to
// resolvers and to authoritative name servers, and HTTPS requests with the
// phase on which they failed, the time each phase took and what the answer shows.
// Steps use it to prove what they made, the worker and the doctor to look. It
// changes nothing: it never sends a method that could.
package probe

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"sync"
	"time"

	"apifront/setup"
)

// The services that probes are recorded under.
const (
	serviceDNS   = "dns"
	serviceHTTPS = "https"
)

// dialTimeout is the limit of making one connection.
const dialTimeout = 3 * time.Second

// Settings say how the Internet is reached. The zero value is right outside of
// tests, simulators and split horizons.
type Settings struct {
	// DNS are the resolvers that are asked, as "host:port"; empty: the system's,
	// or public ones where the system names none.
	DNS []string
	// Port is the HTTPS port; 0: 443.
	Port int
	// CA are the roots that are trusted; nil: the system's.
	CA *x509.CertPool
	// AllowPrivate lets loopback, private and link-local addresses be dialled.
	AllowPrivate bool
	// Dial makes the connections; nil: a net.Dialer's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A Prober looks from outside, as a visitor does: DNS queries and HTTPS
// requests, each of them recorded. It is safe for use by several goroutines,
// and remembers name servers, so it is made anew for each pass.
type Prober struct {
	settings Settings
	record   setup.Recorder

	mu    sync.Mutex
	zones map[string][]string // name servers by zone apex; empty: no apex
}

// New makes probes that are told to rec, which may be nil.
func New(s Settings, rec setup.Recorder) *Prober {
	return &Prober{settings: s, record: rec, zones: map[string][]string{}}
}

// tell records one query or request.
func (p *Prober) tell(ctx context.Context, c setup.Call) {
	if p.record == nil {
		return
	}
	c.StartedAt = c.StartedAt.UTC()
	c.Message = setup.ClipMessage(c.Message)
	p.record(context.WithoutCancel(ctx), c)
}

// dialGuarded connects to an address of a name that DNS gave. The guard sees the
// very address that is dialled.
func (p *Prober) dialGuarded(ctx context.Context, network, name string, addr netip.AddrPort) (net.Conn, error) {
	if err := p.guard(name, addr.Addr()); err != nil {
		return nil, err
	}
	return p.dial(ctx, network, addr.String())
}

// dial connects to where the settings name, or to what the guard let through.
func (p *Prober) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if p.settings.Dial != nil {
		return p.settings.Dial(ctx, network, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}
