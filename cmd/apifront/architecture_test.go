package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport says which of our packages each of our packages may import, and
// test files beyond that. cmd may import everything and is imported by
// nothing. Nothing but cmd and tests imports the simulator: it is reached
// over the network, as AWS is.
func mayImport() map[string][]string {
	plan := map[string][]string{
		"setup":           {},
		"migrations":      {},
		"cloud":           {"setup"},
		"cloud/sim":       {"setup"},
		"flow":            {"setup"},
		"store/db":        {"setup", "migrations"},
		"store":           {"setup", "flow", "store/db"},
		"store/storetest": {},
		"probe":           {"setup"},
		"doctor":          {"setup", "cloud", "probe", "steps"},
		"seal":            {},
		"notice":          {"setup", "seal"},
		"steps":           {"setup", "seal", "cloud", "probe"},
		"policy":          {"setup", "steps"},
		"export":          {"setup"},
		"worker":          {"setup", "seal", "flow", "steps", "policy", "cloud", "probe", "doctor", "notice", "store"},
		"web":             {"setup"},
		"handlers":        {"setup", "seal", "steps", "store", "web"},
		"cmd/apifront":    {"setup", "seal", "steps", "cloud", "cloud/sim", "probe", "doctor", "notice", "store", "migrations", "worker", "web", "handlers"},
	}
	plan["handlers/handlerstest"] = []string{"setup", "seal", "notice", "steps", "store", "store/storetest", "handlers"}
	for _, room := range rooms() {
		plan["web/"+room] = []string{"setup", "web"}
		plan["handlers/"+room] = []string{"setup", "seal", "flow", "steps", "policy", "export", "store", "web", "web/" + room, "handlers"}
		plan["handlers/handlerstest"] = append(plan["handlers/handlerstest"], "handlers/"+room)
		plan["cmd/apifront"] = append(plan["cmd/apifront"], "handlers/"+room)
	}
	return plan
}

// rooms are the nouns of the product, each with a folder in web and one in
// handlers.
func rooms() []string {
	return []string{"connections", "doctor", "jobs", "notices", "people", "setups", "wizard"}
}

// roomOf is the room that a package is a part of; "" for none.
func roomOf(name string) string {
	if parent, room, ok := strings.Cut(name, "/"); ok && (parent == "web" || parent == "handlers") && slices.Contains(rooms(), room) {
		return room
	}
	return ""
}

// mayEnter says whether a package may import a room: a package of the same room,
// and those that join all rooms. What all rooms share knows none of them.
func mayEnter(name, room string) bool {
	return roomOf(name) == room || name == "cmd/apifront" || name == "handlers/handlerstest"
}

//go:generate go test -run TestArchitecture -update .

// Packages import each other as planned, and docs/architecture.md has them all,
// each with the first sentence of its comment.
func TestArchitecture(t *testing.T) {
	const module = "apifront/"
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Dir,GoFiles", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	var table strings.Builder
	table.WriteString("| package | what it is | what it imports of ours |\n|---|---|---|\n")
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Dir        string
			Imports    []string
			GoFiles    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport()[name]
		if !known {
			t.Errorf("package %s is not in the plan: say in mayImport (and in the README's folder map) what it is for", name)
			continue
		}
		seen++
		for _, file := range p.GoFiles {
			if what := knowsSQL(t, name, filepath.Join(p.Dir, file)); what != "" {
				t.Errorf("%s/%s imports %s: only the store knows SQL, the engine under it, and the bells that River carries", name, file, what)
			}
		}
		var imports []string
		for _, i := range p.Imports {
			ours, is := strings.CutPrefix(i, module)
			if is {
				imports = append(imports, "`"+ours+"`")
			}
			if is && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, and may not", name, ours)
			}
			if room := roomOf(ours); is && room != "" && !mayEnter(name, room) {
				t.Errorf("%s imports %s: rooms never import each other, and nothing that rooms share knows one", name, ours)
			}
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", name, firstSentence(t, p.Dir, p.GoFiles), cmp.Or(strings.Join(imports, " "), "nothing"))
	}
	if seen != len(mayImport()) {
		t.Errorf("go list shows %d of the %d packages in the plan", seen, len(mayImport()))
	}
	checkPart(t, filepath.Join("..", "..", "docs", "architecture.md"), "packages", table.String())
}

// bellFiles are River's adapter in package worker, the bells that tests put in
// its place, and what makes databases for tests.
var bellFiles = []string{
	"worker/bell_river.go", "worker/bell_postgres.go", "worker/bell_memory.go", "handlers/handlerstest/bells.go", "store/storetest/postgres.go",
}

// knowsSQL is what a file imports of databases and may not.
func knowsSQL(t *testing.T, name, path string) string {
	t.Helper()
	if name == "store" || name == "store/db" || name == "migrations" || slices.Contains(bellFiles, name+"/"+filepath.Base(path)) {
		return ""
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range f.Imports {
		what := strings.Trim(i.Path.Value, `"`)
		for _, sql := range []string{"database/sql", "github.com/jackc/pgx", "modernc.org/sqlite", "github.com/pressly/goose"} {
			if what == sql || strings.HasPrefix(what, sql+"/") {
				return what
			}
		}
	}
	return ""
}

// firstSentence is that of a package's comment. Generated files have another
// one above the package clause.
func firstSentence(t *testing.T, dir string, files []string) string {
	t.Helper()
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(f.Doc.Text()), " ")
		if sentence, _, ok := strings.Cut(text, ". "); strings.HasPrefix(text, "Package ") || strings.HasPrefix(text, "Command ") {
			if ok {
				sentence += "."
			}
			_, what, _ := strings.Cut(sentence, " ") // after "Package" or "Command"
			_, what, _ = strings.Cut(what, " ")      // after its name
			return what
		}
	}
	t.Errorf("the package in %s has no comment", dir)
	return ""
}

// checkPart holds the part of a document between two markers against what it
// should be; with -update it writes it.
func checkPart(t *testing.T, file, name, want string) {
	t.Helper()
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(old), "<!-- "+name+" -->\n")
	_, after, closed := strings.Cut(rest, "<!-- /"+name+" -->")
	if !ok || !closed {
		t.Fatalf("%s has no part %s", file, name)
	}
	fresh := before + "<!-- " + name + " -->\n" + want + "<!-- /" + name + " -->" + after
	if *update {
		if err := os.WriteFile(file, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if fresh != string(old) {
		t.Errorf("%s is not up to date: run go generate ./... and commit", file)
	}
}
