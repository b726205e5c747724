package db

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	gooselock "github.com/pressly/goose/v3/lock"

	"apifront/migrations"
)

// connections is how many connections a process opens at most when the URL
// does not say so with pool_max_conns. Two more listen.
const connections = 20

// sessionDefaults are settings of every connection that the URL may change.
// Transactions hold no call to AWS and last milliseconds. A process that was
// paused within one must not keep others from taking over, so the server ends
// it.
func sessionDefaults() map[string]string {
	return map[string]string{
		"application_name":                    "apifront",
		"statement_timeout":                   "15s",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "5s",
	}
}

// openPostgres opens a database by its URL, which has the parameters of libpq
// and pgxpool (sslmode, connect_timeout, pool_max_conns, …) and one of ours:
// apifront_listen=off, behind a pooler that does not carry LISTEN. The schema
// is brought up to date; processes that start at the same time take turns. No
// copy is made before: that is pg_dump's work.
func openPostgres(ctx context.Context, name string) (_ *DB, err error) {
	d := &DB{path: Redacted(name), unlock: func() error { return nil }}
	cfg, listens, err := postgresConfig(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.closePostgres())
		}
	}()
	total := max(cfg.MaxConns, 4)
	if d.pool, err = pool(ctx, cfg, total*3/5, nil); err != nil {
		return nil, err
	}
	if d.readPool, err = pool(ctx, cfg, total-total*3/5, map[string]string{"default_transaction_read_only": "on"}); err != nil {
		return nil, err
	}
	d.writer, d.reader = stdlib.OpenDBFromPool(d.pool), &Reading{DB: stdlib.OpenDBFromPool(d.readPool)}
	var schema string
	if err := d.pool.QueryRow(ctx, `SELECT COALESCE(current_schema(), '')`).Scan(&schema); err != nil {
		return nil, fmt.Errorf("the database %s cannot be used: %s", d.path, OneLine(err))
	}
	if schema == "" {
		return nil, fmt.Errorf("the database %s has no schema that its search_path names", d.path)
	}
	d.lockID = lockID(schema)
	if err := d.migratePostgres(ctx); err != nil {
		return nil, err
	}
	if err := d.guardAudit(ctx); err != nil {
		return nil, err
	}
	d.ear = &ear{config: cfg.ConnConfig.Copy(), channel: schema + ".apifront", off: !listens}
	d.ear.start(ctx, &d.watches)
	return d, nil
}

// postgresConfig reads the URL.
func postgresConfig(name string) (cfg *pgxpool.Config, listens bool, err error) {
	u, err := url.Parse(name)
	if err != nil {
		return nil, false, errors.New("the URL of the database is not one: write postgres://USER:PASSWORD@HOST:PORT/NAME, with special characters in the password as %XX")
	}
	q := u.Query()
	listens = q.Get("apifront_listen") != "off"
	limited := q.Has("pool_max_conns")
	q.Del("apifront_listen")
	u.RawQuery = q.Encode()
	if cfg, err = pgxpool.ParseConfig(u.String()); err != nil {
		return nil, false, fmt.Errorf("the URL of the database %s cannot be used: %s", Redacted(name), OneLine(err))
	}
	if !limited {
		cfg.MaxConns = connections
	}
	if !q.Has("connect_timeout") {
		cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	for k, v := range sessionDefaults() {
		if _, set := cfg.ConnConfig.RuntimeParams[k]; !set {
			cfg.ConnConfig.RuntimeParams[k] = v
		}
	}
	return cfg, listens, nil
}

// pool opens a pool with further settings of its sessions.
func pool(ctx context.Context, cfg *pgxpool.Config, size int32, settings map[string]string) (*pgxpool.Pool, error) {
	cfg = cfg.Copy()
	cfg.MaxConns, cfg.MinConns, cfg.MinIdleConns = size, min(cfg.MinConns, size), min(cfg.MinIdleConns, size)
	for k, v := range settings {
		cfg.ConnConfig.RuntimeParams[k] = v
	}
	p, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), cfg)
	if err != nil {
		return nil, fmt.Errorf("the database cannot be opened: %s", OneLine(err))
	}
	return p, nil
}

// OneLine is an error of the driver as part of a sentence. The driver hides
// passwords itself.
func OneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

// lockID is the number of the lock under which this schema is migrated.
func lockID(schema string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte("apifront " + schema)) // a hash takes everything
	return int64(h.Sum32())
}

// Alone carries out do while no other process on this database does the same,
// on a pool whose statements may take their time. Only for PostgreSQL.
func (d *DB) Alone(ctx context.Context, do func(*pgxpool.Pool) error) (err error) {
	p, err := d.patientPool(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	db := stdlib.OpenDBFromPool(p)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open a connection: %w", Translate(err))
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	l, err := locker(d.lockID + 1)
	if err != nil {
		return err
	}
	if err := l.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("wait for other processes that start: %w", err)
	}
	defer func() { err = errors.Join(err, l.SessionUnlock(context.WithoutCancel(ctx), conn)) }()
	return do(p)
}

// patientPool is a pool for changes of the schema. It is to be closed.
func (d *DB) patientPool(ctx context.Context) (*pgxpool.Pool, error) {
	return pool(ctx, d.pool.Config(), 4, map[string]string{
		"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0",
	})
}

// locker waits for another process's migration for five minutes.
func locker(id int64) (gooselock.SessionLocker, error) {
	l, err := gooselock.NewPostgresSessionLocker(gooselock.WithLockID(id), gooselock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, fmt.Errorf("set up the lock of migrations: %w", err)
	}
	return l, nil
}

// migratePostgres brings the schema up to date.
func (d *DB) migratePostgres(ctx context.Context) (err error) {
	patient, err := d.patientPool(ctx)
	if err != nil {
		return err
	}
	defer patient.Close()
	db := stdlib.OpenDBFromPool(patient)
	defer func() { err = errors.Join(err, db.Close()) }()
	l, err := locker(d.lockID)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithDisableGlobalRegistry(true), goose.WithSessionLocker(l))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("the schema of the database %s could not be brought up to date: %s", d.path, OneLine(err))
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("the database %s does not say which schema it has: %s", d.path, OneLine(err))
	}
	if have > want {
		return fmt.Errorf("the database %s was written by a newer apifront (schema %d, this one knows %d); use that version", d.path, have, want)
	}
	return nil
}

// closePostgres closes what openPostgres opened.
func (d *DB) closePostgres() error {
	var errs []error
	if d.ear != nil {
		d.ear.stop()
	}
	if d.reader != nil {
		errs = append(errs, d.reader.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	if d.readPool != nil {
		d.readPool.Close()
	}
	if d.pool != nil {
		d.pool.Close()
	}
	return errors.Join(errs...)
}
