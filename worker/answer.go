package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"apifront/flow"
	"apifront/setup"
	"apifront/store"
)

// answer looks at a step: one pass, fenced and under a lease that is renewed
// while it goes on.
func (w *Worker) answer(ctx context.Context, step, bell int64) (time.Duration, error) {
	claiming, claimed := context.WithTimeout(ctx, saveLimit)
	p, wait, err := w.Store.Claim(claiming, step, bell, lease)
	claimed()
	if err != nil || p == nil {
		return wait, err
	}
	passCtx, cancel := context.WithCancelCause(ctx)
	guarded := make(chan struct{})
	go func() {
		defer close(guarded)
		w.guard(passCtx, cancel, p)
	}()
	o, err := w.limitedPass(passCtx, p)
	cutOff := passCtx.Err() != nil
	cancel(nil)
	<-guarded

	save, done := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer done()
	switch {
	case err != nil && cutOff:
		// Stopped is not failed: the step is as it was, and due at once.
		return 0, w.Store.HandBack(save, p, 0)
	case err != nil:
		// The store failed. If it also cannot take the step back, the lease
		// ends by itself and the sweep rings.
		w.storeFailed(ctx, "a pass could not be stored", err, slog.Int64("job", p.Job.ID), slog.String("step", string(p.Step.ID)))
		return 0, w.Store.HandBack(save, p, storeRest)
	}
	o.After = min(o.After, store.LongestWait)
	err = w.Store.Settle(save, p, o)
	if errors.Is(err, store.ErrFenced) {
		w.Log.InfoContext(ctx, "a pass was overtaken, its result is dropped", "job", p.Job.ID, "step", p.Step.ID)
		return 0, w.Store.HandBack(save, p, 0)
	}
	if err != nil {
		return 0, err
	}
	switch o.State {
	case setup.StepWaiting, setup.StepRunning, setup.StepNeedsYou:
		return max(o.After, time.Millisecond), nil
	case setup.StepDone, setup.StepFailed, setup.StepSkipped, setup.StepCancelled:
	}
	return 0, nil
}

// passTime is how long a pass of the step may take.
func (w *Worker) passTime(p *store.Pass) time.Duration {
	def, ok := w.find(p.Job.Kind, p.Step.ID)
	if !ok {
		return passLimit
	}
	return max(passLimit, min(def.Pass, longestPass))
}

// limitedPass is a pass that ends in time. A pass that was not over by then is a
// try that failed.
func (w *Worker) limitedPass(ctx context.Context, p *store.Pass) (store.Outcome, error) {
	limit := w.passTime(p)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	o, err := w.pass(limited, p)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return flow.Retry(flow.Trouble{Run: p.Run(), Problem: &setup.Problem{
			What: fmt.Sprintf("%s took too long.", p.Step.Title),
			Why:  fmt.Sprintf("One look at a step may take %s, and this one did not end.", limit),
			Fix:  "Re-run the step. If it happens again, look for a slow connection between this server and AWS.",
			Ours: reference(p), Code: "TooSlow",
		}}), nil
	}
	return o, err
}

// guard renews the lease while the pass goes on, and ends the pass when
// somebody else has taken over: a cancel, a re-run, or another worker.
func (w *Worker) guard(ctx context.Context, cancel context.CancelCauseFunc, p *store.Pass) {
	changed, stop := w.Store.Watch(p.Job.ID)
	defer stop()
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			asking, asked := context.WithTimeout(ctx, renewEvery)
			epoch, err := w.Store.Epoch(asking, p.Row)
			asked()
			if err == nil && epoch != p.Epoch {
				cancel(store.ErrFenced)
				return
			}
		case <-renew.C:
			renewing, renewed := context.WithTimeout(ctx, renewEvery)
			err := w.Store.Renew(renewing, p, lease)
			renewed()
			if errors.Is(err, store.ErrFenced) {
				cancel(store.ErrFenced)
				return
			}
		}
	}
}

// reference is what to quote when asking about a pass.
func reference(p *store.Pass) string {
	return fmt.Sprintf("job %d, step %s, attempt %d", p.Job.ID, p.Step.ID, p.Step.Attempt)
}
