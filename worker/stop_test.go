package worker_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// A stop ends the process at a call of the job.
type stop struct {
	call int
	how  howToStop
}

type howToStop int

// The ways to end.
const (
	stopBefore howToStop = iota // killed, and the call is never made
	stopLost                    // killed when the call is done; its answer is lost
	stopAsked                   // asked to stop during the call, as on SIGTERM
	stopWays
)

func (s stop) String() string {
	return [...]string{"killed before call ", "killed without the answer to call ", "stopped during call "}[s.how] + strconv.Itoa(s.call)
}

// The process ends at any call of an apply, before it, with its answer lost or
// in good order, and starts again: the same end as without it, nothing twice,
// nothing that nobody knows, no attempt spent.
func TestStopAnywhere(t *testing.T) {
	var runs atomic.Int64
	began := time.Now()
	t.Cleanup(func() { t.Logf("%d stops in %s", runs.Load(), time.Since(began).Round(time.Second)) })
	for i, v := range variants() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var calls int
			var want ending
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.draft(v)
				w.done(w.begin(setup.JobApply, s))
				calls, want = w.wire.count(), w.ending(s)
			})
			for _, p := range points(t, calls, i) {
				runs.Add(1)
				inPacedWorld(t, quickPace(), func(w *world) { w.stoppedAt(v, p, want) })
			}
			t.Logf("%d calls", calls)
		})
	}
}

// The process is killed again and again, wherever it is: the job ends all the
// same.
func TestStopAgainAndAgain(t *testing.T) {
	var deaths atomic.Int64
	t.Cleanup(func() { t.Logf("%d processes died", deaths.Load()) })
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
				chance := rand.New(rand.NewPCG(7, uint64(i)))
				w.fate = func() stop { return stop{4 + chance.IntN(4), howToStop(chance.IntN(int(stopWays)))} }
				s := w.draft(v)
				w.wire.endAt(w.fate())
				w.checkStopped("again and again", w.begin(setup.JobApply, s), s, want)
				deaths.Add(int64(w.died))
				if w.died < 2 {
					w.t.Errorf("only %d processes died", w.died)
				}
			})
		})
	}
}

// points are the stops to try for a job of so many calls: all of them, or a
// sample that differs by variant.
func points(t *testing.T, calls, i int) []stop {
	var list []stop
	for n := range calls * int(stopWays) {
		if n%sampleEvery(t) == i%sampleEvery(t) {
			list = append(list, stop{1 + n/int(stopWays), howToStop(n % int(stopWays))})
		}
	}
	return list
}

// stoppedAt is one job whose process ends at the point.
func (w *world) stoppedAt(v variant, p stop, want ending) {
	w.t.Helper()
	s := w.draft(v)
	w.wire.endAt(stop{w.wire.count() + p.call, p.how})
	w.checkStopped(p.String(), w.begin(setup.JobApply, s), s, want)
	if w.died != 1 {
		w.t.Errorf("%s: the process died %d times", p, w.died)
	}
}

// checkStopped: the job ends as if nothing had happened.
func (w *world) checkStopped(p string, job int64, s setup.Setup, want ending) {
	w.t.Helper()
	j := w.end(job)
	if j.State != setup.JobSucceeded {
		w.t.Errorf("%s: the job is %s:\n%s", p, j.State, w.story(job))
		return
	}
	if diff := cmp.Diff(want, w.ending(s)); diff != "" {
		w.t.Errorf("%s: not the same end (want -, got +):\n%s", p, diff)
	}
	if lost := w.orphans(s.ID); len(lost) > 0 {
		w.t.Errorf("%s: exist and are not known: %v", p, lost)
	}
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	for _, step := range list {
		if step.State == setup.StepDone && step.Attempt != 1 {
			w.t.Errorf("%s: step %s ended with attempt %d: stopped is not failed", p, step.ID, step.Attempt)
		}
	}
}

// An ending is what there is after a job, without IDs.
type ending struct {
	Made      map[string]int               // things in AWS
	Resources map[string]map[string]string // in the store, by key
	Status    int                          // what a visitor gets
}

func (w *world) ending(s setup.Setup) ending {
	w.t.Helper()
	res, err := w.store.Resources(w.t.Context(), s.ID)
	must(w.t, err)
	e := ending{Made: w.made(), Resources: map[string]map[string]string{}, Status: w.visit(s.Spec.API.Mappings[0].DisplayPath()).status}
	for key, r := range res {
		e.Resources[key] = map[string]string{
			"type": r.Type, "region": r.Region, "owned": fmt.Sprint(r.Owned), "state": r.State,
			"has ID": fmt.Sprint(r.ID != ""), "has token": fmt.Sprint(r.Token != ""),
		}
		for k, v := range r.Attributes {
			e.Resources[key]["has "+k] = fmt.Sprint(v != "")
		}
	}
	return e
}
