package cloud_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{})
		defer w.sim.Close()
		zone := w.sim.AddZone(accountID, "example.com")
		w.sim.AddRecord(zone, "api.example.com", "A", 60, "192.0.2.1", "192.0.2.2")
		w.sim.AddRecord(zone, "www.example.com", "CNAME", 300, "api.example.com")
		p := w.cloud.Prober(w.calls.record)
		tests := []struct {
			name  string
			qtype uint16
			want  cloud.Answer
		}{
			{"API.example.com.", dns.TypeA, cloud.Answer{Name: "api.example.com", Records: []string{"192.0.2.1", "192.0.2.2"}, TTL: time.Minute}},
			{"www.example.com", dns.TypeA, cloud.Answer{Name: "www.example.com", Records: []string{"192.0.2.1", "192.0.2.2"}, CNAMEs: []string{"api.example.com"}, TTL: time.Minute}},
			{"www.example.com", dns.TypeCNAME, cloud.Answer{Name: "www.example.com", Records: []string{"api.example.com"}, TTL: 5 * time.Minute}},
			{"api.example.com", dns.TypeTXT, cloud.Answer{Name: "api.example.com"}},
			{"none.example.com", dns.TypeA, cloud.Answer{Name: "none.example.com", Rcode: dns.RcodeNameError}},
		}
		for _, tt := range tests {
			for way, ask := range map[string]func(context.Context, string, uint16) (cloud.Answer, error){"resolver": p.Lookup, "authoritative": p.Authoritative} {
				got, err := ask(t.Context(), tt.name, tt.qtype)
				if err != nil {
					t.Fatalf("%s: %v", way, err)
				}
				want := tt.want
				if way == "authoritative" && len(want.CNAMEs) > 0 {
					want.Records, want.TTL = nil, 5*time.Minute // the target is another question
				}
				got.Type, got.Zone, got.NS, got.Server = 0, "", nil, ""
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s %s: %s", way, tt.name, diff)
				}
			}
		}
		var last setup.Call
		for _, c := range w.calls.all() {
			if c.Operation == "A none.example.com" {
				last = c
			}
		}
		if last.Service != "dns" || last.Code != "NXDOMAIN" || !strings.Contains(last.Message, "no such name") || last.Write || last.Status != 0 {
			t.Errorf("recorded %+v", last)
		}
	})
}

func TestZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Config{})
	defer w.sim.Close()
	w.sim.AddZone(accountID, "example.com")
	child := w.sim.AddZone(accountID, "eu.example.com")
	p := w.cloud.Prober(nil)
	for name, want := range map[string]string{
		"_x.api.example.com": "example.com", "example.com": "example.com", "a.b.eu.example.com": "eu.example.com",
	} {
		apex, servers, err := p.Zone(t.Context(), name)
		if err != nil || apex != want || len(servers) != 4 {
			t.Errorf("%s: %s %v %v, want %s", name, apex, servers, err, want)
		}
	}
	_, servers, err := p.Zone(t.Context(), "x.eu.example.com")
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range w.sim.NameServers(child) {
		if !strings.Contains(strings.Join(servers, " "), strings.TrimSuffix(s, ".")) {
			t.Errorf("server %d %s not in %v", i, s, servers)
		}
	}
}

// dnsServer answers on loopback over UDP and TCP.
func dnsServer(t *testing.T, handle dns.HandlerFunc) string {
	t.Helper()
	packets, stream := bothPorts(t)
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: handle}, {Listener: stream, Handler: handle}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		ended := make(chan error, 1)
		go func() { ended <- s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			if err := errors.Join(s.Shutdown(), <-ended); err != nil {
				t.Error(err)
			}
		})
	}
	return packets.LocalAddr().String()
}

// bothPorts listens on the same port over UDP and TCP: one that is free for the
// first may be taken for the second, then it is another one's turn.
func bothPorts(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for try := 1; ; try++ {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		stream, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, stream
		}
		if err := packets.Close(); err != nil || try == 20 {
			t.Fatalf("no port is free for both: %v", err)
		}
	}
}

// TestLookupTruncated: what does not fit a packet is asked for again over TCP.
func TestLookupTruncated(t *testing.T) {
	t.Parallel()
	server := dnsServer(t, func(w dns.ResponseWriter, m *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(m)
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
			a.Truncated = true
		} else {
			rr, err := dns.NewRR(`big.example.com. 60 IN TXT "a;b" "c"`)
			if err != nil {
				t.Error(err)
			}
			a.Answer = []dns.RR{rr}
		}
		if err := w.WriteMsg(a); err != nil {
			t.Error(err)
		}
	})
	p := cloud.New(cloud.Settings{ProbeDNS: []string{server}}).Prober(nil)
	got, err := p.Lookup(t.Context(), "big.example.com", dns.TypeTXT)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a;bc"}, got.Records); diff != "" {
		t.Error(diff)
	}
}

// TestLookupResolvers: the second resolver is asked when the first fails, and
// its own words are kept when all do.
func TestLookupResolvers(t *testing.T) {
	t.Parallel()
	fails := dnsServer(t, func(w dns.ResponseWriter, m *dns.Msg) {
		a := new(dns.Msg)
		a.SetRcode(m, dns.RcodeServerFailure)
		if err := w.WriteMsg(a); err != nil {
			t.Error(err)
		}
	})
	works := dnsServer(t, func(w dns.ResponseWriter, m *dns.Msg) {
		a := new(dns.Msg)
		a.SetRcode(m, dns.RcodeNameError)
		if err := w.WriteMsg(a); err != nil {
			t.Error(err)
		}
	})
	calls := &ledger{}
	got, err := cloud.New(cloud.Settings{ProbeDNS: []string{fails, works}}).Prober(calls.record).Lookup(t.Context(), "x.example.com", dns.TypeA)
	if err != nil || got.Rcode != dns.RcodeNameError || got.Server != works {
		t.Errorf("got %+v, %v", got, err)
	}
	if all := calls.all(); len(all) != 2 || all[0].Code != "SERVFAIL" {
		t.Errorf("recorded %+v", all)
	}
	_, err = cloud.New(cloud.Settings{ProbeDNS: []string{fails}}).Prober(nil).Lookup(t.Context(), "x.example.com", dns.TypeA)
	failed, ok := errors.AsType[*cloud.LookupError](err)
	if !ok || failed.Rcode != dns.RcodeServerFailure {
		t.Errorf("got %v", err)
	}
	if p := cloud.Explain(err); p.Code != "LookupFailed" || !strings.Contains(p.Said, "SERVFAIL") || !cloud.Temporary(err) {
		t.Errorf("got %+v", p)
	}
}

// TestLookupSilent: a resolver that never answers costs seconds, and is said.
func TestLookupSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var far []net.Conn
		c := cloud.New(cloud.Settings{ProbeDNS: []string{"192.0.2.53:53"}, Dial: func(context.Context, string, string) (net.Conn, error) {
			near, other := net.Pipe()
			far = append(far, other)
			return near, nil
		}})
		start := time.Now()
		_, err := c.Prober(nil).Lookup(t.Context(), "x.example.com", dns.TypeA)
		if took := time.Since(start); err == nil || took > 5*time.Second {
			t.Errorf("%v after %s", err, took)
		}
		for _, conn := range far {
			_ = conn.Close() // a pipe's Close has nothing to say
		}
	})
}

func TestNameFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, onePerPage)
	defer w.sim.Close()
	zone := w.sim.AddZone(accountID, "example.com")
	other := w.sim.AddZone("999900001111", "host.net")
	w.sim.AddRecord(zone, "example.com", "CAA", 60, `0 issue "amazon.com"`)
	w.sim.AddRecord(zone, "free.example.com", "A", 60, "192.0.2.1")
	w.sim.AddRecord(zone, "api.example.com", "CNAME", 60, "edge.host.net")
	w.sim.AddRecord(other, "edge.host.net", "A", 60, "192.0.2.2")
	w.sim.AddRecord(other, "edge.host.net", "CAA", 60, `0 issue "letsencrypt.org"`)

	a := w.open(t, "eu-west-1")
	facts := func(name string) setup.NameFacts {
		t.Helper()
		got, err := w.cloud.NameFacts(t.Context(), a, name, w.calls.record)
		if err != nil {
			t.Fatal(err)
		}
		if name != "nowhere.invalid" && len(got.NameServers) != 4 {
			t.Errorf("%s: name servers %v", name, got.NameServers)
		}
		got.NameServers = nil
		return got
	}
	for _, want := range []setup.NameFacts{
		{Name: "free.example.com", Addresses: []string{"192.0.2.1"}, ZoneApex: "example.com", CAA: []string{`0 issue "amazon.com"`}},
		{Name: "api.example.com", Addresses: []string{"192.0.2.2"}, CNAME: "edge.host.net", ZoneApex: "example.com", CAA: []string{`0 issue "letsencrypt.org"`}, CAABlocks: true},
		{Name: "new.example.com", ZoneApex: "example.com", CAA: []string{`0 issue "amazon.com"`}},
		{Name: "nowhere.invalid"},
	} {
		if diff := cmp.Diff(want, facts(want.Name)); diff != "" {
			t.Errorf("%s: %s", want.Name, diff)
		}
	}
	certificate := w.sim.AddCertificate(accountID, "us-east-1", sim.Certificate{Names: []string{"*.example.com"}})
	for _, alias := range []string{"other.example.com", "free.example.com"} {
		makeDistribution(t, a, alias, certificate)
	}
	if got := facts("free.example.com"); got.HolderID == "" {
		t.Errorf("the distribution with the alias was not found: %+v", got)
	}
	if got := facts("api.example.com"); got.HolderID != "" {
		t.Errorf("nobody has the alias, and yet: %+v", got)
	}
}

func TestCAABlocks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		set      []string
		wildcard bool
		want     bool
	}{
		{nil, false, false},
		{[]string{`0 issue "amazon.com"`}, false, false},
		{[]string{`0 issue "letsencrypt.org"`, `0 issue "AmazonTrust.com; policy=ev"`}, false, false},
		{[]string{`0 issue "letsencrypt.org"`}, false, true},
		{[]string{`0 issue ";"`}, false, true},
		{[]string{`0 issue "notamazon.com"`}, false, true},
		{[]string{`0 iodef "mailto:a@example.com"`}, false, false},
		{[]string{`0 issuewild "letsencrypt.org"`}, false, false},
		{[]string{`0 issuewild "letsencrypt.org"`}, true, true},
		{[]string{`0 issue "amazon.com"`, `0 issuewild ";"`}, true, true},
		{[]string{`0 issue "amazon.com"`}, true, false},
		{[]string{`128 tbs "x"`}, false, true},
	} {
		if got := cloud.CAABlocks(tt.set, tt.wildcard); got != tt.want {
			t.Errorf("%v, wildcard %t: got %t", tt.set, tt.wildcard, got)
		}
	}
}
