package sim

import "time"

// referralLimit is how many zones one walk goes down at most.
const referralLimit = 20

// find answers for an absolute name as the tree of zones does, past every cache:
// from the root down, each time from the first of the servers that the parent
// names which answers for its zone.
func (s *Sim) find(name, qtype string, now time.Time) found {
	return s.walk(walker{}, name, qtype, now)
}

// A walker goes down the tree of zones.
type walker struct {
	first int            // which of a zone's servers it asks first
	cache *resolverCache // what it remembers of the way; nil: nothing
	depth int            // walks that this one is for
}

func (s *Sim) walk(w walker, name, qtype string, now time.Time) found {
	apex, servers := ".", rootServers
	if w.cache != nil {
		apex, servers = w.cache.closest(name, qtype, now)
	}
	var took time.Duration
	for range referralLimit {
		f, ok := s.askAny(w, apex, servers, name, qtype, now)
		took += f.took
		f.took = took
		if !ok {
			return found{apex: apex, elsewhere: servers, exists: true, failed: true, took: took}
		}
		if f.elsewhere == nil {
			return f
		}
		if w.cache != nil {
			w.cache.rememberCut(f, now)
		}
		apex, servers = f.apex, f.elsewhere
	}
	return found{apex: apex, elsewhere: servers, exists: true, failed: true, took: took}
}

// askAny asks the servers of a zone until one answers for it: with authority, or
// with a referral that leads on.
func (s *Sim) askAny(w walker, apex string, servers []string, name, qtype string, now time.Time) (f found, ok bool) {
	var took time.Duration
	for i := range servers {
		server := s.serverNamed(w, absolute(servers[(i+w.first)%len(servers)]), now)
		if server == "" {
			continue
		}
		f, waited, ok := s.askOne(server, name, qtype, now, w.depth)
		took += waited
		leads := f.elsewhere != nil && f.apex != apex && inDomain(f.apex, apex)
		if !ok || f.elsewhere == nil && !inDomain(f.apex, apex) || f.elsewhere != nil && !leads {
			continue
		}
		f.took = took
		return f, true
	}
	return found{took: took}, false
}

// serverNamed is the name server that a name leads to: the one of that name, or
// the one whose address the name has. It is "" if there is none.
func (s *Sim) serverNamed(w walker, name string, now time.Time) string {
	if s.isNameServer(name) {
		return name
	}
	if w.depth > 2 {
		return ""
	}
	f := s.walk(walker{depth: w.depth + 1}, name, "A", now)
	for _, a := range f.values {
		if server, ok := s.tree.server[a]; ok {
			return server
		}
	}
	return ""
}

// follow is the values of one type at the end of a name's chain of CNAMEs.
func (s *Sim) follow(name, qtype string, now time.Time, depth int) []string {
	name = absolute(name)
	for range chainLimit {
		f := s.walk(walker{depth: depth}, name, qtype, now)
		if f.cname == "" {
			return f.values
		}
		name = f.cname
	}
	return nil
}

// addresses follows CNAMEs from a host to its IPv4 addresses, as the zones
// have them now.
func (s *Sim) addresses(host string, now time.Time) []string {
	return s.follow(host, "A", now, 0)
}
