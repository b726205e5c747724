package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup copies the database at path to a new file, whole and consistent,
// also while a server is using it. An existing file is not overwritten.
func Backup(ctx context.Context, path, file string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("the database %s cannot be read: %w", path, reason(err))
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the file %s exists already; choose another name for the copy", file)
	}
	db, err := sql.Open("sqlite", dsn(path, false))
	if err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, file); err != nil {
		return errors.Join(fmt.Errorf("the database %s could not be copied to %s: %w", path, file, err), db.Close())
	}
	return db.Close()
}
