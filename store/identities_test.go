package store

import "testing"

// Issuer and subject are who somebody is; an email only leads there the first
// time, and only when it is verified.
func TestIdentities(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	must(t, s.CreateUser(ctx, User{ID: "u1", Email: "ada@example.com", Name: "Ada", Role: RoleAdmin}))
	id := Identity{Issuer: "https://id.example.com", Subject: "1", Email: "ADA@example.com", Name: "Ada L", Role: RoleOperator}
	_, err := s.SignInIdentity(ctx, id)
	wants(t, err, ErrUnverified)
	id.EmailVerified = true
	u, err := s.SignInIdentity(ctx, id)
	must(t, err)
	if u.ID != "u1" || u.Role != RoleOperator {
		t.Errorf("the user is %+v", u)
	}
	again, err := s.SignInIdentity(ctx, Identity{Issuer: id.Issuer, Subject: "1", Email: "else@example.com", Role: RoleViewer})
	must(t, err)
	if again.ID != "u1" || again.Role != RoleViewer || again.Email != "ada@example.com" {
		t.Errorf("the user is %+v", again)
	}
	other := id
	other.Subject = "2"
	_, err = s.SignInIdentity(ctx, other)
	wants(t, err, ErrConflict)
	other.Issuer, other.Email, other.Name = "https://other.example.com", "bob@example.com", "Bob\r\n\u202ex"
	u, err = s.SignInIdentity(ctx, other)
	must(t, err)
	if u.Name != `Bob\u000d\u000a\u202ex` || u.Role != RoleOperator {
		t.Errorf("the new user is %+v", u)
	}
	must(t, s.Disable(ctx, u.ID))
	_, err = s.SignInIdentity(ctx, other)
	wants(t, err, ErrDisabled)
	whole(t, s)
}
