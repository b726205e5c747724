package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may ask an error for with errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("the state does not allow it")
	ErrFenced   = errors.New("somebody else has taken over")   // a pass that is no longer the newest may not write
	ErrStorage  = errors.New("the database cannot be written") // disk full, read-only, or failing
)

// An ActiveJobError says which job is in the way. It is an ErrConflict.
type ActiveJobError struct{ Job int64 }

// Error says it in a sentence.
func (e *ActiveJobError) Error() string { return fmt.Sprintf("job %d is still active", e.Job) }

// Unwrap makes it an ErrConflict.
func (e *ActiveJobError) Unwrap() error { return ErrConflict }

// conflict is an ErrConflict with a reason.
func conflict(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrConflict, fmt.Sprintf(format, args...))
}

// translate turns an error of the driver into one of the store. All others
// pass unchanged.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || errors.Is(err, ErrConflict) || errors.Is(err, ErrStorage) {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("%w: %w", context.Canceled, err)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	return err
}
