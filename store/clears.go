package store

import (
	"context"
	"fmt"
	"time"

	"apifront/setup"
)

// clearing is the condition for jobs that clear cached answers, alone or beside
// what they change.
const clearing = `(j.kind = 'invalidate' OR j.input LIKE '%"paths":%')`

// Clears lists up to limit jobs of a setup that clear cached answers, the newest
// first.
func (s *Store) Clears(ctx context.Context, setupID string, limit int) ([]setup.Job, error) {
	list, err := all(ctx, s.reader, scanJob, `
		SELECT `+jobColumns+` FROM jobs j WHERE j.setup_id = $1 AND `+clearing+` ORDER BY j.id DESC LIMIT $2`, setupID, limit)
	if err != nil {
		return nil, fmt.Errorf("list what was cleared of setup %s: %w", setupID, err)
	}
	return list, nil
}

// longestJob is how long a job is looked back for that may have cleared something
// lately: it may wait for a person before.
const longestJob = 31 * 24 * time.Hour

// ClearedPaths counts the paths that jobs of this installation have made CloudFront
// clear in an account since a moment.
func (s *Store) ClearedPaths(ctx context.Context, account string, since time.Time) (int, error) {
	list, err := all(ctx, s.reader, scanJob, `
		SELECT `+jobColumns+` FROM jobs j WHERE j.created_at >= $1 AND j.account_id = $2 AND `+clearing+` AND EXISTS (
			SELECT 1 FROM calls c WHERE c.job_id = j.id AND c.operation = 'CreateInvalidation' AND c.status = 201 AND c.started_at >= $3)`,
		ms(since.Add(-longestJob)), account, ms(since))
	if err != nil {
		return 0, fmt.Errorf("count the paths cleared in account %s: %w", account, err)
	}
	n := 0
	for _, j := range list {
		n += len(j.Input.Paths)
	}
	return n, nil
}
