package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Tx is one write transaction. Every text that it is given is made storable.
type Tx struct {
	// Now is when the transaction began. All that it stores has this time.
	Now time.Time

	tx   *sql.Tx
	wake map[int64]bool // the watchers to wake after the commit
}

// Write carries out do in one write transaction, wakes the watchers after the
// commit, and returns what do returned; with an error it returns nothing else.
// Within do only the transaction may be used: on SQLite it holds the only
// writing connection, so anything else would wait for itself.
//
// On PostgreSQL do is carried out again, on a new connection, if nothing was
// stored because the connection was lost or another transaction was in the way.
// So do must assign nothing outside itself: values of a try that was not stored
// would be left there.
func Write[T any](ctx context.Context, d *DB, do func(*Tx) (T, error)) (T, error) {
	d.written.Add(1)
	var again retries
	for {
		v, stored, err := writeOnce(ctx, d, do)
		if err == nil || stored || !again.worth(ctx, err) {
			return v, err
		}
	}
}

// write is the function Write for what has no result.
func (d *DB) write(ctx context.Context, do func(*Tx) error) error {
	_, err := Write(ctx, d, func(t *Tx) (struct{}, error) { return struct{}{}, do(t) })
	return err
}

// writeOnce is one try. stored says whether it was stored, or may have been.
func writeOnce[T any](ctx context.Context, d *DB, do func(*Tx) (T, error)) (v T, stored bool, err error) {
	var none T
	if err := d.inPlace(); err != nil {
		return none, false, err
	}
	t, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return none, false, fmt.Errorf("begin: %w", Translate(err))
	}
	w := &Tx{Now: d.Now(), tx: t, wake: map[int64]bool{}}
	if v, err = do(w); err == nil && d.ear != nil {
		err = w.notify(ctx, d.ear.channel)
	}
	if err != nil {
		if back := rollback(t); back != nil && !lost(err) {
			return none, false, errors.Join(Translate(err), back)
		}
		return none, false, Translate(err)
	}
	if err := t.Commit(); err != nil {
		if d.Postgres() && lost(err) && !refused(err) {
			return none, true, fmt.Errorf("commit: %w: %w", ErrUncertain, err)
		}
		return none, !refused(err), fmt.Errorf("commit: %w", Translate(err))
	}
	if d.ear == nil || !d.ear.hears.Load() {
		d.watches.wake(w.wake)
	}
	return v, true, nil
}

// rollback ends the transaction; one that ended with its context is no error.
func rollback(t *sql.Tx) error {
	if err := t.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("rollback: %w", Translate(err))
	}
	return nil
}

// SQL is the transaction as the driver has it, for a bell that keeps its rows in
// the same database. Nobody else may use it.
func (t *Tx) SQL() *sql.Tx { return t.tx }

// Wake wakes after the commit who watches the key, and who watches all.
func (t *Tx) Wake(key int64) { t.wake[key] = true }

// ExecContext carries out a statement.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.tx.ExecContext(ctx, query, clean(args)...)
}

// QueryContext reads within the transaction.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(ctx, query, clean(args)...)
}

// QueryRowContext reads one row within the transaction.
func (t *Tx) QueryRowContext(ctx context.Context, query string, args ...any) Scanner {
	return t.tx.QueryRowContext(ctx, query, clean(args)...)
}

// One changes exactly one row, or says ErrNotFound.
func (t *Tx) One(ctx context.Context, query string, args ...any) error {
	n, err := t.Exec(ctx, query, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// Exec carries out a statement and says how many rows it touched.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, Translate(err)
	}
	return res.RowsAffected()
}
