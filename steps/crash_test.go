package steps

import (
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// made counts what exists in the account in addition to the demo's own
// resources.
func made(w *world) map[string]int {
	s := w.sim.State()
	n := map[string]int{"certificates": len(s.Certificates), "distributions": len(s.Distributions), "domains": len(s.Domains)}
	for _, d := range s.Domains {
		n["mappings"] += len(d.Mappings)
	}
	return n
}

// whole counts what a job makes when nothing goes wrong.
func whole(t *testing.T) map[string]int {
	t.Helper()
	w := newWorld(t, sim.RealPace(), nil)
	before := made(w)
	w.mustRunAll(setup.JobApply)
	after := made(w)
	for k := range after {
		after[k] -= before[k]
	}
	return after
}

// sameAs checks that a job made everything, and nothing twice.
func sameAs(t *testing.T, w *world, before, want map[string]int) {
	t.Helper()
	got := made(w)
	for k := range got {
		got[k] -= before[k]
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("not the same as without trouble:\n%s", d)
	}
	n := len(w.writes())
	w.mustRunAll(setup.JobApply)
	if again := w.writes()[n:]; len(again) > 0 {
		t.Errorf("the next job wrote: %v", again)
	}
}

// The process dies after a create call and before the answer is stored, once
// for each kind of resource. Nothing is made twice.
func TestCrashBetweenCallAndSave(t *testing.T) {
	for _, key := range []string{
		setup.KeyCertificateEdge, setup.KeyCertificateRegional, setup.KeyRecordValidation, setup.KeyDomain,
		setup.MappingKey("orders"), setup.KeyDistribution, setup.KeyRecordTraffic,
	} {
		t.Run(key, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := whole(t)
				w := newWorld(t, sim.RealPace(), nil)
				before := made(w)
				died := false
				w.crash = func(r setup.Resource) bool {
					if died || r.Key != key || r.ID == "" {
						return false
					}
					died = true
					return true
				}
				w.mustRunAll(setup.JobApply)
				if !died {
					t.Fatal("nothing was ever stored under this key")
				}
				w.crash = nil
				sameAs(t, w, before, want)
			})
		})
	}
}

// A create call succeeds and its answer is lost, for each such call, at every
// try of the SDK. Nothing is made twice.
func TestLostAnswers(t *testing.T) {
	for _, c := range []struct{ service, operation string }{
		{"acm", "RequestCertificate"},
		{"apigateway", "CreateDomainName"},
		{"apigateway", "CreateApiMapping"},
		{"cloudfront", "CreateDistributionWithTags"},
		{"route53", "ChangeResourceRecordSets"},
	} {
		for _, times := range []int{1, 5} {
			t.Run(c.operation, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					want := whole(t)
					w := newWorld(t, sim.RealPace(), nil)
					before := made(w)
					w.sim.Order(sim.Fault{Service: c.service, Operation: c.operation, Kind: sim.FaultLost, Times: times})
					w.mustRunAll(setup.JobApply)
					if left := w.sim.Ordered(); len(left) > 0 && times == 1 {
						t.Fatalf("the answer was never lost: %+v", left)
					}
					for _, f := range w.sim.Ordered() {
						w.sim.Withdraw(f.ID)
					}
					sameAs(t, w, before, want)
				})
			})
		}
	}
}

// A cache policy cannot be tagged: its name shows that it is ours.
func TestCrashAfterCachePolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingAPI })
		died := false
		w.crash = func(r setup.Resource) bool {
			if died || r.Key != setup.KeyCachePolicy || r.ID == "" {
				return false
			}
			died = true
			return true
		}
		w.mustRunAll(setup.JobApply)
		n := 0
		for _, made := range w.writes() {
			if made == "policies cloudfront:CreateCachePolicy" {
				n++
			}
		}
		if !died || n != 1 {
			t.Errorf("died: %v, %d policies made", died, n)
		}
	})
}

// counted is made, and in addition counts the cache policies.
func (w *world) counted() map[string]int {
	w.t.Helper()
	n := made(w)
	list, err := ownPolicies(w)
	if err != nil {
		w.t.Fatal(err)
	}
	n["policies"] = len(list)
	return n
}

// ownPolicies are the IDs of the account's cache policies that are not AWS's
// managed ones.
func ownPolicies(w *world) ([]string, error) {
	var ids []string
	in := &cloudfront.ListCachePoliciesInput{Type: types.CachePolicyTypeCustom}
	for {
		out, err := w.outside().CloudFront().ListCachePolicies(w.t.Context(), in)
		if err != nil {
			return nil, err
		}
		for _, s := range out.CachePolicyList.Items {
			ids = append(ids, *s.CachePolicy.Id)
		}
		if out.CachePolicyList.NextMarker == nil {
			return ids, nil
		}
		in.Marker = out.CachePolicyList.NextMarker
	}
}
