package store

import (
	"context"
	"fmt"
)

// DisabledByProvider is who keeps somebody out whose groups at the OIDC
// provider give no role any more. Groups that do let the person in again.
const DisabledByProvider = "provider"

// A standing is what decides what somebody may do.
type standing struct {
	role       string
	disabled   bool
	disabledBy string
}

func (u User) standing() standing { return standing{u.Role, u.Disabled(), u.DisabledBy} }

// stand gives the user another standing. Every change of a standing is made
// here, so nothing goes on that rests on the old one, by whatever way somebody
// falls. Sessions end. Links that the person gave out become void unless the
// person is still an administrator. Invitations for the person's own email
// become void. If the person is kept out, so do links for a new password.
func (t *tx) stand(ctx context.Context, userID string, to standing, action, detail string) error {
	disabledAt := int64(0)
	if to.disabled {
		disabledAt = ms(t.now)
	} else {
		to.disabledBy = ""
	}
	err := t.one(ctx, `UPDATE users SET role = $1, disabled_at = $2, disabled_by = $3 WHERE id = $4`, to.role, disabledAt, to.disabledBy, userID)
	if err != nil {
		return err
	}
	if err := t.endSessions(ctx, userID, ""); err != nil {
		return err
	}
	if to.disabled || to.role != RoleAdmin {
		if _, err := t.exec(ctx, `DELETE FROM links WHERE created_by_id = $1`, userID); err != nil {
			return err
		}
	}
	if to.disabled {
		if _, err := t.exec(ctx, `DELETE FROM links WHERE user_id = $1`, userID); err != nil {
			return err
		}
	}
	_, err = t.exec(ctx, `DELETE FROM links WHERE user_id IS NULL AND email = (SELECT email FROM users WHERE id = $1)`, userID)
	if err != nil {
		return err
	}
	if !to.disabled && to.role == RoleAdmin {
		if _, err := t.isAdmin(ctx); err != nil {
			return err
		}
	}
	return t.auditUser(ctx, userID, action, detail)
}

// userNow is the user as the transaction sees it. On PostgreSQL it holds the
// row: if two changes come at once, the second one sees the first.
func (t *tx) userNow(ctx context.Context, userID string) (User, error) {
	query := `SELECT ` + userColumns + ` FROM users WHERE id = $1`
	if t.postgres {
		query += ` FOR UPDATE`
	}
	return scanUser(t.QueryRowContext(ctx, query, userID))
}

// SetRole gives the user a role. The last administrator stays one:
// ErrLastAdmin.
func (s *Store) SetRole(ctx context.Context, userID, role string) error {
	return s.write(ctx, func(t *tx) error { return t.setRole(ctx, userID, role, false) })
}

// GiveRole is SetRole for somebody who may write to the database itself. It also
// lets a person in whom the groups at the OIDC provider kept out. A person whom
// an administrator has disabled stays disabled: ErrDisabled.
func (s *Store) GiveRole(ctx context.Context, userID, role string) error {
	return s.write(ctx, func(t *tx) error { return t.setRole(ctx, userID, role, true) })
}

func (t *tx) setRole(ctx context.Context, userID, role string, letIn bool) error {
	if role != RoleAdmin {
		if err := t.keepAdmin(ctx, userID); err != nil {
			return err
		}
	}
	u, err := t.userNow(ctx, userID)
	if err != nil {
		return err
	}
	to := u.standing()
	to.role = role
	if letIn && to.disabled {
		if to.disabledBy != DisabledByProvider {
			return ErrDisabled
		}
		to.disabled = false
	}
	return t.stand(ctx, userID, to, ActUserRole, fmt.Sprintf("role %s, before %s", role, u.was()))
}

// was is the standing as the audit trail says it.
func (u User) was() string {
	if u.Disabled() {
		return u.Role + ", disabled"
	}
	return u.Role
}

// Disable keeps the user out. The last administrator cannot be disabled:
// ErrLastAdmin.
func (s *Store) Disable(ctx context.Context, userID string) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.keepAdmin(ctx, userID); err != nil {
			return err
		}
		u, err := t.userNow(ctx, userID)
		if err != nil {
			return err
		}
		return t.stand(ctx, userID, standing{role: u.Role, disabled: true}, ActUserDisable, "")
	})
}

// Enable lets a disabled user sign in again.
func (s *Store) Enable(ctx context.Context, userID string) error {
	return s.write(ctx, func(t *tx) error {
		u, err := t.userNow(ctx, userID)
		if err != nil {
			return err
		}
		return t.stand(ctx, userID, standing{role: u.Role}, ActUserEnable, "")
	})
}

// HadAdmin says whether anybody was ever an administrator here. Until then the
// first one may be made with the one-time code.
func (s *Store) HadAdmin(ctx context.Context) (bool, error) {
	var n int
	err := s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM milestones WHERE name = 'administrator'`).Scan(&n)
	return n > 0, translate(err)
}

// isAdmin notes that somebody became an administrator, and says whether that was
// the first one. If two become one at once, the second waits for the first.
func (t *tx) isAdmin(ctx context.Context) (first bool, err error) {
	n, err := t.exec(ctx, `INSERT INTO milestones (name, at) VALUES ('administrator', $1) ON CONFLICT (name) DO NOTHING`, ms(t.now))
	if err != nil || n == 0 {
		return false, err
	}
	_, err = t.exec(ctx, `DELETE FROM secrets WHERE name LIKE $1`, firstCode+"%") // they die with it
	return true, err
}
