package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"apifront/flow"
	"apifront/setup"
)

// setupColumns are the columns of a setup, read from the table as s.
const setupColumns = `s.id, s.account_id, s.spec, s.revision, s.generation,
	s.created_by, s.created_by_id, s.created_at, s.updated_by, s.updated_by_id, s.updated_at, s.hidden_at`

// setupRow is where a setup's columns are read into.
type setupRow struct {
	v                setup.Setup
	spec             string
	created, updated int64
	hidden           int64
}

func (r *setupRow) dest() []any {
	return []any{
		&r.v.ID, &r.v.AccountID, &r.spec, &r.v.Revision, &r.v.Generation,
		&r.v.CreatedBy.Name, &r.v.CreatedBy.ID, &r.created, &r.v.UpdatedBy.Name, &r.v.UpdatedBy.ID, &r.updated, &r.hidden,
	}
}

func (r *setupRow) value() (setup.Setup, error) {
	v := r.v
	v.CreatedAt, v.UpdatedAt, v.HiddenAt = at(r.created), at(r.updated), at(r.hidden)
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

// setupsNamed is how many setups of one name are listed, each in another account.
const setupsNamed = 10

// SetupsNamed are the setups of a domain name, in whatever accounts; those that were
// removed from the list are left out.
func (s *Store) SetupsNamed(ctx context.Context, name string) ([]setup.Setup, error) {
	list, err := all(ctx, s.reader, scanSetup, `
		SELECT `+setupColumns+` FROM setups s WHERE s.name = $1 AND s.hidden_at = 0 ORDER BY s.account_id, s.id LIMIT $2`, name, setupsNamed)
	if err != nil {
		return nil, fmt.Errorf("setups of %s: %w", name, err)
	}
	return list, nil
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
	Told      []setup.Listener
	Look      setup.DNSLook // what the last check saw of the setup's name; zero if none looked
}

// Since is the setup of a job, with the spec of the job's revision, which jobs came
// after it, who is told of them, and what DNS said of its name, in one query.
func (s *Store) Since(ctx context.Context, j setup.Job) (Since, error) {
	var r setupRow
	var later, last sql.NullInt64
	var told string
	var look sql.NullString
	err := s.reader.QueryRowContext(ctx, `
		SELECT `+strings.Replace(setupColumns, "s.spec", "r.spec", 1)+`, `+s.listenersColumn()+`,
			(SELECT MAX(id) FROM jobs WHERE setup_id = s.id AND id > $3 AND kind <> $4),
			(SELECT MAX(id) FROM jobs WHERE setup_id = s.id AND kind = $5),
			(SELECT look FROM dns_looks WHERE setup_id = s.id)
		FROM setups s JOIN revisions r ON r.setup_id = s.id AND r.number = $2 WHERE s.id = $1`,
		j.SetupID, j.Revision, j.ID, string(setup.JobInvalidate), string(setup.JobApply)).Scan(append(r.dest(), &told, &later, &last, &look)...)
	if err != nil {
		return Since{}, fmt.Errorf("setup %s since job %d: %w", j.SetupID, j.ID, translate(err))
	}
	since := Since{Later: later.Int64, LastApply: last.Int64}
	if since.Setup, err = r.value(); err != nil {
		return since, err
	}
	if err = decode(look.String, &since.Look); err != nil {
		return since, fmt.Errorf("what DNS says of setup %s: %w", j.SetupID, err)
	}
	since.Told, err = listeners(told)
	return since, err
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

// HideSetup removes a setup from the list: its rows stay, and it is there again
// when it is set up again. One that was adopted, and that no job has changed since, is
// given back. ErrConflict if something of any other may be in AWS, or a job is at work.
func (s *Store) HideSetup(ctx context.Context, setupID, by string) error {
	err := s.write(ctx, func(t *tx) error {
		// Drafts are taken before their setup, as by a start.
		if _, err := t.exec(ctx, `UPDATE drafts SET version = version WHERE setup_id = $1 AND job = 0`, setupID); err != nil {
			return err
		}
		v, err := t.lockSetup(ctx, setupID)
		if err != nil {
			return err
		}
		f, err := t.facts(ctx, v)
		if err != nil {
			return err
		}
		state := flow.State(f)
		switch {
		case state == setup.StateGivenBack:
			return nil // that is done already
		case f.Untouched():
			return t.giveBack(ctx, v, by)
		case state != setup.StateGone:
			return conflict("%s is not taken down", v.Name())
		}
		if err := t.one(ctx, `UPDATE setups SET hidden_at = $1 WHERE id = $2`, ms(t.now), v.ID); err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActSetupHide, On: v.Name(), By: by, Detail: "setup " + v.ID})
	})
	if err != nil {
		return fmt.Errorf("remove setup %s from the list: %w", setupID, err)
	}
	return nil
}
