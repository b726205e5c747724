package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"apifront/flow"
	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
	webjobs "apifront/web/jobs"
)

// callsRead is how many of a step's newest calls a page reads. The page shows
// fewer, because it folds equal ones.
const callsRead = 400

// number is the number in the request's path.
func number(r *http.Request) (int64, error) {
	text := chi.URLParam(r, "n")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, handlers.NotFound("There is no job " + setup.Clip(text, 20))
	}
	return n, nil
}

// job reads the job the request is about.
func (s *room) job(r *http.Request) (setup.Job, error) {
	n, err := number(r)
	if err != nil {
		return setup.Job{}, err
	}
	j, err := s.Store.Job(r.Context(), n)
	if errors.Is(err, store.ErrNotFound) {
		return setup.Job{}, &handlers.PageError{Status: http.StatusNotFound, View: web.ErrorView{
			Title: fmt.Sprintf("There is no job %d", n), Text: "The job history has all there are.", Href: "/jobs", Link: "Open the job history",
		}}
	}
	if err != nil {
		return setup.Job{}, fmt.Errorf("read job %d: %w", n, err)
	}
	return j, nil
}

// A callsWish says which calls a page needs.
type callsWish struct {
	only   map[setup.StepID]bool // steps; nil: all
	step   setup.StepID          // the step whose earlier calls are wanted
	before int64                 // calls of that step before this one
	steady *steady               // what was read earlier; nil if nothing was
}

// A steady is what does not change while a job runs: its revision, the apex of the
// name's zone, which hardly ever changes, and what steps that are done got over.
type steady struct {
	mu    sync.Mutex
	have  bool
	since store.Since
	over  map[setup.StepID]gotOver
	apex  bool // the name is the apex of its zone, where a person adds another type of record
}

// gotOver is what a step got over by itself up to an attempt that was done.
type gotOver struct {
	attempt int
	told    []string
}

// unread adds to the steps whose calls are read those that are done, if what they got
// over is not known yet.
func (k *steady) unread(only map[setup.StepID]bool, list []setup.Step) map[setup.StepID]bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := maps.Clone(only)
	for _, st := range list {
		if known, ok := k.over[st.ID]; st.State == setup.StepDone && (!ok || known.attempt != st.Attempt) {
			all[st.ID] = true
		}
	}
	return all
}

// gotOver fills in what the steps that are done got over by themselves, and keeps it.
func (k *steady) gotOver(f *webjobs.Facts, read map[setup.StepID]bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f.Over = map[setup.StepID][]string{}
	if k.over == nil {
		k.over = map[setup.StepID]gotOver{}
	}
	for _, st := range f.Steps {
		if st.State != setup.StepDone {
			continue
		}
		if read[st.ID] {
			k.over[st.ID] = gotOver{st.Attempt, webjobs.GotOver(*f, st)}
		}
		if known := k.over[st.ID]; known.attempt == st.Attempt {
			f.Over[st.ID] = known.told
		}
	}
}

// steady reads what does not change while the job runs, or returns what was
// read earlier.
func (s *room) steady(ctx context.Context, j setup.Job, kept *steady) (*steady, error) {
	if kept == nil {
		kept = &steady{}
	}
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if kept.have && j.State.Active() {
		return kept, nil
	}
	since, err := s.Store.Since(ctx, j)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("read setup of job %d: %w", j.ID, err)
	}
	if d := since.Setup.Spec.Domain; d.DNS == setup.DNSElsewhere && j.State.Active() {
		facts, err := handlers.Stored[setup.NameFacts](ctx, s.Server, handlers.NameKey(since.Setup.Spec.Account, d.Name))
		if err != nil {
			return nil, err
		}
		kept.apex = facts.Value.ZoneApex != "" && facts.Value.ZoneApex == d.Name
	}
	kept.since, kept.have = since, true
	return kept, nil
}

// facts reads everything about a job. The job is read before the rest, so
// that what is shown is never older than the number of its last event.
func (s *room) facts(ctx context.Context, r *http.Request, j setup.Job, wish callsWish) (webjobs.Facts, error) {
	f := webjobs.Facts{Times: s.Times(r), Job: j, Via: s.ConnectionName(ctx, j.Connection), About: aboutSteps(), Calls: map[setup.StepID][]setup.Call{}}
	steady, err := s.steady(ctx, j, wish.steady)
	if err != nil {
		return f, err
	}
	f.Setup, f.Apex, f.Told = steady.since.Setup, steady.apex, steady.since.Told
	if !j.State.Active() {
		f.Later, f.LastApply = steady.since.Later, steady.since.LastApply
	}
	if j.Kind == setup.JobTeardown { // its page says what is gone too
		f.Resources, f.Former, err = s.Store.AllResources(ctx, j.SetupID)
	} else {
		f.Resources, err = s.Store.Resources(ctx, j.SetupID)
	}
	if err != nil {
		return f, fmt.Errorf("read resources of job %d: %w", j.ID, err)
	}
	f.Led = ledBefore(steady.since, f.Resources, j)
	if f.Steps, err = s.Store.Steps(ctx, j.ID); err != nil {
		return f, fmt.Errorf("read steps of job %d: %w", j.ID, err)
	}
	what := store.WhatSeen{Newest: true, Excerpts: handlers.May(ctx, handlers.Operator)}
	if wish.only != nil {
		what.Steps = slices.AppendSeq([]setup.StepID{}, maps.Keys(wish.only))
	}
	if f.Attempts, f.Seen, err = s.Store.AttemptsSeen(ctx, j.ID, what); err != nil {
		return f, fmt.Errorf("read attempts of job %d: %w", j.ID, err)
	}
	if wish.only != nil {
		wish.only = steady.unread(wish.only, f.Steps)
	}
	if err = s.calls(ctx, &f, wish); err != nil {
		return f, fmt.Errorf("read calls of job %d: %w", j.ID, err)
	}
	if wish.only != nil {
		steady.gotOver(&f, wish.only)
	}
	var times map[setup.StepID][]flow.Took
	if j.State.Active() {
		if times, err = s.times(ctx, j.ID, f.Times.Now); err != nil {
			return f, err
		}
	}
	f.Demo = s.Demo != nil
	forecast(&f, times, f.Demo)
	if j.Kind == setup.JobApply && (j.State == setup.JobFailed || j.State == setup.JobCancelled) && f.Setup.ID != "" {
		now, err := s.Store.Situation(ctx, f.Setup)
		if err != nil {
			return f, fmt.Errorf("read how things stand: %w", err)
		}
		f.Unfinished = now.State.ID == setup.StateNotFinished
	}
	f.Worker = workerNote(j, f.Steps, f.Times.Now)
	return f, nil
}

// ledBefore says whether a record that a person keeps led the name to the distribution
// before the job, by a check or by an earlier job, if no check saw it elsewhere since.
func ledBefore(since store.Since, have setup.Resources, j setup.Job) bool {
	early := func(t time.Time) bool { return !t.IsZero() && t.Before(j.CreatedAt) }
	row, look := have[setup.KeyRecordTraffic], since.Look
	switch {
	case since.Setup.Spec.Domain.DNS != setup.DNSElsewhere || len(look.Views) > 0 && !look.Here():
		return false
	case early(look.HereSince):
		return true
	}
	return early(row.SavedAt) && len(have.Records(setup.KeyRecordTraffic)) > 0
}

// calls reads the calls that the page needs.
func (s *room) calls(ctx context.Context, f *webjobs.Facts, wish callsWish) error {
	var only []setup.StepID
	if wish.only != nil {
		only = slices.AppendSeq([]setup.StepID{}, maps.Keys(wish.only))
	}
	c, err := s.Store.CallsByStep(ctx, f.Job.ID, callsRead, only)
	if err != nil {
		return err
	}
	f.Calls, f.CallCount = c.Calls, c.Count
	if !f.Job.State.Active() {
		f.Writes = c.Writes
	}
	if wish.step != "" && c.Count[wish.step] > 0 {
		f.Calls[wish.step], err = s.Store.Calls(ctx, f.Job.ID, wish.step, callsRead, wish.before)
	}
	return err
}

// workerLate is how late the worker may be before a page says so.
const workerLate = 90 * time.Second

// workerNote says that the worker is late with a job; "" if it is not.
func workerNote(j setup.Job, list []setup.Step, now time.Time) string {
	late := time.Duration(0)
	for _, st := range list {
		if !st.NextAt.IsZero() && !st.State.Finished() {
			late = max(late, now.Sub(st.NextAt))
		}
	}
	if !j.State.Active() || late < workerLate {
		return ""
	}
	return "The worker has done nothing here for " + web.LongTime(late) + ". Check that the apifront server runs and what its log says. The job goes on by itself once the worker is back."
}

// aboutSteps is what the definitions say of the steps, by ID.
var aboutSteps = sync.OnceValue(func() map[setup.StepID]webjobs.StepAbout {
	about := map[setup.StepID]webjobs.StepAbout{}
	for _, st := range steps.All() {
		about[st.ID] = webjobs.StepAbout{Why: st.Why, Usual: st.Wait.Usual, Every: st.Wait.Every, Limit: st.Wait.Limit, Parts: st.Parts, Page: st.Page, Mark: st.Mark, Keys: st.Keys}
	}
	return about
})

// page shows one job. ?step and ?from show earlier calls of one step; such a
// page has no stream. ?refresh=off stops the reloading of a page without
// script.
func (s *room) page(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	wish := callsWish{}
	q := r.URL.Query()
	if from, err := strconv.ParseInt(q.Get("from"), 10, 64); err == nil && from > 0 && q.Get("step") != "" {
		wish.step, wish.before = setup.StepID(q.Get("step")), from
	}
	f, err := s.facts(r.Context(), r, j, wish)
	if err != nil {
		return err
	}
	f.Earlier, f.Still = wish.step, q.Get("refresh") == "off"
	v := webjobs.NewView(f)
	frame := s.Frame(r, v.Title, "jobs")
	frame.Icon = v.Mark
	if v.Reload {
		frame.Refresh = 5
	}
	return s.Render(w, r, http.StatusOK, webjobs.Page(frame, v))
}
