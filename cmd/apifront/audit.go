package main

import (
	"context"
	"errors"
	"fmt"

	"apifront/store"
)

// runAudit verifies the audit trail. A trail that is broken is an error, so
// that a timer's job can tell.
func runAudit(ctx context.Context, p *program, args []string) error {
	f := p.flags("audit verify")
	database := f.String("database", p.or("APIFRONT_DATABASE", defaultDatabase), "SQLite `file`, also while a server runs, or postgres:// URL (APIFRONT_DATABASE)")
	head := f.String("head", p.or("APIFRONT_AUDIT_HEAD", ""), "`hash` of a line that must be there, as an earlier run printed it (APIFRONT_AUDIT_HEAD)")
	if len(args) == 0 || args[0] != "verify" {
		if len(args) > 0 && (args[0] == "-h" || args[0] == "--help") {
			return parse(f, args, 0)
		}
		return usageError{errors.New(`say what to do: "apifront audit verify"`)}
	}
	if err := parse(f, args[1:], 0); err != nil {
		return err
	}
	state, err := store.VerifyAudit(ctx, *database, *head)
	if err != nil {
		return err
	}
	text := "The audit trail has no lines yet.\n"
	if state.Lines > 0 {
		text = fmt.Sprintf("The audit trail is whole: %d lines. Keep the hash of the last one in another place:\n%s\n", state.Lines, state.Head)
	}
	_, err = fmt.Fprint(p.stdout, text)
	return err
}
