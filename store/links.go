package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// A Link lets somebody in once: a new user, or one who sets a new password.
// Only the hash of its token is stored.
type Link struct {
	ID        string // UUIDv7; made by CreateLink
	UserID    string // who sets a password; "" for an invitation
	Email     string // lower case
	Role      string // that an invitation gives
	CreatedBy string // name
	// CreatedByID is the administrator who made it: it works as long as that
	// person is one. "": it was made on the server's machine.
	CreatedByID string
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// CreateLink stores a link in place of an earlier one for the same person. An
// invitation for somebody who is a user already is an ErrConflict.
func (s *Store) CreateLink(ctx context.Context, tokenHash string, l Link) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make a link ID: %w", err)
	}
	l.Email = foldEmail(l.Email)
	return s.write(ctx, func(t *tx) error {
		if l.UserID == "" {
			var n int
			if err := t.QueryRowContext(ctx, `SELECT COUNT(*) FROM users WHERE email = $1`, l.Email).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return conflict("there is a user with the email %s", l.Email)
			}
		}
		if _, err := t.exec(ctx, `DELETE FROM links WHERE email = $1 OR expires_at < $2`, l.Email, ms(l.CreatedAt)); err != nil {
			return err
		}
		_, err := t.exec(ctx, `
			INSERT INTO links (id, token_hash, user_id, email, role, created_by, created_by_id, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			id.String(), tokenHash, sql.NullString{String: l.UserID, Valid: l.UserID != ""}, l.Email, l.Role, l.CreatedBy, l.CreatedByID, ms(l.CreatedAt), ms(l.ExpiresAt))
		if err != nil {
			return err
		}
		a := Act{Action: ActUserInvite, On: "user " + l.Email, Detail: "a one-time link, role " + l.Role, By: l.CreatedBy}
		if l.UserID != "" {
			a.Action, a.Detail = ActUserReset, "a one-time link for a new password"
		}
		return t.audit(ctx, a)
	})
}

const linkColumns = `id, COALESCE(user_id, ''), email, role, created_by, created_by_id, created_at, expires_at`

// liveLink is the condition for a link that works at $1. It looks at the link's
// maker again: a link that is made in the moment in which its maker loses the
// role must not work.
const liveLink = `expires_at > $1 AND (created_by_id = '' OR EXISTS (
	SELECT 1 FROM users maker WHERE maker.id = links.created_by_id AND maker.role = 'admin' AND maker.disabled_at = 0))`

func scanLink(row scanner) (Link, error) {
	var l Link
	var created, expires int64
	err := row.Scan(&l.ID, &l.UserID, &l.Email, &l.Role, &l.CreatedBy, &l.CreatedByID, &created, &expires)
	l.CreatedAt, l.ExpiresAt = at(created), at(expires)
	return l, translate(err)
}

// Link is the link of a token, or ErrNotFound if there is none, it was used, it
// has expired, or its maker is no administrator any more.
func (s *Store) Link(ctx context.Context, tokenHash string) (Link, error) {
	return scanLink(s.reader.QueryRowContext(ctx, `SELECT `+linkColumns+` FROM links WHERE `+liveLink+` AND token_hash = $2`, ms(s.Now()), tokenHash))
}

// Invitations lists the links that wait for new users, the newest first.
func (s *Store) Invitations(ctx context.Context) ([]Link, error) {
	return all(ctx, s.reader, scanLink, `
		SELECT `+linkColumns+` FROM links WHERE user_id IS NULL AND `+liveLink+` ORDER BY id DESC`, ms(s.Now()))
}

// DeleteLink makes a link void. One that is gone is no error.
func (s *Store) DeleteLink(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) error {
		l, err := scanLink(t.QueryRowContext(ctx, `DELETE FROM links WHERE id = $1 RETURNING `+linkColumns, id))
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActUserInvite, On: "user " + l.Email, Detail: "the one-time link was taken back"})
	})
}

// useLink takes the link away: whoever comes second finds none.
func (t *tx) useLink(ctx context.Context, tokenHash string) (Link, error) {
	return scanLink(t.QueryRowContext(ctx, `DELETE FROM links WHERE `+liveLink+` AND token_hash = $2 RETURNING `+linkColumns, ms(t.now), tokenHash))
}

// AcceptInvitation makes the new user of an invitation, with the invitation's
// email and role, and uses it up. It is ErrNotFound as Link is.
func (s *Store) AcceptInvitation(ctx context.Context, tokenHash string, u User) (User, error) {
	if err := u.complete(s.Now()); err != nil {
		return User{}, err
	}
	return write(ctx, s, func(t *tx) (User, error) {
		l, err := t.useLink(ctx, tokenHash)
		if err != nil {
			return User{}, err
		}
		if l.UserID != "" {
			return User{}, ErrNotFound
		}
		u := u
		u.Email, u.Role = l.Email, l.Role
		return u, t.createUser(ctx, u)
	})
}

// AcceptReset sets the password of a link's user, ends the user's sessions, and
// uses the link up. It is ErrNotFound as Link is.
func (s *Store) AcceptReset(ctx context.Context, tokenHash, passwordHash string) (userID string, err error) {
	return write(ctx, s, func(t *tx) (string, error) {
		l, err := t.useLink(ctx, tokenHash)
		if err != nil {
			return "", err
		}
		if l.UserID == "" {
			return "", ErrNotFound
		}
		return l.UserID, t.setPassword(ctx, l.UserID, passwordHash, "")
	})
}
