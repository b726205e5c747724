package store

import (
	"io/fs"
	"strings"
	"testing"

	"apifront/migrations"
	"apifront/setup"
)

// Setups of before checks existed get the state that the fold makes of their jobs,
// and the list has it. Those in place are due for a check.
func TestSetupsOfBeforeHaveTheirState(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	fill := func(migration, insert string) string {
		t.Helper()
		text, err := fs.ReadFile(migrations.FS, migration)
		must(t, err)
		_, rest, found := strings.Cut(string(text), insert)
		rest, _, ended := strings.Cut(rest, ";")
		if !found || !ended {
			t.Fatalf("%s has no %s", migration, insert)
		}
		return insert + rest
	}
	again := func(v setup.Setup, kind setup.JobKind) int64 {
		t.Helper()
		v.Spec.Domain.Switch = setup.SwitchLater
		job, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Want: &v.Spec, Kind: kind, By: "Ada", Steps: []NewStep{{ID: "a", Title: "A"}}})
		must(t, err)
		return job
	}
	serving, ready := madeSetup(t, s, "serving.example.com"), madeSetup(t, s, "ready.example.com")
	back, changed := madeSetup(t, s, "back.example.com"), madeSetup(t, s, "changed.example.com")
	_, err := s.StartJob(ctx, NewJob{SetupID: serving.ID, Kind: setup.JobInvalidate, By: "Ada", Steps: []NewStep{{ID: "a", Title: "A"}}})
	must(t, err)
	start(t, s, draft(t, s, "made.example.com").ID)
	must(t, s.CancelJob(ctx, start(t, s, draft(t, s, "stopped.example.com").ID), "Ada"))
	end(t, s, again(ready, setup.JobApply), "a", setup.StepDone)
	end(t, s, again(back, setup.JobRestore), "a", setup.StepDone)
	again(changed, setup.JobApply)
	for _, q := range []string{
		"DELETE FROM states", "DELETE FROM checks", "DELETE FROM schedules",
		fill("00019_checks.sql", "INSERT INTO states"), fill("00020_schedules.sql", "INSERT INTO schedules"),
	} {
		_, err := s.Writer().ExecContext(ctx, q)
		must(t, err)
	}
	want := map[string]setup.StateID{
		"serving.example.com": setup.StateServing, "made.example.com": setup.StateBeingMade, "stopped.example.com": setup.StateNotFinished,
		"ready.example.com": setup.StateReady, "back.example.com": setup.StateMovedBack, "changed.example.com": setup.StateBeingChanged,
	}
	list, total, err := s.Setups(ctx, SetupFilter{Limit: 10})
	must(t, err)
	if total.Of("") != len(want) {
		t.Fatalf("%d setups", total.Of(""))
	}
	for _, row := range list {
		fold, err := s.Situation(ctx, row.Setup)
		must(t, err)
		if row.State.ID != want[row.Setup.Name()] || fold.State != row.State {
			t.Errorf("%s: %+v in the list, %+v by the fold, want %s", row.Setup.Name(), row.State, fold.State, want[row.Setup.Name()])
		}
		if !row.State.Since.IsZero() || !row.Plan.Told.IsZero() || row.Plan.Every != setup.CheckUsually || row.Plan.Next.IsZero() == row.State.ID.Checked() {
			t.Errorf("%s: since %s, checked by %+v", row.Setup.Name(), row.State.Since, row.Plan)
		}
	}
}
