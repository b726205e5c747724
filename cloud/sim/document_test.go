package sim

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated part of docs/simulator.md anew")

// operationsOf is every operation that the code answers, named as the table
// names it.
func operationsOf() []string {
	var all []string
	for _, r := range gatewayRoutes {
		version := "v1"
		if strings.HasPrefix(r.path, "/v2/") {
			version = "v2"
		}
		all = append(all, "API Gateway "+version+" "+r.op)
	}
	for _, r := range cloudFrontRoutes {
		all = append(all, "CloudFront "+r.op)
	}
	for _, r := range route53Routes {
		all = append(all, "Route 53 "+r.op)
	}
	for service, operations := range map[string]map[string]operation{"ACM": acmOperations, "STS": stsOperations, "IAM": iamOperations, "Tagging": taggingOperations, "CloudTrail": trailOperations, "CloudWatch": monitoringOperations, "CloudWatch Logs": logOperations} {
		for op := range operations {
			all = append(all, service+" "+op)
		}
	}
	slices.Sort(all)
	return all
}

// TestEveryOperationHasARow: the table has each operation once, and no other.
func TestEveryOperationHasARow(t *testing.T) {
	t.Parallel()
	var rows []string
	for _, m := range modelledOperations {
		rows = append(rows, m.Operation)
	}
	slices.Sort(rows)
	if d := cmp.Diff(operationsOf(), rows); d != "" {
		t.Errorf("operations and rows of modelledOperations (-code +rows):\n%s", d)
	}
}

// TestEveryRuleHasCodeAndTest: V1 to V38 are named beside the code that
// guards them, in the name of a test, and in the row of an operation.
func TestEveryRuleHasCodeAndTest(t *testing.T) {
	t.Parallel()
	code, tests := sources(t)
	var names []string
	for i, r := range simRules {
		names = append(names, r.Name)
		if want := fmt.Sprint("V", i+1); r.Name != want {
			t.Errorf("rule %s stands in the place of %s", r.Name, want)
		}
		if !regexp.MustCompile(`//[^\n]*\b` + r.Name + `\b`).MatchString(code) {
			t.Errorf("no comment of the code names rule %s", r.Name)
		}
		if !regexp.MustCompile(`func Test` + r.Name + `\D\w*\(t `).MatchString(tests) {
			t.Errorf("no test has rule %s in its name", r.Name)
		}
		if !slices.ContainsFunc(modelledOperations, func(m modelled) bool { return slices.Contains(strings.Fields(m.Rules), r.Name) }) {
			t.Errorf("no operation has rule %s", r.Name)
		}
	}
	if len(names) != 38 {
		t.Errorf("there are %d rules", len(names))
	}
	for _, m := range modelledOperations {
		for _, r := range strings.Fields(m.Rules) {
			if !slices.Contains(names, r) {
				t.Errorf("%s: there is no rule %s", m.Operation, r)
			}
		}
	}
}

// sources is the package's code and its tests. sim.go's fields and this
// document's data name rules too, but guard none.
func sources(t *testing.T) (code, tests string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasSuffix(f, "_test.go"):
			tests += string(b)
		case f != "sim.go" && f != "modelled.go":
			code += string(b)
		}
	}
	return code, tests
}

const documentPath = "../../docs/simulator.md"

// TestSimulatorDocument compares the generated part of the document with the
// code. With -update it writes it.
func TestSimulatorDocument(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(documentPath)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- generated: go generate ./cloud/sim -->\n", "<!-- end of the generated part -->\n"
	head, rest, ok := strings.Cut(string(b), begin)
	have, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the document has no place for the generated part")
	}
	want := generated()
	if *update {
		if err := os.WriteFile(documentPath, []byte(head+begin+want+end+tail), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("docs/simulator.md is not what the code says; run go generate ./cloud/sim (-code +document):\n%s", d)
	}
}

// generated is the part of the document that follows from the code.
func generated() string {
	var b strings.Builder
	b.WriteString("\n## Operations\n")
	service := ""
	for _, m := range modelledOperations {
		at := strings.LastIndex(m.Operation, " ")
		if s := m.Operation[:at]; s != service {
			service = s
			fmt.Fprintf(&b, "\n### %s\n\n| Operation | What is modelled | Rules | Not modelled (501) |\n|---|---|---|---|\n", service)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Operation[at+1:], m.What, strings.ReplaceAll(m.Rules, " ", ", "), m.Without)
	}
	b.WriteString("\n## Rules\n\n| Rule | What is refused or takes its time | Tests |\n|---|---|---|\n")
	for _, r := range simRules {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.Name, r.What, strings.Join(testsOf(r.Name), ", "))
	}
	b.WriteString("\n## Paces\n\nHow long things take at the three paces of `--pace`; instant has no quotas. `apifront demo` and `simulate` let the real pace vary, with a Spread of 0.1; tests do not, unless they say so.\n\n| | demo | real | instant |\n|---|---|---|---|\n")
	demo, realPace := paceRows(DemoPace()), paceRows(RealPace())
	for _, name := range slices.Sorted(maps.Keys(demo)) {
		fmt.Fprintf(&b, "| %s | %s | %s | 0 |\n", name, demo[name], realPace[name])
	}
	b.WriteString("\n## Faults of the demo\n\n| Name | What happens |\n|---|---|\n")
	for _, f := range demoFaults {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.ID, f.What)
	}
	b.WriteString("\n")
	return b.String()
}

// paceRows is a pace by the names of its fields.
func paceRows(p Pace) map[string]string {
	rows := map[string]string{}
	v := reflect.ValueOf(p)
	for i := range v.NumField() {
		rows[v.Type().Field(i).Name] = fmt.Sprint(v.Field(i).Interface())
	}
	return rows
}

// testsOf is the tests that have the rule in their name.
func testsOf(rule string) []string {
	var names []string
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		return nil
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil
		}
		for _, m := range regexp.MustCompile(`func (Test`+rule+`\D\w*)\(t `).FindAllStringSubmatch(string(b), -1) {
			names = append(names, "`"+m[1]+"`")
		}
	}
	slices.Sort(names)
	return names
}
