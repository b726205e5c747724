package db

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
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
func Open(ctx context.Context, name string) (*DB, error) {
	if isPostgres(name) {
		return openPostgres(ctx, name)
	}
	return openFile(ctx, name)
}

// OpenBeside opens a database that a server may have open, for one short act of
// an administrator on the same machine. It makes and changes no schema, and its
// SQLite file is not locked: SQLite lets the two processes write in turn.
func OpenBeside(ctx context.Context, name string) (*DB, error) {
	if isPostgres(name) {
		return openPostgres(ctx, name)
	}
	path, err := whereabouts(name)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no database %s: %w", name, reason(err))
	}
	d := &DB{path: name, file: path, unlock: func() error { return nil }}
	if d.writer, err = d.connections(false); err != nil {
		return nil, err
	}
	d.writer.SetMaxOpenConns(1)
	if err := d.sameSchema(ctx); err != nil {
		return nil, errors.Join(err, d.writer.Close())
	}
	if err := d.openReader(); err != nil {
		return nil, err
	}
	return d, nil
}

// sameSchema says whether the database has the schema that this program knows.
func (d *DB) sameSchema(ctx context.Context) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, d.writer, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("the database %s does not say which schema it has: %w", d.path, err)
	}
	if have != want {
		return fmt.Errorf("the database %s has schema %d and this apifront knows %d; use the apifront that serves it, or start the server once with this one", d.path, have, want)
	}
	return nil
}

// openFile opens an SQLite file.
func openFile(ctx context.Context, name string) (*DB, error) {
	path, err := whereabouts(name)
	if err != nil {
		return nil, err
	}
	unlock, err := lockPath(name, path)
	if err != nil {
		return nil, err
	}
	if _, err := takeUp(path); err != nil {
		return nil, errors.Join(fmt.Errorf("what a restore of the database %s left beside it cannot be put in order: %w", name, reason(err)), unlock())
	}
	held, opened, err := holdFile(name, path)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := refuseForeign(ctx, name, path); err != nil {
		return nil, errors.Join(err, letGo(held), unlock())
	}
	d := &DB{path: name, file: path, opened: opened, unlock: func() error { return errors.Join(letGo(held), unlock()) }}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.unlock())
	}
	return d, nil
}

// open opens the two pools and migrates.
func (d *DB) open(ctx context.Context) error {
	var err error
	if d.writer, err = d.connections(false); err != nil {
		return err
	}
	d.writer.SetMaxOpenConns(1)
	if err := d.migrate(ctx); err != nil {
		return errors.Join(err, d.writer.Close())
	}
	if err := d.guardAudit(ctx); err != nil {
		return errors.Join(err, d.writer.Close())
	}
	return d.openReader()
}

// openReader opens the pool that reads beside the writer, which it closes when
// it cannot.
func (d *DB) openReader() error {
	reader, err := d.connections(true)
	if err != nil {
		return errors.Join(err, d.writer.Close())
	}
	d.reader = &Reading{DB: reader}
	d.reader.SetMaxOpenConns(readers)
	d.reader.SetMaxIdleConns(readers)
	return nil
}

// dsn is the data source name of a file that is there. A transaction takes the
// write lock when it begins, so none fails halfway because another one was
// quicker.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(ON)",
	}}
	q.Set("mode", "rw")
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
func (d *DB) migrate(ctx context.Context) error {
	var tables int
	if err := d.writer.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'`).Scan(&tables); err != nil {
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("open the database %s: %w", d.path, err)
		case damaged(err):
			return fmt.Errorf("the database %s cannot be read; it is damaged or not a database of apifront: %w", d.path, err)
		}
		return d.noRoom(err, fmt.Errorf("the database %s cannot be used; look at the disk and at the permissions of the file and its directory: %w", d.path, err))
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, d.writer, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return d.noRoom(err, fmt.Errorf("the database %s does not say which schema it has: %w", d.path, err))
	}
	if have > want {
		return fmt.Errorf("the database %s was written by a newer apifront (schema %d, this one knows %d); use that version or an older copy of the file", d.path, have, want)
	}
	if have == want {
		return nil
	}
	if have > 0 {
		if err := d.copyBefore(ctx, have); err != nil {
			return err
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return d.noRoom(err, fmt.Errorf("the schema of the database %s could not be brought up to date: %w", d.path, err))
	}
	return nil
}

// noRoom is the sentence for a full disk if err says that the disk is full;
// otherwise it is the given error.
func (d *DB) noRoom(err, otherwise error) error {
	if errors.Is(Translate(err), ErrFull) {
		return fmt.Errorf("the database %s takes nothing: its disk is full; make room there, then start again", d.path)
	}
	return otherwise
}

// copyBefore copies the database beside itself, whole and consistent.
func (d *DB) copyBefore(ctx context.Context, schema int64) error {
	name := fmt.Sprintf("%s.schema-%d.%s", d.file, schema, time.Now().UTC().Format("20060102-150405"))
	if err := copyInto(ctx, d.writer, name); err != nil {
		return fmt.Errorf("the database %s could not be copied to %s before its schema changes: %w", d.path, name, err)
	}
	return nil
}
