package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"apifront/cloud"
	"apifront/setup"
	"apifront/store"
)

// Limits of checks.
const (
	checksAtOnce = 8
	checkLimit   = 6 * time.Minute  // one check
	renewCheck   = 10 * time.Second // between two renewals of its lease
	checkAgain   = time.Minute      // after which a name that did not answer is asked once more
	guardEvery   = 20 * time.Hour   // between two thorough looks at what renewals need
	checkWaits   = 2 * time.Minute  // for which a look waits for its turn, where many setups share an account
)

// checks carries out the checks that are due, several at once, until ctx ends;
// those it is at then are given back.
func (w *Worker) checks(ctx context.Context) error {
	ordered, stop := w.Store.WatchChecks()
	defer stop()
	many, stopMany := w.Store.WatchManyChecks()
	defer stopMany()
	var asks asker
	asked := make(chan struct{}, 1)
	var group sync.WaitGroup
	defer group.Wait() // ctx has ended by then
	group.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-many:
				asks.after(0)
			case <-ordered:
			}
			select {
			case asked <- struct{}{}:
			default: // serve has one to come
			}
		}
	})
	return serve(ctx, queue[store.CheckPass]{
		asked: asked, atOnce: checksAtOnce, free: w.freeChecks,
		next: func(ctx context.Context) (store.CheckPass, bool) { return w.nextCheck(ctx, &asks) },
		soon: asks.soon,
		do: func(ctx context.Context, p store.CheckPass) {
			w.check(ctx, p)
			asks.after(0) // it may have planned the next one
		},
	})
}

// askSchedule is after which time a worker asks again whose hour has come, at the
// latest. Whoever plans a check asks sooner.
const askSchedule = time.Minute

// An asker knows when to ask again whose hour has come.
type asker struct{ at atomic.Int64 } // nanoseconds since 1970

func (a *asker) soon() time.Duration { return max(time.Until(time.Unix(0, a.at.Load())), shortest) }

func (a *asker) after(d time.Duration) { a.at.Store(time.Now().Add(d).UnixNano()) }

// nextCheck takes a check that is ordered, or else one whose hour has come.
func (w *Worker) nextCheck(ctx context.Context, asks *asker) (store.CheckPass, bool) {
	limited, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	gap := time.Minute / time.Duration(w.ChecksPerMinute)
	p, found, err := w.Store.NextCheck(limited, w.name, gap)
	if err == nil && !found && asks.soon() <= shortest {
		var wait time.Duration
		p, wait, found, err = w.Store.NextScheduled(limited, w.name, gap)
		asks.after(min(wait, askSchedule))
	}
	w.troubled(ctx, "asking for the next check failed", silent(limited, err))
	if err != nil {
		asks.after(sweepEvery)
	}
	return p, found
}

// freeChecks gives back the checks that this worker is at.
func (w *Worker) freeChecks(ctx context.Context) error { return w.Store.FreeChecks(ctx, w.name) }

// foldChecks forgets what is not needed of old checks, some at a time, until nothing is
// left or ctx ends.
func (w *Worker) foldChecks(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := w.Store.ForgetCheckLines(ctx)
		folded := 0
		if err == nil {
			folded, err = w.Store.FoldChecks(ctx)
		}
		w.troubled(ctx, "folding old checks failed", silent(ctx, err))
		if err != nil || n == 0 && folded == 0 {
			return
		}
	}
}

// check carries out one check and stores how it ended. It stops when the check is
// not this worker's any more, such as when a job begins.
func (w *Worker) check(ctx context.Context, p store.CheckPass) {
	run, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	var renewing sync.WaitGroup
	renewing.Go(func() {
		tick := time.NewTicker(renewCheck)
		defer tick.Stop()
		for {
			select {
			case <-run.Done():
				return
			case <-tick.C:
			}
			if err := w.Store.RenewCheck(run, w.name, p.Check.ID); errors.Is(err, store.ErrFenced) {
				cancel()
			}
		}
	})
	o := w.checked(run, p)
	cut := ctx.Err() != nil || errors.Is(run.Err(), context.Canceled)
	cancel()
	renewing.Wait()
	if cut {
		return
	}
	limited, stop := context.WithTimeout(ctx, saveLimit)
	defer stop()
	err := silent(limited, w.Store.FinishCheck(limited, w.name, p, o))
	if err != nil && !errors.Is(err, store.ErrFenced) && ctx.Err() == nil {
		w.storeFailed(ctx, "a check could not be stored", err, slog.String("setup", p.Setup.ID))
	}
}

// checked looks at everything and says what that means.
func (w *Worker) checked(ctx context.Context, p store.CheckPass) (o store.CheckOutcome) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "a check panicked", "setup", p.Setup.ID, "err", r, "stack", string(debug.Stack()))
			o = couldNot(&setup.Problem{
				What: "The check stopped on a mistake in apifront.",
				Why:  fmt.Sprintf("The program ran into a state it was not written for: %v", r),
				Fix:  "Check again. Report it if it happens again.",
				Ours: "check of setup " + p.Setup.ID, Code: "Panic",
			})
		}
	}()
	c, err := w.checker(ctx, p)
	if err != nil {
		return couldNot(cloud.Explain(err))
	}
	c.observe(ctx)
	o = c.outcome(ctx, p)
	if ctx.Err() == nil {
		w.trailsOf(ctx, c, p, &o)
	}
	return o
}

// couldNot is the outcome of a check that could not look.
func couldNot(p *setup.Problem) store.CheckOutcome {
	return store.CheckOutcome{Result: setup.CheckCouldNot, Problem: p}
}
