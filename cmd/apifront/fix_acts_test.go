package main

import (
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

// allFixes are the fixes that steps, the worker and the explanations of AWS's errors
// propose, with the act that the problem of some names. An X stands for what is not known
// before.
func allFixes(t *testing.T) map[string]string {
	t.Helper()
	acts := map[string]string{}
	add := func(e ast.Expr, act string) {
		if text, ok := literal(e); ok && strings.Contains(text, " ") && strings.HasSuffix(strings.TrimSuffix(text, "X"), ".") {
			acts[text] = act
		}
	}
	for _, name := range sources(t, "cloud", "steps", "worker") {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(id.Name, "fix") {
					add(n.Value, "")
				}
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if strings.HasSuffix(strings.ToLower(id.Name), "fix") && i < len(n.Values) {
						add(n.Values[i], "")
					}
				}
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					sel, ok := l.(*ast.SelectorExpr)
					id, named := l.(*ast.Ident)
					if (ok && sel.Sel.Name == "Fix" || named && id.Name == "fix") && n.Tok != token.ADD_ASSIGN {
						add(n.Rhs[i], "")
					}
				}
			case *ast.CallExpr:
				id, ok := n.Fun.(*ast.Ident)
				if ok && (id.Name == "problem" || id.Name == "explained") {
					add(n.Args[len(n.Args)-1], "")
				}
				if ok && id.Name == "from" && len(n.Args) == 3 {
					act, _ := literal(n.Args[1])
					if inner, ok := n.Args[2].(*ast.CallExpr); ok && len(inner.Args) > 0 {
						add(inner.Args[len(inner.Args)-1], act)
						return false
					}
				}
			}
			return true
		})
	}
	return acts
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
			p := setup.Problem{What: "It stopped.", Fix: fix, Act: list[fix]}
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
