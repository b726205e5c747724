// Package migrations holds the database schema as numbered SQL files, which
// the store carries out with goose when it opens a database. The files are
// written in the subset that SQLite and PostgreSQL share, are forward only
// once released, and are never edited afterwards.
package migrations

import "embed"

// FS is the migration files.
//
//go:embed *.sql
var FS embed.FS
