package store

import (
	"context"
	"fmt"

	"apifront/setup"
)

// Events lists at most limit events of a job after the given number, in order.
func (s *Store) Events(ctx context.Context, job, after int64, limit int) ([]setup.Event, error) {
	return all(ctx, s.reader, func(row scanner) (setup.Event, error) {
		var e setup.Event
		var when int64
		err := row.Scan(&e.JobID, &e.Seq, &when, &e.Kind, &e.StepID, &e.Attempt, &e.Text)
		e.At = at(when)
		return e, err
	}, `SELECT job_id, seq, at, kind, step, attempt, text FROM events WHERE job_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
		job, after, limit)
}

// nextSeq takes the job's next event number.
func (t *tx) nextSeq(ctx context.Context, job int64) (int64, error) {
	var seq int64
	err := translate(t.QueryRowContext(ctx, `UPDATE jobs SET seq = seq + 1 WHERE id = $1 RETURNING seq`, job).Scan(&seq))
	if err != nil {
		return 0, fmt.Errorf("job %d: %w", job, err)
	}
	t.Wake(job)
	return seq, nil
}

// event adds the next event to the job's history.
func (t *tx) event(ctx context.Context, e setup.Event) error {
	seq, err := t.nextSeq(ctx, e.JobID)
	if err != nil {
		return err
	}
	return t.insertEvent(ctx, seq, e)
}

func (t *tx) insertEvent(ctx context.Context, seq int64, e setup.Event) error {
	_, err := t.exec(ctx, `
		INSERT INTO events (job_id, seq, at, kind, step, attempt, text) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.JobID, seq, ms(t.now), e.Kind, e.StepID, e.Attempt, e.Text)
	return err
}
