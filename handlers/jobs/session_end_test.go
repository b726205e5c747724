package jobs

import (
	"path/filepath"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/store"
)

// If an account is disabled, its open streams end within a heartbeat.
func TestAnOpenStreamEndsWithTheSession(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	u := store.User{ID: "u1", Name: "Mira Okafor", Email: "mira@example.com", PasswordHash: "x", Role: store.RoleViewer}
	if err := st.CreateUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	now := st.Now()
	err = st.CreateSession(t.Context(), store.Session{TokenHash: "h", UserID: u.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), Idle: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	server := &room{Server: &handlers.Server{Config: handlers.Config{Store: st}}}
	if !server.SessionHolds(t.Context(), "h") {
		t.Error("the session does not hold")
	}
	if err := st.EndSessions(t.Context(), u.ID, ""); err != nil {
		t.Fatal(err)
	}
	if server.SessionHolds(t.Context(), "h") {
		t.Error("the session holds after its end")
	}
}
