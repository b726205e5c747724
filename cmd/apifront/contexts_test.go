package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// No struct embeds a context. Whoever is given such a struct as a context may go
// on reading it after the call, beside the one who puts another context into it:
// the SQLite driver does.
func TestNoStructEmbedsAContext(t *testing.T) {
	fset := token.NewFileSet()
	structs := 0
	for _, name := range sources(t, "cloud", "cmd", "doctor", "flow", "handlers", "policy", "probe", "setup", "steps", "store", "web", "worker") {
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, is := n.(*ast.StructType)
			if !is {
				return true
			}
			structs++
			for _, field := range s.Fields.List {
				sel, is := field.Type.(*ast.SelectorExpr)
				if is && len(field.Names) == 0 && sel.Sel.Name == "Context" {
					t.Errorf("%s: give the context a name and pass that", fset.Position(field.Pos()))
				}
			}
			return true
		})
	}
	if structs < 100 {
		t.Errorf("%d structs were read", structs)
	}
}
