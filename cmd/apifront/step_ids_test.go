package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A step is one file and one line in steps.All: what is said of it is in its
// definition, and nobody else writes down which steps there are. So no other
// package has a constant of the type setup.StepID in its code, tests left out.
func TestOnlyStepsNamesSteps(t *testing.T) {
	t.Parallel()
	packages := typed(t)
	named := 0
	for path, p := range packages {
		for _, where := range p.stepIDs() {
			if path == "apifront/steps" {
				named++
				continue
			}
			if path == "apifront/handlers/handlerstest" { // only tests import it
				continue
			}
			t.Errorf("%s: a step's ID is written here; let its definition in steps say what is needed of it", where)
		}
	}
	if named < 15 {
		t.Errorf("package steps names %d steps: the test does not see them", named)
	}
}

// A typedPackage is one of our packages with the types of its expressions.
type typedPackage struct {
	fset  *token.FileSet
	files []*ast.File
	info  types.Info
}

// stepIDs are the places where a constant of the type setup.StepID stands, ""
// left out.
func (p typedPackage) stepIDs() (list []string) {
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			tv := p.info.Types[e]
			if tv.Value == nil || tv.Value.Kind() != constant.String || constant.StringVal(tv.Value) == "" || tv.Type.String() != "apifront/setup.StepID" {
				return true
			}
			list = append(list, p.fset.Position(e.Pos()).String())
			return false
		})
	}
	return list
}

// typed are our packages that know setup.StepID, checked against what the
// compiler says that they import.
func typed(t *testing.T) map[string]typedPackage {
	t.Helper()
	onlyReads(t)
	out, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles,Imports", "apifront/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	type listed struct {
		ImportPath, Export, Dir string
		GoFiles, Imports        []string
	}
	exports := map[string]string{}
	var ours []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if strings.HasPrefix(p.ImportPath, "apifront/") && (slices.Contains(p.Imports, "apifront/setup") || p.ImportPath == "apifront/setup") {
			ours = append(ours, p)
		}
	}
	packages := map[string]typedPackage{}
	for _, l := range ours {
		p := typedPackage{fset: token.NewFileSet(), info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
		for _, name := range l.GoFiles {
			f, err := parser.ParseFile(p.fset, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			p.files = append(p.files, f)
		}
		conf := types.Config{Importer: importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
		if _, err := conf.Check(l.ImportPath, p.fset, p.files, &p.info); err != nil {
			t.Fatalf("%s: %v", l.ImportPath, err)
		}
		packages[l.ImportPath] = p
	}
	return packages
}
