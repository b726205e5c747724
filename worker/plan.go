package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"apifront/cloud"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// plan is what an apply job would do. Every step is observed and none is
// applied, in the order of their needs; steps that do not need each other are
// observed side by side.
func (w *Worker) plan(ctx context.Context, draft string) (setup.Plan, error) {
	v, err := w.planned(ctx, draft)
	if err != nil {
		return setup.Plan{}, err
	}
	resources, former, err := w.Store.AllResources(ctx, v.ID)
	if err != nil {
		return setup.Plan{}, err
	}
	a := v.Spec.Account
	env, err := w.env(ctx, looker("plan"), setup.Job{
		SetupID: v.ID, SetupName: v.Name(), Kind: setup.JobApply,
		Connection: a.Connection, AccountID: a.AccountID, Region: a.Region,
	}, v)
	if err != nil {
		return setup.Plan{}, err
	}
	env.DryRun = true
	p := &planner{resources: resources, former: former, env: *env}
	list := steps.WithEdge(steps.Needed(w.Steps(setup.JobApply), v.Spec), v.Spec)
	return p.run(ctx, list, steps.RowsOf(list, v.Spec))
}

// planned is the setup as a draft would have it: the one that it changes, or a
// new one. The ID may also be of a setup, which is planned as it is wanted.
func (w *Worker) planned(ctx context.Context, id string) (setup.Setup, error) {
	v, err := w.Store.Setup(ctx, id)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	d, err := w.Store.Draft(ctx, id)
	if err != nil {
		return setup.Setup{}, err
	}
	if d.SetupID != "" {
		v, err := w.Store.Setup(ctx, d.SetupID)
		if err != nil {
			return v, err
		}
		if d.Changes(v) {
			v.Spec = d.Spec
			return v, nil
		}
	}
	return setup.Setup{ID: d.ID, AccountID: d.Spec.Account.AccountID, Spec: d.Spec, Generation: 1}, nil
}

// A planner observes the steps of one plan.
type planner struct {
	env steps.Env // without what differs by step

	mu        sync.Mutex      // guards what follows
	resources setup.Resources // stored ones, and those seen meanwhile
	former    setup.Former
}

// run observes each step once those it needs were observed. The rows are the
// steps as the job would have them, in the same order.
func (p *planner) run(ctx context.Context, list []steps.Step, rows []steps.Row) (setup.Plan, error) {
	lines := make([]setup.PlanLine, len(list))
	inOrder(ctx, list, rows, func(i int) { lines[i] = p.line(ctx, list[i], rows[i]) })
	if err := ctx.Err(); err != nil {
		return setup.Plan{}, err
	}
	return setup.Plan{Lines: lines, At: p.env.Now().UTC()}, nil
}

// inOrder does something for each step once it was done for those that the step
// needs; for steps that do not need each other, side by side. When ctx ends, it
// begins nothing more. The rows are the steps as a job would have them.
func inOrder(ctx context.Context, list []steps.Step, rows []steps.Row, do func(i int)) {
	seen := make(map[setup.StepID]chan struct{}, len(list))
	for _, s := range list {
		seen[s.ID] = make(chan struct{})
	}
	var group sync.WaitGroup
	for i, s := range list {
		group.Go(func() {
			defer close(seen[s.ID])
			for _, need := range rows[i].Needs {
				if c, ok := seen[need]; ok {
					select {
					case <-c:
					case <-ctx.Done():
						return
					}
				}
			}
			do(i)
		})
	}
	group.Wait()
}

// line is one step of the plan.
func (p *planner) line(ctx context.Context, s steps.Step, row steps.Row) (l setup.PlanLine) {
	l = setup.PlanLine{StepID: row.ID, Title: row.Title, Service: row.Service, Usual: s.Wait.Usual, Needs: row.Needs}
	if row.Skip != "" {
		l.Action, l.Summary, l.Usual = setup.PlanSkip, row.Skip, 0
		return l
	}
	defer func() {
		if r := recover(); r != nil {
			l.Action, l.Problem = setup.PlanStop, &setup.Problem{
				What: fmt.Sprintf("%s could not be planned because of a mistake in apifront.", l.Title),
				Why:  fmt.Sprintf("The program ran into a state it was not written for: %v", r),
				Fix:  "Start the job all the same, or report it.",
				Ours: "plan, step " + string(s.ID), Code: "Panic",
			}
		}
	}()
	obs, err := s.Observe(ctx, p.envFor(s.ID))
	if turn, ok := errors.AsType[*cloud.NotYet](err); ok {
		l.Action, l.Summary = setup.PlanWait, turn.Why
		return l
	}
	if err != nil {
		l.Action, l.Problem = setup.PlanStop, cloud.Explain(err)
		l.Summary = l.Problem.What
		return l
	}
	l.Action, l.Summary, l.Changes, l.Removals, l.OldTTL, l.Problem = action(s, obs), obs.Summary, obs.Changes, obs.Removals, obs.OldTTL, nil
	l.Ready = obs.State == steps.Ready
	if obs.State == steps.Foreign {
		l.Problem = obs.Problem
	}
	return l
}

// envFor is the view of one step. Later steps see what it saves, and nothing is
// stored.
func (p *planner) envFor(id setup.StepID) *steps.Env {
	e := p.env
	e.StepID = id
	p.mu.Lock()
	e.Resources, e.Former = p.resources, p.former // neither is changed in place
	p.mu.Unlock()
	e.Save = func(_ context.Context, r setup.Resource) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.resources, p.former = p.resources.With(p.former, r)
		e.Resources, e.Former = e.Resources.With(e.Former, r)
		return nil
	}
	return &e
}

// action is what the job would do about what was observed.
func action(s steps.Step, obs steps.Observation) string {
	if slices.ContainsFunc(obs.Removals, func(r setup.Removal) bool { return !r.Stays && !r.Gone }) {
		return setup.PlanRemove
	}
	switch obs.State {
	case steps.Foreign:
		return setup.PlanStop
	case steps.Ready:
		if s.Apply != nil {
			return setup.PlanReuse
		}
	case steps.Absent:
		if s.Apply != nil {
			return setup.PlanCreate
		}
	case steps.Drifted:
		if s.Apply != nil {
			return setup.PlanChange
		}
	case steps.Person:
		return setup.PlanPerson
	case steps.Pending:
	}
	return setup.PlanWait
}
