package worker_test

import (
	"fmt"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A job on an AWS that takes 10 s for a certificate and 20 s for a distribution
// makes at most 30 calls. The same job
// again makes at most 12 and writes nothing. Probes are no calls of AWS.
func TestFewCalls(t *testing.T) {
	pace := sim.Pace{
		Latency: 50 * time.Millisecond, IssueDelay: 10 * time.Second, Deploy: 20 * time.Second,
		DomainQuota: 30 * time.Second, Route53Rate: 5, GatewayRate: 10,
	}
	for _, v := range variants()[:4] {
		t.Run(v.String(), func(t *testing.T) {
			inPacedWorld(t, pace, func(w *world) {
				v.change = nil // closed default endpoints, which few ask for, take five calls more
				s := w.draft(v)
				began, before := time.Now(), len(w.sim.Calls())
				w.done(w.begin(setup.JobApply, s))
				took := time.Since(began)
				first := w.sim.Calls()[before:]
				w.done(w.begin(setup.JobApply, s))
				second := w.sim.Calls()[before+len(first):]
				t.Logf("%d calls in %s; again %d%s", len(first), took, len(second), operations(first))
				if len(first) > 30 {
					t.Errorf("the first job made %d calls, want at most 30:%s", len(first), operations(first))
				}
				if len(second) > 12 {
					t.Errorf("the second job made %d calls, want at most 12:%s", len(second), operations(second))
				}
				for _, c := range second {
					if c.Write {
						t.Errorf("the second job wrote: %s %s", c.Service, c.Operation)
					}
				}
			})
		})
	}
}

// operations are the calls, one a line.
func operations(calls []sim.Call) (text string) {
	for _, c := range calls {
		text += fmt.Sprintf("\n  %s %s %s %s", c.At.Format("04:05.000"), c.Service, c.Region, c.Operation)
	}
	return text
}
