package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"apifront/handlers"
	"apifront/store"
)

// rescueLasts is how long a link works that was made on the server's machine.
const rescueLasts = time.Hour

// runUser lets somebody in who forgot the password, above all the only
// administrator. Whoever may write to the database may do it.
func runUser(ctx context.Context, p *program, args []string) error {
	f := p.flags("user reset")
	database := f.String("database", p.or("APIFRONT_DATABASE", defaultDatabase), "SQLite `file` or postgres:// URL (APIFRONT_DATABASE)")
	public := f.String("public-url", p.or("APIFRONT_PUBLIC_URL", "http://"+p.or("APIFRONT_LISTEN", defaultListen)), "the `address` that people open (APIFRONT_PUBLIC_URL)")
	if len(args) == 0 || args[0] != "reset" {
		return usageError{errors.New("say what to do with the user: apifront user reset EMAIL")}
	}
	if err := parse(f, args[1:], 1); err != nil {
		return err
	}
	st, err := store.OpenBeside(ctx, *database)
	if err != nil {
		return err
	}
	link, u, err := rescue(ctx, st, f.Arg(0))
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s (%s) sets a new password with this link. It works once, for an hour:\n\n  %s%s\n\n", u.Name, u.Email, strings.TrimSuffix(*public, "/"), link)
	return err
}

// rescue makes the link.
func rescue(ctx context.Context, st *store.Store, email string) (path string, u store.User, err error) {
	u, err = st.UserByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return "", u, fmt.Errorf("there is no user with the email %s", email)
	}
	if err != nil {
		return "", u, err
	}
	if u.Disabled() {
		return "", u, fmt.Errorf("the account %s is disabled; an administrator enables it on the page of users", u.Email)
	}
	token, hash := handlers.NewLinkToken()
	now := time.Now()
	err = st.CreateLink(ctx, hash, store.Link{UserID: u.ID, Email: u.Email, Role: u.Role, CreatedBy: "apifront user reset", CreatedAt: now, ExpiresAt: now.Add(rescueLasts)})
	return handlers.LinkPath(token), u, err
}
