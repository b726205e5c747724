package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/setup"
	"apifront/store"
	"apifront/worker"
)

// another is one more process on the world's database, with a worker of its
// own; on SQLite, which one process has to itself, it is the same one.
func (w *world) another() (s *store.Store, stop func()) {
	w.t.Helper()
	if !w.store.Postgres() {
		return w.store, func() {}
	}
	s, err := store.Open(context.Background(), w.path)
	must(w.t, err)
	wire := w.newWire()
	settings := w.settings(wire)
	settings.Turn, settings.Hold = s.TakeTurn, s.HoldTurns
	k, err := worker.New(worker.Config{
		Store: s, Cloud: cloud.New(settings), Probe: w.internet(wire), Install: "install-1", Bell: worker.NewMemoryBell(), Log: slog.New(slog.DiscardHandler), Seals: w.seals(),
	})
	must(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	return s, func() {
		cancel()
		must(w.t, errors.Join(<-ended, s.Close()))
	}
}

// A job is cancelled at any of its calls, on PostgreSQL through another
// replica than the one that carries it out: it ends promptly and between two
// calls, nothing is deleted, and a re-run ends as if nothing had happened.
func TestCancelAnywhere(t *testing.T) {
	var runs, slowest atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d cancels; the last call began at most %s after one", runs.Load(), time.Duration(slowest.Load()))
	})
	for i, v := range variants()[:6] {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var calls int
			var want ending
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.draft(v)
				w.done(w.begin(setup.JobApply, s))
				calls, want = w.wire.count(), w.ending(s)
			})
			for k := 1; k < calls; k++ { // after the last one there is nothing to cancel
				if k%sampleEvery(t) != i%sampleEvery(t) {
					continue
				}
				runs.Add(1)
				inPacedWorld(t, quickPace(), func(w *world) {
					if after := int64(w.cancelledAt(v, k, want)); after > slowest.Load() {
						slowest.Store(after)
					}
				})
			}
		})
	}
}

// cancelledAt is one job that is cancelled when its k-th call begins. It says
// how long after the cancel the last call began.
func (w *world) cancelledAt(v variant, k int, want ending) (after time.Duration) {
	w.t.Helper()
	other, stop := w.another()
	defer stop()
	s := w.draft(v)
	var job int64
	var at time.Time
	answer := make(chan error, 1)
	w.wire.tellAt(k, func() {
		at = time.Now()
		answer <- other.CancelJob(context.Background(), job, "Grace")
	})
	job = w.begin(setup.JobApply, s)
	j := w.end(job)
	must(w.t, <-answer)
	if j.State != setup.JobCancelled {
		w.t.Errorf("cancelled at call %d the job is %s:\n%s", k, j.State, w.story(job))
		return 0
	}
	time.Sleep(time.Minute)
	for _, c := range w.sim.Calls() {
		after = max(after, c.At.Sub(at))
		if strings.HasPrefix(c.Operation, "Delete") {
			w.t.Errorf("cancelled at call %d: %s was called", k, c.Operation)
		}
	}
	if after > 250*time.Millisecond { // a call takes 150 ms
		w.t.Errorf("cancelled at call %d: a call began %s later", k, after)
	}
	for {
		list, err := other.Steps(w.t.Context(), job)
		must(w.t, err)
		i := slices.IndexFunc(list, func(p setup.Step) bool { return p.State == setup.StepCancelled })
		if i < 0 {
			break
		}
		must(w.t, other.RerunFrom(w.t.Context(), job, list[i].ID, "Grace"))
	}
	if j := w.end(job); j.State != setup.JobSucceeded {
		w.t.Errorf("cancelled at call %d and re-run the job is %s:\n%s", k, j.State, w.story(job))
		return after
	}
	if diff := cmp.Diff(want, w.ending(s)); diff != "" {
		w.t.Errorf("cancelled at call %d and re-run: not the same end (want -, got +):\n%s", k, diff)
	}
	if lost := w.orphans(s.ID); len(lost) > 0 {
		w.t.Errorf("cancelled at call %d and re-run: exist and are not known: %v", k, lost)
	}
	return after
}
