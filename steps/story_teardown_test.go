package steps

import "apifront/setup"

// TakeDown takes the setup down. A second time, somebody has made the domain
// stricter before, so that its paths are deleted with API Gateway v1.
func (p *Story) TakeDown() {
	p.t.Helper()
	adds := p.person
	takes := func([]setup.Record) {
		p.sim.AddRecord(p.demo.Zones["harborview.example"], p.setup.Spec.Domain.Name, "CNAME", 300, "new.hosting.example.")
	}
	away := func() {
		if adds != nil { // a person at another provider
			p.person = takes
		}
		p.setup.Spec.Gone = &setup.Gone{Name: setup.GoneBack}
		p.whole(setup.JobTeardown)
		p.person, p.setup.Spec.Gone = adds, nil
	}
	away()
	if !canMapV1(p.setup.Spec) {
		return
	}
	p.freely(func() error {
		p.job = setup.Job{ID: p.job.ID + 1, Kind: setup.JobApply}
		p.mustRunAll(setup.JobApply)
		return p.stricter()
	})
	away()
}

// MustInvalidate makes an invalidation with all permissions, and then looks at
// it.
func (p *Story) MustInvalidate() {
	p.t.Helper()
	p.freely(func() error {
		p.job = setup.Job{ID: 2, Kind: setup.JobInvalidate, Input: setup.JobInput{Paths: []string{"/*"}}}
		p.mustRunAll(setup.JobInvalidate)
		return nil
	})
	p.have(p.Policy)
	if _, err := p.look(p.step("invalidation")); err != nil {
		p.t.Error(err)
	}
}

// LookForgetful looks at every step as an installation that has lost everything
// but the mappings.
func (p *Story) LookForgetful() {
	p.t.Helper()
	known := p.resources
	p.resources = p.mappingsOnly()
	p.LookAgain()
	p.resources = known
}

// MustRun runs a job with the connection's present policies.
func (p *Story) MustRun(kind setup.JobKind) {
	p.t.Helper()
	p.mustRunAll(kind)
}
