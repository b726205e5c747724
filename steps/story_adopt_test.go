package steps

import (
	"apifront/cloud/sim"
	"apifront/setup"
)

// Adopt makes of what a job has made something that nobody knows, and adopts it. A
// second path is mapped before.
func (p *Story) Adopt() {
	p.t.Helper()
	m := p.setup.Spec.API.Mappings[0]
	m.Path, m.APIID = "catalog", p.sim.AddAPI(p.demo.AccountID, p.setup.Spec.Account.Region, sim.API{Name: "second", Kind: string(m.Kind), Stages: []string{m.Stage}})
	p.setup.Spec.API.Mappings = append(p.setup.Spec.API.Mappings, m)
	p.mustRunAll(setup.JobApply)
	route53 := atRoute53(p.setup.Spec)
	// The rig of the laws of adopting is of the same world.
	rig := &patient{p.world}
	rig.foundBySomebody()
	rig.adopt(route53)
}

// ChangeAdopted changes an answer of the edge and takes a path out.
func (p *Story) ChangeAdopted() {
	p.setup.Spec.Edge.Methods = setup.MethodsOptions
	list := p.setup.Spec.API.Mappings
	p.setup.Spec.API.Mappings = append([]setup.Mapping{}, list[1:]...)
}

// TakeDownAdopted takes the setup down once.
func (p *Story) TakeDownAdopted() {
	p.t.Helper()
	if p.person != nil {
		p.person = func([]setup.Record) {
			p.sim.AddRecord(p.demo.Zones["harborview.example"], p.setup.Spec.Domain.Name, "CNAME", 300, "new.hosting.example.")
		}
	}
	p.setup.Spec.Gone = &setup.Gone{Name: setup.GoneNowhere}
	p.whole(setup.JobTeardown)
}
