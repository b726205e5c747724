package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// setupColumns are the columns of a setup, read from the table as s.
const setupColumns = `s.id, s.account_id, s.spec, s.revision, s.generation,
	s.created_by, s.created_by_id, s.created_at, s.updated_by, s.updated_by_id, s.updated_at`

// setupRow is where a setup's columns are read into.
type setupRow struct {
	v                setup.Setup
	spec             string
	created, updated int64
}

func (r *setupRow) dest() []any {
	return []any{
		&r.v.ID, &r.v.AccountID, &r.spec, &r.v.Revision, &r.v.Generation,
		&r.v.CreatedBy.Name, &r.v.CreatedBy.ID, &r.created, &r.v.UpdatedBy.Name, &r.v.UpdatedBy.ID, &r.updated,
	}
}

func (r *setupRow) value() (setup.Setup, error) {
	v := r.v
	v.CreatedAt, v.UpdatedAt = at(r.created), at(r.updated)
	var err error
	if v.Spec, err = readSpec(r.spec); err != nil {
		return v, fmt.Errorf("setup %s: %w", v.ID, err)
	}
	return v, nil
}

// readSpec reads a stored spec.
func readSpec(text string) (setup.Spec, error) {
	var spec setup.Spec
	err := decode(text, &spec)
	spec.Bound() // earlier versions stored whatever was typed
	return spec, err
}

func scanSetup(row scanner) (setup.Setup, error) {
	var r setupRow
	if err := row.Scan(r.dest()...); err != nil {
		return setup.Setup{}, translate(err)
	}
	return r.value()
}

// Setup is the setup with the ID, or ErrNotFound. The ID of one that became part
// of another setup leads to that one.
func (s *Store) Setup(ctx context.Context, id string) (setup.Setup, error) {
	return readSetup(ctx, s.reader, id)
}

func readSetup(ctx context.Context, q querier, id string) (setup.Setup, error) {
	v, err := scanSetup(q.QueryRowContext(ctx, `
		SELECT `+setupColumns+` FROM setups s WHERE s.id = $1
		UNION ALL SELECT `+setupColumns+` FROM setups s JOIN former_setups f ON f.setup_id = s.id WHERE f.old_id = $1`, id))
	if err != nil {
		return v, fmt.Errorf("setup %s: %w", id, err)
	}
	return v, nil
}

// SetupByName is the setup of a domain name in an account, or ErrNotFound.
func (s *Store) SetupByName(ctx context.Context, account, name string) (setup.Setup, error) {
	return setupByName(ctx, s.reader, account, name)
}

func setupByName(ctx context.Context, q querier, account, name string) (setup.Setup, error) {
	v, err := scanSetup(q.QueryRowContext(ctx, `
		SELECT `+setupColumns+` FROM setups s WHERE s.account_id = $1 AND s.name = $2 ORDER BY s.id LIMIT 1`, account, name))
	if err != nil {
		return v, fmt.Errorf("setup of %s in account %s: %w", name, account, err)
	}
	return v, nil
}

// SetupOf is the setup of a job, with the spec of the job's revision.
func (s *Store) SetupOf(ctx context.Context, j setup.Job) (setup.Setup, error) {
	return setupOf(ctx, s.reader, j)
}

// Since is what has become of the setup of a job.
type Since struct {
	Setup     setup.Setup // with the spec of the job's revision
	Later     int64       // see laterJob
	LastApply int64       // number of the newest job that creates or changes; 0: none
}

// Since is the setup of a job, with the spec of the job's revision, and which jobs
// came after it, in one query.
func (s *Store) Since(ctx context.Context, j setup.Job) (Since, error) {
	var r setupRow
	var later, last sql.NullInt64
	err := s.reader.QueryRowContext(ctx, `
		SELECT `+strings.Replace(setupColumns, "s.spec", "r.spec", 1)+`,
			(SELECT MAX(id) FROM jobs WHERE setup_id = s.id AND id > $3 AND kind <> $4),
			(SELECT MAX(id) FROM jobs WHERE setup_id = s.id AND kind = $5)
		FROM setups s JOIN revisions r ON r.setup_id = s.id AND r.number = $2 WHERE s.id = $1`,
		j.SetupID, j.Revision, j.ID, string(setup.JobInvalidate), string(setup.JobApply)).Scan(append(r.dest(), &later, &last)...)
	if err != nil {
		return Since{}, fmt.Errorf("setup %s since job %d: %w", j.SetupID, j.ID, translate(err))
	}
	v, err := r.value()
	return Since{Setup: v, Later: later.Int64, LastApply: last.Int64}, err
}

func setupOf(ctx context.Context, q querier, j setup.Job) (setup.Setup, error) {
	columns := strings.Replace(setupColumns, "s.spec", "r.spec", 1)
	v, err := scanSetup(q.QueryRowContext(ctx, `
		SELECT `+columns+` FROM setups s JOIN revisions r ON r.setup_id = s.id AND r.number = $2 WHERE s.id = $1`, j.SetupID, j.Revision))
	if err != nil {
		return v, fmt.Errorf("setup %s at revision %d: %w", j.SetupID, j.Revision, err)
	}
	return v, nil
}

// lockSetup takes the setup's row until the end of the transaction.
func (t *tx) lockSetup(ctx context.Context, id string) (setup.Setup, error) {
	v, err := readSetup(ctx, t, id)
	if err != nil {
		return v, err
	}
	if err := t.one(ctx, `UPDATE setups SET revision = revision WHERE id = $1`, v.ID); err != nil {
		return v, err
	}
	return readSetup(ctx, t, v.ID)
}

// setupOfName is the setup of an account and name, if there is one. Its row is
// taken until the end of the transaction.
func (t *tx) setupOfName(ctx context.Context, account, name string) (setup.Setup, bool, error) {
	if account == "" {
		return setup.Setup{}, false, nil
	}
	v, err := setupByName(ctx, t, account, name)
	if errors.Is(err, ErrNotFound) {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	v, err = t.lockSetup(ctx, v.ID)
	return v, err == nil, err
}

// A SetupRow is a setup with how things stand and its newest job.
type SetupRow struct {
	Setup    setup.Setup
	LastJob  *setup.Job // nil: none
	State    setup.State
	Checked  time.Time // when a check last said how things stand; zero: never
	Findings int       // open ones that nobody muted
}

// Setups lists the setups whose name contains q: those that need somebody
// first, then those at work, then the rest, each by name. total counts all.
// Whatever q finds, it asks the database twice.
func (s *Store) Setups(ctx context.Context, q string, limit, offset int) (list []SetupRow, total int, err error) {
	err = s.reader.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM setups s WHERE LOWER(s.name) LIKE $1 ESCAPE '\'`, like(q)).Scan(&total)
	if err != nil {
		return nil, 0, fmt.Errorf("count setups: %w", translate(err))
	}
	list, err = all(ctx, s.reader, scanSetupRow, `
		SELECT `+setupColumns+`, COALESCE(st.state, ''), COALESCE(st.job, 0), COALESCE(st.since, 0),
			COALESCE((SELECT MAX(done_at) FROM checks WHERE setup_id = s.id AND result IN ('healthy', 'findings')), 0),
			(SELECT COUNT(*) FROM findings WHERE setup_id = s.id AND closed_at = 0 AND muted_at = 0), `+jobColumns+`
		FROM setups s
		LEFT JOIN jobs j ON j.id = (SELECT MAX(id) FROM jobs WHERE setup_id = s.id)
		LEFT JOIN states st ON st.setup_id = s.id AND st.number = (SELECT MAX(number) FROM states WHERE setup_id = s.id)
		WHERE LOWER(s.name) LIKE $1 ESCAPE '\'
		ORDER BY CASE
			WHEN st.state = 'not-answering' THEN 0
			WHEN j.state = 'needs-you' OR (j.failed > 0 AND j.state = 'running') THEN 1
			WHEN st.state = 'not-finished' OR st.state IS NULL THEN 2
			WHEN st.state = 'not-checked' THEN 3
			WHEN st.state = 'drifted' THEN 4
			WHEN st.state IN ('being-made', 'being-changed') THEN 5
			WHEN st.state IN ('ready', 'moved-back') THEN 6
			ELSE 7 END, s.name, s.id
		LIMIT $2 OFFSET $3`, like(q), limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("list setups: %w", err)
	}
	return list, total, nil
}

func scanSetupRow(row scanner) (SetupRow, error) {
	var r setupRow
	var j optionalJob
	var l SetupRow
	var state string
	var since, checked int64
	if err := row.Scan(slices.Concat(r.dest(), []any{&state, &l.State.Job, &since, &checked, &l.Findings}, j.dest())...); err != nil {
		return SetupRow{}, err
	}
	l.State.ID, l.State.Since, l.Checked = setup.StateID(state), at(since), at(checked)
	if state == "" {
		l.State.ID = setup.StateNotFinished // no job was ever begun
	}
	var err error
	if l.Setup, err = r.value(); err != nil {
		return SetupRow{}, err
	}
	l.LastJob, err = j.value()
	return l, err
}
