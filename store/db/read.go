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
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
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

// QueryRowContext reads one row.
func (r *Reading) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	r.asked.Add(1)
	var again retries
	for {
		row := r.DB.QueryRowContext(ctx, query, clean(args)...)
		if err := row.Err(); err == nil || !again.worth(ctx, err) {
			return row
		}
	}
}

// All reads every row of a query.
func All[T any](ctx context.Context, q Querier, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, Translate(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, Translate(err)
		}
		list = append(list, v)
	}
	return list, Translate(rows.Err())
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
