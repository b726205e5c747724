package worker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// someGoners are those whose teardowns are stopped, failed and cancelled: each
// answer is in one of them.
func someGoners() []goner {
	all := goners()
	return []goner{all[0], all[3], all[5], all[14]}
}

// madeAndOld is a setup that a job has made, an hour ago, and the account before it.
func (w *world) madeAndOld(g goner) (s setup.Setup, found any) {
	w.t.Helper()
	s = w.before(g)
	found = w.state()
	w.done(w.begin(setup.JobApply, s))
	time.Sleep(time.Hour) // so that all looks at it are over
	return s, found
}

// callsOf is how many calls a teardown of it makes, and which.
func callsOf(t *testing.T, g goner) (n int, calls []sim.Call) {
	t.Helper()
	inPacedWorld(t, quickPace(), func(w *world) {
		s, _ := w.madeAndOld(g)
		before, answered := w.wire.count(), len(w.sim.Calls())
		w.done(w.takeDown(s, g.to))
		n, calls = w.wire.count()-before, w.sim.Calls()[answered:]
	})
	if g.elsewhere { // what a person does at the other provider is no call of the job
		calls = slices.DeleteFunc(calls, func(c sim.Call) bool { return c.Service == "route53" })
	}
	if len(calls) != n {
		t.Errorf("the job made %d calls, and %d are known", n, len(calls))
	}
	return n, calls
}

// sampleOfTeardowns is sampleEvery for these laws: each point has a whole apply
// before it.
func sampleOfTeardowns(t *testing.T) int {
	every := sampleEvery(t)
	if every > 1 {
		every *= 16
	}
	return every
}

// The process ends at any call of a teardown, before it, with its answer lost or
// in good order, and starts again: the account is as it was found.
func TestTeardownIsStoppedAnywhere(t *testing.T) {
	for i, g := range someGoners() {
		t.Run(g.String(), func(t *testing.T) {
			t.Parallel()
			withoutRace(t)
			calls, _ := callsOf(t, g)
			every := sampleOfTeardowns(t)
			for n := i; n < calls*int(stopWays); n += every {
				p := stop{1 + n/int(stopWays), howToStop(n % int(stopWays))}
				inPacedWorld(t, quickPace(), func(w *world) {
					s, found := w.madeAndOld(g)
					w.wire.endAt(stop{p.call + w.wire.count(), p.how})
					w.done(w.takeDown(s, g.to))
					if w.died != 1 {
						w.t.Errorf("%s: the process died %d times", p, w.died)
					}
					w.asFound(g, s, found)
					if w.t.Failed() {
						w.t.Logf("%s", p)
					}
				})
			}
			t.Logf("%d calls", calls)
		})
	}
}

// A call of a teardown goes wrong: its step tries again by itself, or fails with
// a full problem, and a re-run of the failed steps ends as without it.
func TestTeardownFailsAnywhere(t *testing.T) {
	for i, g := range someGoners() {
		t.Run(g.String(), func(t *testing.T) {
			t.Parallel()
			withoutRace(t)
			_, calls := callsOf(t, g)
			every := sampleOfTeardowns(t)
			for n := i; n < len(calls)*len(troubles); n += every {
				k, tr := n/len(troubles), troubles[n%len(troubles)]
				c := calls[k]
				inPacedWorld(t, quickPace(), func(w *world) {
					s, found := w.madeAndOld(g)
					at := fmt.Sprintf("%s at call %d, %s:%s", tr.name, k, c.Service, c.Operation)
					w.trouble(tr, calls, k)
					if !w.overcome(at, w.takeDown(s, g.to), tr) {
						return
					}
					w.asFound(g, s, found)
					if w.t.Failed() {
						w.t.Logf("%s", at)
					}
				})
			}
		})
	}
}

// A first job is cancelled at any of its calls. What it made until then is
// cleaned up by a teardown.
func TestCancelledFirstJobsAreCleanedUp(t *testing.T) {
	for i, g := range someGoners() {
		t.Run(g.String(), func(t *testing.T) {
			t.Parallel()
			withoutRace(t)
			var calls int
			inPacedWorld(t, quickPace(), func(w *world) {
				w.done(w.begin(setup.JobApply, w.before(g)))
				calls = w.wire.count()
			})
			every := 1
			if sampleEvery(t) > 1 {
				every = 8 * sampleEvery(t)
			}
			for n := 1 + i; n <= calls*9/10; n += every { // the last looks come sooner in one job than in another
				inPacedWorld(t, quickPace(), func(w *world) {
					s := w.before(g)
					found := w.state()
					told := make(chan struct{})
					w.wire.tellAt(w.wire.count()+n, func() { close(told) })
					job := w.begin(setup.JobApply, s)
					w.reached(told, job)
					if err := w.store.CancelJob(w.t.Context(), job, "Grace"); err != nil {
						return // it was over
					}
					w.end(job)
					w.done(w.takeDown(s, g.to))
					w.asFound(g, s, found)
					if w.t.Failed() {
						w.t.Logf("cancelled at call %d", n)
					}
				})
			}
		})
	}
}
