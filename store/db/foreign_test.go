package db

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sqlFile makes an SQLite file, or changes one.
func sqlFile(t *testing.T, path string, queries ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	for _, q := range queries {
		_, err := db.Exec(q)
		must(t, err)
	}
	must(t, db.Close())
}

// The file of another program is refused and left byte for byte as it was; an
// empty file and one whose first migration was cut off are ours.
func TestAnotherProgramsFile(t *testing.T) {
	t.Parallel()
	gooses := `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`
	for what, queries := range map[string][]string{
		"a table":          {`CREATE TABLE notes (x TEXT)`},
		"a table of users": {`CREATE TABLE users (x TEXT)`},
		"a view":           {`CREATE VIEW v AS SELECT 1`},
		"goose too":        {gooses, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1)`, `CREATE TABLE users (x TEXT)`},
		"a mark":           {`PRAGMA application_id = 252006673`, `CREATE TABLE goose_db_version (x)`},
	} {
		path := filepath.Join(t.TempDir(), "theirs.db")
		sqlFile(t, path, queries...)
		before, err := os.ReadFile(path)
		must(t, err)
		s, err := Open(t.Context(), path)
		if err == nil {
			must(t, s.Close())
			t.Fatalf("%s: it was opened", what)
		}
		if !strings.Contains(err.Error(), path+" is another program's") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: it says %q", what, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed, %v", what, err)
		}
	}
	for what, queries := range map[string][]string{"empty": nil, "no table": {`PRAGMA user_version = 0`}, "cut off": {gooses, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1)`}} {
		path := filepath.Join(t.TempDir(), "ours.db")
		must(t, os.WriteFile(path, nil, 0o600))
		sqlFile(t, path, queries...)
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		must(t, s.Close())
	}
}

// What a backup has besides our own is not restored; River's tables are ours.
func TestABackupWithMoreInIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, c := range []struct{ says, query string }{
		{"trigger sly", `CREATE TRIGGER sly AFTER INSERT ON users BEGIN UPDATE users SET role = 'admin'; END`},
		{"trigger river_sly", `CREATE TRIGGER river_sly AFTER INSERT ON users BEGIN UPDATE users SET role = 'admin'; END`},
		{"view sly", `CREATE VIEW sly AS SELECT * FROM users`},
		{"index sly", `CREATE INDEX sly ON users (name)`},
		{"table sly", `CREATE TABLE sly (x TEXT)`},
		{"table river_sly", `CREATE VIRTUAL TABLE river_sly USING fts5(x)`},
		{"trigger audit_keeps_all", `DROP TRIGGER audit_keeps_all; CREATE TRIGGER audit_keeps_all AFTER INSERT ON users BEGIN UPDATE users SET role = 'admin'; END`},
		{"table users", `ALTER TABLE users ADD COLUMN sly TEXT DEFAULT 'x'`},
		{"index links_email", `DROP INDEX links_email`},
		{"", `CREATE TABLE river_job (id INTEGER PRIMARY KEY); CREATE INDEX river_job_id ON river_job (id)`},
		{"", `DROP TRIGGER audit_keeps_all`},
	} {
		path := filepath.Join(dir, string(rune('a'+i))+".db")
		people(t, path, "Ada", 3)
		sqlFile(t, path, c.query)
		target := filepath.Join(dir, "target.db")
		_, err := Restore(t.Context(), target, path)
		switch {
		case c.says == "":
			must(t, err)
			s, err := Open(t.Context(), target)
			must(t, err)
			must(t, s.Close())
			must(t, os.Remove(target))
		case err == nil:
			t.Errorf("%s was restored", c.query)
			must(t, os.Remove(target))
		case !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: it says %q", c.query, err)
		}
	}
}
