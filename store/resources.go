package store

import (
	"context"
	"fmt"

	"apifront/setup"
)

// SaveResource stores what exists, or is about to exist, under its key and number.
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
		INSERT INTO resources (setup_id, key, number, type, id, arn, region, owned, state, token, attributes, saved_at,
			unwanted_since, left_since, removed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (setup_id, key, number) DO UPDATE SET
			type = excluded.type, id = excluded.id, arn = excluded.arn, region = excluded.region,
			owned = excluded.owned, state = excluded.state, token = excluded.token,
			attributes = excluded.attributes, saved_at = excluded.saved_at, unwanted_since = excluded.unwanted_since,
			left_since = excluded.left_since, removed_at = excluded.removed_at `+where,
		setupID, r.Key, r.Number, r.Type, r.ID, r.ARN, r.Region, flag(r.Owned), r.State, r.Token, text, ms(t.now),
		ms(r.UnwantedSince), ms(r.LeftSince), ms(r.RemovedAt))
	return err
}

// Resources is what exists for a setup now, by key. It is never nil.
func (s *Store) Resources(ctx context.Context, setupID string) (setup.Resources, error) {
	res, _, err := readResources(ctx, s.reader, setupID)
	return res, err
}

// ValidationUsers are the names of the other setups in the setup's account whose
// certificates have the validation record of this name.
func (s *Store) ValidationUsers(ctx context.Context, setupID, record string) ([]string, error) {
	word, err := encode(record)
	if err != nil {
		return nil, err
	}
	names, err := all(ctx, s.reader, scanName, `
		SELECT DISTINCT o.name FROM setups s JOIN setups o ON o.account_id = s.account_id AND o.id <> s.id
		JOIN resources r ON r.setup_id = o.id AND r.removed_at = 0 AND r.key IN ($3, $4)
		WHERE s.id = $1 AND r.attributes LIKE $2 ESCAPE '\' ORDER BY o.name`,
		setupID, like(`"`+setup.AttrRecordName+`":`+word), setup.KeyCertificateEdge, setup.KeyCertificateRegional)
	if err != nil {
		return nil, fmt.Errorf("setups that need the record %s: %w", record, err)
	}
	return names, nil
}

// EndpointClosers are the names of the other setups in the setup's account that have
// the default endpoint with the key in the region closed, and did it themselves or
// beside others. One that is opening it again is none of them.
func (s *Store) EndpointClosers(ctx context.Context, setupID, key, region string) ([]string, error) {
	names, err := all(ctx, s.reader, scanName, `
		SELECT DISTINCT o.name FROM setups s JOIN setups o ON o.account_id = s.account_id AND o.id <> s.id
		JOIN resources r ON r.setup_id = o.id AND r.removed_at = 0 AND r.owned = 1 AND r.key = $2 AND r.region = $3
		WHERE s.id = $1 AND r.attributes NOT LIKE $4 ESCAPE '\' ORDER BY o.name`,
		setupID, key, region, like(`"`+setup.AttrOpening+`":`))
	if err != nil {
		return nil, fmt.Errorf("setups that close %s: %w", key, err)
	}
	return names, nil
}

// AllResources is what exists for a setup now, by key, and what existed before,
// the newest first.
func (s *Store) AllResources(ctx context.Context, setupID string) (setup.Resources, setup.Former, error) {
	return readResources(ctx, s.reader, setupID)
}

func readResources(ctx context.Context, q querier, setupID string) (setup.Resources, setup.Former, error) {
	list, err := all(ctx, q, scanResource, `
		SELECT key, number, type, id, arn, region, owned, state, token, attributes, saved_at, unwanted_since, left_since, removed_at
		FROM resources WHERE setup_id = $1 ORDER BY key, number DESC`, setupID)
	if err != nil {
		return nil, nil, fmt.Errorf("resources of setup %s: %w", setupID, err)
	}
	current, former := make(setup.Resources, len(list)), setup.Former(nil)
	for _, r := range list {
		if _, taken := current[r.Key]; taken || !r.Current() {
			former = append(former, r)
			continue
		}
		current[r.Key] = r
	}
	return current, former, nil
}

func scanName(row scanner) (name string, err error) {
	err = row.Scan(&name)
	return name, err
}

func scanResource(row scanner) (setup.Resource, error) {
	var r setup.Resource
	var owned int
	var attributes string
	var saved, unwanted, left, removed int64
	err := row.Scan(&r.Key, &r.Number, &r.Type, &r.ID, &r.ARN, &r.Region, &owned, &r.State, &r.Token, &attributes, &saved, &unwanted, &left, &removed)
	if err != nil {
		return r, err
	}
	r.Owned, r.SavedAt = owned == 1, at(saved)
	r.UnwantedSince, r.LeftSince, r.RemovedAt = at(unwanted), at(left), at(removed)
	r.Attributes = map[string]string{}
	return r, decode(attributes, &r.Attributes)
}
