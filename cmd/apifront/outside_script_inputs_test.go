//go:build outside

package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"apifront/export"
	"apifront/setup"
	"apifront/store"
)

// notInTheJobs are the operations whose input is recorded and that no job of
// TestOutsideScriptsOfASetup asks for. TestOutsideInputs in package cloud has their inputs
// with all members.
var notInTheJobs = []string{
	"apigateway create-base-path-mapping",
	"apigateway delete-base-path-mapping", "apigateway get-base-path-mappings",
	"apigateway get-domain-names", "apigateway get-resources", "apigateway get-rest-apis",
	"apigateway get-stages", "apigateway update-base-path-mapping", "apigateway update-domain-name",
	"apigatewayv2 get-apis", "apigatewayv2 get-routes", "apigatewayv2 get-stages",
	"apigatewayv2 update-api-mapping", "cloudfront associate-alias",
	"cloudfront get-origin-request-policy", "cloudfront list-domain-conflicts",
	"cloudfront update-cache-policy", "cloudtrail lookup-events", "iam get-role",
	"iam simulate-principal-policy", "route53 get-hosted-zone", "route53 list-hosted-zones",
}

// inputsTaken fails the test unless the AWS CLI takes the inputs that the jobs have
// recorded, one of each operation, the longest: it holds them against AWS's model, and then
// finds that nobody answers.
func (s *scriptedSetup) inputsTaken() {
	s.t.Helper()
	longest := map[string]setup.Call{}
	jobs, err := s.demo.app.store.Jobs(s.t.Context(), store.JobFilter{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, j := range jobs {
		calls, err := s.demo.app.store.CallsAsked(s.t.Context(), j.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, c := range calls {
			if name := c.Command + " " + export.Operation(c.Operation); len(c.Input) > len(longest[name].Input) {
				longest[name] = c
			}
		}
	}
	names := slices.Sorted(maps.Keys(longest))
	var lines [][]string
	for _, name := range names {
		c := longest[name]
		input := bytes.ReplaceAll(c.Input, []byte(`{"$secret":"origin-header"}`), []byte(`"a secret"`))
		lines = append(lines, []string{c.Command, export.Operation(c.Operation), "--region", c.Region, "--endpoint-url", "http://127.0.0.1:1", "--cli-input-json", string(input)})
	}
	text, err := json.Marshal(lines)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), outside(s.t, "python"), filepath.Join("..", "..", "cloud", "testdata", "cli_inputs.py"))
	cmd.Stdin, cmd.Env = bytes.NewReader(text), s.env("AWS_MAX_ATTEMPTS=1")
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatal(err)
	}
	var results [][2]any
	if err := json.Unmarshal(out, &results); err != nil || len(results) != len(names) {
		s.t.Fatalf("%d answers to %d lines: %v", len(results), len(names), err)
	}
	for i, r := range results {
		if said := r[1].(string); !strings.Contains(said, "Could not connect to the endpoint URL") {
			s.t.Errorf("%s: %s\n%s", names[i], said, lines[i][7])
		}
	}
	if diff := cmp.Diff(notInTheJobs, slices.DeleteFunc(recordedOperations(s), func(name string) bool { return longest[name].Input != nil })); diff != "" {
		s.t.Errorf("the operations that no job asks for (-said +are):\n%s", diff)
	}
	s.t.Logf("%d operations of jobs", len(names))
}

// recordedOperations are those whose input is recorded, as the AWS CLI calls them.
func recordedOperations(s *scriptedSetup) (list []string) {
	s.t.Helper()
	code, err := os.ReadFile(filepath.Join("..", "..", "cloud", "cli_table.go"))
	if err != nil {
		s.t.Fatal(err)
	}
	commands := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\t"([\w ]+)": +"(\w+)",$`).FindAllStringSubmatch(string(code), -1) {
		commands[m[1]] = m[2]
	}
	for _, m := range regexp.MustCompile(`(?m)^\t"([\w ]+) (\w+)": +(?:\{|\w+Values)`).FindAllStringSubmatch(string(code), -1) {
		if commands[m[1]] != "" {
			list = append(list, commands[m[1]]+" "+export.Operation(m[2]))
		}
	}
	if len(list) < 60 {
		s.t.Fatalf("only %d operations were found", len(list))
	}
	slices.Sort(list)
	return list
}
