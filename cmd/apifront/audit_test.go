package main

import (
	"path/filepath"
	"strings"
	"testing"

	"apifront/store"
)

// The command finds what was changed, while a server has the database open, and
// says so with its exit code.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	verify := func(wantCode int, want string, args ...string) string {
		t.Helper()
		code, out, errs := run(t, map[string]string{"APIFRONT_DATABASE": path}, append([]string{"audit", "verify"}, args...)...)
		if code != wantCode || !strings.Contains(out+errs, want) {
			t.Errorf("%v: code %d, %s%s, want %d with %q", args, code, out, errs, wantCode, want)
		}
		return out
	}
	verify(0, "no lines yet")
	for range 3 {
		if err := s.Audit(t.Context(), store.Act{Action: store.ActSettings, On: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSpace(verify(0, "3 lines")), "\n")
	head := lines[len(lines)-1]
	verify(0, "whole", "--head", head)
	verify(1, "--head", "--head", strings.Repeat("0", 64))
	if _, err := s.Writer().ExecContext(t.Context(), `DROP TRIGGER audit_keeps_rows; UPDATE audit SET who = 'Nobody' WHERE seq = 2`); err != nil {
		t.Fatal(err)
	}
	verify(1, "broken at line 2")
	verify(1, "none.db cannot be read", "--database", filepath.Join(t.TempDir(), "none.db"))
	for _, args := range [][]string{{"audit"}, {"audit", "sing"}, {"audit", "verify", "now"}} {
		if code, _, errs := run(t, nil, args...); code != 2 {
			t.Errorf("%v: code %d, %s", args, code, errs)
		}
	}
	if code, _, errs := run(t, nil, "audit", "--help"); code != 0 || !strings.Contains(errs, "-head") {
		t.Errorf("help: code %d, %s", code, errs)
	}
}
