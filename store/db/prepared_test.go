package db

import (
	"context"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// onOneConnection runs a test on one connection to a new file, and hands out
// what it keeps.
func onOneConnection(t *testing.T, test func(*preparing)) {
	t.Helper()
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	must(t, err)
	defer func() { must(t, d.Close()) }()
	c, err := d.writer.Conn(t.Context())
	must(t, err)
	defer func() { must(t, c.Close()) }()
	must(t, c.Raw(func(raw any) error {
		test(raw.(*preparing))
		return nil
	}))
}

// A counter counts what its connection prepares.
type counter struct {
	driverConn
	prepared []string
}

func (c *counter) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.prepared = append(c.prepared, query)
	return c.driverConn.PrepareContext(ctx, query)
}

// asked is the first column of a query's rows, past database/sql, which holds
// the connection while it hands it out.
func asked(t *testing.T, c *preparing, query string, args ...any) string {
	t.Helper()
	rows, err := c.QueryContext(t.Context(), query, named(args))
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	var got []string
	row := make([]driver.Value, len(rows.Columns()))
	for rows.Next(row) == nil {
		got = append(got, fmt.Sprint(row[0]))
	}
	return strings.Join(got, " ")
}

func named(args []any) []driver.NamedValue {
	list := make([]driver.NamedValue, len(args))
	for i, a := range args {
		list[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return list
}

// did carries out a statement.
func did(c *preparing, query string, args ...any) error {
	_, err := c.ExecContext(context.Background(), query, named(args))
	return err
}

// A statement is prepared once, whatever it is asked with and however it ended.
func TestStatementsArePreparedOnce(t *testing.T) {
	onOneConnection(t, func(c *preparing) {
		must(t, did(c, `CREATE TABLE things (name TEXT NOT NULL UNIQUE)`))
		n := &counter{driverConn: c.driverConn}
		c.driverConn = n
		const insert, find = `INSERT INTO things (name) VALUES ($1)`, `SELECT name FROM things WHERE name >= $1 ORDER BY name`
		must(t, did(c, insert, "a"))
		for _, name := range []string{"b", "c", strings.Repeat("d", 5000)} {
			must(t, did(c, insert, name))
		}
		if got := asked(t, c, find, "b"); got != "b c "+strings.Repeat("d", 5000) {
			t.Errorf("found %q", got)
		}
		if got := asked(t, c, find, "e"); got != "" {
			t.Errorf("found %q", got)
		}
		if want := []string{insert, find}; !slices.Equal(n.prepared, want) {
			t.Errorf("prepared %q, want %q", n.prepared, want)
		}

		// One that met an error is not used again.
		if err := did(c, insert, "a"); err == nil || !strings.Contains(err.Error(), "UNIQUE") {
			t.Errorf("a second a: %v", err)
		}
		if _, kept := c.idle[insert]; kept {
			t.Error("a statement that met an error is kept")
		}
		must(t, did(c, insert, "f"))
		if want := []string{insert, find, insert}; !slices.Equal(n.prepared, want) {
			t.Errorf("after an error prepared %q, want %q", n.prepared, want)
		}

		// One that acts when it is prepared, or is rare, is prepared each time.
		for _, query := range []string{`PRAGMA foreign_keys`, ` EXPLAIN SELECT 1`} {
			asked(t, c, query)
			if _, kept := c.idle[query]; kept {
				t.Errorf("%s is kept", query)
			}
		}
	})
}

// Two queries of the same text at once have a statement each: rows that are
// being read stay what they are.
func TestRowsKeepTheirStatement(t *testing.T) {
	onOneConnection(t, func(c *preparing) {
		const count = `WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT i FROM n`
		asked(t, c, count, int64(7))
		outer, err := c.QueryContext(t.Context(), count, named([]any{int64(1)}))
		must(t, err)
		var got []string
		row := make([]driver.Value, 1)
		for outer.Next(row) == nil {
			got = append(got, fmt.Sprint(row[0]), "("+asked(t, c, count, int64(10))+")")
		}
		must(t, outer.Close())
		must(t, outer.Close())
		if want := "1 (10 11 12) 2 (10 11 12) 3 (10 11 12)"; strings.Join(got, " ") != want {
			t.Errorf("read %v, want %s", got, want)
		}
		if len(c.idle) == 0 || asked(t, c, count, int64(4)) != "4 5 6" {
			t.Error("the statement is not kept")
		}
	})
}

// What was prepared holds after a change of the schema.
func TestStatementsFollowTheSchema(t *testing.T) {
	onOneConnection(t, func(c *preparing) {
		must(t, did(c, `CREATE TABLE things (a TEXT)`))
		must(t, did(c, `INSERT INTO things (a) VALUES ('one')`))
		if got := asked(t, c, `SELECT * FROM things`); got != "one" {
			t.Fatalf("read %q", got)
		}
		must(t, did(c, `DROP TABLE things`))
		must(t, did(c, `CREATE TABLE things (b TEXT, a TEXT)`))
		must(t, did(c, `INSERT INTO things (b, a) VALUES ('two', 'three')`))
		if got := asked(t, c, `SELECT * FROM things`); got != "two" {
			t.Errorf("read %q, want two", got)
		}
	})
}

// A connection keeps so many statements, those that were used last.
func TestFewStatementsAreKept(t *testing.T) {
	onOneConnection(t, func(c *preparing) {
		asked(t, c, `SELECT 0`)
		for i := range preparedStatements + 10 {
			asked(t, c, fmt.Sprintf(`SELECT %d + 1`, i))
			asked(t, c, `SELECT 0`)
		}
		if len(c.idle) != preparedStatements {
			t.Errorf("%d statements are kept, want %d", len(c.idle), preparedStatements)
		}
		for query, want := range map[string]bool{`SELECT 0`: true, `SELECT 0 + 1`: false, fmt.Sprintf(`SELECT %d + 1`, preparedStatements+9): true} {
			if _, kept := c.idle[query]; kept != want {
				t.Errorf("%s is kept: %v", query, kept)
			}
		}
	})
}

// What keeping a statement is worth, as a ratio of the two.
func BenchmarkStatements(b *testing.B) {
	d, err := Open(b.Context(), filepath.Join(b.TempDir(), "a.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	c, err := d.writer.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	const query = `
		SELECT s.id, s.step, s.state, a.number FROM steps s
		LEFT JOIN attempts a ON a.job_id = s.job_id AND a.step = s.step AND a.finished_at = 0
		WHERE s.job_id = $1 ORDER BY s.number`
	_ = c.Raw(func(raw any) error {
		kept := raw.(*preparing)
		for name, q := range map[string]driver.QueryerContext{"kept": kept, "prepared each time": kept.driverConn} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					rows, err := q.QueryContext(b.Context(), query, named([]any{int64(7)}))
					if err != nil {
						b.Fatal(err)
					}
					_ = rows.Close()
				}
			})
		}
		return nil
	})
}
