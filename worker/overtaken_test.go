package worker

import (
	"context"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
)

func TestOvertakenPassCannotWrite(t *testing.T) {
	c := newTally()
	slow := says("slow", nil, steps.Ready)
	slow.Observe = func(ctx context.Context, e *steps.Env) (steps.Observation, error) {
		ctx = context.WithoutCancel(ctx) // deaf to its end
		if c.add("slow") == 1 {
			time.Sleep(50 * time.Second)
			must(t, e.Save(ctx, setup.Resource{Key: setup.KeyDomain, ID: "old"}))
			c.add("zombie saved")
			return steps.Observation{State: steps.Foreign, Summary: "stale"}, nil
		}
		must(t, e.Save(ctx, setup.Resource{Key: setup.KeyDomain, ID: "new"}))
		return steps.Observation{State: steps.Ready, Summary: "fresh"}, nil
	}
	list := []steps.Step{slow}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		c.await(r.t, "slow")
		must(r.t, r.store.CancelJob(r.t.Context(), j.ID, "Ada"))
		must(r.t, r.store.RerunStep(r.t.Context(), j.ID, "slow", "Ada"))
		until(r.t, r.store, j.ID, setup.JobSucceeded)
		if c.of("zombie saved") != 0 {
			r.t.Fatal("the first pass ended too early for this test")
		}
		time.Sleep(2 * time.Minute)
		if c.of("zombie saved") != 1 {
			r.t.Fatal("the first pass never ended")
		}
		if s := step(r.t, r.store, j.ID, "slow"); s.State != setup.StepDone || s.Summary != "fresh" || s.Attempt != 2 {
			r.t.Errorf("after the overtaken pass wrote, the step is %+v", s)
		}
		if got, err := r.store.Resources(r.t.Context(), j.SetupID); err != nil || got.ID(setup.KeyDomain) != "new" {
			r.t.Errorf("the overtaken pass changed the resource: %v, %v", got, err)
		}
	})
}

// A process that was overtaken while it looked does not write to AWS.
func TestOvertakenPassDoesNotApply(t *testing.T) {
	c := newTally()
	var overtake func()
	twice := says("twice", nil, steps.Ready)
	twice.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
		if c.add("looks") == 1 {
			overtake()
			return steps.Observation{State: steps.Absent, Summary: "stale"}, nil
		}
		return steps.Observation{State: steps.Ready, Summary: "fresh"}, nil
	}
	twice.Apply = func(context.Context, *steps.Env) error {
		c.add("writes")
		return nil
	}
	list := []steps.Step{twice}
	bubble(t, list, func(r *rig) {
		var job int64
		started := make(chan struct{})
		overtake = func() {
			<-started
			must(r.t, r.store.CancelJob(r.t.Context(), job, "Ada"))
			must(r.t, r.store.RerunStep(r.t.Context(), job, "twice", "Ada"))
		}
		job = startJob(r.t, r.store, list).ID
		close(started)
		until(r.t, r.store, job, setup.JobSucceeded)
		if n := c.of("writes"); n != 0 {
			r.t.Errorf("the overtaken pass wrote %d times", n)
		}
	})
}
