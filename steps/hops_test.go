package steps

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// survey looks at all as a check does: at every step, and at the name by where DNS
// leads.
func (p *patient) survey() *Survey {
	p.t.Helper()
	s := &Survey{}
	looked := func(step Step) Observation {
		e := p.env(step.ID)
		e.Thorough = true
		o, err := p.lookIn(e, step)
		if err != nil {
			p.t.Logf("%s: %v", step.ID, err)
			return o
		}
		s.Seen = append(s.Seen, Observed{Step: step, Obs: o, Out: e.Outside()})
		return o
	}
	for i, step := range Needed(For(setup.JobApply), p.setup.Spec) {
		switch {
		case Rows(setup.JobApply, p.setup.Spec)[i].Skip != "", step.Mark == setup.MarkLive, step.Mark == setup.MarkPreview:
		case step.Mark == setup.MarkTraffic:
			s.Here = setup.YesIf(looked(step).State == Ready)
		default:
			looked(step)
		}
	}
	if s.Here == setup.Yes {
		looked(p.step("live"))
	} else {
		looked(p.step("preview"))
		e := p.env("live")
		WhereTo(p.t.Context(), e)
		out := e.Outside()
		s.Leads = &out
	}
	s.Env = p.env("")
	s.Findings = Findings(s.Seen)
	return s
}

// states are the states of hops as letters: r right, w wrong, d differs, ? not known.
func states(hops []setup.Hop) (text string) {
	for _, h := range hops {
		text += map[setup.HopState]string{setup.HopRight: "r", setup.HopWrong: "w", setup.HopDiffers: "d", setup.HopUnknown: "?", setup.HopAway: "a"}[h.State]
	}
	return text
}

// whereMet are the hops at which a request meets what is wrong, by the words of the
// corpus: from the caller on 0 is DNS, 1 CloudFront as callers see it, 2 what CloudFront
// does to reach the custom domain, and the custom domain itself, 3 the paths behind it.
var whereMet = map[string]int{
	"traffic-record": 0, "delegation": 0, "proxy": 0,
	"alias": 1, "edge-certificate": 1, "enabled": 1, "deployed": 1, "methods": 1, "cache-key": 1, "caching": 1, "viewer-protocol": 1, "viewer-tls": 1,
	"firewall": 1, "restriction": 1, "error-pages": 1, "edge-function": 1, "ipv6": 1,
	"origin-protocol": 2, "origin-domain": 2, "host-header": 2, "origin-path": 2, "origin-tls": 2, "origin-timeout": 2, "forwarding": 2,
	"custom-domain": 2, "regional-certificate": 2, "domain-tls": 2, "domain-mtls": 2,
	"mapping": 3, "route": 3, "routing-mode": 3, "api-access": 3, "api-policy": 3, "backend": 3, "throttling": 3,
}

// Of each broken world the hop at which a request meets the fault is not right, and no
// other hop is wrong; in healthy ones none is. APIFRONT_LAWS=all takes every world.
func TestHopsOfTheCorpus(t *testing.T) {
	quietly(t)
	every := 7
	if os.Getenv("APIFRONT_LAWS") == "all" {
		every = 1
	}
	for i, c := range corpus() {
		if i%every != 0 {
			continue
		}
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &patient{newWorldIn(t, sim.Config{Pace: sim.RealPace(), PageSize: 1, Log: t.Logf}, nil)}
				if c.made != nil {
					c.made(p)
				}
				p.mustRunAll(setup.JobApply)
				for _, do := range c.done {
					do(p)
				}
				s := p.survey()
				hops := s.Hops()
				is := states(hops)
				may := map[int]bool{}
				for _, word := range strings.Fields(c.want + " " + c.live) {
					met := false
					for _, one := range strings.Split(strings.TrimPrefix(word, "~"), "|") {
						at, known := whereMet[one]
						if !known {
							met = true
							continue
						}
						may[at] = true
						met = met || is[at] != 'r'
					}
					if !met {
						t.Errorf("%s is broken, and the hops are %s", word, is)
					}
				}
				for _, f := range s.Findings { // what AWS shows to differ, though no request meets it
					if at := slices.Index(setup.Parts(), f.Hop()); at >= 0 {
						may[at] = true
					}
				}
				for at, h := range hops {
					if (h.State == setup.HopWrong || h.State == setup.HopDiffers) && !may[at] {
						t.Errorf("hop %s is %s, and %q is broken: %s %s", h.Part, is, c.want, h.Claim, h.Text)
					}
				}
				if c.want == "" && c.live == "" && !c.name && strings.ContainsAny(is, "w") {
					t.Errorf("a healthy world: %s", is)
				}
				t.Logf("%s: %q %q %+v", is, c.want, c.live, hops)
				time.Sleep(time.Minute)
			})
		})
	}
}

// ownLooks are the looks without which a hop is not known: what asks the thing itself.
// Of preview and live one has asked.
var ownLooks = map[setup.Part][]string{
	setup.PartName:    {"dns", "live"},
	setup.PartEdge:    {"distribution", "deployed", "live"},
	setup.PartOrigin:  {"distribution", "domain", "live"},
	setup.PartGateway: {"mappings", "live"},
}

// No hop is right without a look of its own: of every set of looks of a healthy world,
// exactly those hops are right whose own looks are among them.
func TestNoHopIsRightWithoutALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &patient{newWorld(t, sim.RealPace(), nil)}
		p.mustRunAll(setup.JobApply)
		whole := p.survey()
		if is := states(whole.Hops()); is != "rrrr" {
			t.Fatalf("a healthy world: %s %+v", is, whole.Hops())
		}
		names := []string{"dns", "distribution", "deployed", "domain", "mappings", "live"}
		for set := range 1 << len(names) {
			in := func(id string) bool { i := slices.Index(names, id); return i < 0 || set&(1<<i) != 0 }
			part := *whole
			part.Seen = slices.DeleteFunc(slices.Clone(whole.Seen), func(o Observed) bool { return !in(string(o.Step.ID)) })
			if !in("dns") {
				part.Here = setup.Unknown
			}
			for _, h := range part.Hops() {
				want := !slices.ContainsFunc(ownLooks[h.Part], func(id string) bool { return !in(id) })
				if right := h.State == setup.HopRight; right != want {
					t.Errorf("of %06b %s is right: %t, want %t: %s %s", set, h.Part, right, want, h.Claim, h.Text)
				}
			}
		}
		// A look that was made and got no answer is none.
		mute := *whole
		mute.Seen = slices.Clone(whole.Seen)
		for i := range mute.Seen {
			mute.Seen[i].Out = Outside{}
		}
		if is := states(mute.Hops()); is != "????" {
			t.Errorf("nothing was heard from outside: %s", is)
		}
		time.Sleep(time.Minute)
	})
}

// A name that has no record at all is not said to lead elsewhere.
func TestANameWithoutRecordLeadsNowhere(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain.Name, spec.Domain.DNS, spec.Domain.Switch = "api.example.com", setup.DNSElsewhere, setup.SwitchLater
	for claim, seen := range map[string][]string{"No record yet": nil, "Leads elsewhere": {"203.0.113.40"}} {
		s := &Survey{Here: setup.No, Env: &Env{Setup: setup.Setup{Spec: spec}}, Seen: []Observed{{Step: dnsStep(), Obs: Observation{Records: []setup.Record{{Type: "A", Seen: seen}}}}}}
		if h := s.nameHop(); h.Claim != claim || h.State != setup.HopAway {
			t.Errorf("seen %v: %+v", seen, h)
		}
	}
}
