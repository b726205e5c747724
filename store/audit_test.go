package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// trail is the whole audit trail, the oldest line first.
func trail(t *testing.T, s *Store) []AuditLine {
	t.Helper()
	list, err := s.AuditAfter(t.Context(), AuditFilter{}, 0, 100_000)
	must(t, err)
	return list
}

// whole fails the test unless the trail is.
func whole(t *testing.T, s *Store) AuditState {
	t.Helper()
	state, err := verifyAudit(t.Context(), s.reader.DB, "")
	must(t, err)
	return state
}

// mira acts from a place.
func mira(ctx context.Context) context.Context {
	return WithActor(ctx, Actor{UserID: "u1", Name: "Mira", Email: "mira@example.com", Address: "192.0.2.7"})
}

// Every change that people make has one line of its own in the same
// transaction: what did not happen has none.
func TestAuditIsWrittenWithTheChange(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), mira(t.Context())
	s.SetBell(&board{rung: map[int64]int64{}})
	said := 0
	expect := func(want ...string) {
		t.Helper()
		var got []string
		for _, l := range trail(t, s)[said:] {
			got = append(got, l.Action+" "+l.Result+": "+l.On)
			if l.Who != "Mira" || l.Account != "mira@example.com" || l.Address != "192.0.2.7" || l.UserID != "u1" {
				t.Errorf("%s is by %q %q %q from %q", l.Action, l.UserID, l.Who, l.Account, l.Address)
			}
		}
		said += len(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	must(t, s.CreateUser(ctx, User{ID: "u1", Email: "mira@example.com", Name: "Mira", Role: RoleAdmin}))
	expect("user-create done: user mira@example.com")
	wants(t, s.CreateUser(ctx, User{Email: "mira@example.com", Role: RoleAdmin}), ErrConflict)
	expect()
	n := Session{TokenHash: "t", UserID: "u1", ExpiresAt: time.Now().Add(time.Hour), Address: "192.0.2.7"}
	must(t, s.CreateSession(t.Context(), n)) // nobody is signed in before
	expect("sign-in done: user mira@example.com")
	d, err := s.CreateDraft(ctx, "Mira", setup.Spec{Domain: setup.Domain{Name: "a.example.com"}})
	must(t, err)
	e, err := s.CreateDraft(ctx, "Mira", setup.Spec{})
	must(t, err)
	must(t, s.DeleteDraft(ctx, e.ID))
	wants(t, s.DeleteDraft(ctx, e.ID), ErrNotFound)
	expect("draft-create done: draft "+d.ID+", a.example.com", "draft-create done: draft "+e.ID, "draft-delete done: draft "+e.ID)
	job, err := s.StartJob(ctx, NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Mira", Steps: []NewStep{{ID: "a"}}})
	must(t, err)
	_, err = s.StartJob(ctx, NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Mira", Steps: []NewStep{{ID: "a"}}})
	wants(t, err, ErrConflict)
	expect("job-start done: job 1, a.example.com")
	wants(t, s.RerunStep(ctx, job, "a", "Mira"), ErrConflict)
	must(t, s.CancelJob(ctx, job, "Mira"))
	wants(t, s.CancelJob(ctx, job, "Mira"), ErrConflict)
	must(t, s.RerunStep(ctx, job, "a", "Mira"))
	must(t, s.CancelJob(ctx, job, "Mira"))
	must(t, s.RerunFrom(ctx, job, "a", "Mira"))
	must(t, s.CancelJob(ctx, job, "Mira"))
	expect("job-cancel done: job 1, a.example.com", "step-rerun done: job 1, a.example.com", "job-cancel done: job 1, a.example.com",
		"step-rerun-from done: job 1, a.example.com", "job-cancel done: job 1, a.example.com")
	for _, kind := range []setup.JobKind{setup.JobInvalidate, setup.JobRestore} {
		job, err = s.StartJob(ctx, NewJob{SetupID: d.ID, Kind: kind, By: "Mira", Steps: []NewStep{{ID: "a"}}})
		must(t, err)
		must(t, s.CancelJob(ctx, job, "Mira"))
	}
	expect("job-invalidate done: job 2, a.example.com", "job-cancel done: job 2, a.example.com",
		"job-restore done: job 3, a.example.com", "job-cancel done: job 3, a.example.com")
	must(t, s.DeleteSession(ctx, "t"))
	must(t, s.DeleteSession(ctx, "t"))
	expect("sign-out done: user mira@example.com")
	must(t, s.Audit(ctx, Act{Action: ActRequest, On: "GET /settings\r\nX: y\u202e\x1b[2J", Result: ResultRefused, Detail: strings.Repeat("ä", 2000)}))
	expect(`request refused: GET /settings\u000d\u000aX: y\u202e\u001b[2J`)
	if state := whole(t, s); state.Lines != int64(said) {
		t.Errorf("%d lines are whole, want %d", state.Lines, said)
	}
}

// longTrail makes a trail to tamper with.
func longTrail(t *testing.T, s *Store, lines int) []AuditLine {
	t.Helper()
	for i := range lines {
		must(t, s.Audit(mira(t.Context()), Act{Action: ActExport, On: fmt.Sprint("thing ", i), Detail: "as CSV"}))
	}
	return trail(t, s)
}

// unguarded is the database as somebody who has it to himself can change it,
// within a transaction that is rolled back.
func unguarded(t *testing.T, s *Store, tamper func(*sql.Tx)) (AuditState, error) {
	t.Helper()
	ctx := t.Context()
	x, err := s.Writer().BeginTx(ctx, nil)
	must(t, err)
	defer func() { must(t, x.Rollback()) }()
	drop := []string{`DROP TRIGGER audit_keeps_rows`, `DROP TRIGGER audit_keeps_all`, `DROP TRIGGER audit_keeps_numbers`}
	if s.Postgres() {
		drop = []string{`DROP TRIGGER audit_keeps_all ON audit`}
	}
	for _, statement := range drop {
		_, err = x.ExecContext(ctx, statement)
		must(t, err)
	}
	tamper(x)
	return verifyAudit(ctx, x, "")
}

// Whatever is changed in any field of any line, taken out, put in or put
// elsewhere is found, and the line is named. Without a head kept outside only
// the end that is cut off with its counter is not.
func TestAuditFindsTampering(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	const lines = 6
	list := longTrail(t, s, lines)
	head := whole(t, s).Head
	must1 := func(x *sql.Tx, query string, args ...any) {
		t.Helper()
		res, err := x.ExecContext(ctx, query, args...)
		must(t, err)
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			t.Fatalf("%s changed %d rows, %v", query, n, err)
		}
	}
	broken := func(what string, seq int64, tamper func(*sql.Tx)) {
		t.Helper()
		_, err := unguarded(t, s, tamper)
		if e, ok := errors.AsType[*AuditError](err); !ok || e.Seq != seq {
			t.Errorf("%s: verifying says %v, want line %d", what, err, seq)
		}
	}
	for _, column := range strings.Split(auditColumns, ", ") {
		for _, l := range list {
			change := ` = ` + column + ` || 'x'`
			at := l.Seq
			switch column {
			case "seq":
				change = ` = seq + 100`
			case "at":
				change = ` = at + 1`
			}
			broken(fmt.Sprint(column, " of line ", l.Seq), at, func(x *sql.Tx) {
				must1(x, `UPDATE audit SET `+column+change+` WHERE seq = $1`, l.Seq)
			})
		}
	}
	for _, l := range list {
		broken(fmt.Sprint("line ", l.Seq, " deleted"), l.Seq, func(x *sql.Tx) { must1(x, `DELETE FROM audit WHERE seq = $1`, l.Seq) })
		broken(fmt.Sprint("line ", l.Seq, " written anew"), min(l.Seq+1, lines+1), func(x *sql.Tx) {
			n := l
			n.Who = "Nobody"
			sum, err := n.sum()
			must(t, err)
			must1(x, `UPDATE audit SET who = $1, hash = $2 WHERE seq = $3`, n.Who, sum, l.Seq)
			if l.Seq == lines { // the last one has no line after it: only a head finds it
				must1(x, `DELETE FROM audit WHERE seq = $1`, l.Seq)
				must1(x, `UPDATE counters SET value = value + 1 WHERE name = 'audit'`)
				must1(x, `INSERT INTO audit (`+auditColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
					n.Seq, n.At, n.UserID, n.Who, n.Account, n.Address, n.Action, n.On, n.Result, n.Detail, n.Previous, sum)
			}
		})
		if l.Seq == lines {
			continue
		}
		broken(fmt.Sprint("lines ", l.Seq, " and the next exchanged"), l.Seq, func(x *sql.Tx) {
			must1(x, `UPDATE audit SET seq = -1 WHERE seq = $1`, l.Seq)
			must1(x, `UPDATE audit SET seq = $1 WHERE seq = $2`, l.Seq, l.Seq+1)
			must1(x, `UPDATE audit SET seq = $1 WHERE seq = -1`, l.Seq+1)
		})
	}
	broken("a line put in at the front", 1, func(x *sql.Tx) {
		must1(x, `INSERT INTO audit SELECT 0, at, user_id, who, account, address, action, subject, result, detail, previous, hash FROM audit WHERE seq = 1`)
	})
	broken("a line put in at the end", lines+1, func(x *sql.Tx) {
		must1(x, `INSERT INTO audit SELECT 7, at, user_id, who, account, address, action, subject, result, detail, hash, hash FROM audit WHERE seq = 6`)
	})
	broken("the end cut off", 5, func(x *sql.Tx) {
		must1(x, `DELETE FROM audit WHERE seq = 5`)
		must1(x, `DELETE FROM audit WHERE seq = 6`)
	})
	cut := func(x *sql.Tx) {
		must1(x, `DELETE FROM audit WHERE seq = 6`)
		must1(x, `UPDATE counters SET value = 5 WHERE name = 'audit'`)
	}
	if state, err := unguarded(t, s, cut); err != nil || state.Lines != 5 {
		t.Errorf("the end cut off with its counter: %+v, %v", state, err)
	}
	_, err := unguarded(t, s, func(x *sql.Tx) {
		cut(x)
		if _, err := verifyAudit(ctx, x, head); err == nil || !strings.Contains(err.Error(), "--head") {
			t.Errorf("against a head kept outside: %v", err)
		}
		_, err := verifyAudit(ctx, x, list[2].Hash)
		must(t, err)
	})
	must(t, err)
	if got := whole(t, s); got.Head != head || got.Lines != lines {
		t.Errorf("after all of it the trail is %+v", got)
	}
}

func TestAuditRefusesChanges(t *testing.T) {
	t.Parallel()
	name, ctx := databaseName(t), t.Context()
	s, err := Open(ctx, name)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	longTrail(t, s, 3)
	statements := []string{`UPDATE audit SET who = 'x'`, `UPDATE audit SET who = who WHERE seq = 2`, `DELETE FROM audit`, `DELETE FROM audit WHERE seq = 3`}
	if s.Postgres() {
		statements = append(statements, `TRUNCATE audit`)
	} else {
		statements = append(statements, `INSERT OR REPLACE INTO audit SELECT seq, at, user_id, 'x', account, address, action, subject, result, detail, previous, hash FROM audit WHERE seq = 2`)
	}
	for _, statement := range statements {
		if _, err := s.Writer().ExecContext(ctx, statement); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	whole(t, s)
	// Protection that somebody took away is back after the next start.
	drop := `DROP TRIGGER audit_keeps_all`
	if s.Postgres() {
		drop += ` ON audit`
	}
	_, err = s.Writer().ExecContext(ctx, drop)
	must(t, err)
	must(t, s.Close())
	s, err = Open(ctx, name)
	must(t, err)
	if _, err := s.Writer().ExecContext(ctx, statements[2]); err == nil {
		t.Error("lines were deleted")
	}
}

func TestAuditSearchAndPages(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	longTrail(t, s, 5)
	zoe := WithActor(ctx, Actor{Name: "Zoe_%", Email: "zoe@example.com", Address: "2001:db8::1"})
	must(t, s.Audit(zoe, Act{Action: ActSignIn, Result: ResultWrong, On: "user zoe@example.com", Detail: "100%"}))
	numbers := func(list []AuditLine, err error) string {
		t.Helper()
		must(t, err)
		var all []int64
		for _, l := range list {
			all = append(all, l.Seq)
		}
		return fmt.Sprint(all)
	}
	later := time.Now().Add(time.Minute)
	for want, f := range map[string]AuditFilter{
		"[6 5 4 3 2 1]":   {From: later.Add(-time.Hour), To: later},
		"[6]":             {Who: "ZOE_%"},
		"[6] ":            {Who: "2001:db8"},
		"[6]  ":           {Who: "zoe@"},
		"[6]   ":          {Action: ActSignIn},
		"[6]    ":         {Result: ResultWrong},
		"[6]     ":        {Text: "100%"},
		"[3]":             {Text: "THING 2", Who: "mira"},
		"[]":              {Text: "thing_2"},
		"[] ":             {To: later.Add(-time.Hour)},
		"[5 4 3 2 1]":     {Action: ActExport, Result: ResultDone},
		"[5 4 3 2 1]   ":  {Text: "csv"},
		"[5 4 3 2 1]    ": {Who: "192.0.2.7"},
	} {
		if got := numbers(s.AuditBefore(ctx, f, 0, 10)); got != strings.TrimSpace(want) {
			t.Errorf("%+v finds %s, want %s", f, got, want)
		}
	}
	if got := numbers(s.AuditBefore(ctx, AuditFilter{}, 5, 2)); got != "[4 3]" {
		t.Errorf("before 5 are %s", got)
	}
	if got := numbers(s.AuditAfter(ctx, AuditFilter{}, 2, 2)); got != "[3 4]" {
		t.Errorf("after 2 are %s", got)
	}
}

// Many write at once, on PostgreSQL through two processes' worth of stores:
// one chain comes of it.
func TestAuditIsOneChainUnderLoad(t *testing.T) {
	t.Parallel()
	name := databaseName(t)
	var stores []*Store
	for range 2 {
		if len(stores) == 1 && !isPostgres(name) {
			break
		}
		s, err := Open(t.Context(), name)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		stores = append(stores, s)
	}
	const writers, each = 4, 10
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for i := range writers {
		wg.Go(func() {
			s := stores[i%len(stores)]
			for range each {
				_, err := s.CreateDraft(mira(t.Context()), "Mira", setup.Spec{})
				errs[i] = errors.Join(errs[i], err, s.Audit(t.Context(), Act{Action: ActExport, By: "x"}))
			}
		})
	}
	wg.Wait()
	must(t, errors.Join(errs...))
	if state, err := VerifyAudit(t.Context(), name, ""); err != nil || state.Lines != writers*each*2 {
		t.Errorf("the trail is %+v, %v", state, err)
	}
	list := trail(t, stores[0])
	if !slices.IsSortedFunc(list, func(a, b AuditLine) int { return int(a.Seq - b.Seq) }) || list[0].Previous != "" {
		t.Error("the trail is not in order")
	}
}
