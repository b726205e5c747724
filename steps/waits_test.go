package steps

import (
	"testing"
	"testing/synctest"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// Where jobs before never found AWS done at the first look, that look is left out, but
// only while AWS can be expected to be at work: after what this pass has requested,
// while the certificate was last seen pending, and before CloudFront is first told of a
// certificate that was just issued. Everywhere else the step looks at once.
func TestOnlyLooksInVainAreLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), nil)
		// looks says how many calls a look of a step makes, after jobs that never or always
		// found AWS done at once.
		looks := func(e *Env, id setup.StepID, waits bool) (calls int, o Observation) {
			t.Helper()
			e.Waits = waits
			before := len(w.calls)
			o, err := w.lookIn(e, w.step(id))
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			return len(w.calls) - before, o
		}
		// look is what a first look of a pass does.
		look := func(when string, id setup.StepID, want State, leftOut bool) {
			t.Helper()
			calls, o := looks(w.env(id), id, true)
			if o.State != want || calls == 0 != leftOut {
				t.Errorf("%s: the first look of %s makes %d calls and is %s: %s", when, id, calls, o.State, o.Summary)
			}
			if calls, _ = looks(w.env(id), id, false); calls == 0 {
				t.Errorf("%s: %s does not look, although no job says that it is in vain", when, id)
			}
		}

		const edge = "certificate-edge"
		look("before anything is requested", edge, Absent, false)
		for _, waits := range []bool{true, false} {
			w := newWorld(t, sim.RealPace(), nil)
			e := w.env(edge)
			if _, err := w.lookIn(e, w.step(edge)); err != nil {
				t.Fatal(err)
			}
			if err := w.step(edge).Apply(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			e.Waits = waits
			before := len(w.calls)
			o, err := w.lookIn(e, w.step(edge))
			if made := len(w.calls) - before; made == 0 != waits || waits && (err != nil || o.State != Pending) {
				t.Errorf("in the pass that requested the certificate: %d calls, %s, %v; earlier jobs waited: %t", made, o.State, err, waits)
			}
		}

		w.upTo("issued-edge")
		look("after the record was added", "issued-edge", Pending, true)
		if _, p := w.run(w.step("issued-edge")); p != nil {
			t.Fatal(p)
		}
		look("after the certificate was issued", "issued-edge", Ready, false)

		w.upTo("distribution")
		look("just after the certificate was issued", "distribution", Pending, true)
		was := w.resources
		if _, p := w.run(w.step("distribution")); p != nil {
			t.Fatal(p)
		}
		look("where the distribution is there", "distribution", Ready, false)
		w.resources = was
		time.Sleep(certificateSpreads)
		look("long after the certificate was issued", "distribution", Ready, false)
	})
}
