package store

import (
	"testing"

	"apifront/setup"
)

// A revision counts as in place until the job of a later one has succeeded.
func TestRevisionsThatMayBeInPlace(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	first := start(t, s, d.ID)
	want := func(what string, numbers ...int) {
		t.Helper()
		list, err := s.MayBeInPlace(ctx, d.ID)
		must(t, err)
		var got []int
		for _, r := range list {
			got = append(got, r.Number)
		}
		if len(got) != len(numbers) {
			t.Errorf("%s: %v, want %v", what, got, numbers)
			return
		}
		for i := range got {
			if got[i] != numbers[i] || list[i].SetupID != d.ID {
				t.Errorf("%s: %v, want %v", what, got, numbers)
			}
		}
	}
	want("without a distribution")
	must(t, s.SaveResource(ctx, d.ID, setup.Resource{Key: setup.KeyDistribution, ID: "E1"}))
	want("the first", 1)
	end := func(job int64, state setup.JobState) {
		t.Helper()
		must(t, s.write(ctx, func(t *tx) error {
			_, err := t.exec(ctx, `UPDATE jobs SET state = $1 WHERE id = $2`, string(state), job)
			return err
		}))
	}
	end(first, setup.JobCancelled)
	next := func(comment string, kind setup.JobKind) int64 {
		t.Helper()
		v, err := s.Setup(ctx, d.ID)
		must(t, err)
		v.Spec.Edge.Comment = comment
		n, err := s.StartJob(ctx, NewJob{SetupID: d.ID, Want: &v.Spec, Kind: kind, By: "Mira", Steps: []NewStep{{ID: "a", Title: "A"}}})
		must(t, err)
		return n
	}
	second := next("2", setup.JobApply)
	want("the second, whose job runs", 2, 1)
	end(second, setup.JobSucceeded)
	want("the second, in place", 2)
	end(next("3", setup.JobApply), setup.JobFailed)
	want("the third, which failed", 3, 2)
	end(next("4", setup.JobRestore), setup.JobSucceeded)
	want("the fourth, which only moved traffic", 4, 3, 2)
}
