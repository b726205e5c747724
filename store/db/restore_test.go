package db

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// people makes a database with n users, half of whom stand only in the log
// beside it, as after a kill.
func people(t *testing.T, path, who string, n int) {
	t.Helper()
	other := filepath.Join(t.TempDir(), "open.db")
	s, err := Open(t.Context(), other)
	must(t, err)
	run := func(query string, args ...any) {
		t.Helper()
		must(t, s.write(t.Context(), func(x *Tx) error { return x.One(t.Context(), query, args...) }))
	}
	add := func(from, to int) {
		for i := from; i < to; i++ {
			run(`INSERT INTO users (id, email, name, password_hash, role, theme, created_at) VALUES ($1, $2, '', '', 'admin', '', 0)`,
				fmt.Sprint(who, i), fmt.Sprintf("%s%d@example.com", who, i))
		}
	}
	add(0, n/2)
	_, err = s.writer.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	must(t, err)
	add(n/2, n)
	run(`INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at, address, agent) VALUES ($1, $2, 0, 0, 9900000000000, '', '')`, who, who+"0")
	must(t, copyFile(other, path))
	must(t, copyFile(other+"-wal", path+"-wal"))
	must(t, s.Close())
}

// whose says which users the database at path has. It ends the test unless the
// database is whole.
func whose(t *testing.T, path string) string {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatalf("open %s: %v", filepath.Base(path), err)
	}
	defer func() { must(t, s.Close()) }()
	var verdict, who string
	var n int
	must(t, s.writer.QueryRow(`PRAGMA integrity_check`).Scan(&verdict))
	must(t, s.writer.QueryRow(`SELECT COUNT(*), COALESCE(MIN(SUBSTR(email, 1, 3)), '') FROM users`).Scan(&n, &who))
	if verdict != "ok" {
		t.Fatalf("%s is damaged: %s", filepath.Base(path), verdict)
	}
	return fmt.Sprint(n, " ", who)
}

// files are the names in a directory, without locks.
func files(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), ".lock") {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestRestore(t *testing.T) {
	t.Parallel()
	dir, safe := t.TempDir(), filepath.Join(t.TempDir(), "safe.db")
	path := filepath.Join(dir, "a b?c#d.db")
	people(t, path, "old", 20)
	people(t, safe, "new", 10) // copied like a file: with its log
	must(t, os.Chmod(safe, 0o400))
	before, err := os.ReadFile(safe)
	must(t, err)
	done, err := Restore(t.Context(), path, safe)
	must(t, err)
	if got := whose(t, path); got != "10 new" {
		t.Errorf("the database has %s users, want 10 new", got)
	}
	if after, err := os.ReadFile(safe); err != nil || string(after) != string(before) {
		t.Errorf("the backup was changed (%v)", err)
	}
	if got := whose(t, done.Kept); got != "20 old" {
		t.Errorf("what is kept has %s users, want 20 old", got)
	}
	if names := files(t, dir); len(names) != 2 {
		t.Errorf("the directory has %q, want the database and the kept one", names)
	}
	for _, name := range []string{path, done.Kept} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v %v", filepath.Base(name), info.Mode(), err)
		}
	}
	s, err := Open(t.Context(), path)
	must(t, err)
	var sessions int
	must(t, s.reader.QueryRow(`SELECT COUNT(*) FROM sessions`).Scan(&sessions))
	if sessions != 0 {
		t.Error("somebody is still signed in")
	}
	must(t, s.Close())

	// Once more within the same second: nothing that is kept is lost.
	again, err := Restore(t.Context(), path, done.Kept)
	must(t, err)
	if got := whose(t, path) + ", " + whose(t, again.Kept) + ", " + whose(t, done.Kept); again.Kept == done.Kept || got != "20 old, 10 new, 20 old" {
		t.Errorf("after a second restore: %s in %v", got, files(t, dir))
	}

	// Where nothing is, nothing is kept.
	fresh, err := Restore(t.Context(), filepath.Join(t.TempDir(), "b.db"), safe)
	must(t, err)
	if fresh.Kept != "" || fresh.Schema == 0 {
		t.Errorf("a restore to a new place says %+v", fresh)
	}
}

// A damaged database is what a backup is for. All of it is kept.
func TestRestoreOverADamagedDatabase(t *testing.T) {
	t.Parallel()
	dir, safe := t.TempDir(), filepath.Join(t.TempDir(), "safe.db")
	path := filepath.Join(dir, "a.db")
	must(t, os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600))
	must(t, os.WriteFile(path+"-wal", []byte("the log of it"), 0o600))
	people(t, safe, "new", 10)
	done, err := Restore(t.Context(), path, safe)
	must(t, err)
	if got := whose(t, path); got != "10 new" {
		t.Errorf("the database has %s users, want 10 new", got)
	}
	if text, err := os.ReadFile(done.Kept); err != nil || !strings.HasPrefix(string(text), "not a database") {
		t.Errorf("the damaged database was not kept: %v", err)
	}
	if text, err := os.ReadFile(done.Kept + "-wal"); err != nil || string(text) != "the log of it" {
		t.Errorf("the log of the damaged database was not kept: %v", err)
	}
}

func TestRestoreRefusesWithOneSentence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	path, safe := at("a.db"), at("safe.db")
	people(t, path, "old", 20)
	people(t, safe, "new", 200)
	must(t, os.WriteFile(at("text"), []byte(strings.Repeat("not a database ", 1000)), 0o600))
	must(t, os.WriteFile(at("empty"), nil, 0o600))
	whole, err := os.ReadFile(safe)
	must(t, err)
	half := append([]byte{}, whole...)
	clear(half[len(half)/2:])
	must(t, os.WriteFile(at("half.db"), half, 0o600))
	s, err := Open(t.Context(), at("used.db"))
	must(t, err)
	defer func() { must(t, s.Close()) }()
	newer, err := Open(t.Context(), at("newer.db"))
	must(t, err)
	_, err = newer.writer.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
	must(t, err)
	must(t, newer.Close())
	must(t, os.Symlink(path, at("link.db")))
	must(t, os.Symlink(at("used.db"), at("used-link.db")))
	for _, c := range []struct{ name, path, backup, want string }{
		{"a server runs", at("used.db"), safe, "in use by another apifront process"},
		{"a server runs, by a link", at("used-link.db"), safe, "in use by another apifront process"},
		{"no backup", path, at("none.db"), "cannot be read"},
		{"a directory", path, dir, "is not a file"},
		{"itself", path, at("link.db"), "is the database itself"},
		{"a running server's", path, at("used.db"), "database of a running apifront"},
		{"no database", path, at("text"), "damaged or not a database"},
		{"empty", path, at("empty"), "not a database of apifront"},
		{"half of it", path, at("half.db"), "damaged"},
		{"newer", path, at("newer.db"), "written by a newer apifront"},
		{"no directory", at("none/a.db"), safe, "does not exist"},
		{"PostgreSQL", "postgres://a:secret@b/c", safe, "pg_restore"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := files(t, dir)
			_, err := Restore(t.Context(), c.path, c.backup)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") {
				t.Errorf("the error is %v, want one line with %q", err, c.want)
			}
			if after := files(t, dir); strings.Join(after, "|") != strings.Join(before, "|") {
				t.Errorf("the directory has %q, before it had %q", after, before)
			}
		})
	}
	if got := whose(t, path); got != "20 old" {
		t.Errorf("after all refusals the database has %s users, want 20 old", got)
	}
}

// A backup and a restore of one database do not meet.
func TestBackupAndRestoreTakeTurns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	people(t, path, "old", 2)
	end, err := lockCopying(path, path)
	must(t, err)
	defer func() { must(t, end()) }()
	for what, err := range map[string]error{
		"backup":  Backup(t.Context(), path, filepath.Join(dir, "copy.db")),
		"restore": func() error { _, err := Restore(t.Context(), path, filepath.Join(dir, "safe.db")); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), "another backup or restore") {
			t.Errorf("a %s beside another one: error %v", what, err)
		}
	}
}

// restoreHere makes this test binary restore and end: what the process is that
// TestRestoreKilledAnywhere kills.
const restoreHere = "APIFRONT_TEST_RESTORE"

func TestRestoreInAProcess(t *testing.T) {
	dir := os.Getenv(restoreHere)
	if dir == "" {
		t.Skip("it is a part of TestRestoreKilledAnywhere")
	}
	fmt.Println("begins")
	_, err := Restore(context.Background(), filepath.Join(dir, "a.db"), filepath.Join(dir, "safe", "safe.db"))
	must(t, err)
	fmt.Println("ended")
}

// A restore is killed at any moment. There is the old database or the new one,
// whole; the old one is somewhere in any case; and the next restore goes well.
func TestRestoreKilledAnywhere(t *testing.T) {
	t.Parallel()
	took, ends := 50*time.Millisecond, map[string]int{}
	old, fresh := filepath.Join(t.TempDir(), "old.db"), filepath.Join(t.TempDir(), "new.db")
	people(t, old, "old", 20)
	people(t, fresh, "new", 10)
	for round := range 16 {
		dir := t.TempDir()
		path, safe := filepath.Join(dir, "a.db"), filepath.Join(dir, "safe", "safe.db")
		must(t, os.Mkdir(filepath.Dir(safe), 0o700))
		for from, to := range map[string]string{old: path, fresh: safe} {
			must(t, copyFile(from, to))
			must(t, copyFile(from+"-wal", to+"-wal"))
		}
		after := time.Duration(0)
		if round > 0 { // the first one says how long it takes
			after = time.Duration(rand.Int64N(int64(took)))
		}
		lasted := killedRestore(t, dir, round > 0, after)
		if round == 0 {
			took = lasted
		}
		left := files(t, dir)
		got := whose(t, path)
		ends[fmt.Sprint(got, ", with ", len(left)-1, " files")]++
		kept, err := filepath.Glob(path + ".before-restore.*[0-9]")
		must(t, err)
		for _, k := range kept {
			if got := whose(t, k); got != "20 old" {
				t.Errorf("killed after %s, what is kept has %s users", after, got)
			}
		}
		switch {
		case got == "20 old":
		case got == "10 new" && len(kept) == 1:
		default:
			t.Fatalf("killed after %s there are %s users and the files %q", after, got, left)
		}
		done, err := Restore(t.Context(), path, safe)
		must(t, err)
		if again := whose(t, path); again != "10 new" || whose(t, done.Kept) != got {
			t.Errorf("the restore after a kill: %s users", again)
		}
		if _, err := os.Stat(path + ".restoring"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the killed restore's file is still there: %v", err)
		}
	}
	t.Logf("a restore takes %s; killed ones left %v", took, ends)
}

// killedRestore runs a restore in a process of its own, and kills it so long
// after it began.
func killedRestore(t *testing.T, dir string, kill bool, after time.Duration) time.Duration {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRestoreInAProcess$")
	c.Env = append(os.Environ(), restoreHere+"="+dir)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "begins" {
		t.Fatalf("the process said %q", lines.Text())
	}
	began := time.Now()
	if kill {
		time.Sleep(after)
		_ = c.Process.Kill() // it may have ended by itself
	} else if !lines.Scan() || lines.Text() != "ended" {
		t.Fatalf("the restore failed: %q", lines.Text())
	}
	lasted := time.Since(began)
	_, _ = io.Copy(io.Discard, out) // until it is gone
	if err := c.Wait(); err != nil && !kill {
		t.Fatal(err)
	}
	return lasted
}
