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

// runUser lets a person in who forgot the password or lost a role, above all the
// only administrator. Everybody who may write to the database may run it.
func runUser(ctx context.Context, p *program, args []string) error {
	what := ""
	if len(args) > 0 {
		what = args[0]
	}
	f := p.flags("user " + what)
	database := f.String("database", p.or("APIFRONT_DATABASE", defaultDatabase), "SQLite `file` or postgres:// URL (APIFRONT_DATABASE)")
	switch what {
	case "reset":
		public := f.String("public-url", p.or("APIFRONT_PUBLIC_URL", "http://"+p.or("APIFRONT_LISTEN", defaultListen)), "the `address` that people open (APIFRONT_PUBLIC_URL)")
		if err := parse(f, args[1:], 1); err != nil {
			return err
		}
		var link string
		u, err := withUser(ctx, *database, f.Arg(0), func(st *store.Store, u store.User) (err error) {
			link, err = rescue(ctx, st, u)
			return err
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s (%s) sets a new password with this link. It works once, for an hour:\n\n  %s%s\n\n", u.Name, u.Email, strings.TrimSuffix(*public, "/"), link)
		return err
	case "role":
		if err := parse(f, args[1:], 2); err != nil {
			return err
		}
		role := f.Arg(1)
		if role != store.RoleViewer && role != store.RoleOperator && role != store.RoleAdmin {
			return usageError{fmt.Errorf("there is no role %s: it is viewer, operator or admin", role)}
		}
		u, err := withUser(ctx, *database, f.Arg(0), func(st *store.Store, u store.User) error { return giveRole(ctx, st, u, role) })
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s (%s) has the role %s from the next sign-in on; open sessions have ended.\nWhere people sign in through an OIDC provider, the groups there give the role at each sign-in: change them too, or sign in with a password (apifront user reset %s).\n", u.Name, u.Email, role, u.Email)
		return err
	}
	return usageError{errors.New("say what to do with the user: apifront user reset EMAIL, or apifront user role EMAIL ROLE")}
}

// withUser does something to the user with an email. The server may run.
func withUser(ctx context.Context, database, email string, do func(*store.Store, store.User) error) (store.User, error) {
	st, err := store.OpenBeside(ctx, database)
	if err != nil {
		return store.User{}, err
	}
	u, err := st.UserByEmail(ctx, email)
	switch {
	case errors.Is(err, store.ErrNotFound):
		err = fmt.Errorf("there is no user with the email %s", email)
	case err == nil:
		err = do(st, u)
	}
	return u, errors.Join(err, st.Close())
}

// giveRole gives a role. The last administrator can lose the role at the OIDC
// provider, and gets it back this way.
func giveRole(ctx context.Context, st *store.Store, u store.User, role string) error {
	ctx = store.WithActor(ctx, store.Actor{Name: "apifront user role"})
	err := st.GiveRole(ctx, u.ID, role)
	switch {
	case errors.Is(err, store.ErrDisabled):
		return fmt.Errorf("the account %s is disabled; an administrator enables it on the page of users", u.Email)
	case errors.Is(err, store.ErrLastAdmin):
		return fmt.Errorf("%s is the only administrator who may sign in; make somebody else one first", u.Email)
	}
	return err
}

// rescue makes the link.
func rescue(ctx context.Context, st *store.Store, u store.User) (path string, err error) {
	switch {
	case u.DisabledBy == store.DisabledByProvider:
		return "", fmt.Errorf("none of the groups of %s at the sign-in provider has a role here; give one there, or with: apifront user role %s ROLE", u.Email, u.Email)
	case u.Disabled():
		return "", fmt.Errorf("the account %s is disabled; an administrator enables it on the page of users", u.Email)
	}
	token, hash := handlers.NewLinkToken()
	now := time.Now()
	err = st.CreateLink(ctx, hash, store.Link{UserID: u.ID, Email: u.Email, Role: u.Role, CreatedBy: "apifront user reset", CreatedAt: now, ExpiresAt: now.Add(rescueLasts)})
	return handlers.LinkPath(token), err
}
