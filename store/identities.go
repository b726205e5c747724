package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// An Identity is who somebody is at an OIDC provider, as its ID token says.
type Identity struct {
	Issuer, Subject string
	Email           string
	EmailVerified   bool
	Name            string
	Role            string // that the groups give; "": none
}

// Why an identity does not sign in.
var (
	ErrUnverified = errors.New("the provider has not verified the email")
	ErrNoRole     = errors.New("none of the groups has a role")
	ErrDisabled   = errors.New("the account is disabled")
)

// SignInIdentity finds the user of an identity, or makes one, and gives it the
// role of its groups; when that is another one than before, all ends that
// rested on the old one. The first time, the identity is bound to the user with
// its email, which the provider must have verified (ErrUnverified); from then
// on issuer and subject alone decide. ErrConflict if that user is bound to
// another subject already, ErrDisabled if an administrator keeps the user out.
//
// Without a role it is ErrNoRole, and a user whom it is bound to is kept out
// until the groups give a role again. The last administrator falls too: groups
// or GiveRole give the role back.
func (s *Store) SignInIdentity(ctx context.Context, id Identity) (User, error) {
	u, err := write(ctx, s, func(t *tx) (User, error) {
		u, err := t.userOfIdentity(ctx, id)
		if id.Role == "" {
			if errors.Is(err, ErrNotFound) || err == nil && u.Disabled() {
				return User{}, nil
			}
			if err != nil {
				return User{}, err
			}
			return User{}, t.stand(ctx, u.ID, standing{RoleViewer, true, DisabledByProvider}, ActUserDisable, "no role, before "+u.was()+"; by the groups of "+id.Issuer)
		}
		if errors.Is(err, ErrNotFound) {
			u, err = t.bindIdentity(ctx, id)
		}
		if err != nil {
			return u, err
		}
		if u.Disabled() && u.DisabledBy != DisabledByProvider {
			return u, ErrDisabled
		}
		if u.Role == id.Role && !u.Disabled() {
			return u, nil
		}
		err = t.stand(ctx, u.ID, standing{role: id.Role}, ActUserRole, "role "+id.Role+", before "+u.was()+"; by the groups of "+id.Issuer)
		if err != nil {
			return u, err
		}
		return scanUser(t.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE id = $1`, u.ID))
	})
	if err == nil && id.Role == "" {
		err = ErrNoRole
	}
	if err != nil {
		return User{}, fmt.Errorf("sign in %s of %s: %w", id.Subject, id.Issuer, err)
	}
	return u, nil
}

func (t *tx) userOfIdentity(ctx context.Context, id Identity) (User, error) {
	return scanUser(t.QueryRowContext(ctx, `
		SELECT `+userColumns+` FROM users WHERE id = (SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2)`, id.Issuer, id.Subject))
}

// bindIdentity binds an identity that is seen for the first time.
func (t *tx) bindIdentity(ctx context.Context, id Identity) (User, error) {
	if !id.EmailVerified || id.Email == "" {
		return User{}, ErrUnverified
	}
	u, err := scanUser(t.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE email = $1`, foldEmail(id.Email)))
	if errors.Is(err, ErrNotFound) {
		u = User{Email: foldEmail(id.Email), Name: plain(id.Name, 100), Role: id.Role, CreatedAt: t.now}
		if u.Name == "" {
			u.Name = u.Email
		}
		if err := u.complete(t.now); err != nil {
			return u, err
		}
		err = t.createUser(ctx, u)
	}
	if err != nil {
		return u, err
	}
	_, err = t.exec(ctx, `INSERT INTO identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4)`, id.Issuer, id.Subject, u.ID, ms(t.now))
	if err != nil {
		return u, err
	}
	return u, t.auditUser(ctx, u.ID, ActUserBind, "subject "+id.Subject+" of "+id.Issuer)
}

// UseTrip uses up one way back from the OIDC provider, by the hash of its state.
// The way is good until the given time. It is an ErrConflict if it was used
// before. It is called after the provider's token was checked, so only people
// whom the provider signs in make rows, and they are few.
func (s *Store) UseTrip(ctx context.Context, hash string, until time.Time) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM trips WHERE until < $1`, ms(t.now)); err != nil {
			return err
		}
		n, err := t.exec(ctx, `INSERT INTO trips (hash, until) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`, hash, ms(until))
		if err == nil && n == 0 {
			err = conflict("this way back was used before")
		}
		return err
	})
}
