package worker

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// TestRiverRings is the whole way over River on SQLite, in real time: steps
// that begin, park, are cancelled by a re-run, and are taken up after a stop.
func TestRiverRings(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), databaseName(t))
	must(t, err)
	defer func() { must(t, s.Close()) }()
	// More than a year ahead of the machine: bells must not go by another clock.
	s.SetClock(func() time.Time { return time.Now().Add(400 * 24 * time.Hour) })
	c := newTally()
	quick := func(id setup.StepID, needs ...setup.StepID) steps.Step {
		d := takes(id, needs, 300*time.Millisecond, c)
		d.Wait = steps.Wait{Every: 100 * time.Millisecond, Limit: time.Minute}
		return d
	}
	parked := quick("parked", "first")
	parked.Wait.Every = time.Hour
	list := []steps.Step{quick("first"), quick("second", "first"), parked, quick("last", "second", "parked")}
	begin := func() (stop func()) {
		w, err := New(testConfig(s, list, nil))
		must(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		return func() {
			cancel()
			select {
			case err := <-ended:
				must(t, err)
			case <-time.After(10 * time.Second):
				t.Fatal("the worker did not stop within 10 s")
			}
		}
	}
	stop := begin()
	j := startJob(t, s, list)
	waitFor(t, "the second step", func() bool { return states(t, s, j.ID)["second"] == setup.StepDone })
	waitFor(t, "the parked step", func() bool { return !step(t, s, j.ID, "parked").NextAt.IsZero() && c.of("parked applied") == 1 })
	stop()
	stop = begin()
	if got := states(t, s, j.ID)["parked"]; got != setup.StepRunning {
		t.Errorf("the parked step is %s after the restart, want running", got)
	}
	looked := c.of("parked observed")
	must(t, s.LookNow(t.Context(), j.ID, "parked"))
	waitFor(t, "the job", func() bool {
		j, err := s.Job(t.Context(), j.ID)
		must(t, err)
		return j.State == setup.JobSucceeded
	})
	if n := c.of("parked observed"); n != looked+1 {
		t.Errorf("the parked step was looked at %d times by the button, want once", n-looked)
	}
	if n := c.of("first applied"); n != 1 {
		t.Errorf("the first step was applied %d times", n)
	}
	stop()
}

// waitFor waits in real time.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s did not come", what)
}

// A process that was killed while the clock was ahead leads River until then,
// unless the next one ends that.
func TestRiverHasNoLeaderOfTomorrow(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	must(t, err)
	defer func() { must(t, s.Close()) }()
	w, err := New(testConfig(s, nil, nil))
	must(t, err)
	prepare := w.Bell.(interface{ Prepare(context.Context) error }).Prepare
	must(t, prepare(t.Context()))
	river := riversqlite.New(s.Writer()).GetExecutor()
	tomorrow := time.Now().Add(24 * time.Hour)
	_, err = river.LeaderInsert(t.Context(), &riverdriver.LeaderInsertParams{LeaderID: "gone", ElectedAt: &tomorrow, ExpiresAt: &tomorrow})
	must(t, err)
	must(t, prepare(t.Context()))
	if l, err := river.LeaderGetElectedLeader(t.Context(), &riverdriver.LeaderGetElectedLeaderParams{}); !errors.Is(err, rivertype.ErrNotFound) {
		t.Errorf("River is still led by %+v (%v)", l, err)
	}
}
