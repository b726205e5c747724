package worker_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/store"
)

// takesOut opens a change that keeps only the mappings which keep says, and returns the
// key of the look at the requests of the others.
func (w *world) takesOut(s setup.Setup, keep func(setup.Mapping) bool) setup.LookKey {
	w.t.Helper()
	spec := copied(w.t, s.Spec)
	spec.API.Mappings = nil
	for _, m := range s.Spec.API.Mappings {
		if keep(m) {
			spec.API.Mappings = append(spec.API.Mappings, m)
		}
	}
	o, err := w.store.OpenChange(w.t.Context(), store.Change{By: "Grace", Setup: s, Spec: spec, Anew: true})
	must(w.t, err)
	return setup.LookKey{Kind: setup.LookRequests, Connection: spec.Account.Connection, Region: s.Spec.Account.Region, Subject: o.Draft.ID}
}

// Of each path that a change takes out, and of no other, the look says how many requests
// reached the very stage, whatever the kind of API and wherever it is; and it writes
// nothing.
func TestAChangeSaysHowManyRequestsAPathHad(t *testing.T) {
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		for _, rest := range []bool{true, false} {
			v := variant{rest: rest, oneRegion: region == "us-east-1"}
			t.Run(v.String(), func(t *testing.T) {
				t.Parallel()
				inPacedWorld(t, quickPace(), func(w *world) {
					s := w.settledOn(v, several)
					must(w.t, w.store.SetSchedule(w.t.Context(), s.ID, 0, "Ada"))
					time.Sleep(15 * time.Minute) // the check after the job, and CloudWatch's lag
					count := func(path string) int64 {
						w.t.Helper()
						key := w.takesOut(s, func(m setup.Mapping) bool { return m.Path != path })
						writes := len(w.sim.Writes())
						r, p := asked[setup.Requests](w, key)
						if p != nil || r.Unknown != "" || len(r.Paths) != 1 || r.Paths[0].Path != path || r.Paths[0].Gone || r.Paths[0].Others != 0 {
							w.t.Fatalf("%s: %+v, %+v", path, r, p)
						}
						if m := mappingOf(s, path); r.Paths[0].API != m.APIName || r.Paths[0].Stage != m.Stage || r.Paths[0].Kind != m.Kind {
							w.t.Errorf("%s: it is about %+v", path, r.Paths[0])
						}
						if age := time.Since(r.Until); r.Until.Sub(r.From) != 24*time.Hour || age < 3*time.Minute || age > 10*time.Minute {
							w.t.Errorf("it is about %s until %s ago", r.Until.Sub(r.From), age)
						}
						if n := len(w.sim.Writes()) - writes; n > 0 {
							w.t.Errorf("the look wrote %d times", n)
						}
						return r.Paths[0].Requests
					}
					visits := map[string]int64{s.Spec.API.Mappings[0].Path: 3, s.Spec.API.Mappings[1].Path: 5}
					before := map[string]int64{}
					for path := range visits {
						before[path] = count(path)
						if before[path] == 0 {
							w.t.Errorf("%s: the job's own tests are not counted", path)
						}
					}
					for path, n := range visits {
						for range n {
							w.visit(strings.ReplaceAll("/"+path+"/1", "//", "/"))
						}
					}
					time.Sleep(10 * time.Minute)
					for path, n := range visits {
						if got := count(path) - before[path]; got != n {
							w.t.Errorf("%s: %d more, want %d", path, got, n)
						}
					}
				})
			})
		}
	}
}

func mappingOf(s setup.Setup, path string) setup.Mapping {
	for _, m := range s.Spec.API.Mappings {
		if m.Path == path {
			return m
		}
	}
	return setup.Mapping{}
}

// What cannot be told is not told: the permission that is missing is named, AWS's trouble
// is a problem, an API that is gone is said to be, and REST APIs of one name are counted
// together. No draft is asked about that takes nothing out.
func TestRequestsThatAreNotKnown(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled(several)
		first, second := s.Spec.API.Mappings[0], s.Spec.API.Mappings[1]
		look := func(path string) (setup.Requests, *setup.Problem) {
			return asked[setup.Requests](w, w.takesOut(s, func(m setup.Mapping) bool { return m.Path != path }))
		}
		if r, p := look("nothing"); p != nil || len(r.Paths) > 0 || r.Unknown != "" {
			w.t.Errorf("nothing is taken out: %+v, %+v", r, p)
		}
		const monitoring, get = "monitoring", "GetMetricData"
		w.sim.Order(sim.Fault{Service: monitoring, Operation: get, Kind: sim.FaultDenied, Times: 1})
		if r, p := look(first.Path); p != nil || r.Unknown != "The permission cloudwatch:GetMetricData would tell." || len(r.Paths) > 0 {
			w.t.Errorf("refused: %+v, %+v", r, p)
		}
		w.sim.Order(sim.Fault{Service: monitoring, Operation: get, Status: http.StatusBadRequest, Code: "ThrottlingException", Message: "Rate exceeded", Times: 10})
		if r, p := look(first.Path); p == nil || p.What == "" || len(r.Paths) > 0 {
			w.t.Errorf("throttled: %+v, %+v", r, p)
		}
		w.sim.Withdraw("")
		w.sim.Order(sim.Fault{Service: "apigateway", Operation: "GetRestApis", Kind: sim.FaultDenied, Times: 1})
		if r, p := look(first.Path); p == nil || strings.Contains(r.Unknown, "cloudwatch") {
			w.t.Errorf("the list is refused: %+v, %+v", r, p)
		}
		twin := w.sim.AddAPI(w.demo.AccountID, s.Spec.Account.Region, sim.API{Name: first.APIName + "é", Kind: "REST", Stages: []string{first.Stage}})
		if r, p := look(first.Path); p != nil || len(r.Paths) != 1 || r.Paths[0].Others != 1 || r.Paths[0].API != first.APIName {
			w.t.Errorf("with a twin: %+v, %+v", r, p)
		}
		gateway := w.outside(s.Spec.Account.Region).APIGateway()
		_, err := gateway.DeleteRestApi(w.t.Context(), &apigateway.DeleteRestApiInput{RestApiId: &twin})
		must(w.t, err)
		if r, p := look(second.Path); p != nil || len(r.Paths) != 1 || r.Paths[0].Others != 0 || r.Paths[0].Kind != setup.APIKindHTTP {
			w.t.Errorf("the HTTP API: %+v, %+v", r, p)
		}
		_, err = gateway.DeleteBasePathMapping(w.t.Context(), &apigateway.DeleteBasePathMappingInput{DomainName: aws.String(theName), BasePath: &first.Path})
		must(w.t, err)
		time.Sleep(time.Minute)
		_, err = gateway.DeleteRestApi(w.t.Context(), &apigateway.DeleteRestApiInput{RestApiId: &first.APIID})
		must(w.t, err)
		if r, p := look(first.Path); p != nil || len(r.Paths) != 1 || !r.Paths[0].Gone {
			w.t.Errorf("a deleted API: %+v, %+v", r, p)
		}
	})
}
