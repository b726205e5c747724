package flow

import (
	"math"
	"slices"
	"time"
)

// A Took is how long a step of an earlier job took. AWS was at it for longer than
// Unready and at most for Ready: one look still saw it at work, and the next one
// saw that it was done. Both count from the first look that saw it at work, and
// are 0 if none did.
type Took struct {
	Whole          time.Duration // from the step's beginning to its end
	Unready, Ready time.Duration
}

// Enough is how many earlier jobs tell how long a step usually takes. With fewer
// the step's definition says it.
const Enough = 3

// Quantile is the time within which a part p of the jobs was done; 0 if there are
// none. It is one of the times, never one in between.
func Quantile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}

// window is the time within which earlier jobs, the oldest first, let expect that AWS
// is done. Where all of them agree it is what they have in common, so it gets narrower
// with each job. jobs is how many waited for AWS.
func window(seen []Took) (from, to time.Duration, agree bool, jobs int) {
	var unready, readyAt []time.Duration
	for _, t := range seen {
		if t.Ready > 0 {
			unready, readyAt = append(unready, t.Unready), append(readyAt, t.Ready)
		}
	}
	if jobs = len(readyAt); jobs < Enough {
		return 0, 0, false, jobs
	}
	if from, to = slices.Max(unready), slices.Min(readyAt); from < to {
		return from, to, true, jobs
	}
	from = Quantile(begins(unready, readyAt), 0.1)
	if n := len(readyAt) - 1; unready[n] == 0 && float64(readyAt[n]) < farFaster*float64(slices.Min(readyAt[:n])) {
		from = 0 // the newest was far faster than ever: nobody knows how fast
	}
	return from, Quantile(readyAt, 0.9), false, jobs
}

// begins are the times at which jobs last saw AWS at work. One whose first look found
// it done says none: then it is the last at which another one did before that look, or
// a part of the time of that look where none did. The job after it has looked from the
// beginning and tells whether AWS has become faster; if it was faster only once, the
// others need not look so early.
func begins(unready, readyAt []time.Duration) []time.Duration {
	list := slices.Clone(unready)
	for i, at := range unready {
		if at > 0 {
			continue
		}
		for _, other := range unready {
			if other < readyAt[i] {
				list[i] = max(list[i], other)
			}
		}
		if list[i] == 0 {
			list[i] = time.Duration(forerun * float64(readyAt[i]))
		}
	}
	return list
}

// Of the looks that earlier jobs time.
const (
	lookCosts    = 2 * time.Second        // a look costs as much as waiting for so long
	tryCosts     = 3 * lookCosts          // a try is three calls
	shortestLook = 250 * time.Millisecond // the least time between two looks
	learning     = 6                      // looks for whose price, in all jobs, a look that halves a window is made
	tryMargin    = time.Second            // that a try comes later than all earlier ones were taken
	closest      = 100                    // part of the time gone by that is the least between two looks
	forerun      = 0.8                    // of the time at which the window begins: one look comes then, which notices that AWS has become faster
	worthwhile   = 10 * time.Second       // that such a look may win; else its call is spared, and newer jobs notice
	farFaster    = 0.9                    // of the shortest time: what takes less was far faster
)

// expected is the time until the next look at what earlier jobs have waited for,
// or until the next try if AWS refuses for now: a try costs more calls than a look.
// learned is false where earlier jobs do not tell: then early or later says it.
//
// Where all jobs agree, a look comes at the end of the window, or one halves it before,
// so that the next job knows better: as many jobs may follow as there were, and the
// window times these must be worth it. So not all steps of a job learn at once.
//
// Where AWS takes another time in each job, looks within the window come at the pause
// that costs the least: of a pause p follow window/2p looks and p/2 of waiting in the
// mean, so it is the root of window times price. No pause is longer than without earlier
// jobs (see Patient).
func expected(wait Wait, gone time.Duration, tries bool) (after time.Duration, learned bool) {
	from, to, agree, jobs := window(wait.Seen)
	if jobs < Enough {
		return 0, false
	}
	price := lookCosts
	if tries {
		price = tryCosts
	}
	pause := time.Duration(math.Sqrt(float64(to-from) * float64(price)))
	switch {
	case agree && time.Duration(jobs)*(to-from) < learning*price:
		if pause = to - from; tries {
			pause += tryMargin
		}
	case agree:
		pause = (to - from) / 2
	}
	least := max(from/closest, shortestLook)
	pause = max(min(pause, longestPause(wait, max(from, gone), tries)), least)
	soon := time.Duration(forerun * float64(from))
	switch {
	case gone < soon-least && !tries && from-soon >= worthwhile && (!agree || !lately(wait.Seen, soon)):
		return soon - gone, true
	case gone+least < from+pause:
		return from + pause - gone, true
	case gone < to:
		return pause, true
	default: // later than ever: the longer it lasts, the seldomer it is looked at
		return max(min(gone-to, early(wait, gone)), least), true
	}
}

// longestPause is the most that may lie between two looks, as without earlier jobs, or
// between two tries.
func longestPause(wait Wait, gone time.Duration, tries bool) time.Duration {
	if tries {
		return Patient(max(wait.Every, tryCosts), gone)
	}
	return Patient(wait.Every, gone)
}

// Waits says whether all earlier jobs waited for AWS, so that it is hardly ever done
// at once: then the first look may be left out. One of the newest must have seen it
// at work later than at once, or the look is made again for once.
func Waits(seen []Took) bool {
	return len(seen) >= Enough &&
		!slices.ContainsFunc(seen, func(t Took) bool { return t.Ready <= 0 }) &&
		slices.ContainsFunc(seen[max(0, len(seen)-9):], func(t Took) bool { return t.Unready > 0 })
}

// lately says whether one of the two newest jobs has seen AWS at work at this time.
func lately(seen []Took, at time.Duration) bool {
	return slices.ContainsFunc(seen[max(0, len(seen)-2):], func(t Took) bool { return t.Unready >= at })
}
