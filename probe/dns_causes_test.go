package probe_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// A traffic world has a name at a foreign provider that is to lead to a host.
type trafficWorld struct {
	world
	t       *testing.T
	zone    string
	servers []string
}

const frontHost, oldHost = "192.0.2.77", "192.0.2.1"

// What is wrong with the records of a name has a cause of its own, and what goes
// away by waiting is told apart from what does not.
func TestTrafficCauses(t *testing.T) {
	t.Parallel()
	const name = "api.example.com"
	set := func(kind string, values ...string) func(trafficWorld) {
		return func(w trafficWorld) { w.sim.AddRecord(w.zone, name, kind, 300, values...) }
	}
	both := func(list ...func(trafficWorld)) func(trafficWorld) {
		return func(w trafficWorld) {
			for _, do := range list {
				do(w)
			}
		}
	}
	trouble := func(kind sim.ServerFaultKind, n int) func(trafficWorld) {
		return func(w trafficWorld) {
			for _, s := range w.servers[:n] {
				must(w.sim.OrderServer(sim.ServerFault{ID: s, Server: s, Kind: kind}))
			}
		}
	}
	remembered := func(w trafficWorld) {
		for _, r := range w.settings.DNS {
			asking := w.settings
			asking.DNS = []string{r}
			_, _ = probe.New(asking, nil).Lookup(w.t.Context(), name, dns.TypeA) // what it says is of no interest, only that it remembers
		}
	}
	for what, tt := range map[string]struct {
		before, after func(trafficWorld)
		hosted        string
		want          string
		setting       setup.Setting
		passing       bool
		says          string
	}{
		"right":                           {after: set("CNAME", "d1.front.test")},
		"by addresses":                    {after: set("A", frontHost)},
		"no record":                       {want: "traffic-none", setting: setup.SettingTrafficRecord},
		"no record where anybody asks":    {hosted: "sub.example.com", want: "zone-not-asked", setting: setup.SettingDelegation},
		"the old server":                  {after: set("A", oldHost), want: "traffic-elsewhere", setting: setup.SettingTrafficRecord, says: oldHost},
		"the old server, by another zone": {after: set("A", oldHost), hosted: "sub.example.com", want: "zone-not-asked", setting: setup.SettingDelegation},
		"the old server, in our own zone": {after: set("A", oldHost), hosted: "example.com", want: "traffic-elsewhere", setting: setup.SettingTrafficRecord},
		"only one family":                 {after: both(set("A", frontHost), set("AAAA", "2001:db8::9")), want: "traffic-families", setting: setup.SettingTrafficRecord},
		"on its way": {
			before: set("A", oldHost), after: both(trouble(sim.ServerStale, 1), set("A", frontHost)),
			want: "traffic-being-published", setting: setup.SettingTrafficRecord, passing: true,
		},
		"remembered": {
			before: both(set("A", oldHost), remembered), after: set("A", frontHost),
			want: "traffic-remembered", setting: setup.SettingTrafficRecord, passing: true, says: "5 min",
		},
		"absence remembered": {
			before: remembered, after: set("A", frontHost),
			want: "traffic-absence-remembered", setting: setup.SettingTrafficRecord, passing: true, says: "30 min",
		},
		"silent servers": {after: both(set("A", frontHost), trouble(sim.ServerSilent, 2)), want: "servers-silent", setting: setup.SettingDelegation},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := trafficWorld{t: t, world: newWorldAt(t, sim.Config{Pace: sim.Pace{Resolver: 72 * time.Hour}}), servers: []string{"ns1.hoster.example", "ns2.hoster.example"}}
				defer w.sim.Close()
				defer time.Sleep(time.Minute) // until silent servers have given up
				w.settings.DNS = w.sim.Resolvers()[1:]
				w.zone = w.sim.AddForeignZone("example.com", w.servers...)
				w.sim.AddRecord(w.sim.AddForeignZone("front.test"), "d1.front.test", "A", 60, frontHost)
				walk := w.walked(t, name)
				for _, do := range []func(trafficWorld){tt.before, tt.after} {
					if do != nil {
						do(w)
					}
				}
				got := probe.New(w.settings, nil).Traffic(t.Context(), walk, name, "d1.front.test").Cause(probe.Hosted{Apex: tt.hosted})
				if got == nil {
					got = &setup.Cause{}
				}
				if got.Symptom != tt.want || got.Setting != tt.setting || got.Passing != tt.passing {
					t.Fatalf("it says %+v", got)
				}
				if p := got.Problem; p != nil && (strings.ContainsAny(p.Why+p.Fix, "{}") || !strings.Contains(p.Why, tt.says)) {
					t.Errorf("it says %s %s", p.Why, p.Fix)
				}
			})
		})
	}
}

// What to do about silent name servers depends on whose they are.
func TestRepairOfSilentServers(t *testing.T) {
	t.Parallel()
	look := probe.RecordLook{Slip: probe.SlipUnread, Name: "_x.api.example.com", Zone: "example.com", Servers: []string{"ns-1.awsdns-01.com"}}
	for _, c := range []struct {
		hosted probe.Hosted
		fix    string
	}{
		{probe.Hosted{}, "Look at why these name servers do not answer."},
		{probe.Hosted{Apex: "example.com"}, "Look at why these name servers do not answer."},
		{probe.Hosted{Apex: "example.com", Servers: []string{"ns-1.awsdns-01.com"}}, "so nothing is to be set"},
		{probe.Hosted{Apex: "example.com", Servers: []string{"ns-9.awsdns-09.com"}}, "Set the name servers of example.com"},
	} {
		got := look.Cause(c.hosted)
		if got == nil || got.Symptom != "servers-silent" || !strings.Contains(got.Problem.Fix, c.fix) {
			t.Errorf("%+v: %+v", c.hosted, got)
		}
	}
}
