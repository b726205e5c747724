package probe_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"apifront/probe"
	"apifront/setup"
)

// Far lets a simulated Internet be far away, its servers slow, and counts how
// much goes on at once.
type far struct {
	dial  func(context.Context, string, string) (net.Conn, error)
	away  time.Duration                   // there and back
	think func(port string) time.Duration // of an HTTP server, for one answer

	mu         sync.Mutex
	open, most map[string]int // connections by address
}

func (f *far) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	time.Sleep(f.away)
	conn, err := f.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[address]++
	f.most[address] = max(f.most[address], f.open[address])
	return &farConn{Conn: conn, far: f, address: address, closed: make(chan struct{})}, nil
}

// A farConn hands on what came back when it would be here.
type farConn struct {
	net.Conn
	far     *far
	address string
	once    sync.Once
	closed  chan struct{}

	mu    sync.Mutex
	sent  time.Time
	asked bool // since the last answer
	turns int
}

func (c *farConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.sent, c.asked = time.Now(), true
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *farConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	if c.asked {
		c.asked = false
		c.turns++
	}
	_, port, _ := net.SplitHostPort(c.address)
	due := c.sent.Add(c.far.away)
	if port == "443" && c.turns > 1 || port == "80" { // the first turn with TLS is the handshake
		due = due.Add(c.far.think(port))
	}
	c.mu.Unlock()
	if err != nil {
		return n, err
	}
	select {
	case <-time.After(time.Until(due)):
		return n, nil
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

func (c *farConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.far.mu.Lock()
		defer c.far.mu.Unlock()
		c.far.open[c.address]--
	})
	return c.Conn.Close()
}

func newFar(f *front, away time.Duration, think func(string) time.Duration) *far {
	return &far{dial: f.settings.Dial, away: away, think: think, open: map[string]int{}, most: map[string]int{}}
}

// eight maps six more paths, so that the target has eight; every other one asks
// for an API key, so that a path below it is asked for too.
func (f *front) eight(t *testing.T) probe.Target {
	t.Helper()
	target := f.target()
	for n := range 6 {
		path := fmt.Sprint("shop", n)
		_, err := f.account(t).APIGatewayV2().CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{
			DomainName: aws.String(theName), ApiMappingKey: &path, ApiId: &f.rest, Stage: aws.String("prod"),
		})
		if err != nil {
			t.Fatal(err)
		}
		target.Paths = append(target.Paths, probe.TargetPath{Mapping: path, Kind: setup.APIKindREST, APIHost: f.rest + hostOfRegion, Stage: "prod"})
		if n%2 == 0 {
			target.Paths[len(target.Paths)-1].Below = "items?sim-require=X-Api-Key"
		}
	}
	return target
}

// A full look of a name with eight paths takes as long as its slowest requests,
// not as all of them one after the other; no host has more than eight at once,
// and each is looked up once.
func TestClimbSideBySide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		think time.Duration
		limit time.Duration
	}{
		"100 ms away":                  {0, 3 * time.Second},
		"100 ms away, and answer late": {2 * time.Second, 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t)
				defer f.sim.Close()
				target := f.eight(t)
				away := newFar(f, 100*time.Millisecond, func(string) time.Duration { return c.think })
				f.settings.Dial = away.Dial
				start := time.Now()
				seen := probe.New(f.settings, f.calls.record).Climb(t.Context(), target)
				took := time.Since(start)
				if took > c.limit || took < c.think {
					t.Errorf("took %v", took)
				}
				t.Logf("%d requests in %v", len(seen), took)
				if len(seen) != 4*(8+3) {
					t.Errorf("%d requests", len(seen))
				}
				for _, e := range seen {
					if e.Failed+e.Error != "" || e.FirstByte < 100*time.Millisecond+c.think || e.Connect < 100*time.Millisecond {
						t.Errorf("%s by %s: %+v", e.Path, e.Rung, e)
					}
					want := probe.ProofByHeader
					if e.Message == forbiddenWords {
						want = probe.ProofByRefusal // a path below it was known
					}
					if proof, row := reached(seen, e.Rung, probe.WantedPath{Path: e.Path}); proof != want && !e.Below {
						t.Errorf("%s by %s: %q, %q", e.Path, e.Rung, proof, row)
					}
				}
				questions := map[string]int{}
				for _, call := range f.calls.all() {
					if call.Service == "dns" {
						questions[call.Operation]++
					}
				}
				for q, n := range questions {
					if n != 1 {
						t.Errorf("%s was asked %d times", q, n)
					}
				}
				if len(questions) < 5 {
					t.Errorf("asked %v", questions)
				}
				for address, n := range away.most {
					if n > 16 && !strings.HasSuffix(address, ":53") {
						t.Errorf("%d connections at once to %s", n, address)
					}
				}
			})
		})
	}
}

// A request is as patient as the distribution; who says nothing waits 10 s, and
// an answer that never ends is known by its head.
func TestClimbIsPatient(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		patience, think, took time.Duration
		failed                string
	}{
		"long enough":     {130 * time.Second, 115 * time.Second, 116 * time.Second, ""},
		"not long enough": {130 * time.Second, 140 * time.Second, 131 * time.Second, probe.PhaseHTTP},
		"by default":      {0, 9 * time.Second, 10 * time.Second, ""},
		"beyond":          {0, 11 * time.Second, 11 * time.Second, probe.PhaseHTTP},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t)
				defer f.sim.Close()
				target := f.target()
				target.Patience = c.patience
				f.settings.Dial = newFar(f, 10*time.Millisecond, func(string) time.Duration { return c.think }).Dial
				start := time.Now()
				seen := probe.New(f.settings, nil).Climb(t.Context(), target)
				if took := time.Since(start); took > c.took {
					t.Errorf("took %v", took)
				}
				for _, e := range seen {
					if e.Failed != c.failed || e.FirstByte < min(c.think, 9*time.Second) {
						t.Errorf("%s by %s: %q %s after %v", e.Path, e.Rung, e.Failed, e.Error, e.FirstByte)
					}
				}
			})
		})
	}
}

// A climb that is called off ends at once.
func TestClimbEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		defer f.sim.Close()
		target := f.eight(t)
		f.settings.Dial = newFar(f, time.Millisecond, func(string) time.Duration { return time.Minute }).Dial
		target.Patience = 2 * time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		seen := probe.New(f.settings, nil).Climb(ctx, target)
		if took := time.Since(start); took > 6*time.Second || len(seen) != 32 {
			t.Errorf("took %v, %d requests", took, len(seen))
		}
		for _, e := range seen {
			proof, _ := reached(seen, e.Rung, probe.WantedPath{Path: e.Path})
			if proof != probe.NoProof || e.Status != 0 || e.Error == "" || e.URL == "" {
				t.Errorf("%+v", e)
			}
		}
	})
}

// A stream that never ends has been seen by its head.
func TestClimbOfAStream(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	p, _ := served(t, "198.51.100.7", nil, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "r")
		w.Header().Set("X-Amz-Cf-Id", "c")
		fmt.Fprint(w, "data: 1\n\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done()
		close(ended)
	})
	seen := p.Climb(t.Context(), probe.Target{Name: theName, Distribution: "d1.cloudfront.net", Rungs: []setup.Rung{setup.RungRegional, setup.RungDistribution}, Patience: 300 * time.Millisecond, Paths: []probe.TargetPath{{Mapping: "a"}}})
	proof, row := reached(seen, setup.RungDistribution, probe.WantedPath{Path: "/a"})
	if proof != probe.ProofByHeader || row != "" || seen[0].Status != 200 || seen[0].Failed+seen[0].Error != "" {
		t.Errorf("%q, %q, %+v", proof, row, seen)
	}
	<-ended
}
