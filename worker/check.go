package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"apifront/cloud"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// Limits of checks.
const (
	checksAtOnce = 8
	checkLimit   = 6 * time.Minute  // one check
	renewCheck   = 10 * time.Second // between two renewals of its lease
	checkAgain   = time.Minute      // after which a name that did not answer is asked once more
	checkTurns   = 3                // how often a look that must wait for its turn is tried
)

// checks carries out the checks that are due, several at once, until ctx ends;
// those it is at then are given back.
func (w *Worker) checks(ctx context.Context) error {
	ordered, stop := w.Store.WatchChecks()
	defer stop()
	return serve(ctx, queue[store.CheckPass]{ordered, checksAtOnce, w.nextCheck, w.check, w.freeChecks})
}

// nextCheck takes a check.
func (w *Worker) nextCheck(ctx context.Context) (store.CheckPass, bool) {
	limited, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	p, found, err := w.Store.NextCheck(limited, w.name)
	w.troubled(ctx, "asking for the next check failed", silent(limited, err))
	return p, found
}

// freeChecks gives back the checks that this worker is at.
func (w *Worker) freeChecks(ctx context.Context) error { return w.Store.FreeChecks(ctx, w.name) }

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
	c.observe(ctx, p.Check.Reason)
	return c.outcome(ctx, p.Before)
}

// couldNot is the outcome of a check that could not look.
func couldNot(p *setup.Problem) store.CheckOutcome {
	return store.CheckOutcome{Result: setup.CheckCouldNot, Problem: p}
}

// A checker observes the steps of one setup. What the steps save stays in its
// memory, so a check never writes beside a job.
type checker struct {
	planner
	list []steps.Step
	rows []steps.Row
	seen []sighting // one for each step; without At: it was not looked at
}

// A sighting is what a look at a step showed.
type sighting struct {
	at   time.Time
	obs  steps.Observation
	took time.Duration
	err  error
}

func (s sighting) ok() bool { return !s.at.IsZero() && s.err == nil }

// checker is the checker of a check. The error says why nothing can be looked at:
// the connection does not lead to the setup's account.
func (w *Worker) checker(ctx context.Context, p store.CheckPass) (*checker, error) {
	v := p.Setup
	resources, former, err := w.Store.AllResources(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	a := v.Spec.Account
	env, err := w.env(ctx, looker("check"), setup.Job{
		SetupID: v.ID, SetupName: v.Name(), Revision: v.Revision, Kind: setup.JobApply,
		Connection: a.Connection, AccountID: v.AccountID, Region: a.Region,
	}, v)
	if err != nil {
		return nil, err
	}
	if err := env.Guard(ctx); err != nil {
		return nil, err
	}
	list := w.Steps(setup.JobApply)
	return &checker{
		planner: planner{resources: resources, former: former, env: *env},
		list:    list, rows: steps.RowsOf(list, v.Spec), seen: make([]sighting, len(list)),
	}, nil
}

// observe looks at every step. The name is asked where DNS leads: by its own name
// if that leads to the distribution, through the distribution if not.
func (c *checker) observe(ctx context.Context, reason setup.CheckReason) {
	inOrder(ctx, c.list, c.rows, func(i int) {
		if c.rows[i].Skip == "" && !asks(c.list[i]) {
			c.look(ctx, i)
		}
	})
	here := c.here()
	// With caching on, the preview tests what callers share. A job has just done so.
	keeps := c.env.Setup.Spec.Edge.Keeps() && reason == setup.CheckByPerson
	var group sync.WaitGroup
	for i, s := range c.list {
		switch {
		case s.Mark == setup.MarkLive && here == setup.Yes, s.Mark == setup.MarkPreview && (here != setup.Yes || keeps):
			group.Go(func() { c.look(ctx, i) })
		}
	}
	group.Wait()
}

// asks says whether the step sends requests to the name.
func asks(s steps.Step) bool { return s.Mark == setup.MarkLive || s.Mark == setup.MarkPreview }

// look observes one step. A look that must wait for its turn waits.
func (c *checker) look(ctx context.Context, i int) {
	begun := c.env.Now()
	s := sighting{at: begun}
	for try := 1; ; try++ {
		s.obs, s.err = c.list[i].Observe(ctx, c.envFor(c.list[i].ID))
		turn, waits := errors.AsType[*cloud.NotYet](s.err)
		if !waits || try == checkTurns {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(max(time.Until(turn.At), shortest), 10*time.Second)):
		}
	}
	s.took = c.env.Now().Sub(begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[i] = s
}

// speaksFor are the steps whose findings a look at the step renews. The name is
// asked by one of two steps, whichever way DNS leads, and what that one sees is
// the newest word on what the other one saw; only what callers share is seen by the
// preview alone.
func (c *checker) speaksFor(s steps.Step) []setup.StepID {
	if !asks(s) || s.Mark == setup.MarkLive && c.env.Setup.Spec.Edge.Keeps() {
		return []setup.StepID{s.ID}
	}
	var all []setup.StepID
	for _, other := range c.list {
		if asks(other) {
			all = append(all, other.ID)
		}
	}
	return all
}

// here says whether DNS leads to the distribution.
func (c *checker) here() setup.Whether {
	for i, s := range c.list {
		if s.Mark != setup.MarkTraffic {
			continue
		}
		o := c.seen[i]
		if !o.ok() {
			return setup.Unknown
		}
		if c.env.Setup.Spec.Domain.Switch != setup.SwitchLater {
			return setup.YesIf(o.obs.State == steps.Ready)
		}
		return setup.YesIf(len(o.obs.Records) > 0 && !slices.ContainsFunc(o.obs.Records, func(r setup.Record) bool { return !r.Found }))
	}
	return setup.Unknown
}

// outcome is what the looks say together. A name that did not answer for the first
// time is asked once more before that is a finding.
func (c *checker) outcome(ctx context.Context, before setup.Checkup) store.CheckOutcome {
	var seen []steps.Observed
	var failed error
	o := store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: c.here()}}
	for i, s := range c.list {
		at := c.seen[i]
		if at.at.IsZero() {
			continue
		}
		o.Lines = append(o.Lines, c.line(i))
		if at.err != nil {
			failed = at.err
			continue
		}
		o.Looked = append(o.Looked, c.speaksFor(s)...)
		seen = append(seen, steps.Observed{Step: s, Obs: at.obs})
		if asks(s) && (s.Mark == setup.MarkLive || o.Sight.Here != setup.Yes) {
			o.Sight.Answers = setup.YesIf(at.obs.State == steps.Ready)
			if at.obs.State == steps.Pending {
				o.Problem = at.obs.Problem
			}
		}
	}
	if ctx.Err() != nil && failed == nil {
		failed = fmt.Errorf("the check took longer than %s", checkLimit)
	}
	o.Findings = steps.Findings(seen)
	if failed != nil && len(o.Findings) == 0 { // what could not be seen may be wrong
		c := couldNot(cloud.Explain(failed))
		c.Lines = o.Lines
		return c
	}
	if o.Sight.Answers == setup.No && before.Sight.Answers != setup.No {
		o.Again = checkAgain
		o.Findings = slices.DeleteFunc(o.Findings, func(f setup.FindingBody) bool { return !f.Repair && f.Effect != nil })
	}
	if len(o.Findings) > 0 || o.Problem != nil {
		o.Result = setup.CheckFindings
	}
	return o
}

// line is what one step showed, in words.
func (c *checker) line(i int) setup.CheckLine {
	at, s := c.seen[i], c.list[i]
	l := setup.CheckLine{StepID: s.ID, Title: strings.ToUpper(s.Thing[:1]) + s.Thing[1:], Text: at.obs.Summary, Took: at.took}
	switch {
	case at.err != nil:
		l.Result, l.Text = setup.LineUnknown, cloud.Explain(at.err).What
	case at.obs.State == steps.Ready:
		l.Result = setup.LineRight
		if len(at.obs.Causes) > 0 {
			l.Result = setup.LineRemark
		}
	case at.obs.State == steps.Pending && !at.obs.Sure:
		l.Result = setup.LineRemark
	default:
		l.Result = setup.LineWrong
	}
	return l
}
