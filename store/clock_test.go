package store

import (
	"fmt"
	"testing"
	"time"

	"apifront/setup"
)

// What was stored by a clock that was a day ahead holds nobody up: a lease, a
// look at a step, a turn, a question for AWS and its answer.
func TestAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	b := &board{rung: map[int64]int64{}}
	s.SetBell(b)
	job := start(t, s, draft(t, s, "a.example.com").ID)
	day := (24 * time.Hour).Milliseconds()
	shift := func(query string) {
		t.Helper()
		_, err := s.Writer().ExecContext(ctx, query, day)
		must(t, err)
	}
	rings := func(what string) {
		t.Helper()
		if n, err := s.RingOverdue(ctx, time.Hour); err != nil || n != 1 {
			t.Errorf("%d bells for %s, want 1 (%v)", n, what, err)
		}
		if n, err := s.RingOverdue(ctx, time.Hour); err != nil || n != 0 {
			t.Errorf("%d bells more for %s, want 0 (%v)", n, what, err)
		}
		if late := time.Until(at(row(t, s, job, "a").nextAt)); late > time.Second {
			t.Errorf("%s is due in %s", what, late)
		}
	}

	// A worker died, and its lease ends tomorrow.
	p := claim(t, s, job, "a")
	shift(`UPDATE steps SET lease_until = lease_until + $1 WHERE lease_until > 0`)
	rings("a step whose lease ends tomorrow")
	if q := claim(t, s, job, "a"); q.Epoch <= p.Epoch {
		t.Errorf("taken over as %+v", q)
	}

	// A step waits for AWS since tomorrow, and its next look is tomorrow.
	p = &Pass{Row: row(t, s, job, "a").id, Epoch: row(t, s, job, "a").epoch, Step: setup.Step{ID: "a"}, Job: setup.Job{ID: job}}
	must(t, s.Settle(ctx, p, Outcome{State: setup.StepRunning, After: 10 * time.Second}))
	shift(`UPDATE steps SET next_at = next_at + $1, checked_at = checked_at + $1, pending_since = pending_since + $1 WHERE next_at > 0`)
	rings("a step whose next look is tomorrow")
	if q := claim(t, s, job, "a"); time.Since(q.PendingSince) < 0 || time.Since(q.PendingSince) > time.Minute {
		t.Errorf("it waits since %s", q.PendingSince)
	}

	// A turn that was used tomorrow.
	if wait, err := s.TakeTurn(ctx, "k", "one", 40*time.Millisecond); err != nil || wait != 0 {
		t.Fatal(wait, err)
	}
	must(t, s.HoldTurns(ctx, "k", "gone", time.Millisecond))
	shift(`UPDATE turns SET last_at = last_at + $1, held_till = held_till + $1`)
	shift(`UPDATE places SET at = at + $1`) // of somebody who never comes
	began := time.Now()
	for {
		wait, err := s.TakeTurn(ctx, "k", "two", 40*time.Millisecond)
		must(t, err)
		if wait == 0 {
			break
		}
		if time.Since(began) > 5*time.Second {
			t.Fatalf("the next turn still comes in %s", wait)
		}
		time.Sleep(wait)
	}

	// A question that was answered tomorrow, and one that a worker was at.
	k := setup.LookKey{Kind: setup.LookZones, Connection: setup.DefaultConnection}
	_, err := s.AskLook(ctx, k, 0)
	must(t, err)
	if _, found, err := s.NextLook(ctx, "w"); err != nil || !found {
		t.Fatal(found, err)
	}
	shift(`UPDATE looks SET lease_until = lease_until + $1`)
	if _, found, err := s.NextLook(ctx, "v"); err != nil || !found {
		t.Errorf("a look whose lease ends tomorrow is not taken (%v)", err)
	}
	must(t, s.FinishLook(ctx, "v", k, []byte(`[]`), nil))
	shift(`UPDATE looks SET done_at = done_at + $1`)
	if l, err := s.AskLook(ctx, k, time.Hour); err != nil || !l.Pending {
		t.Errorf("an answer of tomorrow is taken for new (%v)", err)
	}
}

// A step waits for its turn while the clock jumps by a day, forward or back: the day is
// not counted, whether a bell is ordered anew first or not.
func TestAJumpIsNoWaitForATurn(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	s.SetBell(&board{rung: map[int64]int64{}})
	const limit = "AWS allows one every 30 s"
	for i, by := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		for k, ringsFirst := range []bool{false, true} {
			job := start(t, s, draft(t, s, fmt.Sprintf("n%d%d.example.com", i, k)).ID)
			p := claim(t, s, job, "a")
			must(t, s.Settle(ctx, p, Outcome{State: setup.StepWaiting, Limit: limit, After: 10 * time.Second}))
			if r := row(t, s, job, "a"); r.v.Turn.Limit != limit || r.v.Turn.Waited != 0 || time.Since(r.v.Turn.Since).Abs() > time.Minute {
				t.Errorf("it is stored as %+v", r.v.Turn)
			}
			_, err := s.Writer().ExecContext(ctx, `UPDATE steps SET next_at = next_at - $1, checked_at = checked_at - $1, turn_since = turn_since - $1
				WHERE job_id = $2 AND next_at > 0`, by.Milliseconds(), job)
			must(t, err)
			if ringsFirst {
				if n, err := s.RingOverdue(ctx, 30*time.Second); err != nil || n != 1 {
					t.Errorf("%d bells, want 1 (%v)", n, err)
				}
			}
			if q := claim(t, s, job, "a"); q.Step.Turn.Limit != limit || q.Step.Turn.Waited.Abs() > time.Minute || !q.Step.Turn.Since.IsZero() {
				t.Errorf("by %s, rung first %t: it waited %+v", by, ringsFirst, q.Step.Turn)
			}
			must(t, s.CancelJob(ctx, job, "Ada"))
		}
	}
}

// A turn that comes is counted up to the claim, and a new attempt counts anew.
func TestTheWaitForATurnIsKept(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	s.SetBell(&board{rung: map[int64]int64{}})
	job := start(t, s, draft(t, s, "a.example.com").ID)
	for _, waited := range []time.Duration{18 * time.Second, 7 * time.Second} {
		must(t, s.Settle(ctx, claim(t, s, job, "a"), Outcome{State: setup.StepWaiting, Limit: "AWS allows one", After: time.Minute}))
		_, err := s.Writer().ExecContext(ctx, `UPDATE steps SET turn_since = turn_since - $1 WHERE job_id = $2 AND turn_since > 0`, waited.Milliseconds(), job)
		must(t, err)
	}
	must(t, s.Settle(ctx, claim(t, s, job, "a"), Outcome{State: setup.StepDone, Summary: "It is there."}))
	list, err := s.Steps(ctx, job)
	must(t, err)
	if got := list[0].Turn; got.Limit != "AWS allows one" || got.Waited.Round(time.Second) != 25*time.Second || !got.Since.IsZero() {
		t.Errorf("it waited %+v, want 25 s", got)
	}
	must(t, s.RerunFrom(ctx, job, "a", "Ada"))
	if q := claim(t, s, job, "a"); q.Step.Turn != (setup.TurnWait{}) {
		t.Errorf("the next attempt waited %+v", q.Step.Turn)
	}
}

// A machine slept for a day while a step waited for AWS: the day is not counted.
func TestASleepIsNotCounted(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	b := &board{rung: map[int64]int64{}}
	s.SetBell(b)
	for _, ringsFirst := range []bool{false, true} {
		job := start(t, s, draft(t, s, map[bool]string{false: "a.example.com", true: "b.example.com"}[ringsFirst]).ID)
		p := claim(t, s, job, "a")
		must(t, s.Settle(ctx, p, Outcome{State: setup.StepRunning, After: 10 * time.Second}))
		_, err := s.Writer().ExecContext(ctx, `UPDATE steps SET next_at = next_at - $1, checked_at = checked_at - $1, pending_since = pending_since - $1
			WHERE job_id = $2 AND next_at > 0`, (24 * time.Hour).Milliseconds(), job)
		must(t, err)
		if ringsFirst {
			if n, err := s.RingOverdue(ctx, 30*time.Second); err != nil || n != 1 {
				t.Errorf("%d bells, want 1 (%v)", n, err)
			}
		}
		if q := claim(t, s, job, "a"); time.Since(q.PendingSince).Abs() > time.Minute {
			t.Errorf("rung first %t: it waits since %s", ringsFirst, q.PendingSince)
		}
	}
}
