package flow

import (
	"fmt"
	"time"

	"apifront/setup"
)

// MaxTries is how often a step is tried in a row when the trouble may pass by
// itself. With backoff that takes about six minutes, besides the SDK's own
// retries, so a step outlasts the usual outage of a network without help.
const MaxTries = 10

// backoff is how long to wait after the n-th failed try, counted from 1.
func backoff(n int) time.Duration {
	return min(time.Second<<n, time.Minute)
}

// A Trouble is why a pass could not see how things stand.
type Trouble struct {
	Problem *setup.Problem
	Run     Run           // the step as the pass found it
	Begun   time.Duration // since the step began
	Asked   time.Duration // how long AWS asks to wait before the next call; 0 if it does not say
}

// Retry is the outcome of trouble that may pass by itself: another try later,
// until MaxTries, then a failure. A step that waits for a person just looks
// again, without a limit. If AWS asks for a longer wait than backoff, Retry
// takes that.
func Retry(t Trouble) Outcome {
	if t.Run.State == setup.StepNeedsYou {
		return Outcome{
			State: setup.StepNeedsYou, Records: t.Run.Records, After: 30 * time.Second,
			Summary: "The last look found no answer and will be repeated. " + t.Problem.What,
		}
	}
	n := t.Run.Tries + 1
	if n >= MaxTries {
		clone := *t.Problem
		clone.Why = fmt.Sprintf("%s apifront tried %d times.", t.Problem.Why, n)
		return Failed(&clone)
	}
	wait := max(backoff(n), t.Asked)
	return Outcome{
		State: setup.StepRunning, Retry: true, Problem: t.Problem, Records: t.Run.Records, After: wait,
		Summary: fmt.Sprintf("Try %d of %d in %s. %s", n+1, MaxTries, wait, t.Problem.What),
	}
}

// A throttled step waits slowDown at first. For slowDownLimit since it began,
// throttling is not a failure.
const (
	slowDown      = 2 * time.Second
	slowDownLimit = time.Hour
)

// Bears says whether throttling is not a failure yet.
func (t Trouble) Bears() bool { return t.Begun < slowDownLimit }

// Throttled is the outcome of a pass that AWS throttled: the step waits as for
// its turn, and no attempt has failed. luck, from 0 to 1, spreads steps that
// wait for the same limit, so that they come back at different times. A step
// that is throttled for too long, or that waits for a person, gets the outcome
// of Retry.
func Throttled(t Trouble, luck float64) Outcome {
	if t.Run.State == setup.StepNeedsYou || !t.Bears() {
		return Retry(t)
	}
	wait := Patient(slowDown, t.Begun)
	wait = max((wait + time.Duration(luck*float64(2*wait))).Round(time.Second), t.Asked)
	return Outcome{
		State: setup.StepWaiting, Records: t.Run.Records, After: wait,
		Summary: fmt.Sprintf("%s The next try is in %s.", t.Problem.What, wait),
	}
}

// signInEvery is the time between two looks, at first, whether somebody has
// signed in.
const signInEvery = 20 * time.Second

// SignIn is the outcome of credentials that have expired or are missing.
// Somebody has to sign in; then the step goes on by itself. No attempt is
// spent, however long that takes.
func SignIn(t Trouble) Outcome {
	return Outcome{
		State: setup.StepNeedsYou, Problem: t.Problem, Records: t.Run.Records, After: Patient(signInEvery, t.Begun),
		Summary: "Waits for you to sign in to AWS again. " + t.Problem.What,
	}
}

// Turn is the outcome of a call that may not be made yet; the step looks again
// after this time. busy says that the step waits for AWS, and not for other
// steps before it; limit is what AWS allows if it waits in apifront's own line.
func Turn(r Run, why, limit string, busy bool, after time.Duration) Outcome {
	o := Outcome{State: setup.StepWaiting, Summary: why, Records: r.Records, After: after, Limit: limit}
	if busy {
		o.State = setup.StepRunning
	}
	return o
}
