package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"apifront/cloud"
	"apifront/flow"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// shortest is the time between two looks, whatever a step says.
const shortest = 20 * time.Millisecond

// pass looks at the step once. An error means that nothing is known of how it
// went: the pass was cut off, or the store failed.
func (w *Worker) pass(ctx context.Context, p *store.Pass) (o store.Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "a step panicked", "job", p.Job.ID, "step", p.Step.ID, "err", r, "stack", string(debug.Stack()))
			o, err = flow.Failed(&setup.Problem{
				What: fmt.Sprintf("%s stopped on a mistake in apifront.", p.Step.Title),
				Why:  fmt.Sprintf("The program ran into a state it was not written for: %v", r),
				Fix:  "Re-run the step; nothing that exists is made twice. Report the reference if it happens again.",
				Ours: reference(p), Code: "Panic",
			}), nil
		}
	}()
	def, ok := w.find(p.Job.Kind, p.Step.ID)
	if !ok {
		return flow.Failed(&setup.Problem{
			What: fmt.Sprintf("The step %q could not be carried out.", p.Step.ID),
			Why:  "This version of apifront has no such step; the job was started by another version.",
			Fix:  "Cancel the job and start a new one from the setup.",
			Ours: reference(p), Code: "UnknownStep",
		}), nil
	}
	env, err := w.passEnv(ctx, p)
	if err != nil {
		return w.trouble(ctx, p, err)
	}
	env.Waiting = !p.PendingSince.IsZero()
	times := sync.OnceValue(func() []flow.Took { return w.times(ctx, p) })
	env.Waits = !env.Waiting && p.Step.Attempt == 1 && flow.Waits(times())
	obs, applied, err := w.walk(ctx, def, p, env)
	if err != nil {
		o, err = w.trouble(ctx, p, err)
		o.Changes, o.Removals = obs.Changes, obs.Removals
	} else {
		o = w.observed(def, p, obs, applied, times)
	}
	o.Seen, o.Held = env.Seen(), held(env)
	return o, err
}

// held is how long calls of the pass waited for their turn on the spot.
func held(env *steps.Env) (t setup.TurnWait) {
	t.Waited, t.Limit = env.Account.Stood()
	if env.DNSAccount != env.Account {
		waited, limit := env.DNSAccount.Stood()
		t.Waited, t.Limit = t.Waited+waited, cmp.Or(t.Limit, limit)
	}
	return t
}

// find is the definition of a step. A job that applies a spec may also clear cached
// answers, and have steps that its input asks for.
func (w *Worker) find(kind setup.JobKind, id setup.StepID) (steps.Step, bool) {
	list := w.Steps(kind)
	if kind == setup.JobApply {
		list = slices.Concat(list, w.Steps(setup.JobInvalidate), steps.Asked())
	}
	i := slices.IndexFunc(list, func(s steps.Step) bool { return s.ID == id })
	if i < 0 {
		return steps.Step{}, false
	}
	return list[i], true
}

// walk observes, applies where that is needed, and observes again. What the
// first look found to differ is what the apply repairs, so it stays in the
// observation.
func (w *Worker) walk(ctx context.Context, def steps.Step, p *store.Pass, env *steps.Env) (obs steps.Observation, applied bool, err error) {
	// What another account holds says nothing of the setup, so the account is
	// asked for first. The step that needs no other step is the one that asks.
	if len(p.Step.Needs) > 0 {
		if err := env.Guard(ctx); err != nil {
			return obs, false, err
		}
	}
	if obs, err = def.Observe(ctx, env); err != nil {
		return obs, false, err
	}
	if obs.State != steps.Absent && obs.State != steps.Drifted || def.Apply == nil {
		return obs, false, nil
	}
	if err := ctx.Err(); err != nil {
		return obs, false, err // cancelled between two calls
	}
	// A process that slept meanwhile may have been overtaken: ask before writing.
	if epoch, err := w.Store.Epoch(ctx, p.Row); err != nil {
		return obs, false, fmt.Errorf("%w: %w", store.ErrStorage, err) // nothing is known; the pass is made again
	} else if epoch != p.Epoch {
		return obs, false, store.ErrFenced
	}
	if err := env.Guard(ctx); err != nil { // the credentials may be others since the look
		return obs, false, err
	}
	if err := def.Apply(ctx, env); err != nil {
		return obs, true, err
	}
	after, err := def.Observe(ctx, env)
	after.Changes, after.Removals = slices.Concat(obs.Changes, after.Changes), slices.Concat(obs.Removals, after.Removals)
	return after, true, err
}

// passEnv is what the step works with in a pass.
func (w *Worker) passEnv(ctx context.Context, p *store.Pass) (*steps.Env, error) {
	e, err := w.env(ctx, w.passer(p), p.Job, p.Setup)
	if err != nil {
		return nil, err
	}
	if p.Job.AccountID != "" {
		e.Account.ID = p.Job.AccountID // also before STS has said so to this process
	}
	if at := p.Setup.Spec.DNSAccount(); e.DNSAccount != e.Account && at.AccountID != "" {
		e.DNSAccount.ID = at.AccountID
	}
	e.StepID, e.Resources, e.Former, e.Since = p.Step.ID, p.Resources, p.Former, p.Step.StartedAt
	if p.Step.State == setup.StepNeedsYou {
		e.Turn = p.Step.Problem
	}
	e.Save = func(ctx context.Context, r setup.Resource) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
		defer cancel()
		if err := w.Store.SavePassResource(ctx, p, r); err != nil {
			return err
		}
		e.Resources, e.Former = e.Resources.With(e.Former, r)
		return nil
	}
	return e, nil
}

// recorder writes the pass's calls into the ledger as they happen.
func (w *Worker) recorder(p *store.Pass) setup.Recorder {
	return func(ctx context.Context, c setup.Call) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
		defer cancel()
		c.JobID, c.StepID, c.Attempt = p.Job.ID, p.Step.ID, p.Step.Attempt
		w.recordCall(ctx, c)
	}
}

// observed is the outcome of what was seen. times are those of earlier jobs.
func (w *Worker) observed(def steps.Step, p *store.Pass, obs steps.Observation, applied bool, times func() []flow.Took) store.Outcome {
	o := flow.Observed(flow.Sight{
		What:    seen(obs.State),
		Outcome: flow.Outcome{Summary: obs.Summary, Records: obs.Records, Problem: obs.Problem, After: obs.After, AccountID: obs.AccountID, Changes: obs.Changes, Removals: obs.Removals},
		Applied: applied, InVain: obs.InVain, Sure: obs.Sure, Title: def.Title, Wait: wait(def, obs, times), Begun: w.since(p.Step.StartedAt), Pending: w.since(p.PendingSince),
	})
	o.Problem, o.Tells = referred(p, o.Problem), def.Tells
	return w.paced(o)
}

// wait is how the step waits. While AWS is at it, earlier jobs tell when to look.
func wait(def steps.Step, obs steps.Observation, times func() []flow.Took) flow.Wait {
	how := flow.Wait{Every: def.Wait.Every, Settle: def.Wait.Settle, Limit: def.Wait.Limit, Usual: def.Wait.Usual}
	if seen(obs.State) == flow.SeenPending {
		how.Seen = times()
	}
	return how
}

// times are how long earlier jobs waited for AWS at this step.
func (w *Worker) times(ctx context.Context, p *store.Pass) []flow.Took {
	times, err := w.Store.StepTimes(ctx, p.Job.ID, p.Step.ID)
	if err != nil && ctx.Err() == nil { // without them it looks as the definition says
		w.Log.WarnContext(ctx, "the times of earlier jobs could not be read", "job", p.Job.ID, "step", p.Step.ID, "err", err)
	}
	return times[p.Step.ID]
}

// seen is a state as flow knows it.
func seen(s steps.State) flow.Seen {
	switch s {
	case steps.Ready:
		return flow.SeenReady
	case steps.Foreign:
		return flow.SeenForeign
	case steps.Person:
		return flow.SeenPerson
	case steps.Absent, steps.Drifted, steps.Pending:
	}
	return flow.SeenPending
}

// since is how long ago a stored moment is, by the store's clock: 0 for the zero
// time.
func (w *Worker) since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return w.Store.Now().Sub(t)
}

// paced is the outcome at the worker's pace.
func (w *Worker) paced(o store.Outcome) store.Outcome {
	switch {
	case o.Learned:
		o.After = max(o.After, shortest)
	case o.After > 0:
		o.After = max(w.Pace(o.After), shortest)
	}
	return o
}

// trouble is the outcome of an error.
func (w *Worker) trouble(ctx context.Context, p *store.Pass, err error) (store.Outcome, error) {
	if ctx.Err() != nil || errors.Is(err, store.ErrStorage) || errors.Is(err, store.ErrFenced) {
		return store.Outcome{}, err
	}
	t := flow.Trouble{Run: p.Run(), Begun: w.since(p.Step.StartedAt)}
	turn, ok := errors.AsType[*cloud.NotYet](err)
	if ok && turn.Refused != nil && !t.Bears() {
		err, ok = turn.Refused, false
	}
	if ok {
		return flow.Turn(t.Run, turn.Why, turn.Limit, turn.Busy, max(time.Until(turn.At), shortest)), nil
	}
	t.Problem, t.Asked = referred(p, cloud.Explain(err)), min(cloud.RetryAfter(err), cloud.LongestAsked)
	switch {
	case cloud.SignIn(err):
		return w.paced(flow.SignIn(t)), nil
	case !cloud.Temporary(err):
		return flow.Failed(t.Problem), nil
	case cloud.Throttled(err):
		return w.paced(flow.Throttled(t, rand.Float64())), nil //nolint:gosec // G404: it spreads waits and keeps no secret
	}
	return w.paced(flow.Retry(t)), nil
}

// referred is the problem with a reference to quote: AWS's request ID or,
// without one, the pass.
func referred(p *store.Pass, problem *setup.Problem) *setup.Problem {
	if problem == nil || problem.Ref != "" || problem.Ours != "" {
		return problem
	}
	clone := *problem
	clone.Ours = reference(p)
	return &clone
}
