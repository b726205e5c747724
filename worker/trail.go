package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"apifront/cloud"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// Limits of asking CloudTrail.
const (
	trailsAtOnce = 2
	trailLimit   = 90 * time.Second // asking again for the findings of one setup
	// trailPatience is for how long a check waits for CloudTrail. What it does not
	// know by then is asked later.
	trailPatience = 6 * time.Second
	// trailPages is how many pages of one operation are read: the newest 150 calls.
	trailPages = 3
	// trailTries is how often CloudTrail is asked about a finding at the most.
	trailTries = 6
	// trailRest is between two tries that got no answer.
	trailRest = 10 * time.Minute
	// trailRefusal is for how long a refusal is remembered, unless a person orders a
	// check.
	trailRefusal = 24 * time.Hour
)

// trailWaits are how long after the look that saw a finding CloudTrail is asked again.
// It delivers calls in about 5 minutes, which is not guaranteed; 15 minutes is what AWS
// said before. After the last of them the answer stays: until then a later call may
// still come.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html (documented)
var trailWaits = []time.Duration{6 * time.Minute, 20 * time.Minute}

// trails asks CloudTrail again about findings whose time has come, until ctx ends.
func (w *Worker) trails(ctx context.Context) error {
	more, stop := w.Store.WatchTrails()
	defer stop()
	soon := sweepEvery
	return serve(ctx, queue[store.TrailPass]{
		asked: more, atOnce: trailsAtOnce,
		next: func(ctx context.Context) (store.TrailPass, bool) {
			limited, cancel := context.WithTimeout(ctx, saveLimit)
			defer cancel()
			p, wait, found, err := w.Store.NextTrail(limited, w.name)
			w.troubled(ctx, "asking whom CloudTrail is to be asked about failed", silent(limited, err))
			soon = sweepEvery
			if wait > 0 {
				soon = max(wait, shortest)
			}
			return p, found
		},
		soon: func() time.Duration { return soon },
		do:   w.trail,
		free: func(ctx context.Context) error { return w.Store.FreeTrails(ctx, w.name) },
	})
}

// trail asks again about findings of one setup and stores what came of it.
func (w *Worker) trail(ctx context.Context, p store.TrailPass) {
	run, cancel := context.WithTimeout(ctx, trailLimit)
	defer cancel()
	if err := w.trailAgain(run, p); err != nil {
		for i := range p.Findings {
			p.Findings[i].Trail = w.untold(*p.Findings[i].Trail, err)
		}
	}
	if ctx.Err() != nil {
		return // cut off: it is given back
	}
	limited, stop := context.WithTimeout(ctx, saveLimit)
	defer stop()
	if err := silent(limited, w.Store.FinishTrail(limited, p)); err != nil {
		w.storeFailed(ctx, "what CloudTrail said could not be stored", err, slog.String("setup", p.Setup.ID))
	}
}

// trailAgain asks CloudTrail. An error says why nothing could be asked.
func (w *Worker) trailAgain(ctx context.Context, p store.TrailPass) (err error) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "asking CloudTrail panicked", "setup", p.Setup.ID, "err", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("the program ran into a state it was not written for: %v", r)
		}
	}()
	have, err := w.Store.Resources(ctx, p.Setup.ID)
	if err != nil {
		return err
	}
	who, a := looker("trail"), p.Setup.Spec.Account
	account, err := w.open(ctx, who, a.Connection, a.Region)
	if err != nil {
		return err
	}
	dns, err := w.openDNS(ctx, who, p.Setup.Spec, account)
	if err != nil {
		return err
	}
	if err := account.Guard(ctx, p.Setup.AccountID); err != nil {
		return err
	}
	asks := w.trailAsks(p.Setup, have, account, dns)
	for i := range p.Findings {
		asks.add(&p.Findings[i].FindingBody, *p.Findings[i].Trail)
	}
	asks.ask(ctx)
	return nil
}

// trailsOf asks CloudTrail about what a check has found that was not so before, and
// puts the answers into its outcome. A check that a person ordered asks once more what
// was refused: somebody may just have allowed it.
func (w *Worker) trailsOf(ctx context.Context, c *checker, p store.CheckPass, o *store.CheckOutcome) {
	asks := w.trailAsks(c.env.Setup, c.resources, c.env.Account, c.env.DNSAccount)
	asks.anyway = p.Check.Reason == setup.CheckByPerson
	for i := range o.Findings {
		f := &o.Findings[i]
		was := slices.IndexFunc(p.Open, func(x setup.Finding) bool { return x.Key == f.Key })
		if was >= 0 && p.Open[was].Is == f.Is && p.Open[was].Want == f.Want {
			if t := p.Open[was].Trail; asks.anyway && t != nil && t.State == setup.TrailRefused {
				asks.add(f, *t)
			}
			continue
		}
		if _, ok := steps.Suspect(c.env.Setup, c.resources, *f); !ok {
			continue
		}
		at := slices.IndexFunc(c.list, func(s steps.Step) bool { return s.ID == f.StepID })
		if at < 0 {
			continue
		}
		seen := c.seen[at].at
		right, err := w.Store.RightSince(ctx, c.env.Setup.ID, f.StepID, seen)
		if err != nil {
			w.troubled(ctx, "asking since when something was right failed", silent(ctx, err))
			continue
		}
		if right.IsZero() {
			right = seen.Add(-cloud.TrailKept)
		}
		asks.add(f, setup.Trail{State: setup.TrailWaiting, From: right, Until: seen.Add(c.seen[at].took)})
	}
	if len(asks.list) == 0 {
		return
	}
	limited, cancel := context.WithTimeout(ctx, trailPatience)
	defer cancel()
	asks.ask(limited)
	o.Trails = map[string]setup.Trail{}
	for _, a := range asks.list {
		o.Trails[a.finding.Key] = *a.finding.Trail
	}
}

// A trailAsk is a finding that CloudTrail is asked about.
type trailAsk struct {
	finding   *setup.FindingBody // its Trail becomes what CloudTrail says
	trail     setup.Trail
	suspicion steps.Suspicion
}

// trailAsks are what CloudTrail is asked about one setup, at one time.
type trailAsks struct {
	w            *Worker
	setup        setup.Setup
	have         setup.Resources
	account, dns *cloud.Account
	anyway       bool // also where a refusal is remembered
	list         []trailAsk
	read         map[string]trailPage
	refused      map[string]error // by place
}

// A trailPage is what CloudTrail lists of an operation.
type trailPage struct {
	events []cloud.TrailEvent
	all    bool
	err    error
}

func (w *Worker) trailAsks(v setup.Setup, have setup.Resources, account, dns *cloud.Account) *trailAsks {
	return &trailAsks{w: w, setup: v, have: have, account: account, dns: dns, read: map[string]trailPage{}, refused: map[string]error{}}
}

func (t *trailAsks) add(f *setup.FindingBody, trail setup.Trail) {
	s, ok := steps.Suspect(t.setup, t.have, *f)
	if !ok { // what it was about is not known any more
		trail.State, trail.DueAt = setup.TrailNone, time.Time{}
	}
	f.Trail = &trail
	if !ok {
		return
	}
	trail.Place = t.at(s).Connection + "/" + s.Region
	t.list = append(t.list, trailAsk{f, trail, s})
}

// at is the account whose trail has the calls.
func (t *trailAsks) at(s steps.Suspicion) *cloud.Account {
	if s.DNS {
		return t.dns
	}
	return t.account
}

// ask asks CloudTrail about all of the list.
func (t *trailAsks) ask(ctx context.Context) {
	for i := range t.list {
		a := &t.list[i]
		a.finding.Trail = t.one(ctx, *a)
	}
}

// one asks about one finding.
func (t *trailAsks) one(ctx context.Context, a trailAsk) *setup.Trail {
	now := t.w.Store.Now().UTC()
	if err := t.refused[a.trail.Place]; err != nil {
		return t.w.untold(a.trail, err)
	}
	if !t.anyway {
		refused, err := t.w.Store.TrailRefused(ctx, a.trail.Place, now.Add(-trailRefusal))
		if err != nil {
			return t.w.untold(a.trail, err)
		}
		if refused {
			v := a.trail
			v.State, v.DueAt, v.TrailBody = setup.TrailRefused, time.Time{}, setup.TrailBody{}
			return &v
		}
	}
	var events []cloud.TrailEvent
	all := true
	for _, operation := range a.suspicion.Operations {
		p := t.look(ctx, a.suspicion, operation)
		if cloud.Refused(p.err) {
			t.refused[a.trail.Place] = p.err
		}
		if p.err != nil {
			return t.w.untold(a.trail, p.err)
		}
		events, all = append(events, p.events...), all && p.all
	}
	own, err := t.own(ctx, events)
	if err != nil {
		return t.w.untold(a.trail, err)
	}
	v := a.trail
	v.Tries, v.AskedAt = v.Tries+1, now
	v.State, v.TrailBody = judgeTrail(a.suspicion, a.trail, events, all, own, t.skew())
	if v.DueAt = t.w.trailDue(v, now); v.DueAt.IsZero() && v.State == setup.TrailWaiting {
		v.State = setup.TrailNone
	}
	return &v
}

// look reads what CloudTrail lists of an operation, once for all findings: in the
// time that they need together.
func (t *trailAsks) look(ctx context.Context, s steps.Suspicion, operation string) trailPage {
	key := fmt.Sprint(s.DNS, s.Region, operation)
	if p, ok := t.read[key]; ok {
		return p
	}
	var from, until time.Time
	for _, a := range t.list {
		if a.suspicion.DNS == s.DNS && a.suspicion.Region == s.Region && slices.Contains(a.suspicion.Operations, operation) {
			if from.IsZero() || a.trail.From.Before(from) {
				from = a.trail.From
			}
			if a.trail.Until.After(until) {
				until = a.trail.Until
			}
		}
	}
	oldest := until.Add(-cloud.TrailKept)
	if from.Before(oldest) {
		from = oldest
	}
	// CloudTrail's times are whole seconds, by AWS's clock.
	from, until = from.Add(-t.skew()).Truncate(time.Second), until.Add(-t.skew()).Truncate(time.Second).Add(time.Second)
	var p trailPage
	p.events, p.all, p.err = t.at(s).LookUpEvents(ctx, s.Region, operation, from, until, trailPages)
	t.read[key] = p
	return p
}

// skew is how much our clock is ahead of AWS's.
func (t *trailAsks) skew() time.Duration {
	ahead, _ := t.w.Cloud.Skew()
	return ahead
}

// own are the calls of this installation: those in the ledger, and those whose user
// agent names it, since an answer that was lost leaves no request ID.
func (t *trailAsks) own(ctx context.Context, events []cloud.TrailEvent) (func(cloud.TrailEvent) bool, error) {
	var ids []string
	for _, e := range events {
		if e.RequestID != "" {
			ids = append(ids, e.RequestID)
		}
	}
	ours, err := t.w.Store.OurCalls(ctx, ids)
	return func(e cloud.TrailEvent) bool { return ours[e.RequestID] || t.w.Cloud.Ours(e.UserAgent) }, err
}

// judgeTrail says who made the change that a finding is about: the last call that
// succeeded, is not our own, is about the very thing, and was made after it was last
// right and before it was seen to differ. All is false if there are more events, all of
// them older.
func judgeTrail(s steps.Suspicion, t setup.Trail, events []cloud.TrailEvent, all bool, own func(cloud.TrailEvent) bool, ahead time.Duration) (setup.TrailState, setup.TrailBody) {
	from, until := t.From.Add(-ahead).Truncate(time.Second), t.Until.Add(-ahead)
	var b setup.TrailBody
	var unread time.Time
	for _, e := range events {
		switch {
		case e.Source != s.Source || e.At.Before(from) || e.At.After(until):
			continue
		case e.Unread:
			if e.At.After(unread) {
				unread = e.At
			}
			continue
		case e.Failed || own(e) || !s.About(e):
			continue
		}
		if b.Last == nil || e.At.After(b.Last.At) {
			b.Last = &setup.TrailCall{Event: e.Name, At: e.At, Who: e.Who, Kind: e.Kind, ARN: e.ARN, How: e.How}
		}
		b.Others++
	}
	switch {
	case !unread.IsZero() && (b.Last == nil || !unread.Before(b.Last.At)):
		return setup.TrailUnread, setup.TrailBody{}
	case b.Last != nil:
		b.Others--
		b.More = !all
		return setup.TrailKnown, b
	case !all:
		return setup.TrailMany, setup.TrailBody{}
	}
	return setup.TrailWaiting, setup.TrailBody{}
}

// trailDue is when CloudTrail is asked again about a finding; zero: not any more.
// Whoever is known by then is asked about once more at the end, since calls do not come
// in their order.
func (w *Worker) trailDue(t setup.Trail, now time.Time) time.Time {
	if t.State == setup.TrailRefused || t.Tries >= trailTries {
		return time.Time{}
	}
	for i, wait := range trailWaits {
		due := t.Until.Add(w.Pace(wait))
		if due.After(now) && (t.State != setup.TrailKnown || i == len(trailWaits)-1) {
			return due
		}
	}
	return time.Time{}
}

// untold is a trail after a try that got no answer. Whom an earlier one has named stays.
func (w *Worker) untold(t setup.Trail, err error) *setup.Trail {
	now := w.Store.Now().UTC()
	t.Tries, t.AskedAt = t.Tries+1, now
	p := cloud.Explain(err)
	if cloud.Refused(err) {
		t.State, t.TrailBody, t.DueAt = setup.TrailRefused, setup.TrailBody{}, time.Time{}
		return &t
	}
	t.DueAt = w.trailDue(t, now)
	if t.DueAt.IsZero() && t.Tries < trailTries {
		t.DueAt = now.Add(w.Pace(trailRest))
	}
	if t.State != setup.TrailKnown {
		t.State, t.TrailBody = setup.TrailSilent, setup.TrailBody{Said: setup.Clip(p.What, 300)}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Said = "It did not answer in time."
		}
	}
	return &t
}
