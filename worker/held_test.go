package worker_test

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web/jobs"
)

// TestAWaitOnTheSpotIsTold: while others have the turns at ACM in us-east-1 for four
// seconds, the call that requests the certificate waits where it is. The step says so, and
// one that waited for parts of a second says nothing.
func TestAWaitOnTheSpotIsTold(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(variant{rest: true})
		must(w.t, w.store.HoldTurns(w.t.Context(), w.demo.AccountID+"/us-east-1/acm", "others", 4*time.Second))
		job := w.begin(setup.JobApply, s)
		w.done(job)
		list, err := w.store.Steps(w.t.Context(), job)
		must(w.t, err)
		for _, p := range list {
			told := strings.Join(jobs.GotOver(jobs.Facts{}, p), " ")
			switch {
			case p.ID == "certificate-edge":
				if p.Turn.Waited < 2*time.Second || p.Turn.Waited > 5*time.Second || told != "Waited "+setup.Span(p.Turn.Waited.Round(time.Second))+" for its turn: ACM allows a few changes a second." {
					w.t.Errorf("the step waited %+v and says %q", p.Turn, told)
				}
			case p.Turn.Waited > 0 && p.Turn.Waited < 2*time.Second:
				w.t.Errorf("%s says that it waited %s", p.ID, p.Turn.Waited)
			}
		}
	})
}
