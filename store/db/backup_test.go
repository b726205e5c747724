package db

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupWhileOpen(t *testing.T) {
	dir := t.TempDir()
	path, dest := filepath.Join(dir, "a.db"), filepath.Join(dir, "copy.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	must(t, s.put(t.Context(), "k", "x"))
	if err := Backup(t.Context(), path, dest); err != nil {
		t.Fatalf("Backup of an open database: %v", err)
	}
	if err := Backup(t.Context(), path, dest); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("Backup over an existing file: error %v, want one that says it exists", err)
	}
	if info, err := os.Stat(dest); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy, which holds the cookie key, may be read by others: %v, %v", info.Mode(), err)
	}
	if list, err := filepath.Glob(dest + ".*"); err != nil || len(list) > 0 {
		t.Errorf("beside the copy there is %q (%v)", list, err)
	}
	c, err := Open(t.Context(), dest)
	if err != nil {
		t.Fatalf("open the copy: %v", err)
	}
	defer c.Close()
	if got, err := c.kept(t.Context(), "k"); err != nil || got != "x" {
		t.Errorf("in the copy is %q, %v", got, err)
	}
}

func TestBackupOfNothing(t *testing.T) {
	dir := t.TempDir()
	dest := filepath.Join(dir, "copy.db")
	if err := Backup(t.Context(), filepath.Join(dir, "none.db"), dest); err == nil {
		t.Error("Backup of a missing file: no error")
	}
	if _, err := os.Stat(dest); err == nil {
		t.Error("Backup of a missing file left a copy")
	}
}
