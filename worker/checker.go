package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"apifront/cloud"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A checker observes the steps of one setup. What the steps save stays in its
// memory, so a check never writes beside a job.
type checker struct {
	planner
	reason setup.CheckReason
	list   []steps.Step
	rows   []steps.Row
	seen   []sighting // one for each step; without At: it was not looked at

	move     *setup.Cause   // what went wrong when a person moved the traffic; nil: nothing, or nobody looked
	leads    *steps.Leads   // where public DNS leads callers instead of here; nil: it was not asked
	leadsOut *steps.Outside // what the look at the name saw, where no request went to it
}

// A sighting is what a look at a step showed.
type sighting struct {
	at   time.Time
	obs  steps.Observation
	out  steps.Outside
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
		SetupID: v.ID, SetupName: v.Name(), Revision: v.Revision, Kind: setup.JobApply, Input: setup.JobInput{PutBack: true},
		Connection: a.Connection, AccountID: v.AccountID, Region: a.Region,
	}, v)
	if err != nil {
		return nil, err
	}
	if err := env.Guard(ctx); err != nil {
		return nil, err
	}
	list := steps.Needed(slices.Concat(w.Steps(setup.JobApply), steps.Watches()), v.Spec)
	env.Gentle, env.Terms, env.Name = gentle(p, list), &steps.Terms{Guards: guards(p, env.Now())}, &steps.NameLook{}
	return &checker{
		reason:  p.Check.Reason,
		planner: planner{resources: resources, former: former, env: *env},
		list:    list, rows: steps.RowsOf(list, v.Spec), seen: make([]sighting, len(list)),
	}, nil
}

// gentle is how much a check spares the API. One by schedule asks for one path, unless
// something was wrong from outside when the name was last looked at. Only one that a
// person asked for opens WebSockets.
func gentle(p store.CheckPass, list []steps.Step) steps.Gentle {
	switch {
	case p.Check.Reason == setup.CheckByPerson:
		return steps.AsksAll
	case p.Check.Reason == setup.CheckBySchedule && p.Before.Sight.Answers == setup.Yes && !slices.ContainsFunc(p.Open, func(f setup.Finding) bool { return f.Effect != nil || ofLook(list, f) }):
		return steps.AsksOne
	}
	return steps.OpensNone
}

// guards says whether a check asks every name server for what renewals need. Those by
// schedule do so once a night, and as long as something is wrong.
func guards(p store.CheckPass, now time.Time) bool {
	return p.Check.Reason != setup.CheckBySchedule && p.Check.Reason != setup.CheckAgain ||
		now.Sub(p.Guard.AskedAt) >= guardEvery ||
		slices.ContainsFunc(p.Open, func(f setup.Finding) bool { return f.Beside })
}

// ofLook says whether a finding is that of a step which sends requests to the name.
func ofLook(list []steps.Step, f setup.Finding) bool {
	return slices.ContainsFunc(list, func(s steps.Step) bool { return s.ID == f.StepID && asks(s) })
}

// observe looks at every step. The name is asked where DNS leads: by its own name
// if that leads to the distribution, through the distribution if not.
func (c *checker) observe(ctx context.Context) {
	inOrder(ctx, c.list, c.rows, func(i int) {
		if c.rows[i].Skip == "" && !asks(c.list[i]) {
			c.look(ctx, i)
		}
	})
	here := c.here()
	// With caching on, the preview tests what callers share. A job has just done so.
	keeps := c.env.Setup.Spec.Edge.Keeps() && c.reason == setup.CheckByPerson
	var group sync.WaitGroup
	for i, s := range c.list {
		switch {
		case s.Mark == setup.MarkLive && here == setup.Yes, s.Mark == setup.MarkPreview && (here != setup.Yes || keeps):
			group.Go(func() { c.look(ctx, i) })
		}
	}
	if here == setup.No && c.env.Setup.Spec.Domain.Switch != setup.SwitchLater {
		group.Go(func() {
			env := c.envFor(c.marked(setup.MarkLive).ID)
			leads := steps.WhereTo(ctx, env)
			out := env.Outside()
			c.leads, c.leadsOut = &leads, &out
		})
	}
	if here != setup.Yes && c.env.Setup.Spec.Domain.Switch == setup.SwitchLater {
		group.Go(func() {
			env := c.envFor(c.marked(setup.MarkTraffic).ID)
			c.move = steps.LookAtName(ctx, env)
			out := env.Outside()
			c.leadsOut = &out
		})
	}
	group.Wait()
}

// asks says whether the step sends requests to the name.
func asks(s steps.Step) bool { return s.Mark == setup.MarkLive || s.Mark == setup.MarkPreview }

// look observes one step. A look that must wait for its turn waits.
func (c *checker) look(ctx context.Context, i int) {
	begun := c.env.Now()
	s := sighting{at: begun}
	for {
		env := c.envFor(c.list[i].ID)
		s.obs, s.err = c.list[i].Observe(ctx, env)
		s.out = env.Outside()
		turn, waits := errors.AsType[*cloud.NotYet](s.err)
		if !waits || c.env.Now().Sub(begun) > checkWaits {
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

// marked is the step with a mark.
func (c *checker) marked(m setup.StepMark) steps.Step {
	return c.list[slices.IndexFunc(c.list, func(s steps.Step) bool { return s.Mark == m })]
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
func (c *checker) outcome(ctx context.Context, p store.CheckPass) store.CheckOutcome {
	var seen []steps.Observed
	var failed error
	o := store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: c.here()}}
	o.Guard = setup.Guard{Terms: c.env.Terms.List(), AskedAt: p.Guard.AskedAt}
	if o.Name = c.env.Name.Look(); o.Name != nil {
		for i, s := range c.list {
			if at := c.seen[i]; s.Mark == setup.MarkTraffic && at.ok() {
				o.Name.OldTTL, o.Name.Back = at.obs.OldTTL, at.obs.Back
			}
		}
		o.Sight.Back = o.Name.Back
		if c.move != nil {
			o.Name.Cause = c.move.Problem
		}
	}
	if c.env.Terms.Guards {
		o.Guard.AskedAt = c.env.Now().UTC()
	}
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
		if !at.obs.Unseen {
			o.Looked = append(o.Looked, c.speaksFor(s)...)
		}
		seen = append(seen, steps.Observed{Step: s, Obs: at.obs, Out: at.out})
		if asks(s) && (s.Mark == setup.MarkLive || o.Sight.Here != setup.Yes) {
			o.Sight.Answers = setup.YesIf(at.obs.State == steps.Ready)
			o.Stay = c.unasked(p.Open, at.obs.Unasked)
			switch {
			case o.Sight.Answers == setup.Yes && len(o.Stay) > 0:
				o.Sight.Answers = setup.No // nothing says that this has changed
			case o.Sight.Answers == setup.Yes && len(at.obs.Unasked) == len(c.env.Setup.Spec.API.Mappings):
				o.Sight.Answers = setup.Unknown
			}
			if at.obs.State == steps.Pending {
				o.Problem = at.obs.Problem
			}
		}
	}
	if c.leads != nil {
		name := c.marked(setup.MarkLive)
		o.Lines = append(o.Lines, setup.CheckLine{StepID: name.ID, Title: "Name", Result: setup.LineWrong, Text: c.leads.Words})
		if cause := c.leads.Nowhere; cause != nil {
			o.Sight.Nowhere, o.Problem = true, cause.Problem
			seen = append(seen, steps.Observed{Step: name, Obs: steps.Observation{State: steps.Ready, Causes: []setup.Cause{*cause}}})
		}
	}
	if ctx.Err() != nil && failed == nil {
		failed = fmt.Errorf("the check took longer than %s", checkLimit)
	}
	o.Findings = steps.Findings(seen)
	c.bear(&o, seen, p.Open)
	if failed != nil && len(o.Findings) == 0 { // what could not be seen may be wrong
		c := couldNot(cloud.Explain(failed))
		c.Lines, c.Hops = o.Lines, o.Hops
		return c
	}
	switch {
	case o.Sight.Answers == setup.No && p.Before.Sight.Answers != setup.No:
		o.Again = checkAgain
		o.Findings = slices.DeleteFunc(o.Findings, func(f setup.FindingBody) bool {
			s, _ := steps.Find(f.StepID)
			return !f.Repair && f.Effect != nil && asks(s) && !c.socketsOnly(f)
		})
	case o.Sight.Nowhere && !p.Before.Sight.Silent():
		o.Again = checkAgain
	case c.leads != nil && c.leads.Here && c.reason != setup.CheckAgain: // the record is gone, and servers do not know yet
		o.Again = checkAgain
	}
	if len(o.Findings) > 0 || len(o.Stay) > 0 || o.Problem != nil {
		o.Result = setup.CheckFindings
	}
	return o
}

// unasked are the IDs of those open findings of the name of whose paths none was
// asked.
func (c *checker) unasked(open []setup.Finding, left []string) (ids []string) {
	for _, f := range open {
		among := func(path string) bool { return slices.Contains(left, path) }
		if ofLook(c.list, f) && len(f.Paths) > 0 && !slices.ContainsFunc(f.Paths, func(p string) bool { return !among(p) }) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// socketsOnly says whether a finding is about WebSockets alone. No check opens them by
// itself, so the next one has no word on it.
func (c *checker) socketsOnly(f setup.FindingBody) bool {
	return len(f.Paths) > 0 && !slices.ContainsFunc(f.Paths, func(path string) bool {
		return !slices.ContainsFunc(c.env.Setup.Spec.API.Mappings, func(m setup.Mapping) bool {
			return m.DisplayPath() == path && m.Kind == setup.APIKindWebSocket
		})
	})
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
		if len(at.obs.Causes)+len(at.obs.Findings) > 0 || at.obs.Remark {
			l.Result = setup.LineRemark
		}
	case at.obs.State == steps.Pending && !at.obs.Sure:
		l.Result = setup.LineRemark
	default:
		l.Result = setup.LineWrong
	}
	return l
}
