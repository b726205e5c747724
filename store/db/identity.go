package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
)

// inUse is the sentence for a file that could not be kept from others.
func inUse(name string, err error) error {
	switch {
	case errors.Is(err, errLocked):
		return fmt.Errorf("the database %s is in use by another apifront process, which may have opened it by another name (a hard link); stop that one first", name)
	case errors.Is(err, errLinked):
		return fmt.Errorf("the database %s has more than one name (hard links), so that SQLite could not see what was written last by another one; remove all names but one, and keep the one with a -wal file beside it", name)
	}
	return fmt.Errorf("the database %s cannot be locked: %w", name, reason(err))
}

// inPlace is nil while the name of an SQLite file leads to the file that is
// open, and ErrMoved otherwise: nobody would find after the next start what is
// written now. Where this cannot be seen it is nil, and writing tells.
func (d *DB) inPlace() error {
	if d.opened == nil {
		return nil
	}
	switch now, err := os.Stat(d.path); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: there is no file %s any more", ErrMoved, d.path)
	case err == nil && !os.SameFile(d.opened, now):
		return fmt.Errorf("%w: another file is at %s", ErrMoved, d.path)
	}
	return nil
}

// connections is a pool of connections to the SQLite file that is open.
func (d *DB) connections(readOnly bool) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn(d.file, readOnly))
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", d.path, err)
	}
	return sql.OpenDB(placed{c, d}), nil
}

// A placed connector makes a connection only while the name leads to the file
// that is open. To another file that has the name since, SQLite would take the
// log beside it, which belongs to the open file, for that file's own, and begin
// it anew
// (https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use).
type placed struct {
	driver.Connector
	d *DB
}

// Connect makes a connection. It keeps its prepared statements.
func (p placed) Connect(ctx context.Context) (driver.Conn, error) {
	if err := p.d.inPlace(); err != nil {
		return nil, err
	}
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	known, ok := c.(driverConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver of SQLite has another kind of connection: %T", c), c.Close())
	}
	return &preparing{driverConn: known, idle: map[string]prepared{}}, nil
}
