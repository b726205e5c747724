package main

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
	"apifront/web/jobs"
)

// A wayOut is what a problem names beside its fix: the step from which the job goes on, the
// key of what is made again, and what the button says. An X stands for what is not known
// before, and "" for nothing.
type wayOut struct{ from, remake, act string }

// allFixes are the fixes that steps, the worker, the tests from outside and the explanations
// of AWS's errors propose.
func allFixes(t *testing.T) map[string]wayOut {
	t.Helper()
	ways, named := map[string]wayOut{}, map[string]string{}
	add := func(e ast.Expr, w wayOut) {
		text, ok := literal(e)
		if id, isName := e.(*ast.Ident); isName {
			text, ok = named[id.Name]
		}
		if was := ways[text]; ok && strings.Contains(text, " ") && strings.HasSuffix(strings.TrimSuffix(text, "X"), ".") && was == (wayOut{}) {
			ways[text] = w
		}
	}
	var files []*ast.File
	for _, name := range sources(t, "cloud", "probe", "steps", "worker") {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok {
				for i, id := range v.Names {
					if i < len(v.Values) && strings.HasSuffix(strings.ToLower(id.Name), "fix") {
						named[id.Name], _ = literal(v.Values[i])
					}
				}
			}
			return true
		})
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				var fix ast.Expr
				var w wayOut
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						if id, ok := kv.Key.(*ast.Ident); ok {
							switch strings.ToLower(id.Name) {
							case "fix":
								fix = kv.Value
							case "remake":
								w.remake = keyOf(kv.Value)
							case "from":
								w.from = textOr(kv.Value)
							case "act":
								w.act = textOr(kv.Value)
							}
						}
					}
				}
				if fix != nil {
					add(fix, w)
				}
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if strings.HasSuffix(strings.ToLower(id.Name), "fix") && i < len(n.Values) {
						add(n.Values[i], wayOut{})
					}
				}
			case *ast.BlockStmt:
				w := wayOut{}
				for _, s := range n.List {
					if a, ok := s.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
						for i, l := range a.Lhs {
							sel, ok := l.(*ast.SelectorExpr)
							switch {
							case ok && sel.Sel.Name == "From":
								w.from = textOr(a.Rhs[i])
							case ok && sel.Sel.Name == "Act":
								w.act = textOr(a.Rhs[i])
							case ok && sel.Sel.Name == "Remake":
								w.remake = keyOf(a.Rhs[i])
							}
						}
					}
				}
				for _, s := range n.List {
					if a, ok := s.(*ast.AssignStmt); ok {
						addAssigned(a, w, add)
					}
				}
			case *ast.CaseClause:
				for _, s := range n.Body {
					if a, ok := s.(*ast.AssignStmt); ok {
						addAssigned(a, wayOut{}, add)
					}
				}
			case *ast.CallExpr:
				id, ok := n.Fun.(*ast.Ident)
				if ok && id.Name == "from" && len(n.Args) == 3 {
					if inner, ok := n.Args[2].(*ast.CallExpr); ok && len(inner.Args) > 0 {
						add(inner.Args[len(inner.Args)-1], wayOut{from: textOr(n.Args[0]), act: textOr(n.Args[1])})
						return false
					}
				}
				if ok && (id.Name == "problem" || id.Name == "explained") {
					add(n.Args[len(n.Args)-1], wayOut{})
				}
			}
			return true
		})
	}
	return ways
}

func addAssigned(a *ast.AssignStmt, w wayOut, add func(ast.Expr, wayOut)) {
	for i, l := range a.Lhs {
		sel, ok := l.(*ast.SelectorExpr)
		id, named := l.(*ast.Ident)
		if (ok && sel.Sel.Name == "Fix" || named && id.Name == "fix") && a.Tok != token.ADD_ASSIGN && i < len(a.Rhs) {
			add(a.Rhs[i], w)
		}
	}
}

// textOr is the text of an expression; an X where it is not known before.
func textOr(e ast.Expr) string {
	if text, ok := literal(e); ok {
		return text
	}
	return "X"
}

// keyOf is the key of a resource that an expression names.
func keyOf(e ast.Expr) string {
	keys := map[string]string{
		"KeyDomain": setup.KeyDomain, "KeyDistribution": setup.KeyDistribution, "KeyCertificateEdge": setup.KeyCertificateEdge,
		"KeyCertificateRegional": setup.KeyCertificateRegional, "KeyCachePolicy": setup.KeyCachePolicy,
	}
	if sel, ok := e.(*ast.SelectorExpr); ok {
		return cmp.Or(keys[sel.Sel.Name], "X")
	}
	return textOr(e)
}

// TestTheSolidButtonIsTheOneThatHelps: a card whose fix begins with an answer of the
// wizard never has “Try again” as its first button, whether the job is over or the rest of
// it goes on.
func TestTheSolidButtonIsTheOneThatHelps(t *testing.T) {
	list := allFixes(t)
	if len(list) < 200 {
		t.Errorf("only %d fixes", len(list))
	}
	answer := regexp.MustCompile(`^(Choose|Correct|Enter|Check)\b[^.;:]*\b(on the page [A-Z]|in the wizard\b)`)
	elsewhere := regexp.MustCompile(`^[^.;:]*, (or|and) [^.;:]*\bon the page [A-Z]`) // the page comes second
	for _, fix := range slices.Sorted(maps.Keys(list)) {
		word := ""
		for _, state := range []setup.JobState{setup.JobFailed, setup.JobRunning} {
			p := setup.Problem{What: "It stopped.", Fix: fix, Act: list[fix].act}
			if p.Act != "" {
				p.From = "b"
			}
			v := jobs.NewView(jobs.Facts{
				Times: web.Times{Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}, Job: setup.Job{ID: 7, SetupID: "s", State: state, Kind: setup.JobApply}, Setup: setup.Setup{ID: "s"},
				Steps: []setup.Step{{ID: "b", Number: 1, Title: "Do it", State: setup.StepFailed, Problem: &p}},
			})
			acts := v.Cards[0].Acts
			if word == "" {
				word = acts[0].Word
			}
			if acts[0].Word != word && acts[0].Word != "Try again" || !acts[0].Solid {
				t.Errorf("%s: the first button is %q while the job is %s, and %q when it is over", fix, acts[0].Word, state, word)
			}
			if answer.MatchString(fix) && !elsewhere.MatchString(fix) && acts[0].Word == "Try again" {
				t.Errorf("%s: “Try again” is solid while the job is %s", fix, state)
			}
			if acts[0].Page != "" && regexp.MustCompile(`(?i)then (re-run|start again)`).MatchString(v.Cards[0].Fix) {
				t.Errorf("the card of an answer says %q", v.Cards[0].Fix)
			}
		}
		if want, said := firstButtons[fix]; said && word != want {
			t.Errorf("%s: the solid button is %q, want %q", fix, word, want)
		}
	}
	for fix := range firstButtons {
		if _, there := list[fix]; !there {
			t.Errorf("nothing proposes %q any more", fix)
		}
	}
}

// firstButtons are those of fixes whose words do not say it to the law above.
var firstButtons = map[string]string{
	"Choose another certificate, or a new one, on the page Certificates, then re-run this step.":            "Change certificates",
	"Choose an API that exists on the page API and paths, then re-run the step.":                            "Choose another API",
	"Choose another connection: one whose user or role exists.":                                             "Change the account",
	"Deploy the API to the stage, or choose another stage on the page API and paths, then re-run the step.": "Try again",
	"Re-run the step in a minute. If it lasts, choose another certificate on the page Certificates.":        "Try again",
	"Open the setup and clear the paths again.":                                                             "Open the setup",
}

// TestOneWayToBeginSmall: a label within a sentence loses its capital by setup.LowerFirst,
// which leaves acronyms and names.
func TestOneWayToBeginSmall(t *testing.T) {
	bare := regexp.MustCompile(`ToLower\([^()]*(\([^()]*\))?\[:1\]\)`)
	for _, name := range sources(t, "cloud", "doctor", "handlers", "notice", "policy", "probe", "setup", "steps", "store", "web", "worker") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := bare.Find(text); m != nil {
			t.Errorf("%s has %s; use setup.LowerFirst", name, m)
		}
	}
}
