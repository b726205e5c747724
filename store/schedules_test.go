package store

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

const gap = 2 * time.Second

// stopped makes the store's clock stand; the function moves it.
func stopped(s *Store) (now *time.Time) {
	at := s.Now().Truncate(time.Millisecond)
	s.SetClock(func() time.Time { return at })
	return &at
}

// A setup in place is checked at its hour, once however often that was missed, and the
// next hour lies ahead. While a check is open, or a job is at work, there is no other.
func TestASetupIsCheckedAtItsHour(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := stopped(s)
	plan, err := s.Schedule(ctx, v.ID)
	must(t, err)
	if plan.Every != setup.CheckUsually || plan.Next.Sub(*now) > plan.Every*5/4 || plan.Told.IsZero() {
		t.Fatalf("planned: %+v", plan)
	}
	none := func(why string) {
		t.Helper()
		if p, _, found, err := s.NextScheduled(ctx, "w", gap); err != nil || found {
			t.Fatalf("%s: %+v, %v", why, p.Check, err)
		}
	}
	none("before its hour")
	if _, wait, _, err := s.NextScheduled(ctx, "w", gap); err != nil || wait != plan.Next.Sub(*now) {
		t.Errorf("waits %s, want %s: %v", wait, plan.Next.Sub(*now), err)
	}
	*now = plan.Next.Add(5 * plan.Every) // nobody was there
	p, _, found, err := s.NextScheduled(ctx, "w", gap)
	must(t, err)
	if !found || p.Check.Reason != setup.CheckBySchedule || p.Setup.ID != v.ID || p.Before.ID == "" {
		t.Fatalf("at its hour: %v, %+v", found, p)
	}
	*now = now.Add(gap)
	none("while it is looked at")
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves, Lines: []setup.CheckLine{{StepID: "a", Title: "A"}}}))
	if list, err := s.Checks(ctx, v.ID, 1); err != nil || len(list[0].Lines) > 0 || list[0].Result != setup.CheckHealthy {
		t.Errorf("stored: %+v, %v", list, err)
	}
	plan, err = s.Schedule(ctx, v.ID)
	must(t, err)
	if wait := plan.Next.Sub(*now); wait < plan.Every/4 || wait > plan.Every*5/4 || !plan.Told.Equal(now.Truncate(time.Millisecond)) {
		t.Errorf("the next after %s: %+v", wait, plan)
	}
	none("five were missed, and one was made")

	job, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	must(t, err)
	*now = plan.Next.Add(time.Hour)
	none("while a job is at work")
	must(t, s.CancelJob(ctx, job, "Ada"))
	if plan, err = s.Schedule(ctx, v.ID); err != nil || !plan.Next.After(*now) {
		t.Errorf("after the job: %+v, %v", plan, err)
	}
	fresh := start(t, s, draft(t, s, "b.example.com").ID)
	j, err := s.Job(ctx, fresh)
	must(t, err)
	must(t, s.CancelJob(ctx, fresh, "Ada"))
	if plan, err = s.Schedule(ctx, j.SetupID); err != nil || !plan.Next.IsZero() {
		t.Errorf("never in place: %+v, %v", plan, err)
	}
}

// Of all replicas together one check begins in each gap, that of the setup that has
// waited longest; a clock that was ahead holds nothing up.
func TestChecksBeginOneAfterTheOther(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	var ids []string
	for _, name := range []string{"a.example.com", "b.example.com", "c.example.com"} {
		ids = append(ids, madeSetup(t, s, name).ID)
	}
	now := stopped(s)
	*now = now.Add(24 * time.Hour)
	for i, id := range []string{ids[1], ids[2], ids[0]} {
		_, err := s.Writer().ExecContext(ctx, `UPDATE schedules SET next_at = $1 WHERE setup_id = $2`, ms(now.Add(-time.Duration(9-i)*time.Minute)), id)
		must(t, err)
	}
	for _, want := range []string{ids[1], ids[2], ids[0]} {
		p, _, found, err := s.NextScheduled(ctx, "w", gap)
		if err != nil || !found || p.Setup.ID != want {
			t.Fatalf("next is %s, %v, %v, want %s", p.Setup.ID, found, err, want)
		}
		if _, wait, found, err := s.NextScheduled(ctx, "other", gap); err != nil || found || wait != gap && want != ids[0] {
			t.Errorf("another at once: %v, after %s, %v", found, wait, err)
		}
		must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}))
		*now = now.Add(gap)
	}
	_, err := s.Writer().ExecContext(ctx, `UPDATE paces SET free_at = $1`, ms(now.Add(time.Hour)))
	must(t, err)
	_, err = s.Writer().ExecContext(ctx, `UPDATE schedules SET next_at = 1 WHERE setup_id = $1`, ids[0])
	must(t, err)
	if _, _, found, err := s.NextScheduled(ctx, "w", gap); err != nil || !found {
		t.Errorf("the pace is of a clock that was ahead: %v, %v", found, err)
	}
}

// A check that was ordered waits for nobody, and those by schedule wait as long as the
// pace says for all that began; a minute, however many were ordered.
func TestOrderedChecksCountInThePace(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v, w := madeSetup(t, s, "a.example.com"), madeSetup(t, s, "b.example.com")
	now := stopped(s)
	*now = now.Add(24 * time.Hour)
	must(t, s.SetSchedule(ctx, v.ID, 0, "Ada"))
	ordered := func(times int) {
		t.Helper()
		for range times {
			must(t, s.AskCheck(ctx, v.ID, "Ada"))
			p, found, err := s.NextCheck(ctx, "w", gap)
			if err != nil || !found || p.Setup.ID != v.ID {
				t.Fatalf("an ordered check: %+v, %v, %v", p.Check, found, err)
			}
			must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}))
		}
	}
	for _, c := range []struct {
		ordered int
		wait    time.Duration
	}{{1, gap}, {3, 3 * gap}, {30, time.Minute}, {100, time.Minute}} {
		ordered(c.ordered)
		_, wait, found, err := s.NextScheduled(ctx, "w", gap)
		if err != nil || found || wait != c.wait {
			t.Errorf("%d ordered: found %v, after %s, want %s: %v", c.ordered, found, wait, c.wait, err)
		}
		*now = now.Add(c.wait)
	}
	p, _, found, err := s.NextScheduled(ctx, "w", gap)
	if err != nil || !found || p.Setup.ID != w.ID {
		t.Fatalf("its turn came: %+v, %v, %v", p.Check, found, err)
	}
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}))
	ordered(1)
	_, err = s.Writer().ExecContext(ctx, `UPDATE schedules SET next_at = 1 WHERE setup_id = $1`, w.ID)
	must(t, err)
	if _, wait, _, err := s.NextScheduled(ctx, "w", gap); err != nil || wait != 2*gap {
		t.Errorf("one by schedule and one ordered: after %s: %v", wait, err)
	}
}

// A setup that does not answer is looked at every minute, and at its hours again once
// it does. How often is set for each setup, is in the audit trail, and stays when a job
// changes the setup.
func TestHowOftenIsSet(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := stopped(s)
	look := func(o CheckOutcome) time.Duration {
		t.Helper()
		must(t, s.AskCheck(ctx, v.ID, "Ada"))
		must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), o))
		plan, err := s.Schedule(ctx, v.ID)
		must(t, err)
		*now = now.Add(time.Second)
		if plan.Next.IsZero() {
			return 0
		}
		return plan.Next.Sub(now.Add(-time.Second)).Round(time.Second)
	}
	fails := CheckOutcome{Result: setup.CheckFindings, Sight: silent}
	if wait := look(fails); wait < setup.CheckUsually/4 {
		t.Errorf("one failure: after %s", wait)
	}
	if wait := look(fails); wait != time.Minute {
		t.Errorf("not answering: after %s", wait)
	}
	*now = now.Add(time.Hour)
	if wait := look(fails); wait != 5*time.Minute {
		t.Errorf("not answering for an hour: after %s", wait)
	}
	if wait := look(CheckOutcome{Result: setup.CheckHealthy, Sight: serves}); wait < setup.CheckUsually/4 {
		t.Errorf("it answers: after %s", wait)
	}
	must(t, s.SetSchedule(ctx, v.ID, 15*time.Minute, "Ada"))
	plan, err := s.Schedule(ctx, v.ID)
	must(t, err)
	if wait := plan.Next.Sub(*now); wait < 0 || wait > 20*time.Minute {
		t.Errorf("every 15 minutes: after %s", wait)
	}
	must(t, s.SetSchedule(ctx, v.ID, 0, "Ada"))
	must(t, s.SetSchedule(ctx, v.ID, 0, "Ada")) // as it is
	if wait := look(fails); wait != 0 {
		t.Errorf("off: after %s", wait)
	}
	job, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	must(t, err)
	must(t, s.CancelJob(ctx, job, "Ada"))
	if plan, err = s.Schedule(ctx, v.ID); err != nil || !plan.Off() || !plan.Next.IsZero() {
		t.Errorf("off, and after a job %+v, %v", plan, err)
	}
	lines, err := s.AuditBefore(ctx, AuditFilter{Action: ActCheckSchedule}, 1<<40, 10)
	must(t, err)
	var said []string
	for _, l := range lines {
		said = append(said, l.On+": "+l.Detail)
	}
	if got := strings.Join(said, "; "); got != "a.example.com: off, before every 15 min; a.example.com: every 15 min, before every 3 h" {
		t.Errorf("audit: %s", got)
	}
	wants(t, s.SetSchedule(ctx, "nobody", time.Hour, "Ada"), ErrNotFound)
}
