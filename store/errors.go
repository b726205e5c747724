package store

import (
	"errors"
	"fmt"

	"apifront/store/db"
)

// What a caller may ask an error for with errors.Is; see db.
var (
	ErrNotFound = db.ErrNotFound
	ErrConflict = db.ErrConflict
	ErrFenced   = errors.New("somebody else has taken over") // a pass that is no longer the newest may not write
	ErrStorage  = db.ErrStorage

	ErrFull      = db.ErrFull
	ErrReadOnly  = db.ErrReadOnly
	ErrSilent    = db.ErrSilent
	ErrMoved     = db.ErrMoved
	ErrUncertain = db.ErrUncertain
)

// An ActiveJobError says which job is in the way. It is an ErrConflict.
type ActiveJobError struct{ Job int64 }

// Error says it in a sentence.
func (e *ActiveJobError) Error() string { return fmt.Sprintf("job %d is still active", e.Job) }

// Unwrap makes it an ErrConflict.
func (e *ActiveJobError) Unwrap() error { return ErrConflict }

// A LaterJobError says which job has changed the same name since. It is an
// ErrConflict.
type LaterJobError struct{ Job int64 }

// Error says it in a sentence.
func (e *LaterJobError) Error() string {
	return fmt.Sprintf("job %d has changed the name since", e.Job)
}

// Unwrap makes it an ErrConflict.
func (e *LaterJobError) Unwrap() error { return ErrConflict }

// conflict is an ErrConflict with a reason.
func conflict(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrConflict, fmt.Sprintf(format, args...))
}

// Translate is the error of somebody else who writes to the store's database, as
// one of the store.
func Translate(err error) error { return db.Translate(err) }

// translate turns an error of the driver into one of the store. All others
// pass unchanged.
func translate(err error) error { return db.Translate(err) }
