package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
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
func openFile(ctx context.Context, path string) (*Store, error) {
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the directory %s for the database does not exist", dir)
	case err != nil:
		return nil, fmt.Errorf("the directory %s for the database cannot be read: %w", dir, err)
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a directory, so the database cannot be in it", dir)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file, so it cannot be the database", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the database %s cannot be opened for writing: %w", path, reason(err))
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("the database %s cannot be opened: %w", path, reason(err))
	}
	unlock, err := lock(path + ".lock")
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("the database %s is in use by another apifront process; stop that one first", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the database %s cannot be locked: %w", path, reason(err))
	}
	s := &Store{path: path, unlock: unlock}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return s, nil
}

// reason is an error without the path that the sentence has already.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// open opens the two pools and migrates.
func (s *Store) open(ctx context.Context) error {
	var err error
	if s.writer, err = sql.Open("sqlite", dsn(s.path, false)); err != nil {
		return fmt.Errorf("open the database %s: %w", s.path, err)
	}
	s.writer.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return errors.Join(err, s.writer.Close())
	}
	reader, err := sql.Open("sqlite", dsn(s.path, true))
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
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// migrate brings the schema up to date.
func (s *Store) migrate(ctx context.Context) error {
	var tables int
	if err := s.writer.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'`).Scan(&tables); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("open the database %s: %w", s.path, err)
		}
		return fmt.Errorf("the database %s cannot be read; it is damaged or not a database of apifront: %w", s.path, err)
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
	name := fmt.Sprintf("%s.schema-%d.%s", s.path, schema, time.Now().UTC().Format("20060102-150405"))
	if _, err := s.writer.ExecContext(ctx, `VACUUM INTO $1`, name); err != nil {
		return fmt.Errorf("the database %s could not be copied to %s before its schema changes: %w", s.path, name, err)
	}
	return nil
}
