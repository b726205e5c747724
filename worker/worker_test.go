package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/flow"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

func TestReadyStepsRunSideBySide(t *testing.T) {
	c := newTally()
	list := []steps.Step{
		says("identity", nil, steps.Ready),
		takes("certificate", []setup.StepID{"identity"}, 5*time.Minute, c),
		takes("policy", []setup.StepID{"identity"}, 5*time.Minute, c),
		takes("distribution", []setup.StepID{"certificate", "policy"}, 5*time.Minute, c),
	}
	bubble(t, list, func(r *rig) {
		began := time.Now()
		j := startJob(r.t, r.store, list)
		j = until(r.t, r.store, j.ID, setup.JobSucceeded)
		if took := time.Since(began); took < 10*time.Minute || took > 11*time.Minute {
			r.t.Errorf("the job took %s, want the critical path of 10m and little more", took)
		}
		if j.FinishedAt.IsZero() || j.StartedAt.IsZero() {
			r.t.Errorf("job times: %+v", j)
		}
		for _, id := range []string{"certificate", "policy", "distribution"} {
			if n := c.of(id + " applied"); n != 1 {
				r.t.Errorf("%s was applied %d times, want once", id, n)
			}
		}
	})
}

func TestFailedStepStopsOnlyWhatNeedsIt(t *testing.T) {
	list := []steps.Step{
		says("identity", nil, steps.Ready),
		says("bad", []setup.StepID{"identity"}, steps.Foreign),
		says("after-bad", []setup.StepID{"bad"}, steps.Ready),
		says("good", []setup.StepID{"identity"}, steps.Ready),
		says("after-good", []setup.StepID{"good"}, steps.Ready),
	}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		j = until(r.t, r.store, j.ID, setup.JobFailed)
		want := map[setup.StepID]setup.StepState{
			"identity": setup.StepDone, "bad": setup.StepFailed, "after-bad": setup.StepWaiting,
			"good": setup.StepDone, "after-good": setup.StepDone,
		}
		if diff := cmp.Diff(want, states(r.t, r.store, j.ID)); diff != "" {
			r.t.Error(diff)
		}
		p := step(r.t, r.store, j.ID, "bad").Problem
		if p == nil || p.What == "" || p.Why == "" || p.Fix == "" || p.Ref+p.Ours == "" {
			r.t.Errorf("the problem has an empty field: %+v", p)
		}
		if j.Failed != 1 {
			r.t.Errorf("the job counts %d failed steps, want 1", j.Failed)
		}
	})
}

func TestRerunKeepsFinishedStepsAndNumbersAttempts(t *testing.T) {
	c := newTally()
	var mu sync.Mutex
	broken := true
	flaky := says("flaky", []setup.StepID{"first"}, steps.Ready)
	flaky.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
		mu.Lock()
		defer mu.Unlock()
		if broken {
			return steps.Observation{}, errors.New("refused")
		}
		return steps.Observation{State: steps.Ready}, nil
	}
	list := []steps.Step{takes("first", nil, time.Minute, c), flaky, takes("last", []setup.StepID{"flaky"}, time.Minute, c)}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		until(r.t, r.store, j.ID, setup.JobFailed)
		looked := c.of("first observed")
		mu.Lock()
		broken = false
		mu.Unlock()
		must(r.t, r.store.RerunStep(r.t.Context(), j.ID, "flaky", "Grace"))
		until(r.t, r.store, j.ID, setup.JobSucceeded)
		if n := c.of("first observed"); n != looked {
			r.t.Errorf("the finished step was looked at again (%d, then %d times)", looked, n)
		}
		attempts, err := r.store.Attempts(r.t.Context(), j.ID)
		must(r.t, err)
		var got []string
		for _, a := range attempts {
			if a.StepID == "flaky" {
				got = append(got, fmt.Sprintf("%d by %s: %s", a.Number, a.By, a.State))
			}
		}
		want := []string{"1 by the worker: failed", "2 by Grace: done"}
		if diff := cmp.Diff(want, got); diff != "" {
			r.t.Error(diff)
		}

		must(r.t, r.store.RerunFrom(r.t.Context(), j.ID, "flaky", "Grace"))
		until(r.t, r.store, j.ID, setup.JobSucceeded)
		if a := step(r.t, r.store, j.ID, "last").Attempt; a != 2 {
			r.t.Errorf("the last step is at attempt %d after a re-run from before it, want 2", a)
		}
		if n := c.of("first observed"); n != looked {
			r.t.Errorf("re-run from here looked at a step before it")
		}
		if n := c.of("last applied"); n != 1 {
			r.t.Errorf("what was there already was applied %d times, want once", n)
		}
	})
}

func TestTemporaryTroubleIsTriedAgainAndBounded(t *testing.T) {
	c := newTally()
	trouble := says("trouble", nil, steps.Ready)
	trouble.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
		if n := c.add("trouble"); n <= 3 || n > 4 {
			return steps.Observation{}, temporary{}
		}
		return steps.Observation{State: steps.Ready}, nil
	}
	list := []steps.Step{trouble}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		s := step(r.t, r.store, j.ID, "trouble")
		for range 20 { // on PostgreSQL a bell is fetched within a second or two
			if s.Attempt > 0 && s.Summary != "" {
				break
			}
			time.Sleep(100 * time.Millisecond)
			s = step(r.t, r.store, j.ID, "trouble")
		}
		if s.State != setup.StepRunning || s.Summary == "" || s.NextAt.IsZero() {
			r.t.Errorf("while it waits for the next try the step is %+v", s)
		}
		until(r.t, r.store, j.ID, setup.JobSucceeded)
		if a := step(r.t, r.store, j.ID, "trouble").Attempt; a != 4 {
			r.t.Errorf("it ended with attempt %d, want 4: three tries failed", a)
		}
		must(r.t, r.store.RerunFrom(r.t.Context(), j.ID, "trouble", "Ada"))
		until(r.t, r.store, j.ID, setup.JobFailed)
		if n := c.of("trouble"); n != 4+flow.MaxTries {
			r.t.Errorf("it was tried %d times in all, want %d: retries are bounded", n, 4+flow.MaxTries)
		}
	})
}

// temporary is an error that cloud.Temporary takes for passing.
type temporary struct{}

func (temporary) Error() string   { return "no answer" }
func (temporary) Timeout() bool   { return true }
func (temporary) Temporary() bool { return true }

func TestStepsWaitForTheirTurnAndForPeople(t *testing.T) {
	c := newTally()
	turn := says("turn", nil, steps.Ready)
	turn.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
		switch c.add("turn") {
		case 1:
			return steps.Observation{}, &cloud.NotYet{At: time.Now().Add(18 * time.Second), Why: "Yours starts in 18 s."}
		case 2:
			return steps.Observation{}, &cloud.NotYet{At: time.Now().Add(5 * time.Second), Why: "AWS is busy.", Busy: true}
		}
		return steps.Observation{State: steps.Ready}, nil
	}
	var mu sync.Mutex
	added := false
	record := says("record", []setup.StepID{"turn"}, steps.Ready)
	record.Wait.Every = time.Minute
	record.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
		mu.Lock()
		defer mu.Unlock()
		c.add("record")
		if !added {
			return steps.Observation{State: steps.Person, Records: []setup.Record{{Type: "CNAME", Name: "_x.example.com", Value: "_y"}}}, nil
		}
		return steps.Observation{State: steps.Ready}, nil
	}
	list := []steps.Step{turn, record}
	bubble(t, list, func(r *rig) {
		began := time.Now()
		j := startJob(r.t, r.store, list)
		time.Sleep(time.Second)
		s := step(r.t, r.store, j.ID, "turn")
		if s.State != setup.StepWaiting || s.Summary != "Yours starts in 18 s." || s.NextAt.Sub(began) < 18*time.Second {
			r.t.Errorf("while its turn is to come the step is %+v", s)
		}
		time.Sleep(19 * time.Second)
		if s := step(r.t, r.store, j.ID, "turn"); s.State != setup.StepRunning || s.Summary != "AWS is busy." {
			r.t.Errorf("while AWS is busy the step is %+v", s)
		}
		j = until(r.t, r.store, j.ID, setup.JobNeedsYou)
		if j.NeedsYou != 1 {
			r.t.Errorf("the job counts %d steps that need a person, want 1", j.NeedsYou)
		}
		if s := step(r.t, r.store, j.ID, "turn"); s.Attempt != 1 {
			r.t.Errorf("waiting for a turn took the step to attempt %d", s.Attempt)
		}
		time.Sleep(10 * time.Hour)
		if n := c.of("record"); n < 150 || n > 190 {
			r.t.Errorf("in 10 hours it was looked at %d times, want once a minute at first and every 5 minutes later", n)
		}
		if s := step(r.t, r.store, j.ID, "record"); s.State != setup.StepNeedsYou || len(s.Records) != 1 || s.Attempt != 1 {
			r.t.Errorf("after 10 hours the step is %+v", s)
		}
		looked := c.of("record")
		mu.Lock()
		added = true
		mu.Unlock()
		must(r.t, r.store.LookNow(r.t.Context(), j.ID, "record"))
		time.Sleep(time.Second)
		if n := c.of("record"); n != looked+1 {
			r.t.Errorf("after the button it was looked at %d times more, want once at once", n-looked)
		}
		until(r.t, r.store, j.ID, setup.JobSucceeded)
	})
}

func TestCancelEndsBetweenCalls(t *testing.T) {
	c := newTally()
	slow := takes("slow", nil, time.Hour, c)
	slow.Apply = func(ctx context.Context, e *steps.Env) error {
		c.add("slow applied")
		<-ctx.Done() // a call that ends with its context
		c.add("slow ended")
		// The call may have done its work: the ID is kept all the same.
		if err := e.Save(ctx, setup.Resource{Key: setup.KeyDomain, ID: "made"}); err != nil {
			return err
		}
		return ctx.Err()
	}
	list := []steps.Step{slow, says("next", []setup.StepID{"slow"}, steps.Ready)}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		c.await(r.t, "slow applied")
		must(r.t, r.store.CancelJob(r.t.Context(), j.ID, "Ada"))
		time.Sleep(100 * time.Millisecond)
		if c.of("slow ended") != 1 {
			r.t.Error("the running call did not end with the cancel")
		}
		want := map[setup.StepID]setup.StepState{"slow": setup.StepCancelled, "next": setup.StepCancelled}
		if diff := cmp.Diff(want, states(r.t, r.store, j.ID)); diff != "" {
			r.t.Error(diff)
		}
		if got, err := r.store.Resources(r.t.Context(), j.SetupID); err != nil || got.ID(setup.KeyDomain) != "made" {
			r.t.Errorf("what the cancelled call made is not known: %v, %v", got, err)
		}
		time.Sleep(time.Hour)
		if j, err := r.store.Job(r.t.Context(), j.ID); err != nil || j.State != setup.JobCancelled {
			r.t.Errorf("the job is %s later, want cancelled (%v)", j.State, err)
		}
		if err := r.store.CancelJob(r.t.Context(), j.ID, "Ada"); !errors.Is(err, store.ErrConflict) {
			r.t.Errorf("cancelling twice: %v, want a conflict", err)
		}
	})
}

func TestKilledWorkerIsTakenUpAgain(t *testing.T) {
	c := newTally()
	hang := takes("hang", []setup.StepID{"done"}, time.Minute, c)
	apply := hang.Apply
	hang.Apply = func(ctx context.Context, e *steps.Env) error {
		must(t, e.Save(ctx, setup.Resource{Key: setup.KeyDomain, Token: "token"}))
		if c.add("hang tried") == 1 {
			<-ctx.Done()
			return ctx.Err()
		}
		if e.Resources[setup.KeyDomain].Token != "token" {
			t.Error("the token of the first try is lost")
		}
		return apply(ctx, e)
	}
	list := []steps.Step{takes("done", nil, time.Minute, c), hang, takes("parked", nil, 10*time.Minute, c)}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		time.Sleep(2 * time.Minute) // done is done, hang is within its call, parked is parked
		looked := c.of("done observed")
		r.kill()
		r.start()
		time.Sleep(time.Second)
		if r.store.Postgres() {
			time.Sleep(lease + sweepEvery) // another process might be at it
		}
		if c.of("hang tried") != 2 {
			r.t.Error("the step that was cut off was not taken up at once")
		}
		until(r.t, r.store, j.ID, setup.JobSucceeded)
		if c.of("done observed") != looked {
			r.t.Error("a finished step was looked at again")
		}
		for _, id := range []string{"done", "hang", "parked"} {
			if s := step(r.t, r.store, j.ID, setup.StepID(id)); s.Attempt != 1 {
				r.t.Errorf("step %s ended with attempt %d, want 1: stopped is not failed", id, s.Attempt)
			}
		}
	})
}

func TestStopHandsBackWithoutSpendingAnAttempt(t *testing.T) {
	c := newTally()
	hang := takes("hang", nil, time.Minute, c)
	apply := hang.Apply
	hang.Apply = func(ctx context.Context, e *steps.Env) error {
		if c.add("hang tried") == 1 {
			<-ctx.Done()
			return ctx.Err()
		}
		return apply(ctx, e)
	}
	list := []steps.Step{hang}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		c.await(r.t, "hang tried")
		began := time.Now()
		r.stop()
		if took := time.Since(began); took > 10*time.Second {
			r.t.Errorf("stopping took %s", took)
		}
		r.start()
		until(r.t, r.store, j.ID, setup.JobSucceeded)
		if s := step(r.t, r.store, j.ID, "hang"); s.Attempt != 1 {
			r.t.Errorf("it ended with attempt %d, want 1", s.Attempt)
		}
	})
}

func TestPanicBecomesAProblem(t *testing.T) {
	bad := says("bad", nil, steps.Ready)
	bad.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
		var none []int
		_ = none[len(bad.ID)]
		return steps.Observation{}, nil
	}
	list := []steps.Step{bad, says("good", nil, steps.Ready)}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		until(r.t, r.store, j.ID, setup.JobFailed)
		s := step(r.t, r.store, j.ID, "bad")
		if s.Problem == nil || s.Problem.Code != "Panic" || s.Problem.Fix == "" {
			r.t.Errorf("the problem is %+v", s.Problem)
		}
		if got := states(r.t, r.store, j.ID)["good"]; got != setup.StepDone {
			r.t.Errorf("the other step is %s, want done", got)
		}
	})
}

func TestPendingForTooLongFails(t *testing.T) {
	slow := says("slow", nil, steps.Pending)
	slow.Wait = steps.Wait{Every: time.Minute, Limit: 30 * time.Minute, Usual: 5 * time.Minute}
	list := []steps.Step{slow}
	bubble(t, list, func(r *rig) {
		began := time.Now()
		j := startJob(r.t, r.store, list)
		until(r.t, r.store, j.ID, setup.JobFailed)
		if took := time.Since(began); took < 30*time.Minute || took > 32*time.Minute {
			r.t.Errorf("it was given up after %s, want 30m", took)
		}
		if p := step(r.t, r.store, j.ID, "slow").Problem; p == nil || p.Code != "TookTooLong" {
			r.t.Errorf("the problem is %+v", p)
		}
	})
}

func TestLostBellIsRungAgain(t *testing.T) {
	list := []steps.Step{says("only", nil, steps.Ready)}
	bubble(t, list, func(r *rig) {
		time.Sleep(time.Second) // the worker has begun
		r.store.SetBell(deafBell{})
		j := startJob(r.t, r.store, list)
		r.store.SetBell(r.bell)
		time.Sleep(lostAfter - time.Second)
		if got := states(r.t, r.store, j.ID)["only"]; got != setup.StepWaiting {
			r.t.Errorf("without a bell the step is %s, want waiting", got)
		}
		time.Sleep(sweepEvery + 2*time.Second)
		until(r.t, r.store, j.ID, setup.JobSucceeded)
	})
}

func TestLooksAreAnsweredAndFailWithAProblem(t *testing.T) {
	list := []steps.Step{
		says("identity", nil, steps.Ready),
		takes("domain", []setup.StepID{"identity"}, time.Minute, newTally()),
		says("foreign", nil, steps.Foreign),
	}
	skipped := says("skipped", nil, steps.Ready)
	skipped.Applies = func(setup.Spec) (bool, string) { return false, "Not needed." }
	list = append(list, skipped)
	bubble(t, list, func(r *rig) {
		ctx := r.t.Context()
		spec := setup.DefaultSpec()
		d, err := r.store.CreateDraft(ctx, "Ada", spec)
		must(r.t, err)
		key := setup.LookKey{Kind: setup.LookPlan, Subject: d.ID}
		l, err := r.store.AskLook(ctx, key, 0)
		must(r.t, err)
		if !l.Pending {
			r.t.Error("a look that nobody answered yet is not pending")
		}
		time.Sleep(time.Second)
		l, err = r.store.Look(ctx, key)
		must(r.t, err)
		var plan setup.Plan
		must(r.t, json.Unmarshal(l.Result, &plan))
		got := map[setup.StepID]string{}
		for _, line := range plan.Lines {
			got[line.StepID] = line.Action
		}
		want := map[setup.StepID]string{
			"identity": setup.PlanWait, "domain": setup.PlanCreate, "foreign": setup.PlanStop, "skipped": setup.PlanSkip,
		}
		if diff := cmp.Diff(want, got); diff != "" || l.Pending {
			r.t.Error(l.Pending, diff)
		}

		bad := setup.LookKey{Kind: "nonsense", Connection: setup.DefaultConnection}
		_, err = r.store.AskLook(ctx, bad, 0)
		must(r.t, err)
		time.Sleep(time.Second)
		l, err = r.store.Look(ctx, bad)
		if err != nil || l.Pending || l.Problem == nil || l.Problem.What == "" || l.DoneAt.IsZero() {
			r.t.Errorf("a look that failed is %+v, %v", l, err)
		}
	})
}
