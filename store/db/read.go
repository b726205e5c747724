package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/jackc/pgx/v5/stdlib"
)

// A Querier is what reads: the reading pool or a transaction.
type Querier interface {
	RowsQuerier
	QueryRowContext(ctx context.Context, query string, args ...any) Scanner
}

// A RowsQuerier reads rows, as a *sql.DB does, too.
type RowsQuerier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A Scanner is a row.
type Scanner interface{ Scan(dest ...any) error }

// Reading is the pool that reads. A query that met a lost connection is asked
// again on another one.
type Reading struct {
	*sql.DB
	asked atomic.Int64 // queries
}

// QueryContext reads rows.
func (r *Reading) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.asked.Add(1)
	var again retries
	for {
		rows, err := r.DB.QueryContext(ctx, query, clean(args)...)
		if err == nil || !again.worth(ctx, err) {
			return rows, err
		}
	}
}

// QueryRowContext reads one row. It is asked for when it is scanned, so that a
// connection that is lost in the middle of the answer is met, too.
func (r *Reading) QueryRowContext(ctx context.Context, query string, args ...any) Scanner {
	r.asked.Add(1)
	return r.row(ctx, query, args...)
}

func (r *Reading) row(ctx context.Context, query string, args ...any) Scanner {
	return oneRow{func(dest ...any) error {
		var again retries
		for {
			err := r.DB.QueryRowContext(ctx, query, clean(args)...).Scan(dest...)
			if err == nil || !again.worth(ctx, err) {
				return err
			}
		}
	}}
}

// oneRow is a row that is asked for when it is scanned.
type oneRow struct{ scan func(dest ...any) error }

// Scan asks for the row. Where there is none, it says sql.ErrNoRows.
func (r oneRow) Scan(dest ...any) error { return r.scan(dest...) }

// All reads every row of a query. Outside a transaction a query whose connection
// was lost in the middle of its rows is asked again from the first.
func All[T any](ctx context.Context, q RowsQuerier, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	r, alone := q.(*Reading)
	if !alone {
		list, err := readAll(ctx, q, scan, query, args)
		return list, Translate(err)
	}
	r.asked.Add(1)
	var again retries
	for {
		list, err := readAll(ctx, r.DB, scan, query, clean(args))
		if err == nil || !again.worth(ctx, err) {
			return list, Translate(err)
		}
	}
}

func readAll[T any](ctx context.Context, q RowsQuerier, scan func(Scanner) (T, error), query string, args []any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// OpenToRead opens a database to read only, for one query that may take its
// time; its schema stays as it is. A server may have it open.
func OpenToRead(ctx context.Context, name string) (*sql.DB, error) {
	if isPostgres(name) {
		cfg, _, err := postgresConfig(name)
		if err != nil {
			return nil, err
		}
		cfg.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
		cfg.ConnConfig.RuntimeParams["statement_timeout"] = "0"
		return stdlib.OpenDB(*cfg.ConnConfig), nil
	}
	path, err := whereabouts(name)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("the database %s cannot be read: %w", name, reason(err))
	}
	db, err := sql.Open("sqlite", dsn(path, true))
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", name, err)
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database %s cannot be read: %w", name, Translate(err)), db.Close())
	}
	return db, nil
}
