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

// Rungs are all rungs from the lowest.
func Rungs() []setup.Rung {
	return []setup.Rung{setup.RungAPI, setup.RungRegional, setup.RungDistribution, setup.RungName, setup.RungPlain}
}

// Climb asks for all paths of a target by all its rungs, side by side: it takes
// about as long as its slowest request. Requests follow no redirect and change
// nothing, but for a WebSocket's handshake where the target asks for them. The
// looks come by path, then from the lowest rung.
func (p *Prober) Climb(ctx context.Context, t Target) Looks {
	c := &climb{prober: p, target: t, book: newBook(ctx, p), turns: map[string]chan struct{}{}}
	var asks []ask
	for _, path := range t.Paths {
		for _, r := range Rungs() {
			if t.asks(r, path) {
				asks = append(asks, c.asks(r, path)...)
			}
		}
	}
	found := make([]Looks, len(asks))
	var all sync.WaitGroup
	for i, a := range asks {
		all.Go(func() { found[i] = c.take(ctx, a) })
	}
	all.Wait()
	var looks Looks
	for _, some := range found {
		looks = append(looks, some...)
	}
	return looks
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
}

// asks are the requests for a path by a rung.
func (c *climb) asks(r setup.Rung, path TargetPath) []ask {
	first := ask{rung: r, path: path, method: path.Method, below: path.Below}
	if first.method == "" {
		first.method = http.MethodGet
	}
	if r == setup.RungPlain {
		first.method = http.MethodGet
		return []ask{first}
	}
	if path.Kind == setup.APIKindWebSocket {
		first.handshake = c.target.Handshakes
		return []ask{first}
	}
	all := []ask{first}
	if c.target.Pairs {
		all = append(all, first.paired())
	}
	if c.target.Methods && first.method != http.MethodOptions {
		methods := first
		methods.method = http.MethodOptions
		all = append(all, methods)
	}
	return all
}

// paired asks for a path below the same mapping that no API has: one that is
// mapped says so in other words than "Forbidden".
func (a ask) paired() ask {
	a.method, a.below, a.pair, a.path.Status = http.MethodGet, "apifront-"+strings.ToLower(rand.Text()), true, 0
	return a
}

// take makes a request, and the paired one where a refusal can be that of a
// method that wants an API key, or of a Host or path that nobody knows.
func (c *climb) take(ctx context.Context, a ask) Looks {
	looks := Looks{c.look(ctx, a)}
	open := looks[0].Symptom == RefusedByAPI && !a.pair && !c.target.Pairs && a.method != http.MethodOptions
	if open && a.path.Kind != setup.APIKindWebSocket {
		looks = append(looks, c.look(ctx, a.paired()))
	}
	return looks
}

// look makes one request when its host has room for it.
func (c *climb) look(ctx context.Context, a ask) Look {
	e, err := c.errand(a)
	var resp Response
	if err == nil {
		err = c.enter(ctx, e)
	}
	start := time.Now()
	if err == nil {
		resp, err = c.prober.send(ctx, e)
		c.exit(e)
	}
	v := a.judge(c.target.Name, resp, err)
	v.Request = e.Request
	v.Request.URL, v.Request.Header = address(e.URL), nil // they may hold secrets
	return Look{Verdict: v, Evidence: a.evidence(v, start)}
}

// errand makes the request of an ask. The plain rung carries nothing of a
// person's.
func (c *climb) errand(a ask) (errand, error) {
	t := c.target
	h := http.Header{}
	e := errand{scheme: "https", book: c.book, secrets: a.path.secrets()}
	e.Request = Request{
		Method: a.method, URL: t.url(a.rung, a.path, a.below), ConnectTo: t.dialled(a.rung),
		Header: h, Patience: t.Patience,
	}
	if a.rung == setup.RungPlain {
		e.scheme = "http"
		e.URL = t.Unique.apply(e.URL, h)
		return e, nil
	}
	for name, values := range a.path.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	e.URL = t.Unique.apply(e.URL, h)
	secrets, err := c.prober.unlock(h, hostOf(e.URL), slices.Concat(t.Keys, a.path.Keys))
	e.secrets = append(e.secrets, secrets...)
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
	host := e.scheme + "://" + cmp.Or(e.ConnectTo, hostOf(e.URL))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turns[host] == nil {
		c.turns[host] = make(chan struct{}, perHost)
	}
	return c.turns[host]
}
