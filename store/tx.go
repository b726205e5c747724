package store

import (
	"context"
	"time"

	"apifront/setup"
	"apifront/store/db"
)

// A tx is one write transaction, with what the tables do in it.
type tx struct {
	*db.Tx
	now      time.Time
	bell     Bell
	postgres bool

	behind []string // holders in lines that became shorter before them

	told   []setup.NoticeBody  // what people outside are told of it
	opened []setup.FindingBody // findings that it opens
}

// What reads, and what is read.
type (
	querier     = db.Querier
	rowsQuerier = db.RowsQuerier
	scanner     = db.Scanner
)

// write is db.Write for a function of the tables. After the commit it rings for
// those who stand in lines that became shorter.
func write[T any](ctx context.Context, s *Store, do func(*tx) (T, error)) (T, error) {
	type written struct {
		v      T
		behind []string
	}
	s.mu.Lock()
	bell := s.bell
	s.mu.Unlock()
	w, err := db.Write(ctx, s.DB, func(t *db.Tx) (written, error) {
		x := &tx{Tx: t, now: t.Now, bell: bell, postgres: s.Postgres()}
		v, err := do(x)
		if err == nil {
			err = x.writeNotices(ctx)
		}
		return written{v, x.behind}, err
	})
	s.comeForward(ctx, w.behind)
	return w.v, err
}

// write is the function write for what has no result.
func (s *Store) write(ctx context.Context, do func(*tx) error) error {
	_, err := write(ctx, s, func(t *tx) (struct{}, error) { return struct{}{}, do(t) })
	return err
}

// all reads every row of a query.
func all[T any](ctx context.Context, q rowsQuerier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	return db.All(ctx, q, scan, query, args...)
}

// one changes exactly one row, or says ErrNotFound.
func (t *tx) one(ctx context.Context, query string, args ...any) error {
	return t.One(ctx, query, args...)
}

// exec carries out a statement and says how many rows it touched.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return t.Exec(ctx, query, args...)
}

// count takes n numbers of a counter and returns the first.
func (t *tx) count(ctx context.Context, name string, n int) (int64, error) {
	var last int64
	err := t.QueryRowContext(ctx, `
		INSERT INTO counters (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value
		RETURNING value`, name, n).Scan(&last)
	return last - int64(n) + 1, translate(err)
}

// skip is skipLocked within a transaction.
func (t *tx) skip() string {
	if t.postgres {
		return " FOR UPDATE OF d SKIP LOCKED"
	}
	return ""
}

// skipLocked ends a query that chooses a row to change: rows that another
// transaction is about to change are passed over instead of waited for.
func (s *Store) skipLocked() string {
	if s.Postgres() {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}
