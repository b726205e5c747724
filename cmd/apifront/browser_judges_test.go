//go:build browser

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// judge is a file of the outside judges that .ci/run installs, or the test is
// skipped where it is missing; with CI=true that is a failure.
func judge(t testing.TB, path string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", ".ci", "out", "node", "node_modules", filepath.FromSlash(path)))
	if err == nil {
		_, err = os.Stat(file)
	}
	if err != nil {
		missing(t, path+" is missing; bash .ci/run installs it")
	}
	return file
}

func programPath(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is missing; bash .ci/run installs it")
	}
	return path
}

func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what + ", and CI=true")
	}
	t.Skip("SKIPPED: " + what)
}

// A remark is what the Nu checker says of a page.
type remark struct {
	URL     string `json:"url"`
	Type    string `json:"type"`
	Message string `json:"message"`
	Extract string `json:"extract"`
	Line    int    `json:"lastLine"`
}

// nu has the Nu HTML checker read all HTML files of a folder, in one Java
// machine, and returns what it objects to. Hints (type "info") are none.
func nu(t *testing.T, dir string) []remark {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), programPath(t, "java"), "-Xss4m", "-jar", judge(t, "vnu-jar/build/dist/vnu.jar"),
		"--format", "json", "--stdout", "--exit-zero-always", "--skip-non-html", dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the Nu checker: %v: %s", err, said.String())
	}
	var answer struct{ Messages []remark }
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("the Nu checker said no JSON: %v: %.400s", err, out)
	}
	var bad []remark
	for _, m := range answer.Messages {
		if m.Type != "info" {
			bad = append(bad, m)
		}
	}
	return bad
}

// A violation is what axe-core found on the open page.
type violation struct {
	ID    string
	Help  string
	Nodes []struct {
		HTML           string
		FailureSummary string
		Target         []any
	}
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%d)", v.ID, v.Help, len(v.Nodes))
	for i, n := range v.Nodes {
		if i == 3 {
			b.WriteString("\n    …")
			break
		}
		fmt.Fprintf(&b, "\n    %v %.160s\n      %s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", " "))
	}
	return b.String()
}

// The rules that are asked for. Contrast depends on the theme and target
// sizes on the width, so these two are asked for again where they may differ.
const (
	axeAll      = `{runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}, resultTypes: ["violations"]}`
	axeContrast = `{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}, resultTypes: ["violations"]}`
	axeTargets  = `{runOnly: {type: "rule", values: ["target-size"]}, resultTypes: ["violations"]}`
)

// axe runs axe-core, which the open page has been given, on it. What it looked
// at is counted too, since a rule that applies to nothing finds nothing.
func (s *screen) axe(options string) (found []violation, looked map[string]int, err error) {
	answer, err := s.promise(`axe.run(document, ` + options + `).then(r => JSON.stringify({violations: r.violations, passes: Object.fromEntries(r.passes.map(p => [p.id, p.nodes.length]))}))`)
	if err != nil {
		return nil, nil, err
	}
	var r struct {
		Violations []violation
		Passes     map[string]int
	}
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		return nil, nil, errors.Join(err, fmt.Errorf("axe said %.200q", answer))
	}
	return r.Violations, r.Passes, nil
}
