package store

import (
	"context"

	"apifront/store/db"
)

// Restored is what a restore did, see db.Restored.
type Restored = db.Restored

// Backup copies the database at path to the new file dest, see db.Backup.
func Backup(ctx context.Context, path, dest string) error { return db.Backup(ctx, path, dest) }

// Restore puts a copy of the backup in the place of the database at name, see
// db.Restore.
func Restore(ctx context.Context, name, backup string) (Restored, error) {
	return db.Restore(ctx, name, backup)
}

// Redacted is a database's name as it may be shown: without a password.
func Redacted(name string) string { return db.Redacted(name) }
