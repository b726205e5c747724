package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// A stop ends the process at a call of the job.
type stop struct {
	call int
	lost bool // the call is done and its answer is lost; otherwise it is never made
}

func (s stop) String() string {
	if s.lost {
		return fmt.Sprintf("the answer to call %d is lost", s.call)
	}
	return fmt.Sprintf("before call %d", s.call)
}

// The process ends at any call of an apply, before it or with its answer lost,
// and starts again: the same end as without it, nothing twice, nothing that
// nobody knows.
func TestStopAnywhere(t *testing.T) {
	runs, began := 0, time.Now()
	for i, v := range variants() {
		t.Run(v.String(), func(t *testing.T) {
			var calls int
			var want ending
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.draft(v)
				w.done(w.begin(setup.JobApply, s))
				calls, want = w.wire.count(), w.ending(s)
			})
			for _, p := range points(calls, i) {
				runs++
				inPacedWorld(t, quickPace(), func(w *world) { w.stoppedAt(v, p, want) })
			}
			t.Logf("%d calls", calls)
		})
	}
	t.Logf("%d stops in %s", runs, time.Since(began).Round(time.Second))
}

// points are the stops to try for a job of so many calls: all of them, or with
// -short a sample that differs by variant.
func points(calls, i int) []stop {
	var list []stop
	for k := 1; k <= calls; k++ {
		for _, lost := range []bool{false, true} {
			if n := 2*k + btoi(lost); !testing.Short() || n%sampleEvery == i%sampleEvery {
				list = append(list, stop{k, lost})
			}
		}
	}
	return list
}

// stoppedAt is one job whose process ends at the point.
func (w *world) stoppedAt(v variant, p stop, want ending) {
	w.t.Helper()
	s := w.draft(v)
	w.wire.endAt(p)
	job := w.begin(setup.JobApply, s)
	j := w.end(job)
	if j.State != setup.JobSucceeded {
		w.t.Errorf("%s: the job is %s:\n%s", p, j.State, w.story(job))
		return
	}
	if w.died != 1 {
		w.t.Errorf("%s: the process died %d times", p, w.died)
	}
	if diff := cmp.Diff(want, w.ending(s)); diff != "" {
		w.t.Errorf("%s: not the same end (want -, got +):\n%s", p, diff)
	}
	if lost := w.orphans(s.ID); len(lost) > 0 {
		w.t.Errorf("%s: exist and are not known: %v", p, lost)
	}
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	for _, p := range list {
		if p.State == setup.StepDone && p.Attempt != 1 {
			w.t.Errorf("step %s ended with attempt %d: stopped is not failed", p.ID, p.Attempt)
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

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
