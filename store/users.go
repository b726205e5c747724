package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
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
	Theme        string // "" (the system's), "light" or "dark"
	TimeZone     string // a name of the tz database, "" for the browser's
}

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
	if u.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make a user ID: %w", err)
		}
		u.ID = id.String()
	}
	if u.CreatedAt.IsZero() {
		u.CreatedAt = time.Now()
	}
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO users (id, email, name, password_hash, role, theme, time_zone, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			u.ID, foldEmail(u.Email), u.Name, u.PasswordHash, u.Role, u.Theme, u.TimeZone, ms(u.CreatedAt))
		if err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActUserCreate, On: "user " + foldEmail(u.Email), Detail: "role " + u.Role})
	})
}

const userColumns = `id, email, name, password_hash, role, theme, time_zone, created_at`

func scanUser(row scanner) (User, error) {
	var u User
	var created int64
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.PasswordHash, &u.Role, &u.Theme, &u.TimeZone, &created)
	u.CreatedAt = at(created)
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

// AdminNames are the names of those who can give a right.
func (s *Store) AdminNames(ctx context.Context) ([]string, error) {
	return all(ctx, s.reader, func(row scanner) (string, error) {
		var name string
		return name, row.Scan(&name)
	}, `SELECT name FROM users WHERE role = $1 ORDER BY name`, RoleAdmin)
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
