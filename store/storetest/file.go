package storetest

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// fresh is an SQLite file with the schema of today and nothing else. The first
// test of the process that wants one makes it.
var fresh struct {
	sync.Mutex
	content []byte
}

// File makes the path an SQLite file with the schema of today, and returns it.
// It is a copy of one that migrate made by opening and closing a database at
// the path that it is given: the migrations run once in a process, not for each
// test. Tests of the migrations, and of making a database, use none of this.
func File(t testing.TB, path string, migrate func(name string) error) string {
	t.Helper()
	fresh.Lock()
	defer fresh.Unlock()
	if fresh.content == nil {
		content, err := made(migrate)
		if err != nil {
			t.Fatal(err)
		}
		fresh.content = content
	}
	if err := os.WriteFile(path, fresh.content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// made is the content of a file that migrate made.
func made(migrate func(name string) error) (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "apifront")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "fresh.db")
	if err := migrate(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // G304: the file was made just above
}
