package setup

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// Whenever a check ends, the next one comes a quarter to five quarters of the interval
// later, at the setup's own hour.
func TestTheNextCheckIsAtTheSetupsHour(t *testing.T) {
	t.Parallel()
	serving := State{ID: StateServing}
	began := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	for _, every := range CheckIntervals()[1:] {
		s := Schedule{Every: every}
		for i := range 50 {
			id := uuid.Must(uuid.NewV7()).String()
			first := s.After(id, serving, began)
			for j := range 40 {
				now := began.Add(time.Duration(i*40+j) * every / 37)
				next := s.After(id, serving, now)
				if wait := next.Sub(now); wait < every/4 || wait >= every+every/4 {
					t.Fatalf("every %s: the next comes after %s", every, wait)
				}
				if next.Sub(first)%every != 0 {
					t.Fatalf("every %s: %s and %s are not the same hour", every, first, next)
				}
			}
		}
	}
}

// The hours of many setups are spread evenly, however close together they were made.
func TestHoursAreSpreadEvenly(t *testing.T) {
	t.Parallel()
	const setups, spans = 2000, 18
	var n [spans]int
	now := time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)
	s := Schedule{Every: CheckUsually}
	for range setups {
		next := s.After(uuid.Must(uuid.NewV7()).String(), State{ID: StateServing}, now)
		n[next.Sub(now)%CheckUsually/(CheckUsually/spans)]++
	}
	for i, got := range n {
		if got < setups/spans*6/10 || got > setups/spans*14/10 {
			t.Errorf("%d of %d setups have their hour in span %d of %d", got, setups, i, spans)
		}
	}
}

// A setup that does not answer is checked every minute, after an hour every five, and
// never later than it would be otherwise; one that is off, or at work, not at all.
func TestWhenAStateIsChecked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	after := func(every time.Duration, id StateID, since time.Duration) time.Duration {
		next := Schedule{Every: every}.After("a setup", State{ID: id, Since: now.Add(-since)}, now)
		if next.IsZero() {
			return -1
		}
		return next.Sub(now)
	}
	if got := after(CheckUsually, StateNotAnswering, 0); got != time.Minute {
		t.Errorf("not answering: after %s", got)
	}
	if got := after(CheckUsually, StateNotAnswering, time.Hour); got != 5*time.Minute {
		t.Errorf("not answering for an hour: after %s", got)
	}
	if got := after(0, StateNotAnswering, 0); got != -1 {
		t.Errorf("off: after %s", got)
	}
	for _, id := range []StateID{StateBeingMade, StateBeingChanged, StateBeingGone, StateNotFinished, StateGone, "of a later version"} {
		if got := after(CheckUsually, id, time.Hour); got != -1 {
			t.Errorf("%s: after %s", id, got)
		}
	}
	for _, id := range []StateID{StateNotChecked, StateMovedBack, StateReady, StateDrifted, StateServing} {
		if got := after(CheckUsually, id, time.Hour); got < CheckUsually/4 {
			t.Errorf("%s: after %s", id, got)
		}
	}
}
