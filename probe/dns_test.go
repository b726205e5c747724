package probe_test

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

	"apifront/probe"
	"apifront/setup"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.sim.Close()
		zone := w.sim.AddZone(accountID, "example.com")
		w.sim.AddRecord(zone, "api.example.com", "A", 60, "192.0.2.1", "192.0.2.2")
		other := w.sim.AddZone(accountID, "example.net")
		w.sim.AddRecord(other, "api.example.net", "A", 60, "192.0.2.1", "192.0.2.2")
		w.sim.AddRecord(zone, "www.example.com", "CNAME", 300, "api.example.net")
		p := probe.New(w.settings, w.calls.record)
		tests := []struct {
			name  string
			qtype uint16
			want  probe.Answer
		}{
			{"API.example.com.", dns.TypeA, probe.Answer{Name: "api.example.com", Records: []string{"192.0.2.1", "192.0.2.2"}, TTL: time.Minute}},
			{"www.example.com", dns.TypeA, probe.Answer{Name: "www.example.com", Records: []string{"192.0.2.1", "192.0.2.2"}, CNAMEs: []string{"api.example.net"}, TTL: time.Minute}},
			{"www.example.com", dns.TypeCNAME, probe.Answer{Name: "www.example.com", Records: []string{"api.example.net"}, TTL: 5 * time.Minute}},
			{"api.example.com", dns.TypeTXT, probe.Answer{Name: "api.example.com"}},
			{"none.example.com", dns.TypeA, probe.Answer{Name: "none.example.com", Rcode: dns.RcodeNameError}},
		}
		for _, tt := range tests {
			for way, ask := range map[string]func(context.Context, string, uint16) (probe.Answer, error){"resolver": p.Lookup, "authoritative": p.Authoritative} {
				got, err := ask(t.Context(), tt.name, tt.qtype)
				if err != nil {
					t.Fatalf("%s: %v", way, err)
				}
				want := tt.want
				if way == "authoritative" && len(want.CNAMEs) > 0 {
					want.Records, want.TTL = nil, 5*time.Minute // another zone has the target
				}
				got.Type, got.Zone, got.NS, got.Server = 0, "", nil, ""
				got.Authoritative, got.Referral, got.Glue, got.Negative = false, "", nil, 0
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
	w := newWorld(t)
	defer w.sim.Close()
	w.sim.AddZone(accountID, "example.com")
	child := w.sim.AddZone(accountID, "eu.example.com")
	p := probe.New(w.settings, nil)
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

// dnsServer starts a DNS server on loopback over UDP and TCP, and returns its
// address.
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

// bothPorts listens on the same port over UDP and TCP. If the port that is free
// for UDP is in use for TCP, it tries another one.
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

// TestLookupTruncated: Lookup asks again over TCP if the answer does not fit
// into a packet.
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
	p := probe.New(probe.Settings{DNS: []string{server}}, nil)
	got, err := p.Lookup(t.Context(), "big.example.com", dns.TypeTXT)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a;bc"}, got.Records); diff != "" {
		t.Error(diff)
	}
}

// TestLookupResolvers: Lookup asks the second resolver if the first one fails.
// If all fail, the error says what the last one answered.
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
	got, err := probe.New(probe.Settings{DNS: []string{fails, works}}, calls.record).Lookup(t.Context(), "x.example.com", dns.TypeA)
	if err != nil || got.Rcode != dns.RcodeNameError || got.Server != works {
		t.Errorf("got %+v, %v", got, err)
	}
	if all := calls.all(); len(all) != 2 || all[0].Code != "SERVFAIL" {
		t.Errorf("recorded %+v", all)
	}
	_, err = probe.New(probe.Settings{DNS: []string{fails}}, nil).Lookup(t.Context(), "x.example.com", dns.TypeA)
	failed, ok := errors.AsType[*probe.LookupError](err)
	if !ok || failed.Rcode != dns.RcodeServerFailure {
		t.Errorf("got %v", err)
	}
	if p := failed.Problem(); p.Code != "LookupFailed" || !strings.Contains(p.Said, "SERVFAIL") || !failed.Temporary() {
		t.Errorf("got %+v", p)
	}
}

// TestLookupSilent: with a resolver that never answers, Lookup takes seconds at
// most, and the error says so.
func TestLookupSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var far []net.Conn
		p := probe.New(probe.Settings{DNS: []string{"192.0.2.53:53"}, Dial: func(context.Context, string, string) (net.Conn, error) {
			near, other := net.Pipe()
			far = append(far, other)
			return near, nil
		}}, nil)
		start := time.Now()
		_, err := p.Lookup(t.Context(), "x.example.com", dns.TypeA)
		if took := time.Since(start); err == nil || took > 5*time.Second {
			t.Errorf("%v after %s", err, took)
		}
		for _, conn := range far {
			_ = conn.Close() // Close of a pipe returns no error
		}
	})
}
