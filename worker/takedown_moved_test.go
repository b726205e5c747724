package worker_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// newHost is where a person moves the name by hand.
const newHost = "203.0.113.50"

// A person has said that they move the name themselves: the job waits for it as long
// as it takes, changes nothing meanwhile and asks for nothing else. When DNS leads
// elsewhere it goes on, and the record of the person stays.
func TestTeardownWaitsUntilAPersonHasMovedTheName(t *testing.T) {
	for _, g := range []goner{{variant: variant{rest: true}}, {variant: variant{oneRegion: true, elsewhere: true}, cached: setup.CachingFixed}} {
		g.to = setup.GoneMoved
		if underRace && g.elsewhere {
			continue // without it
		}
		t.Run(g.String(), func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s, found := w.madeAndOld(g)
				writes := len(w.sim.Writes())
				job := w.takeDown(s, g.to)
				time.Sleep(2 * time.Hour)
				j, err := w.store.Job(w.t.Context(), job)
				must(w.t, err)
				list, err := w.store.Steps(w.t.Context(), job)
				must(w.t, err)
				leave := list[slices.IndexFunc(list, func(p setup.Step) bool { return p.ID == "dns-leave" })]
				if j.State != setup.JobNeedsYou || leave.Problem == nil || !strings.Contains(leave.Problem.Fix, "Change or delete the record") {
					w.t.Errorf("before the name is moved the job is %s, %+v", j.State, leave.Problem)
				}
				for _, c := range w.sim.Writes()[writes:] {
					w.t.Errorf("before the name is moved the job wrote %s:%s", c.Service, c.Operation)
				}
				if got := w.visit(s.Spec.API.Mappings[0].DisplayPath()); got.status != http.StatusOK {
					w.t.Errorf("before the name is moved callers get %d", got.status)
				}
				w.takeRecords()
				w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 300, newHost)
				moved := time.Now()
				w.done(job)
				for _, c := range w.sim.Writes()[writes:] {
					if c.Operation == "UpdateDistribution" && c.At.Sub(moved) < time.Minute {
						w.t.Errorf("the distribution was switched off %s after the name was moved", c.At.Sub(moved))
					}
				}
				kept := false
				w.dropRecords(func(name, value string) bool {
					kept = kept || name == theName && value == newHost
					return name == theName && value == newHost
				})
				if !kept {
					w.t.Error("the record of the person is gone")
				}
				w.asFound(g, s, found)
			})
		})
	}
}

// CloudFront keeps a distribution that is in a pricing plan until the plan's month
// is over: the step says so at once and does not ask again and again. All that can
// go is gone, and a re-run afterwards deletes the rest.
func TestTeardownTellsOfAPricingPlan(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		g := goner{variant: variant{rest: true, change: func(s *setup.Spec) { s.Edge.Caching = setup.CachingAPI }}, to: setup.GoneNowhere}
		s, found := w.madeAndOld(g)
		w.sim.Order(sim.Fault{ // the words of the simulator's own rule V26
			Service: "cloudfront", Operation: "DeleteDistribution", Times: 1 << 30, Status: http.StatusPreconditionFailed, Code: "PreconditionFailed",
			Message: "You can't delete this distribution while it's subscribed to a pricing plan. After you cancel the pricing plan, you can delete the distribution at the end of monthly billing cycle.",
		})
		before := len(w.sim.Calls())
		job := w.takeDown(s, g.to)
		if j := w.end(job); j.State != setup.JobFailed {
			w.t.Fatalf("the job is %s", j.State)
		}
		tries := 0
		for _, c := range w.sim.Calls()[before:] {
			if c.Operation == "DeleteDistribution" {
				tries++
			}
		}
		w.checkFailed("in a pricing plan", job)
		list, err := w.store.Steps(w.t.Context(), job)
		must(w.t, err)
		for _, p := range list {
			switch {
			case p.ID == "distribution-delete" && (p.State != setup.StepFailed || p.Attempt != 1 || tries != 1 || !strings.Contains(p.Problem.Fix, "Cancel the pricing plan")):
				w.t.Errorf("%s is %s after %d attempts and %d calls: %+v", p.ID, p.State, p.Attempt, tries, p.Problem)
			case p.ID == "domain-delete" && p.State != setup.StepDone:
				w.t.Errorf("%s is %s", p.ID, p.State)
			}
		}
		time.Sleep(time.Hour)
		w.sim.Withdraw("")
		must(w.t, w.store.RerunStep(w.t.Context(), job, "distribution-delete", "Grace"))
		w.done(job)
		w.asFound(g, s, found)
	})
}
