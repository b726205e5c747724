package worker_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A trouble is how a call of the job goes wrong.
type trouble struct {
	name string
	// fault is what is ordered for the call; nil: its answer is cut off.
	fault *sim.Fault
	// lasts says that every such call goes wrong from then on.
	lasts bool
	// passes says that the job gets over it by itself.
	passes bool
}

var troubles = []trouble{
	{name: "AccessDenied", fault: &sim.Fault{Status: http.StatusForbidden, Code: "AccessDenied", Message: "User: arn:aws:iam::482177301954:user/apifront-demo is not authorized to perform this"}},
	{name: "429 for a while", fault: &sim.Fault{Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Too Many Requests", Times: 4}, passes: true},
	{name: "500 until mended", fault: &sim.Fault{Status: http.StatusInternalServerError, Code: "InternalFailure", Message: "Internal server error"}, lasts: true},
	{name: "connection reset until mended", fault: &sim.Fault{Kind: sim.FaultReset}, lasts: true},
	{name: "answer cut off", passes: true},
}

// Any call of an apply goes wrong: its step ends with a full problem, or tries
// again by itself; what does not need it goes on; re-running it is enough, and
// repeats no step that was finished.
func TestFailAnywhere(t *testing.T) {
	caching := variant{rest: true, change: func(s *setup.Spec) { s.Edge.Caching = setup.CachingAPI }}
	var runs atomic.Int64
	began := time.Now()
	t.Cleanup(func() { t.Logf("%d troubles in %s", runs.Load(), time.Since(began).Round(time.Second)) })
	for i, v := range []variant{caching, {oneRegion: true, elsewhere: true}, {reused: true}} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var calls []sim.Call
			var want ending
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.draft(v)
				w.done(w.begin(setup.JobApply, s))
				calls, want = w.sim.Calls(), w.ending(s)
			})
			for k, c := range calls {
				for n, tr := range troubles {
					if (k*len(troubles)+n)%sampleEvery(t) != i%sampleEvery(t) {
						continue
					}
					runs.Add(1)
					earlier := alike(calls[:k], c)
					inPacedWorld(t, quickPace(), func(w *world) { w.troubledAt(v, k+1, earlier, c, tr, want) })
				}
			}
			t.Logf("%d calls", len(calls))
		})
	}
}

// alike counts the calls of the same kind.
func alike(calls []sim.Call, c sim.Call) int {
	n := 0
	for _, o := range calls {
		if o.Service == c.Service && o.Operation == c.Operation && o.Region == c.Region {
			n++
		}
	}
	return n
}

// troubledAt is one job whose k-th call goes wrong. The call is what it was in
// a job without trouble, with so many of its kind before it.
func (w *world) troubledAt(v variant, k, earlier int, call sim.Call, tr trouble, want ending) {
	w.t.Helper()
	s := w.draft(v)
	at := fmt.Sprintf("%s at call %d, %s:%s", tr.name, k, call.Service, call.Operation)
	if tr.fault == nil {
		w.wire.cutOff(w.wire.count() + k)
	} else {
		f := *tr.fault
		f.Service, f.Operation, f.Region, f.Skip = call.Service, call.Operation, call.Region, earlier
		if tr.lasts {
			f.Times = 1 << 30
		}
		w.sim.Order(f)
	}
	job := w.begin(setup.JobApply, s)
	j := w.end(job)
	if j.State == setup.JobFailed && !tr.passes {
		w.checkFailed(at, job)
		w.mend(at, job, tr)
		j = w.end(job)
	} else if !tr.passes && !w.onlyExplained(job, call.Operation) {
		w.t.Errorf("%s: the job is %s", at, j.State)
	}
	if j.State != setup.JobSucceeded {
		w.t.Errorf("%s: the job is %s:\n%s", at, j.State, w.story(job))
		return
	}
	if diff := cmp.Diff(want, w.ending(s)); diff != "" {
		w.t.Errorf("%s: not the same end (want -, got +):\n%s", at, diff)
	}
	if lost := w.orphans(s.ID); len(lost) > 0 {
		w.t.Errorf("%s: exist and are not known: %v", at, lost)
	}
	w.checkAttempts(at, job)
	if tr.fault != nil && tr.fault.Status == http.StatusTooManyRequests && !w.onlyExplained(job, call.Operation) {
		w.checkWaited(at, job)
	}
}

// onlyExplained says whether the call went wrong in tests of all paths alone, which
// read the configuration to explain and pass without.
func (w *world) onlyExplained(job int64, operation string) bool {
	w.t.Helper()
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	wrong := map[bool]int{}
	for _, p := range list {
		calls, err := w.store.Calls(w.t.Context(), job, p.ID, 10_000, 0)
		must(w.t, err)
		for _, c := range calls {
			if c.Operation == operation && (c.Status < 200 || c.Status > 299) && c.Status != http.StatusNotFound {
				wrong[p.ID == "preview" || p.ID == "live"]++
			}
		}
	}
	return wrong[true] > 0 && wrong[false] == 0
}

// checkWaited: a quota is a wait that is shown, and no attempt is spent on it.
func (w *world) checkWaited(at string, job int64) {
	w.t.Helper()
	attempts, err := w.store.Attempts(w.t.Context(), job)
	must(w.t, err)
	for _, a := range attempts {
		if a.Number > 1 {
			w.t.Errorf("%s: attempt %d of %s was made", at, a.Number, a.StepID)
		}
	}
	events, err := w.store.Events(w.t.Context(), job, 0, 10_000)
	must(w.t, err)
	if !slices.ContainsFunc(events, func(e setup.Event) bool {
		return e.Kind == setup.EventStep && (strings.HasPrefix(e.Text, "Waits for its turn: ") || strings.Contains(e.Text, "will be repeated"))
	}) {
		w.t.Errorf("%s: no step said that it waits", at)
	}
}

// checkFailed: the steps that failed say why, what needs them waits, and all
// else is finished.
func (w *world) checkFailed(at string, job int64) {
	w.t.Helper()
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	stopped := map[setup.StepID]bool{}
	for _, p := range list {
		needs := slices.ContainsFunc(p.Needs, func(id setup.StepID) bool { return stopped[id] })
		switch {
		case p.State == setup.StepFailed:
			stopped[p.ID] = true
			if pr := p.Problem; pr == nil || pr.What == "" || pr.Why == "" || pr.Fix == "" || pr.Ref+pr.Ours == "" || pr.Said == "" || pr.Service == "" || pr.Code == "" {
				w.t.Errorf("%s: step %s failed with an incomplete problem: %+v", at, p.ID, p.Problem)
			}
		case needs && p.State == setup.StepWaiting:
			stopped[p.ID] = true
		case !p.State.Finished():
			w.t.Errorf("%s: step %s is %s, and nothing it needs failed", at, p.ID, p.State)
		}
	}
}

// mend ends the trouble and re-runs the steps that failed.
func (w *world) mend(at string, job int64, tr trouble) {
	w.t.Helper()
	ctx := w.t.Context()
	if tr.lasts {
		w.sim.Withdraw("")
	}
	list, err := w.store.Steps(ctx, job)
	must(w.t, err)
	finished := map[setup.StepID]bool{}
	for _, p := range list {
		finished[p.ID] = p.State.Finished()
	}
	calls, err := w.store.CountCalls(ctx, job)
	must(w.t, err)
	for _, p := range list {
		if p.State == setup.StepFailed {
			must(w.t, w.store.RerunStep(ctx, job, p.ID, "Grace"))
		}
	}
	w.end(job)
	after, err := w.store.CountCalls(ctx, job)
	must(w.t, err)
	for id := range finished {
		if finished[id] && after[id] != calls[id] {
			w.t.Errorf("%s: the finished step %s made %d calls more", at, id, after[id]-calls[id])
		}
	}
}

// checkAttempts: every attempt that ended other than well says why.
func (w *world) checkAttempts(at string, job int64) {
	w.t.Helper()
	list, err := w.store.Attempts(w.t.Context(), job)
	must(w.t, err)
	for _, a := range list {
		if a.FinishedAt.IsZero() || a.State != setup.StepDone && (a.State != setup.StepFailed || a.Problem == nil) {
			w.t.Errorf("%s: attempt %+v", at, a)
		}
	}
}

// Three of ten calls go wrong, each in its way: the job gets over it by itself,
// and makes nothing twice.
func TestThreeOfTenCallsFail(t *testing.T) {
	for i, v := range variants()[:8] {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var want ending
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.draft(v)
				w.done(w.begin(setup.JobApply, s))
				want = w.ending(s)
			})
			inPacedWorld(t, quickPace(), func(w *world) {
				chance := rand.New(rand.NewPCG(11, uint64(i)))
				bad := 0
				w.stop()
				w.luck = func() mishap {
					if chance.IntN(10) >= 3 {
						return noMishap
					}
					bad++
					return 1 + mishap(chance.IntN(int(mishaps)-1))
				}
				w.start()
				s := w.draft(v)
				job := w.begin(setup.JobApply, s)
				// Where the tries ran out, a person reads why and re-runs.
				var err error
				j, reruns := w.end(job), 0
				for ; j.State == setup.JobFailed && reruns < 5; reruns++ {
					w.checkFailed("luck", job)
					w.mend("luck", job, trouble{})
					if j, err = w.store.Job(w.t.Context(), job); err != nil {
						w.t.Fatal(err)
					}
				}
				if j.State != setup.JobSucceeded {
					w.t.Fatalf("the job is %s after %d re-runs:\n%s", j.State, reruns, w.story(job))
				}
				if diff := cmp.Diff(want, w.ending(s)); diff != "" {
					w.t.Errorf("not the same end (want -, got +):\n%s", diff)
				}
				if lost := w.orphans(s.ID); len(lost) > 0 {
					w.t.Errorf("exist and are not known: %v", lost)
				}
				w.checkAttempts("luck", job)
				calls := w.wire.count()
				w.t.Logf("%d of %d calls went wrong, %d re-runs", bad, calls, reruns)
				if bad < calls/10 {
					w.t.Errorf("only %d of %d calls went wrong", bad, calls)
				}
			})
		})
	}
}

// AWS says how long to wait, and is given that time.
func TestRetryAfterIsKept(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		w.sim.Order(sim.Fault{Service: "apigateway", Operation: "CreateDomainName", Times: 3, Status: http.StatusTooManyRequests,
			Code: "TooManyRequestsException", Message: "Too Many Requests", RetryAfter: 120})
		w.done(w.begin(setup.JobApply, w.draft(variant{rest: true, oneRegion: true})))
		var tries []time.Time
		for _, c := range w.sim.Calls() {
			if c.Operation == "CreateDomainName" {
				tries = append(tries, c.At)
			}
		}
		n := len(tries)
		if n < 4 || tries[n-1].Sub(tries[n-2]) < 2*time.Minute {
			w.t.Errorf("CreateDomainName was called at %v, want the last 2 minutes after the others", tries)
		}
	})
}
