package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may ask an error for with errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("the state does not allow it")
	ErrStorage  = errors.New("the database cannot be written") // disk full, read-only, failing, or out of reach
)

// Kinds of ErrStorage that somebody can do something about, or should know.
var (
	ErrFull      = fmt.Errorf("%w: the disk is full", ErrStorage)
	ErrReadOnly  = fmt.Errorf("%w: it is read-only", ErrStorage)
	ErrSilent    = fmt.Errorf("%w: it does not answer", ErrStorage)
	ErrMoved     = fmt.Errorf("%w: its file was renamed, replaced or deleted", ErrStorage)
	ErrUncertain = fmt.Errorf("%w: the connection was lost while it was at it, so it is not known whether it was stored", ErrStorage)
)

// Translate turns an error of the driver into one of these. All others pass
// unchanged.
func Translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrStorage) {
		return err
	}
	if kind := kind(err); kind != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return err
}

// kind is our error for one of a driver, nil for one it has none for.
func kind(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return ErrConflict
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return ErrNotFound
		case sqlite3.SQLITE_INTERRUPT:
			return context.Canceled
		}
		// The file beside the database that processes share has no room to grow,
		// https://www.sqlite.org/rescode.html#ioerr_shmsize.
		if e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE {
			return ErrFull
		}
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return ErrFull
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
			return ErrReadOnly
		case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN,
			sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL:
			return ErrStorage
		}
		return nil
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case pgUnique:
			return ErrConflict
		case pgForeignKey:
			return ErrNotFound
		case pgReadOnly:
			return ErrReadOnly
		case pgFull:
			return ErrFull
		}
		switch e.Code[:2] {
		case "53", "54", "58", "XX": // resources (disk full, too many connections), limits, input and output, damage
			return ErrStorage
		}
	}
	if lost(err) {
		return ErrStorage
	}
	return nil
}

// damaged says whether a file is no database, or not a whole one.
func damaged(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// Codes of PostgreSQL,
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	pgUnique        = "23505"
	pgForeignKey    = "23503"
	pgReadOnly      = "25006"
	pgIdleTooLong   = "25P03"
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
	pgTooMany       = "53300"
	pgFull          = "53100"
	pgStalePlan     = "0A000" // a prepared statement of before a migration; the driver prepares it anew
)

// lost says whether the connection to PostgreSQL was lost or could not be
// made, so that the same may go well on another one.
func lost(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case e.Code == pgIdleTooLong, e.Code == pgTooMany:
			return true
		case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "57P"): // connection; shutdown, start-up
			return true
		}
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// refused says whether PostgreSQL rolled the transaction back because another
// one was in the way.
func refused(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == pgSerialization || e.Code == pgDeadlock || e.Code == pgStalePlan)
}

// patience is for how long something is tried again: a server that restarts
// or fails over is back by then.
const patience = 5 * time.Second

// retries counts tries of one thing.
type retries struct {
	began time.Time
	n     int
}

// worth waits a little and says whether another try makes sense after err.
func (r *retries) worth(ctx context.Context, err error) bool {
	if !lost(err) && !refused(err) {
		return false
	}
	if r.n == 0 {
		r.began = time.Now()
	}
	r.n++
	wait := min(10*time.Millisecond<<min(r.n, 6), 500*time.Millisecond)
	if time.Since(r.began)+wait > patience {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait/2 + rand.N(wait/2)): //nolint:gosec // G404: it spreads waits and keeps no secret
		return true
	}
}
