package store

import (
	"context"
	"database/sql"
	"time"

	"apifront/setup"
)

// A Session is one browser that is signed in.
type Session struct {
	TokenHash string // of the token in the browser's cookie
	UserID    string
	CreatedAt time.Time
	SeenAt    time.Time     // last used
	ExpiresAt time.Time     // at the latest
	Idle      time.Duration // it ends when it is not used for so long
	Address   string        // where it came from
	Agent     string        // what the browser calls itself
}

// Over says whether the session has ended by itself.
func (n Session) Over(now time.Time) bool {
	return !n.ExpiresAt.After(now) || !n.SeenAt.Add(n.Idle).After(now)
}

// CreateSession stores a session of a user who may sign in (ErrNotFound if
// not), and forgets those that have ended by themselves.
func (s *Store) CreateSession(ctx context.Context, n Session) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE expires_at < $1 OR seen_at + idle < $1`, ms(t.now)); err != nil {
			return err
		}
		if err := t.one(ctx, `UPDATE users SET seen_at = $1 WHERE id = $2 AND disabled_at = 0`, ms(n.CreatedAt), n.UserID); err != nil {
			return err
		}
		_, err := t.exec(ctx, `
			INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at, idle, address, agent)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			n.TokenHash, n.UserID, ms(n.CreatedAt), ms(n.SeenAt), ms(n.ExpiresAt), n.Idle.Milliseconds(), n.Address, n.Agent)
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

const sessionColumns = `token_hash, user_id, created_at, seen_at, expires_at, idle, address, agent`

func scanSession(row scanner) (Session, error) {
	var n Session
	var created, seen, expires, idle int64
	err := row.Scan(&n.TokenHash, &n.UserID, &created, &seen, &expires, &idle, &n.Address, &n.Agent)
	n.CreatedAt, n.SeenAt, n.ExpiresAt = at(created), at(seen), at(expires)
	n.Idle = time.Duration(idle) * time.Millisecond
	return n, translate(err)
}

// A Visitor is who sent a request, with what every page shows.
type Visitor struct {
	Session  Session
	User     User
	Identity []byte // the last answer about the default connection: JSON of setup.Identity; nil if there is none
	NeedsYou int    // jobs that wait for a person; 100 stands for more too
	Paused   int    // places of notices that are paused
}

// Visitor is the session of a token with its user, in one query, or ErrNotFound
// if there is none or it has ended.
func (s *Store) Visitor(ctx context.Context, tokenHash string) (Visitor, error) {
	var v Visitor
	var created, seen, expires, idle, userCreated, disabled, userSeen int64
	var identity sql.NullString
	u := &v.User
	err := s.reader.QueryRowContext(ctx, `
		SELECT n.token_hash, n.user_id, n.created_at, n.seen_at, n.expires_at, n.idle, n.address, n.agent,
			u.id, u.email, u.name, u.password_hash, u.role, u.theme, u.time_zone, u.created_at, u.disabled_at, u.disabled_by, u.seen_at,
			l.result, (SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE state = 'needs-you' LIMIT 100) y), (SELECT COUNT(*) FROM notice_places WHERE paused_at > 0)
		FROM sessions n JOIN users u ON u.id = n.user_id
			LEFT JOIN looks l ON l.kind = $2 AND l.connection = $3 AND l.region = '' AND l.subject = '' AND l.result <> ''
		WHERE n.token_hash = $1`, tokenHash, string(setup.LookIdentity), setup.DefaultConnection).Scan(
		&v.Session.TokenHash, &v.Session.UserID, &created, &seen, &expires, &idle, &v.Session.Address, &v.Session.Agent,
		&u.ID, &u.Email, &u.Name, &u.PasswordHash, &u.Role, &u.Theme, &u.TimeZone, &userCreated, &disabled, &u.DisabledBy, &userSeen,
		&identity, &v.NeedsYou, &v.Paused)
	if err != nil {
		return Visitor{}, translate(err)
	}
	v.Session.CreatedAt, v.Session.SeenAt, v.Session.ExpiresAt = at(created), at(seen), at(expires)
	v.Session.Idle = time.Duration(idle) * time.Millisecond
	u.CreatedAt, u.DisabledAt, u.SeenAt = at(userCreated), at(disabled), at(userSeen)
	if identity.Valid {
		v.Identity = []byte(identity.String)
	}
	if v.Session.Over(s.Now()) {
		return Visitor{}, ErrNotFound
	}
	return v, nil
}

// Session is the session of a token, or ErrNotFound if there is none or it
// has ended.
func (s *Store) Session(ctx context.Context, tokenHash string) (Session, error) {
	n, err := scanSession(s.reader.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE token_hash = $1`, tokenHash))
	if err == nil && n.Over(s.Now()) {
		return Session{}, ErrNotFound
	}
	return n, err
}

// Sessions lists a user's sessions, the one used last first. Some may be over.
func (s *Store) Sessions(ctx context.Context, userID string) ([]Session, error) {
	return all(ctx, s.reader, scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE user_id = $1 ORDER BY seen_at DESC, token_hash`, userID)
}

// EndSession ends one session of the user. One that is gone is no error.
func (s *Store) EndSession(ctx context.Context, userID, tokenHash string) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token_hash = $2`, userID, tokenHash)
		if err != nil || n == 0 {
			return err
		}
		return t.auditUser(ctx, userID, ActSessionEnd, "")
	})
}

// EndSessions ends all sessions of the user, except one ("" for none).
func (s *Store) EndSessions(ctx context.Context, userID, except string) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.endSessions(ctx, userID, except); err != nil {
			return err
		}
		return t.auditUser(ctx, userID, ActSessionEnd, "everywhere")
	})
}

func (t *tx) endSessions(ctx context.Context, userID, except string) error {
	_, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2`, userID, except)
	return err
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
