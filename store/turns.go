package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"apifront/setup"
)

// longestHold is the longest time for which AWS may stop a line.
const longestHold = 5 * time.Minute

// forward is how many holders behind a place that was given up are told at once.
// All others find out when they come.
const forward = 100

// Holder names a step that waits for a turn.
func Holder(job int64, step setup.StepID) string { return fmt.Sprintf("job %d %s", job, step) }

// holderOf is the job and step of a holder's name; the name may have more words
// after them. ok is false for a name that is not a step's.
func holderOf(holder string) (job int64, step setup.StepID, ok bool) {
	n, err := fmt.Sscanf(holder, "job %d %s", &job, &step)
	return job, step, err == nil && n == 2 && holder == Holder(job, step)
}

// TakeTurn hands out the turns of an action that AWS allows only once per every.
// It returns 0 if it is the holder's turn now; the turn is used then. Otherwise
// it keeps a place in the line for the holder and returns how long to wait
// before it asks again.
//
// Turns survive restarts, and all jobs share them in the order of arrival. A
// holder that comes back late is still before those who arrived after it, but
// nobody waits for a holder that does not come back. A clock that jumps back
// makes nobody wait longer than the line is.
func (s *Store) TakeTurn(ctx context.Context, key, holder string, every time.Duration) (time.Duration, error) {
	wait, err := write(ctx, s, func(t *tx) (time.Duration, error) {
		c := clock{key: key, every: every}
		err := translate(t.QueryRowContext(ctx, `
			INSERT INTO turns (key, last_at) VALUES ($1, 0)
			ON CONFLICT (key) DO UPDATE SET last_at = turns.last_at RETURNING last_at, held_till`, key).Scan(&c.last, &c.heldTill))
		if err != nil {
			return 0, err
		}
		if err := t.putBack(ctx, &c); err != nil {
			return 0, err
		}
		if c.line, err = t.line(ctx, key, ms(t.now), every); err != nil {
			return 0, err
		}
		return t.takeTurn(ctx, c, holder)
	})
	if err != nil {
		return 0, fmt.Errorf("turn %s: %w", key, err)
	}
	return wait, nil
}

// HoldTurns says that AWS refused the holder's call as one too many, and wants
// to be left alone for the wait. No turn comes before that is over, and the
// holder's is the first then.
func (s *Store) HoldTurns(ctx context.Context, key, holder string, wait time.Duration) error {
	err := s.write(ctx, func(t *tx) error {
		till := ms(t.now.Add(min(wait, longestHold)))
		_, err := t.exec(ctx, `
			INSERT INTO turns (key, last_at, held_till) VALUES ($1, 0, $2)
			ON CONFLICT (key) DO UPDATE SET held_till =
				CASE WHEN turns.held_till > excluded.held_till THEN turns.held_till ELSE excluded.held_till END`, key, till)
		if err != nil {
			return err
		}
		var first int64
		err = t.QueryRowContext(ctx, `SELECT COALESCE(MIN(arrived), 1) FROM places WHERE key = $1`, key).Scan(&first)
		if err != nil {
			return translate(err)
		}
		return t.keepPlace(ctx, key, place{holder, till, first - 1})
	})
	if err != nil {
		return fmt.Errorf("hold %s: %w", key, err)
	}
	return nil
}

// A clock is what turns of an action are handed out by.
type clock struct {
	key      string
	every    time.Duration
	last     int64 // when the last turn was used
	heldTill int64
	line     []place
}

// putBack corrects times of a clock that was ahead: they become the latest that
// is possible now. All who wait may come at once; a holder that does not is
// passed over.
func (t *tx) putBack(ctx context.Context, c *clock) error {
	now := ms(t.now)
	if c.last <= now && c.heldTill <= now+longestHold.Milliseconds() {
		return nil
	}
	c.last, c.heldTill = min(c.last, now), min(c.heldTill, now)
	err := t.one(ctx, `UPDATE turns SET last_at = $1, held_till = $2 WHERE key = $3`, c.last, c.heldTill, c.key)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE places SET at = $1 WHERE key = $2 AND at > $1`, now, c.key)
	return err
}

// A place is a turn that somebody waits for.
type place struct {
	holder  string
	at      int64 // when it was last told to come
	arrived int64
}

// line is the places of those who wait, in the order of arrival. A place to
// which nobody came back is forgotten.
func (t *tx) line(ctx context.Context, key string, now int64, every time.Duration) ([]place, error) {
	gone := now - max(time.Minute, 2*every).Milliseconds()
	if _, err := t.exec(ctx, `DELETE FROM places WHERE key = $1 AND at < $2`, key, gone); err != nil {
		return nil, err
	}
	return all(ctx, t, func(row scanner) (place, error) {
		var p place
		return p, row.Scan(&p.holder, &p.at, &p.arrived)
	}, `SELECT holder, at, arrived FROM places WHERE key = $1 ORDER BY arrived, at, holder`, key)
}

func (t *tx) takeTurn(ctx context.Context, c clock, holder string) (time.Duration, error) {
	now, step := ms(t.now), c.every.Milliseconds()
	next := max(now, min(c.heldTill, now+longestHold.Milliseconds()))
	if c.last > 0 {
		next = max(next, min(c.last, now)+step)
	}
	mine := place{holder: holder, arrived: 1}
	for _, p := range c.line {
		if p.holder == holder {
			mine.arrived = p.arrived
			break
		}
		mine.arrived = p.arrived + 1
		if p.at > now-step/2 { // nobody waits for a holder that is later than half a turn
			next += step
		}
	}
	if next > now {
		mine.at = next
		return time.Duration(next-now) * time.Millisecond, t.keepPlace(ctx, c.key, mine)
	}
	if _, err := t.exec(ctx, `DELETE FROM places WHERE key = $1 AND holder = $2`, c.key, holder); err != nil {
		return 0, err
	}
	return 0, t.one(ctx, `UPDATE turns SET last_at = $1 WHERE key = $2`, now, c.key)
}

func (t *tx) keepPlace(ctx context.Context, key string, p place) error {
	_, err := t.exec(ctx, `
		INSERT INTO places (key, holder, at, arrived) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key, holder) DO UPDATE SET at = excluded.at, arrived = excluded.arrived`, key, p.holder, p.at, p.arrived)
	return err
}

// leaveLines gives up the places of a step that will not come back, and notes
// the holders behind them.
func (t *tx) leaveLines(ctx context.Context, r stepRow) error {
	holder := Holder(r.v.JobID, r.v.ID)
	type left struct {
		key     string
		arrived int64
	}
	list, err := all(ctx, t, func(row scanner) (left, error) {
		var l left
		return l, row.Scan(&l.key, &l.arrived)
	}, `SELECT key, arrived FROM places WHERE holder = $1 OR holder LIKE $2`, holder, holder+" %")
	if err != nil || len(list) == 0 {
		return err
	}
	for _, l := range list {
		behind, err := all(ctx, t, func(row scanner) (string, error) {
			var h string
			return h, row.Scan(&h)
		}, fmt.Sprintf(`SELECT holder FROM places WHERE key = $1 AND arrived > $2 ORDER BY arrived LIMIT %d`, forward), l.key, l.arrived)
		if err != nil {
			return err
		}
		t.behind = append(t.behind, behind...)
	}
	_, err = t.exec(ctx, `DELETE FROM places WHERE holder = $1 OR holder LIKE $2`, holder, holder+" %")
	return err
}

// comeForward rings for steps whose turn may come earlier now. If ringing fails,
// they come at the time that they were told.
func (s *Store) comeForward(ctx context.Context, behind []string) {
	for _, h := range behind {
		job, step, ok := holderOf(h)
		if !ok {
			continue // it waits on the spot
		}
		if err := s.LookNow(ctx, job, step); err != nil && !errors.Is(err, ErrConflict) && !errors.Is(err, ErrNotFound) {
			return
		}
	}
}
