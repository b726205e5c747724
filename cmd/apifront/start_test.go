package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"apifront/store"
)

// run starts a command as main does, until it ends or the time is over.
func run(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out, err bytes.Buffer
	code = start(ctx, &program{stdout: &out, stderr: &err, getenv: func(k string) string { return env[k] }}, args)
	return code, out.String(), err.String()
}

func TestBadStarts(t *testing.T) {
	dir := t.TempDir()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	good, broken, newer, held := filepath.Join(dir, "good.db"), filepath.Join(dir, "broken.db"), filepath.Join(dir, "newer.db"), filepath.Join(dir, "held.db")
	if err := os.WriteFile(broken, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	makeNewer(t, newer)
	h, err := store.Open(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, tc := range []struct {
		name string
		env  map[string]string
		args []string
		code int
		says []string
	}{
		{"nothing", nil, nil, 2, []string{"Usage"}},
		{"no such command", nil, []string{"srve"}, 2, []string{`no command "srve"`, "Usage"}},
		{"no such flag", nil, []string{"serve", "-port", "80"}, 2, []string{"-port", "apifront serve -h"}},
		{"one argument too many", nil, []string{"serve", "now"}, 2, []string{`"now" is one too many`}},
		{"backup to nowhere", nil, []string{"backup"}, 2, []string{"missing"}},
		{"restore of nothing", nil, []string{"restore"}, 2, []string{"missing"}},
		{"restore of what is not there", nil, []string{"restore", "--database", good, filepath.Join(dir, "none.db")}, 1, []string{"none.db", "cannot be read"}},
		{"restore of what is no database", nil, []string{"restore", "--database", good, broken}, 1, []string{broken, "damaged or not a database"}},
		{"restore under a server", nil, []string{"restore", "--database", held, good}, 1, []string{held, "in use by another"}},
		{"restore of PostgreSQL", map[string]string{"APIFRONT_DATABASE": "postgres://a:secret@b/c"}, []string{"restore", good}, 1, []string{"pg_restore"}},
		{"migrate under a server", nil, []string{"migrate", "--database", held}, 1, []string{held, "in use by another"}},
		{"no such pace", nil, []string{"demo", "--pace", "slow"}, 2, []string{`no pace "slow"`, "demo, real or instant"}},
		{"taken port", nil, []string{"serve", "--database", good, "--listen", taken.Addr().String()}, 1, []string{"cannot listen on " + taken.Addr().String(), "--listen"}},
		{"taken port, demo", nil, []string{"demo", "--listen", taken.Addr().String()}, 1, []string{"cannot listen on " + taken.Addr().String(), "--listen"}},
		{"taken port, simulate", nil, []string{"simulate", "--listen", taken.Addr().String()}, 1, []string{"cannot listen on " + taken.Addr().String()}},
		{"broken database", nil, []string{"serve", "--listen", "127.0.0.1:0", "--database", broken}, 1, []string{broken, "damaged or not a database"}},
		{"newer database", nil, []string{"serve", "--listen", "127.0.0.1:0", "--database", newer}, 1, []string{newer, "newer apifront"}},
		{"database in use", nil, []string{"serve", "--listen", "127.0.0.1:0", "--database", held}, 1, []string{held, "in use by another"}},
		{"database in no directory", nil, []string{"serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(dir, "no", "a.db")}, 1, []string{filepath.Join(dir, "no"), "does not exist"}},
		{"probe resolver", map[string]string{"APIFRONT_PROBE_DNS": "9.9.9.9"}, []string{"serve", "--database", good}, 1, []string{"APIFRONT_PROBE_DNS", "HOST:PORT"}},
		{"probe port", map[string]string{"APIFRONT_PROBE_PORT": "99999"}, []string{"serve", "--database", good}, 1, []string{"APIFRONT_PROBE_PORT", "1 to 65535"}},
		{"probe authorities", map[string]string{"APIFRONT_PROBE_CA": broken}, []string{"serve", "--database", good}, 1, []string{"APIFRONT_PROBE_CA", "no PEM certificate"}},
		{"health of nothing", nil, []string{"health", "--listen", "127.0.0.1:1"}, 1, []string{"does not answer"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, err := run(t, tc.env, tc.args...)
			if code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			for _, s := range tc.says {
				if !strings.Contains(err, s) {
					t.Errorf("standard error does not say %q: %s", s, err)
				}
			}
			if out != "" {
				t.Errorf("standard output says %q, want nothing", out)
			}
			if tc.code == 1 && strings.Count(strings.TrimSpace(err), "\n") > 0 {
				t.Errorf("more than one line: %s", err)
			}
		})
	}
}

// makeNewer writes a database whose schema is from the future.
func makeNewer(t *testing.T, path string) {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
		t.Fatal(err)
	}
}

// A backup is made beside a server, and put back when it has ended.
func TestBackupAndRestore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	add := func(email string) {
		if err := s.CreateUser(t.Context(), store.User{Email: email, Role: store.RoleAdmin}); err != nil {
			t.Fatal(err)
		}
	}
	add("first@example.com")
	if code, _, err := run(t, nil, "backup", "--database", path, path+".copy"); code != 0 {
		t.Fatalf("backup beside an open database: exit code %d: %s", code, err)
	}
	add("second@example.com")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, said := run(t, nil, "restore", "--database", path, path+".copy")
	kept, err := filepath.Glob(path + ".before-restore.*")
	if err != nil || code != 0 || len(kept) != 1 || !strings.Contains(out, kept[0]) || !strings.Contains(out, path+".copy") {
		t.Errorf("restore: exit code %d, kept %q (%v), said %q %q", code, kept, err, out, said)
	}
	for file, want := range map[string]int{path: 1, kept[0]: 2} {
		s, err := store.Open(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.CountUsers(t.Context()); err != nil || n != want {
			t.Errorf("%s has %d users, want %d (%v)", file, n, want, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSmallCommands(t *testing.T) {
	db := filepath.Join(t.TempDir(), "a.db")
	for _, args := range [][]string{{"version"}, {"help"}, {"serve", "-h"}, {"migrate", "--database", db}, {"backup", "--database", db, db + ".copy"}} {
		if code, _, err := run(t, nil, args...); code != 0 {
			t.Errorf("apifront %v: exit code %d: %s", args, code, err)
		}
	}
}

func TestDemoJSON(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- start(ctx, &program{stdout: w, stderr: io.Discard, getenv: func(string) string { return "" }}, []string{"demo", "--json", "--listen", "127.0.0.1:0"})
	}()
	var line map[string]any
	if err := json.NewDecoder(r).Decode(&line); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"url", "email", "password", "aws_endpoint", "dns", "probe_port", "ca_file"} {
		if line[key] == nil || line[key] == "" {
			t.Errorf("the first line has no %s: %v", key, line)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }() // the pipe ends with the test
	if code, out, err := run(t, nil, "health", "--listen", strings.TrimPrefix(line["url"].(string), "http://")); code != 0 {
		t.Errorf("health: exit code %d: %s%s", code, out, err)
	}
	stop()
	select {
	case code := <-done:
		if code != 0 {
			t.Errorf("exit code %d after a stop, want 0", code)
		}
	case <-time.After(15 * time.Second):
		t.Error("the demo does not stop within 15 s")
	}
}
