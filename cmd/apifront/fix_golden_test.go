package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/web"
	"apifront/web/jobs"
)

// buttonOf is the one solid button of the card of a failed step with a problem, and what it
// runs or opens.
func buttonOf(fix string, way wayOut) (word, runs string, err error) {
	const own, named = "own", "named"
	p := setup.Problem{What: "It stopped.", Why: "It did.", Fix: fix, Act: way.act, Remake: way.remake, From: setup.StepID(way.from)}
	f := jobs.Facts{
		Times: web.Times{Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}, Setup: setup.Setup{ID: "s"},
		Job: setup.Job{ID: 7, SetupID: "s", State: setup.JobFailed, Kind: setup.JobApply}, About: map[setup.StepID]jobs.StepAbout{},
	}
	done := func(id setup.StepID, title string, about jobs.StepAbout) {
		f.Steps = append(f.Steps, setup.Step{ID: id, Number: len(f.Steps) + 1, Title: title, State: setup.StepDone})
		f.About[id] = about
	}
	for _, s := range steps.All() {
		if slices.Contains(s.Kinds, setup.JobApply) {
			done(s.ID, s.Title, jobs.StepAbout{Keys: s.Keys, Mark: s.Mark, Page: s.Page})
		}
	}
	if way.from == "X" { // which step it is depends on the case
		done(named, "The step that the problem names", jobs.StepAbout{})
		p.From = named
	}
	f.Steps = append(f.Steps, setup.Step{ID: own, Number: len(f.Steps) + 1, Title: "Do it", State: setup.StepFailed, Problem: &p})
	v := jobs.NewView(f)
	if len(v.Cards) != 1 || len(v.Cards[0].Acts) == 0 {
		return "", "", fmt.Errorf("%d cards, and no button", len(v.Cards))
	}
	solid := 0
	for _, a := range v.Cards[0].Acts {
		if a.Solid {
			solid++
		}
	}
	a := v.Cards[0].Acts[0]
	if solid != 1 || !a.Solid || a.Word == "" {
		return "", "", fmt.Errorf("%d solid buttons, the first says %q", solid, a.Word)
	}
	switch {
	case a.Page != "":
		return a.Word, "opens the page " + a.Page + strings.TrimSuffix(", "+a.Field, ", "), nil
	case a.Open != "":
		return a.Word, "opens the setup", nil
	}
	id := strings.Split(strings.TrimPrefix(a.URL, "/jobs/7/steps/"), "/")[0]
	return a.Word, "runs " + cmp.Or(map[string]string{own: "this step", named: "the step that the problem names"}[id], id), nil
}

// numbered is the number of a step, which changes with the steps before it.
var numbered = regexp.MustCompile(`step \d+`)

// TestEveryFixHasItsButton: each fix that the program can propose has one solid button, and
// testdata/buttons.tsv says which it is and what it runs, so nobody changes one by the way.
// -update writes the table.
func TestEveryFixHasItsButton(t *testing.T) {
	list := allFixes(t)
	var table strings.Builder
	for _, fix := range slices.Sorted(maps.Keys(list)) {
		word, runs, err := buttonOf(fix, list[fix])
		if err != nil {
			t.Errorf("%s: %v", fix, err)
		}
		fmt.Fprintf(&table, "%s\t%s\t%s\n", fix, numbered.ReplaceAllString(word, "step N"), runs)
	}
	file := filepath.Join("testdata", "buttons.tsv")
	if *update {
		if err := os.WriteFile(file, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := func(text string) map[string]string {
		m := map[string]string{}
		for line := range strings.Lines(text) {
			fix, button, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			m[fix] = button
		}
		return m
	}
	was, is := lines(string(have)), lines(table.String())
	for _, fix := range slices.Sorted(maps.Keys(is)) {
		if was[fix] != is[fix] {
			t.Errorf("%s\nhas %q, the table says %q", fix, is[fix], cmp.Or(was[fix], "nothing"))
		}
	}
	for _, fix := range slices.Sorted(maps.Keys(was)) {
		if _, there := is[fix]; !there {
			t.Errorf("nothing proposes any more: %s", fix)
		}
	}
}
