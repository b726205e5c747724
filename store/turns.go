package store

import (
	"context"
	"fmt"
	"time"
)

// TakeTurn hands out the turns of an action that AWS allows only once per
// every. 0: it is the holder's turn now, and the turn is used. More: a place
// in the line is kept for the holder, whose turn comes after that wait; ask
// again then. Turns survive restarts and are shared by all jobs; a clock that
// jumps back never makes anyone wait longer than the line is.
func (s *Store) TakeTurn(ctx context.Context, key, holder string, every time.Duration) (time.Duration, error) {
	var wait time.Duration
	err := s.write(ctx, func(t *tx) error {
		var last int64
		err := translate(t.QueryRowContext(ctx, `
			INSERT INTO turns (key, last_at) VALUES ($1, 0)
			ON CONFLICT (key) DO UPDATE SET last_at = turns.last_at RETURNING last_at`, key).Scan(&last))
		if err != nil {
			return err
		}
		line, err := t.line(ctx, key, ms(t.now), every)
		if err != nil {
			return err
		}
		wait, err = t.takeTurn(ctx, key, holder, every, last, line)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("turn %s: %w", key, err)
	}
	return wait, nil
}

// A place is a turn that somebody waits for.
type place struct {
	holder string
	at     int64
}

// line is who waits, in order. Places nobody came for are forgotten.
func (t *tx) line(ctx context.Context, key string, now int64, every time.Duration) ([]place, error) {
	gone := now - max(time.Minute, 2*every).Milliseconds()
	if _, err := t.exec(ctx, `DELETE FROM places WHERE key = $1 AND at < $2`, key, gone); err != nil {
		return nil, err
	}
	return all(ctx, t, func(row scanner) (place, error) {
		var p place
		return p, row.Scan(&p.holder, &p.at)
	}, `SELECT holder, at FROM places WHERE key = $1 ORDER BY at, holder`, key)
}

func (t *tx) takeTurn(ctx context.Context, key, holder string, every time.Duration, last int64, line []place) (time.Duration, error) {
	now, step := ms(t.now), every.Milliseconds()
	mine := -1
	for i, p := range line {
		if p.holder == holder {
			mine = i
		}
	}
	next := now
	if last > 0 {
		next = max(now, min(last, now)+step)
	}
	switch {
	case mine >= 0 && line[mine].at > now:
		// Still to come. A place cannot be further off than all before it.
		when := min(line[mine].at, next+int64(mine)*step)
		return t.keepPlace(ctx, key, holder, when)
	case mine >= 0:
	case len(line) > 0:
		next = max(next, min(line[len(line)-1].at, next+int64(len(line)-1)*step)+step)
	}
	if next > now {
		return t.keepPlace(ctx, key, holder, next)
	}
	if _, err := t.exec(ctx, `DELETE FROM places WHERE key = $1 AND holder = $2`, key, holder); err != nil {
		return 0, err
	}
	return 0, t.one(ctx, `UPDATE turns SET last_at = $1 WHERE key = $2`, now, key)
}

func (t *tx) keepPlace(ctx context.Context, key, holder string, when int64) (time.Duration, error) {
	_, err := t.exec(ctx, `
		INSERT INTO places (key, holder, at) VALUES ($1, $2, $3)
		ON CONFLICT (key, holder) DO UPDATE SET at = excluded.at`, key, holder, when)
	return time.Duration(when-ms(t.now)) * time.Millisecond, err
}
