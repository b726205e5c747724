package store

import (
	"context"
	"fmt"

	"apifront/setup"
)

// A Choice is something that the history of jobs can be filtered by.
type Choice struct {
	ID, Name string
	Apart    string // what tells it from another of the same name: an email, an account
}

// MostChoices is how many setups are listed to choose from. Those of more are found by
// their name.
const MostChoices = 100

// Starters are the people who ever started a job, by name.
func (s *Store) Starters(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "people who started jobs", `
		SELECT u.id, u.name, u.email FROM users u WHERE EXISTS (SELECT 1 FROM jobs j WHERE j.created_by_id = u.id) ORDER BY LOWER(u.name), u.email`)
}

// SetupChoices are setups of the list, by name: one more than MostChoices if there are
// so many.
func (s *Store) SetupChoices(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "setups", `
		SELECT s.id, s.name, s.account_id FROM setups s WHERE s.hidden_at = 0 AND s.revision > 0 ORDER BY s.name, s.account_id LIMIT $1`, MostChoices+1)
}

func (s *Store) choices(ctx context.Context, what, query string, args ...any) ([]Choice, error) {
	list, err := all(ctx, s.reader, func(row scanner) (c Choice, err error) { return c, row.Scan(&c.ID, &c.Name, &c.Apart) }, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	return list, nil
}

// TagsOf are the tags of setups, by their IDs, as their newest revisions have them.
func (s *Store) TagsOf(ctx context.Context, ids []string) (map[string][]setup.Tag, error) {
	tags := map[string][]setup.Tag{}
	if len(ids) == 0 {
		return tags, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	_, err := all(ctx, s.reader, func(row scanner) (struct{}, error) {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return struct{}{}, err
		}
		spec, err := readSpec(text)
		tags[id] = spec.Edge.Tags
		return struct{}{}, err
	}, `SELECT s.id, s.spec FROM setups s WHERE s.id IN (`+placeholders(1, len(ids))+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the tags of setups: %w", err)
	}
	return tags, nil
}
