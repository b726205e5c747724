package store

import "time"

// A clock can be wrong and be put right, and a machine can sleep. Stored times
// are of the clock as it was. So the rules are:
//
//   - A time to come is believed only as far as it can be meant: nothing waits
//     longer than LongestWait for its next look, and no lease is longer than
//     longestLease. What a step that was looked at "in the future" waits for is
//     due at once.
//   - The time in which a step was due and nobody looked does not count against
//     its limit, whether the clock jumped, the machine slept, or no server ran.
const (
	// LongestWait is the longest time between two looks at a step.
	LongestWait  = 20 * time.Minute
	longestLease = 2 * time.Minute
	// clockSlack is how far the clocks of two machines may be apart, and how late
	// a look may be without anything having happened.
	clockSlack = 30 * time.Second
)

// held says whether somebody is at the step.
func (r *stepRow) held(now int64) bool {
	return r.leaseUntil > now && r.leaseUntil <= now+longestLease.Milliseconds()
}

// ahead says whether the step's times are those of a clock that was ahead of
// ours.
func (r *stepRow) ahead(now int64) bool {
	slack := clockSlack.Milliseconds()
	return ms(r.v.CheckedAt) > now+slack || r.nextAt > now+LongestWait.Milliseconds()+slack
}

// adjust moves the times since which something goes on, so that they are right
// by today's clock.
func (r *stepRow) adjust(now int64) {
	r.pendingSince, r.turnSince = r.adjusted(r.pendingSince, now), r.adjusted(r.turnSince, now)
	if r.v.StartedAt.After(at(now)) {
		r.v.StartedAt = at(now)
	}
}

// adjusted is a time since when the step waits, by today's clock; 0 if it does not.
func (r *stepRow) adjusted(since, now int64) int64 {
	if since == 0 {
		return 0
	}
	switch checked := ms(r.v.CheckedAt); {
	case since > now && checked > now:
		since -= checked - now
	case r.nextAt > 0 && r.nextAt < now-clockSlack.Milliseconds():
		since += now - r.nextAt
	}
	return min(max(since, 1), now)
}

// savedOn is when something of the step's setup was saved, by today's clock. AWS
// does not show everything at once, so steps ask how old a thing is. Time in
// which nobody looked does not count for that.
func (r *stepRow) savedOn(saved, now time.Time) time.Time {
	last := r.v.CheckedAt
	if r.v.StartedAt.After(last) {
		last = r.v.StartedAt
	}
	if gap := now.Sub(last); !last.IsZero() && gap > LongestWait+clockSlack {
		return saved.Add(gap)
	}
	return saved
}

// recent says whether a moment is less than so long ago, by a clock that may
// have been put back since.
func recent(when, now time.Time, within time.Duration) bool {
	age := now.Sub(when)
	return age <= within && age >= -clockSlack
}
