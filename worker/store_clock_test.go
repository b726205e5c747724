package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"apifront/setup"
	"apifront/steps"
)

// The worker goes by the store's clock: on one that is more than a year ahead of
// the machine's, jobs take the time they always take.
func TestAWorkerGoesByTheStoresClock(t *testing.T) {
	t.Parallel()
	took := func(ahead time.Duration) (gone time.Duration) {
		begun := time.Time{}
		list := []steps.Step{{
			ID: "waits", Title: "Waits", Wait: steps.Wait{Every: 5 * time.Second, Usual: time.Minute, Limit: 10 * time.Minute},
			Observe: func(_ context.Context, e *steps.Env) (steps.Observation, error) {
				if begun.IsZero() {
					begun = e.Now()
				}
				if e.Now().Sub(begun) < 4*time.Minute {
					return steps.Observation{State: steps.Pending, Summary: "AWS is at it."}, nil
				}
				return steps.Observation{State: steps.Ready, Summary: "Done."}, nil
			},
		}}
		path := bubbleName(t)
		synctest.Test(t, func(t *testing.T) {
			r := &rig{t: t, path: path, list: list, clock: func() time.Time { return time.Now().Add(ahead) }}
			r.start()
			defer func() { r.stop() }()
			began := time.Now()
			j := startJob(t, r.store, list)
			until(t, r.store, j.ID, setup.JobSucceeded)
			gone = time.Since(began)
		})
		return gone
	}
	now, later := took(0), took(400*24*time.Hour)
	if now < 4*time.Minute || now > 5*time.Minute || (later-now).Abs() > time.Second {
		t.Errorf("the job took %s, and %s on a clock that is 400 days ahead", now, later)
	}
}
