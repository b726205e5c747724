package probe

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"apifront/setup"
)

// perHost is how many requests are under way to one host.
const perHost = 8

// Climb asks for all paths of a target by all its rungs, side by side: it takes
// about as long as its slowest request. Requests follow no redirect and change
// nothing, but for a WebSocket's handshake where the target asks for them. What
// they showed comes by path, then from the lowest rung.
func (p *Prober) Climb(ctx context.Context, t Target) []setup.Evidence {
	c := &climb{prober: p, target: t, book: newBook(ctx, p), turns: map[string]chan struct{}{}}
	var asks []ask
	for _, path := range t.Paths {
		for _, r := range ladder {
			if t.asks(r, path) {
				asks = append(asks, c.ask(r, path))
			}
		}
	}
	found := make([][]setup.Evidence, len(asks))
	var all sync.WaitGroup
	for i, a := range asks {
		all.Go(func() { found[i] = c.take(ctx, a) })
	}
	all.Wait()
	return slices.Concat(found...)
}

// A climb is one Climb under way.
type climb struct {
	prober *Prober
	target Target
	book   *book

	mu    sync.Mutex
	turns map[string]chan struct{} // one place for each request under way, by host
}

// An ask is one request of a climb.
type ask struct {
	rung      setup.Rung
	path      TargetPath
	method    string
	below     string // the path under the mapping
	pair      bool
	handshake bool
	sent      []string // names of the keys that were sent
	marked    bool     // its query is like no other
}

// ask is the request for a path by a rung.
func (c *climb) ask(r setup.Rung, path TargetPath) ask {
	return ask{
		rung: r, path: path, method: cmp.Or(path.Method, http.MethodGet), below: path.Below,
		handshake: path.Kind == setup.APIKindWebSocket && c.target.Handshakes,
	}
}

// paired asks for a path below the same mapping that no API has: one that is
// mapped says so in other words than "Forbidden".
func (a ask) paired() ask {
	a.method, a.below, a.pair, a.path.Status = http.MethodGet, "apifront-"+strings.ToLower(rand.Text()), true, 0
	return a
}

// take makes a request, and the paired one where a refusal can be that of a
// method that wants an API key, or of a Host or path that nobody knows.
func (c *climb) take(ctx context.Context, a ask) []setup.Evidence {
	seen := []setup.Evidence{c.look(ctx, a)}
	open := forbidden(&seen[0]) && seen[0].Status != a.path.Status && a.method != http.MethodOptions
	if open && a.path.Kind != setup.APIKindWebSocket {
		seen = append(seen, c.look(ctx, a.paired()))
	}
	return seen
}

// look makes one request when its host has room for it.
func (c *climb) look(ctx context.Context, a ask) setup.Evidence {
	e, err := c.errand(a)
	a.marked = c.target.Unique.Query
	var resp Response
	if err == nil {
		err = c.enter(ctx, e)
	}
	start := time.Now()
	if err == nil {
		a.sent = e.keys
		resp, err = c.prober.send(ctx, e)
		c.exit(e)
	}
	return a.evidence(e.Request, resp, err, start)
}

// errand makes the request of an ask.
func (c *climb) errand(a ask) (errand, error) {
	t := c.target
	h := http.Header{}
	e := errand{book: c.book, secrets: a.path.secrets()}
	e.Request = Request{
		Method: a.method, URL: t.url(a.rung, a.path, a.below), ConnectTo: t.dialled(a.rung),
		Header: h, Patience: t.Patience,
	}
	for name, values := range a.path.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	e.URL = t.Unique.apply(e.URL, h)
	keys := slices.Concat(t.Keys, a.path.Keys)
	if a.rung == setup.RungRegional {
		keys = append(keys, t.Origin...)
	}
	secrets, err := c.prober.unlock(h, hostOf(e.URL), keys)
	e.secrets, e.keys = append(e.secrets, secrets...), named(hostOf(e.URL), keys)
	if a.handshake {
		e.Request = asHandshake(e.Request)
	}
	return e, err
}

// enter waits until fewer than perHost requests are under way to the host of
// a request; exit ends what enter began.
func (c *climb) enter(ctx context.Context, e errand) error {
	select {
	case c.turn(e) <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *climb) exit(e errand) { <-c.turn(e) }

func (c *climb) turn(e errand) chan struct{} {
	host := cmp.Or(e.ConnectTo, hostOf(e.URL))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turns[host] == nil {
		c.turns[host] = make(chan struct{}, perHost)
	}
	return c.turns[host]
}
