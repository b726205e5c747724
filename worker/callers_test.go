package worker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/store"
)

// theDrain is the step of a teardown that waits for callers to leave.
const theDrain = "drain"

// stepOf is a step of a job as it is stored.
func (w *world) stepOf(job int64, id setup.StepID) setup.Step {
	w.t.Helper()
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	i := slices.IndexFunc(list, func(s setup.Step) bool { return s.ID == id })
	if i < 0 {
		w.t.Fatalf("job %d has no step %s", job, id)
	}
	return list[i]
}

// asked waits until a job asks a person whether to go on, and returns after which time
// it does, and the question.
func (w *world) asked(job int64) (time.Duration, *setup.Problem) {
	w.t.Helper()
	began := time.Now()
	for time.Since(began) < time.Hour {
		if s := w.stepOf(job, theDrain); s.State == setup.StepNeedsYou {
			return time.Since(began), s.Problem
		}
		if w.jobOf(job).State == setup.JobSucceeded {
			break
		}
		time.Sleep(10 * time.Second)
	}
	w.t.Fatalf("nobody is asked:\n%s", w.story(job))
	return 0, nil
}

// switchedOff is how often a distribution was changed since so many writes.
func (w *world) switchedOff(writes int) (n int) {
	for _, c := range w.sim.Writes()[writes:] {
		if c.Operation == "UpdateDistribution" {
			n++
		}
	}
	return n
}

// callersStay is a setup whose callers keep an address of CloudFront while it is taken
// down, and the job, at the time at which it asks a person.
func (w *world) callersStay(g goner, perMinute int) (s setup.Setup, found any, job int64) {
	w.t.Helper()
	s, found = w.madeAndOld(g)
	must(w.t, w.sim.SetCallers("", perMinute))
	writes := len(w.sim.Writes())
	job = w.takeDown(s, g.to)
	_, p := w.asked(job)
	if want := setup.Thousands(perMinute) + " requests a minute still reach CloudFront."; p == nil || p.What != want || p.Code != setup.CodeCallersCome || p.Fix == "" || !p.Meanwhile {
		w.t.Errorf("it asks %+v, want %q", p, want)
	}
	if n := w.switchedOff(writes); n > 0 {
		w.t.Errorf("the distribution was changed %d times while callers come", n)
	}
	if j := w.jobOf(job); j.State != setup.JobNeedsYou {
		w.t.Errorf("the job is %s", j.State)
	}
	return s, found, job
}

// callerGoner is what these worlds take down.
func callerGoner() goner { return goner{variant: variant{rest: true}, to: setup.GoneNowhere} }

// Callers that keep an address of CloudFront stop a teardown before it switches the
// distribution off: a person is told and asked, and it waits as long as they come. When
// they have left it goes on by itself.
func TestTeardownWaitsForCallersThatStay(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		must(w.t, w.store.AddNoticePlace(w.t.Context(), setup.NoticePlace{ID: "p", Kind: setup.NoticeHook, Name: "p", Topics: setup.NoticeTopics()}, "Ada"))
		s, found, job := w.callersStay(callerGoner(), 38)
		writes := len(w.sim.Writes())
		long := 7 * time.Hour
		if underRace {
			long = 2 * time.Hour
		}
		time.Sleep(long)
		if j := w.jobOf(job); j.State != setup.JobNeedsYou || w.switchedOff(writes) > 0 {
			w.t.Errorf("after hours the job is %s:\n%s", j.State, w.story(job))
		}
		w.stop() // a server that starts again goes on asking
		w.start()
		time.Sleep(time.Hour)
		if j := w.jobOf(job); j.State != setup.JobNeedsYou {
			w.t.Errorf("after a restart the job is %s:\n%s", j.State, w.story(job))
		}
		told, err := w.store.Deliveries(w.t.Context(), "", 20)
		must(w.t, err)
		turns := 0
		for _, d := range told {
			if d.Notice.Event == setup.NoticeTurn {
				turns++
				if !strings.Contains(d.Notice.Text, "38 requests a minute still reach CloudFront.") {
					w.t.Errorf("the notice says %q", d.Notice.Text)
				}
			}
		}
		if turns != 1 {
			w.t.Errorf("people were told of the turn %d times", turns)
		}
		must(w.t, w.sim.SetCallers("", 0))
		left := time.Now()
		w.done(job)
		for _, c := range w.sim.Writes()[writes:] {
			if took := c.At.Sub(left); c.Operation == "UpdateDistribution" && (took < 5*time.Minute || took > 15*time.Minute) {
				w.t.Errorf("the distribution was switched off %s after the last caller", took)
			}
		}
		if got := w.stepOf(job, theDrain).Summary; got != "No caller comes any more: no request has reached CloudFront in 5 min" {
			w.t.Errorf("the step says %q", got)
		}
		w.asFound(callerGoner(), s, found)
	})
}

// Callers never leave: a person lets the job go on, at once, and the trail has who and
// how many still came. A re-run of the step asks anew.
func TestAPersonGoesOnAlthoughCallersCome(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s, found, job := w.callersStay(callerGoner(), 1200)
		if err := w.store.GoOn(w.t.Context(), job, "identity", "Grace"); err == nil {
			w.t.Error("a step that does not ask is let go on")
		}
		must(w.t, w.store.GoOn(w.t.Context(), job, theDrain, "Grace"))
		must(w.t, w.store.GoOn(w.t.Context(), job, theDrain, "Ada")) // she was slower
		at := time.Now()
		w.done(job)
		for _, c := range w.sim.Writes() {
			if took := c.At.Sub(at); c.Operation == "UpdateDistribution" && took > time.Minute {
				w.t.Errorf("the distribution was switched off %s after a person went on", took)
			}
		}
		if got := w.stepOf(job, theDrain).Summary; got != "Grace went on: 1,200 requests a minute still reach CloudFront" {
			w.t.Errorf("the step says %q", got)
		}
		lines, err := w.store.AuditBefore(w.t.Context(), store.AuditFilter{Action: store.ActStepGoOn}, 0, 10)
		must(w.t, err)
		if len(lines) != 1 || lines[0].Who != "Grace" || lines[0].Detail != "step drain: 1,200 requests a minute still reach CloudFront." {
			w.t.Errorf("the trail has %+v", lines)
		}
		w.asFound(callerGoner(), s, found)
	})
}

// A person stops the job while it asks. Another one asks again, and a decision is not
// taken over to it.
func TestStoppedWhileCallersCome(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s, found, job := w.callersStay(callerGoner(), 60)
		must(w.t, w.store.CancelJob(w.t.Context(), job, "Ada"))
		if err := w.store.GoOn(w.t.Context(), job, theDrain, "Ada"); err == nil {
			w.t.Error("a job that was stopped goes on")
		}
		must(w.t, w.store.RerunFrom(w.t.Context(), job, theDrain, "Ada"))
		w.asked(job)
		must(w.t, w.store.GoOn(w.t.Context(), job, theDrain, "Ada"))
		must(w.t, w.store.CancelJob(w.t.Context(), job, "Ada"))
		must(w.t, w.store.RerunFrom(w.t.Context(), job, theDrain, "Ada"))
		if took, p := w.asked(job); p == nil || took > time.Minute {
			w.t.Errorf("a re-run asks after %s: %+v", took, p)
		}
		must(w.t, w.sim.SetCallers("", 0))
		w.done(job)
		w.asFound(callerGoner(), s, found)
	})
}

// Fewer than one request a minute asks nobody, since scanners find every distribution;
// and what is said is what was counted.
func TestScannersDoNotStopATeardown(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s, found := w.madeAndOld(callerGoner())
		must(w.t, w.sim.SetCallers("", 1)) // one at the end of each minute
		job := w.takeDown(s, setup.GoneNowhere)
		_, p := w.asked(job)
		if p.What != "1 request a minute still reaches CloudFront." {
			w.t.Errorf("it asks %q", p.What)
		}
		must(w.t, w.sim.SetCallers("", 0)) // the last of them are four in five minutes
		w.done(job)
		if got := w.stepOf(job, theDrain).Summary; !strings.HasPrefix(got, "Hardly anybody comes any more: 4 requests in 5 min") {
			w.t.Errorf("the step says %q", got)
		}
		w.asFound(callerGoner(), s, found)
	})
}

// Without the permission, or without an answer that makes sense, nobody is asked and
// nothing stops: the step says that it is not known, and why.
func TestTeardownWithoutKnowingWhoComes(t *testing.T) {
	answer := func(v map[string]any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const monitoring, get = "monitoring", "GetMetricData"
	for name, c := range map[string]struct {
		fault sim.Fault
		says  string
		wait  time.Duration // at the most, from the start to the end of the step
	}{
		"refused":         {sim.Fault{Kind: sim.FaultDenied}, "the permission cloudwatch:GetMetricData would tell", 3 * time.Minute},
		"throttled":       {sim.Fault{Status: http.StatusBadRequest, Code: "ThrottlingException", Message: "Rate exceeded"}, "not known: ", 20 * time.Minute},
		"broken":          {sim.Fault{}, "not known: ", 20 * time.Minute},
		"slow":            {sim.Fault{Kind: sim.FaultDelay, Delay: time.Hour}, "not known: CloudWatch did not answer in time.", 20 * time.Minute},
		"unreachable":     {sim.Fault{Kind: sim.FaultReset}, "not known: ", 20 * time.Minute},
		"cut off":         {sim.Fault{Kind: sim.FaultCut}, "not known: ", 20 * time.Minute},
		"empty":           {sim.Fault{Kind: sim.FaultMangled}, "not known: ", 20 * time.Minute},
		"of another kind": {sim.Fault{Kind: sim.FaultMangled, Body: answer(map[string]any{"MetricDataResults": []any{}})}, "not known: ", 20 * time.Minute},
		"a proxy's page":  {sim.Fault{Kind: sim.FaultInstead, Status: http.StatusOK, Body: "<html>Sign in</html>"}, "not known: ", 20 * time.Minute},
	} {
		if underRace && name != "slow" && name != "cut off" { // all of them without it
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s, found := w.madeAndOld(callerGoner())
				must(w.t, w.sim.SetCallers("", 38))
				c.fault.Service, c.fault.Operation, c.fault.Times = monitoring, get, 1<<30
				w.sim.Order(c.fault)
				job := w.takeDown(s, setup.GoneNowhere)
				w.done(job)
				d := w.stepOf(job, theDrain)
				if !strings.HasPrefix(d.Summary, "No cache leads callers to CloudFront any more. Whether some still come is not known: ") || !strings.Contains(d.Summary, c.says) {
					w.t.Errorf("the step says %q", d.Summary)
				}
				if took := d.FinishedAt.Sub(d.StartedAt); took > c.wait {
					w.t.Errorf("it took %s", took)
				}
				w.t.Logf("%s: %s", d.FinishedAt.Sub(d.StartedAt), d.Summary)
				w.asFound(callerGoner(), s, found)
			})
		})
	}
}

// Once callers were seen to come, a CloudWatch that does not answer any more is no sign
// that they have left: the person stays asked, and may go on.
func TestCallersAreNotForgottenWhileCloudWatchFails(t *testing.T) {
	for name, f := range map[string]sim.Fault{
		"refused": {Kind: sim.FaultDenied}, "broken": {},
	} {
		if underRace && name != "broken" { // both without it
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s, found, job := w.callersStay(callerGoner(), 38)
				f.Service, f.Operation, f.Times = "monitoring", "GetMetricData", 1<<30
				w.sim.Order(f)
				time.Sleep(3 * time.Hour)
				d := w.stepOf(job, theDrain)
				if d.State != setup.StepNeedsYou || d.Problem == nil || d.Problem.What != "38 requests a minute still reach CloudFront." || d.Summary != "Callers still came when last known" {
					w.t.Errorf("the step is %s, %q, %+v", d.State, d.Summary, d.Problem)
				}
				must(w.t, w.store.GoOn(w.t.Context(), job, theDrain, "Grace"))
				w.done(job)
				w.asFound(callerGoner(), s, found)
			})
		})
	}
}

// A caller that keeps CloudFront's address is served for as long as it comes, and every
// request of it: CloudWatch counts them, a person is asked, and the distribution is
// switched off only when the caller has left.
func TestACallerThatKeepsTheAddressIsServed(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s, found := w.madeAndOld(callerGoner())
		r := newRememberer(w)
		r.keeps = true
		p, leave := w.pollBy(r, "/orders", 2*time.Second)
		defer leave()
		time.Sleep(10 * time.Second)
		job := w.takeDown(s, setup.GoneNowhere)
		_, problem := w.asked(job)
		var rate int
		if _, err := fmt.Sscanf(problem.What, "%d requests a minute still reach CloudFront.", &rate); err != nil || rate < 25 || rate > 30 {
			w.t.Errorf("it asks %q, %v", problem.What, err)
		}
		time.Sleep(time.Hour)
		if j := w.jobOf(job); j.State != setup.JobNeedsYou {
			w.t.Errorf("the job is %s", j.State)
		}
		leave()
		left := time.Now()
		w.done(job)
		if _, here, wrong := p.counts(); wrong > 0 || here < 1700 {
			w.t.Errorf("%d requests were answered, and %d failed", here, wrong)
		}
		for _, c := range w.sim.Writes() {
			if c.Operation == "UpdateDistribution" && c.At.Before(left) && c.At.After(left.Add(-time.Hour)) {
				w.t.Errorf("the distribution was changed %s before the caller had left", left.Sub(c.At))
			}
		}
		w.asFound(callerGoner(), s, found)
	})
}
