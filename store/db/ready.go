package db

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// How it is found out whether the database does its work, however many ask.
const (
	readyFor    = time.Second             // an answer is good for so long
	readyWithin = 1500 * time.Millisecond // a database that says nothing by then is silent
)

// Ready says whether the database takes a write: nil, or an ErrStorage of the
// kind that keeps it from it. It says so within readyWithin, and writes once in
// readyFor at most: one row, of this process alone.
func (d *DB) Ready(ctx context.Context) error {
	return d.ready.ask(ctx, func(ctx context.Context) error { return SignOfLife(ctx, d) })
}

// Answers says whether the database can be read: nil, or an ErrStorage. It takes
// as long as Ready at most.
func (d *DB) Answers(ctx context.Context) error {
	return d.answers.ask(ctx, d.Ping)
}

// lifeRow is how the rows of signs of life are called, among the secrets.
const lifeRow = "alive "

// roomy is how many octets a sign of life takes on SQLite, about as many as an
// act of a person. A row that is only changed is still written when the disk is
// full, so it would tell nothing.
const roomy = 16 << 10

// SignOfLife is what Ready asks, without what Ready remembers: it writes a row.
// On SQLite the row is new and takes room, and the one before is deleted. On
// PostgreSQL each process has one row of its own, so that a process that is
// paused while it writes holds up no other.
func SignOfLife(ctx context.Context, d *DB) error {
	if d.Postgres() {
		return d.signPostgres(ctx)
	}
	return d.write(ctx, func(t *Tx) error {
		old, err := All(ctx, t, func(row Scanner) (string, error) {
			var name string
			return name, row.Scan(&name)
		}, `SELECT name FROM secrets WHERE name LIKE $1`, lifeRow+"%")
		if err != nil {
			return err
		}
		name := lifeRow + "0"
		if slices.Contains(old, name) {
			name = lifeRow + "1"
		}
		_, err = t.Exec(ctx, `INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3)`, name, strings.Repeat("-", roomy), t.Now.UnixMilli())
		for _, one := range old {
			if err == nil {
				_, err = t.Exec(ctx, `DELETE FROM secrets WHERE name = $1`, one)
			}
		}
		return err
	})
}

// signPostgres is the sign of life on PostgreSQL. The first one of a process
// forgets the rows of processes that have ended. A process that was only silent
// for long makes its row again.
func (d *DB) signPostgres(ctx context.Context) error {
	row, first := d.life()
	return d.write(ctx, func(t *Tx) error {
		if first {
			if _, err := t.Exec(ctx, `DELETE FROM secrets WHERE name LIKE $1 AND created_at < $2`, lifeRow+"%", t.Now.Add(-time.Hour).UnixMilli()); err != nil {
				return err
			}
		}
		_, err := t.Exec(ctx, `
			INSERT INTO secrets (name, value, created_at) VALUES ($1, '', $2)
			ON CONFLICT (name) DO UPDATE SET created_at = excluded.created_at`, row, t.Now.UnixMilli())
		return err
	})
}

// life is the name of this process's row, and whether it is new.
func (d *DB) life() (row string, first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.alive == "" {
		d.alive, first = lifeRow+rand.Text()[:16], true
	}
	return d.alive, first
}

// An inquiry is a question about the database that many ask at the same time.
type inquiry struct {
	mu   sync.Mutex
	last *question // nil: none yet
}

// A question is put once for all who want to know at that time.
type question struct {
	told  chan struct{} // closed with the answer
	until time.Time     // the answer is good for so long
	err   error

	over chan struct{} // closed when the database is done with it
}

// ask returns the answer of the last time while it is good. Otherwise it puts
// the question, for all who ask meanwhile.
func (i *inquiry) ask(ctx context.Context, put func(context.Context) error) error {
	q := i.question(ctx, put)
	select {
	case <-q.told:
		return q.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (i *inquiry) question(ctx context.Context, put func(context.Context) error) *question {
	i.mu.Lock()
	defer i.mu.Unlock()
	if q := i.last; q != nil {
		select {
		case <-q.told:
			select {
			case <-q.over:
				if time.Now().Before(q.until) {
					return q
				}
			default:
				return q // it is still at the last one, which it did not answer in time
			}
		default:
			return q
		}
	}
	i.last = &question{told: make(chan struct{}), over: make(chan struct{})}
	go i.last.put(context.WithoutCancel(ctx), put)
	return i.last
}

// put waits for an answer, but not longer than readyWithin.
func (q *question) put(ctx context.Context, put func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	answer := make(chan error, 1)
	go func() {
		defer close(q.over)
		answer <- put(ctx)
	}()
	late := time.NewTimer(readyWithin + readyWithin/10) // drivers give up at the end of ctx, and need a moment for it
	defer late.Stop()
	select {
	case q.err = <-answer:
	case <-late.C:
		q.err = context.DeadlineExceeded
	}
	switch {
	case q.err == nil, errors.Is(q.err, ErrStorage):
	case errors.Is(q.err, context.DeadlineExceeded), errors.Is(q.err, context.Canceled):
		q.err = ErrSilent
	default:
		q.err = fmt.Errorf("%w: %w", ErrStorage, q.err)
	}
	q.until = time.Now().Add(readyFor)
	close(q.told)
}
