package steps

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A change of tags writes only the differences: it adds the new tags and
// removes those that only the former spec had. The plan and the history show
// them.
func TestTagsOfAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) {
			s.Edge.Tags = []setup.Tag{{Key: "team", Value: "shop"}, {Key: "old", Value: "1"}, {Key: "stays", Value: "x"}}
		})
		w.applyJob()
		n := len(w.writes())
		w.setup.Spec.Edge.Tags = []setup.Tag{{Key: "stays", Value: "x"}, {Key: "team", Value: "food"}}
		want := []setup.Change{{Field: "Tag old", Is: "1"}, {Field: "Tag team", Is: "shop", Want: "food"}}
		for _, id := range []setup.StepID{"certificate-edge", "certificate-regional", "domain", "distribution"} {
			o, err := w.step(id).Observe(t.Context(), w.env(id))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, o.Changes); d != "" || o.State != Drifted {
				t.Errorf("%s is %s with other changes (want -, got +):\n%s", id, o.State, d)
			}
		}
		w.applyJob()
		if d := cmp.Diff([]string{
			"certificate-edge acm:AddTagsToCertificate", "certificate-edge acm:RemoveTagsFromCertificate",
			"certificate-regional acm:AddTagsToCertificate", "certificate-regional acm:RemoveTagsFromCertificate",
			"domain apigateway:TagResource", "domain apigateway:UntagResource",
			"distribution cloudfront:TagResource", "distribution cloudfront:UntagResource",
		}, w.writes()[n:]); d != "" {
			t.Errorf("other calls (want -, got +):\n%s", d)
		}
		n = len(w.writes())
		w.setup.Spec.Edge.Tags = nil
		w.applyJob()
		w.applyJob()
		if got := len(w.writes()) - n; got != 4 {
			t.Errorf("without tags %d calls write, want 4: %v", got, w.writes()[n:])
		}
	})
}
