package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
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
