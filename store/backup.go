package store

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
// existing dest is never overwritten.
func Backup(ctx context.Context, path, dest string) (err error) {
	if isPostgres(path) {
		return fmt.Errorf("apifront backup copies SQLite files; copy a PostgreSQL database with pg_dump: pg_dump --format=custom --file=%s %s", dest, redacted(path))
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no database to copy: %w", err)
	}
	switch _, err := os.Stat(dest); {
	case err == nil:
		return fmt.Errorf("%s exists already; choose another name for the copy", dest)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the copy cannot be written: %w", err)
	}
	from, err := sql.Open("sqlite", dsn(path, false))
	if err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if _, err := from.ExecContext(ctx, `VACUUM INTO $1`, dest); err != nil {
		return fmt.Errorf("copy the database %s to %s: %w", path, dest, translate(err))
	}
	return check(ctx, dest)
}

// check says whether a database file is whole.
func check(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", dsn(path, true))
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&verdict); err != nil {
		return fmt.Errorf("check %s: %w", path, translate(err))
	}
	if verdict != "ok" {
		return fmt.Errorf("the copy %s is damaged: %s", path, verdict)
	}
	return nil
}
