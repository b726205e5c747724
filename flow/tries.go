package flow

import (
	"fmt"
	"time"

	"apifront/setup"
)

// MaxTries is how often a step is tried in a row when the trouble may pass by
// itself. With backoff that is about six minutes, besides the SDK's own
// retries: an outage as networks have it is got over without anybody's help.
const MaxTries = 10

// backoff is how long to wait after the n-th try that failed, from 1.
func backoff(n int) time.Duration {
	return min(time.Second<<n, time.Minute)
}

// A Trouble is what kept a pass from seeing how things stand.
type Trouble struct {
	Problem *setup.Problem
	Run     Run           // the step as the pass found it
	Begun   time.Duration // since the step began
	Asked   time.Duration // for how long AWS wants to be left alone; 0: it does not say
}

// Retry is the outcome of trouble that may pass by itself: another try later,
// until there were enough. A step that waits for a person just looks again,
// as often as it takes. AWS may ask for more time than we would wait.
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

// How long a step that AWS asked to slow down waits, and for how long that is
// no failure.
const (
	slowDown      = 2 * time.Second
	slowDownLimit = time.Hour
)

// Bears says whether being asked to slow down is no failure yet.
func (t Trouble) Bears() bool { return t.Begun < slowDownLimit }

// Throttled is the outcome of a call that was one too many: the step waits as
// for its turn, no attempt has failed. Steps that wait for the same thing come
// back at different times, by a luck from 0 to 1. A step that has been asked
// for too long, or waits for a person, is tried again like any other.
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

// signInEvery is how often it is looked whether somebody has signed in.
const signInEvery = 20 * time.Second

// SignIn is the outcome of credentials that are over or missing: somebody has to
// sign in, and the step goes on by itself then. No attempt is spent, however
// long it takes.
func SignIn(t Trouble) Outcome {
	return Outcome{
		State: setup.StepNeedsYou, Problem: t.Problem, Records: t.Run.Records, After: Patient(signInEvery, t.Begun),
		Summary: "Waits for you to sign in to AWS again. " + t.Problem.What,
	}
}

// Turn is the outcome of a call whose turn has not come, for which the step
// waits so long. busy: it is not the line that it waits for, but AWS.
func Turn(r Run, why string, busy bool, after time.Duration) Outcome {
	o := Outcome{State: setup.StepWaiting, Summary: why, Records: r.Records, After: after}
	if busy {
		o.State = setup.StepRunning
	}
	return o
}
