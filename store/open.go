package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/pressly/goose/v3"

	"apifront/migrations"
)

// readers is how many connections read side by side.
const readers = 8

// Open opens the database with the name: a postgres:// URL (openPostgres), or
// the path of an SQLite file, which is made if there is none. Its schema is
// brought up to date; before that an existing file is copied beside itself.
// A file is locked: a second process is refused. Every reason for which it
// cannot be used is one sentence.
func Open(ctx context.Context, name string) (*Store, error) {
	if isPostgres(name) {
		return openPostgres(ctx, name)
	}
	return openFile(ctx, name)
}

// openFile opens an SQLite file.
func openFile(ctx context.Context, name string) (*Store, error) {
	path, err := whereabouts(name)
	if err != nil {
		return nil, err
	}
	unlock, err := lockFile(name, path)
	if err != nil {
		return nil, err
	}
	if _, err := takeUp(path); err != nil {
		return nil, errors.Join(fmt.Errorf("what a restore of the database %s left beside it cannot be put in order: %w", name, reason(err)), unlock())
	}
	s := &Store{path: name, file: path, unlock: unlock}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return s, nil
}

// open opens the two pools and migrates.
func (s *Store) open(ctx context.Context) error {
	var err error
	if s.writer, err = sql.Open("sqlite", dsn(s.file, false)); err != nil {
		return fmt.Errorf("open the database %s: %w", s.path, err)
	}
	s.writer.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return errors.Join(err, s.writer.Close())
	}
	if err := s.guardAudit(ctx); err != nil {
		return errors.Join(err, s.writer.Close())
	}
	reader, err := sql.Open("sqlite", dsn(s.file, true))
	if err != nil {
		return errors.Join(fmt.Errorf("open the database %s: %w", s.path, err), s.writer.Close())
	}
	s.reader = &reading{reader}
	s.reader.SetMaxOpenConns(readers)
	s.reader.SetMaxIdleConns(readers)
	return nil
}

// dsn is the data source name. Writing transactions take the lock when they
// begin, so none fails halfway because another one was quicker.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(ON)",
	}}
	if readOnly {
		q.Add("_pragma", "query_only(ON)")
	} else {
		q.Set("_txlock", "immediate")
	}
	return fileURL(path, q)
}

// fileURL names an SQLite file with settings of its connections.
func fileURL(path string, q url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// migrate brings the schema up to date.
func (s *Store) migrate(ctx context.Context) error {
	var tables int
	if err := s.writer.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'`).Scan(&tables); err != nil {
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("open the database %s: %w", s.path, err)
		case damaged(err):
			return fmt.Errorf("the database %s cannot be read; it is damaged or not a database of apifront: %w", s.path, err)
		}
		return fmt.Errorf("the database %s cannot be used; look at the disk and at the permissions of the file and its directory: %w", s.path, err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.writer, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("the database %s does not say which schema it has: %w", s.path, err)
	}
	if have > want {
		return fmt.Errorf("the database %s was written by a newer apifront (schema %d, this one knows %d); use that version or an older copy of the file", s.path, have, want)
	}
	if have == want {
		return nil
	}
	if have > 0 {
		if err := s.copyBefore(ctx, have); err != nil {
			return err
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("the schema of the database %s could not be brought up to date: %w", s.path, err)
	}
	return nil
}

// copyBefore copies the database beside itself, whole and consistent.
func (s *Store) copyBefore(ctx context.Context, schema int64) error {
	name := fmt.Sprintf("%s.schema-%d.%s", s.file, schema, time.Now().UTC().Format("20060102-150405"))
	if err := copyInto(ctx, s.writer, name); err != nil {
		return fmt.Errorf("the database %s could not be copied to %s before its schema changes: %w", s.path, name, err)
	}
	return nil
}
