package flow

import "apifront/setup"

// CancelJob is which steps a cancel of a job takes along: all that have not
// ended. The job is cancelled then, whatever failed in it before. The error is a
// Refusal.
func CancelJob(state setup.JobState, list []setup.Step) (map[setup.StepID]bool, error) {
	if !state.Active() {
		return nil, Refusal("it has ended already")
	}
	which := map[setup.StepID]bool{}
	for _, s := range list {
		switch s.State {
		case setup.StepWaiting, setup.StepRunning, setup.StepNeedsYou:
			which[s.ID] = true
		case setup.StepDone, setup.StepFailed, setup.StepSkipped, setup.StepCancelled:
		}
	}
	return which, nil
}

// Started says that a job was started.
func Started(by string) string { return "Started by " + by + "." }

// Cancelled says that a job was cancelled.
func Cancelled(by string) string { return "Cancelled by " + by + ". Nothing in AWS was deleted." }
