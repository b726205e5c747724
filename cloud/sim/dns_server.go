package sim

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/miekg/dns"
)

// dnsIdle is how long a DNS connection may stay silent.
const dnsIdle = 30 * time.Second

// dnsHandler serves DNS over sockets.
func (s *Sim) dnsHandler() dns.Handler {
	return dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := s.answerDNS(q)
		if w.RemoteAddr().Network() == "udp" {
			size := dns.MinMsgSize
			if opt := q.IsEdns0(); opt != nil {
				size = max(size, int(opt.UDPSize()))
			}
			m.Truncate(size)
		}
		if err := w.WriteMsg(m); err != nil {
			s.logf("write DNS answer: %v", err)
		}
	})
}

// serveDNS serves one connection with DNS's TCP framing, until it ends.
func (s *Sim) serveDNS(c net.Conn) {
	for {
		if err := c.SetDeadline(time.Now().Add(dnsIdle)); err != nil {
			return
		}
		q, err := readDNS(c)
		if err != nil {
			return // the client is done, or speaks something else
		}
		wire, err := s.answerDNS(q).Pack()
		if err != nil {
			s.logf("pack DNS answer: %v", err)
			return
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...)); err != nil { //nolint:gosec // G115: Pack makes at most 65,535 octets
			return
		}
	}
}

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

// answerDNS answers one query. One address plays every part: a query that
// wants recursion gets the caching resolver's view, one that does not gets
// what the closest zone's own servers say.
func (s *Sim) answerDNS(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	if opt := q.IsEdns0(); opt != nil {
		m.SetEdns0(1232, false)
	}
	if q.Opcode != dns.OpcodeQuery || len(q.Question) != 1 {
		m.Rcode = dns.RcodeNotImplemented
		return m
	}
	question := q.Question[0]
	if question.Qclass != dns.ClassINET || question.Qtype == dns.TypeANY || question.Qtype == dns.TypeAXFR || question.Qtype == dns.TypeIXFR {
		m.Rcode = dns.RcodeRefused
		return m
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if q.RecursionDesired {
		s.resolve(question, m, now)
	} else {
		s.authoritative(question, m, now)
	}
	s.glue(m, now)
	return m
}

// authoritative answers as the closest zone's own servers do, or refers to
// the servers of a child zone that are elsewhere.
func (s *Sim) authoritative(q dns.Question, m *dns.Msg, now time.Time) {
	qtype := dns.TypeToString[q.Qtype]
	f := s.find(absolute(q.Name), qtype, now)
	if f.elsewhere != nil {
		m.Ns = records(f.apex, "NS", found{values: f.elsewhere, ttl: ttlZone})
		return
	}
	m.Authoritative = true
	m.Answer = records(q.Name, qtype, f)
	if len(m.Answer) == 0 {
		s.negative(m, f)
	}
}

// negative says NXDOMAIN or NODATA, with the zone's SOA.
func (s *Sim) negative(m *dns.Msg, f found) {
	if !f.exists {
		m.Rcode = dns.RcodeNameError
	}
	soa := found{values: []string{soaValue(f.nameserv)}, ttl: ttlSOA}
	if f.apex == "." {
		soa.values[0] = "a.root.sim.example. nstld.sim.example. 1 1800 900 604800 86400"
	}
	m.Ns = records(f.apex, "SOA", soa)
}

// glue adds the addresses of the name servers that the answer names.
func (s *Sim) glue(m *dns.Msg, now time.Time) {
	for _, section := range [][]dns.RR{m.Answer, m.Ns} {
		for _, rr := range section {
			ns, ok := rr.(*dns.NS)
			if !ok {
				continue
			}
			if f, ok := s.findGenerated(absolute(ns.Ns), "A", now); ok {
				m.Extra = append(m.Extra, records(ns.Ns, "A", f)...)
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
