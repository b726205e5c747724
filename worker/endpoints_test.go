package worker_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"apifront/setup"
)

// closedAPI says whether the REST API of the first path has its default endpoint
// closed.
func (w *world) closedAPI(s setup.Setup) bool {
	w.t.Helper()
	out, err := w.outside(s.Spec.Account.Region).APIGateway().GetRestApi(w.t.Context(), &apigateway.GetRestApiInput{RestApiId: &s.Spec.API.Mappings[0].APIID})
	must(w.t, err)
	return out.DisableExecuteApiEndpoint
}

// Two setups of one API close its default endpoint. Whichever is taken down first, the
// last one opens it, and the other one's check finds nothing meanwhile. So it is where
// both are taken down at once, and where the first one stops wanting it.
func TestTheLastSetupOpensADefaultEndpoint(t *testing.T) {
	for name, order := range map[string][]int{"the first one first": {0, 1}, "the second one first": {1, 0}, "both at once": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				v := variant{rest: true, change: func(s *setup.Spec) { s.Edge.CloseEndpoints = true }}
				one := w.draft(v)
				v.change = func(s *setup.Spec) { s.Domain.Name, s.Edge.CloseEndpoints = "shop."+theZone, true }
				two := w.draft(v)
				list := []setup.Setup{one, two}
				for _, s := range list {
					w.done(w.begin(setup.JobApply, s))
				}
				if !w.closedAPI(one) {
					w.t.Fatal("it was not closed")
				}
				if order == nil {
					jobs := []int64{w.takeDown(one, setup.GoneNowhere), w.takeDown(two, setup.GoneNowhere)}
					for _, job := range jobs {
						w.done(job)
					}
				}
				for i, n := range order {
					w.done(w.takeDown(list[n], setup.GoneNowhere))
					if last := i == len(order)-1; w.closedAPI(one) == last {
						w.t.Errorf("after %d of 2 it is closed: %v", i+1, !last)
					}
				}
				if w.closedAPI(one) {
					w.t.Error("nobody opened it")
				}
			})
		})
	}
}

// Who puts the old record back gets the default endpoints back too: what callers are
// led to may call the API there. Moving the traffic again closes them again.
func TestDefaultEndpointsOpenWhenTrafficMovesBack(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 60, oldHost)
		s := w.draft(variant{rest: true, change: func(s *setup.Spec) { s.Edge.CloseEndpoints = true }})
		w.done(w.begin(setup.JobApply, s))
		for range 2 {
			if !w.closedAPI(s) {
				w.t.Fatal("it was not closed")
			}
			back := s
			back.Spec.Domain.Switch = setup.SwitchLater
			w.done(w.begin(setup.JobRestore, back))
			if w.closedAPI(s) {
				w.t.Error("it is still closed")
			}
			w.done(w.begin(setup.JobApply, s))
		}
		for _, c := range w.sim.Writes() {
			if strings.HasSuffix(c.Operation, "Deployment") {
				w.t.Errorf("a job made %s", c.Operation)
			}
		}
	})
}
