package store

import (
	"context"
	"errors"
	"fmt"

	"apifront/setup"
)

// Attempts lists the attempts of a job's steps, oldest first.
func (s *Store) Attempts(ctx context.Context, job int64) ([]setup.Attempt, error) {
	return all(ctx, s.reader, scanAttempt, `
		SELECT job_id, step, number, started_by, started_by_id, state, problem, changes, removals, started_at, finished_at
		FROM attempts WHERE job_id = $1 ORDER BY started_at, step, number`, job)
}

func scanAttempt(row scanner) (setup.Attempt, error) {
	var a setup.Attempt
	var state, problem, changes, removals string
	var started, finished int64
	if err := row.Scan(&a.JobID, &a.StepID, &a.Number, &a.By.Name, &a.By.ID, &state, &problem, &changes, &removals, &started, &finished); err != nil {
		return a, translate(err)
	}
	a.State, a.StartedAt, a.FinishedAt = setup.StepState(state), at(started), at(finished)
	if err := decode(problem, &a.Problem); err != nil {
		return a, fmt.Errorf("problem of attempt %d of step %s: %w", a.Number, a.StepID, err)
	}
	if err := errors.Join(decode(changes, &a.Changes), decode(removals, &a.Removals)); err != nil {
		return a, fmt.Errorf("changes of attempt %d of step %s: %w", a.Number, a.StepID, err)
	}
	return a, nil
}

// openAttempt begins the attempt n of the step.
func (t *tx) openAttempt(ctx context.Context, r stepRow, n int) error {
	_, err := t.exec(ctx, `
		INSERT INTO attempts (job_id, step, number, started_by, started_by_id, state, problem, started_at, finished_at)
		VALUES ($1, $2, $3, $4, $5, 'running', '', $6, 0)`, r.v.JobID, r.v.ID, n, r.attemptBy.Name, r.attemptBy.ID, ms(t.now))
	return err
}

// closeAttempt ends the step's attempt in the state; "": it has not ended.
func (t *tx) closeAttempt(ctx context.Context, r stepRow, state setup.StepState, p *setup.Problem) error {
	if state == "" {
		return nil
	}
	problem, err := encodeProblem(p)
	if err != nil {
		return err
	}
	return t.one(ctx, `
		UPDATE attempts SET state = $1, problem = $2, finished_at = $3 WHERE job_id = $4 AND step = $5 AND number = $6`,
		string(state), problem, ms(t.now), r.v.JobID, r.v.ID, r.v.Attempt)
}
