package sim

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// askAt asks the resolver or name server at an address.
func askAt(t *testing.T, s *Sim, address, network, name string, qtype uint16, recursive bool) (*dns.Msg, error) {
	t.Helper()
	conn, err := s.Dial(t.Context(), network, net.JoinHostPort(address, "53"))
	if err != nil {
		t.Fatal(err)
	}
	c := dns.Conn{Conn: conn}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	m.RecursionDesired = recursive
	if err := c.WriteMsg(m); err != nil {
		t.Fatal(err)
	}
	return c.ReadMsg()
}

// askServer asks a name server by its name, as resolvers do.
func askServer(t *testing.T, s *Sim, server, name string, qtype uint16) *dns.Msg {
	t.Helper()
	m, err := askAt(t, s, s.ServerAddress(server), "udp", name, qtype, false)
	if err != nil {
		t.Fatalf("%s, asked for %s: %v", server, name, err)
	}
	return m
}

// shape is what kind of answer a name server gave: its code, whether it claims
// authority, and the owners and types of its answer and authority sections.
func shape(m *dns.Msg) string {
	out := []string{dns.RcodeToString[m.Rcode]}
	if m.Authoritative {
		out = append(out, "aa")
	}
	for section, rrs := range map[string][]dns.RR{"answer": m.Answer, "authority": m.Ns} {
		if len(rrs) > 0 {
			out = append(out, section+" "+rrs[0].Header().Name+" "+dns.TypeToString[rrs[0].Header().Rrtype])
		}
	}
	return strings.Join(out, ", ")
}

// From the root every server refers to the next, until the zone's own answer.
func TestDNSTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		own := w.NameServers(w.zone)
		foreign := w.AddForeignZone("shop.test", "ns1.shop.test", "ns.hoster.test")
		w.AddRecord(foreign, "www.shop.test", "CNAME", 60, "end.shop.test")
		w.AddRecord(foreign, "end.shop.test", "A", 60, "192.0.2.9")
		w.AddRecord(foreign, "out.shop.test", "CNAME", 60, testName)
		for _, c := range []struct {
			server, name string
			qtype        uint16
			want         string
			glue         int
		}{
			{"a.root-servers.net", ".", dns.TypeNS, "NOERROR, aa, answer . NS", 13},
			{"m.root-servers.net", testName, dns.TypeA, "NOERROR, authority com. NS", 13},
			{"b.root-servers.net", "www.nothing", dns.TypeA, "NXDOMAIN, aa, authority . SOA", 0},
			{"a.gtld-servers.net", testName, dns.TypeA, "NOERROR, authority example.com. NS", 2},
			{"b.gtld-servers.net", "nothing.com", dns.TypeA, "NXDOMAIN, aa, authority com. SOA", 0},
			{"b.gtld-servers.net", "example.com", dns.TypeDS, "NOERROR, aa, authority com. SOA", 0},
			{"b.gtld-servers.net", "shop.test", dns.TypeA, "REFUSED", 0},
			{own[3], testName, dns.TypeA, "NOERROR, aa, answer api.example.com. A", 0},
			{own[0], testName, dns.TypeMX, "NOERROR, aa, authority example.com. SOA", 0},
			{own[0], "nothing.example.com", dns.TypeA, "NXDOMAIN, aa, authority example.com. SOA", 0},
			{own[0], "shop.test", dns.TypeA, "REFUSED", 0},
			{own[0], own[0], dns.TypeA, "NOERROR, aa, answer " + own[0] + " A", 0},
			{"a.nic.test", "www.shop.test", dns.TypeA, "NOERROR, authority shop.test. NS", 2},
			{"ns1.shop.test", "ns1.shop.test", dns.TypeA, "NOERROR, aa, answer ns1.shop.test. A", 0},
			{"ns.hoster.test", "shop.test", dns.TypeNS, "NOERROR, aa, answer shop.test. NS", 1},
		} {
			m := askServer(t, w.Sim, c.server, c.name, c.qtype)
			if got := shape(m); got != c.want || len(m.Extra) != c.glue || m.RecursionAvailable {
				t.Errorf("%s, asked for %s %s: got %s with %d addresses, want %s with %d", c.server, dns.TypeToString[c.qtype], c.name, got, len(m.Extra), c.want, c.glue)
			}
		}
		// A CNAME is followed within the zone, and no farther.
		for name, want := range map[string]int{"www.shop.test": 2, "out.shop.test": 1} {
			if m := askServer(t, w.Sim, "ns1.shop.test", name, dns.TypeA); len(m.Answer) != want {
				t.Errorf("%s: got %v, want %d records", name, m.Answer, want)
			}
		}
	})
}

// What the parent says decides what a visitor finds.
func TestDNSDelegate(t *testing.T) {
	found, nobody, failed := []string{"NOERROR", "a.example.com. A 192.0.2.1"}, []string{"NXDOMAIN"}, []string{"SERVFAIL"}
	for name, c := range map[string]struct {
		change func(s *Sim, zone, twin, foreign string)
		want   []string
		parent string // the first server that the parent names
	}{
		"to this zone":        {func(*Sim, string, string, string) {}, found, "ns-128.awsdns-08.com."},
		"to a twin":           {func(s *Sim, _, twin, _ string) { s.Delegate("example.com", s.NameServers(twin)...) }, []string{"NOERROR", "a.example.com. A 192.0.2.2"}, "ns-192.awsdns-12.com."},
		"to another provider": {func(s *Sim, _, _, foreign string) { s.Delegate("example.com", s.NameServers(foreign)...) }, []string{"NOERROR", "a.example.com. A 192.0.2.3"}, "ns1.dns-provider.example."},
		"to nobody":           {func(s *Sim, _, _, _ string) { s.Delegate("example.com") }, nobody, ""},
		"lame": {func(s *Sim, _, _, _ string) {
			s.AddNameServer("ns.lame.example")
			s.Delegate("example.com", "ns.lame.example")
		}, failed, "ns.lame.example."},
		"to names of no server": {func(s *Sim, _, _, _ string) { s.Delegate("example.com", "ns1.gone.example") }, failed, "ns1.gone.example."},
		"half lame": {func(s *Sim, zone, _, _ string) {
			s.AddNameServer("ns.lame.example")
			s.Delegate("example.com", "ns.lame.example", s.NameServers(zone)[1])
		}, found, "ns.lame.example."},
		"other servers than the zone says": {func(s *Sim, zone, _, _ string) { s.AddRecord(zone, "example.com", "NS", 60, "ns.other.example") }, found, "ns-128.awsdns-08.com."},
		"names of the owner's for the servers": {func(s *Sim, zone, _, _ string) {
			own := s.AddForeignZone("white.example")
			s.AddRecord(own, "ns1.white.example", "A", 60, s.ServerAddress(s.NameServers(zone)[2]))
			s.Delegate("example.com", "ns1.white.example")
		}, found, "ns1.white.example."},
		"back again": {func(s *Sim, _, _, _ string) {
			s.Delegate("example.com")
			s.AddRecord(s.AddZone(testAccount, "example.com"), "a.example.com", "A", 60, "192.0.2.4")
		}, []string{"NOERROR", "a.example.com. A 192.0.2.4"}, "ns-320.awsdns-20.com."},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{})
				defer s.Close()
				foreign := s.AddForeignZone("example.com")
				s.AddRecord(foreign, "a.example.com", "A", 60, "192.0.2.3")
				zone := s.AddZone(testAccount, "example.com")
				s.AddRecord(zone, "a.example.com", "A", 60, "192.0.2.1")
				twin := s.AddTwinZone(testAccount, "example.com")
				s.AddRecord(twin, "a.example.com", "A", 60, "192.0.2.2")
				private := s.AddPrivateZone(testAccount, "example.com")
				s.AddRecord(private, "a.example.com", "A", 60, "192.0.2.5")
				c.change(s, zone, twin, foreign)
				if d := cmp.Diff(c.want, said(query(t, s, "a.example.com", dns.TypeA, true))); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
				m := askServer(t, s, "a.gtld-servers.net", "example.com", dns.TypeNS)
				got := ""
				if len(m.Ns) > 0 {
					if ns, ok := m.Ns[0].(*dns.NS); ok {
						got = ns.Ns
					}
				}
				if got != c.parent || m.Authoritative == (c.parent != "") {
					t.Errorf("the parent says %v, want %q", m, c.parent)
				}
				for id, want := range map[string]string{zone: "192.0.2.1", twin: "192.0.2.2", foreign: "192.0.2.3"} { // each server has its own zone
					if m := askServer(t, s, s.NameServers(id)[1], "a.example.com", dns.TypeA); len(m.Answer) != 1 || !strings.HasSuffix(m.Answer[0].String(), want) {
						t.Errorf("%s: got %v, want %s", id, m.Answer, want)
					}
				}
			})
		})
	}
}

// A zone within a zone leads away by the NS records of the outer one.
func TestDNSSubZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		defer s.Close()
		zone := s.AddZone(testAccount, "example.com")
		s.AddRecord(zone, "x.api.example.com", "A", 60, "192.0.2.1")
		foreign := s.AddForeignZone("api.example.com")
		s.Delegate("api.example.com") // at the registry there is nothing to say of it
		s.AddRecord(foreign, "x.api.example.com", "A", 60, "192.0.2.2")
		if got := said(query(t, s, "x.api.example.com", dns.TypeA, true)); got[1] != "x.api.example.com. A 192.0.2.1" {
			t.Errorf("without NS records: got %v", got)
		}
		s.AddRecord(zone, "api.example.com", "NS", 60, s.NameServers(foreign)...)
		if got := said(query(t, s, "x.api.example.com", dns.TypeA, true)); got[1] != "x.api.example.com. A 192.0.2.2" {
			t.Errorf("with NS records: got %v", got)
		}
		if got := shape(askServer(t, s, s.NameServers(zone)[0], "x.api.example.com", dns.TypeA)); got != "NOERROR, authority api.example.com. NS" {
			t.Errorf("the outer zone's server: got %s, want a referral", got)
		}
		s.AddRecord(zone, "api.example.com", "NS", 60)
		if got := said(query(t, s, "x.api.example.com", dns.TypeA, true)); got[1] != "x.api.example.com. A 192.0.2.1" {
			t.Errorf("NS records gone: got %v", got)
		}
	})
}

// A foreign provider serves whatever it was given.
func TestDNSForeignSlips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		z := w.AddForeignZone("shop.test")
		for _, r := range []struct {
			name, kind string
			values     []string
		}{
			{"shop.test", TypeFlattened, []string{testEdge}},
			{"shop.test", "TXT", []string{`"beside it"`}},
			{"shop.test", "CAA", []string{`0 issue "letsencrypt.org"`}},
			{"doubled.shop.test.shop.test", "CNAME", []string{testEdge}},
			{"both.shop.test", "CNAME", []string{testEdge}},
			{"both.shop.test", "TXT", []string{`"here"`}},
			{"loop.shop.test", "CNAME", []string{"loop2.shop.test"}},
			{"loop2.shop.test", "CNAME", []string{"loop.shop.test"}},
			{"self.shop.test", TypeFlattened, []string{"self.shop.test"}},
			{"*.wild.shop.test", "CNAME", []string{"shop.test"}},
			{"dual.shop.test", "A", []string{"192.0.2.1"}},
			{"dual.shop.test", "AAAA", []string{"2001:db8::99"}},
		} {
			w.AddRecord(z, r.name, r.kind, 60, r.values...)
		}
		for _, c := range []struct {
			name  string
			qtype uint16
			want  []string
		}{
			{"shop.test", dns.TypeA, []string{"NOERROR", "shop.test. A 127.0.0.2", "shop.test. A 127.0.0.3"}},
			{"shop.test", dns.TypeCNAME, []string{"NOERROR"}},
			{"shop.test", dns.TypeTXT, []string{"NOERROR", `shop.test. TXT "beside it"`}},
			{"doubled.shop.test", dns.TypeCNAME, []string{"NXDOMAIN"}},
			{"doubled.shop.test.shop.test", dns.TypeCNAME, []string{"NOERROR", "doubled.shop.test.shop.test. CNAME " + testEdge + "."}},
			{"both.shop.test", dns.TypeTXT, []string{"NOERROR", `both.shop.test. TXT "here"`}},
			{"both.shop.test", dns.TypeCNAME, []string{"NOERROR", "both.shop.test. CNAME " + testEdge + "."}},
			{"loop.shop.test", dns.TypeA, []string{"SERVFAIL"}},
			{"self.shop.test", dns.TypeA, []string{"NOERROR"}},
			{"a.b.wild.shop.test", dns.TypeCAA, []string{"NOERROR", "a.b.wild.shop.test. CNAME shop.test.", `shop.test. CAA 0 issue "letsencrypt.org"`}},
			{"dual.shop.test", dns.TypeAAAA, []string{"NOERROR", "dual.shop.test. AAAA 2001:db8::99"}},
			{"shop.test", dns.TypeDNSKEY, []string{"NOERROR"}},
		} {
			if d := cmp.Diff(c.want, said(query(t, w.Sim, c.name, c.qtype, true))); d != "" {
				t.Errorf("%s %s (-want +got):\n%s", c.name, dns.TypeToString[c.qtype], d)
			}
		}
	})
}
