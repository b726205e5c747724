package steps

import (
	"testing"
	"testing/synctest"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A wildcard is adopted as any name: nothing differs of what a job made, a job and a check
// leave it as it is, and its teardown leaves nothing of it.
func TestAdoptAWildcard(t *testing.T) {
	quietly(t)
	for _, route53 := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			p := &patient{newWorldIn(t, sim.Config{Pace: sim.RealPace(), Log: t.Logf}, func(s *setup.Spec, _ sim.DemoWorld) {
				s.Domain.Name = "*.shop.harborview.example"
			})}
			if !route53 {
				p.elsewhere()
			}
			p.mustRunAll(setup.JobApply)
			p.foundBySomebody()
			before := p.settings()
			a := p.adopt(route53)
			if len(a.Differs) > 0 || a.Spec.Domain.Name != "*.shop.harborview.example" || a.Spec.Domain.Switch != setup.SwitchAtEnd {
				t.Errorf("adopted as %+v, differs %+v", a.Spec.Domain, a.Differs)
			}
			n := len(p.writes())
			p.mustRunAll(setup.JobApply)
			if made := p.writes()[n:]; len(made) > 0 {
				t.Errorf("a job wrote %v", made)
			}
			if d := lineDiff(before, p.settings()); d != "" {
				t.Errorf("a job changed AWS:\n%s", d)
			}
			if list := p.checkup(); len(list) > 0 {
				t.Errorf("a check finds %+v", list)
			}
			p.healthy("after adopting")
			p.setup.Spec.Edge.Methods = setup.MethodsRead
			p.mustRunAll(setup.JobApply)
			p.healthy("after a change")
			if !route53 { // a teardown waits for whoever keeps the record
				return
			}
			p.setup.Spec.Gone = &setup.Gone{Name: setup.GoneNowhere}
			p.job = setup.Job{ID: 9, SetupID: p.setup.ID, SetupName: p.setup.Spec.Domain.Name, Kind: setup.JobTeardown}
			p.mustRunAll(setup.JobTeardown)
			if d, err := describeDomain(t.Context(), p.env("domain")); err != nil || d != nil {
				t.Errorf("the custom domain is there still: %v", err)
			}
		})
	}
}
