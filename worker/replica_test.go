package worker

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// run begins a worker with River's bell in real time, and stops it with the test.
func run(t *testing.T, s *store.Store, list []steps.Step) {
	t.Helper()
	w, err := New(testConfig(s, list, nil))
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-ended)
	})
}

// A job is within a long call in one process and is cancelled through another
// one (on SQLite, which has one process, through that): the call's context ends
// at once, what it made is kept, the next step does not begin, and a re-run
// carries on, in whichever process.
func TestCancelReachesTheProcessAtWork(t *testing.T) {
	t.Parallel()
	name := databaseName(t)
	s, err := store.Open(t.Context(), name)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	c := newTally()
	entered, left := make(chan struct{}), make(chan time.Time, 1)
	long := takes("long", nil, 0, c)
	apply := long.Apply
	long.Apply = func(ctx context.Context, e *steps.Env) error {
		if c.add("calls") > 1 {
			return apply(ctx, e)
		}
		close(entered)
		<-ctx.Done()
		left <- time.Now()
		if err := e.Save(ctx, setup.Resource{Key: setup.KeyDomain, ID: "made"}); err != nil {
			return err
		}
		return ctx.Err()
	}
	list := []steps.Step{long, says("next", []setup.StepID{"long"}, steps.Ready)}
	run(t, s, list)
	other := s
	if s.Postgres() {
		if other, err = store.Open(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { must(t, other.Close()) })
	}
	j := startJob(t, s, list)
	<-entered
	if other != s {
		run(t, other, list) // now, so that the first one has the step
	}
	time.Sleep(300 * time.Millisecond) // both hear each other
	asked := time.Now()
	must(t, other.CancelJob(t.Context(), j.ID, "Grace"))
	select {
	case at := <-left:
		t.Logf("the call's context ended %s after the cancel", at.Sub(asked).Round(time.Millisecond))
		if at.Sub(asked) > time.Second {
			t.Errorf("the call went on for %s after the cancel", at.Sub(asked))
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the call did not end with the cancel")
	}
	want := map[setup.StepID]setup.StepState{"long": setup.StepCancelled, "next": setup.StepCancelled}
	if diff := cmp.Diff(want, states(t, s, j.ID)); diff != "" {
		t.Error(diff)
	}
	waitFor(t, "what the call made", func() bool {
		got, err := other.Resources(t.Context(), j.SetupID)
		must(t, err)
		return got.ID(setup.KeyDomain) == "made"
	})
	must(t, other.RerunFrom(t.Context(), j.ID, "long", "Grace"))
	waitFor(t, "the job that was re-run", func() bool {
		got, err := other.Job(t.Context(), j.ID)
		must(t, err)
		return got.State == setup.JobSucceeded
	})
	if n := c.of("calls"); n != 2 {
		t.Errorf("the long call was made %d times, want twice", n)
	}
}
