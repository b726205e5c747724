package main

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityDocument: the tests and files that docs/security.md names are there.
func TestSecurityDocument(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../..")
	document, err := fs.ReadFile(root, "docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	err = fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		b, err := fs.ReadFile(root, path)
		code.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w+)`").FindAllSubmatch(document, -1)
	if len(tests) < 25 {
		t.Errorf("the document names %d tests", len(tests))
	}
	for _, name := range tests {
		if !strings.Contains(code.String(), "func "+string(name[1])+"(") {
			t.Errorf("docs/security.md names %s, and there is no such test", name[1])
		}
	}
	for _, file := range regexp.MustCompile("`((?:cloud|cmd|handlers|probe|store|web)/[\\w/]+\\.\\w+)`").FindAllSubmatch(document, -1) {
		if _, err := fs.Stat(root, string(file[1])); err != nil {
			t.Errorf("docs/security.md names %s: %v", file[1], err)
		}
	}
}
