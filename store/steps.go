package store

import (
	"context"
	"fmt"
	"time"

	"apifront/flow"
	"apifront/setup"
)

// stepColumns are the columns of a step, read from the table as p.
const stepColumns = `p.id, p.job_id, p.step, p.number, p.title, p.service, p.state, p.needs, p.summary, p.problem, p.records,
	p.checked_at, p.started_at, p.finished_at, p.attempt, p.attempt_open, p.attempt_by, p.attempt_by_id, p.tries, p.pending_since,
	p.epoch, p.leased, p.lease_until, p.next_at, p.bell, p.turn_limit, p.turn_since, p.turn_waited`

// A stepRow is a step with what only the store and the worker care about.
type stepRow struct {
	v            setup.Step
	id           int64
	attemptOpen  bool
	attemptBy    setup.Person
	tries        int
	pendingSince int64
	epoch        int64
	leased       int64
	leaseUntil   int64
	nextAt       int64
	bell         int64
	turnSince    int64
}

func scanStepRow(row scanner) (stepRow, error) {
	var r stepRow
	var needs, problem, records, state string
	var checked, started, finished, waited int64
	var open int
	err := row.Scan(&r.id, &r.v.JobID, &r.v.ID, &r.v.Number, &r.v.Title, &r.v.Service, &state, &needs, &r.v.Summary, &problem, &records,
		&checked, &started, &finished, &r.v.Attempt, &open, &r.attemptBy.Name, &r.attemptBy.ID, &r.tries, &r.pendingSince,
		&r.epoch, &r.leased, &r.leaseUntil, &r.nextAt, &r.bell, &r.v.Turn.Limit, &r.turnSince, &waited)
	if err != nil {
		return r, translate(err)
	}
	r.attemptOpen, r.v.State = open == 1, setup.StepState(state)
	r.v.CheckedAt, r.v.StartedAt, r.v.FinishedAt, r.v.NextAt = at(checked), at(started), at(finished), at(r.nextAt)
	r.v.Turn.Since, r.v.Turn.Waited = at(r.turnSince), time.Duration(waited)*time.Millisecond
	if err := decode(needs, &r.v.Needs); err != nil {
		return r, fmt.Errorf("needs of step %s: %w", r.v.ID, err)
	}
	if err := decode(problem, &r.v.Problem); err != nil {
		return r, fmt.Errorf("problem of step %s: %w", r.v.ID, err)
	}
	if err := decode(records, &r.v.Records); err != nil {
		return r, fmt.Errorf("records of step %s: %w", r.v.ID, err)
	}
	return r, nil
}

// run is how far the work on the step is.
func (r stepRow) run() flow.Run {
	turn := r.v.Turn
	turn.Since = at(r.turnSince)
	return flow.Run{
		State: r.v.State, Summary: r.v.Summary, Records: r.v.Records, Attempt: r.v.Attempt, Open: r.attemptOpen, By: r.attemptBy.Name,
		Tries: r.tries, StartedAt: r.v.StartedAt, PendingSince: at(r.pendingSince), FinishedAt: r.v.FinishedAt, NextAt: at(r.nextAt), Turn: turn,
	}
}

// Steps lists a job's steps in order. Those that run have a number.
func (s *Store) Steps(ctx context.Context, job int64) ([]setup.Step, error) {
	list, err := all(ctx, s.reader, func(row scanner) (setup.Step, error) {
		r, err := scanStepRow(row)
		return r.v, err
	}, `SELECT `+stepColumns+` FROM steps p WHERE p.job_id = $1 ORDER BY p.number`, job)
	n := 0
	for i := range list {
		if list[i].Number = 0; list[i].State != setup.StepSkipped {
			n++
			list[i].Number = n
		}
	}
	return list, err
}

func (t *tx) steps(ctx context.Context, job int64) ([]stepRow, error) {
	return all(ctx, t, scanStepRow, `SELECT `+stepColumns+` FROM steps p WHERE p.job_id = $1 ORDER BY p.number`, job)
}

// ring orders the step's bell and makes all earlier ones stale.
func (t *tx) ring(ctx context.Context, r stepRow, when time.Time) error {
	if err := t.silence(ctx, r); err != nil {
		return err
	}
	var bell int64
	if t.bell != nil {
		var err error
		if bell, err = t.bell.Ring(ctx, t.SQL(), Due{DueStep, r.id}, when.Sub(t.now)); err != nil {
			return fmt.Errorf("ring for step %d: %w", r.id, err)
		}
	}
	return t.one(ctx, `UPDATE steps SET next_at = $1, bell = $2 WHERE id = $3`, ms(when), bell, r.id)
}

// silence takes the step's bell back.
func (t *tx) silence(ctx context.Context, r stepRow) error {
	if r.bell == 0 || t.bell == nil {
		return nil
	}
	if err := t.bell.Cancel(ctx, t.SQL(), r.bell); err != nil {
		return fmt.Errorf("silence step %d: %w", r.id, err)
	}
	return nil
}

// LookNow rings at once for a step that waits for AWS or for a person.
// ErrConflict if the step has ended or cannot begin yet. A step that is being
// looked at is left alone.
func (s *Store) LookNow(ctx context.Context, job int64, step setup.StepID) error {
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.lockJob(ctx, job); err != nil {
			return err
		}
		r, err := scanStepRow(t.QueryRowContext(ctx, `
			SELECT `+stepColumns+` FROM steps p WHERE p.job_id = $1 AND p.step = $2`, job, step))
		if err != nil {
			return err
		}
		if r.nextAt == 0 {
			return conflict("it is %s", r.v.State)
		}
		if r.held(ms(t.now)) {
			return nil
		}
		return t.ring(ctx, r, t.now)
	})
	if err != nil {
		return fmt.Errorf("look at step %s of job %d: %w", step, job, err)
	}
	return nil
}
