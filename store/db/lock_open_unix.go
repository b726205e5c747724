//go:build unix && !linux

package db

import "os"

// lockOpen refuses a file with more than one name. Locking the file itself would
// keep SQLite out, whose locks are of the same kind here.
func lockOpen(f *os.File) error { return oneName(f) }

// letGo closes the file.
func letGo(f *os.File) error { return f.Close() }
