package store

import (
	"context"
	"database/sql"
	"fmt"

	"apifront/setup"
)

// activeStates are the states of setup.JobState.Active in SQL.
const activeStates = `('queued', 'running', 'needs-you')`

// jobColumns are the columns of a job, read from the table as j.
const jobColumns = `j.id, j.setup_id, j.setup_name, j.revision, j.kind, j.state, j.input, j.connection, j.account_id, j.region,
	j.created_by, j.created_by_id, j.created_at, j.started_at, j.finished_at, j.seq, j.failed, j.needs_you`

// optionalJob is where a job's columns are read into; all are NULL when an
// outer join found none.
type optionalJob struct {
	id, revision, created, started, finished, seq, failed, needsYou       sql.NullInt64
	setupID, setupName, kind, state, input, connection, accountID, region sql.NullString
	createdBy, createdByID                                                sql.NullString
}

func (r *optionalJob) dest() []any {
	return []any{
		&r.id, &r.setupID, &r.setupName, &r.revision, &r.kind, &r.state, &r.input, &r.connection, &r.accountID, &r.region,
		&r.createdBy, &r.createdByID, &r.created, &r.started, &r.finished, &r.seq, &r.failed, &r.needsYou,
	}
}

// value is the job, or nil if there is none.
func (r *optionalJob) value() (*setup.Job, error) {
	if !r.id.Valid {
		return nil, nil
	}
	j := &setup.Job{
		ID: r.id.Int64, SetupID: r.setupID.String, SetupName: r.setupName.String, Revision: int(r.revision.Int64),
		Kind: setup.JobKind(r.kind.String), State: setup.JobState(r.state.String),
		Connection: r.connection.String, AccountID: r.accountID.String, Region: r.region.String,
		CreatedBy: setup.Person{ID: r.createdByID.String, Name: r.createdBy.String}, CreatedAt: at(r.created.Int64),
		StartedAt: at(r.started.Int64), FinishedAt: at(r.finished.Int64),
		Seq: r.seq.Int64, Failed: int(r.failed.Int64), NeedsYou: int(r.needsYou.Int64),
	}
	if err := decode(r.input.String, &j.Input); err != nil {
		return nil, fmt.Errorf("job %d: %w", j.ID, err)
	}
	return j, nil
}

func scanJob(row scanner) (setup.Job, error) {
	var r optionalJob
	if err := row.Scan(r.dest()...); err != nil {
		return setup.Job{}, translate(err)
	}
	j, err := r.value()
	if err != nil {
		return setup.Job{}, err
	}
	return *j, nil
}

// Job is the job with the number, or ErrNotFound.
func (s *Store) Job(ctx context.Context, n int64) (setup.Job, error) {
	return readJob(ctx, s.reader, n)
}

func readJob(ctx context.Context, q querier, n int64) (setup.Job, error) {
	j, err := scanJob(q.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs j WHERE j.id = $1`, n))
	if err != nil {
		return j, fmt.Errorf("job %d: %w", n, err)
	}
	return j, nil
}

// lockJob takes the job's row until the end of the transaction, so that
// changes of one job follow each other on every database.
func (t *tx) lockJob(ctx context.Context, n int64) (setup.Job, error) {
	if err := t.one(ctx, `UPDATE jobs SET seq = seq WHERE id = $1`, n); err != nil {
		return setup.Job{}, fmt.Errorf("job %d: %w", n, err)
	}
	t.Wake(n)
	return readJob(ctx, t, n)
}

// laterJob is the number of the newest job that has worked on the same setup
// after this one, and more than cleared caches; 0: none. Steps of this one are
// of the past then: trying them again would put back what that job has changed.
func laterJob(ctx context.Context, q querier, j setup.Job) (int64, error) {
	var later sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT MAX(id) FROM jobs WHERE setup_id = $1 AND id > $2 AND kind <> $3`,
		j.SetupID, j.ID, string(setup.JobInvalidate)).Scan(&later)
	return later.Int64, translate(err)
}
