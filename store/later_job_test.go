package store

import (
	"errors"
	"testing"

	"apifront/setup"
)

// Steps of a job are tried again only while it is of the newest revision and no
// later job has changed the setup: "re-run from here" on an old job put old
// settings back on a live distribution.
func TestAnOlderJobIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	finish := func(job int64) {
		t.Helper()
		for _, id := range []string{"a", "b", "c", "d"} {
			end(t, s, job, id, setup.StepDone)
		}
	}
	create := func(name, account string) (job int64, v setup.Setup) {
		t.Helper()
		d := draft(t, s, name)
		_, err := s.SaveDraft(t.Context(), d.ID, d.Version, setup.PageAPI, "Ada", func(v *setup.Spec) { v.Account.AccountID = account })
		must(t, err)
		job = start(t, s, d.ID)
		finish(job)
		v, err = s.SetupByName(t.Context(), account, name)
		must(t, err)
		return job, v
	}
	first, v := create("a.example.com", "111122223333")
	again := func() {
		t.Helper()
		must(t, s.RerunFrom(t.Context(), first, "d", "Grace"))
		end(t, s, first, "d", setup.StepDone)
	}
	// Neither what is about others, nor clearing caches, is a change of the setup.
	create("b.example.com", "111122223333")
	again()
	create("a.example.com", "444455556666")
	again()
	clear, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobInvalidate, By: "Ada", Steps: diamond()})
	must(t, err)
	finish(clear)
	again()
	for _, kind := range []setup.JobKind{setup.JobApply, setup.JobRestore} {
		later, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: kind, By: "Ada", Steps: diamond()})
		must(t, err)
		end(t, s, later, "a", setup.StepDone)
		end(t, s, later, "b", setup.StepFailed)
		end(t, s, later, "c", setup.StepDone)
		err = s.RerunFrom(ctx, first, "d", "Grace")
		if e, ok := errors.AsType[*LaterJobError](err); !ok || e.Job != later || !errors.Is(err, ErrConflict) {
			t.Errorf("a step of job %d after job %d, %s: %v", first, later, kind, err)
		}
		if got := jobState(t, s, first); got != setup.JobSucceeded {
			t.Errorf("the refused re-run left job %d %s", first, got)
		}
		must(t, s.RerunStep(ctx, later, "b", "Grace")) // the newest may
		end(t, s, later, "b", setup.StepDone)
		end(t, s, later, "d", setup.StepDone)
		first = later
	}
	// Clearing caches goes by the revision, too.
	want := v.Spec
	want.Domain.Switch = setup.SwitchLater
	last, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Want: &want, Why: "Later", Kind: setup.JobInvalidate, By: "Ada", Steps: diamond()})
	must(t, err)
	finish(last)
	err = s.RerunFrom(ctx, clear, "d", "Grace")
	if e, ok := errors.AsType[*LaterRevisionError](err); !ok || e.Revision != 1 || e.Newest != 2 {
		t.Errorf("a step of an older clearing: %v", err)
	}
	err = s.RerunFrom(ctx, first, "d", "Grace")
	if e, ok := errors.AsType[*LaterRevisionError](err); !ok || e.Revision != 1 || e.Newest != 2 {
		t.Errorf("a step of a job of revision 1: %v", err)
	}
}
