package store

import (
	"context"
	"fmt"
	"slices"

	"apifront/setup"
)

// CancelJob ends the job: steps that are not finished are cancelled, and a
// pass that is under way is fenced, so it ends between two calls. Nothing in
// AWS is deleted. ErrConflict if the job has ended already.
func (s *Store) CancelJob(ctx context.Context, job int64, by string) error {
	err := s.write(ctx, func(t *tx) error {
		j, err := t.lockJob(ctx, job)
		if err != nil {
			return err
		}
		if !j.State.Active() {
			return conflict("it has ended already")
		}
		list, err := t.steps(ctx, job)
		if err != nil {
			return err
		}
		for _, r := range list {
			switch r.v.State {
			case setup.StepWaiting, setup.StepRunning, setup.StepNeedsYou:
				if err := t.cancelStep(ctx, r, by); err != nil {
					return err
				}
			case setup.StepDone, setup.StepFailed, setup.StepSkipped, setup.StepCancelled:
			}
		}
		err = t.one(ctx, `UPDATE jobs SET state = 'cancelled', needs_you = 0, finished_at = $1 WHERE id = $2`, ms(t.now), job)
		if err != nil {
			return err
		}
		err = t.event(ctx, setup.Event{JobID: job, Kind: setup.EventJob, Text: "Cancelled by " + by + ". Nothing in AWS was deleted."})
		if err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActJobCancel, On: onJob(job, j.SetupName), By: by})
	})
	if err != nil {
		return fmt.Errorf("cancel job %d: %w", job, err)
	}
	return nil
}

func (t *tx) cancelStep(ctx context.Context, r stepRow, by string) error {
	if err := t.silence(ctx, r); err != nil {
		return err
	}
	if err := t.leaveLines(ctx, r); err != nil {
		return err
	}
	if err := t.closeAttempt(ctx, r, setup.StepCancelled, nil); err != nil {
		return err
	}
	err := t.one(ctx, `
		UPDATE steps SET state = 'cancelled', epoch = epoch + 1, attempt_open = 0, next_at = 0, bell = 0, finished_at = $1
		WHERE id = $2`, ms(t.now), r.id)
	if err != nil {
		return err
	}
	return t.event(ctx, setup.Event{
		JobID: r.v.JobID, Kind: setup.EventStep, StepID: r.v.ID, Attempt: r.v.Attempt, Text: "Cancelled by " + by + ".",
	})
}

// RerunStep starts a new attempt of one step that failed or was cancelled.
// ErrConflict if it did not, if a step it needs is not going to finish, or if
// another job of the setup is active (*ActiveJobError).
func (s *Store) RerunStep(ctx context.Context, job int64, step, by string) error {
	return s.rerun(ctx, ActStepRerun, job, step, by, func(list []stepRow, r stepRow) (map[string]bool, error) {
		if r.v.State != setup.StepFailed && r.v.State != setup.StepCancelled {
			return nil, conflict("it is %s", r.v.State)
		}
		for _, n := range list {
			stopped := n.v.State == setup.StepFailed || n.v.State == setup.StepCancelled
			if stopped && slices.Contains(r.v.Needs, n.v.ID) {
				return nil, conflict("it needs step %s, which is %s", n.v.ID, n.v.State)
			}
		}
		return map[string]bool{step: true}, nil
	})
}

// RerunFrom starts a new attempt of a step that has ended and of all that
// follow it. Steps before it that failed or were cancelled are run as well,
// since it could not begin without them. ErrConflict if the step has not
// ended, was skipped, or another job of the setup is active.
func (s *Store) RerunFrom(ctx context.Context, job int64, step, by string) error {
	return s.rerun(ctx, ActStepRerunFrom, job, step, by, func(list []stepRow, r stepRow) (map[string]bool, error) {
		switch r.v.State {
		case setup.StepDone, setup.StepFailed, setup.StepCancelled:
		case setup.StepWaiting, setup.StepRunning, setup.StepNeedsYou, setup.StepSkipped:
			return nil, conflict("it is %s", r.v.State)
		}
		again := followers(list, step)
		before := ancestors(list, again)
		for _, n := range list {
			if before[n.v.ID] && (n.v.State == setup.StepFailed || n.v.State == setup.StepCancelled) {
				again[n.v.ID] = true
			}
		}
		return again, nil
	})
}

// rerun resets the steps that choose names.
func (s *Store) rerun(ctx context.Context, act string, job int64, step, by string, choose func([]stepRow, stepRow) (map[string]bool, error)) error {
	err := s.write(ctx, func(t *tx) error {
		j, err := t.lockJob(ctx, job)
		if err != nil {
			return err
		}
		list, err := t.steps(ctx, job)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(r stepRow) bool { return r.v.ID == step })
		if i < 0 {
			return ErrNotFound
		}
		again, err := choose(list, list[i])
		if err != nil {
			return err
		}
		if !j.State.Active() {
			// As at a start: two of one name follow each other and see each other.
			if _, err := t.count(ctx, "jobs", 0); err != nil {
				return err
			}
			if err := t.refuseActive(ctx, j.SetupID, j.SetupName); err != nil {
				return err
			}
		}
		for _, r := range list {
			if again[r.v.ID] && r.v.State != setup.StepSkipped {
				if err := t.resetStep(ctx, r, by); err != nil {
					return err
				}
			}
		}
		if err := t.advance(ctx, job); err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: act, On: onJob(job, j.SetupName), By: by, Detail: "step " + step})
	})
	if err != nil {
		return fmt.Errorf("re-run step %s of job %d: %w", step, job, err)
	}
	return nil
}

// resetStep makes the step wait for a new attempt, asked for by a person. The
// history of earlier attempts stays.
func (t *tx) resetStep(ctx context.Context, r stepRow, by string) error {
	if err := t.silence(ctx, r); err != nil {
		return err
	}
	if err := t.leaveLines(ctx, r); err != nil {
		return err
	}
	if err := t.closeAttempt(ctx, r, setup.StepCancelled, nil); err != nil {
		return err
	}
	err := t.one(ctx, `
		UPDATE steps SET state = 'waiting', summary = '', problem = '', records = '', started_at = 0, finished_at = 0,
			attempt_open = 0, attempt_by = $1, tries = 0, pending_since = 0,
			epoch = epoch + 1, next_at = 0, bell = 0
		WHERE id = $2`, by, r.id)
	if err != nil {
		return err
	}
	return t.event(ctx, setup.Event{
		JobID: r.v.JobID, Kind: setup.EventStep, StepID: r.v.ID, Attempt: r.v.Attempt, Text: "Re-run by " + by + ".",
	})
}

// followers are the step and all that need it, near or far.
func followers(list []stepRow, step string) map[string]bool {
	set := map[string]bool{step: true}
	for grown := true; grown; {
		grown = false
		for _, r := range list {
			if !set[r.v.ID] && slices.ContainsFunc(r.v.Needs, func(id string) bool { return set[id] }) {
				set[r.v.ID], grown = true, true
			}
		}
	}
	return set
}

// ancestors are all that the steps of the set need, near or far.
func ancestors(list []stepRow, set map[string]bool) map[string]bool {
	before := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for _, r := range list {
			if !set[r.v.ID] && !before[r.v.ID] {
				continue
			}
			for _, id := range r.v.Needs {
				if !before[id] {
					before[id], grown = true, true
				}
			}
		}
	}
	return before
}
