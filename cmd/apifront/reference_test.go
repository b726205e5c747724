package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOnlyAWSHasRequestIDs: the member Ref of a problem is shown as a request
// ID, which AWS Support is asked with. Only what reads AWS's answers sets it.
func TestOnlyAWSHasRequestIDs(t *testing.T) {
	may := []string{"cloud/explain.go", "probe/decode.go"}
	found := 0
	for _, name := range sources(t, "cloud", "doctor", "handlers", "policy", "probe", "setup", "steps", "store", "web", "worker") {
		if strings.HasSuffix(name, "_templ.go") {
			continue
		}
		allowed := slices.ContainsFunc(may, func(end string) bool { return strings.HasSuffix(filepath.ToSlash(name), end) })
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range refsOfProblems(file) {
			found++
			if !allowed {
				t.Errorf("%s: %s sets Ref; a reference of ours belongs in Ours", name, line)
			}
		}
	}
	if found < 2 {
		t.Errorf("only %d places set Ref", found)
	}
}

// refsOfProblems are the places that set Ref of a setup.Problem: in a literal,
// or of a variable that is called so.
func refsOfProblems(file *ast.File) []string {
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			name, ok := n.Type.(*ast.SelectorExpr)
			if !ok || name.Sel.Name != "Problem" {
				return true
			}
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Ref" {
						all = append(all, "a literal")
					}
				}
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				s, ok := left.(*ast.SelectorExpr)
				if !ok || s.Sel.Name != "Ref" {
					continue
				}
				of := ""
				switch x := s.X.(type) {
				case *ast.Ident:
					of = x.Name
				case *ast.SelectorExpr:
					of = x.Sel.Name
				}
				if slices.Contains([]string{"problem", "clone", "pr", "p"}, of) {
					all = append(all, of+".Ref")
				}
			}
		}
		return true
	})
	return all
}
