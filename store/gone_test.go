package store

import (
	"errors"
	"testing"

	"apifront/setup"
)

// A teardown is a revision of its own. When it has ended, nothing is checked any
// more and no finding is open, and no other kind of job starts on the setup. A
// draft of the name makes the next revision of the same setup.
func TestTeardownIsARevision(t *testing.T) {
	t.Parallel()
	s := open(t)
	v := madeSetup(t, s, "api.example.com")
	must(t, s.AskCheck(t.Context(), v.ID, "Ada"))
	p := nextCheck(t.Context(), t, s, v.ID, setup.CheckByPerson)
	must(t, s.FinishCheck(t.Context(), "w", p, CheckOutcome{Result: setup.CheckFindings, Sight: serves, Findings: []setup.FindingBody{enabled}, Looked: []setup.StepID{"distribution"}}))
	if _, err := s.StartJob(t.Context(), NewJob{SetupID: v.ID, Kind: setup.JobTeardown, By: "Ada"}); !errors.As(err, new(*GoneError)) {
		t.Errorf("a teardown of what is wanted: %v", err)
	}
	gone := v.Spec
	gone.Gone = &setup.Gone{Name: setup.GoneNowhere}
	down := NewJob{SetupID: v.ID, Kind: setup.JobTeardown, Want: &gone, Why: "Take down", From: v.Revision, By: "Ada", Steps: diamond()}
	clearing, err := s.StartJob(t.Context(), NewJob{SetupID: v.ID, Kind: setup.JobInvalidate, By: "Ada", Steps: diamond()})
	must(t, err)
	if _, err := s.StartJob(t.Context(), down); !errors.As(err, new(*ActiveJobError)) {
		t.Fatalf("while another job is at work: %v", err)
	}
	must(t, s.CancelJob(t.Context(), clearing, "Ada"))
	job, err := s.StartJob(t.Context(), down)
	must(t, err)
	stateIs(t, s, v, setup.StateBeingGone)
	for _, id := range []string{"a", "b", "c", "d"} {
		end(t, s, job, id, setup.StepDone)
	}
	stateIs(t, s, v, setup.StateGone)
	if j, err := s.Job(t.Context(), job); err != nil || j.Revision != v.Revision+1 {
		t.Errorf("revision %d, %v", j.Revision, err)
	}
	if list, _, err := s.Setups(t.Context(), SetupFilter{Limit: 10}); err != nil || len(list) != 0 {
		t.Errorf("the list has %+v, %v", list, err)
	}
	if list, _, err := s.Setups(t.Context(), SetupFilter{Group: GroupDown, Limit: 10}); err != nil || len(list) != 1 || list[0].Findings != 0 {
		t.Errorf("the list of what is taken down has %+v, %v", list, err)
	}
	if err := s.AskCheck(t.Context(), v.ID, "Ada"); !errors.Is(err, ErrConflict) {
		t.Errorf("a check of what is gone: %v", err)
	}
	for _, kind := range []setup.JobKind{setup.JobApply, setup.JobInvalidate, setup.JobRestore} {
		if _, err := s.StartJob(t.Context(), NewJob{SetupID: v.ID, Kind: kind, By: "Ada"}); !errors.As(err, new(*GoneError)) {
			t.Errorf("%s of what is gone: %v", kind, err)
		}
	}
	must(t, s.HideSetup(t.Context(), v.ID, "Ada"))
	if _, n, err := s.Setups(t.Context(), SetupFilter{Limit: 10}); err != nil || n[GroupDown] != 0 {
		t.Errorf("%d are in the list of what is taken down, %v", n[GroupDown], err)
	}
	again := start(t, s, draft(t, s, "api.example.com").ID)
	j, err := s.Job(t.Context(), again)
	must(t, err)
	if j.SetupID != v.ID || j.Revision != v.Revision+2 {
		t.Errorf("set up again: setup %s, revision %d", j.SetupID, j.Revision)
	}
	stateIs(t, s, v, setup.StateBeingMade)
	if list, _, err := s.Setups(t.Context(), SetupFilter{Limit: 10}); err != nil || len(list) != 1 || !list[0].Setup.HiddenAt.IsZero() {
		t.Errorf("set up again, and the list has %+v, %v", list, err)
	}
	if err := s.HideSetup(t.Context(), v.ID, "Ada"); !errors.Is(err, ErrConflict) {
		t.Errorf("one at work was removed from the list: %v", err)
	}
}
