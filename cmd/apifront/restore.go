package main

import (
	"context"
	"fmt"

	"apifront/store"
)

func runRestore(ctx context.Context, p *program, args []string) error {
	f := p.flags("restore")
	database := f.String("database", p.or("APIFRONT_DATABASE", defaultDatabase), "SQLite `file` to put the copy in the place of (APIFRONT_DATABASE)")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	done, err := store.Restore(ctx, *database, f.Arg(0))
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s is now what %s holds, with schema %d. Everybody signs in again.\n", *database, f.Arg(0), done.Schema)
	if done.Kept != "" {
		text += fmt.Sprintf("What was there before is kept as %s.\n", done.Kept)
	}
	_, err = fmt.Fprint(p.stdout, text)
	return err
}
