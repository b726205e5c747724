package sim

import (
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// resolverAddresses are the caching resolvers. The first address is also that
// of every name server that has none of its own.
var resolverAddresses = []string{addressDNS, "127.0.53.1", "127.0.53.2", "127.0.53.3"}

// ResolverBehavior is what is wrong with a resolver.
type ResolverBehavior string

// The behaviors of resolvers.
const (
	ResolverWorks   ResolverBehavior = ""         // answers
	ResolverFails   ResolverBehavior = "servfail" // answers SERVFAIL
	ResolverRefuses ResolverBehavior = "refused"  // answers REFUSED
	ResolverSilent  ResolverBehavior = "silent"   // does not answer
	ResolverHijacks ResolverBehavior = "hijack"   // leads names that do not exist to an address
)

// A Resolver is how one caching resolver is set.
type Resolver struct {
	Address  string           `json:"address"`            // one of Resolvers, with or without port
	Behavior ResolverBehavior `json:"behavior,omitempty"` // "" is that it works
	Hijack   string           `json:"hijack,omitempty"`   // the IPv4 address of "hijack"; "" is 192.0.2.66
	Delay    time.Duration    `json:"delay,omitempty"`    // before each answer; nanoseconds in JSON
	Keep     time.Duration    `json:"keep,omitempty"`     // the longest that it keeps an answer; 0 is Pace.Resolver
}

// Resolvers are the caching resolvers as Dial reaches them, as "host:port".
// Each remembers by itself. Of a zone's name servers the first resolver asks
// the first one first, the second the second, and so on.
func (s *Sim) Resolvers() []string {
	var all []string
	for _, a := range resolverAddresses {
		all = append(all, net.JoinHostPort(a, "53"))
	}
	return all
}

// SetResolver says how a resolver behaves from now on.
func (s *Sim) SetResolver(r Resolver) error {
	r.Address = hostOf(r.Address)
	switch {
	case !slices.Contains(resolverAddresses, r.Address):
		return fmt.Errorf("resolver: there is none at %q", r.Address)
	case !slices.Contains([]ResolverBehavior{ResolverWorks, ResolverFails, ResolverRefuses, ResolverSilent, ResolverHijacks}, r.Behavior):
		return fmt.Errorf("resolver: unknown behavior %q", r.Behavior)
	case r.Delay < 0 || r.Keep < 0:
		return fmt.Errorf("resolver: a duration is not negative")
	case r.Hijack != "" && net.ParseIP(r.Hijack).To4() == nil:
		return fmt.Errorf("resolver: %q is no IPv4 address", r.Hijack)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dns.Resolvers == nil {
		s.dns.Resolvers = map[string]Resolver{}
	}
	s.dns.Resolvers[r.Address] = r
	s.changed()
	return nil
}

// FlushResolver lets a resolver forget everything, or all of them for "".
func (s *Sim) FlushResolver(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if address == "" {
		s.resolvers = nil
		return
	}
	delete(s.resolvers, hostOf(address))
}

// hostOf is an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// A resolverCache is what a caching resolver remembers: answers that live on
// until their TTL ends, whatever the zone says by then, and which servers the
// parents named.
type resolverCache struct {
	keep    time.Duration // the longest that anything is kept
	entries map[resolverKey]resolverEntry
	cuts    map[string]resolverEntry
}

// resolverKey says a question; of a name that does not exist, qtype is "".
type resolverKey struct{ name, qtype string }

// resolverEntry is an old answer.
type resolverEntry struct {
	found found
	till  time.Time
}

// resolverLimit bounds what a resolver remembers.
const resolverLimit = 10000

// resolverAt is what the resolver at an address remembers.
func (s *Sim) resolverAt(address string) *resolverCache {
	c := s.resolvers[address]
	if c == nil {
		c = &resolverCache{entries: map[resolverKey]resolverEntry{}, cuts: map[string]resolverEntry{}}
		if s.resolvers == nil {
			s.resolvers = map[string]*resolverCache{}
		}
		s.resolvers[address] = c
	}
	c.keep = s.cfg.Pace.Resolver
	if address == cloudFrontResolver { // it was seen to remember for all of a negative TTL of 15 minutes
		c.keep *= 3
	}
	if own := s.dns.Resolvers[address].Keep; own > 0 {
		c.keep = own
	}
	return c
}

// life is how long something with a TTL is kept.
func (c *resolverCache) life(seconds int) time.Duration {
	if c.keep <= 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, c.keep)
}

// closest is the zone closest to a name whose servers are remembered.
func (c *resolverCache) closest(name, qtype string, now time.Time) (apex string, servers []string) {
	if qtype == "DS" && name != "." {
		name = parentOf(name)
	}
	for at := name; at != "."; at = parentOf(at) {
		if cut, ok := c.cuts[at]; ok && now.Before(cut.till) {
			return at, cut.found.elsewhere
		}
	}
	return ".", rootServers
}

// rememberCut keeps a referral.
func (c *resolverCache) rememberCut(f found, now time.Time) {
	if life := c.life(f.ttl); life > 0 {
		if len(c.cuts) >= resolverLimit {
			clear(c.cuts)
		}
		c.cuts[f.apex] = resolverEntry{found: f, till: now.Add(life)}
	}
}

// remembered answers from the cache or, where that has nothing, from the zones.
// TTLs count down, as a resolver's do.
func (s *Sim) remembered(at, name, qtype string, now time.Time) found {
	c := s.resolverAt(at)
	for _, key := range []resolverKey{{name, qtype}, {name, ""}} {
		e, ok := c.entries[key]
		if !ok {
			continue
		}
		if left := e.till.Sub(now); left > 0 {
			f := e.found
			f.ttl = int((left + time.Second - 1) / time.Second)
			f.negative, f.took = f.ttl, 0
			return f
		}
		delete(c.entries, key)
	}
	f := s.walk(walker{first: max(0, slices.Index(resolverAddresses, at)), cache: c}, name, qtype, now)
	if f.failed {
		return f
	}
	key, ttl := resolverKey{name, qtype}, f.ttl
	if len(f.values) == 0 && f.cname == "" {
		ttl = f.negative
		if !f.exists {
			key.qtype = ""
		}
	}
	life := c.life(ttl)
	if life <= 0 {
		return f
	}
	if len(c.entries) >= resolverLimit {
		clear(c.entries)
	}
	c.entries[key] = resolverEntry{found: f, till: now.Add(life)}
	return f
}

// chainLimit is the longest chain of CNAMEs a resolver follows.
const chainLimit = 8

// resolve answers a query as the caching resolver at an address does, and says
// how long that takes.
func (s *Sim) resolve(at string, q dns.Question, m *dns.Msg, now time.Time) (took time.Duration) {
	m.RecursionAvailable = true
	qtype := dns.TypeToString[q.Qtype]
	name, owner := absolute(q.Name), q.Name
	for range chainLimit {
		f := s.remembered(at, name, qtype, now)
		took += f.took
		if f.failed { // lame: no server answers
			m.Answer, m.Rcode = nil, dns.RcodeServerFailure
			return took
		}
		m.Answer = append(m.Answer, records(owner, qtype, f)...)
		if f.cname == "" || qtype == "CNAME" {
			if len(f.values) == 0 {
				s.negative(m, f)
			}
			return took
		}
		name, owner = f.cname, f.cname
	}
	m.Answer, m.Rcode = nil, dns.RcodeServerFailure
	return took
}

// hijacked turns the answer that a name does not exist into an address.
func (r Resolver) hijacked(q dns.Question, m *dns.Msg) {
	if m.Rcode != dns.RcodeNameError {
		return
	}
	m.Rcode, m.Ns = dns.RcodeSuccess, nil
	if q.Qtype != dns.TypeA {
		return
	}
	to := r.Hijack
	if to == "" {
		to = "192.0.2.66"
	}
	m.Answer = append(m.Answer, records(q.Name, "A", found{values: []string{to}, ttl: ttlGenerated})...)
}
