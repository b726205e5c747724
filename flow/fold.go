// Package flow is the state machine of a job: it decides what follows from what
// a pass has seen, which state the steps give their job, which steps may begin,
// and which steps a re-run or a cancel takes along. It also has the sentences
// for that. All its functions are pure: the store keeps the results in its
// transactions, and nothing here knows a database, AWS or a clock.
package flow

import (
	"slices"

	"apifront/setup"
)

// Fold returns the state of a job with these steps, how many of them failed and
// how many need a person. A step that needs a person also looks again by
// itself, so needs-you goes before failed.
func Fold(list []setup.Step) (state setup.JobState, failed, needsYou int) {
	finished := Finished(list)
	var going, cancelled, stuck int
	for _, s := range list {
		switch s.State {
		case setup.StepRunning:
			going++
		case setup.StepWaiting:
			if Ready(s, finished) {
				going++
			} else {
				stuck++
			}
		case setup.StepFailed:
			failed++
		case setup.StepNeedsYou:
			needsYou++
		case setup.StepCancelled:
			cancelled++
		case setup.StepDone, setup.StepSkipped:
		}
	}
	switch {
	case needsYou > 0:
		state = setup.JobNeedsYou
	case going > 0:
		state = setup.JobRunning
	case failed > 0:
		state = setup.JobFailed
	case cancelled > 0:
		state = setup.JobCancelled
	case stuck > 0:
		state = setup.JobFailed // the steps need each other in a circle: nothing can go on
	default:
		state = setup.JobSucceeded
	}
	return state, failed, needsYou
}

// Finished says of each step whether the steps that need it may begin.
func Finished(list []setup.Step) map[setup.StepID]bool {
	finished := map[setup.StepID]bool{}
	for _, s := range list {
		finished[s.ID] = s.State.Finished()
	}
	return finished
}

// Ready says whether everything that the step needs is finished.
func Ready(s setup.Step, finished map[setup.StepID]bool) bool {
	return !slices.ContainsFunc(s.Needs, func(id setup.StepID) bool { return !finished[id] })
}

// Sentence is the sentence for a job that has come to this state.
func Sentence(state setup.JobState) string {
	switch state {
	case setup.JobRunning:
		return "The job goes on."
	case setup.JobNeedsYou:
		return "The job waits for a person."
	case setup.JobSucceeded:
		return "The job succeeded."
	case setup.JobFailed:
		return "The job stopped: a step failed and nothing else can go on."
	case setup.JobCancelled:
		return "The job was cancelled."
	default:
		return "The job is " + string(state) + "."
	}
}
