package store

import (
	"context"
	"fmt"
	"time"

	"apifront/setup"
)

// What is kept of checks, and for how long. The states that followed (the table
// states) are kept for ever.
const (
	keepCheckLines = 7 * 24 * time.Hour  // what each step of a check showed
	keepEachCheck  = 14 * 24 * time.Hour // then equal checks that follow each other are one row
	foldEvery      = 24 * time.Hour      // a setup's checks are folded
)

// How much one sweep does at a time.
const (
	linesAtOnce = 500
	foldsAtOnce = 20
	rowsAtOnce  = 5000
)

// ForgetCheckLines forgets what the steps of checks showed a week ago, of so many
// checks at a time. n is of how many.
func (s *Store) ForgetCheckLines(ctx context.Context) (n int64, err error) {
	n, err = write(ctx, s, func(t *tx) (int64, error) {
		return t.exec(ctx, `
			UPDATE checks SET lines = '' WHERE id IN (SELECT id FROM checks WHERE lines <> '' AND done_at > 0 AND done_at < $1 LIMIT $2)`,
			ms(t.now.Add(-keepCheckLines)), linesAtOnce)
	})
	if err != nil {
		return n, fmt.Errorf("forget lines of checks: %w", err)
	}
	return n, nil
}

// FoldChecks makes equal checks by schedule that follow each other one row, where they
// are older than two weeks, of so many setups at a time. n is of how many; 0: there is
// nothing to do now. The history of checks says the same before and after.
func (s *Store) FoldChecks(ctx context.Context) (n int, err error) {
	now := s.Now()
	due, err := all(ctx, s.reader, func(row scanner) (id string, err error) { return id, row.Scan(&id) }, `
		SELECT setup_id FROM schedules WHERE folded_to < $1 ORDER BY folded_to, setup_id LIMIT $2`, ms(now.Add(-keepEachCheck-foldEvery)), foldsAtOnce)
	if err != nil {
		return 0, fmt.Errorf("fold checks: %w", err)
	}
	for _, id := range due {
		if err := s.write(ctx, func(t *tx) error { return t.foldChecks(ctx, id) }); err != nil {
			return n, fmt.Errorf("fold checks of setup %s: %w", id, err)
		}
		n++
	}
	return n, nil
}

// A folding is a row of checks as folding needs it.
type folding struct {
	id, key     string // key is the same for equal checks
	bySchedule  bool
	done, first int64
	times       int
}

func scanFolding(row scanner) (f folding, err error) {
	var reason, result, sight, problem string
	var revision, findings int
	err = row.Scan(&f.id, &f.done, &f.first, &f.times, &reason, &revision, &result, &sight, &problem, &findings)
	f.key = fmt.Sprint(revision, findings, result, sight, problem)
	f.bySchedule = reason == string(setup.CheckBySchedule)
	if f.first == 0 {
		f.first = f.done
	}
	return f, err
}

// foldChecks folds the checks of one setup up to two weeks ago. The newest that a
// state rests on stay, however old they are.
func (t *tx) foldChecks(ctx context.Context, setupID string) error {
	cutoff := ms(t.now.Add(-keepEachCheck))
	if _, err := t.lockSetup(ctx, setupID); err != nil {
		return err
	}
	newest, err := all(ctx, t, func(row scanner) (at int64, err error) { return at, row.Scan(&at) }, `
		SELECT done_at FROM checks WHERE setup_id = $1 AND done_at > 0 ORDER BY done_at DESC LIMIT $2`, setupID, checksForState)
	if err != nil {
		return err
	}
	if n := len(newest); n > 0 {
		cutoff = min(cutoff, newest[n-1])
	}
	// The newest row that was folded before may go on.
	list, err := all(ctx, t, scanFolding, `
		SELECT id, done_at, first_at, times, reason, revision, result, sight, problem, findings FROM checks
		WHERE setup_id = $1 AND done_at > 0 AND done_at < $2 AND done_at >= COALESCE((
			SELECT MAX(c.done_at) FROM checks c JOIN schedules p ON p.setup_id = c.setup_id WHERE c.setup_id = $1 AND c.done_at > 0 AND c.done_at < p.folded_to), 0)
		ORDER BY done_at, id LIMIT $3`, setupID, cutoff, rowsAtOnce)
	if err != nil {
		return err
	}
	to := ms(t.now.Add(-keepEachCheck))
	if len(list) == rowsAtOnce {
		to = list[rowsAtOnce-1].done // the next sweep goes on here
	}
	for i := 0; i < len(list); {
		run := list[i]
		n := i + 1
		for ; n < len(list) && run.bySchedule && list[n].bySchedule && list[n].key == run.key; n++ {
			run.id, run.done, run.times = list[n].id, list[n].done, run.times+list[n].times
		}
		if n > i+1 {
			if err := t.foldRun(ctx, setupID, run); err != nil {
				return err
			}
		}
		i = n
	}
	return t.one(ctx, `UPDATE schedules SET folded_to = $1 WHERE setup_id = $2`, to, setupID)
}

// foldRun leaves the newest of a run of equal checks, which stands for all.
func (t *tx) foldRun(ctx context.Context, setupID string, run folding) error {
	_, err := t.exec(ctx, `
		DELETE FROM checks WHERE setup_id = $1 AND reason = 'schedule' AND done_at >= $2 AND done_at <= $3 AND id <> $4`,
		setupID, run.first, run.done, run.id)
	if err != nil {
		return err
	}
	return t.one(ctx, `UPDATE checks SET times = $1, first_at = $2 WHERE id = $3`, run.times, run.first, run.id)
}

// A CheckBar is how many checks of a span of time saw the same.
type CheckBar struct {
	Bar    int // number of the span, from 0
	Result setup.CheckResult
	Sight  setup.Sight
	Times  int
}

// CheckBars counts the checks of a setup that have ended since a time, by spans of the
// given length. Those that a job ended are left out.
func (s *Store) CheckBars(ctx context.Context, setupID string, since time.Time, span time.Duration) ([]CheckBar, error) {
	list, err := all(ctx, s.reader, func(row scanner) (b CheckBar, err error) {
		var sight string
		if err := row.Scan(&b.Bar, &b.Result, &sight, &b.Times); err != nil {
			return b, translate(err)
		}
		return b, decode(sight, &b.Sight)
	}, `
		SELECT bar, result, sight, SUM(times) FROM (
			SELECT (done_at - $2) / $3 AS bar, result, sight, times FROM checks WHERE setup_id = $1 AND done_at >= $2 AND result <> 'ended') c
		GROUP BY bar, result, sight ORDER BY bar`, setupID, ms(since), span.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("count checks of setup %s: %w", setupID, err)
	}
	return list, nil
}
