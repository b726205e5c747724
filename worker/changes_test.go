package worker_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// repaired lists, of each attempt that found anything to differ, what it was.
func (w *world) repaired(job int64) map[setup.StepID]map[int][]setup.Change {
	w.t.Helper()
	attempts, err := w.store.Attempts(w.t.Context(), job)
	must(w.t, err)
	found := map[setup.StepID]map[int][]setup.Change{}
	for _, a := range attempts {
		if len(a.Changes) == 0 {
			continue
		}
		if found[a.StepID] == nil {
			found[a.StepID] = map[int][]setup.Change{}
		}
		found[a.StepID][a.Number] = a.Changes
	}
	return found
}

// Somebody changes the distribution by hand. The re-run that puts it right tells
// what it repaired; the attempt before it, and other steps, tell nothing.
func TestARepairTellsWhatItRepaired(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(variant{rest: true, oneRegion: true})
		job := w.begin(setup.JobApply, s)
		w.done(job)
		if got := w.repaired(job)["distribution"]; got != nil {
			w.t.Errorf("a distribution that was made new had %v", got)
		}
		before := w.repaired(job)
		w.changeDistribution(s, func(c *types.DistributionConfig) {
			c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
		})
		must(w.t, w.store.RerunFrom(w.t.Context(), job, "distribution", "Grace"))
		w.done(job)
		got := w.repaired(job)
		want := map[int][]setup.Change{2: {{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"}}}
		if diff := cmp.Diff(want, got["distribution"]); diff != "" {
			w.t.Error(diff)
		}
		delete(got, "distribution")
		if diff := cmp.Diff(before, got); diff != "" {
			w.t.Errorf("other steps repaired something: %s", diff)
		}
	})
}

// The attempt that removes what a change left over tells what is gone.
func TestARemovalTellsWhatItRemoved(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.changed(w.settled(cached(setup.CachingFixed)), cached(setup.CachingOff))
		res, former, err := w.store.AllResources(w.t.Context(), s.ID)
		must(w.t, err)
		if _, ok := res[setup.KeyCachePolicy]; ok || len(former) == 0 {
			w.t.Fatalf("the cache policy is not removed: %v, %v", res, former)
		}
		attempts, err := w.store.Attempts(w.t.Context(), w.newestJob(s))
		must(w.t, err)
		var removed []string
		for _, a := range attempts {
			for _, r := range a.Removals {
				if r.Gone {
					removed = append(removed, string(a.StepID)+" "+r.Key+" "+r.ID)
				} else {
					w.t.Errorf("attempt %d of %s ended with %+v", a.Number, a.StepID, r)
				}
			}
		}
		if diff := cmp.Diff([]string{"remove " + setup.KeyCachePolicy + " " + former[0].ID}, removed); diff != "" {
			w.t.Error(diff)
		}
	})
}
