package sim

import (
	"time"

	"github.com/miekg/dns"
)

// resolverCache is what the world's caching resolver remembers: answers that
// live on until their TTL ends, whatever the zone says by then.
type resolverCache struct {
	entries map[resolverKey]resolverEntry
}

type resolverKey struct{ name, qtype string }

// resolverEntry is an old answer.
type resolverEntry struct {
	found found
	till  time.Time
}

// resolverLimit bounds what the resolver remembers.
const resolverLimit = 10000

func newResolverCache() resolverCache {
	return resolverCache{entries: map[resolverKey]resolverEntry{}}
}

// remembered answers from the cache or, where that has nothing, from the zones.
// Nothing is kept longer than Pace.Resolver. TTLs count down, as a resolver's
// do.
func (s *Sim) remembered(name, qtype string, now time.Time) found {
	key := resolverKey{name, qtype}
	if e, ok := s.resolver.entries[key]; ok {
		if left := e.till.Sub(now); left > 0 {
			f := e.found
			f.ttl = int((left + time.Second - 1) / time.Second)
			return f
		}
		delete(s.resolver.entries, key)
	}
	f := s.find(name, qtype, now)
	ttl := f.ttl
	if len(f.values) == 0 && f.cname == "" {
		ttl = ttlSOA
	}
	keep := min(time.Duration(ttl)*time.Second, s.cfg.Pace.Resolver)
	if keep <= 0 || f.elsewhere != nil {
		return f
	}
	if len(s.resolver.entries) >= resolverLimit {
		clear(s.resolver.entries)
	}
	s.resolver.entries[key] = resolverEntry{found: f, till: now.Add(keep)}
	return f
}

// addresses follows CNAMEs from a host to its IPv4 addresses, as the zones
// have them now.
func (s *Sim) addresses(host string, now time.Time) []string {
	name := absolute(host)
	for range chainLimit {
		f := s.find(name, "A", now)
		if f.cname == "" {
			return f.values
		}
		name = f.cname
	}
	return nil
}

// chainLimit is the longest chain of CNAMEs a resolver follows.
const chainLimit = 8

// resolve answers a query as the caching resolver does.
func (s *Sim) resolve(q dns.Question, m *dns.Msg, now time.Time) {
	m.RecursionAvailable = true
	qtype := dns.TypeToString[q.Qtype]
	name, owner := absolute(q.Name), q.Name
	for range chainLimit {
		f := s.remembered(name, qtype, now)
		if f.elsewhere != nil {
			m.Rcode = dns.RcodeServerFailure // lame: its servers do not answer
			return
		}
		m.Answer = append(m.Answer, records(owner, qtype, f)...)
		if f.cname == "" || qtype == "CNAME" {
			if len(f.values) == 0 {
				s.negative(m, f)
			}
			return
		}
		name, owner = f.cname, f.cname
	}
	m.Rcode = dns.RcodeServerFailure
}
