package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/pressly/goose/v3"

	"apifront/migrations"
)

// refuseForeign refuses an SQLite file that another program has made, before
// anything is written to it. Ours are an empty file, one whose first migration
// was cut off, and one with our tables. goose is used by other programs too, so
// its own table alone says nothing.
func refuseForeign(ctx context.Context, name, path string) error {
	db, err := sql.Open("sqlite", fileURL(path, url.Values{"mode": {"ro"}}))
	if err != nil {
		return fmt.Errorf("open the database %s: %w", name, err)
	}
	var mark int64
	var all, ours, gooses int
	err = db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&mark)
	if err == nil {
		err = db.QueryRowContext(ctx, `
			SELECT COUNT(*), COALESCE(SUM(name IN ('users', 'secrets', 'sessions')), 0), COALESCE(SUM(name = 'goose_db_version'), 0)
			FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`).Scan(&all, &ours, &gooses)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return nil //nolint:nilerr // opening it to write says better what is wrong with it
	}
	if mark != 0 || all > gooses && (ours < 3 || gooses == 0) {
		return fmt.Errorf("the database %s is another program's, and was left as it is; name another file", name)
	}
	return nil
}

// A part is a table, index, trigger or view of a database.
type part struct{ kind, name, text string }

// parts are what an SQLite database is made of, besides SQLite's own.
func parts(ctx context.Context, db RowsQuerier) ([]part, error) {
	return All(ctx, db, func(row Scanner) (part, error) {
		var p part
		err := row.Scan(&p.kind, &p.name, &p.text)
		p.text = strings.Join(strings.Fields(p.text), " ")
		return p, err
	}, `SELECT type, name, COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY type, name`)
}

// pure is onlyOurs for a file that nobody has open.
func pure(ctx context.Context, path string, schema int64) (err error) {
	db, err := alone(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return onlyOurs(ctx, db, schema)
}

// onlyOurs refuses a database that has anything but what the migrations up to
// its schema make, what guards the audit trail, and River's tables and indexes:
// a trigger, a view or an expression in somebody's backup would act in our
// name.
func onlyOurs(ctx context.Context, db RowsQuerier, schema int64) error {
	want, err := made(ctx, schema)
	if err != nil {
		return err
	}
	list, err := parts(ctx, db)
	if err != nil {
		return err
	}
	for _, p := range list {
		text, known := want[p.kind+" "+p.name]
		river := strings.HasPrefix(p.name, "river_") && (p.kind == "table" && !strings.HasPrefix(strings.ToUpper(p.text), "CREATE VIRTUAL") || p.kind == "index")
		switch {
		case known && text != p.text:
			return fmt.Errorf("its %s %s is not as apifront makes it", p.kind, p.name)
		case !known && !river:
			return fmt.Errorf("it has the %s %s, which apifront did not make", p.kind, p.name)
		}
		delete(want, p.kind+" "+p.name)
	}
	for what := range want {
		if !strings.HasPrefix(what, "trigger audit_") { // they are made anew
			return fmt.Errorf("it lacks the %s", what)
		}
	}
	return nil
}

// made is what the migrations up to a schema make, by kind and name.
func made(ctx context.Context, schema int64) (want map[string]string, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("open a database in memory: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := p.UpTo(ctx, schema); err != nil {
		return nil, fmt.Errorf("carry out the migrations: %w", err)
	}
	want = map[string]string{}
	list, err := parts(ctx, db)
	for _, one := range list {
		want[one.kind+" "+one.name] = one.text
	}
	if _, ok := want["table audit"]; ok {
		for _, text := range auditTriggers {
			text = strings.Replace(strings.Join(strings.Fields(text), " "), " IF NOT EXISTS", "", 1)
			want["trigger "+strings.Fields(text)[2]] = text
		}
	}
	return want, err
}
