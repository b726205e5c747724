package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/cloud"
	"apifront/setup"
	"apifront/store"
	"apifront/worker"
)

// A turnstile watches the line for CreateDomainName's turns: who is in it, in
// the order in which the store was asked.
type turnstile struct {
	mu     sync.Mutex
	line   []string
	taken  map[string]int // by holder
	pushed []string       // who came before somebody that had asked earlier
}

func (s *turnstile) asked(key, holder string, wait time.Duration) {
	if !strings.Contains(key, "CreateDomainName") {
		return
	}
	if !slices.Contains(s.line, holder) {
		s.line = append(s.line, holder)
	}
	if wait > 0 {
		return
	}
	if s.line[0] != holder {
		s.pushed = append(s.pushed, holder+" before "+s.line[0])
	}
	s.line = slices.DeleteFunc(s.line, func(h string) bool { return h == holder })
	s.taken[holder]++
}

// through begins the process anew, with turns that go through the turnstile.
func (s *turnstile) through(w *world) {
	w.t.Helper()
	w.stop()
	db, err := store.Open(context.Background(), w.path)
	must(w.t, err)
	w.store, w.wire = db, w.newWire()
	settings := w.settings(w.wire)
	settings.Turn = func(ctx context.Context, key, holder string, every time.Duration) (time.Duration, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		wait, err := db.TakeTurn(ctx, key, holder, every)
		if err == nil {
			s.asked(key, holder, wait)
		}
		return wait, err
	}
	settings.Hold = db.HoldTurns
	k, err := worker.New(worker.Config{
		Store: db, Cloud: cloud.New(settings), Probe: w.internet(w.wire), Install: "install-1", Bell: worker.NewMemoryBell(),
		Log: slog.New(slog.DiscardHandler),
	})
	must(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("the worker ended with: %v", err)
		}
		must(w.t, db.Close())
	})
}

// AWS's quota of CreateDomainName, and the jobs that run into it.
const (
	domainQuota = 30 * time.Second
	jobsAtOnce  = 20
)

// Twenty jobs begin at once in one account that may make one domain name every
// 30 s: all succeed, in the order in which they asked, and meanwhile each step
// says when its turn comes.
func TestTwentyJobsAtOnce(t *testing.T) {
	t.Parallel()
	if underRace {
		t.Skip("twenty jobs in one process take minutes under the race detector; .ci/run runs this test without it")
	}
	var took time.Duration
	var refused int
	real := inWorld(t, func(w *world) {
		gate := &turnstile{taken: map[string]int{}}
		gate.through(w)
		began := time.Now()
		var jobs []int64
		for n := range jobsAtOnce {
			jobs = append(jobs, w.begin(setup.JobApply, w.draft(variant{oneRegion: n%2 == 0, rest: n%4 < 2, change: func(s *setup.Spec) {
				s.Account.Region = "eu-west-1"
				s.API.Mappings[0].APIName = strings.TrimSuffix(s.API.Mappings[0].APIName, "-eu") + "-eu"
				s.API.Mappings[0].APIID = w.demo.APIs[s.API.Mappings[0].APIName]
				s.Domain.Name = fmt.Sprintf("api%02d.%s", n, theZone)
			}})))
		}
		told := w.toldTurns(jobs)
		for _, job := range jobs {
			w.done(job)
		}
		took = time.Since(began)
		refused = w.checkTurns(jobs, gate, told)
	})
	t.Logf("%d jobs took %s of AWS's time and %s of real time; %d calls were refused for their number", jobsAtOnce, took.Round(time.Second), real.Round(time.Millisecond), refused)
	if shortest := (jobsAtOnce - 1) * domainQuota; took < shortest || took > shortest+15*time.Minute {
		t.Errorf("they took %s, want the quota's %s and a job's own time", took, shortest)
	}
}

// A told turn is when a step says that its turn comes.
type toldTurn struct {
	summary string
	at      time.Time // as the summary says
	next    time.Time // as the row says
}

// toldTurns waits until all but the first job wait for the domain's turn, and
// returns what their steps say.
func (w *world) toldTurns(jobs []int64) map[int64]toldTurn {
	w.t.Helper()
	told := map[int64]toldTurn{}
	for range 60 {
		time.Sleep(5 * time.Second)
		for _, job := range jobs {
			list, err := w.store.Steps(w.t.Context(), job)
			must(w.t, err)
			i := slices.IndexFunc(list, func(p setup.Step) bool { return p.ID == "domain" })
			if p := list[i]; p.State == setup.StepWaiting && !p.NextAt.IsZero() && strings.Contains(p.Summary, "yours starts in ") {
				told[job] = toldTurn{p.Summary, p.CheckedAt.Add(waitIn(w.t, p.Summary)), p.NextAt}
			}
		}
		if len(told) >= len(jobs)-1 {
			return told
		}
	}
	w.t.Fatalf("only %d steps say that they wait for their turn", len(told))
	return nil
}

// waitIn is the time at the end of a sentence such as "yours starts in 31 s."
// or "yours starts in 1 min 26 s.".
func waitIn(t *testing.T, summary string) time.Duration {
	t.Helper()
	_, text, ok := strings.Cut(summary, "yours starts in ")
	wait, err := time.ParseDuration(strings.NewReplacer(" ", "", "min", "m").Replace(strings.TrimSuffix(text, ".")))
	if !ok || err != nil {
		t.Fatalf("the step says %q, which tells no time", summary)
	}
	return wait
}

// checkTurns: the calls kept their distance, in the order of asking and at the
// times told; each job used one turn, and nobody heard of a refusal. It counts
// the calls that were refused for their number.
func (w *world) checkTurns(jobs []int64, gate *turnstile, told map[int64]toldTurn) (refused int) {
	w.t.Helper()
	if len(gate.pushed)+len(gate.line) > 0 || len(gate.taken) != len(jobs) {
		w.t.Errorf("turns of %d jobs, still in line %v, out of order: %v", len(gate.taken), gate.line, gate.pushed)
	}
	var last time.Time
	for _, c := range w.sim.Calls() {
		if c.Status == http.StatusTooManyRequests || strings.Contains(c.Code, "Throttl") || c.Code == "PriorRequestNotComplete" {
			refused++
		}
		if c.Operation != "CreateDomainName" {
			continue
		}
		if c.Status != http.StatusCreated {
			w.t.Errorf("CreateDomainName was answered %d %s", c.Status, c.Code)
		}
		if since := c.At.Sub(last); since < domainQuota {
			w.t.Errorf("CreateDomainName was called %s after the one before", since)
		}
		last = c.At
	}
	turns := 0
	for _, n := range gate.taken {
		turns += n
	}
	if turns != len(jobs) {
		w.t.Errorf("%d turns were taken for %d jobs", turns, len(jobs))
	}
	if made := w.made()["domain"]; made != len(jobs) {
		w.t.Errorf("there are %d domains, want %d", made, len(jobs))
	}
	for _, job := range jobs {
		w.checkUntroubled(job, told)
	}
	return refused
}

// checkUntroubled: no step of the job had any trouble, and its domain was made
// when it said so.
func (w *world) checkUntroubled(job int64, told map[int64]toldTurn) {
	w.t.Helper()
	attempts, err := w.store.Attempts(w.t.Context(), job)
	must(w.t, err)
	for _, a := range attempts {
		if a.Number != 1 || a.Problem != nil {
			w.t.Errorf("job %d: attempt %d of %s: %+v", job, a.Number, a.StepID, a.Problem)
		}
	}
	calls, err := w.store.Calls(w.t.Context(), job, "domain", 1000, 0)
	must(w.t, err)
	creates := slices.DeleteFunc(calls, func(c setup.Call) bool { return c.Operation != "CreateDomainName" })
	if len(creates) == 0 {
		w.t.Errorf("job %d never called CreateDomainName", job)
		return
	}
	at := creates[len(creates)-1].StartedAt
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	p := list[slices.IndexFunc(list, func(p setup.Step) bool { return p.ID == "domain" })]
	said, ok := told[job]
	if !ok { // the first one did not wait
		if p.Turn != (setup.TurnWait{}) {
			w.t.Errorf("job %d says that it waited: %+v", job, p.Turn)
		}
		return
	}
	// The passes themselves took the rest.
	if off := at.Sub(p.StartedAt) - p.Turn.Waited; off < 0 || off > 15*time.Second || p.Turn.Limit != "API Gateway allows one new domain name every 30 s" || !p.Turn.Since.IsZero() {
		w.t.Errorf("job %d made its domain %s after the step began, and says that it waited %+v", job, at.Sub(p.StartedAt), p.Turn)
	}
	if early, late := said.next.Sub(at), at.Sub(said.next); early > 0 || late > 2*time.Second {
		w.t.Errorf("job %d made its domain at %s, and its turn was to be at %s", job, at, said.next)
	}
	if off := said.at.Sub(at); off < -2*time.Second || off > time.Minute {
		w.t.Errorf("job %d made its domain at %s, and said %q, which was %s", job, at, said.summary, said.at)
	}
}
