package store

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"apifront/setup"
)

const revisionColumns = `r.setup_id, r.number, r.spec, r.format, r.came_from, r.why, r.created_by, r.created_by_id, r.created_at`

func scanRevision(row scanner) (setup.Revision, error) {
	var r setup.Revision
	var spec string
	var created int64
	if err := row.Scan(&r.SetupID, &r.Number, &spec, &r.Format, &r.CameFrom, &r.Why, &r.CreatedBy.Name, &r.CreatedBy.ID, &created); err != nil {
		return r, translate(err)
	}
	r.CreatedAt = at(created)
	var err error
	r.Spec, err = readSpec(spec)
	return r, err
}

// Revision is one revision of a setup, or ErrNotFound.
func (s *Store) Revision(ctx context.Context, setupID string, number int) (setup.Revision, error) {
	return readRevision(ctx, s.reader, setupID, number)
}

func readRevision(ctx context.Context, q querier, setupID string, number int) (setup.Revision, error) {
	r, err := scanRevision(q.QueryRowContext(ctx, `
		SELECT `+revisionColumns+` FROM revisions r WHERE r.setup_id = $1 AND r.number = $2`, setupID, number))
	if err != nil {
		return r, fmt.Errorf("revision %d of setup %s: %w", number, setupID, err)
	}
	return r, nil
}

// Revisions lists up to limit revisions of a setup, the newest first, with numbers
// lower than before; 0: from the newest on.
func (s *Store) Revisions(ctx context.Context, setupID string, before, limit int) ([]setup.Revision, error) {
	list, err := all(ctx, s.reader, scanRevision, `
		SELECT `+revisionColumns+` FROM revisions r WHERE r.setup_id = $1 AND r.number < $2 ORDER BY r.number DESC LIMIT $3`,
		setupID, cmp.Or(before, math.MaxInt32), limit)
	if err != nil {
		return nil, fmt.Errorf("revisions of setup %s: %w", setupID, err)
	}
	return list, nil
}

// insertSetup stores a new setup that has no revision yet.
func (t *tx) insertSetup(ctx context.Context, id, account string, spec setup.Spec, by setup.Person) error {
	text, err := encode(spec)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO setups (id, account_id, name, spec, revision, generation,
			created_by, created_by_id, created_at, updated_by, updated_by_id, updated_at)
		VALUES ($1, $2, $3, $4, 0, 1, $5, $6, $7, $5, $6, $7)`,
		id, account, spec.Domain.Name, text, by.Name, by.ID, ms(t.now))
	return err
}

// revise makes the spec the newest revision of the setup, whose row the
// transaction holds. What is wanted already makes none.
func (t *tx) revise(ctx context.Context, v setup.Setup, r setup.Revision) (setup.Setup, error) {
	text, err := encode(r.Spec)
	if err != nil {
		return v, err
	}
	if v.Revision > 0 {
		same, err := encode(v.Spec)
		if err != nil || same == text {
			return v, err
		}
	}
	v.Revision++
	v.Spec, v.UpdatedBy, v.UpdatedAt = r.Spec, r.CreatedBy, at(ms(t.now))
	_, err = t.exec(ctx, `
		INSERT INTO revisions (setup_id, number, spec, format, came_from, why, created_by, created_by_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		v.ID, v.Revision, text, setup.SpecFormat, r.CameFrom, r.Why, r.CreatedBy.Name, r.CreatedBy.ID, ms(t.now))
	if err != nil {
		return v, err
	}
	return v, t.one(ctx, `
		UPDATE setups SET spec = $1, revision = $2, updated_by = $3, updated_by_id = $4, updated_at = $5, hidden_at = 0, region = $6, connection = $7 WHERE id = $8`,
		text, v.Revision, r.CreatedBy.Name, r.CreatedBy.ID, ms(t.now), v.Spec.Account.Region, v.Spec.Account.Connection, v.ID)
}
