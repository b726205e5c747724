package flow

import "time"

// A Wait is how a step waits. It has the fields of the step's own definition.
type Wait struct {
	Every  time.Duration // between two looks while AWS, or somebody, is at it
	Settle time.Duration // from a change to the next look, if it was not there at once
	Limit  time.Duration // to wait for longer than this is a failure
	Usual  time.Duration // what to tell people
}

// What holds where a step does not say.
const (
	defaultEvery = 15 * time.Second
	defaultLimit = time.Hour
)

// First is the first of the times that is given; where none is, the time between
// two looks of a step that does not say.
func First(times ...time.Duration) time.Duration {
	for _, d := range times {
		if d > 0 {
			return d
		}
	}
	return defaultEvery
}

// early is the time between two looks at something that AWS takes minutes for.
// Hardly ever is it there within a twentieth of the usual time, so that is when
// the second look comes. The next ones come after another sixth of the time that
// went by, until that is as long as Every: what was quick is seen quickly, and
// what is slow is not asked for more often than before.
func early(wait Wait, gone time.Duration) time.Duration {
	first := wait.Usual / 20
	if first <= wait.Every {
		return wait.Every
	}
	if left := first - gone; left > 0 {
		return left
	}
	return min(gone/6, wait.Every)
}

// longestPatience is the longest time between two looks. Who has added a record
// and does not want to wait for it has a button.
const longestPatience = 5 * time.Minute

// Patient is how long to wait for the next look when every is the time between
// the first ones: a thirtieth of the time that went by already, up to a limit.
// Who waits for hours is not kept much longer, and AWS is not asked for nothing.
func Patient(every, gone time.Duration) time.Duration {
	if every <= 0 {
		return every
	}
	return max(every, min(gone/30, longestPatience))
}
