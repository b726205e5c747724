package store

import (
	"context"
	"errors"
	"fmt"
)

// An Identity is who somebody is at an OIDC provider, as its ID token says.
type Identity struct {
	Issuer, Subject string
	Email           string
	EmailVerified   bool
	Name            string
	Role            string // that the groups give
}

// Why an identity does not sign in.
var (
	ErrUnverified = errors.New("the provider has not verified the email")
	ErrDisabled   = errors.New("the account is disabled")
)

// SignInIdentity finds the user of an identity, or makes one, and gives it the
// role of its groups; when that is another one than before, the user's sessions
// end. The first time, the identity is bound to the user with its email, which
// the provider must have verified (ErrUnverified); from then on issuer and
// subject alone decide. ErrConflict if that user is bound to another subject
// already, ErrDisabled if the user may not sign in. The last administrator
// loses the role too: the groups of the provider give it back.
func (s *Store) SignInIdentity(ctx context.Context, id Identity) (User, error) {
	u, err := write(ctx, s, func(t *tx) (User, error) {
		u, err := t.userOfIdentity(ctx, id)
		if errors.Is(err, ErrNotFound) {
			u, err = t.bindIdentity(ctx, id)
		}
		if err != nil {
			return u, err
		}
		if u.Disabled() {
			return u, ErrDisabled
		}
		if u.Role == id.Role {
			return u, nil
		}
		if err := t.one(ctx, `UPDATE users SET role = $1 WHERE id = $2`, id.Role, u.ID); err != nil {
			return u, err
		}
		if err := t.endSessions(ctx, u.ID, ""); err != nil {
			return u, err
		}
		detail := "role " + id.Role + ", before " + u.Role + "; by the groups of " + id.Issuer
		u.Role = id.Role
		return u, t.auditUser(ctx, u.ID, ActUserRole, detail)
	})
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
