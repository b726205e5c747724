package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// unwelcome are words that no page says, with the reason. They are looked for
// in every text of the packages whose texts people read: templates (as they are
// generated), view models, problems, steps. What AWS says is quoted, not
// written here.
var unwelcome = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`(?i)(^|[^-\w])invalid\b`), "say what is not right and what would be"},
	{regexp.MustCompile(`(?i)\b(please|oops|sorry|unfortunately)\b`), "say what happened and what to do"},
	{regexp.MustCompile(`[A-Za-z]!(\s|$|<)`), "no exclamation marks"},
	{regexp.MustCompile(`(?i)\byou (forgot|failed|should have|did not|didn't|entered a wrong|made an? (error|mistake))\b`), "no blame"},
	{regexp.MustCompile(`>\s*(OK|Ok|Submit|Yes|No)\s*</(button|a)>`), "a button says the act"},
	{regexp.MustCompile(`(?i)\b(successfully|click here|abort(ed)?|terminated|fatal)\b`), "plain words"},
	{regexp.MustCompile(`[a-z,0-9] Regions?\b`), "a region is written small; Regional is a kind of endpoint"},
	{regexp.MustCompile(`\b(Api Gateway|API gateway|Cloudfront|cloudFront|Route53|route 53|CloudFormation Stack)\b`), "AWS names as AWS writes them"},
}

// quoted are texts that match and are not ours: regular expressions over the
// words of AWS, and codes.
var quoted = regexp.MustCompile(`^\(\?|\\b|\.\*`)

func TestWording(t *testing.T) {
	t.Parallel()
	found := 0
	for _, file := range sources(t, "web", "handlers", "policy", "steps", "setup", "cloud", "probe", "doctor", "worker", "cmd/apifront") {
		for _, text := range textsOf(t, file) {
			found++
			for _, line := range strings.Split(text, "\n") {
				if quoted.MatchString(line) {
					continue
				}
				for _, u := range unwelcome {
					if word := u.pattern.FindString(line); word != "" {
						t.Errorf("%s says %q in %q: %s", strings.TrimPrefix(file, "../../"), word, line, u.why)
					}
				}
			}
		}
	}
	if found < 2000 {
		t.Errorf("only %d texts were read", found)
	}
}

// textsOf are the string literals of a file that are prose: those with a space.
// Import paths and struct tags are none.
func textsOf(t *testing.T, file string) (list []string) {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.Field:
			_, isField := n.(*ast.Field)
			return isField
		case *ast.KeyValueExpr: // has: what AWS's message holds, in the table of explanations
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "has" {
				return false
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(n.Value); err == nil && strings.Contains(strings.TrimSpace(text), " ") {
				list = append(list, text)
			}
		}
		return true
	})
	return list
}
