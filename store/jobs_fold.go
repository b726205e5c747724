package store

import (
	"context"
	"slices"

	"apifront/setup"
)

// fold is the state of a job with these steps, and how many of them failed or
// need a person. A step that needs a person also looks again by itself, so the
// job is needs-you before it is failed.
func fold(list []stepRow) (state setup.JobState, failed, needsYou int) {
	finished := map[string]bool{}
	for _, r := range list {
		finished[r.v.ID] = r.v.State.Finished()
	}
	var going, cancelled, stuck int
	for _, r := range list {
		switch r.v.State {
		case setup.StepRunning:
			going++
		case setup.StepWaiting:
			if ready(r, finished) {
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
		state = setup.JobFailed // needs in a circle: nothing can go on
	default:
		state = setup.JobSucceeded
	}
	return state, failed, needsYou
}

// ready says whether everything the step needs is finished.
func ready(r stepRow, finished map[string]bool) bool {
	return !slices.ContainsFunc(r.v.Needs, func(id string) bool { return !finished[id] })
}

// advance rings for the steps that have become ready and stores the job's
// state as its steps have it. It ends every transaction that changes a step's
// state.
func (t *tx) advance(ctx context.Context, job int64) error {
	list, err := t.steps(ctx, job)
	if err != nil {
		return err
	}
	finished := map[string]bool{}
	for _, r := range list {
		finished[r.v.ID] = r.v.State.Finished()
	}
	for _, r := range list {
		if r.v.State == setup.StepWaiting && r.nextAt == 0 && ready(r, finished) {
			if err := t.ring(ctx, r, t.now); err != nil {
				return err
			}
		}
	}
	j, err := readJob(ctx, t, job)
	if err != nil {
		return err
	}
	state, failed, needsYou := fold(list)
	if state == j.State && failed == j.Failed && needsYou == j.NeedsYou {
		return nil
	}
	var end int64
	if !state.Active() {
		end = ms(t.now)
	}
	err = t.one(ctx, `UPDATE jobs SET state = $1, failed = $2, needs_you = $3, finished_at = $4 WHERE id = $5`,
		string(state), failed, needsYou, end, job)
	if err != nil || state == j.State {
		return err
	}
	return t.event(ctx, setup.Event{JobID: job, Kind: setup.EventJob, Text: jobSentence(state)})
}

// jobSentence says in which state a job is now.
func jobSentence(state setup.JobState) string {
	switch state {
	case setup.JobQueued:
		return "The job waits for another one."
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
