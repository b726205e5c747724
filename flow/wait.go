package flow

import "time"

// A Wait is how a step waits. Its fields come from the step's definition.
type Wait struct {
	Every  time.Duration // between two looks while the step waits for AWS or for somebody
	Settle time.Duration // from a change to the next look, if AWS did not show the change at once
	Limit  time.Duration // a step that waits longer for AWS than this fails
	Usual  time.Duration // what people are told until earlier jobs tell better
	Seen   []Took        // earlier jobs
}

// The values for a step that does not name its own.
const (
	defaultEvery = 15 * time.Second
	defaultLimit = time.Hour
)

// First returns the first of the times that is above 0. If none is, it returns
// defaultEvery.
func First(times ...time.Duration) time.Duration {
	for _, d := range times {
		if d > 0 {
			return d
		}
	}
	return defaultEvery
}

// early is the time until the next look at something that AWS takes minutes
// for. It is hardly ever ready within a twentieth of the usual time, so the
// second look comes then. Each further look comes after another sixth of the
// time that has gone by, and at most Every later. So fast changes are seen
// early, and slow ones are not asked for more often than Every.
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

// later is the time until a step tries again what AWS refused for now: Settle at
// first, then a sixth of the time that has gone by, and at most Every later. So
// what is free after seconds is changed soon, and AWS is not asked all the time
// about what it holds for a quarter of an hour.
func later(wait Wait, gone time.Duration) time.Duration {
	return Patient(max(First(wait.Settle, wait.Every), min(gone/6, wait.Every)), gone)
}

// longestPatience is the longest time between two looks at a step. Somebody who
// has just added a record, and does not want to wait so long, has a button.
const longestPatience = 5 * time.Minute

// Patient is the time until the next look: a thirtieth of the time that has
// gone by, but at least every, the time between the first looks, and at most
// longestPatience. So a wait of hours gets only a little longer, and AWS is not
// asked more often than makes sense.
func Patient(every, gone time.Duration) time.Duration {
	if every <= 0 {
		return every
	}
	return max(every, min(gone/30, longestPatience))
}
