package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestReplicasStartAtOnce(t *testing.T) {
	name := onPostgres(t)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			s, err := Open(context.Background(), name)
			if err != nil {
				t.Errorf("a replica did not start: %v", err)
				return
			}
			if err := errors.Join(s.Ping(context.Background()), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestPostgresRefusesWithOneSentence(t *testing.T) {
	name := onPostgres(t)
	s := replica(t, name)
	_, err := s.writer.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	must(t, err)
	for _, c := range []struct{ what, name, want string }{
		{"newer", name, "written by a newer apifront"},
		{"nobody there", "postgres://ada:secret@127.0.0.1:1/x?sslmode=disable&connect_timeout=1", "127.0.0.1:1"},
		{"no schema", strings.Replace(name, "search_path=", "search_path=none_", 1), "no schema"},
		{"no URL", "postgres://ada:sec%ret@[::1/x", "is not one"},
		{"nonsense", "postgres://ada:secret@127.0.0.1/x?sslmode=perhaps", "sslmode"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, err := Open(t.Context(), c.name)
			if err == nil {
				must(t, s.Close())
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "sec") {
				t.Errorf("the error is %q, want one line with %q and without a password", err, c.want)
			}
		})
	}
	if err := Backup(t.Context(), "postgres://ada:secret@h/x", "copy"); err == nil || !strings.Contains(err.Error(), "pg_dump") || strings.Contains(err.Error(), "secret") {
		t.Errorf("a backup says %v, want that pg_dump does it", err)
	}
}

// scissors returns what ends every connection of the stores of an application
// name, as a server that restarts does. It has a connection of its own, which it
// leaves alone.
func scissors(t *testing.T, store, application string) (cut func() error) {
	t.Helper()
	cfg, _, err := postgresConfig(store)
	must(t, err)
	cfg.ConnConfig.RuntimeParams["application_name"] = "scissors"
	c, err := pgx.ConnectConfig(t.Context(), cfg.ConnConfig)
	must(t, err)
	t.Cleanup(func() { must(t, c.Close(context.Background())) })
	return func() error {
		_, err := c.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, application)
		return err
	}
}

func TestTranslatePostgres(t *testing.T) {
	t.Parallel()
	code := func(c string) error { return fmt.Errorf("save: %w", &pgconn.PgError{Code: c}) }
	for _, c := range []struct {
		err  error
		want error
		lost bool
	}{
		{code("23505"), ErrConflict, false},
		{code("23503"), ErrNotFound, false},
		{code("53100"), ErrStorage, false},
		{code("25006"), ErrStorage, false},
		{code("57P01"), ErrStorage, true},
		{code("08006"), ErrStorage, true},
		{code("25P03"), ErrStorage, true},
		{driver.ErrBadConn, ErrStorage, true},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), ErrStorage, true},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, ErrStorage, true},
		{context.Canceled, context.Canceled, false},
		{code("42601"), nil, false},
	} {
		got := Translate(c.err)
		if !errors.Is(got, c.err) || c.want != nil && !errors.Is(got, c.want) || c.want == nil && errors.Is(got, ErrStorage) {
			t.Errorf("%v becomes %v, want %v", c.err, got, c.want)
		}
		if lost(c.err) != c.lost {
			t.Errorf("lost(%v) is %v", c.err, !c.lost)
		}
	}
	for c, want := range map[string]bool{"40001": true, "40P01": true, "23505": false} {
		if refused(code(c)) != want {
			t.Errorf("%s is tried again: %v", c, !want)
		}
	}
}

// The password can stand in a file that the URL names, as libpq reads it; no
// message shows it.
func TestThePasswordOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pgpass")
	must(t, os.WriteFile(file, []byte("other:5432:apifront:apifront:wrong\npostgres:5432:apifront:apifront:from the file\n"), 0o600))
	name := "postgres://apifront@postgres:5432/apifront?sslmode=disable&passfile=" + file
	cfg, _, err := postgresConfig(name)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.ConnConfig.Password != "from the file" || strings.Contains(Redacted(name), "from the file") {
		t.Errorf("the password is %q", cfg.ConnConfig.Password)
	}
}

func TestCommitsWakeEveryReplica(t *testing.T) {
	name, ctx := onPostgres(t), t.Context()
	a, b := replica(t, name), replica(t, name)
	a.listening(t)
	b.listening(t)
	const job, other, asked = 7, 8, -1
	here, stopHere := a.Watch(job)
	defer stopHere()
	there, stopThere := b.Watch(job)
	defer stopThere()
	looks, stopLooks := b.Watch(asked)
	defer stopLooks()
	must(t, a.put(ctx, "k", "1", other))
	if woken(there, 200*time.Millisecond) {
		t.Error("a watcher was woken for another job")
	}
	began := time.Now()
	must(t, a.put(ctx, "k", "2", job))
	if !woken(here, 5*time.Second) || !woken(there, 5*time.Second) {
		t.Error("a commit did not wake both replicas")
	}
	t.Logf("both were woken after %s", time.Since(began).Round(100*time.Microsecond))
	must(t, a.put(ctx, "k", "3", asked))
	if !woken(looks, 5*time.Second) {
		t.Error("a question did not wake the other replica's looker")
	}
}

func TestLostConnectionsAreSurvived(t *testing.T) {
	application := "cut_" + fmt.Sprint(time.Now().UnixNano())
	name := onPostgres(t) + "&application_name=" + application
	d, cut := replica(t, name), scissors(t, name, application)
	must(t, d.put(t.Context(), "known", "x"))
	changed, stop := d.Watch(77) // nothing happens to it
	defer stop()
	woken(changed, time.Second) // when the ear begins to hear
	done := make(chan struct{})
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				if _, err := d.kept(context.Background(), "known"); err != nil {
					t.Errorf("a reader met a lost connection: %v", err)
				}
				err := d.put(context.Background(), fmt.Sprintf("k%d-%d", i, n), "x")
				if err != nil && !strings.Contains(err.Error(), "commit") {
					t.Errorf("a writer met a lost connection: %v", err)
				}
			}
		})
	}
	for range 5 {
		time.Sleep(100 * time.Millisecond)
		if err := cut(); err != nil {
			t.Errorf("the test cut no connection: %v", err)
		}
	}
	close(done)
	group.Wait()
	if !woken(changed, 5*time.Second) {
		t.Error("a watcher was not woken after its connection was made anew")
	}
	d.listening(t)
}

// A connection that is lost in the middle of an answer is met by reads alone:
// they ask again, from the first row.
func TestAnAnswerThatBreaksOffIsAskedForAgain(t *testing.T) {
	d, ctx := replica(t, onPostgres(t)), t.Context()
	pid := func() (n int) {
		must(t, d.reader.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&n))
		return n
	}
	const cutInTheMiddle = `
		SELECT n, CASE WHEN n = 2 AND pg_backend_pid() = $1 THEN pg_terminate_backend($1) END
		FROM generate_series(1, 3) n`
	first := pid()
	got, err := All(ctx, d.reader, func(row Scanner) (n int, err error) {
		var cut *bool
		return n, row.Scan(&n, &cut)
	}, cutInTheMiddle, first)
	if err != nil || !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("the rows are %v, %v, want 1 to 3", got, err)
	}
	second := pid()
	var n int
	var cut *bool
	if err := d.reader.QueryRowContext(ctx, cutInTheMiddle, second).Scan(&n, &cut); err != nil || n != 1 {
		t.Errorf("the row is %d, %v, want 1", n, err)
	}
	if third := pid(); first == second || second == third {
		t.Errorf("no connection was lost: %d, %d, %d", first, second, third)
	}
}
