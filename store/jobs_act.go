package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"apifront/flow"
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
		list, err := t.steps(ctx, job)
		if err != nil {
			return err
		}
		which, err := flow.CancelJob(j.State, views(list))
		if err != nil {
			return refused(err)
		}
		for _, r := range list {
			if which[r.v.ID] {
				if err := t.cancelStep(ctx, r, by); err != nil {
					return err
				}
			}
		}
		err = t.one(ctx, `UPDATE jobs SET state = 'cancelled', needs_you = 0, finished_at = $1 WHERE id = $2`, ms(t.now), job)
		if err != nil {
			return err
		}
		err = t.event(ctx, setup.Event{JobID: job, Kind: setup.EventJob, Text: flow.Cancelled(j.Kind, by)})
		if err != nil {
			return err
		}
		if err := t.jobMoved(ctx, j.SetupID, j.Kind, setup.JobCancelled); err != nil {
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
	c := flow.Cancel(r.run(), by, t.now)
	if err := t.takeBack(ctx, r, c); err != nil {
		return err
	}
	err := t.one(ctx, `
		UPDATE steps SET state = $1, epoch = epoch + 1, attempt_open = $2, next_at = 0, bell = 0, finished_at = $3
		WHERE id = $4`, string(c.State), flag(c.Open), ms(c.FinishedAt), r.id)
	if err != nil {
		return err
	}
	return t.tell(ctx, r, c)
}

// takeBack ends what goes on for a step that a person stops: its bell, its places
// in lines and its attempt.
func (t *tx) takeBack(ctx context.Context, r stepRow, c flow.Change) error {
	if err := t.silence(ctx, r); err != nil {
		return err
	}
	if err := t.leaveLines(ctx, r); err != nil {
		return err
	}
	return t.closeAttempt(ctx, r, c.Closed, nil)
}

// refused is a flow.Refusal as an ErrConflict.
func refused(err error) error {
	if refusal, ok := errors.AsType[flow.Refusal](err); ok {
		return conflict("%s", refusal)
	}
	return err
}

// RerunStep starts a new attempt of one step that failed or was cancelled.
// ErrConflict if it did not, if a step it needs is not going to finish, or if
// another job of the setup is active (*ActiveJobError), or something else is wanted
// by now (*LaterRevisionError), or another job has changed it since
// (*LaterJobError).
func (s *Store) RerunStep(ctx context.Context, job int64, step setup.StepID, by string) error {
	return s.rerun(ctx, ActStepRerun, job, step, by, flow.Rerun)
}

// RerunFrom starts a new attempt of a step that has ended and of all that
// follow it. Steps before it that failed or were cancelled are run as well,
// since it could not begin without them. ErrConflict if the step has not
// ended, was skipped, or another job stands in the way as for RerunStep. It goes on
// from further steps as well, which have to be like the first.
func (s *Store) RerunFrom(ctx context.Context, job int64, step setup.StepID, by string, also ...setup.StepID) error {
	return s.rerun(ctx, ActStepRerunFrom, job, step, by, func(list []setup.Step, step setup.StepID) (map[setup.StepID]bool, error) {
		return flow.RerunFromAll(list, append([]setup.StepID{step}, also...))
	})
}

// rerun resets the steps that choose names; a flow.Refusal of it is an
// ErrConflict.
func (s *Store) rerun(ctx context.Context, act string, job int64, step setup.StepID, by string, choose func([]setup.Step, setup.StepID) (map[setup.StepID]bool, error)) error {
	err := s.write(ctx, func(t *tx) error {
		j, err := t.lockJob(ctx, job)
		if err != nil {
			return err
		}
		list, err := t.steps(ctx, job)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(r stepRow) bool { return r.v.ID == step }) {
			return ErrNotFound
		}
		again, err := choose(views(list), step)
		if err != nil {
			return refused(err)
		}
		if !j.State.Active() {
			// As at a start: two of one name follow each other and see each other.
			if _, err := t.count(ctx, "jobs", 0); err != nil {
				return err
			}
			if err := t.refuseActive(ctx, j.SetupID, j.SetupName); err != nil {
				return err
			}
			v, err := readSetup(ctx, t, j.SetupID)
			if err != nil {
				return err
			}
			if v.Revision != j.Revision {
				return &LaterRevisionError{Revision: j.Revision, Newest: v.Revision}
			}
			later, err := laterJob(ctx, t, j)
			if err != nil {
				return err
			}
			if later != 0 {
				return &LaterJobError{Job: later}
			}
		}
		for _, r := range list {
			if again[r.v.ID] && r.v.State != setup.StepSkipped {
				if err := t.resetStep(ctx, r, by); err != nil {
					return err
				}
			}
		}
		if g := j.Input.GoOn; g != nil && again[g.Step] { // it asks anew
			j.Input.GoOn = nil
			if err := t.keepInput(ctx, j); err != nil {
				return err
			}
		}
		if err := t.advance(ctx, job); err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: act, On: onJob(job, j.SetupName), By: by, Detail: "step " + string(step)})
	})
	if err != nil {
		return fmt.Errorf("re-run step %s of job %d: %w", step, job, err)
	}
	return nil
}

// GoOn lets a job go on at a step that asked a person whether to. ErrConflict if it does
// not ask any more. The trail has what the step last saw.
func (s *Store) GoOn(ctx context.Context, job int64, step setup.StepID, by string) error {
	err := s.write(ctx, func(t *tx) error {
		j, err := t.lockJob(ctx, job)
		if err != nil {
			return err
		}
		r, err := scanStepRow(t.QueryRowContext(ctx, `
			SELECT `+stepColumns+` FROM steps p WHERE p.job_id = $1 AND p.step = $2`, job, step))
		if err != nil {
			return err
		}
		if err := flow.GoOn(j.State, r.v); err != nil {
			return refused(err)
		}
		if g := j.Input.GoOn; g != nil && g.Step == step {
			return nil // somebody was quicker
		}
		g := setup.GoOn{Step: step, By: personOf(ctx, by), At: t.now.UTC(), Was: r.v.Problem.What}
		j.Input.GoOn = &g
		if err := t.keepInput(ctx, j); err != nil {
			return err
		}
		err = t.event(ctx, setup.Event{JobID: job, Kind: setup.EventStep, StepID: step, Attempt: r.v.Attempt, Text: flow.WentOn(g)})
		if err != nil {
			return err
		}
		// A pass that is under way has not seen the decision: it is fenced.
		if err := t.one(ctx, `UPDATE steps SET epoch = epoch + 1 WHERE id = $1`, r.id); err != nil {
			return err
		}
		if err := t.ring(ctx, r, t.now); err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActStepGoOn, On: onJob(job, j.SetupName), By: by, Detail: "step " + string(step) + ": " + g.Was})
	})
	if err != nil {
		return fmt.Errorf("go on at step %s of job %d: %w", step, job, err)
	}
	return nil
}

// keepInput stores what a job needs to know.
func (t *tx) keepInput(ctx context.Context, j setup.Job) error {
	input, err := encode(j.Input)
	if err != nil {
		return err
	}
	return t.one(ctx, `UPDATE jobs SET input = $1 WHERE id = $2`, input, j.ID)
}

// resetStep makes the step wait for a new attempt, asked for by a person. The
// history of earlier attempts stays.
func (t *tx) resetStep(ctx context.Context, r stepRow, by string) error {
	c := flow.Reset(r.run(), by)
	if err := t.takeBack(ctx, r, c); err != nil {
		return err
	}
	err := t.one(ctx, `
		UPDATE steps SET state = $1, summary = $2, problem = '', records = '', started_at = $3, finished_at = $4,
			attempt_open = $5, attempt_by = $6, attempt_by_id = $7, tries = $8, pending_since = $9,
			epoch = epoch + 1, next_at = 0, bell = 0
		WHERE id = $10`,
		string(c.State), c.Summary, ms(c.StartedAt), ms(c.FinishedAt), flag(c.Open), c.By, personOf(ctx, c.By).ID, c.Tries, ms(c.PendingSince), r.id)
	if err != nil {
		return err
	}
	return t.tell(ctx, r, c)
}
