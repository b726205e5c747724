package db

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// One file has one process, by whatever name it is found.
func TestAFileByAnotherName(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "a.db")
	s, err := Open(t.Context(), path)
	must(t, err)
	for what, name := range map[string]string{"beside": filepath.Join(dir, "b.db"), "elsewhere": filepath.Join(elsewhere, "a.db")} {
		must(t, os.Link(path, name))
		other, err := Open(t.Context(), name)
		if err == nil {
			must(t, other.Close())
			t.Fatalf("%s: a hard link was opened by a second one", what)
		}
		if !strings.Contains(err.Error(), name+" is in use by another apifront process") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: it says %q", what, err)
		}
		if _, err := Restore(t.Context(), name, path); err == nil {
			t.Errorf("%s: a database in use was restored by another name", what)
		}
		if _, err := Restore(t.Context(), filepath.Join(elsewhere, "new.db"), name); err == nil || !strings.Contains(err.Error(), "of a running apifront") {
			t.Errorf("%s: a database in use was taken for a backup: %v", what, err)
		}
		must(t, s.put(t.Context(), "k", what)) // the first one goes on
	}
	must(t, s.Close())
	other, err := Open(t.Context(), filepath.Join(elsewhere, "a.db"))
	if err == nil {
		must(t, other.Close())
	}
	if err == nil || !strings.Contains(err.Error(), "more than one name") {
		t.Errorf("a file with three names was opened: %v", err)
	}
	must(t, os.Remove(filepath.Join(dir, "b.db")))
	must(t, os.Remove(path))
	other, err = Open(t.Context(), filepath.Join(elsewhere, "a.db"))
	must(t, err) // it has one name again
	must(t, other.Close())
}

// What a killed process wrote last stands beside the name that it used. By
// another name the file would be empty, or older than it is, and what is written
// there would be lost in turn.
func TestAKilledFileByAnotherName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	s, err := Open(t.Context(), path)
	must(t, err)
	must(t, s.put(t.Context(), "k", "x"))
	killed := filepath.Join(t.TempDir(), "a.db") // what a kill leaves at this moment
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		must(t, err)
		must(t, os.WriteFile(killed+suffix, b, 0o600))
	}
	must(t, s.Close())
	link := filepath.Join(filepath.Dir(killed), "b.db")
	must(t, os.Link(killed, link))
	for _, name := range []string{link, killed} {
		if s, err := Open(t.Context(), name); err == nil {
			_, err := s.kept(t.Context(), "k")
			must(t, s.Close())
			t.Fatalf("%s was opened beside another name; what was put: %v", filepath.Base(name), err)
		} else if !strings.Contains(err.Error(), "keep the one with a -wal file beside it") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: it says %q", filepath.Base(name), err)
		}
	}
	must(t, os.Remove(link))
	s, err = Open(t.Context(), killed)
	must(t, err)
	if _, err := s.kept(t.Context(), "k"); err != nil {
		t.Errorf("by its own name: %v", err)
	}
	must(t, s.Close())
}

// A file that is renamed, replaced or deleted under the server is noticed before
// the next write, by who asks, and by who reads on a new connection; nothing is
// made in its place; put back, all goes on and nothing is lost.
func TestAFileThatIsTakenAway(t *testing.T) {
	t.Parallel()
	for what, take := range map[string]func(path string) error{
		"renamed": func(path string) error { return os.Rename(path, path+".old") },
		"deleted": func(path string) error { return errors.Join(os.Link(path, path+".old"), os.Remove(path)) },
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o600))
		},
		"copied over by another file": func(path string) error {
			return errors.Join(os.Link(path, path+".old"), os.WriteFile(path+".new", nil, 0o600), os.Rename(path+".new", path))
		},
	} {
		for _, readers := range []string{"nobody has read", "one reads on", "many read at once"} {
			t.Run(what+", "+readers, func(t *testing.T) {
				t.Parallel()
				ctx, path := t.Context(), filepath.Join(t.TempDir(), "a.db")
				s, err := Open(ctx, path)
				must(t, err)
				defer func() { must(t, s.Close()) }()
				must(t, s.put(ctx, "k", "x"))
				must(t, s.Ready(ctx))
				read := func() error { _, err := s.kept(ctx, "k"); return err }
				if readers != "nobody has read" {
					must(t, read())
				}
				must(t, take(path))
				before, beforeErr := os.ReadFile(path)
				for end := time.Now().Add(10 * time.Second); s.Ready(ctx) == nil && time.Now().Before(end); {
					time.Sleep(20 * time.Millisecond) // what was found out is good for a moment
				}
				wants(t, s.Ready(ctx), ErrMoved)
				err = s.put(ctx, "k", "y")
				wants(t, err, ErrMoved)
				wants(t, err, ErrStorage)
				switch readers {
				case "nobody has read":
					wants(t, read(), ErrMoved)
				case "one reads on":
					must(t, read())
				case "many read at once":
					held, err := s.reader.Conn(ctx) // the only connection
					must(t, err)
					wants(t, read(), ErrMoved)
					must(t, held.Close())
				}
				after, afterErr := os.ReadFile(path)
				if !bytes.Equal(before, after) || errors.Is(beforeErr, fs.ErrNotExist) != errors.Is(afterErr, fs.ErrNotExist) {
					t.Errorf("in its place were %d bytes (%v), now there are %d (%v)", len(before), beforeErr, len(after), afterErr)
				}
				must(t, os.Rename(path+".old", path))
				if got, err := s.kept(ctx, "k"); err != nil || got != "x" {
					t.Errorf("put back, it says %q, %v", got, err)
				}
				must(t, s.put(ctx, "k", "z"))
				must(t, s.Close())
				s, err = Open(ctx, path)
				must(t, err)
				if got, err := s.kept(ctx, "k"); err != nil || got != "z" {
					t.Errorf("after the next start it says %q, %v", got, err)
				}
			})
		}
	}
}

// A connection to a file that is not there makes none.
func TestNoFileIsMadeByAConnection(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	for _, readOnly := range []bool{true, false} {
		db, err := sql.Open("sqlite", dsn(path, readOnly))
		must(t, err)
		if err := db.PingContext(t.Context()); err == nil {
			t.Error("it was opened")
		}
		must(t, db.Close())
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("there is a file now: %v", err)
		}
	}
}
