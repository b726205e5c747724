// Package db is the engine under the store: it opens the database, carries out
// transactions, wakes who watches, and copies and restores files. It knows no
// table but those it needs for itself: which may be restored, whose sessions a
// restore ends, and where a sign of life is written.
package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// A DB is an open database. It is safe for concurrent use.
type DB struct {
	path    string      // as it may be shown
	file    string      // where the SQLite file really is
	writer  *sql.DB     // one connection on SQLite: writes queue here instead of colliding
	reader  *Reading    // read only
	opened  os.FileInfo // the SQLite file, to be told from another one of the same name; nil: it is not held
	unlock  func() error
	watches watches
	written atomic.Int64 // write transactions

	// On PostgreSQL only.
	pool     *pgxpool.Pool // under writer
	readPool *pgxpool.Pool // under reader: many readers never hold a writer up
	ear      *ear
	lockID   int64

	ready, answers inquiry

	mu    sync.Mutex       // guards all below
	clock func() time.Time // nil: time.Now
	alive string           // the row of this process among the signs of life
}

// SetClock makes the database, and with it handlers and worker, go by another
// clock than time.Now. It is for tests, and called before the database is used.
func (d *DB) SetClock(now func() time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = now
}

// Now is the time by the one clock that dates what is stored. Whoever compares
// something with a stored time asks it, so that there are never two clocks.
func (d *DB) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.clock == nil {
		return time.Now()
	}
	return d.clock()
}

// Writer is the connection pool that writes, for a bell that keeps its rows in
// the same database. Nobody else may use it.
func (d *DB) Writer() *sql.DB { return d.writer }

// Pool is what Writer is made of on PostgreSQL, nil on SQLite. The same holds
// for it.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Listens says whether a connection to PostgreSQL may listen: a pooler between
// may not carry that.
func (d *DB) Listens() bool { return d.ear != nil && !d.ear.off }

// Path is the database file, or the URL without its password.
func (d *DB) Path() string { return d.path }

// Close closes the database and gives its lock back.
func (d *DB) Close() error {
	if d.Postgres() {
		return d.closePostgres()
	}
	return errors.Join(d.reader.Close(), d.writer.Close(), d.unlock())
}

// Ping says whether the database answers. It counts as no query: slow requests ask it
// each second.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return Translate(d.reader.row(ctx, `SELECT 1`).Scan(&one))
}

// Asked counts the queries and the write transactions since the database was
// opened, those that were tried again once.
func (d *DB) Asked() (reads, writes int64) { return d.reader.asked.Load(), d.written.Load() }

// ReadFrom is the pool that reads. It is a function and no method, so that
// whoever holds a store does not have it.
func ReadFrom(d *DB) *Reading { return d.reader }
