package store

import (
	"context"
	"fmt"

	"apifront/setup"
)

// SaveResource stores what exists, or is about to exist, under its key.
func (s *Store) SaveResource(ctx context.Context, setupID string, r setup.Resource) error {
	err := s.write(ctx, func(t *tx) error { return t.saveResource(ctx, setupID, r, "") })
	if err != nil {
		return fmt.Errorf("save resource %s of setup %s: %w", r.Key, setupID, err)
	}
	return nil
}

// SavePassResource is SaveResource for a pass. A pass that is no longer the
// newest still stores an ID that nobody knows yet, since what was made must not
// be forgotten; anything else it would store is dropped.
func (s *Store) SavePassResource(ctx context.Context, p *Pass, r setup.Resource) error {
	err := s.write(ctx, func(t *tx) error {
		row, err := t.lockStep(ctx, p.Row)
		if err != nil {
			return err
		}
		if row.epoch == p.Epoch {
			return t.saveResource(ctx, p.Setup.ID, r, "")
		}
		if r.ID == "" {
			return nil
		}
		return t.saveResource(ctx, p.Setup.ID, r, "WHERE resources.id = ''")
	})
	if err != nil {
		return fmt.Errorf("save resource %s of setup %s: %w", r.Key, p.Setup.ID, err)
	}
	return nil
}

// saveResource stores the resource; an existing one only where the condition
// holds.
func (t *tx) saveResource(ctx context.Context, setupID string, r setup.Resource, where string) error {
	attributes := r.Attributes
	if attributes == nil {
		attributes = map[string]string{}
	}
	text, err := encode(attributes)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO resources (setup_id, key, type, id, arn, region, owned, state, token, attributes, saved_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (setup_id, key) DO UPDATE SET
			type = excluded.type, id = excluded.id, arn = excluded.arn, region = excluded.region,
			owned = excluded.owned, state = excluded.state, token = excluded.token,
			attributes = excluded.attributes, saved_at = excluded.saved_at `+where,
		setupID, r.Key, r.Type, r.ID, r.ARN, r.Region, flag(r.Owned), r.State, r.Token, text, ms(t.now))
	return err
}

// Resources is what exists for a setup, by key. It is never nil.
func (s *Store) Resources(ctx context.Context, setupID string) (setup.Resources, error) {
	return readResources(ctx, s.reader, setupID)
}

func readResources(ctx context.Context, q querier, setupID string) (setup.Resources, error) {
	list, err := all(ctx, q, scanResource, `
		SELECT key, type, id, arn, region, owned, state, token, attributes, saved_at
		FROM resources WHERE setup_id = $1`, setupID)
	if err != nil {
		return nil, fmt.Errorf("resources of setup %s: %w", setupID, err)
	}
	res := make(setup.Resources, len(list))
	for _, r := range list {
		res[r.Key] = r
	}
	return res, nil
}

func scanResource(row scanner) (setup.Resource, error) {
	var r setup.Resource
	var owned int
	var attributes string
	var saved int64
	err := row.Scan(&r.Key, &r.Type, &r.ID, &r.ARN, &r.Region, &owned, &r.State, &r.Token, &attributes, &saved)
	if err != nil {
		return r, err
	}
	r.Owned, r.SavedAt = owned == 1, at(saved)
	r.Attributes = map[string]string{}
	return r, decode(attributes, &r.Attributes)
}

// DeleteResource forgets what exists under the key. One that is not known is
// no error.
func (s *Store) DeleteResource(ctx context.Context, setupID, key string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM resources WHERE setup_id = $1 AND key = $2`, setupID, key)
		return err
	})
}
