package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"apifront/setup"
)

const draftColumns = `d.id, d.setup_id, d.began_from, d.came_from, d.spec, d.page, d.version, d.job,
	d.created_by, d.created_by_id, d.created_at, d.updated_by, d.updated_by_id, d.updated_at, d.requests, d.answer_size`

func scanDraft(row scanner) (setup.Draft, error) {
	var d setup.Draft
	var setupID sql.NullString
	var spec, page string
	var created, updated int64
	err := row.Scan(&d.ID, &setupID, &d.BeganFrom, &d.CameFrom, &spec, &page, &d.Version, &d.Job,
		&d.CreatedBy.Name, &d.CreatedBy.ID, &created, &d.UpdatedBy.Name, &d.UpdatedBy.ID, &updated, &d.Usage.Requests, &d.Usage.AnswerSize)
	if err != nil {
		return d, translate(err)
	}
	d.SetupID, d.Page, d.CreatedAt, d.UpdatedAt = setupID.String, setup.PageID(page), at(created), at(updated)
	d.Spec, err = readSpec(spec)
	return d, err
}

// CreateDraft stores a new draft of a new setup on the wizard's first page.
func (s *Store) CreateDraft(ctx context.Context, by string, spec setup.Spec) (setup.Draft, error) {
	return s.createDraft(ctx, setup.Draft{Spec: spec, Page: setup.PageAccount, CreatedBy: personOf(ctx, by)})
}

func (s *Store) createDraft(ctx context.Context, d setup.Draft) (setup.Draft, error) {
	d, err := write(ctx, s, func(t *tx) (setup.Draft, error) { return t.insertDraft(ctx, d) })
	if err != nil {
		return setup.Draft{}, fmt.Errorf("create a draft: %w", err)
	}
	return d, nil
}

// insertDraft stores a draft and gives it its ID.
func (t *tx) insertDraft(ctx context.Context, d setup.Draft) (setup.Draft, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return d, fmt.Errorf("make a draft ID: %w", err)
	}
	d.ID = id.String()
	text, err := encode(d.Spec)
	if err != nil {
		return d, err
	}
	_, err = t.exec(ctx, `
		INSERT INTO drafts (id, setup_id, began_from, came_from, name, spec, page, version, job,
			created_by, created_by_id, created_at, updated_by, updated_by_id, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, $9, $10, $8, $9, $10)`,
		d.ID, nullable(d.SetupID), d.BeganFrom, d.CameFrom, d.Spec.Domain.Name, text, string(d.Page), d.CreatedBy.Name, d.CreatedBy.ID, ms(t.now))
	if err != nil {
		return d, err
	}
	if err := t.audit(ctx, Act{Action: ActDraftCreate, On: onDraft(d.ID, d.Spec.Domain.Name), By: d.CreatedBy.Name}); err != nil {
		return d, err
	}
	return readDraft(ctx, t, d.ID)
}

// nullable is NULL for "".
func nullable(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }

// onDraft names a draft in the audit trail.
func onDraft(id, name string) string {
	if name == "" {
		return "draft " + id
	}
	return "draft " + id + ", " + name
}

// Draft is the draft with the ID, started or not, or ErrNotFound.
func (s *Store) Draft(ctx context.Context, id string) (setup.Draft, error) {
	return readDraft(ctx, s.reader, id)
}

func readDraft(ctx context.Context, q querier, id string) (setup.Draft, error) {
	d, err := scanDraft(q.QueryRowContext(ctx, `SELECT `+draftColumns+` FROM drafts d WHERE d.id = $1`, id))
	if err != nil {
		return d, fmt.Errorf("draft %s: %w", id, err)
	}
	return d, nil
}

// lockDraft takes the draft's row until the end of the transaction. ErrConflict
// if it has been started.
func (t *tx) lockDraft(ctx context.Context, id string) (setup.Draft, error) {
	if err := t.one(ctx, `UPDATE drafts SET version = version WHERE id = $1`, id); err != nil {
		return setup.Draft{}, err
	}
	d, err := readDraft(ctx, t, id)
	if err == nil && d.Job != 0 {
		err = conflict("it has been started as job %d", d.Job)
	}
	return d, err
}

// A SaveResult is a draft after a save and as it was before.
type SaveResult struct {
	Draft  setup.Draft
	Before setup.Draft
	Newer  bool // somebody else had saved since the version that was edited
}

// SaveDraft changes a draft: change gets the stored spec, in one transaction,
// and changes only its own page's part, so two pages never overwrite each
// other. The last save of a page wins; Newer in the result says that another
// person's save lay in between (version 0: not asked). ErrConflict if it has
// been started.
func (s *Store) SaveDraft(ctx context.Context, id string, version int, page setup.PageID, by string, change func(*setup.Spec)) (SaveResult, error) {
	res, err := write(ctx, s, func(t *tx) (SaveResult, error) {
		before, err := t.lockDraft(ctx, id)
		if err != nil {
			return SaveResult{}, err
		}
		after, err := readDraft(ctx, t, id) // its own copy of every slice
		if err != nil {
			return SaveResult{}, err
		}
		who := personOf(ctx, by)
		res := SaveResult{Newer: version > 0 && before.Version > version && !before.UpdatedBy.Same(who)}
		change(&after.Spec)
		after.Page, after.UpdatedBy, after.UpdatedAt = page, who, at(ms(t.now))
		after.Version++
		text, err := encode(after.Spec)
		if err != nil {
			return SaveResult{}, err
		}
		res.Before, res.Draft = before, after
		return res, t.one(ctx, `
			UPDATE drafts SET name = $1, spec = $2, page = $3, version = $4, updated_by = $5, updated_by_id = $6, updated_at = $7 WHERE id = $8`,
			after.Spec.Domain.Name, text, string(page), after.Version, who.Name, who.ID, ms(t.now), id)
	})
	if err != nil {
		return SaveResult{}, fmt.Errorf("save draft %s: %w", id, err)
	}
	return res, nil
}

// SaveUsage stores how much the draft's setup is expected to be used. It is no
// answer, so what was found out for the answers stays good. ErrConflict if the
// draft has been started.
func (s *Store) SaveUsage(ctx context.Context, id string, u setup.Usage) error {
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.lockDraft(ctx, id); err != nil {
			return err
		}
		return t.one(ctx, `UPDATE drafts SET requests = $1, answer_size = $2 WHERE id = $3`, u.Requests, u.AnswerSize, id)
	})
	if err != nil {
		return fmt.Errorf("save the usage of draft %s: %w", id, err)
	}
	return nil
}

// RebaseDraft makes a draft one of the next revision of the setup, as that is
// now, with the answers that it has: what was changed by others meanwhile has
// been shown. ErrConflict if the draft has been started, ErrNotFound if one of
// the two is not there.
func (s *Store) RebaseDraft(ctx context.Context, id, setupID string, revision int, by string) error {
	err := s.write(ctx, func(t *tx) error {
		d, err := t.lockDraft(ctx, id)
		if err != nil {
			return err
		}
		v, err := t.lockSetup(ctx, setupID)
		if err != nil {
			return err
		}
		if v.Revision != revision {
			return conflict("revision %d is the newest by now", v.Revision)
		}
		who := personOf(ctx, by)
		err = t.one(ctx, `
			UPDATE drafts SET setup_id = $1, began_from = $2, version = version + 1, updated_by = $3, updated_by_id = $4, updated_at = $5 WHERE id = $6`,
			v.ID, revision, who.Name, who.ID, ms(t.now), id)
		if err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActDraftRebase, On: onDraft(id, d.Spec.Domain.Name), By: by, Detail: fmt.Sprintf("setup %s, revision %d, before %d", v.ID, revision, d.BeganFrom)})
	})
	if err != nil {
		return fmt.Errorf("bring draft %s up to revision %d: %w", id, revision, err)
	}
	return nil
}

// DeleteDraft forgets a draft; ErrConflict if it has been started.
func (s *Store) DeleteDraft(ctx context.Context, id string) error {
	err := s.write(ctx, func(t *tx) error {
		d, err := t.lockDraft(ctx, id)
		if err != nil {
			return err
		}
		if err := t.one(ctx, `DELETE FROM drafts WHERE id = $1`, id); err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActDraftDelete, On: onDraft(id, d.Spec.Domain.Name)})
	})
	if err != nil {
		return fmt.Errorf("delete draft %s: %w", id, err)
	}
	return nil
}

// Drafts lists the drafts that have not been started, the one saved last first.
func (s *Store) Drafts(ctx context.Context) ([]setup.Draft, error) {
	return drafts(ctx, s.reader, `d.job = 0`)
}

// DraftsOf lists the drafts of a setup's next revision that have not been
// started, the one saved last first.
func (s *Store) DraftsOf(ctx context.Context, setupID string) ([]setup.Draft, error) {
	return drafts(ctx, s.reader, `d.job = 0 AND d.setup_id = $1`, setupID)
}

func drafts(ctx context.Context, q querier, where string, args ...any) ([]setup.Draft, error) {
	list, err := all(ctx, q, scanDraft, `
		SELECT `+draftColumns+` FROM drafts d WHERE `+where+` ORDER BY d.updated_at DESC, d.id DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	return list, nil
}
