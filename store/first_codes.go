package store

import (
	"context"
	"fmt"
)

// firstCode is how the hashes of first codes are called, among the secrets.
const firstCode = "first code "

// firstCodes is how many first codes are good at a time: one for each replica,
// and for its last starts.
const firstCodes = 50

// AddFirstCode makes a one-time code good for the first administrator, here and
// on every other replica, until there was one. Only its hash is stored. On
// SQLite it takes the place of the code of an earlier start; on PostgreSQL other
// processes may have printed theirs, and the newest are good.
func (s *Store) AddFirstCode(ctx context.Context, hash string) error {
	err := s.write(ctx, func(t *tx) error {
		keep := firstCodes - 1
		if !t.postgres {
			keep = 0
		}
		_, err := t.exec(ctx, fmt.Sprintf(`
			DELETE FROM secrets WHERE name LIKE $1 AND name NOT IN (
				SELECT name FROM secrets WHERE name LIKE $1 ORDER BY created_at DESC, name LIMIT %d)`, keep), firstCode+"%")
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `
			INSERT INTO secrets (name, value, created_at)
			SELECT $1, '', $2 WHERE NOT EXISTS (SELECT 1 FROM milestones WHERE name = 'administrator')
			ON CONFLICT (name) DO NOTHING`, firstCode+hash, ms(t.now))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the first code: %w", err)
	}
	return nil
}

// FirstCodes are the hashes of the codes that are good; none once there was an
// administrator.
func (s *Store) FirstCodes(ctx context.Context) ([]string, error) {
	return all(ctx, s.reader, func(row scanner) (string, error) {
		var name string
		err := row.Scan(&name)
		return name[min(len(firstCode), len(name)):], err
	}, `SELECT name FROM secrets WHERE name LIKE $1 AND NOT EXISTS (SELECT 1 FROM milestones WHERE name = 'administrator')`, firstCode+"%")
}
