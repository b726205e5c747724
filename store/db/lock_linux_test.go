package db

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A database that was closed can be opened at once, also while a process that
// was just started still has its file: it inherits what is open, until it is
// itself.
func TestALockEndsWithItsHolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	f, _, err := holdFile("a.db", path)
	must(t, err)
	started, err := syscall.Dup(int(f.Fd()))
	must(t, err)
	defer func() { must(t, syscall.Close(started)) }()
	if _, err := holdExisting(path); err == nil {
		t.Error("the file is held twice")
	}
	must(t, letGo(f))
	let, err := holdExisting(path)
	must(t, err)
	must(t, let())
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
