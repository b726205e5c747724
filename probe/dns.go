package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"apifront/setup"
)

// An Answer is the answer of DNS to one question.
type Answer struct {
	Name    string        // the name in the question, without trailing dot
	Type    uint16        // the type in the question: dns.TypeA, …
	Rcode   int           // dns.RcodeSuccess or dns.RcodeNameError
	Records []string      // values of Type, sorted; names are in lower case without trailing dot; empty: none
	CNAMEs  []string      // the chain that was followed, first target first
	TTL     time.Duration // the lowest TTL of Records and CNAMEs
	Zone    string        // owner of the SOA record in the authority section, if any
	NS      []string      // name servers in the authority section (a referral), if any
	Server  string        // the server that answered, as "host:port"

	// Authoritative says that the server answered for a zone of its own (AA).
	Authoritative bool
	// Referral is the zone that NS serve, where the server sends the asker on.
	Referral string
	// Glue are the addresses that came along, by name server.
	Glue map[string][]netip.Addr
	// Negative is for how long a resolver may remember that there is no record:
	// the lower of the SOA record's TTL and its minimum. 0: no SOA record came.
	// https://www.rfc-editor.org/rfc/rfc2308#section-5
	Negative time.Duration
}

// Exists says whether there is a record of the requested type.
func (a Answer) Exists() bool { return len(a.Records) > 0 }

// A LookupError is a question to which no server gave an answer.
type LookupError struct {
	Name  string
	Type  uint16
	Rcode int   // the refusal of the last server, such as dns.RcodeServerFailure; 0 if it did not answer
	Err   error // what failed before an answer came; nil if Rcode is set
}

func (e *LookupError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("look up %s of %s: %s", dns.TypeToString[e.Type], e.Name, e.Err)
	}
	return fmt.Sprintf("look up %s of %s: DNS answered %s", dns.TypeToString[e.Type], e.Name, dns.RcodeToString[e.Rcode])
}

func (e *LookupError) Unwrap() error { return e.Err }

// Problem says that DNS did not answer, for people.
func (e *LookupError) Problem() *setup.Problem {
	return &setup.Problem{
		What:    "DNS did not answer.",
		Why:     "No resolver, or none of the name servers of the zone, had an answer for " + e.Name + ".",
		Fix:     "Check this machine's DNS, and the name servers of the domain, then re-run the step.",
		Service: "apifront", Said: setup.ClipMessage(e.Error()), Code: "LookupFailed",
	}
}

// Temporary is true: DNS may answer in a while.
func (e *LookupError) Temporary() bool { return true }

// queryTimeout is the time limit of one question to one server.
const queryTimeout = 3 * time.Second

// Lookup asks one resolver after the other until one answers. qtype is a
// dns.Type constant. If the name does not exist, that is an answer and no
// error. The error is a *LookupError.
func (p *Prober) Lookup(ctx context.Context, name string, qtype uint16) (Answer, error) {
	var last error
	for _, server := range p.resolvers() {
		answer, err := p.ask(ctx, question{name: name, qtype: qtype, server: server, recursive: true})
		if err == nil {
			return answer, nil
		}
		if last = err; ctx.Err() != nil {
			break
		}
	}
	return Answer{Name: setup.FoldName(name), Type: qtype}, last
}

// A question is one query to one server.
type question struct {
	name      string
	qtype     uint16
	server    string // "host:port"
	found     string // the name that DNS leads to server's address; "" if the settings name the server, which the guard does not check
	recursive bool
}

// ask puts one question to one server and records it.
func (p *Prober) ask(ctx context.Context, q question) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	start := time.Now()
	call := setup.Call{Service: serviceDNS, Operation: dns.TypeToString[q.qtype] + " " + cmp.Or(setup.FoldName(q.name), "."), StartedAt: start}
	m, err := p.exchange(ctx, q)
	call.Took = time.Since(start)
	answer := Answer{Name: setup.FoldName(q.name), Type: q.qtype, Server: q.server}
	if err != nil {
		call.Code, call.Message = setup.CodeNoAnswer, fmt.Sprintf("asked %s: %s", q.server, err)
		p.tell(ctx, call)
		return answer, &LookupError{Name: answer.Name, Type: q.qtype, Err: err}
	}
	answer.read(m)
	if m.Rcode != dns.RcodeSuccess {
		call.Code = dns.RcodeToString[m.Rcode]
	}
	call.Message = answer.describe()
	p.tell(ctx, call)
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return answer, &LookupError{Name: answer.Name, Type: q.qtype, Rcode: m.Rcode}
	}
	return answer, nil
}

// exchange sends the question over UDP, and again over TCP if UDP fails or its
// answer is truncated. Over a connection without packets, as in a test, both
// use the framing of TCP.
func (p *Prober) exchange(ctx context.Context, q question) (*dns.Msg, error) {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(q.name), q.qtype)
	m.RecursionDesired = q.recursive
	m.SetEdns0(dns.DefaultMsgSize, false)
	answer, err := p.exchangeOver(ctx, "udp", m, q)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	if err == nil && !answer.Truncated {
		return answer, nil
	}
	return p.exchangeOver(ctx, "tcp", m, q)
}

func (p *Prober) exchangeOver(ctx context.Context, network string, m *dns.Msg, q question) (answer *dns.Msg, err error) {
	conn, err := p.dialServer(ctx, network, q)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := conn.Close(); err == nil && closing != nil && !errors.Is(closing, net.ErrClosed) {
			err = closing
		}
	}()
	limit := queryTimeout
	if network == "udp" {
		limit = queryTimeout / 2 // leaves time for TCP if UDP is filtered
	}
	client := dns.Client{Timeout: limit}
	answer, _, err = client.ExchangeWithConnContext(ctx, m, &dns.Conn{Conn: conn})
	return answer, err
}

func (p *Prober) dialServer(ctx context.Context, network string, q question) (net.Conn, error) {
	if q.found == "" {
		return p.dial(ctx, network, q.server)
	}
	addr, err := netip.ParseAddrPort(q.server)
	if err != nil {
		return nil, err
	}
	return p.dialGuarded(ctx, network, q.found, addr)
}

// read takes the values of the question's type, and the rest of the answer,
// from a message.
func (a *Answer) read(m *dns.Msg) {
	a.Rcode, a.Authoritative = m.Rcode, m.Authoritative
	owner, ttl := a.Name, ^uint32(0)
	for range m.Answer { // a chain has at most as many links as the answer has records; their order is not promised
		i := slices.IndexFunc(m.Answer, func(rr dns.RR) bool {
			return rr.Header().Rrtype == dns.TypeCNAME && setup.FoldName(rr.Header().Name) == owner
		})
		if i < 0 || a.Type == dns.TypeCNAME {
			break
		}
		cname, ok := m.Answer[i].(*dns.CNAME)
		if !ok || slices.Contains(a.CNAMEs, setup.FoldName(cname.Target)) {
			break
		}
		owner = setup.FoldName(cname.Target)
		a.CNAMEs = append(a.CNAMEs, owner)
		ttl = min(ttl, cname.Hdr.Ttl)
	}
	for _, rr := range m.Answer {
		if rr.Header().Rrtype == a.Type && setup.FoldName(rr.Header().Name) == owner {
			a.Records = append(a.Records, value(rr))
			ttl = min(ttl, rr.Header().Ttl)
		}
	}
	slices.Sort(a.Records)
	if ttl != ^uint32(0) {
		a.TTL = time.Duration(ttl) * time.Second
	}
	for _, rr := range m.Ns {
		switch rr := rr.(type) {
		case *dns.SOA:
			a.Zone = setup.FoldName(rr.Hdr.Name)
			a.Negative = time.Duration(min(rr.Hdr.Ttl, rr.Minttl)) * time.Second
		case *dns.NS:
			a.NS, a.Referral = append(a.NS, setup.FoldName(rr.Ns)), setup.FoldName(rr.Hdr.Name)
		}
	}
	slices.Sort(a.NS)
	for _, rr := range m.Extra {
		switch rr := rr.(type) {
		case *dns.A:
			a.glue(rr.Hdr.Name, rr.A)
		case *dns.AAAA:
			a.glue(rr.Hdr.Name, rr.AAAA)
		}
	}
}

// glue takes in an address that came along for a name server.
func (a *Answer) glue(name string, ip net.IP) {
	addr, ok := netip.AddrFromSlice(ip)
	if !ok {
		return
	}
	if a.Glue == nil {
		a.Glue = map[string][]netip.Addr{}
	}
	name = setup.FoldName(name)
	a.Glue[name] = append(a.Glue[name], addr.Unmap())
}

// value is the value of a record as people write it.
func value(rr dns.RR) string {
	switch rr := rr.(type) {
	case *dns.A:
		return rr.A.String()
	case *dns.AAAA:
		return rr.AAAA.String()
	case *dns.CNAME:
		return setup.FoldName(rr.Target)
	case *dns.NS:
		return setup.FoldName(rr.Ns)
	case *dns.TXT:
		return strings.Join(rr.Txt, "")
	default:
		return strings.TrimPrefix(rr.String(), rr.Header().String())
	}
}

// describe is the answer as one line, for the record of the call.
func (a Answer) describe() string {
	seen := "no record"
	if a.Rcode == dns.RcodeNameError {
		seen = "no such name"
	} else if a.Rcode != dns.RcodeSuccess {
		seen = "refused to answer"
	}
	if len(a.Records) > 0 {
		seen = strings.Join(a.Records, ", ")
	}
	if a.Referral != "" && !a.Authoritative && len(a.Records) == 0 {
		seen = "refers to the name servers of " + a.Referral + ": " + strings.Join(a.NS, ", ")
	}
	if len(a.CNAMEs) > 0 {
		seen = "by way of " + strings.Join(a.CNAMEs, ", ") + ": " + seen
	}
	return seen + " (" + a.Server + ")"
}
