package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// as is a context in which a user acts.
func as(ctx context.Context, id, name string) context.Context {
	return WithActor(ctx, Actor{UserID: id, Name: name})
}

// Whatever is done is stored with the ID of the user who did it, and with the name
// as it was then. It is read so when the user is gone, too.
func TestActsAreKnownByID(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.SetBell(&board{rung: map[int64]int64{}})
	must(t, s.CreateUser(t.Context(), User{ID: "u1", Email: "ada@example.com", Name: "Ada", Role: RoleOperator}))
	must(t, s.CreateUser(t.Context(), User{ID: "u2", Email: "grace@example.com", Name: "Grace", Role: RoleOperator}))
	ada, grace := setup.Person{ID: "u1", Name: "Ada"}, setup.Person{ID: "u2", Name: "Grace"}
	byAda, byGrace := as(t.Context(), "u1", "Ada"), as(t.Context(), "u2", "Grace")
	is := func(what string, got, want setup.Person) {
		t.Helper()
		if got != want {
			t.Errorf("%s: by %q with the ID %q, want %+v", what, got.Name, got.ID, want)
		}
	}

	spec := setup.DefaultSpec()
	spec.Domain.Name, spec.Account.AccountID = "a.example.com", "111122223333"
	d, err := s.CreateDraft(byAda, "Ada", spec)
	must(t, err)
	is("a new draft", d.CreatedBy, ada)
	is("a new draft, saved", d.UpdatedBy, ada)
	saved, err := s.SaveDraft(byGrace, d.ID, 0, setup.PageEdge, "Grace", func(sp *setup.Spec) { sp.Edge.Comment = "x" })
	must(t, err)
	is("a save", saved.Draft.UpdatedBy, grace)
	d, err = s.Draft(byAda, d.ID)
	must(t, err)
	is("a saved draft", d.CreatedBy, ada)
	is("a saved draft, saved", d.UpdatedBy, grace)

	job, err := s.StartJob(byAda, NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Ada", Steps: []NewStep{{ID: "a"}}})
	must(t, err)
	attempts := func(want ...setup.Person) {
		t.Helper()
		list, err := s.Attempts(t.Context(), job)
		must(t, err)
		var got []setup.Person
		for _, a := range list {
			got = append(got, a.By)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("attempts (want -, got +):\n%s", diff)
		}
	}
	worker := setup.Person{Name: setup.WorkerName}
	end(t, s, job, "a", setup.StepFailed)
	attempts(worker)
	must(t, s.RerunStep(byGrace, job, "a", "Grace"))
	is("a re-run", row(t, s, job, "a").attemptBy, grace)
	end(t, s, job, "a", setup.StepFailed)
	is("the attempt that begins by itself", row(t, s, job, "a").attemptBy, worker)
	attempts(worker, grace)

	opened, err := s.OpenChange(byGrace, Change{By: "Grace", Setup: setup.Setup{ID: d.ID, Revision: 1}, Spec: spec})
	must(t, err)
	change := opened.Draft
	is("a draft of a change", change.CreatedBy, grace)
	must(t, s.RebaseDraft(byAda, change.ID, d.ID, 1, "Ada"))
	change, err = s.Draft(byAda, change.ID)
	must(t, err)
	is("a draft that was brought up to date", change.CreatedBy, grace)
	is("a draft that was brought up to date, saved", change.UpdatedBy, ada)
	last, err := s.StartJob(byGrace, NewJob{DraftID: change.ID, Kind: setup.JobApply, By: "Grace", Steps: []NewStep{{ID: "a"}}})
	must(t, err)

	c, err := s.CreateConnection(byAda, roleOf("Shop"), "Ada")
	must(t, err)
	is("a new connection", c.CreatedBy, ada)
	c.Name, c.CreatedBy = "Store", setup.Person{}
	made, err := s.UpdateConnection(byGrace, c, "Grace")
	must(t, err)
	read, err := s.Connection(byAda, c.ID)
	must(t, err)
	if diff := cmp.Diff(read, made); diff != "" {
		t.Errorf("a change of a connection returns another one than is stored (stored -, returned +):\n%s", diff)
	}

	_, err = s.Writer().ExecContext(t.Context(), `DELETE FROM users WHERE id <> 'u0'`)
	must(t, err)
	is("a connection, when its maker is gone", read.CreatedBy, ada)
	is("a changed connection", read.UpdatedBy, grace)
	v, err := s.Setup(byAda, d.ID)
	must(t, err)
	is("a setup", v.CreatedBy, ada)
	is("a changed setup", v.UpdatedBy, grace)
	for n, want := range map[int]setup.Person{1: ada, 2: grace} {
		r, err := s.Revision(byAda, d.ID, n)
		must(t, err)
		is(fmt.Sprint("revision ", n), r.CreatedBy, want)
	}
	for n, want := range map[int64]setup.Person{job: ada, last: grace} {
		j, err := s.Job(byAda, n)
		must(t, err)
		is(fmt.Sprint("job ", n), j.CreatedBy, want)
	}

	// A name that is not the one of who acts has no ID.
	d, err = s.CreateDraft(byAda, "apifront", spec)
	must(t, err)
	is("a draft of no user", d.CreatedBy, setup.Person{Name: "apifront"})
}

// Two users of one name are two people, and a user with a new name is one.
func TestSomebodyElseIsTold(t *testing.T) {
	t.Parallel()
	s := open(t)
	ada := as(t.Context(), "u1", "Ada")
	save := func(ctx context.Context, id string) bool {
		t.Helper()
		res, err := s.SaveDraft(ctx, id, 1, setup.PageEdge, ActorOf(ctx).Name, func(*setup.Spec) {})
		must(t, err)
		return res.Newer
	}
	for _, c := range []struct {
		what string
		ctx  context.Context
		want bool
	}{
		{"herself", ada, false},
		{"herself under a new name", as(t.Context(), "u1", "Ada Lovelace"), false},
		{"another user of the name", as(t.Context(), "u2", "Ada"), true},
		{"another user", as(t.Context(), "u2", "Grace"), true},
		{"one of the name of whom no ID is known", as(t.Context(), "", "Ada"), false},
	} {
		d := draft(t, s, "a.example.com")
		save(ada, d.ID)
		if got := save(c.ctx, d.ID); got != c.want {
			t.Errorf("after a save by Ada, %s is told of somebody else: %t", c.what, got)
		}
	}
}

// A change is opened again by whoever began it: not by another user of the name,
// but also under a new name.
func TestAChangeIsAPersonsByID(t *testing.T) {
	t.Parallel()
	s := open(t)
	d := draft(t, s, "a.example.com")
	must(t, s.CancelJob(t.Context(), start(t, s, d.ID), "Ada"))
	press := func(id, name string) setup.Draft {
		t.Helper()
		v, err := s.Setup(t.Context(), d.ID)
		must(t, err)
		o, err := s.OpenChange(as(t.Context(), id, name), Change{By: name, Setup: v, Spec: v.Spec})
		must(t, err)
		return o.Draft
	}
	mine := press("u1", "Ada")
	if again := press("u1", "Ada Lovelace"); again.ID != mine.ID {
		t.Error("under a new name, another draft is made")
	}
	if theirs := press("u2", "Ada"); theirs.ID == mine.ID {
		t.Error("another user of the name is led to the draft")
	}
	before := press("", "Grace") // as one of before, without an ID
	if again := press("u3", "Grace"); again.ID != before.ID {
		t.Error("a draft of before is not known by its maker's name")
	}
	if other := press("", "Edsger"); other.ID == before.ID || other.ID == mine.ID {
		t.Error("one of whom no ID is known is led to another one's draft")
	}
	// One that nobody has touched begins from the newest revision.
	want := setup.DefaultSpec()
	want.Domain.Name, want.Edge.Comment = "a.example.com", "later"
	job, err := s.StartJob(t.Context(), NewJob{SetupID: d.ID, Want: &want, Kind: setup.JobApply, By: "Edsger", Steps: []NewStep{{ID: "a"}}})
	must(t, err)
	must(t, s.CancelJob(t.Context(), job, "Edsger"))
	if again := press("u1", "Ada Lovelace"); again.ID != mine.ID || again.BeganFrom != 2 || again.UpdatedBy != (setup.Person{ID: "u1", Name: "Ada Lovelace"}) {
		t.Errorf("the draft goes on as %s from revision %d by %+v, want %s", again.ID, again.BeganFrom, again.UpdatedBy, mine.ID)
	}
}

// byColumns are the columns that name who did something, as "table.column".
func byColumns(t *testing.T, s *Store) (list []string) {
	t.Helper()
	for _, table := range tables(t, s.Writer(), s.Postgres()) {
		for _, c := range columnsOf(t, s.Writer(), table) {
			if strings.HasSuffix(c, "_by") {
				list = append(list, table+"."+c)
			}
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(list, func(c string) bool {
		// The first says what keeps a user out, the second which process is at it.
		return c == "users.disabled_by" || strings.HasSuffix(c, ".lease_by")
	})
}

// Wherever the name of a person is stored, the ID stands beside it.
func TestNamesHaveIDs(t *testing.T) {
	t.Parallel()
	s := open(t)
	list := byColumns(t, s)
	if len(list) < 11 {
		t.Errorf("only %d columns with names are found: %v", len(list), list)
	}
	for _, c := range list {
		table, column, _ := strings.Cut(c, ".")
		if !slices.Contains(columnsOf(t, s.Writer(), table), column+"_id") {
			t.Errorf("%s has no %s_id beside it", c, column)
		}
	}
}

// Rows of before get the ID of the only user who has the name.
func TestRowsOfBeforeGetIDs(t *testing.T) {
	t.Parallel()
	var rows []string
	add := func(format string, args ...any) { rows = append(rows, fmt.Sprintf(format, args...)) }
	for id, name := range map[string]string{"u1": "Ada", "u2": "Grace", "u3": "Grace", "u4": setup.WorkerName, "u5": "O''Neil", "u6": ""} {
		add(`INSERT INTO users (id, email, name, password_hash, role, theme, created_at) VALUES ('%s', '%s@example.com', '%s', '', 'operator', '', 1)`, id, id, name)
	}
	want := map[string]string{"Ada": "u1", "Grace": "", setup.WorkerName: "", "O'Neil": "u5", "": "", "somebody who is gone": ""}
	i := 0
	for name := range want {
		i++
		by := strings.ReplaceAll(name, "'", "''")
		add(`INSERT INTO setups (id, name, spec, generation, created_by, created_at, updated_by, updated_at) VALUES ('s%[1]d', '%[1]d.example.com', '{}', 1, '%[2]s', 1, '%[2]s', 1)`, i, by)
		add(`INSERT INTO revisions VALUES ('s%d', 1, '{}', 1, 0, 'New setup', '%s', 1)`, i, by)
		add(`INSERT INTO drafts VALUES ('d%[1]d', 's%[1]d', 1, 0, '', '{}', 'edge', 1, 0, '%[2]s', 1, '%[2]s', 1)`, i, by)
		add(`INSERT INTO jobs (id, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
			VALUES (%[1]d, 's%[1]d', '%[1]d.example.com', 'apply', 'succeeded', '{}', '', '', '', '%[2]s', 1, 1, 1, 0, 0, 0)`, i, by)
		add(`INSERT INTO steps VALUES (%[1]d, %[1]d, 'a', 1, 'A', 'STS', 'done', '[]', '', '', '', 0, 0, 0, 1, 0, '%[2]s', 0, 0, 0, 0, 0, 0, 0)`, i, by)
		add(`INSERT INTO attempts (job_id, step, number, started_by, state, problem, started_at, finished_at) VALUES (%d, 'a', 1, '%s', 'done', '', 1, 1)`, i, by)
		add(`INSERT INTO connections VALUES ('c%[1]d', '%[1]d', '%[1]d', 'default', '', '', '', '', '[]', 1, '%[2]s', 1, '%[2]s', 1)`, i, by)
	}
	s := earlier(t, 15, strings.Join(rows, ";\n"))
	for _, c := range byColumns(t, s) {
		table, column, _ := strings.Cut(c, ".")
		if slices.Contains([]string{"links", "probe_keys", "checks", "findings", "notice_places", "diagnoses"}, table) { // schema 13 has done that; the others came later, with IDs
			continue
		}
		got := map[string]string{}
		for _, line := range dump(t, s.Writer(), table, []string{column, column + "_id"}) {
			name, id, _ := strings.Cut(strings.TrimPrefix(line, column+"="), " "+column+"_id=")
			got[name] = strings.TrimSpace(id)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (want -, got +):\n%s", c, diff)
		}
	}
}
