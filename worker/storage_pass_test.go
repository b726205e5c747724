package worker

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A step whose save was refused by the database has not failed: it is looked
// at again, with the same attempt.
func TestARefusedSaveIsNoFailure(t *testing.T) {
	t.Parallel()
	c := newTally()
	d := takes("one", nil, time.Second, c)
	apply := d.Apply
	d.Apply = func(ctx context.Context, e *steps.Env) error {
		if err := apply(ctx, e); err != nil || c.of("one applied") > 1 {
			return err
		}
		return fmt.Errorf("store resource x: %w", store.ErrFull)
	}
	list := []steps.Step{d}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		until(r.t, r.store, j.ID, setup.JobSucceeded)
		if got := step(r.t, r.store, j.ID, "one"); got.Attempt != 1 {
			t.Errorf("the step ended with attempt %d", got.Attempt)
		}
	})
}

// One trouble of the database is in the log once a minute, whatever fails.
func TestStorageTroubleIsLoggedSeldom(t *testing.T) {
	t.Parallel()
	bubble(t, nil, func(r *rig) {
		var b strings.Builder
		w := &Worker{Config: Config{Log: slog.New(slog.NewTextHandler(&b, nil))}}
		river := slog.New(atLeast{w.Log.Handler(), slog.LevelWarn, &seldom{}})
		for range 125 {
			w.storeFailed(r.t.Context(), "looking failed", fmt.Errorf("x: %w", store.ErrFull))
			river.Error("fetch failed")
			time.Sleep(time.Second)
		}
		for _, msg := range []string{"looking failed", "fetch failed"} {
			if n := strings.Count(b.String(), msg); n != 3 {
				t.Errorf("in two minutes the log says %q %d times, want 3", msg, n)
			}
		}
	})
}
