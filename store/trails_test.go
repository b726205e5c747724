package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// What CloudTrail said of a finding is stored with it, by the check that opened it or
// later; it is asked again when that is due, by one worker at a time, and not any more
// once the finding has closed. The row stays.
func TestTrailsBelongToFindings(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	seen := s.Now()
	waiting := setup.Trail{State: setup.TrailWaiting, Place: "default/us-east-1", From: at(ms(seen.Add(-time.Hour))), Until: at(ms(seen)), Tries: 1, AskedAt: at(ms(seen)), DueAt: at(ms(seen.Add(time.Minute)))}
	look := func(o CheckOutcome) []setup.Finding {
		t.Helper()
		must(t, s.AskCheck(ctx, v.ID, "Ada"))
		o.Result, o.Sight, o.Looked = setup.CheckFindings, serves, []setup.StepID{"distribution"}
		must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), o))
		list, err := openFindings(ctx, s.reader, v.ID)
		must(t, err)
		return list
	}
	list := look(CheckOutcome{Findings: []setup.FindingBody{enabled}, Trails: map[string]setup.Trail{enabled.Key: waiting, "other": waiting}})
	if d := cmp.Diff(&waiting, list[0].Trail); d != "" {
		t.Errorf("the trail is not what was said of it:\n%s", d)
	}
	// A check that did not ask leaves it as it is.
	if list = look(CheckOutcome{Findings: []setup.FindingBody{enabled}}); list[0].Trail == nil || list[0].Trail.State != setup.TrailWaiting {
		t.Errorf("the next check has lost it: %+v", list[0].Trail)
	}
	take := func(want bool) TrailPass {
		t.Helper()
		p, wait, found, err := s.NextTrail(ctx, "w")
		must(t, err)
		if found != want || !found && wait < 0 {
			t.Fatalf("found %v, after %s, want %v", found, wait, want)
		}
		return p
	}
	take(false)
	ahead(s, 2*time.Minute)
	p := take(true)
	if p.Setup.ID != v.ID || len(p.Findings) != 1 || p.Findings[0].Trail.State != setup.TrailWaiting {
		t.Fatalf("it is about %+v", p)
	}
	take(false) // somebody is at it
	ahead(s, trailLease+time.Second)
	again := take(true)
	known := setup.Trail{
		State: setup.TrailKnown, Place: waiting.Place, From: waiting.From, Until: waiting.Until, Tries: 2, AskedAt: at(ms(s.Now())), DueAt: at(ms(s.Now().Add(time.Minute))),
		TrailBody: setup.TrailBody{Last: &setup.TrailCall{Event: "UpdateDistribution", At: seen.Add(-time.Minute).UTC().Truncate(time.Second), Who: "jonas", Kind: "IAM user", How: "in the console"}, Others: 1},
	}
	none := known
	none.State = setup.TrailNone
	p.Findings[0].Trail = &none
	must(t, s.FinishTrail(ctx, p)) // it is not this one's any more
	again.Findings[0].Trail = &known
	must(t, s.FinishTrail(ctx, again))
	list, err := openFindings(ctx, s.reader, v.ID)
	must(t, err)
	if d := cmp.Diff(&known, list[0].Trail); d != "" {
		t.Errorf("the trail is not what was said of it:\n%s", d)
	}
	// It says something else: whoever made it so may be another one.
	off := enabled
	off.Is = "maybe"
	if list = look(CheckOutcome{Findings: []setup.FindingBody{off}, Trails: map[string]setup.Trail{off.Key: waiting}}); list[0].Trail.State != setup.TrailWaiting || list[0].Trail.Last != nil {
		t.Errorf("the finding has changed, and its trail is %+v", list[0].Trail)
	}
	id := list[0].ID
	if list = look(CheckOutcome{}); len(list) > 0 {
		t.Fatalf("still open: %+v", list)
	}
	ahead(s, time.Hour)
	take(false)
	var state string
	var due int64
	must(t, s.reader.QueryRowContext(ctx, `SELECT state, due_at FROM trails WHERE finding_id = $1`, id).Scan(&state, &due))
	if state != string(setup.TrailWaiting) {
		t.Errorf("what was said of a closed finding is %s, due %d", state, due)
	}
}

// A worker that stops gives back what it was at, and no more than that.
func TestTrailsAreGivenBack(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), CheckOutcome{
		Result: setup.CheckFindings, Sight: serves, Looked: []setup.StepID{"distribution"}, Findings: []setup.FindingBody{enabled},
		Trails: map[string]setup.Trail{enabled.Key: {State: setup.TrailWaiting, DueAt: s.Now().Add(-time.Second)}},
	}))
	for _, worker := range []string{"w", "other"} {
		_, _, found, err := s.NextTrail(ctx, "w")
		must(t, err)
		if want := worker == "w"; found != want {
			t.Errorf("%s: found %v, want %v", worker, found, want)
		}
		must(t, s.FreeTrails(ctx, "other"))
	}
	must(t, s.FreeTrails(ctx, "w"))
	if _, _, found, err := s.NextTrail(ctx, "w"); err != nil || !found {
		t.Errorf("found %v, %v", found, err)
	}
}

// A refusal is remembered for its place, as long as was asked.
func TestTrailRefusalsAreRemembered(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), CheckOutcome{
		Result: setup.CheckFindings, Sight: serves, Looked: []setup.StepID{"distribution"}, Findings: []setup.FindingBody{enabled},
		Trails: map[string]setup.Trail{enabled.Key: {State: setup.TrailRefused, Place: "default/us-east-1", AskedAt: s.Now()}},
	}))
	for _, c := range []struct {
		place string
		since time.Duration
		want  bool
	}{{"default/us-east-1", time.Hour, true}, {"default/eu-west-1", time.Hour, false}, {"default/us-east-1", -time.Second, false}} {
		is, err := s.TrailRefused(ctx, c.place, s.Now().Add(-c.since))
		must(t, err)
		if is != c.want {
			t.Errorf("%s, since %s: %v, want %v", c.place, c.since, is, c.want)
		}
	}
}

// Something was right when the last check that looked at it began, or when the last
// job that did it ended, whichever is later.
func TestRightSince(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	since := func(step setup.StepID) time.Time {
		t.Helper()
		at, err := s.RightSince(ctx, v.ID, step, s.Now())
		must(t, err)
		return at
	}
	list, err := s.Checks(ctx, v.ID, 1)
	must(t, err)
	healthy := list[0].BegunAt
	if healthy.IsZero() || healthy.After(list[0].DoneAt) {
		t.Fatalf("the check began %s and ended %s", healthy, list[0].DoneAt)
	}
	if got := since("a"); !got.Equal(healthy) {
		t.Errorf("right since %s, want %s, when the check began", got, healthy)
	}
	// A check that could not look at a step says nothing of it.
	ahead(s, time.Hour)
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), CheckOutcome{
		Result: setup.CheckFindings, Sight: serves, Looked: []setup.StepID{"b"}, Findings: []setup.FindingBody{enabled},
		Lines: []setup.CheckLine{{StepID: "a", Result: setup.LineUnknown}, {StepID: "b", Result: setup.LineWrong}},
	}))
	list, err = s.Checks(ctx, v.ID, 1)
	must(t, err)
	if got := since("a"); !got.Equal(healthy) {
		t.Errorf("a: right since %s, want %s", got, healthy)
	}
	if got := since("b"); !got.Equal(list[0].BegunAt) {
		t.Errorf("b: right since %s, want %s", got, list[0].BegunAt)
	}
	if got, err := s.RightSince(ctx, v.ID, "b", healthy.Add(-time.Nanosecond)); err != nil || got.After(healthy) {
		t.Errorf("before the check: %s, %v", got, err)
	}
}

// The ledger knows the calls of this installation's jobs.
func TestOurCalls(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	job := start(t, s, draft(t, s, "a.example.com").ID)
	must(t, s.RecordCall(ctx, setup.Call{JobID: job, StepID: "a", Attempt: 1, Service: "cloudfront", Operation: "UpdateDistribution", RequestID: "r1", StartedAt: s.Now()}))
	ids := []string{"r1", "r2", ""}
	for len(ids) < 450 {
		ids = append(ids, "none")
	}
	ours, err := s.OurCalls(ctx, append(ids, "r1"))
	must(t, err)
	if d := cmp.Diff(map[string]bool{"r1": true}, ours); d != "" {
		t.Error(d)
	}
}
