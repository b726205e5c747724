package worker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A path that somebody added to the custom domain is a finding. No job removes it unless
// a person chose so by its name; then the job deletes that mapping and nothing else,
// with what CloudFront has kept of it, and only if it still leads where it led.
func TestAnAddedPathIsRemovedByNameOnly(t *testing.T) {
	for _, c := range []struct {
		name    string
		wish    wish
		meddled bool // somebody leads it elsewhere once the job was ordered
		writes  []string
	}{
		{name: "not cached", writes: []string{"DeleteApiMapping"}},
		{name: "cached", wish: cached(setup.CachingFixed), writes: []string{"DeleteApiMapping", "CreateInvalidation"}},
		{name: "changed meanwhile", meddled: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.settled(c.wish)
				w.rested(s)
				h := history{[]setup.Spec{s.Spec}}
				whole := canonical(w.state(), h)
				w.mapByHand(s.Spec.Account.Region, s.Name(), "new", lawAPI(s.Spec.Account.Region, setup.APIKindHTTP, 2), "beta")
				time.Sleep(time.Minute)
				if first, _ := w.toldBy("/new"); first == "" {
					w.t.Error("it is not open to callers")
				}
				with := canonical(w.state(), h)
				check, found, state := w.check(s)
				if !slices.Equal(keys(found), []string{"mappings/Mapping /new"}) || state != setup.StateDrifted {
					w.t.Fatalf("found %v, %s: %+v", keys(found), state, check)
				}
				f := found[0]
				if f.Repair || !f.Added || f.There == nil || f.There.Kind != setup.APIKindHTTP || f.There.APIName == "" {
					w.t.Errorf("it is %+v, there %+v", f.FindingBody, f.There)
				}
				before := len(w.sim.Writes())
				w.putBack(s) // all that differs
				if n := len(w.sim.Writes()); n != before {
					w.t.Errorf("nobody chose it, and a job wrote %v", w.sim.Writes()[before:])
				}
				w.rested(s)
				if c.meddled {
					api, id := w.mappingOf(s, "new")
					_, err := api.UpdateApiMapping(w.t.Context(), &apigatewayv2.UpdateApiMappingInput{
						DomainName: aws.String(s.Name()), ApiMappingId: &id, ApiId: &f.There.APIID, Stage: aws.String("prod"),
					})
					must(w.t, err)
					with, before = canonical(w.state(), h), len(w.sim.Writes())
				}
				w.removePath(s, f)
				var wrote []string
				for _, call := range w.sim.Writes()[before:] {
					wrote = append(wrote, call.Operation)
				}
				if !slices.Equal(wrote, c.writes) {
					w.t.Errorf("the job wrote %q, want %q", wrote, c.writes)
				}
				if c.meddled {
					whole = with
				}
				if diff := whole.differ(canonical(w.state(), h)); diff != "" {
					w.t.Errorf("the account is not as wanted:\n%s", diff)
				}
				_, found, state = w.rested(s)
				if c.meddled {
					if !slices.Equal(keys(found), []string{"mappings/Mapping /new"}) {
						w.t.Fatalf("it stands, and %v is found", keys(found))
					}
					w.removePath(s, found[0])
					_, found, state = w.rested(s)
				}
				if len(found) > 0 || state != setup.StateServing {
					w.t.Errorf("it is gone, and yet %v, %s", keys(found), state)
				}
				if s, err := w.store.Setup(w.t.Context(), s.ID); err != nil || s.Revision != 1 {
					w.t.Errorf("revision %d: %v", s.Revision, err)
				}
			})
		})
	}
}

// removePath starts the job of a person who chose to have an added path removed, and
// waits for its end.
func (w *world) removePath(s setup.Setup, f setup.Finding) {
	w.t.Helper()
	input := setup.NewClearing(setup.StaleAfterRemoval(s.Spec, f.There.Mapping)).Input()
	input.PutBack = true
	n := store.NewJob{SetupID: s.ID, Kind: setup.JobApply, By: "Ada", Input: input, Rows: func(now setup.Resources, former setup.Former, _ time.Time) []setup.Resource {
		return []setup.Resource{steps.TakenOver(*f.There, now, former)}
	}}
	w.done(w.beginWith(n, steps.JobRows(n.Kind, input, s.Spec)))
}
