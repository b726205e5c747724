package worker_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// someJobs begins jobs that all want API Gateway's turn in one region.
func (w *world) someJobs(n int) (jobs []int64) {
	w.t.Helper()
	for i := range n {
		jobs = append(jobs, w.begin(setup.JobApply, w.draft(variant{rest: true, change: func(s *setup.Spec) {
			s.Domain.Name = fmt.Sprintf("api%02d.%s", i, theZone)
		}})))
	}
	return jobs
}

// creates are when AWS was asked for a custom domain, and with what success.
func (w *world) creates() (made, refused []time.Time) {
	for _, c := range w.sim.Calls() {
		switch {
		case c.Operation != "CreateDomainName":
		case c.Status == http.StatusTooManyRequests:
			refused = append(refused, c.At)
		case c.Status == http.StatusCreated:
			made = append(made, c.At)
		}
	}
	return made, refused
}

// AWS refuses a call whose turn had come and asks for two minutes: nobody else
// runs into that, every step that waits says so, and whose turn it was is the
// first when they are over.
func TestRetryAfterHoldsTheWholeLine(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		w.sim.Order(sim.Fault{Service: "apigateway", Operation: "CreateDomainName", Status: http.StatusTooManyRequests,
			Code: "TooManyRequestsException", Message: "Too Many Requests", RetryAfter: 120})
		jobs := w.someJobs(4)
		for range 600 {
			if _, refused := w.creates(); len(refused) > 0 {
				break
			}
			time.Sleep(time.Second)
		}
		time.Sleep(45 * time.Second)
		said := 0
		for _, job := range jobs {
			list, err := w.store.Steps(w.t.Context(), job)
			must(w.t, err)
			p := list[slices.IndexFunc(list, func(p setup.Step) bool { return p.ID == "domain" })]
			if p.State == setup.StepWaiting && strings.Contains(p.Summary, "API Gateway allows one new domain name every 30 s") {
				said++
			} else {
				w.t.Errorf("while AWS is left alone the domain of job %d is %s: %s", job, p.State, p.Summary)
			}
		}
		for _, job := range jobs {
			w.done(job)
		}
		made, refused := w.creates()
		if len(refused) != 1 || len(made) != len(jobs) || made[0].Sub(refused[0]) < 2*time.Minute {
			w.t.Errorf("domains were made at %v, refused at %v; want one refusal and two minutes of peace", made, refused)
		}
		for _, job := range jobs {
			w.checkFirst(job, made[0])
		}
	})
}

// checkFirst: the job spent no attempt on its turn, and if it was refused it was
// the first afterwards.
func (w *world) checkFirst(job int64, first time.Time) {
	w.t.Helper()
	attempts, err := w.store.Attempts(w.t.Context(), job)
	must(w.t, err)
	for _, a := range attempts {
		if a.Number > 1 {
			w.t.Errorf("job %d: a turn that came to nothing spent an attempt: %+v", job, a)
		}
	}
	calls, err := w.store.Calls(w.t.Context(), job, "domain", 1000, 0)
	must(w.t, err)
	refused := false
	for _, c := range calls {
		refused = refused || c.Status == http.StatusTooManyRequests
		if c.Status == http.StatusCreated && refused != (c.StartedAt.Sub(first).Abs() < time.Second) {
			w.t.Errorf("job %d (refused: %v) made its domain at %s, and the first was made at %s", job, refused, c.StartedAt, first)
		}
	}
}

// A job that waits for its turn is cancelled: those behind it have theirs
// earlier, and none is lost.
func TestCancelledJobGivesItsPlaceUp(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		jobs := w.someJobs(4)
		told := w.toldTurns(jobs)
		last, victim := jobs[0], jobs[0]
		for job, n := range told {
			if n.next.After(told[last].next) {
				last = job
			}
			if victim == jobs[0] || n.next.Before(told[victim].next) {
				victim = job
			}
		}
		must(w.t, w.store.CancelJob(w.t.Context(), victim, "Ada"))
		var p setup.Step
		for range 10 { // until it has looked
			time.Sleep(time.Second)
			list, err := w.store.Steps(w.t.Context(), last)
			must(w.t, err)
			p = list[slices.IndexFunc(list, func(p setup.Step) bool { return p.ID == "domain" })]
			if !p.NextAt.IsZero() && p.NextAt.Before(told[last].next) {
				break
			}
		}
		if sooner := told[last].next.Sub(p.NextAt); sooner < 30*time.Second || sooner > 32*time.Second {
			w.t.Errorf("the last one's turn comes %s sooner, want 31s: %s", sooner, p.Summary)
		}
		for _, job := range jobs {
			if job != victim {
				w.done(job)
			}
		}
		made, refused := w.creates()
		if len(made) != 3 || len(refused) > 0 {
			w.t.Fatalf("%d domains were made and %d refused", len(made), len(refused))
		}
		if late := made[2].Sub(told[last].next); late > -29*time.Second {
			w.t.Errorf("the last domain was made %s after the time that was told first", late)
		}
		must(w.t, w.store.RerunFrom(w.t.Context(), victim, "domain", "Grace"))
		w.done(victim)
	})
}
