package store

import (
	"context"

	"apifront/flow"
	"apifront/setup"
)

// views are the steps as everybody knows them.
func views(list []stepRow) []setup.Step {
	steps := make([]setup.Step, len(list))
	for i, r := range list {
		steps[i] = r.v
	}
	return steps
}

// advance rings for the steps that have become ready and stores the job's
// state as its steps have it. It ends every transaction that changes a step's
// state.
func (t *tx) advance(ctx context.Context, job int64) error {
	list, err := t.steps(ctx, job)
	if err != nil {
		return err
	}
	finished := flow.Finished(views(list))
	for _, r := range list {
		if r.v.State == setup.StepWaiting && r.nextAt == 0 && flow.Ready(r.v, finished) {
			if err := t.ring(ctx, r, t.now); err != nil {
				return err
			}
		}
	}
	j, err := readJob(ctx, t, job)
	if err != nil {
		return err
	}
	state, failed, needsYou := flow.Fold(views(list))
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
	t.tellEnd(j, state, failed, views(list))
	if err := t.event(ctx, setup.Event{JobID: job, Kind: setup.EventJob, Text: flow.Sentence(state)}); err != nil {
		return err
	}
	return t.jobMoved(ctx, j.SetupID, j.Kind, state)
}
