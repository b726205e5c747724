package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// preparedStatements is how many prepared statements a connection to an SQLite
// file keeps. The store has fewer.
const preparedStatements = 256

// A driverConn is a connection as the SQLite driver makes it.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	sqlite.HookRegisterer
}

// A driverStmt is a prepared statement as the SQLite driver makes it.
type driverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// A preparing connection keeps its prepared statements, as pgx does on
// PostgreSQL: to parse and plan a statement takes SQLite longer than most of
// ours run. A statement is in use by one query at a time; meanwhile another
// query of the same text prepares its own. SQLite itself prepares a statement
// again after a change of the schema. database/sql uses a connection, with its
// rows, from one goroutine at a time.
type preparing struct {
	driverConn
	idle   map[string]prepared // by text
	uses   uint64
	closed bool
}

// A prepared statement is one that no query uses.
type prepared struct {
	driverStmt
	used uint64 // the use of the connection at which it became idle
}

// ExecContext carries out a statement.
func (c *preparing) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !worthKeeping(query) {
		return c.driverConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(ctx, args)
	if err != nil {
		return nil, drop(s, err)
	}
	return r, c.keep(query, s)
}

// QueryContext reads rows. The statement is in use until they are closed.
func (c *preparing) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !worthKeeping(query) {
		return c.driverConn.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, drop(s, err)
	}
	return &preparedRows{Rows: r, c: c, query: query, s: s}, nil
}

// Close closes the statements and the connection.
func (c *preparing) Close() error {
	c.closed = true
	var errs []error
	for _, s := range c.idle {
		errs = append(errs, s.Close())
	}
	clear(c.idle)
	return errors.Join(append(errs, c.driverConn.Close())...)
}

// take is a statement for one use: one that was kept, or a new one.
func (c *preparing) take(ctx context.Context, query string) (driverStmt, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s.driverStmt, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	known, ok := s.(driverStmt)
	if !ok {
		return nil, drop(s, fmt.Errorf("the driver of SQLite has another kind of statement: %T", s))
	}
	return known, nil
}

// keep keeps a statement after its use, in the place of the one that was idle
// for longest if there are too many.
func (c *preparing) keep(query string, s driverStmt) error {
	if _, twice := c.idle[query]; twice || c.closed {
		return s.Close()
	}
	var err error
	if len(c.idle) >= preparedStatements {
		oldest := query
		for text, other := range c.idle {
			if oldest == query || other.used < c.idle[oldest].used {
				oldest = text
			}
		}
		err = c.idle[oldest].Close()
		delete(c.idle, oldest)
	}
	c.uses++
	c.idle[query] = prepared{s, c.uses}
	return err
}

// drop closes a statement that met an error, which is returned.
func drop(s driver.Stmt, err error) error {
	_ = s.Close() // SQLite says the same error again
	return err
}

// worthKeeping says whether a statement is kept: what reads and writes rows is.
// Others are rare, and some of them act when they are prepared.
func worthKeeping(query string) bool {
	query = strings.TrimLeft(query, " \t\r\n")
	for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"} {
		if len(query) > len(verb) && strings.EqualFold(query[:len(verb)], verb) {
			return true
		}
	}
	return false
}

// preparedRows are the rows of a prepared statement.
type preparedRows struct {
	driver.Rows
	c     *preparing
	query string
	s     driverStmt
	done  bool
}

// Close gives the statement back.
func (r *preparedRows) Close() error {
	if r.done {
		return nil
	}
	r.done = true
	if err := r.Rows.Close(); err != nil {
		return drop(r.s, err)
	}
	return r.c.keep(r.query, r.s)
}
