package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// setting matches a variable of ours in the source.
var setting = regexp.MustCompile(`"(APIFRONT_[A-Z_]+)"`)

// TestSettingsAreDocumented: docs/operating.md has every command, every flag of
// serve and every variable that the program reads, and names none that it does not.
func TestSettingsAreDocumented(t *testing.T) {
	t.Parallel()
	doc := rootFile(t, "docs/operating.md")
	known := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range setting.FindAllStringSubmatch(string(source), -1) {
			known[m[1]] = true
			if !strings.Contains(doc, "`"+m[1]+"`") {
				t.Errorf("%s reads %s, and docs/operating.md does not name it", file, m[1])
			}
			if file := m[1] + "_FILE"; strings.Contains(string(source), "p.secret(\""+m[1]+"\")") {
				known[file] = true
				if !strings.Contains(doc, "`"+file+"`") {
					t.Errorf("docs/operating.md does not name %s", file)
				}
			}
		}
	}
	if len(known) < 25 {
		t.Errorf("only %d variables were found", len(known))
	}
	for _, m := range regexp.MustCompile("`(APIFRONT_[A-Z_]+)(?:…|=[^`]*)?`").FindAllStringSubmatch(doc, -1) {
		if !known[m[1]] && !strings.HasPrefix(m[1], "APIFRONT_PROBE_KEY_") {
			t.Errorf("docs/operating.md names %s, which nothing reads", m[1])
		}
	}
	for _, c := range commands() {
		if !strings.Contains(doc, "| `apifront "+c.name) {
			t.Errorf("docs/operating.md does not name the command %s", c.name)
		}
	}
	var help bytes.Buffer
	if code := start(t.Context(), &program{stdout: &help, stderr: &help, getenv: func(string) string { return "" }}, []string{"serve", "-h"}); code != 0 {
		t.Fatalf("serve -h ends with %d: %s", code, &help)
	}
	flags := regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(help.String(), -1)
	if len(flags) < 15 {
		t.Errorf("only %d flags were found in %s", len(flags), &help)
	}
	for _, m := range flags {
		if !strings.Contains(doc, "`--"+m[1]+"`") {
			t.Errorf("docs/operating.md does not name the flag --%s", m[1])
		}
	}
}

// link matches where a link of a document leads.
var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)

// TestLinksLead: every link from one of our documents to a file leads to one that is there.
func TestLinksLead(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	var files []string
	for _, pattern := range []string{"*.md", "docs/*.md", "web/static/*.md"} {
		some, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, some...)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s leads to %s, which is not there", file, m[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d links were found in %d documents", found, len(files))
	}
}
