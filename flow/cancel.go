package flow

import "apifront/setup"

// CancelJob returns the steps that a cancel of a job cancels: all that have not
// ended. The job is then cancelled, even if steps of it failed before. The
// error is a Refusal.
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

// Started is the sentence for a job that somebody started.
func Started(by string) string { return "Started by " + by + "." }

// Cancelled is the sentence for a job of the kind that somebody cancelled.
func Cancelled(kind setup.JobKind, by string) string {
	if kind == setup.JobTeardown {
		return "Stopped by " + by + ". What was not deleted before stays."
	}
	return "Cancelled by " + by + ". Nothing in AWS was deleted."
}
