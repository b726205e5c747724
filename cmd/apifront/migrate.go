package main

import (
	"context"
	"fmt"

	"apifront/store"
)

func runMigrate(ctx context.Context, p *program, args []string) error {
	f := p.flags("migrate")
	database := f.String("database", p.or("APIFRONT_DATABASE", defaultDatabase), "SQLite `file`, made when missing, or postgres:// URL (APIFRONT_DATABASE)")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	st, err := store.Open(ctx, *database)
	if err != nil {
		return err
	}
	name := st.Path() // without a password
	if err := st.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s has this version's schema.\n", name)
	return err
}
