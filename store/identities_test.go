package store

import (
	"errors"
	"sync"
	"testing"
	"time"
)

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

// A way back from the provider is good once, however many come by it at the
// same time, and is forgotten when it would not be good any more.
func TestTripsAreUsedOnce(t *testing.T) {
	t.Parallel()
	s, ctx, now := open(t), t.Context(), time.Now()
	fixed(s, now)
	results := make([]error, 6)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i] = s.UseTrip(ctx, "state", now.Add(time.Minute)) })
	}
	wg.Wait()
	used := 0
	for _, err := range results {
		if err == nil {
			used++
		} else if !errors.Is(err, ErrConflict) {
			t.Error(err)
		}
	}
	if used != 1 {
		t.Errorf("used %d times", used)
	}
	fixed(s, now.Add(time.Hour))
	must(t, s.UseTrip(ctx, "another", now.Add(2*time.Hour)))
	if rows := dump(t, s.Writer(), "trips", []string{"hash"}); len(rows) != 1 {
		t.Errorf("kept are %v", rows)
	}
}
