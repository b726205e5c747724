package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/pressly/goose/v3"

	"apifront/migrations"
)

// inspect returns the schema of an SQLite file that nobody else has open, or the
// reason why apifront cannot use it. Afterwards all of the database is in the
// one file, and nothing in a log beside it.
func inspect(ctx context.Context, path string) (schema int64, err error) {
	db, err := alone(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := All(ctx, db, func(row Scanner) (string, error) {
		var line string
		return line, row.Scan(&line)
	}, `PRAGMA integrity_check(1)`)
	switch {
	case damaged(err):
		return 0, errors.New("it is damaged or not a database")
	case err != nil:
		return 0, err
	case len(rows) != 1 || rows[0] != "ok":
		return 0, fmt.Errorf("it is damaged: %s", OneLine(errors.New(fmt.Sprint(rows))))
	}
	var ours int
	err = db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('goose_db_version', 'users', 'secrets')`).Scan(&ours)
	if err != nil {
		return 0, Translate(err)
	}
	if ours != 3 {
		return 0, errors.New("it is not a database of apifront")
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("it does not say which schema it has: %w", err)
	}
	if have > want {
		return 0, fmt.Errorf("it was written by a newer apifront (schema %d, this one knows %d)", have, want)
	}
	return have, nil
}

// alone opens an SQLite file that nobody else has open, and makes it one file:
// without a log beside it.
func alone(path string) (*sql.DB, error) {
	q := url.Values{"_pragma": {"busy_timeout(1000)", "journal_mode(DELETE)", "synchronous(FULL)", "foreign_keys(ON)"}}
	db, err := sql.Open("sqlite", fileURL(path, q))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}
