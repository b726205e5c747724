package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// What a restore makes beside the database: the file that is to take its place,
// and the second name of the one that is there.
const (
	restoring = ".restoring"
	aside     = ".set-aside"
)

// Restored is what a restore did.
type Restored struct {
	Schema int64  // of the backup; the next start brings it up to date
	Kept   string // where the database is that was there before; "": there was none
}

// Restore puts a copy of the backup in the place of the database at name,
// which no process may have open. The backup is checked first and never
// written. What was there before is kept under a dated name. The exchange is
// one renaming of a whole file that is on the disk, so whoever ends the process
// or cuts the power leaves the old database or the new one, and what it leaves
// besides does no harm. Everybody is signed out, since the backup may know
// sessions that were ended after it was made.
func Restore(ctx context.Context, name, backup string) (done Restored, err error) {
	if isPostgres(name) {
		return done, fmt.Errorf("apifront restore puts SQLite files back; restore a PostgreSQL database with pg_restore: pg_restore --clean --if-exists --single-transaction --dbname=%s %s", Redacted(name), backup)
	}
	path, err := whereabouts(name)
	if err != nil {
		return done, err
	}
	unlock, err := lockPath(name, path)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	end, err := lockCopying(name, path)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, end()) }()
	free, err := lockBackup(path, backup)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, free()) }()
	if _, err := takeUp(path); err != nil {
		return done, fmt.Errorf("what an earlier restore left cannot be put in order: %w", err)
	}
	let, err := holdExisting(path)
	if err != nil {
		return done, inUse(name, err)
	}
	defer func() { err = errors.Join(err, let()) }()
	fresh := path + restoring
	done.Schema, err = prepare(ctx, backup, fresh)
	if err == nil {
		err = setAside(ctx, name, path)
	}
	if err == nil {
		err = rename(fresh, path)
	}
	var untidy error
	if done.Kept, untidy = takeUp(path); err == nil && untidy != nil {
		err = fmt.Errorf("the database %s is restored, but what was there before could not be given its name; it is beside it: %w", name, untidy)
	}
	return done, err
}

// lockBackup makes sure that no process writes to the backup. A database in use
// is torn when it is copied like a file.
func lockBackup(path, backup string) (free func() error, err error) {
	from, err := os.Stat(backup)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the backup %s cannot be read: %w", backup, reason(err))
	case !from.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file, so it cannot be the backup", backup)
	}
	if to, err := os.Stat(path); err == nil && os.SameFile(from, to) {
		return nil, fmt.Errorf("%s is the database itself, not a backup of it", backup)
	}
	real, err := filepath.EvalSymlinks(backup)
	if err != nil {
		return nil, fmt.Errorf("the backup %s cannot be read: %w", backup, reason(err))
	}
	switch let, err := holdExisting(real); { // a server may have opened it by another name
	case errors.Is(err, errLocked):
		return nil, fmt.Errorf("%s is the database of a running apifront; copy it with apifront backup, and restore the copy", backup)
	case err == nil:
		if err := let(); err != nil {
			return nil, fmt.Errorf("the backup %s cannot be read: %w", backup, reason(err))
		}
	}
	if _, err := os.Stat(real + ".lock"); err != nil {
		return func() error { return nil }, nil //nolint:nilerr // never opened by a server, or out of reach: nothing to wait for
	}
	free, err = lock(real + ".lock")
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("%s is the database of a running apifront; copy it with apifront backup, and restore the copy", backup)
	}
	if err != nil {
		return func() error { return nil }, nil //nolint:nilerr // a lock file that cannot be written is on a medium that no server writes to
	}
	return free, nil
}

// prepare makes the file fresh out of the backup, whole, checked and on the
// disk, and says which schema it has.
func prepare(ctx context.Context, backup, fresh string) (schema int64, err error) {
	if err := copyFile(backup, fresh); err != nil {
		return 0, fmt.Errorf("the backup %s could not be copied beside the database: %w", backup, err)
	}
	// A database that was copied like a file may have left its newest part here.
	if err := copyFile(backup+"-wal", fresh+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("the backup %s could not be copied beside the database: %w", backup, err)
	}
	if schema, err = inspect(ctx, fresh); err == nil {
		err = pure(ctx, fresh, schema)
	}
	if err != nil {
		return 0, fmt.Errorf("the backup %s cannot be restored: %w", backup, err)
	}
	if err := signOut(ctx, fresh); err != nil {
		return 0, fmt.Errorf("the backup %s could not be prepared: %w", backup, Translate(err))
	}
	if err := syncFile(fresh); err != nil {
		return 0, fmt.Errorf("the copy of the backup %s could not be written: %w", backup, err)
	}
	return schema, nil
}

// signOut ends all sessions of a database that nobody has open, and makes the
// links void that would let somebody in: they may have been used since.
func signOut(ctx context.Context, path string) error {
	db, err := alone(path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `DELETE FROM sessions`)
	var links int
	if err == nil { // schemas before 21 have no links
		err = db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'links'`).Scan(&links)
	}
	if err == nil && links > 0 {
		_, err = db.ExecContext(ctx, `DELETE FROM links`)
	}
	return errors.Join(err, db.Close())
}

// copyFile copies a file to a new one, for the owner's eyes only.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // only read
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if err == nil {
		err = dst.Sync()
	}
	return errors.Join(err, dst.Close())
}

// setAside gives the database at path a second name, under which it stays when
// another file takes its place. Afterwards no file is left beside it that SQLite
// would take for a part of the new one. If there is no database, there is
// nothing to do.
func setAside(ctx context.Context, name, path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return leftover(path) // a log without its database
	}
	// SQLite throws away the log of a file that it cannot read. Whoever wants to
	// save something of that needs all of it.
	for _, suffix := range logs {
		if err := copyFile(path+suffix, path+aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the log of the database %s could not be kept: %w", name, err)
		}
	}
	switch err := closeUp(ctx, path); {
	case damaged(err):
		for _, suffix := range besides {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	case err != nil:
		return fmt.Errorf("the database %s that is there could not be closed up: %w", name, Translate(err))
	default: // the log is in it now
		for _, suffix := range logs {
			if err := os.Remove(path + aside + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	if err := secondName(path, path+aside); err != nil {
		return fmt.Errorf("the database %s that is there could not be kept: %w", name, err)
	}
	return syncDir(path)
}

// takeUp puts in order what a restore has left beside the database at path, at
// its end or after it was killed. As long as the new file is still there, it has
// not taken the old one's place, and everything is as before. Otherwise the old
// database gets its dated name, which is returned.
func takeUp(path string) (kept string, err error) {
	if _, err := os.Lstat(path + restoring); err == nil {
		if err := os.Remove(path + aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		for _, suffix := range logs {
			// SQLite may have thrown the log away already.
			if _, err := os.Lstat(path + suffix); errors.Is(err, fs.ErrNotExist) {
				err = os.Rename(path+aside+suffix, path+suffix)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return "", err
				}
			}
		}
		return "", errors.Join(leftover(path+aside), leftover(path+restoring))
	}
	if _, err := os.Lstat(path + aside); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	stamp := path + ".before-restore." + time.Now().UTC().Format("20060102-150405")
	kept = stamp
	for n := 2; ; n++ {
		if _, err := os.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
			break
		}
		kept = fmt.Sprintf("%s-%d", stamp, n)
	}
	for _, suffix := range append(append([]string{}, logs...), "") { // itself last: until then this is not done
		if err := os.Rename(path+aside+suffix, kept+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return kept, syncDir(path)
}

// closeUp makes the database one file: what stands in the log beside it goes into
// it.
func closeUp(ctx context.Context, path string) error {
	db, err := alone(path)
	if err != nil {
		return err
	}
	err = db.PingContext(ctx)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	for _, suffix := range besides {
		if _, err := os.Stat(path + suffix); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is still there; another program has the database open", path+suffix)
		}
	}
	return nil
}

// secondName gives a file one more name. On a file system where a file has only
// one, it is copied.
func secondName(path, second string) error {
	err := os.Link(path, second)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return copyFile(path, second)
}
