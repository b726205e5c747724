package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
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

// mostTries is for how many subjects tries are kept. Strangers can make any
// number of them; those that were tried longest ago are forgotten first.
const mostTries = 100_000

// pruneTriesEvery is how many tries come before the next look at their number.
const pruneTriesEvery = 100

// errWaits ends the transaction of a try that must wait: nothing of it is
// stored.
type errWaits time.Duration

func (e errWaits) Error() string { return "the next try is possible in " + time.Duration(e).String() }

// Try asks whether a try may be made now, and counts it as a wrong one before
// anybody knows the result. Otherwise tries that are made at the same time would
// all be the first. wait is how long to wait instead; then nothing is counted or
// written, however often it is called. RightTry takes a try back that was right.
func (s *Store) Try(ctx context.Context, limits ...Limit) (wait time.Duration, err error) {
	limits = slices.SortedFunc(slices.Values(limits), func(a, b Limit) int { return cmp.Compare(a.hash(), b.hash()) })
	if wait, err = mustWait(ctx, s.reader, limits, s.Now()); err != nil || wait > 0 {
		return wait, err
	}
	prune := s.tried.Add(1)%pruneTriesEvery == 0
	err = s.write(ctx, func(t *tx) error { return t.try(ctx, limits, prune) })
	if waits, ok := errors.AsType[errWaits](err); ok {
		return time.Duration(waits), nil
	}
	return 0, err
}

// mustWait is how long a try has to wait by what is stored.
func mustWait(ctx context.Context, q querier, limits []Limit, now time.Time) (wait time.Duration, err error) {
	for _, l := range limits {
		var next int64
		err := q.QueryRowContext(ctx, `SELECT next_at FROM tries WHERE subject = $1 AND seen_at >= $2`, l.hash(), ms(now.Add(-forgetTries))).Scan(&next)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return 0, translate(err)
		}
		wait = max(wait, l.left(at(next), now))
	}
	return wait, nil
}

// left is the wait until next. A clock that was put back must not keep anybody
// out for longer.
func (l Limit) left(next, now time.Time) time.Duration {
	return max(0, min(next.Sub(now), l.Longest))
}

// try counts a try, or says errWaits.
func (t *tx) try(ctx context.Context, limits []Limit, prune bool) error {
	if _, err := t.exec(ctx, `DELETE FROM tries WHERE seen_at < $1`, ms(t.now.Add(-forgetTries))); err != nil {
		return err
	}
	if prune {
		_, err := t.exec(ctx, `DELETE FROM tries WHERE seen_at < (SELECT seen_at FROM tries ORDER BY seen_at DESC LIMIT 1 OFFSET $1)`, mostTries)
		if err != nil {
			return err
		}
	}
	wrong := make([]int, len(limits))
	var wait time.Duration
	for i, l := range limits {
		var next int64
		// The update changes nothing; it holds the row.
		err := t.QueryRowContext(ctx, `
			INSERT INTO tries (subject, wrong, next_at, seen_at) VALUES ($1, 0, 0, $2)
			ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject
			RETURNING wrong, next_at`, l.hash(), ms(t.now)).Scan(&wrong[i], &next)
		if err != nil {
			return err
		}
		wait = max(wait, l.left(at(next), t.now))
	}
	if wait > 0 { // another try was counted since mustWait looked
		return errWaits(wait)
	}
	for i, l := range limits {
		next := t.now.Add(l.wait(wrong[i] + 1))
		if err := t.one(ctx, `UPDATE tries SET wrong = $1, next_at = $2, seen_at = $3 WHERE subject = $4`, wrong[i]+1, ms(next), ms(t.now), l.hash()); err != nil {
			return err
		}
	}
	return nil
}

// RightTry takes back what Try counted. Limits of the person alone (Own) start
// anew. In all others only this one try is forgotten, so that right tries make
// no room for wrong ones.
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
