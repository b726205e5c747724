package store

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A first code is good on every replica until there was an administrator, of
// whatever making; there is an end of how many there are.
func TestFirstCodes(t *testing.T) {
	t.Parallel()
	s, now := open(t), time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	s.SetClock(func() time.Time { return now })
	codes := func() []string {
		t.Helper()
		list, err := s.FirstCodes(t.Context())
		must(t, err)
		return list
	}
	for n := range 3 * firstCodes {
		now = now.Add(time.Second)
		must(t, s.AddFirstCode(t.Context(), fmt.Sprint("hash ", n)))
		want := min(n+1, firstCodes)
		if !s.Postgres() {
			want = 1 // a start is the only one
		}
		if list := codes(); len(list) != want || !slices.Contains(list, fmt.Sprint("hash ", n)) {
			t.Fatalf("after %d starts the codes are %q, want %d with the newest", n+1, list, want)
		}
	}
	must(t, s.CreateUser(t.Context(), User{Email: "eve@example.com", Name: "Eve", Role: RoleViewer}))
	if len(codes()) == 0 {
		t.Error("a viewer ended the codes")
	}
	must(t, s.CreateUser(t.Context(), User{Email: "ada@example.com", Name: "Ada", Role: RoleAdmin}))
	must(t, s.AddFirstCode(t.Context(), "late"))
	if list := codes(); len(list) != 0 {
		t.Errorf("with an administrator the codes %q are good", list)
	}
}
