package main

import (
	"context"
	"fmt"

	"apifront/store"
)

func runBackup(ctx context.Context, p *program, args []string) error {
	f := p.flags("backup")
	database := f.String("database", p.or("APIFRONT_DATABASE", defaultDatabase), "SQLite `file` to copy (APIFRONT_DATABASE)")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	if err := store.Backup(ctx, *database, f.Arg(0)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "%s is copied to %s.\n", *database, f.Arg(0))
	return err
}
