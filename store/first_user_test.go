package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// Several people who have the one-time code press at once: one is the
// administrator.
func TestThereIsOneFirstUser(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	var wg sync.WaitGroup
	results := make([]error, 6)
	for i := range results {
		wg.Go(func() {
			results[i] = s.CreateFirstUser(ctx, User{Email: fmt.Sprintf("u%d@example.com", i), Name: fmt.Sprint("u", i), Role: RoleAdmin})
		})
	}
	wg.Wait()
	made := 0
	for _, err := range results {
		if err == nil {
			made++
		} else if !errors.Is(err, ErrConflict) {
			t.Error(err)
		}
	}
	if n, err := s.CountUsers(ctx); err != nil || made != 1 || n != 1 {
		t.Errorf("%d were told that they are the first, %d users, %v", made, n, err)
	}
}

// What an administrator gave out ends with being one.
func TestInvitationsEndWithTheirMaker(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Store) error{
		"disabled": func(s *Store) error { return s.Disable(t.Context(), "u1") },
		"demoted":  func(s *Store) error { return s.SetRole(t.Context(), "u1", RoleViewer) },
	} {
		s, ctx, now := open(t), t.Context(), time.Now()
		staff(t, s, RoleAdmin, RoleAdmin)
		for _, by := range []string{"u0", "u1"} {
			must(t, s.CreateLink(ctx, "by "+by, Link{Email: "for-" + by + "@example.com", Role: RoleAdmin, CreatedBy: by, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}))
		}
		must(t, end(s))
		list, err := s.Invitations(ctx)
		must(t, err)
		if len(list) != 1 || list[0].CreatedBy != "u0" {
			t.Errorf("%s: invitations %+v", name, list)
		}
	}
}
