package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"
)

// A fault is what happens to a transaction of PostgreSQL, once.
type fault struct {
	kind string // refuse, kill: at the commit; cut: at a row
	row  int    // the first is 1
}

// faults makes PostgreSQL itself do it: triggers on every table ask what is
// ordered. Sequences keep their numbers when a transaction is rolled back, so
// the second try goes well.
const faults = `
	CREATE TABLE law_fault (kind TEXT NOT NULL, row BIGINT NOT NULL);
	CREATE SEQUENCE law_rows;
	CREATE SEQUENCE law_commits;
	CREATE FUNCTION law_row() RETURNS trigger LANGUAGE plpgsql AS $$
	DECLARE f law_fault;
	BEGIN
		SELECT * INTO f FROM law_fault;
		IF nextval('law_rows') = f.row AND f.kind = 'cut' THEN
			PERFORM pg_terminate_backend(pg_backend_pid());
			PERFORM pg_sleep(5);
		END IF;
		RETURN NULL;
	END $$;
	CREATE FUNCTION law_commit() RETURNS trigger LANGUAGE plpgsql AS $$
	DECLARE f law_fault;
	BEGIN
		SELECT * INTO f FROM law_fault;
		IF f.kind = 'refuse' AND nextval('law_commits') = 1 THEN
			RAISE EXCEPTION 'refused by the law' USING ERRCODE = '40001';
		ELSIF f.kind = 'kill' AND nextval('law_commits') = 1 THEN
			PERFORM pg_terminate_backend(pg_backend_pid());
			PERFORM pg_sleep(5);
		END IF;
		RETURN NULL;
	END $$`

// A lawyer tries methods on copies of one world on PostgreSQL.
type lawyer struct {
	*world
	other  *world  // the same one, of another replica
	db     *sql.DB // without the faults, and without triggers and foreign keys
	tables []string
	known  string // all rows of the world
	rows   map[string]bool
}

func newLawyer(t *testing.T) *lawyer {
	t.Helper()
	name := onPostgres(t)
	l := &lawyer{world: newWorld(t, replica(t, name))}
	other := *l.world
	other.s = replica(t, name)
	l.tie(other.s)
	l.other = &other
	var err error
	l.db, err = sql.Open("pgx", strings.Replace(name, "pool_max_conns=8", "session_replication_role=replica&default_query_exec_mode=simple_protocol", 1))
	must(t, err)
	t.Cleanup(func() { must(t, l.db.Close()) })
	l.tables = slices.DeleteFunc(tables(t, l.db, true), func(name string) bool { return name == "goose_db_version" })
	l.run(t, faults)
	for _, table := range l.tables {
		l.run(t, `CREATE TABLE law_`+table+` AS TABLE `+table)
		l.run(t, `CREATE TRIGGER law_row AFTER INSERT OR UPDATE OR DELETE ON `+table+` FOR EACH ROW EXECUTE FUNCTION law_row()`)
		l.run(t, `CREATE CONSTRAINT TRIGGER law_commit AFTER INSERT OR UPDATE OR DELETE ON `+table+`
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION law_commit()`)
	}
	l.known, l.rows = everyRow(t, l.db, true, l.tables), map[string]bool{}
	for row := range strings.SplitSeq(l.known, "\n") {
		l.rows[row] = true
	}
	return l
}

func (l *lawyer) run(t *testing.T, query string) {
	t.Helper()
	if _, err := l.db.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// order makes the world as it was, and orders a fault.
func (l *lawyer) order(t *testing.T, a act, f fault) {
	t.Helper()
	query := ""
	for _, table := range l.tables {
		query += `DELETE FROM ` + table + `; INSERT INTO ` + table + ` SELECT * FROM law_` + table + `; `
	}
	l.run(t, query+a.prep+fmt.Sprintf(`;
		SELECT setval('law_rows', 1, false), setval('law_commits', 1, false);
		DELETE FROM law_fault; INSERT INTO law_fault VALUES ('%s', %d)`, f.kind, f.row))
}

// try does an act with a fault, and says what it returned, what is stored then,
// and how many rows were written.
func (l *lawyer) try(t *testing.T, a act, f fault) (out []any, stored string, rows int) {
	t.Helper()
	l.order(t, a, f)
	out = a.do(l.world, t.Context())
	must(t, l.db.QueryRowContext(t.Context(), `SELECT nextval('law_rows') - 1`).Scan(&rows))
	return out, l.plainly(everyRow(t, l.db, true, l.tables)), rows
}

// two does an act on both replicas and says all that came of it. With a fault
// the first one is refused at its commit, and the other one acts before the
// first tries again.
func (l *lawyer) two(t *testing.T, a act, f fault) string {
	t.Helper()
	l.order(t, a, f)
	theirs := ""
	act := func() { theirs = told(a.do(l.other, t.Context())) }
	ctx := t.Context()
	if f.kind == "" {
		act()
	} else {
		ctx = &refusedContext{Context: ctx, refused: func() bool {
			var commits int
			err := l.db.QueryRow(`SELECT CASE WHEN is_called THEN 1 ELSE 0 END FROM law_commits`).Scan(&commits)
			return err == nil && commits > 0
		}, do: sync.OnceFunc(act)}
	}
	mine := told(a.do(l.world, ctx))
	return "other: " + l.plainly(theirs) + "mine: " + l.plainly(mine) + l.plainly(everyRow(t, l.db, true, l.tables))
}

// A refusedContext does something when it is asked for the first time after a
// commit was refused: whoever tries again asks whether there is still time.
type refusedContext struct {
	context.Context
	refused func() bool
	do      func()
}

func (c *refusedContext) Done() <-chan struct{} {
	if c.refused() {
		c.do()
	}
	return c.Context.Done()
}

// everyRow is every row of every table, one a line, in order.
func everyRow(t *testing.T, db *sql.DB, postgres bool, names []string) string {
	t.Helper()
	var lines []string
	for _, table := range names {
		for _, row := range dump(t, db, table, columnsOf(t, db, table)) {
			lines = append(lines, table+": "+row)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

var madeNew = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|apifront-[A-Z2-7]{26}`)

// plainly is a text in which what is new by nature, IDs and the hashes of what
// has them, stands for itself.
func (l *lawyer) plainly(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if l.rows[line] {
			continue
		}
		lines[i] = madeNew.ReplaceAllStringFunc(line, func(s string) string {
			if strings.Contains(l.known, s) {
				return s
			}
			return "<new>"
		})
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A commit that is refused once, and a connection that is lost once within the
// transaction, change neither what a method returns nor what it stores, and two
// that are carried out at once do and say what they do one after the other.
func TestARefusalChangesNothing(t *testing.T) {
	l := newLawyer(t)
	for name, a := range acts() {
		t.Run(name, func(t *testing.T) {
			l.judge(t, a)
		})
	}
}

func (l *lawyer) judge(t *testing.T, a act) {
	out, stored, rows := l.try(t, a, fault{})
	if err := lastError(out); err != nil || rows == 0 {
		t.Fatalf("undisturbed it wrote %d rows: %v", rows, err)
	}
	want := l.plainly(told(out))
	for _, f := range []fault{{kind: "refuse"}, {"cut", 1}, {"cut", (rows + 1) / 2}, {"cut", rows}} {
		out, now, wrote := l.try(t, a, f)
		if f.kind == "refuse" && wrote <= rows {
			t.Errorf("%+v: %d rows were written, undisturbed %d: nothing was done again", f, wrote, rows)
		}
		if diff := cmp.Diff(want, l.plainly(told(out))); diff != "" {
			t.Errorf("%+v: it returns something else (-undisturbed +now):\n%s", f, diff)
		}
		if diff := cmp.Diff(stored, now); diff != "" {
			t.Errorf("%+v: something else is stored (-undisturbed +now):\n%s", f, diff)
		}
	}
	if diff := cmp.Diff(l.two(t, a, fault{}), l.two(t, a, fault{kind: "refuse"})); diff != "" && !a.quick {
		t.Errorf("another one came between the refusal and the second try (-one after the other +now):\n%s", diff)
	}
	// When the connection is lost at the commit, nobody knows whether it was
	// stored: an error, no result, and not a second time.
	out, now, wrote := l.try(t, a, fault{kind: "kill"})
	nothing(t, out)
	if before := l.plainly(l.known); a.prep == "" && (wrote > rows || now != before) {
		t.Errorf("lost at the commit, %d rows were written, undisturbed %d:\n%s", wrote, rows, cmp.Diff(before, now))
	}
}

// nothing fails the test unless an error was all that a method returned.
func nothing(t *testing.T, out []any) {
	t.Helper()
	if lastError(out) == nil {
		t.Error("there is no error")
	}
	for _, v := range out[:len(out)-1] {
		if v != nil && !reflect.ValueOf(v).IsZero() {
			t.Errorf("with the error it returns %+v", v)
		}
	}
}

// SQLite carries nothing out again, so there a commit that is refused leaves
// the error, and nothing else: no result, no row, nobody woken.
func TestARefusalLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(dir, "world.db"))
	must(t, err)
	w := newWorld(t, s)
	must(t, s.Close())
	world, err := os.ReadFile(filepath.Join(dir, "world.db"))
	must(t, err)
	for name, a := range acts() {
		path := filepath.Join(dir, name+".db")
		must(t, os.WriteFile(path, world, 0o600))
		s, err := Open(t.Context(), path)
		must(t, err)
		w.tie(s)
		if a.prep != "" {
			_, err := s.Writer().Exec(a.prep)
			must(t, err)
		}
		mine := *w
		mine.s = s
		names := tables(t, s.Writer(), false)
		before := everyRow(t, s.Writer(), false, names)
		woken, stop := s.Watch(0)
		refusals := refuseCommit(t, s)
		out := a.do(&mine, t.Context())
		if *refusals != 1 {
			t.Errorf("%s: %d commits were refused", name, *refusals)
		}
		nothing(t, out)
		if diff := cmp.Diff(before, everyRow(t, s.Writer(), false, names)); diff != "" {
			t.Errorf("%s: a refused commit stored (-before +after):\n%s", name, diff)
		}
		select {
		case <-woken:
			t.Errorf("%s: a refused commit woke somebody", name)
		default:
		}
		if err := lastError(a.do(&mine, t.Context())); err != nil {
			t.Errorf("%s: once more: %v", name, err)
		}
		stop()
		must(t, s.Close())
	}
}

// refuseCommit makes SQLite roll back the next transaction at its commit.
func refuseCommit(t *testing.T, s *Store) *int {
	t.Helper()
	refusals := new(int)
	conn, err := s.Writer().Conn(t.Context())
	must(t, err)
	must(t, conn.Raw(func(c any) error {
		c.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 {
			if *refusals > 0 {
				return 0
			}
			*refusals++
			return 1
		})
		return nil
	}))
	must(t, conn.Close())
	return refusals
}
