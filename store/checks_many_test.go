package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"apifront/setup"
)

// The checks of many setups are ordered for those of the filter that are in place and at
// rest, once however often that is asked for. They begin one in each gap, and the line of
// what a person waits for goes on meanwhile.
func TestChecksOfManySetups(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	a, b, c := madeSetup(t, s, "a.example.com"), madeSetup(t, s, "b.example.com"), madeSetup(t, s, "c.example.com")
	other := madeSetup(t, s, "a.example.org")
	now := stopped(s)
	for _, v := range []setup.Setup{a, b, c, other} {
		must(t, s.SetSchedule(ctx, v.ID, 0, "Ada"))
	}
	start(t, s, draft(t, s, "d.example.com").ID)
	must(t, s.AskCheck(ctx, a.ID, "Grace"))
	orders := func(want Ordered) {
		t.Helper()
		if o, err := s.AskChecks(ctx, SetupFilter{Query: "example.com", Limit: 1, Offset: 7}, "Ada"); err != nil || o != want {
			t.Fatalf("ordered: %+v, %v, want %+v", o, err, want)
		}
	}
	orders(Ordered{Asked: 2, Busy: 1, None: 1})
	orders(Ordered{Busy: 3, None: 1})
	waits(t, s, 2)
	done := func(p CheckPass) {
		t.Helper()
		must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}))
	}
	p, found, err := s.NextCheck(ctx, "w", gap)
	if err != nil || !found || p.Setup.ID != a.ID {
		t.Fatalf("first comes what a person waits for: %+v, %v, %v", p.Check, found, err)
	}
	done(p)
	if p, found, err = s.NextCheck(ctx, "w", gap); err != nil || found {
		t.Fatalf("one of many waits for no pace: %+v, %v", p.Check, err)
	}
	var seen []string
	for range 2 {
		if _, wait, found, err := s.NextScheduled(ctx, "w", gap); err != nil || found || wait != gap {
			t.Fatalf("within the gap: %v, after %s, %v", found, wait, err)
		}
		*now = now.Add(gap)
		p, _, found, err := s.NextScheduled(ctx, "w", gap)
		if err != nil || !found || p.Check.Reason != setup.CheckOfMany || p.Check.By.Name != "Ada" || p.Before.ID == "" {
			t.Fatalf("its turn: %+v, %v, %v", p.Check, found, err)
		}
		done(p)
		seen = append(seen, p.Setup.Name())
	}
	if fmt.Sprint(seen) != "[b.example.com c.example.com]" {
		t.Errorf("checked were %v", seen)
	}
	orders(Ordered{Asked: 3, None: 1}) // all have ended
	_, err = s.Writer().ExecContext(ctx, `DELETE FROM checks WHERE done_at = 0`)
	must(t, err)
	*now = now.Add(gap)
	if p, wait, found, err := s.NextScheduled(ctx, "w", gap); err != nil || found || wait != LongestWait {
		t.Errorf("nothing is left: %+v, %v, after %s, %v", p.Check, found, wait, err)
	}
	waits(t, s, 0)
}

// waits says that so many checks wait in the line of many.
func waits(t *testing.T, s *Store, want int) {
	t.Helper()
	places, err := s.SetupPlaces(t.Context())
	must(t, err)
	n := 0
	for _, p := range places {
		n += p.Waits
	}
	if n != want {
		t.Errorf("%d checks wait, want %d", n, want)
	}
}

// A setup whose hour comes is checked before those that were ordered with many others,
// and its own such check is that of the hour. A worker that dies leaves its check to the
// next one in line. A person overtakes, and a job ends what waits.
func TestWhatOvertakesChecksOfMany(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	a, b, c := madeSetup(t, s, "a.example.com"), madeSetup(t, s, "b.example.com"), madeSetup(t, s, "c.example.com")
	now := stopped(s)
	*now = now.Add(time.Hour)
	for _, v := range []setup.Setup{a, c} {
		must(t, s.SetSchedule(ctx, v.ID, 0, "Ada"))
	}
	if o, err := s.AskChecks(ctx, SetupFilter{}, "Ada"); err != nil || o.Asked != 3 {
		t.Fatal(o, err)
	}
	next := func(want setup.Setup) CheckPass {
		t.Helper()
		*now = now.Add(gap)
		p, _, found, err := s.NextScheduled(ctx, "w", gap)
		if err != nil || !found || p.Setup.ID != want.ID || p.Check.Reason != setup.CheckOfMany {
			t.Fatalf("next is %s, %+v, %v, %v, want %s", p.Setup.Name(), p.Check, found, err, want.Name())
		}
		return p
	}
	_, err := s.Writer().ExecContext(ctx, `UPDATE schedules SET next_at = $1 WHERE setup_id = $2`, ms(now.Add(gap/2)), b.ID)
	must(t, err)
	must(t, s.FinishCheck(ctx, "w", next(b), CheckOutcome{Result: setup.CheckHealthy, Sight: serves}))
	if list, err := s.Checks(ctx, b.ID, 5); err != nil || list[0].Open() || list[0].Reason != setup.CheckOfMany || list[1].Reason != setup.CheckAfterJob {
		t.Errorf("checked twice: %+v, %v", list, err)
	}
	next(a) // and dies
	*now = now.Add(2 * checkLease)
	again := next(a)
	must(t, s.FreeChecks(ctx, "w"))
	again = next(again.Setup)
	must(t, s.AskCheck(ctx, c.ID, "Grace"))
	p, found, err := s.NextCheck(ctx, "w", gap)
	if err != nil || !found || p.Setup.ID != c.ID || p.Check.Reason != setup.CheckByPerson || p.Check.By.Name != "Grace" {
		t.Fatalf("a person overtakes: %+v, %v, %v", p.Check, found, err)
	}
	must(t, s.FreeChecks(ctx, "w"))
	_, err = s.StartJob(ctx, NewJob{SetupID: a.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	must(t, err)
	if err := s.FinishCheck(ctx, "w", again, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}); !errors.Is(err, ErrFenced) {
		t.Errorf("a job began: %v", err)
	}
	if o, err := s.AskChecks(ctx, SetupFilter{Query: "a.example"}, "Ada"); err != nil || (o != Ordered{None: 1}) {
		t.Errorf("a job is at work: %+v, %v", o, err)
	}
}

// While one replica starts a job and another orders checks of all setups, no check stays
// open beside the job.
func TestChecksOfManyBesideStarts(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	for i := range 12 {
		v := madeSetup(t, a, fmt.Sprintf("n%d.example.com", i))
		errs := make(chan error, 2)
		go func() {
			_, err := a.StartJob(context.Background(), NewJob{SetupID: v.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
			errs <- err
		}()
		go func() {
			_, err := b.AskChecks(context.Background(), SetupFilter{}, "Grace")
			errs <- err
		}()
		must(t, <-errs)
		must(t, <-errs)
		list, err := a.Checks(t.Context(), v.ID, 1)
		must(t, err)
		if list[0].Open() {
			t.Fatalf("%d: a check is open beside the job: %+v", i, list[0])
		}
	}
}
