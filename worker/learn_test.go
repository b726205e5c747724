package worker_test

import (
	"fmt"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// jobOn is one job that makes a front door for a name of its own: how long it took,
// and the calls of AWS in its ledger.
func (w *world) jobOn(name string, v variant) (took time.Duration, calls int) {
	w.t.Helper()
	change := v.change
	v.change = func(s *setup.Spec) {
		if s.Domain.Name = name + "." + theZone; change != nil {
			change(s)
		}
	}
	s := w.draft(v)
	began := time.Now()
	id := w.begin(setup.JobApply, s)
	w.done(id)
	took = time.Since(began)
	list, err := w.store.Calls(w.t.Context(), id, "", 10_000, 0)
	must(w.t, err)
	for _, c := range list {
		if c.Service != "dns" && c.Service != "https" {
			calls++
		}
	}
	time.Sleep(10 * time.Minute) // turns of the quota are over, and checks are made
	return took, calls
}

// learn is so many jobs on other names, so that the installation knows how long AWS
// takes. What they made is no part of what the test then looks at.
func (w *world) learn(jobs int, v variant) {
	w.t.Helper()
	for i := range jobs {
		w.jobOn(fmt.Sprintf("learn%d", i), v)
	}
	w.seen = w.things()
}

// least is the least that a job can take on an AWS of this pace: its own times, one
// after the other, and the calls that the next one waits for. ACM looks for the
// record when it is published, and CloudFront is the last to know of the certificate.
func least(p sim.Pace) time.Duration {
	return p.RecordDelay + p.Insync + p.IssueDelay + max(p.IssuedLag, p.GatewayLag) + p.Deploy + p.Insync + 17*p.Latency
}

// After three jobs an installation knows when AWS is done: the next job looks then,
// with at most 29 calls in the mean, and takes at most a twentieth more than AWS
// itself; and so all that follow.
func TestJobsLearnHowLongAWSTakes(t *testing.T) {
	for _, factor := range []float64{1, 0.83, 1.19} {
		if underRace && factor != 1 { // all of them without it
			continue
		}
		sum := 0
		const jobs, knows = 8, 3
		pace := sim.RealPace()
		for _, d := range []*time.Duration{&pace.RecordDelay, &pace.IssueDelay, &pace.IssuedLag, &pace.Deploy, &pace.Insync} {
			*d = time.Duration(factor * float64(*d))
		}
		inPacedWorld(t, pace, func(w *world) {
			for i := range jobs {
				took, calls := w.jobOn(fmt.Sprintf("api%d", i), variant{})
				w.t.Logf("AWS at %.2f of its usual times: job %d took %s, %.3f of the least, with %d calls", factor, i+1, took, took.Seconds()/least(pace).Seconds(), calls)
				if i < knows {
					if calls > 150 {
						w.t.Errorf("job %d made %d calls: one for each look", i+1, calls)
					}
					continue
				}
				if sum += calls; calls > 31 || took > least(pace)*105/100 {
					w.t.Errorf("job %d made %d calls and took %s, where AWS needs %s", i+1, calls, took, least(pace))
				}
			}
			if mean := float64(sum) / (jobs - knows); mean > 29 {
				w.t.Errorf("from job %d on %.1f calls in the mean", knows+1, mean)
			}
		})
	}
}

// Where AWS takes another time in each job, by a tenth more or less, jobs need more
// looks, since AWS may be done at any of them; but far fewer than at first.
func TestJobsLearnHowAWSVaries(t *testing.T) {
	withoutRace(t)
	pace := sim.RealPace()
	pace.Spread = 0.1
	inPacedWorld(t, pace, func(w *world) {
		var first, calls int
		const jobs = 12
		for i := range jobs {
			took, n := w.jobOn(fmt.Sprintf("api%d", i), variant{})
			w.t.Logf("job %d took %s with %d calls", i+1, took, n)
			if i < 3 {
				first += n / 3
			} else {
				calls += n
			}
		}
		if mean := calls / (jobs - 3); mean > first*2/5 {
			w.t.Errorf("from the fourth job on %d calls in the mean, and %d at first", mean, first)
		}
	})
}

// A job that leaves looks out, since earlier jobs say that they would come too early,
// bears all that others bear: its process ends at any call, and any call goes wrong.
func TestExperiencedJobsBearAll(t *testing.T) {
	withoutRace(t)
	pace := quickPace() // with waits that are longer than the first looks
	pace.RecordDelay, pace.IssueDelay, pace.IssuedLag, pace.Insync = 8*time.Second, 20*time.Second, 16*time.Second, 12*time.Second
	for i, v := range []variant{variants()[0], variants()[3]} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var calls []sim.Call
			var want ending
			inPacedWorld(t, pace, func(w *world) {
				w.learn(3, v)
				before := len(w.sim.Calls())
				s := w.draft(v)
				w.done(w.begin(setup.JobApply, s))
				calls, want = w.sim.Calls()[before:], w.ending(s)
			})
			every := 3 * sampleEvery(t)
			for n := i; n < len(calls)*int(stopWays); n += every {
				inPacedWorld(t, pace, func(w *world) {
					w.learn(3, v)
					w.stoppedAt(v, stop{1 + n/int(stopWays), howToStop(n % int(stopWays))}, want)
				})
			}
			for n := i; n < len(calls)*len(troubles); n += 3 * every {
				k := n / len(troubles)
				inPacedWorld(t, pace, func(w *world) {
					w.learn(3, v)
					w.troubledAt(v, k+1, alike(calls[:k], calls[k]), calls[k], troubles[n%len(troubles)], want)
				})
			}
			t.Logf("%d calls%s", len(calls), operations(calls))
		})
	}
}

// Whoever re-runs a step is answered at once, although earlier jobs say that it is
// too early to look.
func TestARerunLooksAtOnce(t *testing.T) {
	withoutRace(t)
	inWorld(t, func(w *world) {
		w.learn(3, variant{})
		w.sim.Order(sim.Fault{Service: "acm", Operation: "RequestCertificate", Kind: sim.FaultStuck, Times: 2})
		job := w.begin(setup.JobApply, w.draft(variant{}))
		if j := w.end(job); j.State != setup.JobFailed {
			w.t.Fatalf("with a certificate that is never issued the job is %s", j.State)
		}
		list, err := w.store.Steps(w.t.Context(), job)
		must(w.t, err)
		for _, s := range list {
			if s.State != setup.StepFailed {
				continue
			}
			began := time.Now()
			must(w.t, w.store.RerunStep(w.t.Context(), job, s.ID, "Ada"))
			time.Sleep(time.Second)
			calls, err := w.store.Calls(w.t.Context(), job, s.ID, 1, 0)
			must(w.t, err)
			if len(calls) == 0 || calls[0].StartedAt.Before(began) {
				w.t.Errorf("%s: a second after it was re-run it has not looked", s.ID)
			}
			return
		}
		w.t.Fatal("no step has failed")
	})
}
