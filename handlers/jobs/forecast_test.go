package jobs

import (
	"testing"
	"time"

	"apifront/flow"
	"apifront/setup"
	"apifront/steps"
	"apifront/web"
	webjobs "apifront/web/jobs"
)

// A job that moves an edge-optimised custom domain waits for the person who manages DNS,
// or who moves traffic by hand, at the record to the Regional endpoint: the time that is
// told ends there, and the bar says whose turn it is. With DNS in Route 53 and traffic at
// the end nobody is waited for.
func TestForecastOfAMoveByHand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dns, when, person string }{
		{setup.DNSRoute53, setup.SwitchAtEnd, ""},
		{setup.DNSRoute53, setup.SwitchLater, "edge-dns"},
		{setup.DNSElsewhere, setup.SwitchAtEnd, "edge-dns"},
		{setup.DNSElsewhere, setup.SwitchLater, "edge-dns"},
	} {
		spec := setup.DefaultSpec()
		spec.Account.Region = "eu-west-1"
		spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1b2c3d4e5", Kind: setup.APIKindREST, Stage: "prod"}}
		spec.Domain = setup.Domain{Name: "api.example.com", DNS: c.dns, Switch: c.when, FromEdge: true}
		f := webjobs.Facts{Setup: setup.Setup{Spec: spec}, About: map[setup.StepID]webjobs.StepAbout{}, Times: web.Times{Now: time.Unix(1000, 0)}}
		for i, r := range steps.Rows(setup.JobApply, spec) {
			def, _ := steps.Find(r.ID)
			f.About[r.ID] = webjobs.StepAbout{Mark: def.Mark, Usual: def.Wait.Usual}
			s := setup.Step{ID: r.ID, Number: i + 1, Title: r.Title, Needs: r.Needs, State: setup.StepWaiting}
			switch {
			case r.Skip != "":
				s.State = setup.StepSkipped
			case def.Mark == setup.MarkValidation:
				s.State = setup.StepDone // it was waited for before
			}
			f.Steps = append(f.Steps, s)
		}
		forecast(&f, map[setup.StepID][]flow.Took{}, false)
		if got := f.Forecast; string(got.Person) != c.person || (c.person != "") != (got.After > 0) || got.Left <= 0 {
			t.Errorf("%s, %s: it waits at %q after %s, and goes on for %s", c.dns, c.when, got.Person, got.Left, got.After)
		}
	}
}
