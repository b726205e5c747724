package db

import (
	"net/url"
	"strings"
)

// Everything in which the two databases differ, besides how they are opened
// (open.go, open_postgres.go) and the codes of their errors (errors.go):
//
//   - On SQLite the writing connection is the queue of all writers. On
//     PostgreSQL the row of the job is (lockJob, lockStep), and a transaction
//     that met another one the wrong way round is carried out again.
//   - On SQLite watchers are in the same process. On PostgreSQL the commit
//     tells every process (watch_postgres.go).
//   - On SQLite a process that starts is the only one, so all leases are those
//     of a dead one. On PostgreSQL they may be alive.

// isPostgres says whether a database is named by a PostgreSQL URL; anything
// else is the path of an SQLite file.
func isPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// Redacted is a database's name as it may be shown: without a password.
func Redacted(name string) string {
	if !isPostgres(name) {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "postgres://…"
	}
	q := u.Query()
	for _, secret := range []string{"password", "sslpassword"} {
		if q.Has(secret) {
			q.Set(secret, "xxxxx")
		}
	}
	u.RawQuery = q.Encode()
	return u.Redacted()
}

// Postgres says whether the store is on PostgreSQL, where other processes may
// work on the same database.
func (d *DB) Postgres() bool { return d.pool != nil }

// clean makes texts storable that come from outside: PostgreSQL refuses what
// is not UTF-8 and the character NUL. It is done for both, so that both hold
// the same. It changes the slice.
func clean(args []any) []any {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
		}
	}
	return args
}
