package sim

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// dnsIdle is how long a DNS connection may stay silent.
const dnsIdle = 30 * time.Second

// dnsHandler serves DNS over the sockets of an address.
func (s *Sim) dnsHandler(at string) dns.Handler {
	return dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := s.answerLater(at, w.RemoteAddr().Network(), q)
		if m == nil {
			return
		}
		if err := w.WriteMsg(m); err != nil {
			s.logf("write DNS answer: %v", err)
		}
	})
}

// serveDNS serves one connection with DNS's TCP framing, until it ends.
func (s *Sim) serveDNS(c net.Conn, at, network string) {
	for {
		if err := c.SetDeadline(time.Now().Add(dnsIdle)); err != nil {
			return
		}
		q, err := readDNS(c)
		if err != nil {
			return // the client is done, or speaks something else
		}
		m := s.answerLater(at, network, q)
		if m == nil {
			continue
		}
		wire, err := m.Pack()
		if err != nil {
			s.logf("pack DNS answer: %v", err)
			return
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...)); err != nil { //nolint:gosec // G115: Pack makes at most 65,535 octets
			return
		}
	}
}

// answerLater answers one query when the answer is due, cut to what fits a
// packet; nil: there is no answer.
func (s *Sim) answerLater(at, network string, q *dns.Msg) *dns.Msg {
	m, took := s.answerAt(at, network, q)
	time.Sleep(took)
	if m != nil && isUDP(network) {
		size := dns.MinMsgSize
		if opt := q.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
		m.Truncate(size)
	}
	return m
}

func isUDP(network string) bool { return strings.HasPrefix(network, "udp") }

func readDNS(c net.Conn) (*dns.Msg, error) {
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return nil, err
	}
	wire := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, wire); err != nil {
		return nil, err
	}
	q := new(dns.Msg)
	if err := q.Unpack(wire); err != nil {
		return nil, fmt.Errorf("read DNS query: %w", err)
	}
	return q, nil
}

// answerDNS answers one query at the address that plays every part.
func (s *Sim) answerDNS(q *dns.Msg) *dns.Msg {
	m, _ := s.answerAt(addressDNS, "tcp", q)
	return m
}

// answerAt answers one query at an address, and says how long that takes. At
// the first resolver's address a query that does not want recursion gets what
// the closest zone's own servers say. m is nil if nothing is answered.
func (s *Sim) answerAt(at, network string, q *dns.Msg) (m *dns.Msg, took time.Duration) {
	m = new(dns.Msg)
	m.SetReply(q)
	if opt := q.IsEdns0(); opt != nil {
		m.SetEdns0(1232, false)
	}
	if q.Opcode != dns.OpcodeQuery || len(q.Question) != 1 {
		m.Rcode = dns.RcodeNotImplemented
		return m, 0
	}
	question := q.Question[0]
	if question.Qclass != dns.ClassINET || question.Qtype == dns.TypeANY || question.Qtype == dns.TypeAXFR || question.Qtype == dns.TypeIXFR {
		m.Rcode = dns.RcodeRefused
		return m, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if server, ok := s.tree.server[at]; ok {
		return s.answerServer(server, network, question, m, now)
	}
	if q.RecursionDesired {
		return s.answerResolver(at, question, m, now)
	}
	if at == addressDNS {
		s.authoritative(question, m, now)
	} else {
		m.Rcode = dns.RcodeRefused // it is a resolver and nothing else
	}
	return m, 0
}

// answerResolver answers as the resolver at an address.
func (s *Sim) answerResolver(at string, q dns.Question, m *dns.Msg, now time.Time) (*dns.Msg, time.Duration) {
	r := s.dns.Resolvers[at]
	switch r.Behavior {
	case ResolverSilent:
		return nil, 0
	case ResolverFails, ResolverRefuses:
		m.RecursionAvailable = r.Behavior == ResolverFails
		m.Rcode = map[ResolverBehavior]int{ResolverFails: dns.RcodeServerFailure, ResolverRefuses: dns.RcodeRefused}[r.Behavior]
		return m, r.Delay
	case ResolverWorks, ResolverHijacks:
	}
	took := s.resolve(at, q, m, now)
	if r.Behavior == ResolverHijacks {
		r.hijacked(q, m)
	}
	s.glue(m, ".")
	return m, took + r.Delay
}

// say puts what a name server found into its answer. A CNAME is followed within
// its zone (RFC 1034, section 4.3.2).
func (s *Sim) say(q dns.Question, m *dns.Msg, f found, next func(name string) (found, bool)) {
	qtype := dns.TypeToString[q.Qtype]
	if f.elsewhere != nil {
		m.Ns = records(f.apex, "NS", found{values: f.elsewhere, ttl: f.ttl})
		s.glue(m, f.from)
		return
	}
	m.Authoritative = !f.lame
	m.Answer = records(q.Name, qtype, f)
	for range chainLimit {
		if f.cname == "" || qtype == "CNAME" || !inDomain(f.cname, f.apex) {
			break
		}
		owner := f.cname
		g, ok := next(owner)
		if !ok || g.apex != f.apex || g.elsewhere != nil {
			break
		}
		m.Answer = append(m.Answer, records(owner, qtype, g)...)
		if f = g; f.cname == "" && len(f.values) == 0 {
			s.negative(m, f)
		}
	}
	if len(m.Answer) == 0 {
		s.negative(m, f)
	}
	s.glue(m, f.apex)
}

// authoritative answers as the closest zone's own servers do, or, where none of
// them answers, refers to them.
func (s *Sim) authoritative(q dns.Question, m *dns.Msg, now time.Time) {
	qtype := dns.TypeToString[q.Qtype]
	f := s.find(absolute(q.Name), qtype, now)
	f.from, f.lame = ".", false
	if f.ttl == 0 && f.failed {
		f.ttl = ttlZone
	}
	s.say(q, m, f, func(name string) (found, bool) {
		g := s.find(name, qtype, now)
		return g, !g.failed
	})
}

// negative says NXDOMAIN or NODATA, with the zone's SOA.
func (s *Sim) negative(m *dns.Msg, f found) {
	if !f.exists {
		m.Rcode = dns.RcodeNameError
	}
	m.Ns = records(f.apex, "SOA", found{values: []string{f.soa}, ttl: f.negative})
}

// inRegistry says whether both are names of the registry that has com and net.
func inRegistry(name, domain string) bool {
	return (domain == "com." || domain == "net.") && (topLevel(name) == "com." || topLevel(name) == "net.")
}

// glue adds the addresses of the name servers that the answer names, as far as
// they are named in the domain.
func (s *Sim) glue(m *dns.Msg, domain string) {
	for _, section := range [][]dns.RR{m.Answer, m.Ns} {
		for _, rr := range section {
			ns, ok := rr.(*dns.NS)
			if ok && (inDomain(absolute(ns.Ns), domain) || inRegistry(absolute(ns.Ns), domain)) && s.isNameServer(absolute(ns.Ns)) {
				m.Extra = append(m.Extra, records(ns.Ns, "A", found{values: []string{s.addressOf(ns.Ns)}, ttl: ttlZone})...)
			}
		}
	}
}

// records makes resource records of what was found. Values that do not read
// as records are left out: Route 53 refuses them earlier.
func records(owner, qtype string, f found) []dns.RR {
	values := f.values
	if f.cname != "" && len(values) == 0 {
		qtype, values = "CNAME", []string{f.cname}
	}
	var out []dns.RR
	for _, v := range values {
		rr, err := dns.NewRR(fmt.Sprintf("%s %d IN %s %s", dns.Fqdn(owner), f.ttl, qtype, v))
		if err == nil && rr != nil {
			out = append(out, rr)
		}
	}
	return out
}
