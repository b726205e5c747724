package web

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The parts of app.js that are not ours are as published, but for the line
// that names a source map.
func TestScriptIsTheOnePublished(t *testing.T) {
	raw, err := os.ReadFile("static/app.js")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("static/README.md")
	if err != nil {
		t.Fatal(err)
	}
	script := string(raw)
	start, end := strings.Index(script, "var htmx="), strings.Index(script, "// apifront's own script")
	if start < 0 || end < 0 {
		t.Fatal("app.js has no htmx or no part of ours")
	}
	core, extension, ok := strings.Cut(script[start:end], "\n")
	if !ok {
		t.Fatal("app.js has no extension")
	}
	for name, part := range map[string]string{"htmx.min.js": core, "ext/hx-sse.min.js": extension} {
		part = strings.TrimRight(part, ";\n")
		var sums []string
		for _, ending := range []string{"", ";", "\n", ";\n"} {
			sum := sha256.Sum256([]byte(part + ending))
			sums = append(sums, hex.EncodeToString(sum[:]))
		}
		found := false
		for line := range strings.Lines(string(readme)) {
			if strings.Contains(line, "dist/"+name) {
				for _, sum := range sums {
					found = found || strings.Contains(line, sum)
				}
			}
		}
		if !found {
			t.Errorf("%s is not the one whose SHA-256 stands in README.md", name)
		}
	}
}

// Every class used in a template is in the stylesheet.
func TestEveryClassExists(t *testing.T) {
	css, err := os.ReadFile("static/apifront.css")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, pattern := range []string{"*.templ", "*/*.templ"} { // of the rooms too
		list, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, list...)
	}
	if len(files) < 30 {
		t.Fatalf("%d templates", len(files))
	}
	plain := regexp.MustCompile(`class="([^"]*)"`)
	mixed := regexp.MustCompile(`class=\{([^}]*)\}`)
	quoted := regexp.MustCompile(`"([a-z0-9 -]*)"`)
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var classes []string
		for _, m := range plain.FindAllStringSubmatch(string(text), -1) {
			classes = append(classes, strings.Fields(m[1])...)
		}
		for _, m := range mixed.FindAllStringSubmatch(string(text), -1) {
			for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
				classes = append(classes, strings.Fields(q[1])...)
			}
		}
		for _, class := range classes {
			n++
			if !regexp.MustCompile(`\.` + regexp.QuoteMeta(class) + `[^a-zA-Z0-9_-]`).Match(css) {
				t.Errorf("%s: the class %q is not in the stylesheet", file, class)
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d classes were looked at", n)
	}
}
