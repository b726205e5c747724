// Package store is the database: setups, jobs and their history, looks,
// users and sessions. Handlers and the worker meet here. It has one file per
// table and no logic beyond what a transaction must hold together; it is the
// only package that knows SQL. The SQL is the subset that SQLite and
// PostgreSQL share.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	path    string      // as it may be shown
	file    string      // where the SQLite file really is
	writer  *sql.DB     // one connection on SQLite: writes queue here instead of colliding
	reader  *reading    // read only
	opened  os.FileInfo // the SQLite file, to be told from another one of the same name; nil: it is not held
	unlock  func() error
	watches watches
	tried   atomic.Int64 // tries that were counted, see pruneTriesEvery

	// On PostgreSQL only.
	pool     *pgxpool.Pool // under writer
	readPool *pgxpool.Pool // under reader: many readers never hold a writer up
	ear      *ear
	lockID   int64

	ready, answers inquiry

	mu    sync.Mutex // guards all below
	bell  Bell
	clock func() time.Time // nil: time.Now
	alive string           // the row of this process among the signs of life
}

// A Bell is the doorbell: it makes the worker look at a step at a time. It
// carries no state, so a bell too many is harmless and a lost one is found
// by the worker's sweep.
type Bell interface {
	// Ring orders a bell for the step inside the transaction, and returns its
	// number. It rings after the commit, and not before so much time went by; at
	// once if in is not positive.
	Ring(ctx context.Context, tx *sql.Tx, step int64, in time.Duration) (bell int64, err error)
	// Cancel takes an ordered bell back. One that is not known is no error.
	Cancel(ctx context.Context, tx *sql.Tx, bell int64) error
}

// SetBell makes the store ring b when a step becomes due. Without one, steps
// wait until a worker starts.
func (s *Store) SetBell(b Bell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bell = b
}

// SetClock makes the store, and with it handlers and worker, go by another clock
// than time.Now. It is for tests, and called before the store is used.
func (s *Store) SetClock(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = now
}

// Now is the time by the one clock that dates what is stored. Whoever compares
// something with a stored time asks it, so that there are never two clocks.
func (s *Store) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clock == nil {
		return time.Now()
	}
	return s.clock()
}

// Writer is the connection pool that writes, for a bell that keeps its rows in
// the same database. Nobody else may use it.
func (s *Store) Writer() *sql.DB { return s.writer }

// Pool is what Writer is made of on PostgreSQL, nil on SQLite. The same holds
// for it.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Listens says whether a connection to PostgreSQL may listen: a pooler between
// may not carry that.
func (s *Store) Listens() bool { return s.ear != nil && !s.ear.off }

// Path is the database file, or the URL without its password.
func (s *Store) Path() string { return s.path }

// Close closes the database and gives its lock back.
func (s *Store) Close() error {
	if s.Postgres() {
		return s.closePostgres()
	}
	return errors.Join(s.reader.Close(), s.writer.Close(), s.unlock())
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return translate(s.reader.QueryRowContext(ctx, `SELECT 1`).Scan(&one))
}

// A tx is one write transaction, with the watchers to wake after its commit.
type tx struct {
	*sql.Tx
	now      time.Time
	bell     Bell
	wake     map[int64]bool
	postgres bool

	behind []string // holders in lines that became shorter before them
}

// write carries out do in one write transaction, wakes the watchers after the
// commit, and returns what do returned; with an error that is nothing. Within
// do only the transaction may be used: on SQLite it holds the only writing
// connection, so anything else would wait for itself. On PostgreSQL do is
// carried out again, on a new connection, when nothing of it was stored because
// the connection was lost or another transaction was in the way. So do assigns
// to nothing outside itself: what a try that was not stored left there would be
// believed.
func write[T any](ctx context.Context, s *Store, do func(*tx) (T, error)) (T, error) {
	var again retries
	for {
		v, stored, err := writeOnce(ctx, s, do)
		if err == nil || stored || !again.worth(ctx, err) {
			return v, err
		}
	}
}

// write is the function write for what has no result.
func (s *Store) write(ctx context.Context, do func(*tx) error) error {
	_, err := write(ctx, s, func(t *tx) (struct{}, error) { return struct{}{}, do(t) })
	return err
}

// writeOnce is one try. stored: it was, or that is not known.
func writeOnce[T any](ctx context.Context, s *Store, do func(*tx) (T, error)) (v T, stored bool, err error) {
	var none T
	if err := s.inPlace(); err != nil {
		return none, false, err
	}
	t, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return none, false, fmt.Errorf("begin: %w", translate(err))
	}
	now := s.Now()
	s.mu.Lock()
	w := &tx{Tx: t, now: now, bell: s.bell, wake: map[int64]bool{}, postgres: s.Postgres()}
	s.mu.Unlock()
	if v, err = do(w); err == nil && s.ear != nil {
		err = w.notify(ctx, s.ear.channel)
	}
	if err != nil {
		if back := rollback(t); back != nil && !lost(err) {
			return none, false, errors.Join(translate(err), back)
		}
		return none, false, translate(err)
	}
	if err := t.Commit(); err != nil {
		if s.Postgres() && lost(err) && !refused(err) {
			return none, true, fmt.Errorf("commit: %w: %w", ErrUncertain, err)
		}
		return none, !refused(err), fmt.Errorf("commit: %w", translate(err))
	}
	if s.ear == nil || !s.ear.hears.Load() {
		s.watches.wake(w.wake)
	}
	s.comeForward(ctx, w.behind)
	return v, true, nil
}

// rollback ends the transaction; one that ended with its context is no error.
func rollback(t *sql.Tx) error {
	if err := t.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("rollback: %w", translate(err))
	}
	return nil
}

// ExecContext carries out a statement.
func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.Tx.ExecContext(ctx, query, clean(args)...)
}

// QueryContext reads within the transaction.
func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.Tx.QueryContext(ctx, query, clean(args)...)
}

// QueryRowContext reads one row within the transaction.
func (t *tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return t.Tx.QueryRowContext(ctx, query, clean(args)...)
}

// reading is the pool that reads. A query that met a lost connection is asked
// again on another one.
type reading struct{ *sql.DB }

// QueryContext reads rows.
func (r *reading) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	var again retries
	for {
		rows, err := r.DB.QueryContext(ctx, query, clean(args)...)
		if err == nil || !again.worth(ctx, err) {
			return rows, err
		}
	}
}

// QueryRowContext reads one row.
func (r *reading) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	var again retries
	for {
		row := r.DB.QueryRowContext(ctx, query, clean(args)...)
		if err := row.Err(); err == nil || !again.worth(ctx, err) {
			return row
		}
	}
}

// querier is what reads: the reading pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// all reads every row of a query.
func all[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, translate(err)
		}
		list = append(list, v)
	}
	return list, translate(rows.Err())
}

// one changes exactly one row, or says ErrNotFound.
func (t *tx) one(ctx context.Context, query string, args ...any) error {
	n, err := t.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// exec carries out a statement and says how many rows it touched.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, translate(err)
	}
	return res.RowsAffected()
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
