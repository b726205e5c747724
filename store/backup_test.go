package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"apifront/setup"
	"apifront/store"
)

func TestBackupWhileOpen(t *testing.T) {
	dir := t.TempDir()
	path, dest := filepath.Join(dir, "a.db"), filepath.Join(dir, "copy.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	draft, err := s.CreateDraft(t.Context(), "Mira", setup.DefaultSpec())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(t.Context(), path, dest); err != nil {
		t.Fatalf("Backup of an open database: %v", err)
	}
	if err := store.Backup(t.Context(), path, dest); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("Backup over an existing file: error %v, want one that says it exists", err)
	}
	if info, err := os.Stat(dest); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy, which holds the cookie key, may be read by others: %v, %v", info.Mode(), err)
	}
	if list, err := filepath.Glob(dest + ".*"); err != nil || len(list) > 0 {
		t.Errorf("beside the copy there is %q (%v)", list, err)
	}
	c, err := store.Open(t.Context(), dest)
	if err != nil {
		t.Fatalf("open the copy: %v", err)
	}
	defer c.Close()
	if got, err := c.Setup(t.Context(), draft.ID); err != nil || got.ID != draft.ID {
		t.Errorf("the draft in the copy is %v, %v, want %s", got.ID, err, draft.ID)
	}
}

func TestBackupOfNothing(t *testing.T) {
	dir := t.TempDir()
	dest := filepath.Join(dir, "copy.db")
	if err := store.Backup(t.Context(), filepath.Join(dir, "none.db"), dest); err == nil {
		t.Error("Backup of a missing file: no error")
	}
	if _, err := os.Stat(dest); err == nil {
		t.Error("Backup of a missing file left a copy")
	}
}
