package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/store"
)

// programWith is a program with an environment of its own.
func programWith(env map[string]string) (*program, *bytes.Buffer, *bytes.Buffer) {
	var stdout, stderr bytes.Buffer
	return &program{stdout: &stdout, stderr: &stderr, getenv: func(name string) string { return env[name] }}, &stdout, &stderr
}

func TestCookieKeys(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.db"+keysEnd)
	p, _, _ := programWith(nil)
	first, err := p.cookieKeys(file)
	if err != nil || len(first) != 1 || len(first[0]) != keySize {
		t.Fatalf("%d keys, %v", len(first), err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	again, err := p.cookieKeys(file)
	if err != nil || !bytes.Equal(first[0], again[0]) {
		t.Errorf("the second start has other keys (%v)", err)
	}
	p, stdout, stderr := programWith(map[string]string{"APIFRONT_DATABASE": strings.TrimSuffix(file, keysEnd)})
	if code := start(t.Context(), p, []string{"keys", "rotate"}); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if !strings.Contains(stdout.String(), "nobody is signed out") {
		t.Errorf("it says %q", stdout)
	}
	rotated, err := p.cookieKeys(file)
	if err != nil || len(rotated) != 2 || bytes.Equal(rotated[0], first[0]) || !bytes.Equal(rotated[1], first[0]) {
		t.Errorf("after the rotation: %d keys, %v", len(rotated), err)
	}
	if files, err := os.ReadDir(filepath.Dir(file)); err != nil || len(files) != 1 {
		t.Errorf("beside the keys there are %v, %v", files, err)
	}
	given := base64.StdEncoding.EncodeToString(handlers.NewCookieKey())
	p, _, _ = programWith(map[string]string{"APIFRONT_COOKIE_KEYS": given + ", " + given})
	if keys, err := p.cookieKeys(file); err != nil || len(keys) != 2 || bytes.Equal(keys[0], rotated[0]) {
		t.Errorf("the environment: %d keys, %v", len(keys), err)
	}
	p, _, _ = programWith(map[string]string{"APIFRONT_COOKIE_KEYS": "c2VjcmV0"})
	if _, err := p.cookieKeys(file); err == nil || strings.Contains(err.Error(), "c2VjcmV0") || !strings.Contains(err.Error(), "base64 of 64 random bytes") {
		t.Errorf("a short key: %v", err)
	}
	p, _, _ = programWith(nil)
	if keys, err := p.cookieKeys(keysFile("", "postgres://db/apifront")); keys != nil || err != nil {
		t.Errorf("PostgreSQL: %v, %v", keys, err)
	}
	for text, want := range map[string]string{"": "holds no cookie key", "c2VjcmV0\n": "line 1: a key is", given + " yesterday\n": `line 1: "yesterday" is no time`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.cookieKeys(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := p.cookieKeys(file); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others may read: %v", err)
	}
}

func TestOldKeysGo(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var list []cookieKey
	for _, day := range []int{0, 10, 40} { // the one of day 0 has no sessions after day 24
		list = rotate(list, now.AddDate(0, 0, day))
	}
	if len(list) != 2 || !list[1].made.Equal(now.AddDate(0, 0, 10)) {
		t.Errorf("%d keys", len(list))
	}
}

// The only administrator forgot the password: the command makes a link while
// the server has the database open.
func TestUserReset(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "a.db")
	p, stdout, stderr := programWith(map[string]string{"APIFRONT_DATABASE": database, "APIFRONT_PUBLIC_URL": "https://apifront.example.com/"})
	if code := start(t.Context(), p, []string{"user", "reset", "mira@example.com"}); code != 1 || !strings.Contains(stderr.String(), "there is no database") {
		t.Errorf("without a database: exit %d, %s", code, stderr)
	}
	st, err := store.Open(t.Context(), database) // as a server does
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := st.CreateUser(t.Context(), store.User{Email: "mira@example.com", Name: "Mira", PasswordHash: "h", Role: store.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	if code := start(t.Context(), p, []string{"user", "reset", "nobody@example.com"}); code != 1 || !strings.Contains(stderr.String(), "no user with the email nobody@example.com") {
		t.Errorf("nobody: exit %d, %s", code, stderr)
	}
	for _, args := range [][]string{{"user"}, {"user", "delete"}, {"user", "reset"}, {"user", "role", "mira@example.com"}, {"user", "role", "mira@example.com", "root"}, {"keys"}, {"keys", "make"}} {
		if code := start(t.Context(), p, args); code != 2 {
			t.Errorf("%v: exit %d", args, code)
		}
	}
	if code := start(t.Context(), p, []string{"user", "reset", "Mira@example.com"}); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	_, link, ok := strings.Cut(stdout.String(), "https://apifront.example.com"+handlers.LinkPath(""))
	if !ok {
		t.Fatalf("it says %q", stdout)
	}
	token, _, _ := strings.Cut(link, "\n")
	if strings.Contains(token, "/") || len(token) < 40 {
		t.Errorf("the token is %q", token)
	}
	all, err := st.Users(t.Context())
	if err != nil || len(all) != 1 || all[0].PasswordHash != "h" {
		t.Errorf("the link alone changes something: %v %v", all, err)
	}
}

// The only administrator lost the role at the provider: the command gives it
// back while the server has the database open, and lets nobody in whom an
// administrator keeps out.
func TestUserRole(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "a.db")
	p, stdout, stderr := programWith(map[string]string{"APIFRONT_DATABASE": database})
	st, err := store.Open(t.Context(), database) // as a server does
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	id := store.Identity{Issuer: "https://id.example.com", Subject: "1", Email: "mira@example.com", EmailVerified: true, Name: "Mira", Role: store.RoleAdmin}
	u, err := st.SignInIdentity(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	id.Role = "" // all groups are gone
	if _, err := st.SignInIdentity(t.Context(), id); !errors.Is(err, store.ErrNoRole) {
		t.Fatal(err)
	}
	if code := start(t.Context(), p, []string{"user", "reset", u.Email}); code != 1 || !strings.Contains(stderr.String(), "apifront user role mira@example.com ROLE") {
		t.Errorf("a link for whom the provider keeps out: exit %d, %s", code, stderr)
	}
	if code := start(t.Context(), p, []string{"user", "role", "Mira@example.com", "admin"}); code != 0 || !strings.Contains(stdout.String(), "has the role admin") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	if u, err = st.User(t.Context(), u.ID); err != nil || u.Role != store.RoleAdmin || u.Disabled() {
		t.Errorf("the user is %+v, %v", u, err)
	}
	if code := start(t.Context(), p, []string{"user", "role", u.Email, "viewer"}); code != 1 || !strings.Contains(stderr.String(), "the only administrator") {
		t.Errorf("the last administrator: exit %d, %s", code, stderr)
	}
	if err := st.CreateUser(t.Context(), store.User{ID: "u2", Email: "jo@example.com", Name: "Jo", Role: store.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	if err := st.Disable(t.Context(), "u2"); err != nil {
		t.Fatal(err)
	}
	if code := start(t.Context(), p, []string{"user", "role", "jo@example.com", "admin"}); code != 1 || !strings.Contains(stderr.String(), "is disabled") {
		t.Errorf("a disabled user: exit %d, %s", code, stderr)
	}
	lines, err := st.AuditAfter(t.Context(), store.AuditFilter{Action: store.ActUserRole}, 0, 10)
	if err != nil || len(lines) != 1 || lines[0].Who != "apifront user role" || lines[0].Detail != "role admin, before viewer, disabled" {
		t.Errorf("the trail has %+v, %v", lines, err)
	}
}
