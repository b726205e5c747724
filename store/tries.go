package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// A Limit slows down tries: after Free wrong ones the next one waits First,
// and each further one twice as long, up to Longest.
type Limit struct {
	Subject        string // what is counted; stored as a hash
	Free           int
	First, Longest time.Duration
	Own            bool // a right try forgets all of it, not only itself
}

// forgetTries is how long after the last wrong try all of them are forgotten.
const forgetTries = 12 * time.Hour

func (l Limit) hash() string {
	sum := sha256.Sum256([]byte(l.Subject))
	return hex.EncodeToString(sum[:16])
}

// wait is how long the next try waits after so many wrong ones.
func (l Limit) wait(wrong int) time.Duration {
	over := wrong - l.Free
	if over < 0 {
		return 0
	}
	return min(l.First<<min(over, 20), l.Longest)
}

// Try asks whether a try may be made now, and counts it as a wrong one before
// anybody knows: tries that are made at the same time must not all be the
// first. wait is how long to wait instead; such a try is not counted. A try
// that was right is taken back by RightTry.
func (s *Store) Try(ctx context.Context, limits ...Limit) (wait time.Duration, err error) {
	limits = slices.SortedFunc(slices.Values(limits), func(a, b Limit) int { return cmp.Compare(a.hash(), b.hash()) })
	return write(ctx, s, func(t *tx) (time.Duration, error) {
		var wait time.Duration
		now := t.now
		if _, err := t.exec(ctx, `DELETE FROM tries WHERE seen_at < $1`, ms(now.Add(-forgetTries))); err != nil {
			return 0, err
		}
		wrong := make([]int, len(limits))
		for i, l := range limits {
			var next int64
			// The update changes nothing; it holds the row.
			err := t.QueryRowContext(ctx, `
				INSERT INTO tries (subject, wrong, next_at, seen_at) VALUES ($1, 0, 0, $2)
				ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject
				RETURNING wrong, next_at`, l.hash(), ms(now)).Scan(&wrong[i], &next)
			if err != nil {
				return 0, err
			}
			// A clock that was put back must not keep anybody out for longer.
			wait = max(wait, min(at(next).Sub(now), l.Longest))
		}
		if wait > 0 {
			return wait, nil
		}
		for i, l := range limits {
			next := now.Add(l.wait(wrong[i] + 1))
			if err := t.one(ctx, `UPDATE tries SET wrong = $1, next_at = $2, seen_at = $3 WHERE subject = $4`, wrong[i]+1, ms(next), ms(now), l.hash()); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
}

// RightTry takes back what Try counted. What is the person's own starts anew;
// of the rest this one try is forgotten, so that nobody makes room for wrong
// tries by right ones.
func (s *Store) RightTry(ctx context.Context, limits ...Limit) error {
	limits = slices.SortedFunc(slices.Values(limits), func(a, b Limit) int { return cmp.Compare(a.hash(), b.hash()) })
	return s.write(ctx, func(t *tx) error {
		for _, l := range limits {
			query := `UPDATE tries SET wrong = wrong - 1, next_at = 0 WHERE subject = $1 AND wrong > 0`
			if l.Own {
				query = `DELETE FROM tries WHERE subject = $1`
			}
			if _, err := t.exec(ctx, query, l.hash()); err != nil {
				return err
			}
		}
		return nil
	})
}
