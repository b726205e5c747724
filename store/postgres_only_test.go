package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"apifront/setup"
)

// onPostgres is the URL of a new database, or skips the test.
func onPostgres(t *testing.T) string {
	t.Helper()
	if os.Getenv("TEST_POSTGRES") == "" {
		t.Skip("TEST_POSTGRES names no database")
	}
	t.Parallel()
	return postgres(t)
}

// replica opens the database as one more process does.
func replica(t *testing.T, name string) *Store {
	t.Helper()
	s, err := Open(t.Context(), name)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

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

// woken says whether a watcher is woken within the time.
func woken(c <-chan struct{}, within time.Duration) bool {
	select {
	case <-c:
		return true
	case <-time.After(within):
		return false
	}
}

func TestCommitsWakeEveryReplica(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	for _, s := range []*Store{a, b} {
		for end := time.Now().Add(10 * time.Second); !s.ear.hears.Load() && time.Now().Before(end); {
			time.Sleep(5 * time.Millisecond)
		}
	}
	job := start(t, a, draft(t, a, "a.example.com").ID)
	other := start(t, a, draft(t, a, "b.example.com").ID)
	here, stopHere := a.Watch(job)
	defer stopHere()
	there, stopThere := b.Watch(job)
	defer stopThere()
	looks, stopLooks := b.WatchLooks()
	defer stopLooks()
	woken(there, 300*time.Millisecond) // the start itself
	woken(here, 0)
	must(t, a.CancelJob(t.Context(), other, "Ada"))
	if woken(there, 200*time.Millisecond) {
		t.Error("a watcher was woken for another job")
	}
	began := time.Now()
	must(t, a.CancelJob(t.Context(), job, "Ada"))
	if !woken(here, 5*time.Second) || !woken(there, 5*time.Second) {
		t.Error("a commit did not wake both replicas")
	}
	t.Logf("both were woken after %s", time.Since(began).Round(100*time.Microsecond))
	if _, err := a.AskLook(t.Context(), setup.LookKey{Kind: setup.LookAPIs, Connection: "default"}, 0); err != nil {
		t.Fatal(err)
	}
	if !woken(looks, 5*time.Second) {
		t.Error("a question did not wake the other replica's looker")
	}
}

// cut ends every connection of the schema's stores, as a server that restarts
// does.
func (s *Store) cut(t *testing.T) {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), `
		SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()`)
	must(t, err)
}

func TestLostConnectionsAreSurvived(t *testing.T) {
	name := onPostgres(t) + "&application_name=cut_" + fmt.Sprint(time.Now().UnixNano())
	s := replica(t, name)
	d := draft(t, s, "a.example.com")
	changed, stop := s.Watch(77) // nothing happens to it
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
				if _, err := s.Setup(context.Background(), d.ID); err != nil {
					t.Errorf("a reader met a lost connection: %v", err)
				}
				k := fmt.Sprintf("k%d-%d", i, n)
				if _, err := s.TakeTurn(context.Background(), k, "h", time.Second); err != nil && !strings.Contains(err.Error(), "commit") {
					t.Errorf("a writer met a lost connection: %v", err)
				}
			}
		})
	}
	for range 5 {
		time.Sleep(100 * time.Millisecond)
		s.cut(t)
	}
	close(done)
	group.Wait()
	if !woken(changed, 5*time.Second) {
		t.Error("a watcher was not woken after its connection was made anew")
	}
	for end := time.Now().Add(5 * time.Second); !s.ear.hears.Load(); {
		if time.Now().After(end) {
			t.Fatal("the listening connection did not come back")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestOneStepHasOneClaim(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	for i := range 10 {
		job := start(t, a, draft(t, a, fmt.Sprintf("n%d.example.com", i)).ID)
		r := row(t, a, job, "a")
		var mu sync.Mutex
		claims := 0
		var group sync.WaitGroup
		for n := range 8 {
			group.Go(func() {
				s := a
				if n%2 == 0 {
					s = b
				}
				p, _, err := s.Claim(context.Background(), r.id, r.bell, time.Minute)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if p != nil {
					claims++
				}
			})
		}
		group.Wait()
		if claims != 1 {
			t.Errorf("a step was claimed %d times at once", claims)
		}
	}
}

func TestTwoStartsOfOneNameAtOnce(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	for i := range 10 {
		domain := fmt.Sprintf("n%d.example.com", i)
		errs := make(chan error, 2)
		for _, s := range []*Store{a, b} {
			d := draft(t, s, domain)
			go func() {
				_, err := s.StartJob(context.Background(), NewJob{SetupID: d.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
				errs <- err
			}()
		}
		one, two := <-errs, <-errs
		if one == nil {
			one, two = two, one
		}
		if e, ok := errors.AsType[*ActiveJobError](one); two != nil || !ok || e.Job == 0 {
			t.Errorf("two starts at once end with %v and %v, want one that names the other's job", one, two)
		}
	}
}

func TestTwoLookersTakeTwoLooks(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	for i := range 20 {
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			_, err := a.AskLook(t.Context(), setup.LookKey{Kind: setup.LookAPIs, Connection: fmt.Sprint(i), Region: region}, 0)
			must(t, err)
		}
		got := make(chan setup.LookKey, 2)
		for _, s := range []*Store{a, b} {
			go func() {
				k, found, err := s.NextLook(context.Background(), "w")
				if err != nil || !found {
					t.Errorf("a looker got none of two questions: %v", err)
				}
				got <- k
			}()
		}
		if one, two := <-got, <-got; one == two {
			t.Errorf("both lookers took %v", one)
		}
	}
}

func TestTextsFromOutsideAreStorable(t *testing.T) {
	s := replica(t, onPostgres(t))
	must(t, s.CreateUser(t.Context(), User{ID: "u", Email: "a@example.com", Role: RoleAdmin}))
	now := time.Now()
	must(t, s.CreateSession(t.Context(), Session{TokenHash: "t", UserID: "u", CreatedAt: now, SeenAt: now, Idle: time.Hour, ExpiresAt: now.Add(time.Hour), Agent: "a\x00b\xff"}))
	n, err := s.Session(t.Context(), "t")
	must(t, err)
	if n.Agent != "ab\uFFFD" {
		t.Errorf("it is stored as %q", n.Agent)
	}
	if _, err := s.Jobs(t.Context(), JobFilter{Query: "x\x00\xff"}); err != nil {
		t.Errorf("a search for what cannot be stored: %v", err)
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
		got := translate(c.err)
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
	if cfg.ConnConfig.Password != "from the file" || strings.Contains(redacted(name), "from the file") {
		t.Errorf("the password is %q", cfg.ConnConfig.Password)
	}
}
