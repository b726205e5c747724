package probe_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// walked is the way to a name in the world.
func (w world) walked(t *testing.T, name string) probe.Walk {
	t.Helper()
	got, err := probe.New(w.settings, w.calls.record).Walk(t.Context(), name)
	if err != nil {
		t.Fatalf("walk to %s: %v", name, err)
	}
	return got
}

func apexes(w probe.Walk) []string {
	var list []string
	for _, c := range w.Cuts {
		list = append(list, c.Zone)
	}
	return list
}

// A walk finds the zone that holds a name by the delegations, whatever zones
// the account has.
func TestWalk(t *testing.T) {
	t.Parallel()
	const name = "api.eu.example.com"
	elsewhere := []string{"ns1.hoster.example", "ns2.hoster.example"}
	for what, tt := range map[string]struct {
		make  func(s *sim.Sim, parent string)
		zone  string // the hosted zone that somebody would take
		cuts  []string
		state setup.DelegationState
		lame  int
	}{
		"delegated": {zone: "example.com", cuts: []string{"com", "example.com"}, state: setup.DelegatedHere},
		"a sub-zone of ours": {
			make: func(s *sim.Sim, _ string) { s.AddZone(accountID, "eu.example.com") },
			zone: "eu.example.com", cuts: []string{"com", "example.com", "eu.example.com"}, state: setup.DelegatedHere,
		},
		"a sub-zone elsewhere": {
			make: func(s *sim.Sim, parent string) {
				s.AddForeignZone("eu.example.com", elsewhere...)
				s.AddRecord(parent, "eu.example.com", "NS", 300, elsewhere...)
			},
			zone: "example.com", cuts: []string{"com", "example.com", "eu.example.com"}, state: setup.DelegatedBelow,
		},
		"a sub-zone that nobody names": {
			make: func(s *sim.Sim, _ string) { s.AddZone(accountID, "eu.example.com"); s.Delegate("eu.example.com") },
			zone: "eu.example.com", cuts: []string{"com", "example.com"}, state: setup.NotDelegated,
		},
		"not delegated": {
			make: func(s *sim.Sim, _ string) { s.Delegate("example.com") },
			zone: "example.com", cuts: []string{"com"}, state: setup.NotDelegated,
		},
		"delegated to another provider": {
			make: func(s *sim.Sim, _ string) {
				s.AddForeignZone("other.test", elsewhere...)
				s.AddForeignZone("example.com", elsewhere...)
			},
			zone: "example.com", cuts: []string{"com", "example.com"}, state: setup.DelegatedElsewhere,
		},
		"lame": {
			make: func(s *sim.Sim, parent string) {
				for _, server := range s.NameServers(parent) {
					if err := s.OrderServer(sim.ServerFault{ID: server, Server: server, Kind: sim.ServerRefuses}); err != nil {
						panic(err)
					}
				}
			},
			zone: "example.com", cuts: []string{"com", "example.com"}, state: setup.DelegatedLame, lame: 4,
		},
		"half lame": {
			make: func(s *sim.Sim, parent string) {
				for i, server := range s.NameServers(parent)[:2] {
					kind := []sim.ServerFaultKind{sim.ServerSilent, sim.ServerLame}[i]
					if err := s.OrderServer(sim.ServerFault{ID: server, Server: server, Kind: kind}); err != nil {
						panic(err)
					}
				}
			},
			zone: "example.com", cuts: []string{"com", "example.com"}, state: setup.DelegatedHere, lame: 2,
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.sim.Close()
				parent := w.sim.AddZone(accountID, "example.com")
				zones := map[string]string{"example.com": parent}
				if tt.make != nil {
					tt.make(w.sim, parent)
				}
				if tt.zone != "example.com" {
					zones[tt.zone] = w.zoneID(t, tt.zone)
				}
				started := time.Now()
				got := w.walked(t, name)
				if took := time.Since(started); took > 15*time.Second {
					t.Errorf("it took %s", took)
				}
				if d := cmp.Diff(tt.cuts, apexes(got)); d != "" || !got.Direct {
					t.Errorf("it found %s; direct: %t", d, got.Direct)
				}
				state := got.Cut().To(tt.zone, w.sim.NameServers(zones[tt.zone]))
				if last := got.Last(); state != tt.state || last != nil && len(last.Lame()) != tt.lame {
					t.Errorf("it says %s of %+v, want %s", state, last, tt.state)
				}
				for _, c := range w.calls.all() {
					if strings.HasSuffix(c.Operation, " ") {
						t.Errorf("a call has no name: %+v", c)
					}
				}
			})
		})
	}
}

// zoneID is the ID of the newest hosted zone of a name.
func (w world) zoneID(t *testing.T, name string) string {
	t.Helper()
	zones, err := w.account(t).HostedZones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range zones {
		if z.Name == name {
			return z.ID
		}
	}
	t.Fatalf("no zone %s in %v", name, zones)
	return ""
}

// Where no server but the resolver can be reached, the walk goes by what that
// says, and says so. Where that is silent too, nothing is known.
func TestWalkByResolver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.sim.Close()
		w.sim.AddZone(accountID, "example.com")
		dial, closed := w.settings.Dial, false
		w.settings.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if closed || address != w.settings.DNS[0] {
				return nil, errors.New("a firewall lets nothing through")
			}
			return dial(ctx, network, address)
		}
		got := w.walked(t, "api.example.com")
		if d := cmp.Diff([]string{"com", "example.com"}, apexes(got)); d != "" || got.Direct {
			t.Errorf("it found %s; direct: %t", d, got.Direct)
		}
		closed = true
		if got, err := probe.New(w.settings, nil).Walk(t.Context(), "api.example.com"); err == nil || len(got.Cuts) > 0 {
			t.Errorf("with nobody to ask it found %+v", got)
		}
	})
}

// The record that proves a name is found at every server, and what people and
// providers do wrong with it has a name.
func TestCNAMESlips(t *testing.T) {
	t.Parallel()
	const name, value = "_x1.api.example.com", "_y2.z3.acm-validations.aws"
	for what, tt := range map[string]struct {
		records map[string][2]string // name → type, value
		order   func(s *sim.Sim, servers []string)
		want    probe.Slip
		at      string
	}{
		"there":            {records: map[string][2]string{name: {"CNAME", value}}, want: probe.NoSlip},
		"missing":          {want: probe.SlipMissing},
		"another value":    {records: map[string][2]string{name: {"CNAME", "_old.z3.acm-validations.aws"}}, want: probe.SlipOtherValue},
		"value with zone":  {records: map[string][2]string{name: {"CNAME", value + ".example.com"}}, want: probe.SlipValueZone},
		"a text":           {records: map[string][2]string{name: {"TXT", `"` + value + `"`}}, want: probe.SlipText, at: name},
		"proxied":          {records: map[string][2]string{name: {"A", "192.0.2.9"}}, want: probe.SlipFlattened, at: name},
		"doubled":          {records: map[string][2]string{name + ".example.com": {"CNAME", value}}, want: probe.SlipDoubled, at: name + ".example.com"},
		"shortened":        {records: map[string][2]string{"_x1.example.com": {"CNAME", value}}, want: probe.SlipShortened, at: "_x1.example.com"},
		"no underscore":    {records: map[string][2]string{"x1.api.example.com": {"CNAME", value}}, want: probe.SlipUnderscored, at: "x1.api.example.com"},
		"only a wildcard":  {records: map[string][2]string{"*.example.com": {"A", "192.0.2.9"}}, want: probe.SlipMissing},
		"a wildcard CNAME": {records: map[string][2]string{"*.example.com": {"CNAME", "www.example.net"}}, want: probe.SlipMissing},
		"at one server": {
			records: map[string][2]string{name: {"CNAME", value}}, want: probe.SlipPartly,
			order: func(s *sim.Sim, servers []string) {
				must(s.OrderServer(sim.ServerFault{ID: "stale", Server: servers[1], Kind: sim.ServerStale}))
			},
		},
		"nobody answers": {
			records: map[string][2]string{name: {"CNAME", value}}, want: probe.SlipUnread,
			order: func(s *sim.Sim, servers []string) {
				for _, server := range servers {
					must(s.OrderServer(sim.ServerFault{ID: server, Server: server, Kind: sim.ServerFails}))
				}
				for _, r := range s.Resolvers() {
					must(s.SetResolver(sim.Resolver{Address: r, Behavior: sim.ResolverFails}))
				}
			},
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.sim.Close()
				servers := []string{"ns1.hoster.example", "ns2.hoster.example"}
				zone := w.sim.AddForeignZone("example.com", servers...)
				walk := w.walked(t, name)
				if tt.order != nil {
					tt.order(w.sim, servers)
				}
				for at, r := range tt.records {
					w.sim.AddRecord(zone, at, r[0], 300, r[1])
				}
				got := probe.New(w.settings, nil).CNAME(t.Context(), walk, name+".", value+".")
				if got.Slip != tt.want || got.At != tt.at || got.There() != (tt.want == probe.NoSlip) {
					t.Errorf("it says %q at %q, with %v, without %v, seen %v", got.Slip, got.At, got.With, got.Without, got.Seen)
				}
				cause, hosted := got.Cause(probe.Hosted{}), got.Cause(probe.Hosted{Apex: "example.com", Servers: []string{"ns9.other.example"}})
				unsure, ours := got.Cause(probe.Hosted{Apex: "example.com"}), got.Cause(probe.Hosted{Apex: "example.com", Servers: servers})
				switch {
				case (tt.want == probe.SlipMissing || tt.want == probe.SlipOtherValue) && (len(unsure.Or) != 1 || len(ours.Or) != 0 || ours.Symptom != cause.Symptom):
					t.Errorf("without the hosted zone's servers it says %+v, and with them %+v", unsure, ours)
				case tt.want == probe.NoSlip:
					if cause != nil || hosted != nil {
						t.Errorf("nothing is wrong, and it says %+v, %+v", cause, hosted)
					}
				case cause == nil || hosted == nil || strings.ContainsAny(cause.Problem.Why+cause.Problem.Fix+hosted.Problem.Why+hosted.Problem.Fix, "{}"):
					t.Errorf("it says %+v", cause)
				case (tt.want == probe.SlipMissing || tt.want == probe.SlipOtherValue) && (hosted.Setting != setup.SettingDelegation || cause.Setting != setup.SettingValidationRecord):
					t.Errorf("of a record that a hosted zone has, and nobody finds, it says %+v", hosted)
				case tt.want == probe.SlipFlattened && cause.Setting != setup.SettingProxy, cause.Passing != (tt.want == probe.SlipPartly):
					t.Errorf("it says %+v", cause)
				}
			})
		})
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// A resolver that remembers is told apart from a record that is wrong, with the
// time for which it may remember.
func TestTrafficAtEveryServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldAt(t, sim.Config{Pace: sim.Pace{Resolver: 72 * time.Hour}})
		defer w.sim.Close()
		w.settings.DNS = nil
		for _, r := range w.sim.Resolvers()[1:] {
			w.settings.DNS = append(w.settings.DNS, net.JoinHostPort(r, "53"))
		}
		zone := w.sim.AddForeignZone("example.com")
		target := "d1.front.test"
		w.sim.AddRecord(w.sim.AddForeignZone("front.test"), target, "A", 60, "192.0.2.77")
		w.sim.AddRecord(zone, "api.example.com", "A", 172800, "192.0.2.1")
		p := probe.New(w.settings, nil)
		walk := w.walked(t, "api.example.com")
		look := func() probe.Traffic { return p.Traffic(t.Context(), walk, "api.example.com", target) }
		if got := look(); len(got.Other) == 0 || len(got.Right) > 0 || len(got.Old) == 0 {
			t.Errorf("before the move: %+v", got)
		}
		w.sim.AddRecord(zone, "api.example.com", "A", 60)
		w.sim.AddRecord(zone, "api.example.com", "CNAME", 60, target)
		time.Sleep(time.Hour)
		got := look()
		if len(got.Other) > 0 || len(got.Right) != 2 || len(got.Old) != 3 || got.Until != 47*time.Hour || !slices.Equal(got.Leads, []string{"192.0.2.1"}) {
			t.Errorf("after the move: other %v, right %v, old %v until %s, leads %v", got.Other, got.Right, got.Old, got.Until, got.Leads)
		}
		time.Sleep(48 * time.Hour)
		if got := look(); len(got.Old) > 0 || got.Until > 0 || len(got.Right) != 5 {
			t.Errorf("after two days: right %v, old %v until %s", got.Right, got.Old, got.Until)
		}
		// A that leads to the target, and AAAA that leads elsewhere.
		w.sim.AddRecord(zone, "api.example.com", "CNAME", 60)
		w.sim.AddRecord(zone, "api.example.com", "A", 60, "192.0.2.77")
		w.sim.AddRecord(zone, "api.example.com", "AAAA", 60, "2001:db8::9")
		time.Sleep(time.Hour)
		if got := look(); !got.Families || len(got.Other) == 0 || got.Nowhere() {
			t.Errorf("with families that disagree: %+v", got)
		}
		// No record at all, and then one that leads to nothing.
		w.sim.AddRecord(zone, "api.example.com", "A", 60)
		w.sim.AddRecord(zone, "api.example.com", "AAAA", 60)
		time.Sleep(time.Hour)
		if got := look(); !got.Nowhere() {
			t.Errorf("without a record: %+v", got)
		}
		w.sim.AddRecord(zone, "api.example.com", "CNAME", 60, "gone.front.test")
		time.Sleep(time.Hour)
		if got := look(); !got.Nowhere() {
			t.Errorf("with a record that leads to nothing: %+v", got)
		}
	})
}

// Resolvers remember that a name was not there, for as long as the zone says.
func TestAbsenceIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldAt(t, sim.Config{Pace: sim.Pace{Resolver: 72 * time.Hour}})
		defer w.sim.Close()
		zone := w.sim.AddForeignZone("example.com") // its SOA record says 1,800 s
		target := "d1.front.test"
		w.sim.AddRecord(w.sim.AddForeignZone("front.test"), target, "A", 60, "192.0.2.77")
		p := probe.New(w.settings, nil)
		walk := w.walked(t, "new.example.com")
		if got := p.Traffic(t.Context(), walk, "new.example.com", target); len(got.None) != 3 || got.Until != 30*time.Minute {
			t.Errorf("of a name that is not there: none %v until %s", got.None, got.Until)
		}
		if got := p.CNAME(t.Context(), walk, "_x.new.example.com", "_y.test"); got.Slip != probe.SlipMissing || got.Until != 30*time.Minute {
			t.Errorf("of a record that is not there: %q until %s", got.Slip, got.Until)
		}
		w.sim.AddRecord(zone, "new.example.com", "CNAME", 60, target)
		w.sim.AddRecord(zone, "_x.new.example.com", "CNAME", 60, "_y.test")
		time.Sleep(10 * time.Minute)
		if got := p.Traffic(t.Context(), walk, "new.example.com", target); len(got.Right) != 2 || len(got.None) != 1 || got.Until != 20*time.Minute {
			t.Errorf("ten minutes after it was added: right %v, none %v until %s", got.Right, got.None, got.Until)
		}
		if got := p.CNAME(t.Context(), walk, "_x.new.example.com", "_y.test"); !got.There() || got.Until != 20*time.Minute {
			t.Errorf("ten minutes after it was added: %q until %s", got.Slip, got.Until)
		}
		time.Sleep(20 * time.Minute)
		if got := p.CNAME(t.Context(), walk, "_x.new.example.com", "_y.test"); !got.There() || got.Until != 0 {
			t.Errorf("when nobody remembers: %q until %s", got.Slip, got.Until)
		}
	})
}

// A server that answers, but not for its own zone, is no authority: the next one
// is asked, and its answer counts for nothing.
func TestAnswersWithoutAuthority(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := 0
	server := dnsServer(t, func(out dns.ResponseWriter, m *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(m)
		add := func(list *[]dns.RR, text string) {
			rr, err := dns.NewRR(text)
			if err != nil {
				t.Error(err)
			}
			*list = append(*list, rr)
		}
		mu.Lock()
		defer mu.Unlock()
		switch q := m.Question[0]; {
		case q.Name == "." && q.Qtype == dns.TypeNS:
			add(&a.Answer, ". 60 IN NS root.test.")
		case q.Qtype == dns.TypeA:
			add(&a.Answer, q.Name+" 60 IN A 127.0.0.1")
		case q.Qtype == dns.TypeNS && q.Name == "test.":
			add(&a.Ns, "test. 60 IN NS ns1.test.")
			add(&a.Ns, "test. 60 IN NS ns2.test.")
		case q.Qtype == dns.TypeNS && q.Name == "x.test.":
			if asked++; asked > 1 { // the first answer is that of a server which only passes on what it knows
				add(&a.Ns, "x.test. 60 IN NS ns.x.test.")
			}
		case q.Qtype == dns.TypeCNAME:
			add(&a.Answer, q.Name+" 60 IN CNAME other.test.")
		}
		if err := out.WriteMsg(a); err != nil {
			t.Error(err)
		}
	})
	p := probe.New(probe.Settings{DNS: []string{server}, AllowPrivate: true}, nil)
	w, err := p.Walk(t.Context(), "x.test")
	if err != nil || !slices.Equal(apexes(w), []string{"test", "x.test"}) {
		t.Fatalf("it walked %v, %v", apexes(w), err)
	}
	for _, v := range p.Views(t.Context(), w, "x.test", dns.TypeCNAME) {
		if v.Resolver != (v.Err == nil) {
			t.Errorf("%s, resolver %t: %v", v.Server, v.Resolver, v.Err)
		}
	}
}
