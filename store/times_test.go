package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/flow"
	"apifront/setup"
	"apifront/store/storetest"
)

// A job knows how long the steps of others took that were done by themselves, and
// nothing of those that waited for a person, were tried again, or belonged to jobs
// of another kind.
func TestStepTimes(t *testing.T) {
	t.Parallel()
	name := storetest.File(t, filepath.Join(t.TempDir(), "test.db"), migrate)
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), name)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		first := draft(t, s, "a.example.com").ID
		job := start(t, s, first)
		p := claim(t, s, job, "a")
		time.Sleep(time.Second)
		must(t, s.Settle(t.Context(), p, Outcome{State: setup.StepRunning, After: 8 * time.Second}))
		for _, wait := range []time.Duration{8 * time.Second, 2 * time.Second} {
			time.Sleep(wait)
			o := Outcome{State: setup.StepRunning, After: 2 * time.Second}
			if wait == 2*time.Second {
				o = Outcome{State: setup.StepDone}
			}
			must(t, s.Settle(t.Context(), claim(t, s, job, "a"), o))
		}
		asked := claim(t, s, job, "b")
		must(t, s.Settle(t.Context(), asked, Outcome{State: setup.StepNeedsYou}))
		end(t, s, job, "b", setup.StepDone)
		must(t, s.Settle(t.Context(), claim(t, s, job, "c"), Outcome{State: setup.StepRunning, Retry: true}))
		end(t, s, job, "c", setup.StepDone)
		end(t, s, job, "d", setup.StepDone)

		times := func(job int64, step setup.StepID) map[setup.StepID][]flow.Took {
			got, err := s.StepTimes(t.Context(), job, step)
			must(t, err)
			return got
		}
		want := map[setup.StepID][]flow.Took{
			"a": {{Whole: 11 * time.Second, Unready: 8 * time.Second, Ready: 10 * time.Second}},
			"d": {{}},
		}
		other := start(t, s, draft(t, s, "b.example.com").ID)
		if diff := cmp.Diff(want, times(other, "")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		delete(want, "d")
		if diff := cmp.Diff(want, times(other, "a")); diff != "" {
			t.Errorf("of one step (-want +got):\n%s", diff)
		}
		if got := times(job, ""); len(got) != 0 {
			t.Errorf("the job's own times are %v", got)
		}
		// What is in place already takes no time, so the two have times of their own.
		later := start(t, s, first)
		if got := times(later, ""); len(got) != 0 {
			t.Errorf("a job that changes a setup goes by those that make one: %v", got)
		}
		end(t, s, later, "a", setup.StepDone)
		if diff := cmp.Diff(want, times(other, "a")); diff != "" {
			t.Errorf("after a change (-want +got):\n%s", diff)
		}
	})
}

// Only the newest jobs tell.
func TestStepTimesAreBounded(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range timesKept + 5 {
		end(t, s, start(t, s, draft(t, s, fmt.Sprintf("n%d.example.com", i)).ID), "a", setup.StepDone)
	}
	var rows, oldest int
	must(t, s.reader.QueryRowContext(t.Context(), `SELECT COUNT(*), MIN(job_id) FROM step_times`).Scan(&rows, &oldest))
	if rows != timesKept || oldest != 6 {
		t.Errorf("%d rows are kept, the oldest of job %d", rows, oldest)
	}
}
