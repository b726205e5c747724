package store

import (
	"errors"
	"testing"

	"apifront/setup"
)

// Steps of a job are tried again only while no later job has changed the name:
// "re-run from here" on an old job put old settings back on a live distribution.
func TestAnOlderJobIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	finish := func(job int64) {
		t.Helper()
		for _, id := range []string{"a", "b", "c", "d"} {
			end(t, s, job, id, setup.StepDone)
		}
	}
	begin := func(name, account string, kind setup.JobKind) int64 {
		t.Helper()
		d := draft(t, s, name)
		_, err := s.SaveDraft(t.Context(), d.ID, d.Version, setup.PageAPI, "Ada", func(v *setup.Spec) { v.Account.AccountID = account })
		must(t, err)
		job, err := s.StartJob(t.Context(), NewJob{SetupID: d.ID, Kind: kind, By: "Ada", Steps: diamond()})
		must(t, err)
		return job
	}
	first := begin("a.example.com", "111122223333", setup.JobApply)
	finish(first)
	// Neither what is about others, nor clearing caches, is a change of the name.
	for _, other := range []struct {
		name, account string
		kind          setup.JobKind
	}{
		{"b.example.com", "111122223333", setup.JobApply},
		{"a.example.com", "444455556666", setup.JobApply},
		{"a.example.com", "111122223333", setup.JobInvalidate},
	} {
		finish(begin(other.name, other.account, other.kind))
		must(t, s.RerunFrom(ctx, first, "d", "Grace"))
		end(t, s, first, "d", setup.StepDone)
	}
	for _, kind := range []setup.JobKind{setup.JobApply, setup.JobRestore} {
		later := begin("a.example.com", "111122223333", kind)
		end(t, s, later, "a", setup.StepDone)
		end(t, s, later, "b", setup.StepFailed)
		end(t, s, later, "c", setup.StepDone)
		err := s.RerunFrom(ctx, first, "d", "Grace")
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
}
