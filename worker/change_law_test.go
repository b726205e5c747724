package worker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// base is the setup that a pair begins with.
func (p pair) on(i int) variant {
	v := variant{rest: i&1 == 0, oneRegion: i&2 != 0, elsewhere: i&4 != 0, reused: false}
	if p.base != nil {
		p.base(&v)
	}
	return v
}

// copied is a spec that shares nothing with the other.
func copied(t *testing.T, s setup.Spec) (c setup.Spec) {
	t.Helper()
	b, err := json.Marshal(s)
	must(t, err)
	must(t, json.Unmarshal(b, &c))
	return c
}

// revise makes the spec the next revision, as a person does in the wizard or by
// "Go back", and starts the job that carries it out.
func (w *world) revise(s setup.Setup, spec setup.Spec) (setup.Setup, int64) {
	w.t.Helper()
	ctx := w.t.Context()
	now, err := w.store.Setup(ctx, s.ID)
	must(w.t, err)
	earlier, err := w.store.Revisions(ctx, s.ID, 0, 100)
	must(w.t, err)
	from := 0
	for _, r := range earlier {
		if reflect.DeepEqual(r.Spec, spec) {
			from = r.Number
		}
	}
	o, err := w.store.OpenChange(ctx, store.Change{By: "Ada", Setup: now, Spec: spec, CameFrom: from})
	must(w.t, err)
	d := o.Draft
	n := store.NewJob{DraftID: d.ID, Version: d.Version, Kind: setup.JobApply, By: "Ada"}
	for _, r := range steps.Rows(setup.JobApply, spec) {
		n.Steps = append(n.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	job, err := w.store.StartJob(ctx, n)
	must(w.t, err)
	s, err = w.store.Setup(ctx, s.ID)
	must(w.t, err)
	return s, job
}

// A change leaves the account as a fresh setup with the new answers would, and
// the way back as it was before. The same job again writes nothing. What is
// other people's stays as it is.
func TestChangesEndAsAFreshSetup(t *testing.T) {
	for i, p := range pairs() {
		bases := []variant{p.on(i)}
		if sampleEvery(t) == 1 {
			bases = nil
			for n := range 8 {
				if v := p.on(n); !slices.ContainsFunc(bases, func(o variant) bool { return o.String() == v.String() }) {
					bases = append(bases, v)
				}
			}
		}
		for _, v := range bases {
			t.Run(p.name+", "+v.String(), func(t *testing.T) {
				t.Parallel()
				if seldom(t) && !slices.Contains(seldomPairs, p.name) {
					t.Skip("slow there, and the same")
				}
				changeAndBack(t, p, v)
			})
		}
	}
}

// changeAndBack is a pair on a base: a, a again, b, b again, and back to a.
func changeAndBack(t *testing.T, p pair, v variant) {
	t.Helper()
	h := history{}
	var was, is, back any
	inPacedWorld(t, quickPace(), func(w *world) {
		w.furnish()
		found := canonical(w.state(), history{})
		s := w.draft(w.wanted(v, p.a))
		a := copied(w.t, s.Spec)
		b := copied(w.t, s.Spec)
		p.b(w, &b)
		w.done(w.begin(setup.JobApply, s))
		if p.after != nil {
			p.after(w)
		}
		was = w.state()
		h.specs = []setup.Spec{a, b}

		s = w.carriedOut(p, s, a, b)
		is = w.state()
		w.checkAnswers(a, b)
		w.idle(s, "b again")

		s = w.carriedOut(p, s, b, a)
		back = w.state()
		w.checkAnswers(b, a)
		for _, line := range found.without(canonical(back, history{})) {
			if !closesBy(a, line) {
				w.t.Errorf("what is other people's is not there any more: %s", line)
			}
		}
		w.idle(s, "back at a again")
	})
	if diff := canonical(fresh(t, p, v), h).differ(canonical(is, h)); diff != "" {
		t.Errorf("not as a fresh setup would be (want -, got +):\n%s", diff)
	}
	h.specs = append(h.specs, h.specs[0])
	if diff := canonical(was, h).differ(canonical(back, h)); diff != "" {
		t.Errorf("back, and not as it was (want -, got +):\n%s", diff)
	}
}

// closesBy says whether a line of the account is that the default endpoint is open of
// an API that the spec wants closed.
func closesBy(s setup.Spec, line string) bool {
	return s.Edge.CloseEndpoints && s.Domain.Switch != setup.SwitchLater && slices.ContainsFunc(s.API.Mappings, func(m setup.Mapping) bool {
		return strings.HasSuffix(line, "/apis/<API "+m.APIName+">/DisableExecute = false")
	})
}

// carriedOut makes b the revision after a. Visitors notice nothing meanwhile:
// every path of both is answered all the time. Nothing is taken away before all
// is made that takes its place, and what is in use is not changed on the way.
func (w *world) carriedOut(p pair, s setup.Setup, a, b setup.Spec) setup.Setup {
	w.t.Helper()
	made := len(w.sim.Writes())
	s, job := w.revise(s, b)
	defer w.checkKept(s)
	if p.gap {
		w.done(job)
		return s
	}
	leave := w.visitors(a, b)
	w.done(job)
	leave()
	gone := ""
	for _, c := range w.sim.Writes()[made:] {
		switch {
		case c.Operation == "DeleteDelivery": // AWS allows one of a kind
		case strings.HasPrefix(c.Operation, "Delete"):
			gone = c.Operation
		case c.Operation == "UpdateCachePolicy":
			w.t.Error("a cache policy was changed while the distribution used it")
		case gone != "" && (strings.HasPrefix(c.Operation, "Create") || strings.HasPrefix(c.Operation, "Update") || strings.HasPrefix(c.Operation, "Request")):
			w.t.Errorf("%s came before %s", gone, c.Operation)
		}
	}
	return s
}

// checkKept: nothing is kept that is not wanted any more, but for what a person
// left.
func (w *world) checkKept(s setup.Setup) {
	w.t.Helper()
	_, former, err := w.store.AllResources(w.t.Context(), s.ID)
	must(w.t, err)
	for _, r := range former {
		if r.RemovedAt.IsZero() && r.LeftSince.IsZero() {
			w.t.Errorf("%s number %d, %s, is not wanted and was not removed", r.Key, r.Number, r.ID)
		}
	}
}

// visitors ask for every path of both specs again and again, until the returned
// function is called or the test ends.
func (w *world) visitors(a, b setup.Spec) (leave func()) {
	if a.Domain.Switch == setup.SwitchLater || b.Domain.Switch == setup.SwitchLater {
		return func() {} // they are not led here
	}
	over := make(chan struct{})
	var all sync.WaitGroup
	leave = sync.OnceFunc(func() { close(over); all.Wait() })
	w.t.Cleanup(leave)
	began := time.Now()
	all.Go(func() {
		for !closed(over) {
			for _, m := range a.API.Mappings {
				if !slices.ContainsFunc(b.API.Mappings, func(n setup.Mapping) bool { return n.Path == m.Path }) {
					continue
				}
				if got, err := w.ask(m.DisplayPath(), nil); err != nil || got.status != http.StatusOK {
					w.t.Errorf("during the change %s is answered with %d %s, %v", m.DisplayPath(), got.status, got.said, err)
					return
				}
			}
			select {
			case <-over:
			case <-time.After(3*time.Second + time.Since(began)/10): // what takes long happens seldom
			}
		}
	})
	return leave
}

// fresh is the account in which b was wanted from the first.
func fresh(t *testing.T, p pair, v variant) (state any) {
	t.Helper()
	inPacedWorld(t, quickPace(), func(w *world) {
		w.furnish()
		s := w.draft(w.wanted(v, p.a, p.b))
		w.done(w.begin(setup.JobApply, s))
		if p.after != nil {
			p.after(w)
		}
		state = w.state()
	})
	return state
}

// idle: the same job again writes nothing.
func (w *world) idle(s setup.Setup, what string) {
	w.t.Helper()
	writes := len(w.sim.Writes())
	w.done(w.begin(setup.JobApply, s))
	for _, c := range w.sim.Writes()[writes:] {
		w.t.Errorf("%s: the job wrote %s:%s", what, c.Service, c.Operation)
	}
}

// checkAnswers: visitors reach every path that is wanted now, and none that was
// wanted only before.
func (w *world) checkAnswers(before, now setup.Spec) {
	w.t.Helper()
	if now.API.Mappings[0].Kind == setup.APIKindWebSocket {
		return
	}
	for _, m := range now.API.Mappings {
		if got := w.visit(m.DisplayPath()); got.status != 200 {
			w.t.Errorf("%s is answered with %d", m.DisplayPath(), got.status)
		}
	}
	for _, m := range before.API.Mappings {
		if !slices.ContainsFunc(now.API.Mappings, func(n setup.Mapping) bool {
			return n.Path == "" || m.Path == n.Path || slices.Contains(now.API.Left, m.Path) || strings.HasPrefix(m.Path, n.Path+"/")
		}) {
			if got := w.visit(m.DisplayPath()); got.status != 403 {
				w.t.Errorf("%s was taken out, and is answered with %d", m.DisplayPath(), got.status)
			}
		}
	}
}

// A change is stopped at any of its calls, before it, with its answer lost or in
// good order, and goes on: the same end as without it.
func TestChangesAreStoppedAnywhere(t *testing.T) {
	for i, p := range pairs() {
		if !p.stops(t) {
			continue
		}
		v := p.on(i)
		t.Run(p.name+", "+v.String(), func(t *testing.T) {
			t.Parallel()
			var calls int
			var want account
			inPacedWorld(t, quickPace(), func(w *world) {
				h, before := w.changeAt(p, v, stop{})
				calls, want = w.wire.count()-before, canonical(w.state(), h)
			})
			for _, at := range fewer(t, points(t, calls, i)) {
				inPacedWorld(t, quickPace(), func(w *world) {
					h, _ := w.changeAt(p, v, at)
					if w.died != 1 {
						w.t.Errorf("%s: the process died %d times", at, w.died)
					}
					if diff := want.differ(canonical(w.state(), h)); diff != "" {
						w.t.Errorf("%s: not the same end (want -, got +):\n%s", at, diff)
					}
				})
			}
			t.Logf("%d calls", calls)
		})
	}
}

// stoppedPairs are those that a run of every day stops.
var stoppedPairs = []string{
	"root moved", "caching api, then fixed", "certificates", "region, to us-east-1", "region, from us-east-1", "other tags", "several at once",
	"access logs in another bucket",
}

// seldomPairs are those that are tried under the race detector and on
// PostgreSQL.
var seldomPairs = []string{"several at once"}

// withoutRace skips a test under the race detector, under which it takes five to
// ten times as long and shows nothing more than the laws that run there.
func withoutRace(t *testing.T) {
	t.Helper()
	if underRace && sampleEvery(t) > 1 {
		t.Skip("slow under the race detector; .ci/run runs it without, on another day")
	}
}

func seldom(t *testing.T) bool {
	return sampleEvery(t) > 1 && (underRace || strings.HasPrefix(t.Name(), "TestWorldOnPostgres/"))
}

// stops says whether a law stops the jobs of the pair.
func (p pair) stops(t *testing.T) bool {
	switch {
	case sampleEvery(t) == 1:
		return true
	case seldom(t):
		return slices.Contains(seldomPairs, p.name)
	default:
		return slices.Contains(stoppedPairs, p.name)
	}
}

// fewer is a sample of a sample: a change is a job with another one before it.
func fewer(t *testing.T, list []stop) (some []stop) {
	every := 3
	if sampleEvery(t) == 1 {
		every = 1
	}
	for i := 0; i < len(list); i += every {
		some = append(some, list[i])
	}
	return some
}

// changeAt makes an account that of a and then that of b. The process ends at a
// call of the second job. It returns how many calls were made before that.
func (w *world) changeAt(p pair, v variant, at stop) (h history, before int) {
	w.t.Helper()
	w.furnish()
	s := w.draft(w.wanted(v, p.a))
	a, b := copied(w.t, s.Spec), copied(w.t, s.Spec)
	p.b(w, &b)
	w.done(w.begin(setup.JobApply, s))
	if p.after != nil {
		p.after(w)
	}
	time.Sleep(time.Hour) // so that all looks at it are over
	before = w.wire.count()
	if at.call > 0 {
		at.call += before
		w.wire.endAt(at)
	}
	_, job := w.revise(s, b)
	j := w.done(job)
	list, err := w.store.Steps(w.t.Context(), j.ID)
	must(w.t, err)
	for _, step := range list {
		if step.State == setup.StepDone && step.Attempt != 1 {
			w.t.Errorf("%s: step %s ended with attempt %d: stopped is not failed", at, step.ID, step.Attempt)
		}
	}
	return history{specs: []setup.Spec{a, b}}, before
}

// A change is cancelled at any of its calls and taken back: the account is as
// it was before.
func TestChangesAreTakenBackAnywhere(t *testing.T) {
	for i, p := range pairs() {
		if !p.stops(t) {
			continue
		}
		v := p.on(i)
		t.Run(p.name+", "+v.String(), func(t *testing.T) {
			t.Parallel()
			var calls int
			inPacedWorld(t, quickPace(), func(w *world) {
				_, before := w.changeAt(p, v, stop{})
				calls = w.wire.count() - before
			})
			every := 1
			if sampleEvery(t) > 1 {
				every = 2 * sampleEvery(t)
			}
			for n := 1 + i%every; n <= calls; n += every {
				inPacedWorld(t, quickPace(), func(w *world) { w.takeBackAt(p, v, n) })
			}
		})
	}
}

func (w *world) takeBackAt(p pair, v variant, call int) {
	w.t.Helper()
	w.furnish()
	s := w.draft(w.wanted(v, p.a))
	a, b := copied(w.t, s.Spec), copied(w.t, s.Spec)
	p.b(w, &b)
	w.done(w.begin(setup.JobApply, s))
	if p.after != nil {
		p.after(w)
	}
	h := history{specs: []setup.Spec{a, b, a}}
	want := canonical(w.state(), h)
	time.Sleep(time.Hour)
	var job int64
	told := make(chan struct{})
	w.wire.tellAt(w.wire.count()+call, func() { close(told) })
	s, job = w.revise(s, b)
	w.reached(told, job)
	if err := w.store.CancelJob(w.t.Context(), job, "Grace"); err != nil {
		return // it was over
	}
	w.end(job)
	s, job = w.revise(s, a)
	w.done(job)
	if diff := want.differ(canonical(w.state(), h)); diff != "" {
		w.t.Errorf("cancelled at call %d, and back: not as it was (want -, got +):\n%s", call, diff)
	}
	w.idle(s, fmt.Sprint("cancelled at call ", call, ", and back"))
}
