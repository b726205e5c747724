package web

import (
	"flag"
	"os"
	"strings"
	"testing"
)

//go:generate go test -run TestGlossaryDocument -update .

var update = flag.Bool("update", false, "write docs/glossary.md")

func TestGlossaryDocument(t *testing.T) {
	const path = "../docs/glossary.md"
	if *update {
		if err := os.WriteFile(path, []byte(GlossaryDocument()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != GlossaryDocument() {
		t.Error("docs/glossary.md is not what web/glossary.go says: run go generate ./web")
	}
}

// One word, one line; each a sentence that does not say the word by itself.
func TestGlossaryHasEachWordOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, g := range Glossary() {
		for _, x := range g.Terms {
			if seen[strings.ToLower(x.Word)] {
				t.Errorf("%s stands twice", x.Word)
			}
			seen[strings.ToLower(x.Word)] = true
			if !strings.HasSuffix(x.Meaning, ".") || strings.ContainsAny(x.Meaning, "|!") {
				t.Errorf("%s: %q", x.Word, x.Meaning)
			}
		}
	}
	for _, word := range []string{"setup", "draft", "page", "job", "step", "attempt", "call", "event", "problem", "connection", "simulator"} {
		if !seen[word] {
			t.Errorf("%s is not in the glossary", word)
		}
	}
}
