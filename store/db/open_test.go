package db

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenRefusesWithOneSentence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(path("broken.db"), []byte(strings.Repeat("not a database ", 1000)), 0o600))
	must(t, os.Mkdir(path("folder.db"), 0o700))
	s, err := Open(t.Context(), path("used.db"))
	must(t, err)
	defer func() { must(t, s.Close()) }()
	newer, err := Open(t.Context(), path("newer.db"))
	must(t, err)
	_, err = newer.writer.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
	must(t, err)
	must(t, newer.Close())
	must(t, os.Symlink("used.db", path("link.db")))
	must(t, os.Symlink(dir, path("door")))
	must(t, os.Symlink("nowhere.db", path("dangling.db")))
	here, err := os.Getwd()
	must(t, err)
	relative, err := filepath.Rel(here, path("used.db"))
	must(t, err)
	for _, c := range []struct{ name, path, want string }{
		{"no directory", path("none/a.db"), "does not exist"},
		{"a directory", path("folder.db"), "is not a file"},
		{"broken", path("broken.db"), "damaged or not a database"},
		{"in use", path("used.db"), "in use by another apifront process"},
		{"in use, by a link", path("link.db"), "in use by another apifront process"},
		{"in use, by a link to the directory", path("door/used.db"), "in use by another apifront process"},
		{"in use, by a relative path", relative, "in use by another apifront process"},
		{"in use, by a detour", dir + "/../" + filepath.Base(dir) + "/./used.db", "in use by another apifront process"},
		{"a link to nothing", path("dangling.db"), "is a link to nowhere.db, which does not exist"},
		{"newer", path("newer.db"), "written by a newer apifront"},
		{"no possible name", path(strings.Repeat("x", 300)), "cannot be opened for writing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(t.Context(), c.path)
			if err == nil {
				must(t, s.Close())
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.Base(filepath.Dir(c.path))) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %q, want one line with %q and the path", err, c.want)
			}
		})
	}
}
