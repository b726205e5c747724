package probe

import (
	"context"
	"net/netip"
	"sync"
)

// A book remembers the addresses of hosts for as long as one climb takes, so
// that its requests go to the same places and each host is looked up once.
type book struct {
	lookUp func(host string) ([]netip.Addr, error) // ends with the climb

	mu    sync.Mutex
	pages map[string]*page
}

// A page is the addresses of one host.
type page struct {
	known     chan struct{} // closed when the rest is there
	addresses []netip.Addr
	err       error
}

func newBook(ctx context.Context, p *Prober) *book {
	lookUp := func(host string) ([]netip.Addr, error) { return p.Addresses(ctx, host) }
	return &book{lookUp: lookUp, pages: map[string]*page{}}
}

// addresses are those of the book, or are asked for where there is none. Who
// waits for another one's question waits no longer than its own request may.
func (p *Prober) addresses(ctx context.Context, b *book, host string) ([]netip.Addr, error) {
	if b == nil {
		return p.Addresses(ctx, host)
	}
	at := b.open(host)
	select {
	case <-at.known:
		return at.addresses, at.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *book) open(host string) *page {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.pages[host]
	if at == nil {
		at = &page{known: make(chan struct{})}
		b.pages[host] = at
		go func() {
			defer close(at.known)
			at.addresses, at.err = b.lookUp(host)
		}()
	}
	return at
}
