package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"apifront/setup"
)

// madeSetup is a setup whose first job has succeeded, and whose check after the
// job was healthy.
func madeSetup(t *testing.T, s *Store, name string) setup.Setup {
	t.Helper()
	job := start(t, s, draft(t, s, name).ID)
	for _, id := range []string{"a", "b", "c", "d"} {
		end(t, s, job, id, setup.StepDone)
	}
	j, err := s.Job(t.Context(), job)
	must(t, err)
	v, err := s.Setup(t.Context(), j.SetupID)
	must(t, err)
	ahead(s, checkAfterJob)
	p := nextCheck(t.Context(), t, s, v.ID, setup.CheckAfterJob)
	must(t, s.FinishCheck(t.Context(), "w", p, CheckOutcome{
		Result: setup.CheckHealthy, Sight: serves, Lines: []setup.CheckLine{{StepID: "a", Title: "A", Result: setup.LineRight}},
	}))
	return v
}

// ahead puts the store's clock forward.
func ahead(s *Store, by time.Duration) {
	at, began := s.Now().Add(by), time.Now()
	s.SetClock(func() time.Time { return at.Add(time.Since(began)) })
}

var (
	serves  = setup.Sight{Here: setup.Yes, Answers: setup.Yes}
	silent  = setup.Sight{Here: setup.Yes, Answers: setup.No}
	enabled = setup.FindingBody{Key: "distribution/Enabled", StepID: "distribution", Title: "Differs", Is: "false", Want: "true", Repair: true}
)

// nextCheck takes the check that is due, which must be of the setup.
func nextCheck(ctx context.Context, t *testing.T, s *Store, setupID string, reason setup.CheckReason) CheckPass {
	t.Helper()
	p, found, err := s.NextCheck(ctx, "w", 0)
	must(t, err)
	if !found || p.Setup.ID != setupID || p.Check.Reason != reason {
		t.Fatalf("the next check is %+v, found %v, want one of %s: %s", p.Check, found, setupID, reason)
	}
	return p
}

func stateIs(t *testing.T, s *Store, v setup.Setup, want setup.StateID) setup.State {
	t.Helper()
	v, err := s.Setup(t.Context(), v.ID)
	must(t, err)
	now, err := s.Situation(t.Context(), v)
	must(t, err)
	if now.State.ID != want {
		t.Fatalf("the state is %s, want %s", now.State.ID, want)
	}
	return now.State
}

// A finding opens with the first check that sees it, stays, is muted until it says
// something else, and closes with the first check that does not see it.
func TestFindingsOpenAndClose(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	served := stateIs(t, s, v, setup.StateServing)
	if served.Since.IsZero() {
		t.Error("nobody knows since when it serves")
	}
	look := func(o CheckOutcome) []setup.Finding {
		t.Helper()
		must(t, s.AskCheck(ctx, v.ID, "Ada"))
		must(t, s.AskCheck(ctx, v.ID, "Grace")) // one that is ordered is not ordered twice
		p := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
		if _, found, err := s.NextCheck(ctx, "other", 0); err != nil || found {
			t.Fatalf("a second worker took the check too: %v", err)
		}
		wants(t, s.FinishCheck(ctx, "other", p, o), ErrFenced)
		must(t, s.FinishCheck(ctx, "w", p, o))
		wants(t, s.FinishCheck(ctx, "w", p, o), ErrFenced)
		list, err := openFindings(ctx, s.reader, v.ID)
		must(t, err)
		return list
	}
	wrong := CheckOutcome{Result: setup.CheckFindings, Sight: serves, Looked: []setup.StepID{"distribution", "dns"}, Findings: []setup.FindingBody{enabled}}
	first := look(wrong)
	if len(first) != 1 || first[0].Key != enabled.Key || first[0].Since.IsZero() || !first[0].Repair {
		t.Fatalf("opened: %+v", first)
	}
	stateIs(t, s, v, setup.StateDrifted)
	time.Sleep(2 * time.Millisecond)
	if again := look(wrong); len(again) != 1 || again[0].ID != first[0].ID || !again[0].Since.Equal(first[0].Since) || !again[0].SeenAt.After(first[0].SeenAt) {
		t.Errorf("seen again: %+v", again)
	}
	if blind := look(CheckOutcome{Result: setup.CheckHealthy, Sight: serves, Looked: []setup.StepID{"dns"}}); len(blind) != 1 {
		t.Errorf("a check that could not look at the distribution closed its finding: %+v", blind)
	}
	must(t, s.MuteFinding(ctx, v.ID, first[0].ID, true, "Ada"))
	stateIs(t, s, v, setup.StateServing)
	if still := look(wrong); !still[0].Muted() || still[0].MutedBy.Name != "Ada" {
		t.Errorf("muted, and then %+v", still)
	}
	must(t, s.MuteFinding(ctx, v.ID, first[0].ID, false, "Ada"))
	stateIs(t, s, v, setup.StateDrifted)
	must(t, s.MuteFinding(ctx, v.ID, first[0].ID, true, "Ada"))
	other := wrong
	other.Findings = []setup.FindingBody{enabled}
	other.Findings[0].Is = "somebody's value"
	if changed := look(other); changed[0].Muted() || changed[0].ID != first[0].ID {
		t.Errorf("it says something else, and is %+v", changed)
	}
	must(t, s.MuteFinding(ctx, v.ID, first[0].ID, true, "Ada"))
	other.Findings[0].Effect = &setup.Problem{What: "Callers get 502."}
	if noticed := look(other); noticed[0].Muted() {
		t.Errorf("callers notice it now, and it is %+v", noticed)
	}
	if right := look(CheckOutcome{Result: setup.CheckHealthy, Sight: serves, Looked: wrong.Looked}); len(right) != 0 {
		t.Errorf("still open: %+v", right)
	}
	stateIs(t, s, v, setup.StateServing)
	wants(t, s.MuteFinding(ctx, v.ID, first[0].ID, true, "Ada"), ErrNotFound)
	wants(t, s.MuteFinding(ctx, "nobody", first[0].ID, true, "Ada"), ErrNotFound)
	list, err := s.Checks(ctx, v.ID, 100)
	must(t, err)
	if len(list) != 8 || slices.ContainsFunc(list, func(c setup.Checkup) bool { return c.Open() }) {
		t.Errorf("the history has %d checks: %+v", len(list), list)
	}
}

// One failure is no state; the second in a row is. A check that could not run says
// nothing about callers, and two of them are a state.
func TestAStateNeedsTwoFailures(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := s.Now()
	s.SetClock(func() time.Time { return now })
	look := func(reason setup.CheckReason, o CheckOutcome) {
		t.Helper()
		now = now.Add(2 * time.Minute)
		if reason == setup.CheckByPerson {
			must(t, s.AskCheck(ctx, v.ID, "Ada"))
		}
		must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, reason), o))
	}
	fails := CheckOutcome{Result: setup.CheckFindings, Sight: silent, Again: time.Minute}
	look(setup.CheckByPerson, fails)
	first := now
	stateIs(t, s, v, setup.StateServing)
	if _, found, err := s.NextCheck(ctx, "w", 0); err != nil || found {
		t.Fatalf("the next try came at once: %v", err)
	}
	fails.Again = 0
	look(setup.CheckAgain, fails)
	since := stateIs(t, s, v, setup.StateNotAnswering).Since
	if !since.Equal(first.Truncate(time.Millisecond)) {
		t.Errorf("not answering since %s, and the first check that got no answer ended at %s", since, first)
	}
	look(setup.CheckByPerson, fails)
	if st := stateIs(t, s, v, setup.StateNotAnswering); !st.Since.Equal(since) {
		t.Errorf("not answering since %s, and after one more check since %s", since, st.Since)
	}
	look(setup.CheckByPerson, CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	stateIs(t, s, v, setup.StateServing)
	blind := CheckOutcome{Result: setup.CheckCouldNot, Problem: &setup.Problem{What: "No network."}}
	look(setup.CheckByPerson, blind)
	stateIs(t, s, v, setup.StateServing)
	look(setup.CheckByPerson, blind)
	stateIs(t, s, v, setup.StateNotChecked)
}

// A job that begins ends the check that is open, whoever is at it, and the check
// after the job looks at what it left. A job that only clears caches does neither.
func TestAJobEndsTheCheckThatIsOpen(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	p := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
	clear, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobInvalidate, By: "Ada", Steps: diamond()})
	must(t, err)
	must(t, s.RenewCheck(ctx, "w", p.Check.ID))
	stateIs(t, s, v, setup.StateServing)
	must(t, s.CancelJob(ctx, clear, "Ada"))
	job, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	must(t, err)
	wants(t, s.RenewCheck(ctx, "w", p.Check.ID), ErrFenced)
	wants(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckFindings, Looked: []setup.StepID{"distribution"}, Findings: []setup.FindingBody{enabled}}), ErrFenced)
	if list, err := openFindings(ctx, s.reader, v.ID); err != nil || len(list) > 0 {
		t.Errorf("what was seen during the job is a finding: %+v, %v", list, err)
	}
	if st := stateIs(t, s, v, setup.StateBeingChanged); st.Job != job {
		t.Errorf("being changed by job %d, want %d", st.Job, job)
	}
	var active *ActiveJobError
	if err := s.AskCheck(ctx, v.ID, "Ada"); !errors.As(err, &active) || active.Job != job {
		t.Errorf("a check beside job %d: %v", job, err)
	}
	must(t, s.CancelJob(ctx, job, "Ada"))
	stateIs(t, s, v, setup.StateServing)
	if _, found, err := s.NextCheck(ctx, "w", 0); err != nil || found {
		t.Errorf("the check after the job came at once: %v", err)
	}
	ahead(s, checkAfterJob)
	nextCheck(ctx, t, s, v.ID, setup.CheckAfterJob)

	fresh := start(t, s, draft(t, s, "b.example.com").ID)
	j, err := s.Job(ctx, fresh)
	must(t, err)
	w, err := s.Setup(ctx, j.SetupID)
	must(t, err)
	stateIs(t, s, w, setup.StateBeingMade)
	must(t, s.CancelJob(ctx, fresh, "Ada"))
	stateIs(t, s, w, setup.StateNotFinished)
	wants(t, s.AskCheck(ctx, w.ID, "Ada"), ErrConflict)
	if _, found, err := s.NextCheck(ctx, "w", 0); err != nil || found {
		t.Errorf("a setup that was never made is checked: %v", err)
	}
}

// A worker that died gives its check up after the lease, and one that stops gives
// it back.
func TestAChecksLeaseEnds(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := s.Now()
	s.SetClock(func() time.Time { return now })
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	p := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
	now = now.Add(checkLease - time.Second)
	must(t, s.RenewCheck(ctx, "w", p.Check.ID))
	now = now.Add(checkLease - time.Second)
	if _, found, err := s.NextCheck(ctx, "other", 0); err != nil || found {
		t.Fatalf("taken within the lease: %v", err)
	}
	now = now.Add(2 * time.Second)
	if _, found, err := s.NextCheck(ctx, "other", 0); err != nil || !found {
		t.Fatalf("not taken after the lease: %v", err)
	}
	wants(t, s.RenewCheck(ctx, "w", p.Check.ID), ErrFenced)
	must(t, s.FreeChecks(ctx, "other"))
	nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
}

// What each step showed is kept for a week, and of a healthy check by itself not at
// all: its row has a few hundred octets.
func TestLinesOfChecksAreForgotten(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := s.Now()
	s.SetClock(func() time.Time { return now })
	lines := []setup.CheckLine{{StepID: "distribution", Title: "Distribution", Result: setup.LineRight, Text: "CloudFront, E1"}}
	look := func() {
		t.Helper()
		must(t, s.AskCheck(ctx, v.ID, "Ada"))
		must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), CheckOutcome{Result: setup.CheckHealthy, Sight: serves, Lines: lines}))
	}
	kept := func() (n []int) {
		t.Helper()
		list, err := s.Checks(ctx, v.ID, 100)
		must(t, err)
		for _, c := range list {
			n = append(n, len(c.Lines))
		}
		return n
	}
	look()
	if got := kept(); !slices.Equal(got, []int{1, 0}) {
		t.Errorf("kept %v lines, want those of the person's check alone", got)
	}
	now = now.Add(keepCheckLines + time.Hour)
	look()
	if n, err := s.ForgetCheckLines(ctx); err != nil || n != 1 {
		t.Errorf("forgot the lines of %d checks, %v", n, err)
	}
	if got := kept(); !slices.Equal(got, []int{1, 0, 0}) {
		t.Errorf("after a week kept %v lines", got)
	}
	for i := range 5000 {
		lines = append(lines, setup.CheckLine{StepID: "a", Title: "A", Text: "a line that says something", Took: time.Duration(i)})
	}
	look()
	list, err := s.Checks(ctx, v.ID, 1)
	must(t, err)
	if n := len(list[0].Lines); n == 0 || n > 3000 {
		t.Errorf("of 5000 lines %d are kept", n)
	}
}
