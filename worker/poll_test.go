package worker_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/miekg/dns"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A rememberer is a caching resolver of the test's own: it asks the first name server
// of the zone, and remembers what that said for as long as it said.
type rememberer struct {
	w       *world
	server  string // address and port
	address string
	until   time.Time
	keeps   bool // it never asks again, as programs that keep an address
	asked   int
}

func newRememberer(w *world) *rememberer {
	for _, z := range w.sim.DNS().Zones {
		if z.ID == w.demo.Zones[theZone] {
			return &rememberer{w: w, server: net.JoinHostPort(z.Servers[0].Address, "53")}
		}
	}
	w.t.Fatal("the zone has no name server")
	return nil
}

// lookup is the first address of the name, as it is remembered.
func (r *rememberer) lookup(ctx context.Context, name string) (string, error) {
	if time.Now().Before(r.until) || r.keeps && r.address != "" {
		return r.address, nil
	}
	a, err := r.query(ctx, r.server, name)
	if err != nil {
		return "", err
	}
	r.asked++
	for _, rr := range a.Answer {
		switch found := rr.(type) {
		case *dns.A:
			r.address, r.until = found.A.String(), time.Now().Add(time.Duration(found.Hdr.Ttl)*time.Second)
			return r.address, nil
		case *dns.CNAME: // it leads to a name of AWS's, of which the addresses stay
			at, err := r.query(ctx, "192.0.2.53:53", found.Target)
			if err != nil {
				return "", err
			}
			for _, rr := range at.Answer {
				if host, ok := rr.(*dns.A); ok {
					r.address, r.until = host.A.String(), time.Now().Add(time.Duration(found.Hdr.Ttl)*time.Second)
					return r.address, nil
				}
			}
		}
	}
	return "", fmt.Errorf("%s has no address: %s", name, a)
}

func (r *rememberer) query(ctx context.Context, server, name string) (*dns.Msg, error) {
	c, err := r.w.wire.net(ctx, "udp", server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)
	a, _, err := new(dns.Client).ExchangeWithConnContext(ctx, q, &dns.Conn{Conn: c})
	return a, err
}

// theOldServer answers whoever is led to it.
const theOldServer = "203.0.113.40"

// A poller asks for a path again and again as a caller does, 20 times a second.
type poller struct {
	mu               sync.Mutex
	old, here, wrong int
	addresses        []string // in the order in which they were used
}

func (p *poller) counts() (old, here, wrong int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.old, p.here, p.wrong
}

// poll begins it; leave ends it.
func (w *world) poll(path string) (p *poller, leave func()) {
	return w.pollBy(newRememberer(w), path, 50*time.Millisecond)
}

// pollBy is a poller with a resolver and a pace.
func (w *world) pollBy(r *rememberer, path string, every time.Duration) (p *poller, leave func()) {
	p = &poller{}
	ctx, cancel := context.WithCancel(w.t.Context())
	address := ""
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return w.wire.net(ctx, network, net.JoinHostPort(address, "443"))
		},
		TLSClientConfig: &tls.Config{RootCAs: w.sim.CA(), MinVersion: tls.VersionTLS12},
	}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	ask := func() (here bool, err error) {
		now, err := r.lookup(ctx, theName)
		if err != nil {
			return false, err
		}
		if now != address {
			transport.CloseIdleConnections()
			address = now
			p.mu.Lock()
			p.addresses = append(p.addresses, now)
			p.mu.Unlock()
		}
		if now == theOldServer {
			return false, nil
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+theName+path, nil)
		if err != nil {
			return true, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return true, err
		}
		defer func() { _ = resp.Body.Close() }()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return true, err
		}
		if resp.StatusCode != http.StatusOK {
			return true, fmt.Errorf("it answers %s", resp.Status)
		}
		return true, nil
	}
	var all sync.WaitGroup
	all.Go(func() {
		defer transport.CloseIdleConnections()
		for ctx.Err() == nil {
			here, err := ask()
			if ctx.Err() != nil {
				return
			}
			p.mu.Lock()
			switch {
			case err != nil:
				if p.wrong++; p.wrong < 5 {
					w.t.Errorf("a caller at %s: %v", address, err)
				}
			case here:
				p.here++
			default:
				p.old++
			}
			p.mu.Unlock()
			select {
			case <-ctx.Done():
			case <-time.After(every):
			}
		}
	})
	return p, func() { cancel(); all.Wait() }
}

// beginLowered starts a job that lowers the TTL of the old record before it moves
// traffic.
func (w *world) beginLowered(v setup.Setup) int64 {
	w.t.Helper()
	input := setup.JobInput{LowerTTL: true}
	return w.beginWith(store.NewJob{SetupID: v.ID, Want: &v.Spec, Why: "Move traffic", Kind: setup.JobApply, By: "Ada", Input: input}, steps.JobRows(setup.JobApply, input, v.Spec))
}

// A caller asks 20 times a second, through a resolver that remembers what DNS said: no
// request fails while traffic is moved, the setup is changed, put right after somebody
// changed it, moved back and moved again, and the setup is taken down.
func TestNoRequestFails(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 60, theOldServer)
		p, leave := w.poll("/orders")
		defer leave()
		var s setup.Setup
		for _, act := range []struct {
			what string
			do   func()
			here bool // callers are led to CloudFront after it
		}{
			{"the move", func() { s = w.settled() }, true},
			{"a change", func() { s = w.changed(s, several, cached(setup.CachingAPI)) }, true},
			{"a repair", func() {
				w.changeDistribution(s, func(c *types.DistributionConfig) {
					c.DefaultCacheBehavior.CachePolicyId = aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6") // CachingOptimized
				})
				w.putBack(s)
			}, true},
			{"the move back", func() {
				s.Spec.Domain.Switch = setup.SwitchLater
				w.done(w.begin(setup.JobRestore, s))
			}, false},
			{"another move", func() { s = w.changed(s, func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchAtEnd }) }, true},
			{"another move back", func() {
				s.Spec.Domain.Switch = setup.SwitchLater
				w.done(w.begin(setup.JobRestore, s))
				w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 600, theOldServer)
			}, false},
			{"a move with the TTL lowered first", func() {
				s.Spec.Domain.Switch = setup.SwitchAtEnd
				w.done(w.beginLowered(s))
			}, true},
			{"the teardown", func() { w.done(w.takeDown(s, setup.GoneBack)) }, false},
		} {
			old, here, _ := p.counts()
			act.do()
			if !act.here {
				time.Sleep(10 * time.Minute) // somebody may have raised the TTL
			}
			time.Sleep(61 * time.Second) // the TTL of the records, so that every resolver has forgotten the others
			oldThen, hereThen, _ := p.counts()
			time.Sleep(time.Second)
			oldNow, hereNow, wrong := p.counts()
			if moved := hereNow > hereThen; moved != act.here || (oldNow > oldThen) == act.here {
				w.t.Errorf("after %s, callers are led to CloudFront: %t", act.what, moved)
			}
			w.t.Logf("%s: %d requests at the old server, %d at CloudFront, %d failed", act.what, oldNow-old, hereNow-here, wrong)
		}
		leave()
		old, here, wrong := p.counts()
		if wrong > 0 || old < 1000 || here < 1000 {
			w.t.Errorf("%d at the old server, %d at CloudFront, %d failed", old, here, wrong)
		}
		if first := slices.Index(p.addresses, theOldServer); first != 0 || len(p.addresses) < 4 {
			w.t.Errorf("led to %v", p.addresses)
		}
	})
}
