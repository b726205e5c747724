// Package store is the database: setups, jobs and their history, looks,
// users and sessions. Handlers and the worker meet here. It has one file per
// table and no logic beyond what a transaction must hold together; with the
// engine under it, store/db, it is the only package that knows SQL. The SQL is
// the subset that SQLite and PostgreSQL share.
package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"

	"apifront/store/db"
)

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	*db.DB
	reader *db.Reading
	tried  atomic.Int64 // tries that were counted, see pruneTriesEvery
	asked  atomic.Int64 // questions that were asked, see pruneLooksEvery

	typed *typedKeys // of looks that have not begun

	mu   sync.Mutex // guards the bell
	bell Bell
}

// A Bell is the doorbell: it makes the worker look at something at a time. It
// carries no state, so a bell too many is harmless, and a lost one is found
// by the worker's sweep.
type Bell interface {
	// Ring orders a bell inside the transaction, and returns its number. It rings
	// after the commit, and not before so much time went by; at once if in is not
	// positive.
	Ring(ctx context.Context, tx *sql.Tx, due Due, in time.Duration) (bell int64, err error)
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

// Open opens the database with the name, see db.Open.
func Open(ctx context.Context, name string) (*Store, error) {
	return over(db.Open(ctx, name))
}

// OpenBeside opens a database that a server may have open, see db.OpenBeside.
func OpenBeside(ctx context.Context, name string) (*Store, error) {
	return over(db.OpenBeside(ctx, name))
}

// over is the store over an open database.
func over(d *db.DB, err error) (*Store, error) {
	if err != nil {
		return nil, err
	}
	return &Store{DB: d, reader: db.ReadFrom(d), typed: newTypedKeys()}, nil
}

// watchLooks is the key of a watch: a look was asked for. watchAll is any job or
// look. All other keys are the numbers of jobs.
const (
	watchAll     = db.WatchAll
	watchLooks   = -1
	watchChecks  = -2
	watchNotices = -3
	watchTrails  = -4

	watchDiagnoses = -5 // one was asked for
	watchDiagnosed = -6 // one has seen something, or ended

	watchMany = -7 // checks of many setups were ordered
)

// WatchLooks wakes the caller when a look was asked for.
func (s *Store) WatchLooks() (asked <-chan struct{}, stop func()) {
	return s.Watch(watchLooks)
}
