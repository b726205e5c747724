package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// By whatever way somebody falls: every session ends, and whatever the person
// gave out makes nobody anything. What others gave out goes on.
func TestFallingEndsAll(t *testing.T) {
	t.Parallel()
	provider := Identity{Issuer: "https://id.example.com", Subject: "1", Email: "u1@example.com", EmailVerified: true}
	groups := func(role string) func(*Store) error {
		return func(s *Store) error {
			id := provider
			id.Role = role
			_, err := s.SignInIdentity(t.Context(), id)
			if errors.Is(err, ErrNoRole) {
				err = nil
			}
			return err
		}
	}
	for name, fall := range map[string]func(*Store) error{
		"disabled":             func(s *Store) error { return s.Disable(t.Context(), "u1") },
		"made a viewer":        func(s *Store) error { return s.SetRole(t.Context(), "u1", RoleViewer) },
		"made an operator":     func(s *Store) error { return s.SetRole(t.Context(), "u1", RoleOperator) },
		"by the command":       func(s *Store) error { return s.GiveRole(t.Context(), "u1", RoleOperator) },
		"by groups of viewers": groups(RoleViewer),
		"by other groups":      groups(RoleOperator),
		"by no groups":         groups(""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx, now := open(t), t.Context(), time.Now()
			staff(t, s, RoleAdmin, RoleAdmin, RoleViewer)
			must(t, groups(RoleAdmin)(s)) // binds u1; the role stays, and so do sessions
			link := func(token, by string, l Link) {
				l.CreatedBy, l.CreatedByID, l.CreatedAt, l.ExpiresAt = by, by, now, now.Add(time.Hour)
				must(t, s.CreateLink(ctx, token, l))
			}
			for _, by := range []string{"u0", "u1"} {
				link("invites by "+by, by, Link{Email: "for-" + by + "@example.com", Role: RoleAdmin})
			}
			link("resets by u1", "u1", Link{UserID: "u0", Email: "u0@example.com", Role: RoleAdmin})
			link("resets by u0", "u0", Link{UserID: "u2", Email: "u2@example.com", Role: RoleViewer})
			before := len(trailOf(t, s))

			must(t, fall(s))
			_, err := s.Session(ctx, "u1")
			wants(t, err, ErrNotFound)
			u, err := s.User(ctx, "u1")
			must(t, err)
			if u.Role == RoleAdmin && !u.Disabled() {
				t.Error("the user is an administrator still")
			}
			link("late", "u1", Link{Email: "late@example.com", Role: RoleAdmin}) // its request began before the fall
			for _, token := range []string{"invites by u1", "late"} {
				_, err = s.Link(ctx, token)
				wants(t, err, ErrNotFound)
				_, err = s.AcceptInvitation(ctx, token, User{Name: "x"})
				wants(t, err, ErrNotFound)
			}
			_, err = s.AcceptReset(ctx, "resets by u1", "stolen")
			wants(t, err, ErrNotFound)
			list, err := s.Invitations(ctx)
			must(t, err)
			if len(list) != 1 || list[0].CreatedByID != "u0" {
				t.Errorf("invitations: %+v", list)
			}
			for _, other := range []string{"u0", "u2"} {
				if _, err := s.Session(ctx, other); err != nil {
					t.Errorf("the session of %s: %v", other, err)
				}
			}
			if _, err := s.AcceptReset(ctx, "resets by u0", "new"); err != nil {
				t.Errorf("a link of somebody else: %v", err)
			}
			if _, err := s.AcceptInvitation(ctx, "invites by u0", User{Name: "New"}); err != nil {
				t.Errorf("an invitation of somebody else: %v", err)
			}
			said := false
			for _, l := range trailOf(t, s)[before:] {
				said = said || l.On == "user u1@example.com" && (l.Action == ActUserRole || l.Action == ActUserDisable) && (l.Action == ActUserDisable || strings.Contains(l.Detail, "before admin"))
			}
			if !said {
				t.Error("the trail does not have it")
			}
			whole(t, s)
		})
	}
}

func trailOf(t *testing.T, s *Store) []AuditLine {
	t.Helper()
	list, err := s.AuditAfter(t.Context(), AuditFilter{}, 0, 1000)
	must(t, err)
	return list
}

// Groups that are gone keep a person out, groups that are back let the person
// in, and neither moves somebody whom an administrator keeps out.
func TestGroupsThatAreGone(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	staff(t, s, RoleAdmin)
	id := Identity{Issuer: "https://id.example.com", Subject: "1", Email: "ada@example.com", EmailVerified: true, Name: "Ada"}
	_, err := s.SignInIdentity(ctx, id)
	wants(t, err, ErrNoRole)
	if n, err := s.CountUsers(ctx); err != nil || n != 1 {
		t.Errorf("somebody without a role was made a user: %d, %v", n, err)
	}
	with := func(role string) (User, error) {
		id := id
		id.Role = role
		return s.SignInIdentity(ctx, id)
	}
	u, err := with(RoleOperator)
	must(t, err)
	for range 2 {
		_, err = with("")
		wants(t, err, ErrNoRole)
		out, err := s.User(ctx, u.ID)
		must(t, err)
		if !out.Disabled() || out.DisabledBy != DisabledByProvider || out.Role != RoleViewer {
			t.Errorf("without groups: %+v", out)
		}
		wants(t, s.CreateSession(ctx, Session{TokenHash: "x", UserID: u.ID, CreatedAt: time.Now(), SeenAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour), Idle: time.Hour}), ErrNotFound)
	}
	if u, err = with(RoleOperator); err != nil || u.Disabled() || u.Role != RoleOperator || u.DisabledBy != "" {
		t.Errorf("with groups again: %+v, %v", u, err)
	}
	must(t, s.Disable(ctx, u.ID))
	_, err = with("")
	wants(t, err, ErrNoRole)
	_, err = with(RoleAdmin)
	wants(t, err, ErrDisabled)
	wants(t, s.GiveRole(ctx, u.ID, RoleAdmin), ErrDisabled)
	must(t, s.Enable(ctx, u.ID))
	_, err = with("")
	wants(t, err, ErrNoRole)
	must(t, s.Enable(ctx, u.ID)) // an administrator may, and the role is the least
	if u, err = s.User(ctx, u.ID); err != nil || u.Disabled() || u.Role != RoleViewer || u.DisabledBy != "" {
		t.Errorf("enabled by hand: %+v, %v", u, err)
	}
}

// An invitation makes nobody more than the account that its email has by now.
func TestInvitationsEndWithTheAccount(t *testing.T) {
	t.Parallel()
	s, ctx, now := open(t), t.Context(), time.Now()
	staff(t, s, RoleAdmin)
	must(t, s.CreateLink(ctx, "token", Link{Email: "Ada@example.com", Role: RoleAdmin, CreatedBy: "u0", CreatedByID: "u0", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}))
	_, err := s.SignInIdentity(ctx, Identity{Issuer: "https://id.example.com", Subject: "1", Email: "ada@example.com", EmailVerified: true, Role: RoleViewer})
	must(t, err)
	_, err = s.AcceptInvitation(ctx, "token", User{Name: "Ada"})
	wants(t, err, ErrNotFound)
}

// The first administrator is made once, whichever way there was one.
func TestThereWasAnAdministrator(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*Store) error{
		"created": func(s *Store) error {
			return s.CreateUser(t.Context(), User{ID: "a", Email: "a@example.com", Role: RoleAdmin})
		},
		"by a role": func(s *Store) error {
			return errors.Join(s.CreateUser(t.Context(), User{ID: "a", Email: "a@example.com", Role: RoleViewer}), s.SetRole(t.Context(), "a", RoleAdmin))
		},
		"by groups": func(s *Store) error {
			_, err := s.SignInIdentity(t.Context(), Identity{Issuer: "i", Subject: "1", Email: "a@example.com", EmailVerified: true, Role: RoleAdmin})
			return err
		},
		"by the code": func(s *Store) error { return s.CreateFirstUser(t.Context(), User{Email: "a@example.com"}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx := open(t), t.Context()
			must(t, s.CreateUser(ctx, User{ID: "v", Email: "v@example.com", Role: RoleViewer}))
			if had, err := s.HadAdmin(ctx); err != nil || had {
				t.Fatalf("with a viewer alone: %v, %v", had, err)
			}
			must(t, make(s))
			if had, err := s.HadAdmin(ctx); err != nil || !had {
				t.Errorf("with an administrator: %v, %v", had, err)
			}
			wants(t, s.CreateFirstUser(ctx, User{Email: "b@example.com"}), ErrConflict)
		})
	}
}
