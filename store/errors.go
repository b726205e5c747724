package store

import (
	"errors"
	"fmt"

	"apifront/setup"
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

// A LaterRevisionError says that something else is wanted by now than what a job
// carries out. It is an ErrConflict.
type LaterRevisionError struct {
	Revision int // of the job
	Newest   int // of the setup
}

// Error says it in a sentence.
func (e *LaterRevisionError) Error() string {
	return fmt.Sprintf("the job is of revision %d, and revision %d is the newest", e.Revision, e.Newest)
}

// Unwrap makes it an ErrConflict.
func (e *LaterRevisionError) Unwrap() error { return ErrConflict }

// A GoneError says that a job was to be started on a setup that is taken down, or
// a teardown of one that is wanted.
type GoneError struct {
	Setup string
	Gone  bool // the setup is taken down
}

func (e *GoneError) Error() string {
	if e.Gone {
		return "setup " + e.Setup + " is taken down"
	}
	return "setup " + e.Setup + " is wanted"
}

// Unwrap makes it an ErrConflict.
func (e *GoneError) Unwrap() error { return ErrConflict }

// A SetupExistsError says that a draft of a new setup has the account and name
// of a setup that exists. It is an ErrConflict.
type SetupExistsError struct {
	Setup    string // its ID
	Revision int    // its newest
}

// Error says it in a sentence.
func (e *SetupExistsError) Error() string {
	return fmt.Sprintf("setup %s has the account and name", e.Setup)
}

// Unwrap makes it an ErrConflict.
func (e *SetupExistsError) Unwrap() error { return ErrConflict }

// An OldDraftError says that the setup was changed since a draft of its next
// revision was begun. It is an ErrConflict.
type OldDraftError struct {
	Setup     string // its ID
	BeganFrom int    // the revision that the draft began from
	Newest    int    // the setup's newest
}

// Error says it in a sentence.
func (e *OldDraftError) Error() string {
	return fmt.Sprintf("the draft began from revision %d, and revision %d is the newest", e.BeganFrom, e.Newest)
}

// Unwrap makes it an ErrConflict.
func (e *OldDraftError) Unwrap() error { return ErrConflict }

// A HeldError says which setup has something already that was to be adopted. It is an
// ErrConflict.
type HeldError struct {
	Resource setup.Resource // that was to be adopted
	Setup    string         // ID of the one that has it
	Name     string         // of that setup
}

// Error says it in a sentence.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s %s belongs to setup %s", e.Resource.Key, e.Resource.ID, e.Setup)
}

// Unwrap makes it an ErrConflict.
func (e *HeldError) Unwrap() error { return ErrConflict }

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
