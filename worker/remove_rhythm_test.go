package worker_test

import (
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// ACM says for a quarter of an hour that a certificate which others have replaced
// is in use. The step asks seldom enough, and sees soon enough that it is not.
func TestARemovalThatWaitsAsksSeldom(t *testing.T) {
	pace := quickPace()
	pace.Release = sim.RealPace().Release
	inPacedWorld(t, pace, func(w *world) {
		s := w.changed(w.settled(), func(w *world, s *setup.Spec) { s.Certificates = w.reusable(s) })
		list, err := w.store.Steps(w.t.Context(), w.newestJob(s))
		must(w.t, err)
		calls, err := w.store.Calls(w.t.Context(), w.newestJob(s), "remove", 10_000, 0)
		must(w.t, err)
		for _, st := range list {
			if st.ID != "remove" {
				continue
			}
			took := st.FinishedAt.Sub(st.StartedAt)
			w.t.Logf("%d calls in %s", len(calls), took)
			if took < pace.Release-2*time.Minute || took > pace.Release+time.Minute {
				w.t.Errorf("removing took %s, and ACM shows the use for %s", took, pace.Release)
			}
			if len(calls) > 200 {
				w.t.Errorf("%d calls in %s", len(calls), took)
			}
			if st.State != setup.StepDone {
				w.t.Errorf("it is %s: %s", st.State, st.Summary)
			}
		}
	})
}
