package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// staff makes users with the given roles and a session each: u0, u1, …
func staff(t *testing.T, s *Store, roles ...string) {
	t.Helper()
	now := time.Now()
	for i, role := range roles {
		id := fmt.Sprintf("u%d", i)
		must(t, s.CreateUser(t.Context(), User{ID: id, Email: id + "@example.com", Name: id, PasswordHash: "h", Role: role}))
		must(t, s.CreateSession(t.Context(), Session{TokenHash: id, UserID: id, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), Idle: time.Hour}))
	}
}

// Whatever changes what somebody may do ends the sessions that were opened
// before.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	staff(t, s, RoleAdmin, RoleAdmin, RoleViewer, RoleViewer)
	now := time.Now()
	for name, end := range map[string]func(user, session string) error{
		"role":     func(u, _ string) error { return s.SetRole(ctx, u, RoleOperator) },
		"disable":  func(u, _ string) error { return errors.Join(s.Disable(ctx, u), s.Enable(ctx, u)) },
		"password": func(u, _ string) error { return s.SetPassword(ctx, u, "new", "") },
		"one":      func(u, session string) error { return s.EndSession(ctx, u, session) },
		"by hand":  func(u, _ string) error { return s.EndSessions(ctx, u, "") },
	} {
		must(t, s.CreateSession(ctx, Session{TokenHash: name, UserID: "u2", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), Idle: time.Hour}))
		must(t, s.EndSession(ctx, "u3", name)) // not theirs
		if _, err := s.Session(ctx, name); err != nil {
			t.Fatalf("%s: somebody else ended it: %v", name, err)
		}
		must(t, end("u2", name))
		_, err := s.Session(ctx, name)
		wants(t, err, ErrNotFound)
		if _, err := s.Session(ctx, "u3"); err != nil {
			t.Errorf("%s ended somebody else's session: %v", name, err)
		}
	}
	must(t, s.CreateSession(ctx, Session{TokenHash: "kept", UserID: "u2", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), Idle: time.Hour}))
	must(t, s.SetPassword(ctx, "u2", "newer", "kept"))
	if _, err := s.Session(ctx, "kept"); err != nil {
		t.Errorf("the session in which the password was changed: %v", err)
	}
	must(t, s.Disable(ctx, "u2"))
	wants(t, s.CreateSession(ctx, Session{TokenHash: "late", UserID: "u2", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), Idle: time.Hour}), ErrNotFound)
}

// However many take the role from each other at the same time, one is left.
func TestOneAdminIsLeft(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	staff(t, s, RoleAdmin, RoleAdmin, RoleAdmin, RoleAdmin, RoleViewer)
	for round := range 5 {
		var wg sync.WaitGroup
		results := make([]error, 4)
		for i := range results {
			wg.Go(func() {
				id := fmt.Sprintf("u%d", i)
				if i%2 == 0 {
					results[i] = s.SetRole(ctx, id, RoleViewer)
				} else {
					results[i] = s.Disable(ctx, id)
				}
			})
		}
		wg.Wait()
		kept := 0
		for i, err := range results {
			if errors.Is(err, ErrLastAdmin) {
				kept++
			} else if err != nil {
				t.Fatalf("u%d: %v", i, err)
			}
		}
		names, err := s.AdminNames(ctx)
		must(t, err)
		if kept != 1 || len(names) != 1 {
			t.Fatalf("round %d: %d were refused, administrators %v", round, kept, names)
		}
		must(t, s.SetRole(ctx, names[0], RoleAdmin)) // is one already
		for i := range results {
			must(t, s.SetRole(ctx, fmt.Sprintf("u%d", i), RoleAdmin))
			must(t, s.Enable(ctx, fmt.Sprintf("u%d", i)))
		}
	}
}

func TestLinksWorkOnce(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	staff(t, s, RoleAdmin, RoleViewer)
	now := time.Now()
	invite := Link{Email: " Ida@Example.com", Role: RoleOperator, CreatedBy: "u0", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	must(t, s.CreateLink(ctx, "first", invite))
	must(t, s.CreateLink(ctx, "second", invite))
	fixed(s, now)
	_, err := s.Link(ctx, "first")
	wants(t, err, ErrNotFound) // the second took its place
	fixed(s, now.Add(time.Hour))
	_, err = s.Link(ctx, "second")
	wants(t, err, ErrNotFound) // over
	_, err = s.AcceptInvitation(ctx, "second", User{Name: "Ida"})
	wants(t, err, ErrNotFound)
	fixed(s, now)
	list, err := s.Invitations(ctx)
	must(t, err)
	if len(list) != 1 || list[0].Email != "ida@example.com" || list[0].Role != RoleOperator {
		t.Errorf("invitations: %+v", list)
	}
	taken := invite
	taken.Email = "U1@example.com"
	wants(t, s.CreateLink(ctx, "taken", taken), ErrConflict)

	var wg sync.WaitGroup
	results := make([]error, 4)
	for i := range results {
		wg.Go(func() {
			_, results[i] = s.AcceptInvitation(ctx, "second", User{Name: "Ida", PasswordHash: "h", Email: "else@example.com", Role: RoleAdmin})
		})
	}
	wg.Wait()
	used := 0
	for _, err := range results {
		if err == nil {
			used++
		} else if !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	}
	u, err := s.UserByEmail(ctx, "ida@example.com")
	must(t, err)
	if used != 1 || u.Role != RoleOperator {
		t.Errorf("used %d times, role %s", used, u.Role)
	}

	reset := Link{UserID: "u1", Email: "u1@example.com", Role: RoleViewer, CreatedBy: "u0", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	must(t, s.CreateLink(ctx, "reset", reset))
	_, err = s.AcceptInvitation(ctx, "reset", User{Name: "x"})
	wants(t, err, ErrNotFound) // of the other kind, and not used up by that
	id, err := s.AcceptReset(ctx, "reset", "new")
	must(t, err)
	if u, err = s.User(ctx, "u1"); err != nil || id != "u1" || u.PasswordHash != "new" {
		t.Errorf("%s has %q, %v", id, u.PasswordHash, err)
	}
	_, err = s.Session(ctx, "u1")
	wants(t, err, ErrNotFound)
	_, err = s.AcceptReset(ctx, "reset", "newer")
	wants(t, err, ErrNotFound)
	must(t, s.CreateLink(ctx, "late", reset))
	must(t, s.Disable(ctx, "u1"))
	_, err = s.AcceptReset(ctx, "late", "newest")
	wants(t, err, ErrNotFound)
}

func TestTriesWait(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := time.Now()
	own := Limit{Subject: "ada@here", Free: 3, First: time.Minute, Longest: 5 * time.Minute, Own: true}
	all := Limit{Subject: "here", Free: 6, First: time.Minute, Longest: 5 * time.Minute}
	try := func(at time.Time, want time.Duration) {
		t.Helper()
		fixed(s, at)
		got, err := s.Try(ctx, own, all)
		must(t, err)
		if got.Round(time.Second) != want {
			t.Errorf("at %v the wait is %v, want %v", at.Sub(now), got, want)
		}
	}
	// Tries made at the same time are all counted.
	fixed(s, now)
	var wg sync.WaitGroup
	waits := make([]time.Duration, 10)
	for i := range waits {
		wg.Go(func() {
			var err error
			if waits[i], err = s.Try(ctx, own, all); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	free := 0
	for _, w := range waits {
		if w <= 0 {
			free++
		}
	}
	if free != own.Free {
		t.Errorf("%d of 10 tries at once went through, want %d", free, own.Free)
	}
	try(now.Add(time.Minute), 0)
	try(now.Add(time.Minute), 2*time.Minute)
	try(now.Add(3*time.Minute), 0)
	try(now.Add(3*time.Minute), 4*time.Minute)
	// A right try takes back what it counted, of the rest only itself.
	must(t, s.RightTry(ctx, own, all))
	try(now.Add(3*time.Minute), 0) // the fifth wrong one from here
	try(now.Add(3*time.Minute), 0) // the sixth
	try(now.Add(3*time.Minute), time.Minute)
	// A clock that was far ahead keeps nobody out for longer than the longest wait.
	try(now.Add(-time.Hour), 5*time.Minute)
	try(now.Add(forgetTries+time.Hour), 0)
}

// A try that must wait writes nothing, whatever else is new about it, and needs
// no turn at writing: it is answered while another transaction is under way.
func TestTriesThatWaitWriteNothing(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := time.Now()
	fixed(s, now)
	address := Limit{Subject: "address", Free: 3, First: time.Minute, Longest: 5 * time.Minute}
	limits := func(i int) []Limit {
		account := fmt.Sprint("account ", i)
		return []Limit{{Subject: account + " here", Free: 5, First: time.Minute, Longest: time.Minute, Own: true}, address, {Subject: account, Free: 5, First: time.Minute, Longest: time.Minute}}
	}
	rows := func() string {
		return strings.Join(dump(t, s.Writer(), "tries", []string{"subject", "wrong", "next_at", "seen_at"}), "\n")
	}
	i := 0
	for ; ; i++ {
		wait, err := s.Try(ctx, limits(i)...)
		must(t, err)
		if wait > 0 {
			break
		}
	}
	if i != address.Free {
		t.Fatalf("%d tries were free", i)
	}
	before := rows()
	held, err := s.Writer().BeginTx(ctx, nil) // on SQLite the only one that writes
	must(t, err)
	inTime, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for j := range 500 {
				if wait, err := s.Try(inTime, limits(i+worker*500+j)...); err != nil || wait <= 0 {
					t.Errorf("a try from where one must wait: %v, %v", wait, err)
					return
				}
			}
		})
	}
	tried := make(chan struct{})
	go func() { wg.Wait(); close(tried) }()
	for waiting := true; waiting; { // PostgreSQL ends a transaction in which nothing happens for 5 s
		select {
		case <-tried:
			waiting = false
		case <-time.After(time.Second):
			_, err := held.ExecContext(ctx, `SELECT 1`)
			must(t, err)
		}
	}
	must(t, held.Rollback())
	if after := rows(); after != before {
		t.Errorf("2000 tries that had to wait stored:\n%s\nwhere there was:\n%s", after, before)
	}
	// A try that finds out only while it is counted stores nothing either.
	err = s.write(ctx, func(x *tx) error { return x.try(ctx, limits(9999), false) })
	if _, ok := errors.AsType[errWaits](err); !ok {
		t.Errorf("the transaction of a try that must wait: %v", err)
	}
	if after := rows(); after != before {
		t.Errorf("it stored:\n%s", after)
	}
}

// However many addresses strangers have, tries are kept of so many subjects,
// and of the newest.
func TestTriesAreBounded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := time.Now()
	must(t, s.write(ctx, func(x *tx) error {
		for i := range mostTries + 500 {
			if i%500 > 0 {
				continue
			}
			var values strings.Builder
			for j := i; j < i+500; j++ {
				fmt.Fprintf(&values, ", ('s%d', 1, 0, %d)", j, now.Add(-time.Hour).UnixMilli()+int64(j))
			}
			if _, err := x.exec(ctx, `INSERT INTO tries (subject, wrong, next_at, seen_at) VALUES `+values.String()[2:]); err != nil {
				return err
			}
		}
		return nil
	}))
	for i := range pruneTriesEvery {
		_, err := s.Try(ctx, Limit{Subject: fmt.Sprint("new ", i), Free: 5, First: time.Minute, Longest: time.Minute})
		must(t, err)
	}
	var n, oldest int
	must(t, s.reader.QueryRowContext(ctx, `SELECT COUNT(*), MIN(seen_at) FROM tries`).Scan(&n, &oldest))
	if n > mostTries+pruneTriesEvery || n < mostTries-pruneTriesEvery || int64(oldest) < now.Add(-time.Hour).UnixMilli()+400 {
		t.Errorf("%d subjects are kept, the oldest of %s", n, time.UnixMilli(int64(oldest)))
	}
}
