package sim

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// query asks over an in-memory connection.
func query(t *testing.T, s *Sim, name string, qtype uint16, recursive bool) *dns.Msg {
	t.Helper()
	conn, err := s.Dial(context.Background(), "udp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	c := dns.Conn{Conn: conn}
	defer func() { _ = c.Close() }()
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	m.RecursionDesired = recursive
	if err := c.WriteMsg(m); err != nil {
		t.Fatal(err)
	}
	got, err := c.ReadMsg()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// said is an answer in short: the code, then "name type value" of each record.
func said(m *dns.Msg) []string {
	out := []string{dns.RcodeToString[m.Rcode]}
	for _, rr := range m.Answer {
		value := strings.TrimPrefix(rr.String(), rr.Header().String())
		out = append(out, rr.Header().Name+" "+dns.TypeToString[rr.Header().Rrtype]+" "+value)
	}
	return out
}

func TestDNSAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.AddRecord(w.zone, "www.example.com", "CNAME", 300, testEdge)
		w.AddRecord(w.zone, "*.wild.example.com", "A", 300, "192.0.2.1")
		w.AddRecord(w.zone, "exact.wild.example.com", "TXT", 300, `"here"`)
		w.AddRecord(w.zone, "example.com", "CAA", 300, `0 issue "amazon.com"`)
		twin := w.AddTwinZone(testAccount, "example.com")
		w.AddRecord(twin, "orphan.example.com", "A", 300, "192.0.2.2")
		private := w.AddPrivateZone(testAccount, "inside.example.com")
		w.AddRecord(private, "a.inside.example.com", "A", 300, "192.0.2.3")
		for _, c := range []struct {
			name  string
			qtype uint16
			want  []string
		}{
			{testName, dns.TypeA, []string{"NOERROR", "api.example.com. A 127.0.0.2", "api.example.com. A 127.0.0.3"}},
			{testName, dns.TypeAAAA, []string{"NOERROR", "api.example.com. AAAA 2001:db8::2", "api.example.com. AAAA 2001:db8::3"}},
			{testName, dns.TypeMX, []string{"NOERROR"}},
			{"www.example.com", dns.TypeA, []string{"NOERROR", "www.example.com. CNAME " + testEdge + ".", testEdge + ". A 127.0.0.2", testEdge + ". A 127.0.0.3"}},
			{"www.example.com", dns.TypeCNAME, []string{"NOERROR", "www.example.com. CNAME " + testEdge + "."}},
			{"nothing.example.com", dns.TypeA, []string{"NXDOMAIN"}},
			{"orphan.example.com", dns.TypeA, []string{"NXDOMAIN"}},
			{"a.inside.example.com", dns.TypeA, []string{"NXDOMAIN"}},
			{"a.b.wild.example.com", dns.TypeA, []string{"NOERROR", "a.b.wild.example.com. A 192.0.2.1"}},
			{"exact.wild.example.com", dns.TypeA, []string{"NOERROR"}},
			{"below.exact.wild.example.com", dns.TypeA, []string{"NXDOMAIN"}},
			{"wild.example.com", dns.TypeA, []string{"NOERROR"}},
			{"example.com", dns.TypeCAA, []string{"NOERROR", `example.com. CAA 0 issue "amazon.com"`}},
			{testTarget, dns.TypeA, []string{"NOERROR", testTarget + ". A 127.0.0.4"}},
			{w.rest + ".execute-api.eu-west-1.amazonaws.com", dns.TypeA, []string{"NOERROR", w.rest + ".execute-api.eu-west-1.amazonaws.com. A 127.0.0.4"}},
			{w.rest + ".execute-api.eu-west-2.amazonaws.com", dns.TypeA, []string{"NXDOMAIN"}},
			{"dnobody.cloudfront.net", dns.TypeA, []string{"NXDOMAIN"}},
			{"nowhere.test", dns.TypeA, []string{"NXDOMAIN"}},
			{"com", dns.TypeMX, []string{"NOERROR"}},
		} {
			got := query(t, w.Sim, c.name, c.qtype, true)
			if d := cmp.Diff(c.want, said(got)); d != "" {
				t.Errorf("%s %s (-want +got):\n%s", c.name, dns.TypeToString[c.qtype], d)
			}
			if len(got.Answer) == 0 && (len(got.Ns) != 1 || got.Ns[0].Header().Rrtype != dns.TypeSOA) {
				t.Errorf("%s %s: a negative answer without SOA: %v", c.name, dns.TypeToString[c.qtype], got.Ns)
			}
		}
	})
}

// A prober climbs to the zone, resolves its name servers, and asks them.
func TestDNSAuthoritative(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		ns := query(t, w.Sim, "example.com", dns.TypeNS, true)
		if len(ns.Answer) != 4 || len(ns.Extra) != 4 {
			t.Fatalf("got %v, want four name servers with glue", ns)
		}
		server := ns.Answer[0].(*dns.NS).Ns
		if got := said(query(t, w.Sim, server, dns.TypeA, true)); !slices.Contains(got, server+" A "+w.ServerAddress(server)) {
			t.Errorf("name server: got %v", got)
		}
		got := query(t, w.Sim, testName, dns.TypeA, false)
		if !got.Authoritative || got.RecursionAvailable || len(got.Answer) != 2 {
			t.Errorf("got %v, want an authoritative answer", got)
		}
		if soa := query(t, w.Sim, "nothing.example.com", dns.TypeA, false); soa.Rcode != dns.RcodeNameError || soa.Ns[0].Header().Name != "example.com." {
			t.Errorf("got %v, want NXDOMAIN of example.com", soa)
		}
	})
}

func TestDNSDelegation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		child := w.AddTwinZone("999988887777", "team.example.com")
		w.AddRecord(child, "a.team.example.com", "A", 60, "192.0.2.1")
		if got := said(query(t, w.Sim, "a.team.example.com", dns.TypeA, true)); got[0] != "NXDOMAIN" {
			t.Errorf("before the delegation: got %v", got)
		}
		w.AddRecord(w.zone, "team.example.com", "NS", 300, w.NameServers(child)...)
		if got := said(query(t, w.Sim, "a.team.example.com", dns.TypeA, true)); len(got) != 2 {
			t.Errorf("after the delegation: got %v", got)
		}
		w.AddRecord(w.zone, "team.example.com", "NS", 300, "ns1.elsewhere.test.")
		if got := said(query(t, w.Sim, "a.team.example.com", dns.TypeA, true)); got[0] != "SERVFAIL" {
			t.Errorf("delegated elsewhere: got %v", got)
		}
		m := query(t, w.Sim, "a.team.example.com", dns.TypeA, false)
		if m.Authoritative || len(m.Ns) != 1 || m.Ns[0].Header().Name != "team.example.com." {
			t.Errorf("delegated elsewhere: got %v, want a referral", m)
		}
	})
}

// What a resolver has, it keeps until the TTL ends, also that there is nothing.
func TestDNSOldAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{Resolver: time.Hour})
		w.AddRecord(w.zone, "old.example.com", "A", 300, "192.0.2.1")
		first := query(t, w.Sim, "old.example.com", dns.TypeA, true)
		query(t, w.Sim, "new.example.com", dns.TypeA, true)
		w.AddRecord(w.zone, "old.example.com", "A", 300, "192.0.2.2")
		w.AddRecord(w.zone, "new.example.com", "A", 300, "192.0.2.3")
		time.Sleep(100 * time.Second)
		second := query(t, w.Sim, "old.example.com", dns.TypeA, true)
		if d := cmp.Diff(said(first), said(second)); d != "" || second.Answer[0].Header().Ttl != 200 {
			t.Errorf("after 100 s: got %v, want the old answer with a TTL of 200", second.Answer)
		}
		if got := said(query(t, w.Sim, "old.example.com", dns.TypeA, false)); got[1] != "old.example.com. A 192.0.2.2" {
			t.Errorf("the zone's own servers: got %v", got)
		}
		time.Sleep(200 * time.Second)
		if got := said(query(t, w.Sim, "old.example.com", dns.TypeA, true)); got[1] != "old.example.com. A 192.0.2.2" {
			t.Errorf("after 300 s: got %v", got)
		}
		if got := said(query(t, w.Sim, "new.example.com", dns.TypeA, true)); got[0] != "NXDOMAIN" {
			t.Errorf("new name after 300 s: got %v, want the old NXDOMAIN", got)
		}
		time.Sleep(600 * time.Second)
		if got := said(query(t, w.Sim, "new.example.com", dns.TypeA, true)); got[0] != "NOERROR" {
			t.Errorf("new name after 900 s: got %v", got)
		}
	})
}

// A change is served when it is INSYNC.
func TestDNSServesWhenInsync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.mu.Lock()
		z := w.zones[w.zone]
		z.put(&recordSet{recordKey: recordKey{Name: "late.example.com.", Type: "A"}, TTL: 60, Values: []string{"192.0.2.1"}})
		z.Pending = append(z.Pending, pendingRecords{At: time.Now().Add(45 * time.Second), Records: z.Records})
		w.mu.Unlock()
		time.Sleep(44 * time.Second)
		if got := said(query(t, w.Sim, "late.example.com", dns.TypeA, false)); got[0] != "NXDOMAIN" {
			t.Errorf("PENDING: got %v", got)
		}
		time.Sleep(time.Second)
		if got := said(query(t, w.Sim, "late.example.com", dns.TypeA, false)); len(got) != 2 {
			t.Errorf("INSYNC: got %v", got)
		}
	})
}

func TestDNSRefuses(t *testing.T) {
	s := New(Config{})
	for name, change := range map[string]func(*dns.Msg){
		"transfer":   func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeAXFR },
		"class":      func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS },
		"any":        func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeANY },
		"update":     func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate },
		"no section": func(m *dns.Msg) { m.Question = nil },
	} {
		m := new(dns.Msg)
		m.SetQuestion("example.com.", dns.TypeA)
		change(m)
		if got := s.answerDNS(m); got.Rcode != dns.RcodeRefused && got.Rcode != dns.RcodeNotImplemented {
			t.Errorf("%s: got %s", name, dns.RcodeToString[got.Rcode])
		}
	}
}

func TestDialRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		for _, address := range []string{"127.0.0.4:80", testTarget + ":80", "192.0.2.1:443", "nobody.example.com:443", "no port", "127.0.0.2:http"} {
			if conn, err := w.Dial(t.Context(), "tcp", address); err == nil {
				t.Errorf("%s: got a connection", address)
				_ = conn.Close()
			}
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.Dial(ended, "tcp", "127.0.0.2:443"); err == nil {
			t.Error("ended context: got a connection")
		}
	})
}

// Close ends connections whose clients never do.
func TestCloseEndsConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		var open []net.Conn
		for _, address := range []string{"127.0.0.1:53", "127.0.0.2:443", "127.0.0.3:80", "127.0.0.4:443"} {
			conn, err := s.Dial(t.Context(), "tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, conn)
		}
		synctest.Wait()
		s.Close()
		for _, c := range open {
			if _, err := c.Read(make([]byte, 1)); err == nil {
				t.Error("a connection lives on")
			}
		}
		if _, err := s.Dial(t.Context(), "tcp", "127.0.0.2:443"); err == nil {
			t.Error("got a connection after Close")
		}
	})
}
