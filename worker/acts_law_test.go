package worker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// An act is a job on a setup that exists: one that clears cached answers, alone or
// with a change, or one that puts the old record back.
type act struct {
	name   string
	v      variant
	old    string // type of the record that stood at the name before
	b      wish   // what is changed; nil: nothing
	input  setup.JobInput
	kind   setup.JobKind
	clears int // invalidations that it makes
}

func acts() []act {
	twice := func(s *setup.Spec) {
		s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 3600
		s.API.Mappings = append(s.API.Mappings, setup.Mapping{Path: "more", Kind: setup.APIKindREST, APIName: "orders-api-eu", Stage: "prod"})
	}
	return []act{
		{name: "clear", v: variant{rest: true, change: twice}, kind: setup.JobInvalidate, input: setup.JobInput{Paths: []string{"/orders*", "/more/1"}}, clears: 1},
		{
			name: "change and clear", v: variant{rest: true, change: twice}, kind: setup.JobApply, input: setup.JobInput{Paths: []string{"/*"}}, clears: 1,
			b: func(_ *world, s *setup.Spec) { s.API.Mappings[0].Stage, s.Edge.TTL = "beta", 60 },
		},
		{
			name: "take a path out and clear at the end", v: variant{rest: true, change: twice}, kind: setup.JobApply, input: setup.JobInput{Paths: []string{"/more", "/more/*"}, ClearLast: true}, clears: 1,
			b: func(_ *world, s *setup.Spec) { s.API.Mappings = s.API.Mappings[:1] },
		},
		{
			name: "put the old record back", v: variant{rest: true}, old: "A", kind: setup.JobRestore,
			b: func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchLater },
		},
		{
			name: "put the old record back elsewhere", v: variant{oneRegion: true, elsewhere: true}, old: "CNAME", kind: setup.JobRestore,
			b: func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchLater },
		},
	}
}

// oldNames are the values of records that stood at the name.
var oldNames = map[string]string{"A": oldHost, "CNAME": "old.hosting.example."}

// readied is the setup of an act, an hour after the job that made it.
func (w *world) readied(a act) setup.Setup {
	w.t.Helper()
	if a.old != "" {
		w.sim.AddRecord(w.demo.Zones[theZone], theName, a.old, 300, oldNames[a.old])
	}
	s := w.draft(a.v)
	w.done(w.begin(setup.JobApply, s))
	time.Sleep(time.Hour)
	return s
}

// beginAct starts the job of an act.
func (w *world) beginAct(a act, s setup.Setup) int64 {
	w.t.Helper()
	spec := copied(w.t, w.specOf(s))
	if a.b != nil {
		a.b(w, &spec)
	}
	for i := range spec.API.Mappings {
		if m := &spec.API.Mappings[i]; m.Stage == "beta" { // a stage that other APIs of the world have
			m.APIName = lawAPI(spec.Account.Region, m.Kind, 2)
			if w.demo.APIs[m.APIName] == "" {
				w.demo.APIs[m.APIName] = w.sim.AddAPI(w.demo.AccountID, spec.Account.Region, sim.API{Name: m.APIName, Kind: string(m.Kind), Stages: []string{"prod", "beta"}})
			}
			m.APIID = w.demo.APIs[m.APIName]
		}
	}
	return w.beginWith(store.NewJob{SetupID: s.ID, Want: &spec, Why: "Change", Kind: a.kind, By: "Ada", Input: a.input}, steps.JobRows(a.kind, a.input, spec))
}

// invalidations are how many there are, of all distributions.
func (w *world) invalidations() (n int) {
	w.t.Helper()
	for _, d := range w.state().(map[string]any)["distributions"].(map[string]any) {
		list, _ := d.(map[string]any)["Invalidations"].(map[string]any)
		n += len(list)
	}
	return n
}

// plainAct is an act without trouble: its calls, and the account after it.
func plainAct(t *testing.T, a act) (calls []sim.Call, want account) {
	t.Helper()
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.readied(a)
		before, answered := w.wire.count(), len(w.sim.Calls())
		w.done(w.beginAct(a, s))
		calls = w.sim.Calls()[answered:]
		if n := w.wire.count() - before; n != len(calls) {
			w.t.Errorf("the job made %d calls, and %d are known", n, len(calls))
		}
		want = canonical(w.state(), history{})
		w.checkActed(a, s, want)
	})
	return calls, want
}

// checkActed: the account is as it is without trouble, cleared as often, and nothing
// is left to do.
func (w *world) checkActed(a act, s setup.Setup, want account) {
	w.t.Helper()
	if n := w.invalidations(); n != a.clears {
		w.t.Errorf("%d invalidations were made, want %d", n, a.clears)
	}
	if diff := want.differ(canonical(w.state(), history{})); diff != "" {
		w.t.Errorf("not the same end (want -, got +):\n%s", diff)
	}
	if a.old != "" {
		if got := w.records(theName); !slices.Equal(got, []string{a.old + " " + oldNames[a.old]}) {
			w.t.Errorf("the name has %v, want the old record", got)
		}
	}
	w.checkKept(s)
}

// actSample is every how many points are tried by default. Each has a whole apply
// before it.
func actSample(t *testing.T) int {
	every := sampleEvery(t)
	if every > 1 {
		every = 7 * every
	}
	return every
}

// A job that clears, that clears with a change, or that puts the old record back is
// stopped at any of its calls, before it, with its answer lost or in good order: the
// same end as without it, and cleared once.
func TestActsAreStoppedAnywhere(t *testing.T) {
	for i, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			withoutRace(t)
			calls, want := plainAct(t, a)
			every := actSample(t)
			for n := i; n < len(calls)*int(stopWays); n += every {
				p := stop{1 + n/int(stopWays), howToStop(n % int(stopWays))}
				inPacedWorld(t, quickPace(), func(w *world) {
					s := w.readied(a)
					w.wire.endAt(stop{p.call + w.wire.count(), p.how})
					job := w.beginAct(a, s)
					w.done(job)
					if w.died != 1 {
						w.t.Errorf("%s: the process died %d times", p, w.died)
					}
					list, err := w.store.Steps(w.t.Context(), job)
					must(w.t, err)
					for _, step := range list {
						if step.State == setup.StepDone && step.Attempt != 1 {
							w.t.Errorf("%s: step %s ended with attempt %d: stopped is not failed", p, step.ID, step.Attempt)
						}
					}
					w.checkActed(a, s, want)
					if w.t.Failed() {
						w.t.Logf("%s", p)
					}
				})
			}
			t.Logf("%d calls", len(calls))
		})
	}
}

// A call of such a job goes wrong: its step tries again by itself, or fails with a
// full problem, and a re-run of the failed steps ends as without it.
func TestActsFailAnywhere(t *testing.T) {
	for i, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			withoutRace(t)
			calls, want := plainAct(t, a)
			every := actSample(t)
			for n := i; n < len(calls)*len(troubles); n += every {
				k, tr := n/len(troubles), troubles[n%len(troubles)]
				inPacedWorld(t, quickPace(), func(w *world) {
					s := w.readied(a)
					at := fmt.Sprintf("%s at call %d, %s:%s", tr.name, k, calls[k].Service, calls[k].Operation)
					w.trouble(tr, calls, k)
					job := w.beginAct(a, s)
					if w.overcome(at, job, tr) {
						w.checkActed(a, s, want)
					}
					if w.t.Failed() {
						w.t.Logf("%s", at)
					}
				})
			}
		})
	}
}

// trouble orders what goes wrong at the k-th of the calls that come next.
func (w *world) trouble(tr trouble, calls []sim.Call, k int) {
	if tr.fault == nil {
		w.wire.cutOff(w.wire.count() + k + 1)
		return
	}
	f, c := *tr.fault, calls[k]
	f.Service, f.Operation, f.Region, f.Skip = c.Service, c.Operation, c.Region, alike(calls[:k], c)
	if tr.lasts {
		f.Times = 1 << 30
	}
	w.sim.Order(f)
}

// overcome says whether the job gets over a trouble, by itself or by a re-run of what
// failed with a full problem.
func (w *world) overcome(at string, job int64, tr trouble) bool {
	w.t.Helper()
	j := w.end(job)
	if j.State == setup.JobFailed && !tr.passes {
		w.checkFailed(at, job)
		w.mend(at, job, tr)
		j = w.end(job)
	}
	if j.State != setup.JobSucceeded {
		w.t.Errorf("%s: the job is %s:\n%s", at, j.State, w.story(job))
		return false
	}
	return true
}
