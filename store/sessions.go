package store

import (
	"context"
	"time"
)

// A Session is one browser that is signed in.
type Session struct {
	TokenHash string // of the token in the browser's cookie
	UserID    string
	CreatedAt time.Time
	SeenAt    time.Time // last used
	ExpiresAt time.Time
	Address   string // where it came from
	Agent     string // what the browser calls itself
}

// CreateSession stores a session, and forgets those that have expired.
func (s *Store) CreateSession(ctx context.Context, n Session) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE expires_at < $1`, ms(t.now)); err != nil {
			return err
		}
		_, err := t.exec(ctx, `
			INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at, address, agent)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			n.TokenHash, n.UserID, ms(n.CreatedAt), ms(n.SeenAt), ms(n.ExpiresAt), n.Address, n.Agent)
		if err != nil {
			return err
		}
		who := Actor{UserID: n.UserID, Address: n.Address}
		err = t.QueryRowContext(ctx, `SELECT name, email FROM users WHERE id = $1`, n.UserID).Scan(&who.Name, &who.Email)
		if err != nil {
			return translate(err)
		}
		return t.audit(WithActor(ctx, who), Act{Action: ActSignIn, On: "user " + who.Email, Detail: n.Agent})
	})
}

// Session is the session of a token, or ErrNotFound if there is none or it
// has expired.
func (s *Store) Session(ctx context.Context, tokenHash string) (Session, error) {
	var n Session
	var created, seen, expires int64
	err := s.reader.QueryRowContext(ctx, `
		SELECT token_hash, user_id, created_at, seen_at, expires_at, address, agent
		FROM sessions WHERE token_hash = $1 AND expires_at > $2`, tokenHash, ms(time.Now())).
		Scan(&n.TokenHash, &n.UserID, &created, &seen, &expires, &n.Address, &n.Agent)
	n.CreatedAt, n.SeenAt, n.ExpiresAt = at(created), at(seen), at(expires)
	return n, translate(err)
}

// TouchSession stores when the session was last used.
func (s *Store) TouchSession(ctx context.Context, tokenHash string, seenAt time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.one(ctx, `UPDATE sessions SET seen_at = $1 WHERE token_hash = $2`, ms(seenAt), tokenHash)
	})
}

// DeleteSession signs the browser out. A session that is gone is no error.
func (s *Store) DeleteSession(ctx context.Context, tokenHash string) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM sessions WHERE token_hash = $1`, tokenHash)
		if err != nil || n == 0 {
			return err
		}
		return t.audit(ctx, Act{Action: ActSignOut, On: "user " + ActorOf(ctx).Email})
	})
}
