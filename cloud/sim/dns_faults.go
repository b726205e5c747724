package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// ServerFaultKind is what is wrong with a name server.
type ServerFaultKind string

// The kinds of fault of name servers.
const (
	ServerStale     ServerFaultKind = "stale"     // answers what its zones had when the fault was ordered
	ServerFails     ServerFaultKind = "servfail"  // answers SERVFAIL
	ServerRefuses   ServerFaultKind = "refused"   // answers REFUSED
	ServerSilent    ServerFaultKind = "silent"    // does not answer
	ServerSlow      ServerFaultKind = "slow"      // answers after Delay
	ServerTruncates ServerFaultKind = "truncated" // answers over TCP only: over UDP with the TC flag
	ServerLame      ServerFaultKind = "lame"      // answers without claiming authority
)

var serverFaultKinds = []ServerFaultKind{ServerStale, ServerFails, ServerRefuses, ServerSilent, ServerSlow, ServerTruncates, ServerLame}

// A ServerFault is something wrong with one name server.
type ServerFault struct {
	ID     string          `json:"id,omitempty"`   // whatever the one who orders likes
	Server string          `json:"server"`         // its name, such as one of Sim.NameServers
	Zone   string          `json:"zone,omitempty"` // only names in this domain; "" is all
	Kind   ServerFaultKind `json:"kind"`
	Delay  time.Duration   `json:"delay,omitempty"` // of slow; nanoseconds in JSON
	For    time.Duration   `json:"for,omitempty"`   // 0: until it is withdrawn; nanoseconds in JSON
}

// serverFault is an order with its end, and the old records by zone ID.
type serverFault struct {
	ServerFault
	Till time.Time               `json:"till,omitzero"`
	Old  map[string][]*recordSet `json:"old,omitempty"`
}

// OrderServer makes something wrong with a name server from now on.
func (s *Sim) OrderServer(f ServerFault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Server = canonicalName(f.Server)
	if f.Zone != "" {
		f.Zone = canonicalName(f.Zone)
	}
	now := s.now()
	s.dns.Faults = slices.DeleteFunc(s.dns.Faults, func(o *serverFault) bool { return o.over(now) })
	switch {
	case !s.isNameServer(f.Server):
		return fmt.Errorf("server fault: there is no name server %q", f.Server)
	case !slices.Contains(serverFaultKinds, f.Kind):
		return fmt.Errorf("server fault: unknown kind %q", f.Kind)
	case f.Delay < 0, f.For < 0, (f.Kind == ServerSlow) != (f.Delay > 0):
		return fmt.Errorf("server fault: slow has a delay and no other kind has; durations are not negative")
	case len(s.dns.Faults) >= faultsKept:
		return fmt.Errorf("server fault: no more than %d are ordered at once", faultsKept)
	}
	made := &serverFault{ServerFault: f}
	if f.For > 0 {
		made.Till = now.Add(f.For)
	}
	if f.Kind == ServerStale {
		made.Old = map[string][]*recordSet{}
		for id, z := range s.zones {
			if hasServer(z.NameServers, f.Server) {
				made.Old[id] = recordList(s.servedBy(f.Server, z, now))
			}
		}
	}
	s.dns.Faults = append(s.dns.Faults, made)
	s.dnsChanged()
	s.changed()
	return nil
}

// WithdrawServer takes back every fault of name servers with the ID, or all of
// them for "".
func (s *Sim) WithdrawServer(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dns.Faults = slices.DeleteFunc(s.dns.Faults, func(f *serverFault) bool { return id == "" || f.ID == id })
	s.dnsChanged()
	s.changed()
}

func (f *serverFault) over(now time.Time) bool { return !f.Till.IsZero() && !now.Before(f.Till) }

// servedBy is the records of a zone as one of its servers has them.
func (s *Sim) servedBy(server string, z *zone, now time.Time) map[recordKey]*recordSet {
	for _, f := range s.dns.Faults {
		if old, ok := f.Old[z.ID]; ok && f.Server == server && !f.over(now) && (f.Zone == "" || inDomain(z.Name, f.Zone)) {
			return recordMap(old)
		}
	}
	return z.served(now)
}

// trouble is what is wrong with a server when it is asked for a name, "" if
// nothing is, and how long it takes.
func (s *Sim) trouble(server, name string, now time.Time) (kind ServerFaultKind, delay time.Duration) {
	for _, f := range s.dns.Faults {
		switch {
		case f.Server != server || f.over(now) || f.Zone != "" && !inDomain(name, f.Zone):
		case f.Kind == ServerSlow:
			delay += f.Delay
		case f.Kind != ServerStale && kind == "":
			kind = f.Kind
		}
	}
	return kind, delay
}

// resolverWaits is how long a resolver waits for a name server, before it asks
// the next.
const resolverWaits = 800 * time.Millisecond

// askOne is what a resolver gets from a name server; ok is false where that is
// nothing of use.
func (s *Sim) askOne(server, name, qtype string, now time.Time, depth int) (f found, took time.Duration, ok bool) {
	kind, took := s.trouble(server, name, now)
	switch {
	case kind == ServerSilent || took > resolverWaits:
		return found{}, resolverWaits, false
	case kind == ServerFails, kind == ServerRefuses, kind == ServerLame:
		return found{}, took, false
	}
	f, ok = s.findAt(server, name, qtype, now, depth)
	return f, took, ok
}

// answerServer answers as one name server, which has no cache and asks nobody.
func (s *Sim) answerServer(server, network string, q dns.Question, m *dns.Msg, now time.Time) (*dns.Msg, time.Duration) {
	kind, took := s.trouble(server, absolute(q.Name), now)
	ask := func(name string) (found, bool) {
		return s.findAt(server, name, dns.TypeToString[q.Qtype], now, 0)
	}
	f, ok := ask(absolute(q.Name))
	f.lame = kind == ServerLame
	switch {
	case kind == ServerSilent:
		return nil, 0
	case kind == ServerFails:
		m.Rcode = dns.RcodeServerFailure
	case kind == ServerRefuses || !ok:
		m.Rcode = dns.RcodeRefused
	case kind == ServerTruncates && isUDP(network):
		m.Truncated, m.Authoritative = true, f.elsewhere == nil
	default:
		s.say(q, m, f, ask)
	}
	return m, took
}
