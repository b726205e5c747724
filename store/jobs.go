package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// activeStates are the states of setup.JobState.Active in SQL.
const activeStates = `('queued', 'running', 'needs-you')`

// jobColumns are the columns of a job, read from the table as j.
const jobColumns = `j.id, j.setup_id, j.setup_name, j.kind, j.state, j.input, j.connection, j.account_id, j.region,
	j.created_by, j.created_at, j.started_at, j.finished_at, j.seq, j.failed, j.needs_you`

// optionalJob is where a job's columns are read into; all are NULL when an
// outer join found none.
type optionalJob struct {
	id, created, started, finished, seq, failed, needsYou                            sql.NullInt64
	setupID, setupName, kind, state, input, connection, accountID, region, createdBy sql.NullString
}

func (r *optionalJob) dest() []any {
	return []any{
		&r.id, &r.setupID, &r.setupName, &r.kind, &r.state, &r.input, &r.connection, &r.accountID, &r.region,
		&r.createdBy, &r.created, &r.started, &r.finished, &r.seq, &r.failed, &r.needsYou,
	}
}

// value is the job, or nil if there is none.
func (r *optionalJob) value() (*setup.Job, error) {
	if !r.id.Valid {
		return nil, nil
	}
	j := &setup.Job{
		ID: r.id.Int64, SetupID: r.setupID.String, SetupName: r.setupName.String,
		Kind: setup.JobKind(r.kind.String), State: setup.JobState(r.state.String),
		Connection: r.connection.String, AccountID: r.accountID.String, Region: r.region.String,
		CreatedBy: r.createdBy.String, CreatedAt: at(r.created.Int64),
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
	t.wake[n] = true
	return readJob(ctx, t, n)
}

// JobFilter says which jobs to list. Zero fields do not filter.
type JobFilter struct {
	States  []setup.JobState
	Kind    setup.JobKind
	Query   string // part of a domain name, a resource's ID or ARN, a request ID, or a job's number
	SetupID string
	Since   time.Time // created at or after
	Before  int64     // with a lower number: the next page
	Limit   int       // 0: 25
}

// where is the filter in SQL. Without states it leaves out States and Before,
// for counting by state.
func (f JobFilter) where(states bool) (string, []any) {
	var conds []string
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	if states && len(f.States) > 0 {
		conds = append(conds, "j.state IN ("+placeholders(len(args)+1, len(f.States))+")")
		for _, s := range f.States {
			arg(string(s))
		}
	}
	if states && f.Before > 0 {
		conds = append(conds, "j.id < "+arg(f.Before))
	}
	if f.Kind != "" {
		conds = append(conds, "j.kind = "+arg(string(f.Kind)))
	}
	if f.SetupID != "" {
		conds = append(conds, "j.setup_id = "+arg(f.SetupID))
	}
	if !f.Since.IsZero() {
		conds = append(conds, "j.created_at >= "+arg(ms(f.Since)))
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		name, exact := arg(like(q)), arg(q)
		cond := `LOWER(j.setup_name) LIKE ` + name + ` ESCAPE '\'
			OR j.setup_id IN (SELECT setup_id FROM resources WHERE id = ` + exact + ` OR arn = ` + exact + `)
			OR j.id IN (SELECT job_id FROM calls WHERE request_id <> '' AND request_id = ` + exact + `)`
		if n, err := strconv.ParseInt(strings.TrimPrefix(q, "#"), 10, 64); err == nil {
			cond += ` OR j.id = ` + arg(n)
		}
		conds = append(conds, "("+cond+")")
	}
	if len(conds) == 0 {
		return "", nil
	}
	return "WHERE " + strings.Join(conds, " AND "), args
}

// Jobs lists jobs, the newest first.
func (s *Store) Jobs(ctx context.Context, f JobFilter) ([]setup.Job, error) {
	where, args := f.where(true)
	limit := f.Limit
	if limit <= 0 {
		limit = 25
	}
	args = append(args, limit)
	list, err := all(ctx, s.reader, scanJob,
		`SELECT `+jobColumns+` FROM jobs j `+where+` ORDER BY j.id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return list, nil
}

// CountJobs counts the jobs of a filter by state. States, Before and Limit of
// the filter do not matter.
func (s *Store) CountJobs(ctx context.Context, f JobFilter) (map[setup.JobState]int, error) {
	where, args := f.where(false)
	counts := map[setup.JobState]int{}
	_, err := all(ctx, s.reader, func(row scanner) (struct{}, error) {
		var state string
		var n int
		err := row.Scan(&state, &n)
		counts[setup.JobState(state)] = n
		return struct{}{}, err
	}, `SELECT j.state, COUNT(*) FROM jobs j `+where+` GROUP BY j.state`, args...)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return counts, nil
}
