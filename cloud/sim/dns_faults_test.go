package sim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// asked is what an address says in short, and how long that took; "" if it says
// nothing in five seconds.
func asked(t *testing.T, s *Sim, address, network, name string, recursive bool) (string, time.Duration) {
	t.Helper()
	start := time.Now()
	m, err := askAt(t, s, hostOf(address), network, name, dns.TypeA, recursive)
	took := time.Since(start)
	if err != nil {
		return "", took
	}
	out := strings.Join(said(m), " ")
	if m.Truncated {
		out += " TC"
	}
	if !recursive && m.Rcode == dns.RcodeSuccess && !m.Authoritative {
		out += " no AA"
	}
	return out, took
}

// Each resolver remembers by itself, as long as TTLs say.
func TestDNSResolversRemember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: Pace{Resolver: 72 * time.Hour}})
		defer s.Close()
		zone := s.AddZone(testAccount, "example.com")
		s.AddRecord(zone, "a.example.com", "A", 300, "192.0.2.1")
		s.AddRecord(zone, "example.com", "SOA", 900, "ns1. host. 1 7200 900 1209600 120") // the minimum rules
		all := s.Resolvers()
		const old, fresh, none = "NOERROR a.example.com. A 192.0.2.1", "NOERROR a.example.com. A 192.0.2.2", "NXDOMAIN"
		look := func(when, address, name, want string) {
			t.Helper()
			if got, _ := asked(t, s, address, "udp", name, true); got != want {
				t.Errorf("%s, %s: got %q, want %q", when, address, got, want)
			}
		}
		look("first", all[0], "a.example.com", old)
		look("first", all[0], "b.example.com", none)
		s.AddRecord(zone, "a.example.com", "A", 300, "192.0.2.2")
		s.AddRecord(zone, "b.example.com", "A", 300, "192.0.2.3")
		look("changed", all[0], "a.example.com", old)
		look("changed", all[1], "a.example.com", fresh)
		look("changed", all[2], "a.example.com", fresh)
		time.Sleep(119 * time.Second)
		look("after 119 s", all[0], "b.example.com", none)
		time.Sleep(time.Second)
		look("after 120 s", all[0], "b.example.com", "NOERROR b.example.com. A 192.0.2.3")
		s.FlushResolver(all[0])
		look("flushed", all[0], "a.example.com", fresh)

		// The parent's NS records live for two days: who has them asks the old zone.
		twin := s.AddTwinZone(testAccount, "example.com")
		s.AddRecord(twin, "a.example.com", "A", 300, "192.0.2.9")
		s.Delegate("example.com", s.NameServers(twin)...)
		time.Sleep(301 * time.Second)
		const moved = "NOERROR a.example.com. A 192.0.2.9"
		look("moved", all[0], "a.example.com", fresh)
		look("moved", all[3], "a.example.com", moved)
		time.Sleep(48 * time.Hour)
		look("two days later", all[0], "a.example.com", moved)
	})
}

// What is wrong with a resolver is so with that one alone.
func TestDNSResolverBehavior(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.AddRecord(w.zone, "a.example.com", "A", 300, "192.0.2.1")
		all := w.Resolvers()
		const works = "NOERROR a.example.com. A 192.0.2.1"
		for _, c := range []struct {
			set        Resolver
			want, none string
			took       time.Duration
		}{
			{Resolver{}, works, "NXDOMAIN", 0},
			{Resolver{Delay: 2 * time.Second}, works, "NXDOMAIN", 2 * time.Second},
			{Resolver{Behavior: ResolverFails}, "SERVFAIL", "SERVFAIL", 0},
			{Resolver{Behavior: ResolverRefuses}, "REFUSED", "REFUSED", 0},
			{Resolver{Behavior: ResolverSilent}, "", "", 5 * time.Second},
			{Resolver{Behavior: ResolverHijacks}, works, "NOERROR none.example.com. A 192.0.2.66", 0},
			{Resolver{Behavior: ResolverHijacks, Hijack: "192.0.2.7"}, works, "NOERROR none.example.com. A 192.0.2.7", 0},
		} {
			c.set.Address = all[1]
			if err := w.SetResolver(c.set); err != nil {
				t.Fatal(err)
			}
			got, took := asked(t, w.Sim, all[1], "udp", "a.example.com", true)
			none, _ := asked(t, w.Sim, all[1], "udp", "none.example.com", true)
			if got != c.want || none != c.none || took != c.took {
				t.Errorf("%+v: got %q after %s, and %q", c.set, got, took, none)
			}
			if got, _ := asked(t, w.Sim, all[2], "udp", "a.example.com", true); got != works {
				t.Errorf("%+v: another resolver says %q", c.set, got)
			}
		}
		if got, _ := asked(t, w.Sim, all[2], "udp", "a.example.com", false); got != "REFUSED" {
			t.Errorf("without recursion: got %q", got)
		}
		for _, wrong := range []Resolver{{Address: "192.0.2.1"}, {Address: all[1], Behavior: "odd"}, {Address: all[1], Delay: -1}, {Address: all[1], Hijack: "x"}} {
			if err := w.SetResolver(wrong); err == nil {
				t.Errorf("%+v was taken", wrong)
			}
		}
	})
}

// What is wrong with one name server is seen there, and by resolvers that ask it.
func TestDNSServerFaults(t *testing.T) {
	const old, fresh = "NOERROR a.example.com. A 192.0.2.1", "NOERROR a.example.com. A 192.0.2.2"
	for _, c := range []struct {
		fault            ServerFault
		udp, tcp         string
		took             time.Duration
		resolver         string // which asks that server first
		resolverTook     time.Duration
		everywhere       string // what resolvers say if all four are so
		everywhereMillis int
	}{
		{ServerFault{Kind: ServerStale}, old, old, 0, old, 0, old, 0},
		{ServerFault{Kind: ServerFails}, "SERVFAIL", "SERVFAIL", 0, fresh, 0, "SERVFAIL", 0},
		{ServerFault{Kind: ServerRefuses}, "REFUSED", "REFUSED", 0, fresh, 0, "SERVFAIL", 0},
		{ServerFault{Kind: ServerSilent}, "", "", 5 * time.Second, fresh, 800 * time.Millisecond, "SERVFAIL", 3200},
		{ServerFault{Kind: ServerSlow, Delay: 100 * time.Millisecond}, fresh, fresh, 100 * time.Millisecond, fresh, 100 * time.Millisecond, fresh, 100},
		{ServerFault{Kind: ServerSlow, Delay: 2 * time.Second}, fresh, fresh, 2 * time.Second, fresh, 800 * time.Millisecond, "SERVFAIL", 3200},
		{ServerFault{Kind: ServerTruncates}, "NOERROR TC", fresh, 0, fresh, 0, fresh, 0},
		{ServerFault{Kind: ServerLame}, fresh + " no AA", fresh + " no AA", 0, fresh, 0, "SERVFAIL", 0},
		{ServerFault{Kind: ServerFails, Zone: "other.example"}, fresh, fresh, 0, fresh, 0, fresh, 0},
	} {
		t.Run(string(c.fault.Kind)+c.fault.Delay.String()+c.fault.Zone, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{})
				defer s.Close()
				zone := s.AddZone(testAccount, "example.com")
				s.AddRecord(zone, "a.example.com", "A", 300, "192.0.2.1")
				servers := s.NameServers(zone)
				order := func(server string) {
					f := c.fault
					f.ID, f.Server, f.For = "it", server, time.Minute
					if err := s.OrderServer(f); err != nil {
						t.Fatal(err)
					}
				}
				order(servers[2])
				s.AddRecord(zone, "a.example.com", "A", 300, "192.0.2.2")
				check := func(who, address, network string, recursive bool, want string, wantTook time.Duration) {
					t.Helper()
					if got, took := asked(t, s, address, network, "a.example.com", recursive); got != want || took != wantTook {
						t.Errorf("%s: got %q after %s, want %q after %s", who, got, took, want, wantTook)
					}
				}
				check("over UDP", s.ServerAddress(servers[2]), "udp", false, c.udp, c.took)
				check("over TCP", s.ServerAddress(servers[2]), "tcp", false, c.tcp, c.took)
				check("another server", s.ServerAddress(servers[1]), "udp", false, fresh, 0)
				check("the resolver that asks it first", s.Resolvers()[2], "udp", true, c.resolver, c.resolverTook)
				check("another resolver", s.Resolvers()[0], "udp", true, fresh, 0)
				time.Sleep(time.Minute)
				check("a minute later", s.ServerAddress(servers[2]), "udp", false, fresh, 0)

				s.AddRecord(zone, "a.example.com", "A", 300, "192.0.2.1")
				for _, server := range servers {
					order(server)
				}
				s.AddRecord(zone, "a.example.com", "A", 300, "192.0.2.2")
				check("all four", s.Resolvers()[1], "udp", true, c.everywhere, time.Duration(c.everywhereMillis)*time.Millisecond)
				s.WithdrawServer("it")
				check("withdrawn", s.ServerAddress(servers[2]), "udp", false, fresh, 0)
			})
		})
	}
}

// ACM does not see a record while none of the zone's servers does, and looks
// again when they do.
func TestDNSFaultHidesValidation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPending(t, Pace{})
		p.AddRecord(p.zone, p.record, "CNAME", 60, p.value)
		for _, server := range p.NameServers(p.zone) {
			if err := p.OrderServer(ServerFault{Server: server, Kind: ServerSilent, For: time.Hour}); err != nil {
				t.Fatal(err)
			}
		}
		p.let()
		if p.cert.Status != "PENDING_VALIDATION" {
			t.Fatalf("got %s while no server answers", p.cert.Status)
		}
		time.Sleep(time.Hour)
		p.let()
		if p.cert.Status != "ISSUED" {
			t.Errorf("got %s an hour later", p.cert.Status)
		}
	})
}

// The same by POST /_sim/dns; all of it outlives a restart.
func TestDNSControl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		defer s.Close()
		zone := s.AddZone(testAccount, "example.com")
		server := s.NameServers(zone)[1]
		post := func(body string) (int, string) {
			r := (&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/_sim/dns"}, Header: http.Header{}, Body: http.NoBody}).WithContext(t.Context())
			r.Body = readCloser{bytes.NewReader([]byte(body))}
			a := s.control(r)
			return a.Status, string(a.Body)
		}
		status, body := post(`[{"foreign_zone":{"name":"shop.test","servers":["ns1.hoster.example"]}},{"name_server":"ns.lame.example"},
			{"delegate":{"name":"lame.test","servers":["ns.lame.example"]}},
			{"resolver":{"address":"127.0.53.2","behavior":"servfail"}},
			{"server_fault":{"id":"late","server":"` + server + `","kind":"stale","for":60000000000}},
			{"flush":""},{"withdraw":"another"}]`)
		if status != http.StatusOK {
			t.Fatalf("status %d: %s", status, body)
		}
		var got DNSState
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		shop := got.Zones[len(got.Zones)-1]
		for _, z := range got.Zones {
			if z.Foreign {
				shop = z
			}
		}
		if status, body := post(`{"record":{"zone":"` + shop.ID + `","name":"www.shop.test","type":"A","ttl":60,"values":["192.0.2.1"]}}`); status != http.StatusOK {
			t.Fatalf("status %d: %s", status, body)
		}
		s.AddRecord(zone, "a.example.com", "A", 300, "192.0.2.2")
		check := func(s *Sim) {
			t.Helper()
			for _, c := range []struct{ address, name, want string }{
				{s.Resolvers()[0], "www.shop.test", "NOERROR www.shop.test. A 192.0.2.1"},
				{s.Resolvers()[0], "lame.test", "SERVFAIL"},
				{s.Resolvers()[2], "www.shop.test", "SERVFAIL"},
				{s.Resolvers()[0], "a.example.com", "NOERROR a.example.com. A 192.0.2.2"},
				{s.Resolvers()[1], "a.example.com", "NXDOMAIN"},
			} {
				if got, _ := asked(t, s, c.address, "udp", c.name, true); got != c.want {
					t.Errorf("%s at %s: got %q, want %q", c.name, c.address, got, c.want)
				}
			}
		}
		check(s)
		file := filepath.Join(t.TempDir(), "world")
		stop, err := s.Keep(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		again := New(Config{})
		defer again.Close()
		if _, err := again.Load(file); err != nil {
			t.Fatal(err)
		}
		check(again)
		if d := cmp.Diff(s.DNS().Faults, again.DNS().Faults); d != "" {
			t.Error(d)
		}
		for _, wrong := range []string{
			`{}`, `{"flush":"","withdraw":""}`, `{"odd":1}`, `[`, `{"name_server":"a..b"}`, `{"delegate":{"name":""}}`,
			`{"record":{"zone":"Z0","name":"a","type":"A"}}`, `{"record":{"zone":"` + shop.ID + `","name":"a.example.com","type":"A"}}`,
			`{"record":{"zone":"` + shop.ID + `","name":"a.shop.test","type":"A","values":["here"]}}`,
			`{"record":{"zone":"` + shop.ID + `","name":"a.shop.test","type":"A","ttl":-1}}`,
			`{"server_fault":{"server":"ns1.gone.example","kind":"stale"}}`, `{"server_fault":{"server":"ns1.hoster.example","kind":"odd"}}`,
			`{"server_fault":{"server":"ns1.hoster.example","kind":"slow"}}`, `{"resolver":{"address":"192.0.2.1"}}`,
		} {
			if status, body := post(wrong); status != http.StatusBadRequest {
				t.Errorf("%s: status %d: %s", wrong, status, body)
			}
		}
	})
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
