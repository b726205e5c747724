package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"apifront/setup"
)

// The roles of users.
const (
	RoleViewer   = "viewer"
	RoleOperator = "operator"
	RoleAdmin    = "admin"
)

// A User is a person who may sign in.
type User struct {
	ID           string // UUIDv7; made by CreateUser if empty
	Email        string // lower case
	Name         string
	PasswordHash string
	Role         string // RoleViewer, RoleOperator or RoleAdmin
	CreatedAt    time.Time
	Theme        string    // "" (the system's), "light" or "dark"
	TimeZone     string    // a name of the tz database, "" for the browser's
	DisabledAt   time.Time // zero: may sign in
	DisabledBy   string    // "": an administrator, or DisabledByProvider
	SeenAt       time.Time // last sign-in; zero: never
}

// Disabled says whether the user may not sign in.
func (u User) Disabled() bool { return !u.DisabledAt.IsZero() }

// Person is the user as the one who does something.
func (u User) Person() setup.Person { return setup.Person{ID: u.ID, Name: u.Name} }

// ErrLastAdmin is why somebody must stay an administrator: nobody else could
// let people in. It is an ErrConflict.
var ErrLastAdmin = fmt.Errorf("%w: there would be no administrator left", ErrConflict)

// foldEmail makes addresses comparable.
func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// CountUsers says how many users there are.
func (s *Store) CountUsers(ctx context.Context) (int, error) {
	var n int
	err := s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM users`).Scan(&n)
	return n, translate(err)
}

// CreateUser stores a new user; ErrConflict if the email is taken.
func (s *Store) CreateUser(ctx context.Context, u User) error {
	if err := u.complete(s.Now()); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error { return t.createUser(ctx, u) })
}

// CreateFirstUser stores the first administrator. ErrConflict if there was one
// already, also when two are made at once, or if the email is taken. Users who
// never were an administrator do not count: the first person who comes through
// the OIDC provider may be a viewer.
func (s *Store) CreateFirstUser(ctx context.Context, u User) error {
	if err := u.complete(s.Now()); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		first, err := t.isAdmin(ctx)
		if err != nil {
			return err
		}
		if !first {
			return conflict("there was an administrator already")
		}
		u := u
		u.Role = RoleAdmin
		return t.createUser(ctx, u)
	})
}

// complete fills in what the store makes.
func (u *User) complete(now time.Time) error {
	if u.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make a user ID: %w", err)
		}
		u.ID = id.String()
	}
	if u.CreatedAt.IsZero() {
		u.CreatedAt = now
	}
	return nil
}

func (t *tx) createUser(ctx context.Context, u User) error {
	_, err := t.exec(ctx, `
		INSERT INTO users (id, email, name, password_hash, role, theme, time_zone, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		u.ID, foldEmail(u.Email), u.Name, u.PasswordHash, u.Role, u.Theme, u.TimeZone, ms(u.CreatedAt))
	if err != nil {
		return err
	}
	// A person who has an account cannot use an invitation any more.
	if _, err := t.exec(ctx, `DELETE FROM links WHERE user_id IS NULL AND email = $1`, foldEmail(u.Email)); err != nil {
		return err
	}
	if u.Role == RoleAdmin {
		if _, err := t.isAdmin(ctx); err != nil {
			return err
		}
	}
	return t.audit(ctx, Act{Action: ActUserCreate, On: "user " + foldEmail(u.Email), Detail: "role " + u.Role, By: u.Name})
}

const userColumns = `id, email, name, password_hash, role, theme, time_zone, created_at, disabled_at, disabled_by, seen_at`

func scanUser(row scanner) (User, error) {
	var u User
	var created, disabled, seen int64
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.PasswordHash, &u.Role, &u.Theme, &u.TimeZone, &created, &disabled, &u.DisabledBy, &seen)
	u.CreatedAt, u.DisabledAt, u.SeenAt = at(created), at(disabled), at(seen)
	return u, translate(err)
}

// UserByEmail is the user who signs in with the address, or ErrNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	return scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE email = $1`, foldEmail(email)))
}

// User is the user with the ID, or ErrNotFound.
func (s *Store) User(ctx context.Context, id string) (User, error) {
	return scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE id = $1`, id))
}

// Users lists everybody, by name.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	return all(ctx, s.reader, scanUser, `SELECT `+userColumns+` FROM users ORDER BY LOWER(name), email`)
}

// SetPassword stores a new password and ends the user's sessions, except the
// one it was changed in. Links that would set another password are void.
func (s *Store) SetPassword(ctx context.Context, userID, hash, except string) error {
	return s.write(ctx, func(t *tx) error { return t.setPassword(ctx, userID, hash, except) })
}

func (t *tx) setPassword(ctx context.Context, userID, hash, except string) error {
	if err := t.one(ctx, `UPDATE users SET password_hash = $1 WHERE id = $2`, hash, userID); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM links WHERE user_id = $1`, userID); err != nil {
		return err
	}
	if err := t.endSessions(ctx, userID, except); err != nil {
		return err
	}
	return t.auditUser(ctx, userID, ActUserPassword, "")
}

// auditUser writes what was done to a user into the audit trail.
func (t *tx) auditUser(ctx context.Context, userID, action, detail string) error {
	var email string
	if err := t.QueryRowContext(ctx, `SELECT email FROM users WHERE id = $1`, userID).Scan(&email); err != nil {
		return translate(err)
	}
	return t.audit(ctx, Act{Action: action, On: "user " + email, Detail: detail})
}

// keepAdmin returns ErrLastAdmin if no other administrator may sign in. On
// PostgreSQL it holds the rows of the administrators, so that two of them cannot
// take the role from each other at once: the second one waits, and then reads
// what the first one left.
func (t *tx) keepAdmin(ctx context.Context, userID string) error {
	query := `SELECT id FROM users WHERE role = $1 AND disabled_at = 0 ORDER BY id`
	if t.postgres {
		query += ` FOR UPDATE`
	}
	admins, err := all(ctx, t, func(row scanner) (string, error) {
		var id string
		return id, row.Scan(&id)
	}, query, RoleAdmin)
	if err != nil {
		return err
	}
	if len(admins) == 1 && admins[0] == userID {
		return ErrLastAdmin
	}
	return nil
}

// AdminNames are the names of those who can give a right.
func (s *Store) AdminNames(ctx context.Context) ([]string, error) {
	return all(ctx, s.reader, func(row scanner) (string, error) {
		var name string
		return name, row.Scan(&name)
	}, `SELECT name FROM users WHERE role = $1 AND disabled_at = 0 ORDER BY name`, RoleAdmin)
}

// SetTheme stores how the user wants the pages: "", "light" or "dark".
func (s *Store) SetTheme(ctx context.Context, userID, theme string) error {
	return s.write(ctx, func(t *tx) error {
		return t.one(ctx, `UPDATE users SET theme = $1 WHERE id = $2`, theme, userID)
	})
}

// SetTimeZone stores the zone in which the user reads times, "" for the
// browser's. Whether there is such a zone is the caller's to know.
func (s *Store) SetTimeZone(ctx context.Context, userID, zone string) error {
	return s.write(ctx, func(t *tx) error {
		return t.one(ctx, `UPDATE users SET time_zone = $1 WHERE id = $2`, zone, userID)
	})
}
