package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// The calls of a job are read in one query: the newest of each step, how many
// there are, and all that could change something.
func TestCallsByStep(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	job := start(t, s, draft(t, s, "a.example.com").ID)
	for i, c := range []setup.Call{
		{StepID: "a", Operation: "a1", Write: true}, {StepID: "b", Operation: "b1"}, {StepID: "a", Operation: "a2"},
		{StepID: "a", Operation: "a3"}, {StepID: "b", Operation: "b2", Write: true}, {StepID: "a", Operation: "a4"},
	} {
		c.JobID, c.Attempt, c.Status = job, 1, 200+i
		must(t, s.RecordCall(ctx, c))
	}
	names := func(list []setup.Call) (words []string) {
		for _, c := range list {
			words = append(words, c.Operation)
		}
		return words
	}
	before, _ := s.Asked()
	got, err := s.CallsByStep(ctx, job, 2, nil)
	must(t, err)
	if after, _ := s.Asked(); after-before != 1 {
		t.Errorf("it takes %d queries, want 1", after-before)
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"of a", names(got.Calls["a"]), []string{"a3", "a4"}},
		{"of b", names(got.Calls["b"]), []string{"b1", "b2"}},
		{"that write", names(got.Writes), []string{"a1", "b2"}},
		{"in all", got.Count, map[setup.StepID]int{"a": 4, "b": 2}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("the calls %s: %s", c.what, diff)
		}
	}
	for _, only := range [][]setup.StepID{{}, {"b"}} {
		some, err := s.CallsByStep(ctx, job, 2, only)
		must(t, err)
		if diff := cmp.Diff(got.Count, some.Count); diff != "" || len(some.Calls) != len(only) || len(some.Writes) != 2 {
			t.Errorf("only of %q: %+v", only, some)
		}
	}
	if got.Calls["a"][1].Status != 205 {
		t.Errorf("a call is %+v", got.Calls["a"][1])
	}
}
