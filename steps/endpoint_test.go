package steps

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// closing wants default endpoints closed.
func closing(s *setup.Spec, _ sim.DemoWorld) { s.Edge.CloseEndpoints = true }

// ownStatus is what the API of a mapping answers at its own name.
func (w *world) ownStatus(m setup.Mapping) int {
	w.t.Helper()
	seen := probe.New(w.probe, nil).Climb(w.t.Context(), probe.Target{
		Name: w.setup.Spec.Domain.Name, Rungs: []setup.Rung{setup.RungAPI},
		Paths: []probe.TargetPath{{Mapping: m.Path, Kind: m.Kind, Stage: m.Stage, APIHost: apiHost(w.setup.Spec, m)}},
	})
	return seen[0].Status
}

// said is whether the API of a mapping says that its default endpoint is closed, and
// the deployment of the stage.
func (w *world) said(m setup.Mapping) (closed bool, deployment string) {
	w.t.Helper()
	ctx, a := w.t.Context(), w.outside()
	if m.Kind != setup.APIKindREST {
		api, err := a.APIGatewayV2().GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: &m.APIID})
		if err != nil {
			w.t.Fatal(err)
		}
		stage, err := a.APIGatewayV2().GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: &m.APIID, StageName: &m.Stage})
		if err != nil {
			w.t.Fatal(err)
		}
		return aws.ToBool(api.DisableExecuteApiEndpoint), aws.ToString(stage.DeploymentId)
	}
	api, err := a.APIGateway().GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &m.APIID})
	if err != nil {
		w.t.Fatal(err)
	}
	stage, err := a.APIGateway().GetStage(ctx, &apigateway.GetStageInput{RestApiId: &m.APIID, StageName: &m.Stage})
	if err != nil {
		w.t.Fatal(err)
	}
	return api.DisableExecuteApiEndpoint, aws.ToString(stage.DeploymentId)
}

// setOutside changes a default endpoint as somebody in the console does.
func (w *world) setOutside(m setup.Mapping, closed bool) {
	w.t.Helper()
	ctx, a := w.t.Context(), w.outside()
	var err error
	if m.Kind == setup.APIKindREST {
		value := "false"
		if closed {
			value = "true"
		}
		if _, err = a.APIGateway().UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &m.APIID, PatchOperations: []agtypes.PatchOperation{replace("/disableExecuteApiEndpoint", value)}}); err == nil {
			_, err = a.APIGateway().CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &m.APIID, StageName: &m.Stage})
		}
	} else {
		_, err = a.APIGatewayV2().UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: &m.APIID, DisableExecuteApiEndpoint: &closed})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Default endpoints are closed once traffic has moved, and callers get 403 there. The
// same job again writes nothing. What somebody opens is found, and put back. Nothing is
// deployed on the way, there and back: stages keep the deployments that they have.
func TestDefaultEndpointsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), closing)
		list := w.setup.Spec.API.Mappings
		var was []string
		for _, m := range list {
			_, d := w.said(m)
			was = append(was, d)
		}
		w.upTo(endpointID)
		for _, m := range list {
			if got := w.ownStatus(m); got != 200 {
				t.Errorf("before traffic moves %s answers %d", m.DisplayPath(), got)
			}
		}
		found := w.sim.State()
		w.applyJob()
		o, err := w.look(w.step(endpointID))
		if err != nil || o.State != Ready || !o.Remark || !strings.HasPrefix(o.Summary, "403 from outside: ") || !strings.Contains(o.Summary, "stays open") {
			t.Errorf("it says %v %q, %v", o.State, o.Summary, err)
		}
		for i, m := range list {
			closed, deployment := w.said(m)
			if got := w.ownStatus(m); got != 403 || !closed || deployment != was[i] {
				t.Errorf("%s answers %d, closed %v, deployment %s, was %s", m.DisplayPath(), got, closed, deployment, was[i])
			}
		}
		n := len(w.writes())
		w.applyJob()
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("the same job again wrote %v", again)
		}

		for i, m := range list {
			w.setOutside(m, false)
			_, was[i] = w.said(m)
			o, err := w.look(w.step(endpointID))
			want := []setup.Change{{Field: endpointField + m.APIID, Is: "false", Want: "true"}}
			if d := cmp.Diff(want, o.Changes); err != nil || o.State != Drifted || d != "" {
				t.Errorf("somebody opened %s: %v, %v\n%s", m.DisplayPath(), o.State, err, d)
			}
			for _, f := range Findings([]Observed{{Step: w.step(endpointID), Obs: o}}) {
				if !f.Repair || !strings.HasPrefix(f.Title, "Callers reach the API past CloudFront") {
					t.Errorf("the finding is %+v", f)
				}
			}
			w.applyJob()
			if _, d := w.said(m); w.ownStatus(m) != 403 || d != was[i] {
				t.Errorf("it was not put back, or deployed: %s, was %s", d, was[i])
			}
		}

		w.setup.Spec.Edge.CloseEndpoints = false
		w.applyJob()
		for i, m := range list {
			if _, d := w.said(m); w.ownStatus(m) != 200 || d != was[i] {
				t.Errorf("%s is not open again, or was deployed", m.DisplayPath())
			}
		}
		if slices.ContainsFunc(w.writes(), func(c string) bool { return strings.HasSuffix(c, "CreateDeployment") }) {
			t.Error("a job made a deployment")
		}
		if got := len(w.sim.State().Domains); got != len(found.Domains) {
			t.Errorf("%d custom domains", got)
		}
	})
}

// An endpoint that was closed before stays closed, whatever becomes of the setup. One
// that another setup wants closed too is opened by the last of them.
func TestDefaultEndpointsOfOthersStayClosed(t *testing.T) {
	for name, c := range map[string]struct {
		before bool     // it was closed before the setup
		others []string // setups that want it closed
		now    []string // and those that still do when it is opened
		open   bool     // in the end
	}{
		"closed before":                {before: true},
		"closed by another, who left":  {before: true, others: []string{"shop.example"}, open: true},
		"closed by another, who stays": {before: true, others: []string{"shop.example"}, now: []string{"shop.example"}},
		"another came later":           {now: []string{"shop.example"}},
		"nobody else":                  {open: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), closing)
				m := w.setup.Spec.API.Mappings[0]
				if c.before {
					w.setOutside(m, true)
				}
				w.closers = func(key string) []string {
					if key == setup.EndpointKey(m.APIID) {
						return c.others
					}
					return nil
				}
				w.applyJob()
				if w.ownStatus(m) != 403 {
					t.Fatal("it is not closed")
				}
				c.others = c.now
				w.setup.Spec.Edge.CloseEndpoints = false
				for range 2 {
					w.applyJob()
					if open := w.ownStatus(m) == 200; open != c.open {
						t.Errorf("open: %v, want %v", open, c.open)
					}
				}
				if row := w.resources[setup.EndpointKey(m.APIID)]; row.Owned {
					t.Errorf("its row is still ours: %+v", row)
				}
			})
		})
	}
}

// A stage without automatic deployments takes it over when its team deploys it. The
// step does not wait for that, and does not do it: it says so, with the line.
func TestDefaultEndpointThatATeamDeploys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, d sim.DemoWorld) {
			closing(s, d)
			s.API.Mappings[1].Stage = "beta"
		})
		m := w.setup.Spec.API.Mappings[1]
		w.upTo(endpointID)
		e := w.env(endpointID)
		e.DryRun = true
		o, err := w.lookIn(e, w.step(endpointID))
		if err != nil || o.State != Drifted || !strings.Contains(o.Summary, "Stage beta of catalog-http-eu ("+m.APIID+") stays open until its team deploys it") {
			t.Errorf("the plan says %v %q, %v", o.State, o.Summary, err)
		}
		_, was := w.said(m)
		w.applyJob()
		line := "aws apigatewayv2 create-deployment --region eu-west-1 --api-id " + m.APIID + " --stage-name beta"
		o, err = w.look(w.step(endpointID))
		if err != nil || o.State != Ready || !o.Remark || !strings.Contains(o.Summary, line) {
			t.Errorf("it says %v %q, %v", o.State, o.Summary, err)
		}
		if _, d := w.said(m); w.ownStatus(m) != 200 || d != was {
			t.Error("the stage was deployed")
		}
		if _, err := w.outside().APIGatewayV2().CreateDeployment(t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &m.APIID, StageName: &m.Stage}); err != nil {
			t.Fatal(err)
		}
		if o, err = w.look(w.step(endpointID)); err != nil || w.ownStatus(m) != 403 || strings.Contains(o.Summary, "create-deployment") {
			t.Errorf("once it is deployed: %d, %q, %v", w.ownStatus(m), o.Summary, err)
		}
	})
}

// A check by schedule sends no request for it.
func TestDefaultEndpointIsNotAskedBySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), closing)
		w.applyJob()
		for _, g := range []Gentle{OpensNone, AsksOne} {
			for _, s := range []Step{w.step(endpointID), doorsWatch()} {
				e := w.env(s.ID)
				e.Gentle, e.Terms = g, &Terms{}
				if o, err := w.lookIn(e, s); err != nil || o.State != Ready || e.Seen() != nil {
					t.Errorf("%s: %v, asked %+v, %v", s.ID, o.State, e.Seen(), err)
				}
			}
		}
		e := w.env("doors")
		e.Terms = &Terms{}
		o, err := w.lookIn(e, doorsWatch())
		if err != nil || !o.Remark || e.Seen() == nil || !strings.Contains(o.Summary, "stays open") {
			t.Errorf("a check by a person: %q, %v", o.Summary, err)
		}
		w.setup.Spec.Edge.CloseEndpoints = false
		w.applyJob()
		e = w.env("doors")
		e.Terms = &Terms{}
		if o, err = w.lookIn(e, doorsWatch()); err != nil || !strings.Contains(o.Summary, apiHost(w.setup.Spec, w.setup.Spec.API.Mappings[0])) {
			t.Errorf("open endpoints: %q, %v", o.Summary, err)
		}
	})
}
