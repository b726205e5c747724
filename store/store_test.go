package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/migrations"
	"apifront/setup"
	"apifront/store/storetest"
)

// databaseName is a database that is not there yet.
func databaseName(t *testing.T) string {
	t.Helper()
	if strings.HasPrefix(t.Name(), "TestPostgres/") {
		return postgres(t)
	}
	return filepath.Join(t.TempDir(), "a b?c#d.db")
}

// emptyDatabase is a database with the tables of today and nothing else.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	if strings.HasPrefix(t.Name(), "TestPostgres/") {
		return storetest.Database(t, migrate, "pool_max_conns", "8")
	}
	return storetest.File(t, databaseName(t), migrate)
}

// isPostgres says which of the two databases has the name.
func isPostgres(name string) bool { return strings.HasPrefix(name, "postgres://") }

// open opens a new database: on PostgreSQL under TestPostgres.
func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), emptyDatabase(t))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// migrate makes a database with the schema of today.
func migrate(name string) error {
	s, err := Open(context.Background(), name)
	if err != nil {
		return err
	}
	return s.Close()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants fails the test unless err is target.
func wants(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("the error is %v, want %v", err, target)
	}
}

// A board is a bell that writes down what was ordered.
type board struct {
	last      int64
	rung      map[int64]int64 // bell → step
	cancelled []int64
}

func (b *board) Ring(_ context.Context, _ *sql.Tx, due Due, _ time.Duration) (int64, error) {
	b.last++
	b.rung[b.last] = due.ID
	return b.last, nil
}

func (b *board) Cancel(_ context.Context, _ *sql.Tx, bell int64) error {
	b.cancelled = append(b.cancelled, bell)
	return nil
}

func TestDatabaseIsCopiedBeforeAMigration(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	oldDatabase(t, path, schemas(t)[:4])
	s, err := Open(t.Context(), path)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	if _, err := s.TakeTurn(t.Context(), "k", "h", time.Second); err != nil {
		t.Errorf("the schema was not brought up to date: %v", err)
	}
	copies, err := filepath.Glob(path + ".schema-4.*")
	must(t, err)
	if len(copies) != 1 {
		t.Fatalf("there are %d copies, want one", len(copies))
	}
	old, err := Open(t.Context(), copies[0])
	must(t, err)
	defer func() { must(t, old.Close()) }()
	if n, err := old.CountUsers(t.Context()); err != nil || n != 1 {
		t.Errorf("the copy has %d users, want 1 (%v)", n, err)
	}
}

func TestMigrationsSayWhy(t *testing.T) {
	t.Parallel()
	files, err := migrations.FS.ReadDir(".")
	must(t, err)
	for _, f := range files {
		text, err := migrations.FS.ReadFile(f.Name())
		must(t, err)
		if !strings.HasPrefix(string(text), "-- ") {
			t.Errorf("%s does not begin with a comment that says why", f.Name())
		}
	}
}

func TestUsersAndSessions(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	must(t, s.CreateUser(ctx, User{ID: "u1", Email: " Ada@Example.com ", Name: "Ada", PasswordHash: "h", Role: RoleAdmin}))
	wants(t, s.CreateUser(ctx, User{Email: "ada@example.com", Role: RoleViewer}), ErrConflict)
	if n, err := s.CountUsers(ctx); err != nil || n != 1 {
		t.Errorf("%d users, %v", n, err)
	}
	must(t, s.SetTheme(ctx, "u1", "dark"))
	wants(t, s.SetTheme(ctx, "nobody", "dark"), ErrNotFound)
	must(t, s.SetTimeZone(ctx, "u1", "Europe/Berlin"))
	wants(t, s.SetTimeZone(ctx, "nobody", "UTC"), ErrNotFound)
	u, err := s.UserByEmail(ctx, "ADA@example.com")
	must(t, err)
	if u.ID != "u1" || u.Theme != "dark" || u.TimeZone != "Europe/Berlin" || u.CreatedAt.IsZero() {
		t.Errorf("the user is %+v", u)
	}
	_, err = s.User(ctx, "nobody")
	wants(t, err, ErrNotFound)

	now := time.Now().UTC().Truncate(time.Millisecond)
	n := Session{TokenHash: "t", UserID: "u1", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), Idle: 10 * time.Minute, Address: "::1", Agent: "b"}
	must(t, s.CreateSession(ctx, n))
	must(t, s.TouchSession(ctx, "t", now.Add(time.Minute)))
	n.SeenAt = now.Add(time.Minute)
	got, err := s.Session(ctx, "t")
	must(t, err)
	if diff := cmp.Diff(n, got); diff != "" {
		t.Error(diff)
	}
	must(t, s.CreateSession(ctx, Session{TokenHash: "old", UserID: "u1", ExpiresAt: now.Add(-time.Second)}))
	_, err = s.Session(ctx, "old")
	wants(t, err, ErrNotFound)
	wants(t, s.CreateSession(ctx, Session{TokenHash: "x", UserID: "nobody", ExpiresAt: now.Add(time.Hour)}), ErrNotFound)
	must(t, s.TouchSession(ctx, "t", now.Add(-10*time.Minute)))
	_, err = s.Session(ctx, "t")
	wants(t, err, ErrNotFound)
	must(t, s.TouchSession(ctx, "t", now))
	must(t, s.DeleteSession(ctx, "t"))
	_, err = s.Session(ctx, "t")
	wants(t, err, ErrNotFound)
}

func TestSecretIsMadeOnce(t *testing.T) {
	t.Parallel()
	s, made := open(t), 0
	fresh := func() []byte { made++; return []byte{0, 255, byte(made)} }
	for range 2 {
		got, err := s.Secret(t.Context(), "cookie", fresh)
		must(t, err)
		if diff := cmp.Diff([]byte{0, 255, 1}, got); diff != "" {
			t.Error(diff)
		}
	}
}

// draft makes a draft for a domain name.
func draft(t *testing.T, s *Store, name string) setup.Draft {
	t.Helper()
	spec := setup.DefaultSpec()
	spec.Domain.Name, spec.Account.Region, spec.Account.AccountID = name, "eu-west-1", "111122223333"
	d, err := s.CreateDraft(t.Context(), "Ada", spec)
	must(t, err)
	return d
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	first, err := s.SaveDraft(ctx, d.ID, d.Version, setup.PageAPI, "Ada", func(v *setup.Spec) {
		v.API.Mappings = append(v.API.Mappings, setup.Mapping{Path: "v1"})
	})
	must(t, err)
	// Jonas still edits the version from before.
	second, err := s.SaveDraft(ctx, d.ID, d.Version, setup.PageEdge, "Jonas", func(v *setup.Spec) { v.Edge.Comment = "hello" })
	must(t, err)
	if first.Newer || !second.Newer || second.Before.UpdatedBy.Name != "Ada" {
		t.Errorf("a save by somebody else is not told: first %v, second %v, before by %s", first.Newer, second.Newer, second.Before.UpdatedBy)
	}
	if len(second.Before.Spec.API.Mappings) != 1 || len(first.Before.Spec.API.Mappings) != 0 {
		t.Error("Before is not the draft as it was")
	}
	got, err := s.Draft(ctx, d.ID)
	must(t, err)
	if diff := cmp.Diff(second.Draft, got); diff != "" {
		t.Error(diff)
	}
	if got.Version != 3 || got.Page != setup.PageEdge || got.Spec.Edge.Comment != "hello" || len(got.Spec.API.Mappings) != 1 {
		t.Errorf("two pages did not keep each other's answers: %+v", got)
	}
	if list, err := s.Drafts(ctx); err != nil || len(list) != 1 {
		t.Errorf("%d drafts, %v", len(list), err)
	}
	_, err = s.SetupByName(ctx, "111122223333", "a.example.com")
	wants(t, err, ErrNotFound)
	job := start(t, s, d.ID)
	if v, err := s.SetupByName(ctx, "111122223333", "a.example.com"); err != nil || v.Revision != 1 || v.Spec.Edge.Comment != "hello" {
		t.Errorf("after the start it is %+v, %v", v, err)
	}
	if list, err := s.Drafts(ctx); err != nil || len(list) != 0 {
		t.Errorf("%d drafts after the start, %v", len(list), err)
	}
	if got, err = s.Draft(ctx, d.ID); err != nil || got.Job != job {
		t.Errorf("the started draft leads to job %d, want %d, %v", got.Job, job, err)
	}
	_, err = s.SaveDraft(ctx, d.ID, 0, setup.PageAPI, "Ada", func(*setup.Spec) {})
	wants(t, err, ErrConflict)
	wants(t, s.DeleteDraft(ctx, d.ID), ErrConflict)
	wants(t, s.DeleteDraft(ctx, "none"), ErrNotFound)
	e := draft(t, s, "")
	must(t, s.DeleteDraft(ctx, e.ID))
	_, err = s.Draft(ctx, e.ID)
	wants(t, err, ErrNotFound)
}

func TestResources(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	start(t, s, d.ID)
	r := setup.Resource{Key: setup.KeyDomain, Type: "Custom domain", Token: "t", Owned: true}
	must(t, s.SaveResource(ctx, d.ID, r))
	r.ID, r.ARN, r.Region, r.State, r.Attributes = "i", "a", "eu-west-1", "AVAILABLE", map[string]string{setup.AttrTarget: "d-1"}
	must(t, s.SaveResource(ctx, d.ID, r))
	got, err := s.Resources(ctx, d.ID)
	must(t, err)
	r.SavedAt = got[r.Key].SavedAt
	if diff := cmp.Diff(setup.Resources{r.Key: r}, got); diff != "" || r.SavedAt.IsZero() {
		t.Error(diff)
	}
	wants(t, s.SaveResource(ctx, "none", r), ErrNotFound)
	// Another thing takes its place: both are known, until the first is gone.
	old := r
	old.UnwantedSince = at(ms(s.Now()))
	must(t, s.SaveResource(ctx, d.ID, old))
	next := setup.Resource{Key: setup.KeyDomain, Number: 1, Type: "Custom domain", Token: "t1", Owned: true, Attributes: map[string]string{}}
	must(t, s.SaveResource(ctx, d.ID, next))
	current, former, err := s.AllResources(ctx, d.ID)
	must(t, err)
	next.SavedAt, old.SavedAt = current[r.Key].SavedAt, former[0].SavedAt
	if diff := cmp.Diff(setup.Resources{r.Key: next}, current); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(setup.Former{old}, former); diff != "" {
		t.Error(diff)
	}
}

// Answers that nobody asks for any more are forgotten, and those of others are
// not.
func TestLooksAreForgotten(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := time.Now()
	key := func(name string) setup.LookKey {
		return setup.LookKey{Kind: setup.LookName, Connection: "default", Subject: name}
	}
	ask := func(at time.Time, names ...string) {
		for _, name := range names {
			fixed(s, at)
			_, err := s.AskLook(ctx, key(name), 0)
			must(t, err)
			k, found, err := s.NextLook(ctx, "w")
			must(t, err)
			if !found {
				t.Fatal("nothing to look for")
			}
			must(t, s.FinishLook(ctx, "w", k, []byte(`{}`), nil))
		}
	}
	ask(now, "old", "kept")
	ask(now.Add(forgetLooks/2), "kept")
	ask(now.Add(forgetLooks+time.Minute), "new")
	_, err := s.Look(ctx, key("old"))
	wants(t, err, ErrNotFound)
	for _, name := range []string{"kept", "new"} {
		if _, err := s.Look(ctx, key(name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLooksAreDeduplicated(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	k := setup.LookKey{Kind: setup.LookAPIs, Connection: "default", Region: "eu-west-1"}
	asked, stop := s.WatchLooks()
	defer stop()
	_, err := s.Look(ctx, k)
	wants(t, err, ErrNotFound)
	for range 3 {
		l, err := s.AskLook(ctx, k, time.Minute)
		must(t, err)
		if !l.Pending || l.Result != nil {
			t.Errorf("%+v", l)
		}
	}
	select {
	case <-asked:
	default:
		t.Error("the looker was not woken")
	}
	got, found, err := s.NextLook(ctx, "w1")
	if err != nil || !found || got != k {
		t.Fatalf("%+v %v %v", got, found, err)
	}
	if _, found, err := s.NextLook(ctx, "w2"); err != nil || found {
		t.Errorf("one look was handed out twice (%v)", err)
	}
	wants(t, s.FinishLook(ctx, "w2", k, []byte("[]"), nil), ErrFenced)
	must(t, s.FinishLook(ctx, "w1", k, []byte("[]"), nil))
	if l, err := s.AskLook(ctx, k, time.Minute); err != nil || l.Pending || string(l.Result) != "[]" || l.DoneAt.IsZero() {
		t.Errorf("a fresh answer was asked for again: %+v, %v", l, err)
	}
	if l, err := s.AskLook(ctx, k, 0); err != nil || !l.Pending {
		t.Errorf("maxAge 0 did not ask: %+v, %v", l, err)
	}
	_, _, err = s.NextLook(ctx, "w1")
	must(t, err)
	if _, err := s.AskLook(ctx, k, 0); err != nil { // asked anew while the answer is on its way
		t.Fatal(err)
	}
	must(t, s.FinishLook(ctx, "w1", k, nil, &setup.Problem{What: "w", Why: "y", Fix: "f"}))
	l, err := s.Look(ctx, k)
	must(t, err)
	if l.Problem == nil || string(l.Result) != "[]" || !l.Pending {
		t.Errorf("a look that failed keeps the last answer and goes on if asked anew: %+v", l)
	}
	_, _, err = s.NextLook(ctx, "w1")
	must(t, err)
	must(t, s.FreeLooks(ctx, "w1"))
	if _, found, err := s.NextLook(ctx, "w2"); err != nil || !found {
		t.Errorf("a look that was given back is not handed out: %v", err)
	}
}

// fixed makes the store's clock stand still.
func fixed(s *Store, at time.Time) { s.SetClock(func() time.Time { return at }) }

// Asking whether the database answers is no query: who counts those of a page would
// count it for a page that took long.
func TestAPingIsNoQuery(t *testing.T) {
	t.Parallel()
	s := open(t)
	before, _ := s.Asked()
	must(t, s.Ping(t.Context()))
	if after, _ := s.Asked(); after != before {
		t.Errorf("a ping was counted as %d queries", after-before)
	}
}
