package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// inUse is the sentence for a file that could not be kept from others.
func inUse(name string, err error) error {
	switch {
	case errors.Is(err, errLocked):
		return fmt.Errorf("the database %s is in use by another apifront process, which may have opened it by another name (a hard link); stop that one first", name)
	case errors.Is(err, errLinked):
		return fmt.Errorf("the database %s has more than one name (hard links), so that SQLite could not see what was written last by another one; remove all names but one, and keep the one with a -wal file beside it", name)
	}
	return fmt.Errorf("the database %s cannot be locked: %w", name, reason(err))
}

// inPlace says whether the name of an SQLite file still leads to the file that
// is open: ErrMoved if not. What is written to the open one would be found by
// nobody after the next start. Where that cannot be seen, writing tells.
func (d *DB) inPlace() error {
	if d.opened == nil {
		return nil
	}
	switch now, err := os.Stat(d.path); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: there is no file %s any more", ErrMoved, d.path)
	case err == nil && !os.SameFile(d.opened, now):
		return fmt.Errorf("%w: another file is at %s", ErrMoved, d.path)
	}
	return nil
}
