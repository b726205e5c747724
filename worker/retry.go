package worker

import (
	"fmt"
	"math/rand/v2"
	"time"

	"apifront/cloud"
	"apifront/setup"
	"apifront/store"
)

// maxTries is how often a step is tried in a row when the trouble may pass by
// itself. With backoff that is about six minutes, besides the SDK's own
// retries: an outage as networks have it is got over without anybody's help.
const maxTries = 10

// mostAsked is the longest wait that AWS may ask for.
const mostAsked = cloud.LongestAsked

// backoff is how long to wait after the n-th try that failed, from 1.
func backoff(n int) time.Duration {
	return min(time.Second<<n, time.Minute)
}

// How long a step that AWS asked to slow down waits, and for how long that is
// no failure.
const (
	slowDown      = 2 * time.Second
	slowDownLimit = time.Hour
)

// crowded is the outcome of a call that was one too many: the step waits as
// for its turn, no attempt has failed. Steps that wait for the same thing come
// back at different times. gone is how long the step has been at it already.
func crowded(p *store.Pass, problem *setup.Problem, gone, asked time.Duration) store.Outcome {
	wait := patient(slowDown, gone)
	wait = max(wait+rand.N(2*wait), min(asked, mostAsked)).Round(time.Second) //nolint:gosec // G404: it spreads waits and keeps no secret
	return store.Outcome{
		State: setup.StepWaiting, Records: p.Step.Records, After: wait,
		Summary: fmt.Sprintf("%s The next try is in %s.", problem.What, wait),
	}
}

// signInEvery is how often it is looked whether somebody has signed in.
const signInEvery = 20 * time.Second

// signIn is the outcome of credentials that are over or missing: somebody has to
// sign in, and the step goes on by itself then. No attempt is spent, however
// long it takes.
func signIn(p *store.Pass, problem *setup.Problem, after time.Duration) store.Outcome {
	return store.Outcome{
		State: setup.StepNeedsYou, Problem: problem, Records: p.Step.Records, After: after,
		Summary: "Waits for you to sign in to AWS again. " + problem.What,
	}
}

// retry is the outcome of trouble that may pass by itself: another try later,
// until there were enough. A step that waits for a person just looks again,
// as often as it takes. AWS may ask for more time than we would wait.
func retry(p *store.Pass, problem *setup.Problem, asked time.Duration) store.Outcome {
	if p.Step.State == setup.StepNeedsYou {
		return store.Outcome{
			State: setup.StepNeedsYou, Records: p.Step.Records, After: 30 * time.Second,
			Summary: "The last look found no answer and will be repeated. " + problem.What,
		}
	}
	n := p.Tries + 1
	if n >= maxTries {
		clone := *problem
		clone.Why = fmt.Sprintf("%s apifront tried %d times.", problem.Why, n)
		return failed(&clone)
	}
	wait := max(backoff(n), min(asked, mostAsked))
	return store.Outcome{
		State: setup.StepRunning, Retry: true, Problem: problem, Records: p.Step.Records, After: wait,
		Summary: fmt.Sprintf("Try %d of %d in %s. %s", n+1, maxTries, wait, problem.What),
	}
}
