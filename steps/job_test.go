package steps

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// jobs are the setups with which whole jobs are tested.
var jobs = []struct {
	name   string
	change func(*setup.Spec, sim.DemoWorld)
}{
	{"two certificates, REST and HTTP", nil},
	{"one certificate, REST at the root", func(s *setup.Spec, d sim.DemoWorld) {
		s.Account.Region = setup.EdgeRegion
		s.API.Mappings = []setup.Mapping{{APIID: d.APIs["orders-api"], Kind: setup.APIKindREST, Stage: "prod"}}
	}},
	{"cached as the API says", func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingAPI }},
	{"cached for a fixed time, no IPv6", func(s *setup.Spec, _ sim.DemoWorld) {
		s.Edge.Caching, s.Edge.TTL, s.Edge.IPv6 = setup.CachingFixed, 90, false
	}},
	{"reused certificate for CloudFront", func(s *setup.Spec, d sim.DemoWorld) {
		s.Domain.Name, s.Domain.ZoneID, s.Domain.ZoneName = "api.lakeside.example", d.Zones["lakeside.example"], "lakeside.example"
		s.Certificates.Edge = d.Certificate
	}},
	{"the record replaces a CNAME", func(s *setup.Spec, d sim.DemoWorld) {
		s.Domain.Name, s.Domain.ZoneID, s.Domain.ZoneName = "www.lakeside.example", d.Zones["lakeside.example"], "lakeside.example"
	}},
	{"a wildcard name", func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Name = "*.harborview.example" }},
	{"traffic moves later", func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Switch = setup.SwitchLater }},
}

// A whole job succeeds at AWS's pace. The same job again finds everything as
// wanted and writes nothing. No step uses an action that is not in its Actions.
func TestWholeJobTwice(t *testing.T) {
	for _, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), j.change)
				w.mustRunAll(setup.JobApply)
				for _, id := range slices.Sorted(maps.Keys(w.observed)) {
					t.Logf("%s: %s", id, w.observed[id][len(w.observed[id])-1])
				}
				checkActions(t, w)
				checkIntents(t, w)
				before := maps.Clone(w.resources)
				n := len(w.writes())
				w.mustRunAll(setup.JobApply)
				if again := w.writes()[n:]; len(again) > 0 {
					t.Errorf("the second job wrote: %v", again)
				}
				if d := cmp.Diff(ids(before), ids(w.resources)); d != "" {
					t.Errorf("the second job changed resources:\n%s", d)
				}
				// The same for Apply alone, without Observe before it.
				for _, r := range Rows(setup.JobApply, w.setup.Spec) {
					if s := w.step(r.ID); s.Apply != nil && r.Skip == "" {
						if err := s.Apply(t.Context(), w.env(s.ID)); err != nil {
							t.Errorf("applying %s again: %v", s.ID, err)
						}
					}
				}
				if again := w.writes()[n:]; len(again) > 0 {
					t.Errorf("applying again wrote: %v", again)
				}
			})
		})
	}
}

func ids(r setup.Resources) map[string]string {
	m := map[string]string{}
	for k, v := range r {
		m[k] = v.ID
	}
	return m
}

// checkIntents checks that each resource was stored with its token before its
// create call, and with its ID after it.
func checkIntents(t *testing.T, w *world) {
	t.Helper()
	for key, r := range w.resources {
		if !r.Owned {
			continue
		}
		first := slices.IndexFunc(w.saves, func(s setup.Resource) bool { return s.Key == key })
		if w.saves[first].ID != "" || w.saves[first].Token == "" {
			t.Errorf("%s was first stored with ID %q and token %q", key, w.saves[first].ID, w.saves[first].Token)
		}
		if r.ID == "" {
			t.Errorf("%s has no ID in the end", key)
		}
	}
}

// verbs are API Gateway's IAM actions, which are named after HTTP methods.
var verbs = map[string]string{
	"Get": "GET", "Create": "POST", "Update": "PATCH", "Delete": "DELETE", "Tag": "PUT",
}

// actionsOf are the IAM actions that a call needs.
func actionsOf(c setup.Call) []string {
	switch c.Service {
	case "apigateway", "apigatewayv2":
		for prefix, verb := range verbs {
			if strings.HasPrefix(c.Operation, prefix) {
				return []string{"apigateway:" + verb}
			}
		}
	case "cloudfront":
		if c.Operation == "CreateDistributionWithTags" {
			return []string{"cloudfront:CreateDistribution", "cloudfront:TagResource"}
		}
	case "acm":
		if c.Operation == "RequestCertificate" {
			return []string{"acm:RequestCertificate", "acm:AddTagsToCertificate"}
		}
	case "dns", "https":
		return nil
	}
	return []string{c.Service + ":" + c.Operation}
}

func checkActions(t *testing.T, w *world) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		s, _ := Find(c.StepID)
		for _, a := range actionsOf(c) {
			if !slices.Contains(s.Actions, a) {
				t.Errorf("step %s used %s, which it does not list", c.StepID, a)
			}
		}
	}
}
