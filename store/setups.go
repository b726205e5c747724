package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"apifront/setup"
)

// setupColumns are the columns of a setup, read from the table as s.
const setupColumns = `s.id, s.spec, s.draft, s.page, s.version, s.generation, s.created_by, s.created_at, s.updated_by, s.updated_at`

// setupRow is where a setup's columns are read into.
type setupRow struct {
	v                setup.Setup
	spec, page       string
	draft            int
	created, updated int64
}

func (r *setupRow) dest() []any {
	return []any{&r.v.ID, &r.spec, &r.draft, &r.page, &r.v.Version, &r.v.Generation, &r.v.CreatedBy, &r.created, &r.v.UpdatedBy, &r.updated}
}

func (r *setupRow) value() (setup.Setup, error) {
	v := r.v
	v.Draft, v.Page = r.draft == 1, setup.PageID(r.page)
	v.CreatedAt, v.UpdatedAt = at(r.created), at(r.updated)
	if err := decode(r.spec, &v.Spec); err != nil {
		return v, fmt.Errorf("setup %s: %w", v.ID, err)
	}
	v.Spec.Bound() // earlier versions stored whatever was typed
	return v, nil
}

func scanSetup(row scanner) (setup.Setup, error) {
	var r setupRow
	if err := row.Scan(r.dest()...); err != nil {
		return setup.Setup{}, translate(err)
	}
	return r.value()
}

// CreateDraft stores a new draft on the wizard's first page.
func (s *Store) CreateDraft(ctx context.Context, by string, spec setup.Spec) (setup.Setup, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return setup.Setup{}, fmt.Errorf("make a setup ID: %w", err)
	}
	text, err := encode(spec)
	if err != nil {
		return setup.Setup{}, err
	}
	err = s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO setups (id, name, spec, draft, page, version, generation, created_by, created_at, updated_by, updated_at)
			VALUES ($1, $2, $3, 1, $4, 1, 1, $5, $6, $5, $6)`,
			id.String(), spec.Domain.Name, text, string(setup.PageAccount), by, ms(t.now))
		if err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActDraftCreate, On: onDraft(id.String(), spec.Domain.Name), By: by})
	})
	if err != nil {
		return setup.Setup{}, fmt.Errorf("create a draft: %w", err)
	}
	return s.Setup(ctx, id.String())
}

// onDraft names a draft in the audit trail.
func onDraft(id, name string) string {
	if name == "" {
		return "draft " + id
	}
	return "draft " + id + ", " + name
}

// Setup is the setup or draft with the ID, or ErrNotFound.
func (s *Store) Setup(ctx context.Context, id string) (setup.Setup, error) {
	return readSetup(ctx, s.reader, id)
}

func readSetup(ctx context.Context, q querier, id string) (setup.Setup, error) {
	v, err := scanSetup(q.QueryRowContext(ctx, `SELECT `+setupColumns+` FROM setups s WHERE s.id = $1`, id))
	if err != nil {
		return v, fmt.Errorf("setup %s: %w", id, err)
	}
	return v, nil
}

// SetupByName is the setup (not a draft) of a domain name, the newest if
// there are several, or ErrNotFound.
func (s *Store) SetupByName(ctx context.Context, name string) (setup.Setup, error) {
	v, err := scanSetup(s.reader.QueryRowContext(ctx, `
		SELECT `+setupColumns+` FROM setups s WHERE s.draft = 0 AND s.name = $1
		ORDER BY s.created_at DESC, s.id DESC LIMIT 1`, name))
	if err != nil {
		return v, fmt.Errorf("setup of %s: %w", name, err)
	}
	return v, nil
}

// A SaveResult is a draft after a save and as it was before.
type SaveResult struct {
	Setup  setup.Setup
	Before setup.Setup
	Newer  bool // somebody else had saved since the version that was edited
}

// SaveDraft changes a draft: change gets the stored spec, in one transaction,
// and changes only its own page's part, so two pages never overwrite each
// other. The last save of a page wins; Newer in the result says that another
// person's save lay in between (version 0: not asked). ErrConflict if it is
// no longer a draft.
func (s *Store) SaveDraft(ctx context.Context, id string, version int, page setup.PageID, by string, change func(*setup.Spec)) (SaveResult, error) {
	res, err := write(ctx, s, func(t *tx) (SaveResult, error) {
		if err := t.one(ctx, `UPDATE setups SET version = version + 1 WHERE id = $1`, id); err != nil {
			return SaveResult{}, err // taking the row first lets two saves wait for each other
		}
		before, err := readSetup(ctx, t, id)
		if err != nil {
			return SaveResult{}, err
		}
		after, err := readSetup(ctx, t, id) // its own copy of every slice
		if err != nil {
			return SaveResult{}, err
		}
		if !before.Draft {
			return SaveResult{}, conflict("setup %s is no longer a draft", id)
		}
		before.Version--
		res := SaveResult{Newer: version > 0 && before.Version > version && before.UpdatedBy != by}
		change(&after.Spec)
		after.Page, after.UpdatedBy, after.UpdatedAt = page, by, at(ms(t.now))
		text, err := encode(after.Spec)
		if err != nil {
			return SaveResult{}, err
		}
		res.Before, res.Setup = before, after
		return res, t.one(ctx, `
			UPDATE setups SET name = $1, spec = $2, page = $3, updated_by = $4, updated_at = $5 WHERE id = $6`,
			after.Spec.Domain.Name, text, string(page), by, ms(t.now), id)
	})
	if err != nil {
		return SaveResult{}, fmt.Errorf("save draft %s: %w", id, err)
	}
	return res, nil
}

// DeleteDraft forgets a draft; ErrConflict if it is no longer one.
func (s *Store) DeleteDraft(ctx context.Context, id string) error {
	err := s.write(ctx, func(t *tx) error {
		d, err := readSetup(ctx, t, id)
		if err != nil {
			return err
		}
		n, err := t.exec(ctx, `DELETE FROM setups WHERE id = $1 AND draft = 1`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return conflict("it is no longer a draft")
		}
		return t.audit(ctx, Act{Action: ActDraftDelete, On: onDraft(id, d.Spec.Domain.Name)})
	})
	if err != nil {
		return fmt.Errorf("delete draft %s: %w", id, err)
	}
	return nil
}

// Drafts lists the drafts, the one saved last first.
func (s *Store) Drafts(ctx context.Context) ([]setup.Setup, error) {
	return all(ctx, s.reader, scanSetup, `
		SELECT `+setupColumns+` FROM setups s WHERE s.draft = 1 ORDER BY s.updated_at DESC, s.id DESC`)
}

// A SetupRow is a setup with its newest job.
type SetupRow struct {
	Setup   setup.Setup
	LastJob *setup.Job // nil: none
}

// Setups lists the setups whose name contains q: those that need somebody
// first, then those at work, then the rest, each by name. total counts all.
func (s *Store) Setups(ctx context.Context, q string, limit, offset int) (list []SetupRow, total int, err error) {
	err = s.reader.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM setups s WHERE s.draft = 0 AND LOWER(s.name) LIKE $1 ESCAPE '\'`, like(q)).Scan(&total)
	if err != nil {
		return nil, 0, fmt.Errorf("count setups: %w", translate(err))
	}
	list, err = all(ctx, s.reader, scanSetupRow, `
		SELECT `+setupColumns+`, `+jobColumns+`
		FROM setups s LEFT JOIN jobs j ON j.id = (SELECT MAX(id) FROM jobs WHERE setup_id = s.id)
		WHERE s.draft = 0 AND LOWER(s.name) LIKE $1 ESCAPE '\'
		ORDER BY CASE
			WHEN j.state IN ('needs-you', 'failed') OR (j.failed > 0 AND j.state = 'running') THEN 0
			WHEN j.state IN ('running', 'queued') THEN 1
			ELSE 2 END, s.name, s.id
		LIMIT $2 OFFSET $3`, like(q), limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("list setups: %w", err)
	}
	return list, total, nil
}

func scanSetupRow(row scanner) (SetupRow, error) {
	var r setupRow
	var j optionalJob
	if err := row.Scan(append(r.dest(), j.dest()...)...); err != nil {
		return SetupRow{}, err
	}
	v, err := r.value()
	if err != nil {
		return SetupRow{}, err
	}
	job, err := j.value()
	return SetupRow{Setup: v, LastJob: job}, err
}
