package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup copies the database at path to the new file dest, whole and
// consistent, also while a server writes to it, and checks the copy. An
// existing dest is never overwritten, and a dest that exists is whole: the
// copy has another name until it is checked.
func Backup(ctx context.Context, path, dest string) (err error) {
	if isPostgres(path) {
		return fmt.Errorf("apifront backup copies SQLite files; copy a PostgreSQL database with pg_dump: pg_dump --format=custom --file=%s %s", dest, Redacted(path))
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no database to copy: %w", err)
	}
	switch _, err := os.Lstat(dest); {
	case err == nil:
		return fmt.Errorf("%s exists already; choose another name for the copy", dest)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the copy cannot be written: %w", err)
	}
	real, err := whereabouts(path)
	if err != nil {
		return err
	}
	end, err := lockCopying(path, real)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	from, err := sql.Open("sqlite", dsn(real, false))
	if err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := copyInto(ctx, from, dest); err != nil {
		return fmt.Errorf("copy the database %s to %s: %w", path, dest, err)
	}
	return nil
}

// lockCopying keeps a backup and a restore of one database apart. Otherwise a
// backup that still has the old file open could remove the log of the new file
// that took its place. A server takes no notice of this lock.
func lockCopying(name, path string) (end func() error, err error) {
	end, err = lock(path + ".copying.lock")
	switch {
	case errors.Is(err, errLocked):
		return nil, fmt.Errorf("another backup or restore of the database %s is under way; wait for its end", name)
	case err != nil:
		return nil, fmt.Errorf("the lock %s cannot be taken: %w", path+".copying.lock", reason(err))
	}
	return end, nil
}

// copyInto copies an open database to the new file dest, for the owner's eyes
// only, and checks the copy. On an error there is no dest.
func copyInto(ctx context.Context, from *sql.DB, dest string) (err error) {
	part := dest + ".part"
	if err := leftover(part); err != nil {
		return err
	}
	// SQLite would give it the mode of the umask; it takes an empty file as it is.
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, leftover(part))
		}
	}()
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := from.ExecContext(ctx, `VACUUM INTO $1`, part); err != nil {
		return Translate(err)
	}
	if _, err := inspect(ctx, part); err != nil {
		return fmt.Errorf("the copy is not whole: %w", err)
	}
	if err := syncFile(part); err != nil {
		return err
	}
	return rename(part, dest)
}

// leftover removes an SQLite file that nobody needs, with what SQLite may have
// put beside it. One that is not there is no error.
func leftover(path string) error {
	var errs []error
	for _, suffix := range append([]string{""}, besides...) {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// besides are the endings of the files that SQLite keeps beside a database:
// what is written and not yet in it, the index of that, and the journal of a
// database that has no such log.
var besides = []string{"-wal", "-shm", "-journal"}

// logs are those of besides that hold what the database may lack.
var logs = []string{"-wal", "-journal"}
