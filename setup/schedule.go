package setup

import (
	"hash/fnv"
	"time"
)

// CheckUsually is how often a setup is checked unless somebody chose otherwise.
const CheckUsually = 3 * time.Hour

// CheckIntervals are how often a setup may be checked, the shortest first; 0 is
// off.
func CheckIntervals() []time.Duration {
	return []time.Duration{0, 15 * time.Minute, time.Hour, CheckUsually, 12 * time.Hour, 24 * time.Hour}
}

// How often a setup that does not answer is checked: every minute at first.
const (
	checkSilent      = time.Minute
	checkSilentFor   = time.Hour
	checkLongSilence = 5 * time.Minute
)

// A Schedule is when a setup is checked by itself.
type Schedule struct {
	Every time.Duration // between two checks; 0: off
	Next  time.Time     // zero: none is to come
	Told  time.Time     // when a check last said how things stand; zero: never
}

// Off says whether nothing is checked by schedule.
func (s Schedule) Off() bool { return s.Every <= 0 }

// After is when the setup is to be checked next by schedule, if a check has just
// ended or the schedule has just begun; zero: not at all.
//
// Each setup has hours of its own, which its ID gives, so the checks of many setups
// are spread evenly, and stay so after a restart. An hour that comes sooner than a
// quarter of the interval is passed over: a check that was late does not have the
// next one at its heels, and none is later than a quarter of the interval for that.
func (s Schedule) After(setupID string, state State, now time.Time) time.Time {
	if s.Off() || !state.ID.Checked() {
		return time.Time{}
	}
	every := s.Every.Milliseconds()
	h := fnv.New32a()
	_, _ = h.Write([]byte(setupID)) // it never fails
	offset := int64(h.Sum32()) % every
	earliest := now.UnixMilli() + every/4
	next := time.UnixMilli(earliest + (offset-earliest%every+every)%every)
	if state.ID == StateNotAnswering {
		again := checkSilent
		if now.Sub(state.Since) >= checkSilentFor {
			again = checkLongSilence
		}
		if soon := now.Add(again); soon.Before(next) {
			return soon
		}
	}
	return next
}

// Checked says whether a setup in the state is checked by schedule: everything is in
// place, and no job is at work on it.
func (s StateID) Checked() bool {
	switch s {
	case StateNotChecked, StateNotAnswering, StateMovedBack, StateReady, StateDrifted, StateServing:
		return true
	case StateBeingMade, StateBeingChanged, StateBeingGone, StateNotFinished, StateGone, StateGivenBack:
	}
	return false
}

// Words says how often, such as "every 3 h" or "off".
func (s Schedule) Words() string {
	if s.Off() {
		return "off"
	}
	return "every " + Span(s.Every)
}
