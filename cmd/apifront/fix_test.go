package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"testing"

	"apifront/setup"
	"apifront/web"
)

// TestFixesWithoutSteps: whatever a step, the worker or an explanation of AWS's
// errors proposes is also read where there is no step: in a plan, on a page of
// the wizard, in a check, in the test of a connection.
func TestFixesWithoutSteps(t *testing.T) {
	only := regexp.MustCompile(`(?i)re-run|\bthis step\b|the step\b|start again|by itself`)
	found := 0
	for _, name := range sources(t, "cloud", "policy", "steps", "worker") {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, ok := literal(e)
			if !ok {
				return true
			}
			if !regexp.MustCompile(`(?i)re-run|start again\b|goes on by itself`).MatchString(text) {
				return false
			}
			found++
			p := setup.Problem{Fix: text}
			if got := p.FixOutside(); only.MatchString(got) || got == "" {
				t.Errorf("%s: %q is read as %q where there is no step", name, text, got)
			}
			return false
		})
	}
	if found < 90 {
		t.Errorf("only %d fixes", found)
	}
}

// TestPagesShowFixesForThemselves: every page but a job's shows what can be done
// there, and not what a step's page has.
func TestPagesShowFixesForThemselves(t *testing.T) {
	bare := regexp.MustCompile(`(?i)problem\.Fix\b[^:O]`)
	for _, name := range sources(t, "handlers") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := bare.Find(text); m != nil {
			t.Errorf("%s shows %s, which may name a step; use FixOutside", name, m)
		}
	}
	p := web.ShowProblem(&setup.Problem{What: "It was refused.", Fix: "Wait a minute, then re-run the step; it looks first. If it lasts, re-run this step."})
	if want := "Wait a minute, then try again. If it lasts, try again."; p.Fix != want {
		t.Errorf("%q, want %q", p.Fix, want)
	}
}

// literal is a text of string literals and, as an X, what stands between them.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.CallExpr:
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "MoveFix" {
			return setup.MoveFix("X"), true
		}
		return "", false
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		left, a := literal(e.X)
		right, b := literal(e.Y)
		if !a && !b {
			return "", false
		}
		if !a {
			left = "X"
		}
		if !b {
			right = "X"
		}
		return left + right, true
	}
	return "", false
}
