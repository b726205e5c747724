package worker_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/store"
)

// toRemove asks for the plan of a change and returns what it says of removals: what
// goes, and what it says is gone already.
func (w *world) toRemove(s setup.Setup, spec setup.Spec) (goes, gone []string, line setup.PlanLine) {
	w.t.Helper()
	ctx := w.t.Context()
	o, err := w.store.OpenChange(ctx, store.Change{By: "Grace", Setup: s, Spec: spec, Anew: true})
	must(w.t, err)
	key := setup.LookKey{Kind: setup.LookPlan, Subject: o.Draft.ID}
	_, err = w.store.AskLook(ctx, key, 0)
	must(w.t, err)
	time.Sleep(time.Minute)
	l, err := w.store.Look(ctx, key)
	must(w.t, err)
	var plan setup.Plan
	must(w.t, json.Unmarshal(l.Result, &plan))
	must(w.t, w.store.DeleteDraft(ctx, o.Draft.ID))
	for _, line = range plan.Lines {
		for _, r := range line.Removals {
			if r.Gone {
				gone = append(gone, r.Key+" "+r.ID)
			} else if !r.Stays {
				goes = append(goes, r.Key+" "+r.ID)
			}
		}
	}
	slices.Sort(goes)
	return goes, gone, line
}

// The plan of a change says exactly what its job removes, whatever earlier changes
// have removed before.
func TestAPlanSaysExactlyWhatItsJobRemoves(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled(cached(setup.CachingFixed), several)
		first := copied(w.t, s.Spec)
		for _, c := range []struct {
			name string
			wish wish
			goes int
		}{
			{"caching switched off", cached(setup.CachingOff), 1},
			{"nothing else", func(*world, *setup.Spec) {}, 0},
			{"other methods", func(_ *world, s *setup.Spec) { s.Edge.Methods = setup.MethodsRead }, 0},
			{"a path taken out", func(_ *world, s *setup.Spec) { s.API.Mappings = s.API.Mappings[:1] }, 1},
			{"other certificates", func(w *world, s *setup.Spec) { s.Certificates = w.reusable(s) }, 2},
			{"back to the first", func(_ *world, s *setup.Spec) { *s = first }, 0},
			{"caching switched off again, another region", func(w *world, s *setup.Spec) {
				moved("eu-central-1")(w, s)
				s.Edge.Caching = setup.CachingOff
			}, 5},
		} {
			spec := copied(w.t, s.Spec)
			c.wish(w, &spec)
			goes, gone, line := w.toRemove(s, spec)
			if len(gone) > 0 {
				w.t.Errorf("%s: the plan says of what earlier jobs removed that it is gone: %v", c.name, gone)
			}
			if (line.Action == setup.PlanRemove) != (len(goes) > 0) || len(goes) == 0 && line.Summary != "Nothing to remove" {
				w.t.Errorf("%s: the plan says of %v: %s, %s", c.name, goes, line.Action, line.Summary)
			}
			s = w.changed(s, func(_ *world, sp *setup.Spec) { *sp = spec })
			attempts, err := w.store.Attempts(w.t.Context(), w.newestJob(s))
			must(w.t, err)
			removed := map[string]bool{}
			for _, a := range attempts {
				for _, r := range a.Removals {
					if r.Gone {
						removed[r.Key+" "+r.ID] = true
					}
				}
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(removed)), goes); diff != "" || len(goes) != c.goes {
				w.t.Errorf("%s: %d are planned, want %d (-removed +planned): %s", c.name, len(goes), c.goes, diff)
			}
		}
	})
}
