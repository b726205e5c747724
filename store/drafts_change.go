package store

import (
	"context"
	"errors"
	"fmt"

	"apifront/setup"
)

// A Change is what a person opens to make the next revision of a setup.
type Change struct {
	By       string // user name
	Setup    setup.Setup
	Spec     setup.Spec // what it begins with
	CameFrom int        // the older revision that Spec is of; 0: it is not of one
	Anew     bool       // not one with answers that the person has changed already
}

// An OpenedChange is a draft that a person goes on with.
type OpenedChange struct {
	Draft setup.Draft
	Typed bool // it has answers that were changed earlier
}

// OpenChange is the draft in which a person makes the next revision of a setup.
// It stands on the review. One that the person has begun for the same purpose and
// not started is opened again, so that pressing twice makes no second one. If no
// answer of it was changed, it begins with what the setup is now; else it is as it
// was left. ErrNotFound if there is no such setup.
func (s *Store) OpenChange(ctx context.Context, c Change) (OpenedChange, error) {
	o, err := write(ctx, s, func(t *tx) (OpenedChange, error) { return t.openChange(ctx, c) })
	if err != nil {
		return OpenedChange{}, fmt.Errorf("open a change of setup %s: %w", c.Setup.ID, err)
	}
	return o, nil
}

// sameChange is the condition for the drafts of one person for one purpose, with
// setup.Person's Same in SQL.
const sameChange = `job = 0 AND setup_id = $1 AND came_from = $2 AND
	(created_by_id <> '' AND created_by_id = $3 OR (created_by_id = '' OR $3 = '') AND created_by = $4)`

func (t *tx) openChange(ctx context.Context, c Change) (OpenedChange, error) {
	// Drafts are taken before their setup, as by a start. The setup makes those
	// who have no draft yet follow each other.
	who := personOf(ctx, c.By)
	_, err := t.exec(ctx, `UPDATE drafts SET version = version WHERE `+sameChange, c.Setup.ID, c.CameFrom, who.ID, who.Name)
	if err != nil {
		return OpenedChange{}, err
	}
	v, err := t.lockSetup(ctx, c.Setup.ID)
	if err != nil {
		return OpenedChange{}, err
	}
	list, err := drafts(ctx, t, sameChange, v.ID, c.CameFrom, who.ID, who.Name)
	if err != nil {
		return OpenedChange{}, err
	}
	for _, d := range list {
		typed, err := t.typed(ctx, d)
		switch {
		case err != nil:
			return OpenedChange{}, err
		case !typed:
			d, err = t.renew(ctx, d, c)
			return OpenedChange{Draft: d}, err
		case !c.Anew && d.Changes(v):
			return OpenedChange{Draft: d, Typed: true}, nil
		}
	}
	d, err := t.insertDraft(ctx, setup.Draft{
		SetupID: v.ID, BeganFrom: c.Setup.Revision, CameFrom: c.CameFrom, Spec: c.Spec, Page: setup.PageReview, CreatedBy: who,
	})
	return OpenedChange{Draft: d}, err
}

// typed says whether an answer of a draft differs from the revision that it began
// with.
func (t *tx) typed(ctx context.Context, d setup.Draft) (bool, error) {
	began := d.BeganFrom
	if d.CameFrom != 0 {
		began = d.CameFrom
	}
	r, err := readRevision(ctx, t, d.SetupID, began)
	if errors.Is(err, ErrNotFound) {
		return true, nil // nobody can tell
	}
	if err != nil {
		return false, err
	}
	was, err := encode(r.Spec.Wanted())
	if err != nil {
		return false, err
	}
	is, err := encode(d.Spec)
	return is != was, err
}

// renew lets a draft of which no answer was changed begin from the newest revision.
func (t *tx) renew(ctx context.Context, d setup.Draft, c Change) (setup.Draft, error) {
	if d.BeganFrom >= c.Setup.Revision {
		return d, nil
	}
	text, err := encode(c.Spec)
	if err != nil {
		return d, err
	}
	who := personOf(ctx, c.By)
	err = t.one(ctx, `
		UPDATE drafts SET began_from = $1, name = $2, spec = $3, page = $4, version = version + 1, updated_by = $5, updated_by_id = $6, updated_at = $7
		WHERE id = $8`,
		c.Setup.Revision, c.Spec.Domain.Name, text, string(setup.PageReview), who.Name, who.ID, ms(t.now), d.ID)
	if err != nil {
		return d, err
	}
	return readDraft(ctx, t, d.ID)
}
