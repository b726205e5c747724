package doctor_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"apifront/cloud/sim"
	"apifront/doctor"
	"apifront/setup"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// What the list of hosted zones and the facts of a name say of a delegation, in
// every form in which it can be wrong.
func TestDelegations(t *testing.T) {
	t.Parallel()
	const name = "api.eu.example.com"
	elsewhere := []string{"ns1.hoster.example", "ns2.hoster.example"}
	fault := func(s *sim.Sim, servers []string, kind sim.ServerFaultKind) {
		for _, server := range servers {
			must(s.OrderServer(sim.ServerFault{ID: server, Server: server, Zone: "example.com", Kind: kind}))
		}
	}
	for what, tt := range map[string]struct {
		make func(w *world, zone string) (other string) // zone: of example.com; other: another zone that is looked at
		apex string                                     // that DNS leads to for the name
		// What the cut says of the zone, and the list; other is looked at if there is one.
		toName, toZone setup.DelegationState
		refused        string // the zone's; "": it can be used
		unsure         string
		lame, silent   int
		resolver       bool // only resolvers could be asked
	}{
		"delegated": {apex: "example.com", toName: setup.DelegatedHere, toZone: setup.DelegatedHere},
		"a sub-zone elsewhere": {
			make: func(w *world, zone string) string {
				w.sim.AddForeignZone("eu.example.com", elsewhere...)
				w.sim.AddRecord(zone, "eu.example.com", "NS", 300, elsewhere...)
				return ""
			},
			apex: "eu.example.com", toName: setup.DelegatedBelow, toZone: setup.DelegatedHere,
		},
		"a sub-zone of ours that nobody names": {
			make: func(w *world, _ string) string {
				id := w.sim.AddZone(accountID, "eu.example.com")
				w.sim.Delegate("eu.example.com")
				return id
			},
			apex: "example.com", toName: setup.NotDelegated, toZone: setup.NotDelegated,
			refused: "the zone example.com above it names no name servers",
		},
		"a twin": {
			make: func(w *world, _ string) string { return w.sim.AddTwinZone(accountID, "example.com") },
			apex: "example.com", toName: setup.DelegatedElsewhere, toZone: setup.DelegatedElsewhere,
			refused: "There is another zone of this name",
		},
		"another provider": {
			make: func(w *world, _ string) string { w.sim.AddForeignZone("example.com", elsewhere...); return "" },
			apex: "example.com", toName: setup.DelegatedElsewhere, toZone: setup.DelegatedElsewhere,
			refused: "DNS leads to other name servers (ns1.hoster.example, ns2.hoster.example)",
		},
		"not delegated": {
			make: func(w *world, _ string) string { w.sim.Delegate("example.com"); return "" },
			apex: "com", toName: setup.NotDelegated, toZone: setup.NotDelegated,
			refused: "the zone com above it names no name servers",
		},
		"delegated in part": {
			make: func(w *world, zone string) string {
				w.sim.AddForeignZone("other.test", elsewhere...)
				w.sim.Delegate("example.com", append(w.sim.NameServers(zone)[:2:2], elsewhere[0])...)
				return ""
			},
			apex: "example.com", toName: setup.DelegatedPartly, toZone: setup.DelegatedPartly, lame: 1,
		},
		"lame": {
			make: func(w *world, zone string) string {
				fault(w.sim, w.sim.NameServers(zone), sim.ServerRefuses)
				return ""
			},
			apex: "example.com", toName: setup.DelegatedLame, toZone: setup.DelegatedLame, lame: 4,
			refused: "DNS leads to name servers that do not answer for it",
		},
		"silent": {
			make: func(w *world, zone string) string {
				fault(w.sim, w.sim.NameServers(zone), sim.ServerSilent)
				return ""
			},
			apex: "example.com", toName: setup.DelegatedLame, toZone: setup.DelegatedLame, silent: 4,
			unsure: "Some of its name servers did not answer",
		},
		"half lame": {
			make: func(w *world, zone string) string {
				fault(w.sim, w.sim.NameServers(zone)[:1], sim.ServerLame)
				fault(w.sim, w.sim.NameServers(zone)[1:2], sim.ServerSilent)
				return ""
			},
			apex: "example.com", toName: setup.DelegatedHere, toZone: setup.DelegatedHere, lame: 1, silent: 1,
		},
		"a private zone": {
			make: func(w *world, _ string) string { return w.sim.AddPrivateZone(accountID, "eu.example.com") },
			apex: "example.com", toName: setup.DelegationUnknown, refused: "private",
		},
		"the first resolver is broken": {
			make: func(w *world, _ string) string {
				must(w.sim.SetResolver(sim.Resolver{Address: w.sim.Resolvers()[0], Behavior: sim.ResolverFails}))
				w.settings.DNS = append(w.settings.DNS, w.sim.Resolvers()[1])
				return ""
			},
			apex: "example.com", toName: setup.DelegatedHere, toZone: setup.DelegatedHere,
		},
		"no root server is reached": {
			make: func(w *world, _ string) string { w.onlyResolvers(); return "" },
			apex: "example.com", toName: setup.DelegatedHere, toZone: setup.DelegatedHere, resolver: true,
		},
		"no root server is reached, and a twin": {
			make: func(w *world, _ string) string {
				w.onlyResolvers()
				return w.sim.AddTwinZone(accountID, "example.com")
			},
			apex: "example.com", toName: setup.DelegatedElsewhere, toZone: setup.DelegatedElsewhere, resolver: true,
			unsure: "Only resolvers could be asked",
		},
		"no root server is reached, and no delegation": {
			make: func(w *world, _ string) string { w.onlyResolvers(); w.sim.Delegate("example.com"); return "" },
			apex: "com", toName: setup.NotDelegated, toZone: setup.NotDelegated, resolver: true,
			unsure: "Only resolvers could be asked",
		},
		"resolvers know the twin that was": { // name servers are asked, and say what is
			make: func(w *world, _ string) string {
				w.sim.AddForeignZone("example.com", elsewhere...)
				if a, err := w.prober().Lookup(context.Background(), "example.com", 2); err != nil || len(a.Records) != 2 {
					panic("the resolver does not know the twin")
				}
				id := w.sim.AddZone(accountID, "example.com")
				w.sim.Delegate("example.com", w.sim.NameServers(id)...)
				return id
			},
			apex: "example.com", toName: setup.DelegatedHere, toZone: setup.DelegatedHere,
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 0)
				defer w.sim.Close()
				id := w.sim.AddZone(accountID, "example.com")
				if tt.make != nil {
					if other := tt.make(&w, id); other != "" {
						id = other
					}
				}
				started := time.Now()
				facts, err := doctor.NameFacts(t.Context(), w.prober(), nil, name)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(started); took > 15*time.Second {
					t.Errorf("the facts took %s", took)
				}
				started = time.Now()
				zones, err := doctor.Zones(t.Context(), w.prober(), w.account)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(started); took > 18*time.Second {
					t.Errorf("the zones took %s", took)
				}
				var z setup.Zone
				for _, one := range zones {
					if one.ID == id {
						z = one
					}
				}
				c := facts.Cut
				if c == nil || c.Apex != tt.apex || c.Direct == tt.resolver || len(c.Lame) != tt.lame || len(c.Silent) != tt.silent || facts.ZoneApex != tt.apex {
					t.Fatalf("the cut is %+v of %q", c, facts.ZoneApex)
				}
				if _, parent, _ := strings.Cut(tt.apex, "."); c.Parent != parent {
					t.Errorf("the zone above %s is %q", c.Apex, c.Parent)
				}
				if !z.Private && c.To(z.Name, z.NameServers) != tt.toName {
					t.Errorf("the name: %s of %+v", c.To(z.Name, z.NameServers), c)
				}
				here := tt.toZone == setup.DelegatedHere || tt.toZone == setup.DelegatedPartly
				if z.State != tt.toZone || z.Delegated != here || (z.Refused == "") != (tt.refused == "") || !strings.Contains(z.Refused, tt.refused) || (z.Unsure == "") != (tt.unsure == "") || !strings.Contains(z.Unsure, tt.unsure) {
					t.Errorf("the zone: %+v", z)
				}
			})
		})
	}
}

// onlyResolvers lets nothing through to name servers.
func (w *world) onlyResolvers() {
	dial := w.settings.Dial
	w.settings.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != w.settings.DNS[0] {
			return nil, errors.New("a firewall lets nothing through")
		}
		return dial(ctx, network, address)
	}
}

// With hundreds of zones that DNS does not lead to, the number of questions and
// the time have a bound, also where nobody answers, and what was not asked is not
// known.
func TestManyZonesInDoubt(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 0)
			defer w.sim.Close()
			const many = 300
			for i := range many {
				w.sim.AddTwinZone(accountID, "zone"+strings.Repeat("x", i%50)+strings.Repeat("y", i/50)+".com")
			}
			if silent {
				w.settings.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
			}
			before, started := len(w.calls.all()), time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // Route 53 answers five calls a second
			defer cancel()
			zones, err := doctor.Zones(ctx, w.prober(), w.account)
			if err != nil {
				t.Fatal(err)
			}
			questions := 0
			for _, c := range w.calls.all()[before:] {
				if c.Service == "dns" {
					questions++
				}
			}
			refused, unsure := 0, 0
			for _, z := range zones {
				switch {
				case z.Refused != "" && z.State == setup.NotDelegated:
					refused++
				case z.Unsure != "" && !z.Delegated:
					unsure++
				}
			}
			t.Logf("silent %t: %d questions, %d refused, %d unsure, after %s", silent, questions, refused, unsure, time.Since(started))
			if took := time.Since(started); took > 11*time.Second {
				t.Errorf("it took %s", took)
			}
			if want := 40; questions > many+15*want || !silent && refused != want || refused+unsure != many {
				t.Errorf("%d questions, %d refused, %d unsure", questions, refused, unsure)
			}
		})
	}
}
