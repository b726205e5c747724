package cloud

import (
	"context"
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

// A Prober looks from outside, as a visitor does: DNS queries and HTTPS
// requests, each of them recorded. It is safe for use by several goroutines,
// and remembers name servers, so it is made anew for each pass.
type Prober struct {
	cloud  *Cloud
	record Recorder

	mu    sync.Mutex
	zones map[string][]string // name servers by zone apex; empty: no apex
}

// Prober makes probes that are told to rec, which may be nil.
func (c *Cloud) Prober(rec Recorder) *Prober {
	return &Prober{cloud: c, record: rec, zones: map[string][]string{}}
}

// tell records one query or request.
func (p *Prober) tell(ctx context.Context, c setup.Call) {
	if p.record == nil {
		return
	}
	c.StartedAt = c.StartedAt.UTC()
	c.Message = clip(c.Message)
	p.record(context.WithoutCancel(ctx), c)
}

// dial connects to an address of a name that DNS gave. The guard sees the very
// address that is dialled.
func (p *Prober) dial(ctx context.Context, network, name string, addr netip.AddrPort) (net.Conn, error) {
	if err := p.cloud.guard(name, addr.Addr()); err != nil {
		return nil, err
	}
	return p.cloud.dial(ctx, network, addr.String())
}

// dial connects to where the settings name, or to what the guard let through.
func (c *Cloud) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if c.settings.Dial != nil {
		return c.settings.Dial(ctx, network, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}
