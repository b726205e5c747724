package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"time"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// What holds where a step does not say.
const (
	defaultEvery = 15 * time.Second
	defaultLimit = time.Hour
	shortest     = 20 * time.Millisecond // between two looks, whatever a step says
)

// pass looks at the step once. An error means that nothing is known of how it
// went: the pass was cut off, or the store failed.
func (w *Worker) pass(ctx context.Context, p *store.Pass) (o store.Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "a step panicked", "job", p.Job.ID, "step", p.Step.ID, "err", r, "stack", string(debug.Stack()))
			o, err = failed(&setup.Problem{
				What: fmt.Sprintf("%s stopped on a mistake in apifront.", p.Step.Title),
				Why:  fmt.Sprintf("The program ran into a state it was not written for: %v", r),
				Fix:  "Re-run the step; nothing that exists is made twice. Report the reference if it happens again.",
				Ours: reference(p), Code: "Panic",
			}), nil
		}
	}()
	def, ok := w.find(p.Job.Kind, p.Step.ID)
	if !ok {
		return failed(&setup.Problem{
			What: fmt.Sprintf("The step %q could not be carried out.", p.Step.ID),
			Why:  "This version of apifront has no such step; the job was started by another version.",
			Fix:  "Cancel the job and start a new one from the setup.",
			Ours: reference(p), Code: "UnknownStep",
		}), nil
	}
	obs, applied, err := w.walk(ctx, def, p)
	if err != nil {
		return w.trouble(ctx, p, err)
	}
	return w.observed(def, p, obs, applied), nil
}

// find is the definition of a step.
func (w *Worker) find(kind setup.JobKind, id setup.StepID) (steps.Step, bool) {
	for _, s := range w.Steps(kind) {
		if s.ID == id {
			return s, true
		}
	}
	return steps.Step{}, false
}

// walk observes, applies where that is needed, and observes again.
func (w *Worker) walk(ctx context.Context, def steps.Step, p *store.Pass) (obs steps.Observation, applied bool, err error) {
	env, err := w.env(ctx, p)
	if err != nil {
		return obs, false, err
	}
	// What another account holds says nothing of the setup. A step that needs no
	// other one is the one that asks who we are.
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
	obs, err = def.Observe(ctx, env)
	return obs, true, err
}

// env is what the step works with.
func (w *Worker) env(ctx context.Context, p *store.Pass) (*steps.Env, error) {
	record := w.recorder(p)
	holder := store.Holder(p.Job.ID, p.Step.ID)
	session := setup.SessionName(p.Job.CreatedBy, fmt.Sprint(p.Job.ID))
	account, err := w.Cloud.OpenAs(ctx, p.Job.Connection, p.Job.Region, holder, session, record)
	if err != nil {
		return nil, err
	}
	if p.Job.AccountID != "" {
		account.ID = p.Job.AccountID // also before STS has said so to this process
	}
	dns := account
	if at := p.Setup.Spec.DNSAccount(); at.Connection != p.Setup.Spec.Account.Connection {
		if dns, err = w.Cloud.OpenAs(ctx, at.Connection, "", holder, session, record); err != nil {
			return nil, err
		}
		if at.AccountID != "" {
			dns.ID = at.AccountID
		}
	}
	e := &steps.Env{
		Setup: p.Setup, Job: p.Job, StepID: p.Step.ID, Resources: p.Resources,
		Account: account, DNSAccount: dns, Prober: probe.New(w.Probe, record), Install: w.Install, Now: w.Store.Now,
	}
	e.Save = func(ctx context.Context, r setup.Resource) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
		defer cancel()
		if err := w.Store.SavePassResource(ctx, p, r); err != nil {
			return err
		}
		e.Resources = maps.Clone(e.Resources)
		e.Resources[r.Key] = r
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

// observed is the outcome of what was seen.
func (w *Worker) observed(def steps.Step, p *store.Pass, obs steps.Observation, applied bool) store.Outcome {
	o := store.Outcome{Summary: obs.Summary, Records: obs.Records, AccountID: obs.AccountID}
	switch obs.State {
	case steps.Ready:
		o.State = setup.StepDone
		return o
	case steps.Foreign:
		o.State, o.Problem = setup.StepFailed, referred(p, obs.Problem)
		if o.Problem == nil {
			o.Problem = &setup.Problem{
				What: fmt.Sprintf("%s stopped at something that apifront did not make.", def.Title),
				Why:  "apifront never changes what it does not own. " + obs.Summary,
				Fix:  "Remove it or choose another name, then re-run the step.",
				Ours: reference(p), Code: "Foreign",
			}
		}
		return o
	case steps.Person:
		o.State, o.After = setup.StepNeedsYou, w.after(obs.After, patient(def.Wait.Every, w.since(p.Step.StartedAt)))
		return o
	case steps.Absent, steps.Drifted, steps.Pending:
	}
	limit := def.Wait.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	if w.since(p.PendingSince) >= limit {
		o.State, o.Problem = setup.StepFailed, referred(p, obs.Problem)
		if o.Problem == nil {
			o.Problem = &setup.Problem{
				What: fmt.Sprintf("%s was not finished after %s.", def.Title, limit),
				Why:  fmt.Sprintf("It usually takes %s. When last looked at: %s", def.Wait.Usual, obs.Summary),
				Fix:  "Re-run the step to go on waiting; nothing is made twice.",
				Ours: reference(p), Code: "TookTooLong",
			}
		}
		return o
	}
	pending := w.since(p.PendingSince)
	o.State, o.After = setup.StepRunning, w.after(obs.After, patient(early(def.Wait, pending), pending))
	if applied {
		o.After = w.after(obs.After, def.Wait.Settle, def.Wait.Every)
	}
	return o
}

// early is the time between two looks at something that AWS takes minutes for.
// Hardly ever is it there within a twentieth of the usual time, so that is when
// the second look comes. The next ones come after another sixth of the time that
// went by, until that is as long as Every: what was quick is seen quickly, and
// what is slow is not asked for more often than before.
func early(wait steps.Wait, gone time.Duration) time.Duration {
	first := wait.Usual / 20
	if first <= wait.Every {
		return wait.Every
	}
	if left := first - gone; left > 0 {
		return left
	}
	return min(gone/6, wait.Every)
}

// longestPatience is the longest time between two looks. Who has added a record
// and does not want to wait for it has a button.
const longestPatience = 5 * time.Minute

// patient is how long to wait for the next look when every is the time between
// the first ones: a thirtieth of the time that went by already, up to a limit.
// Who waits for hours is not kept much longer, and AWS is not asked for nothing.
func patient(every, gone time.Duration) time.Duration {
	if every <= 0 {
		return every
	}
	return max(every, min(gone/30, longestPatience))
}

// since is how long ago a stored moment is, by the store's clock: 0 for the zero
// time.
func (w *Worker) since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return w.Store.Now().Sub(t)
}

// after is the first of the times that is given, at the worker's pace.
func (w *Worker) after(times ...time.Duration) time.Duration {
	for _, d := range append(times, defaultEvery) {
		if d > 0 {
			return max(w.Pace(d), shortest)
		}
	}
	return defaultEvery
}

// trouble is the outcome of an error.
func (w *Worker) trouble(ctx context.Context, p *store.Pass, err error) (store.Outcome, error) {
	if ctx.Err() != nil || errors.Is(err, store.ErrStorage) || errors.Is(err, store.ErrFenced) {
		return store.Outcome{}, err
	}
	patience := w.since(p.Step.StartedAt) < slowDownLimit
	turn, ok := errors.AsType[*cloud.NotYet](err)
	if ok && turn.Refused != nil && !patience {
		err, ok = turn.Refused, false
	}
	if ok {
		state := setup.StepWaiting
		if turn.Busy {
			state = setup.StepRunning
		}
		return store.Outcome{
			State: state, Summary: turn.Why, Records: p.Step.Records,
			After: max(time.Until(turn.At), shortest),
		}, nil
	}
	problem := referred(p, cloud.Explain(err))
	if cloud.SignIn(err) {
		return signIn(p, problem, w.after(patient(signInEvery, w.since(p.Step.StartedAt)))), nil
	}
	if !cloud.Temporary(err) {
		return failed(problem), nil
	}
	o := retry(p, problem, cloud.RetryAfter(err))
	if cloud.Throttled(err) && p.Step.State != setup.StepNeedsYou && patience {
		o = crowded(p, problem, w.since(p.Step.StartedAt), cloud.RetryAfter(err))
	}
	o.After = w.after(o.After)
	return o, nil
}

// failed ends the step.
func failed(p *setup.Problem) store.Outcome {
	return store.Outcome{State: setup.StepFailed, Summary: p.What, Problem: p}
}

// referred is the problem with something to quote when asking about it: AWS's
// request ID, or the pass.
func referred(p *store.Pass, problem *setup.Problem) *setup.Problem {
	if problem == nil || problem.Ref != "" || problem.Ours != "" {
		return problem
	}
	clone := *problem
	clone.Ours = reference(p)
	return &clone
}
