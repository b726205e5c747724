//go:build outside

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
)

// TestOutsidePolicies: moto's reading of IAM's grammar takes every policy and
// the trust policy, and cfn-lint every template.
func TestOutsidePolicies(t *testing.T) {
	python, lint := outside(t, "python"), outside(t, "cfn-lint")
	dir := t.TempDir()
	trust := &policy.Trust{Principal: "arn:aws:sts::111122223333:assumed-role/server/i-0abc", ExternalID: "ext-0123456789abcdef"}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var documents, templates []string
	for name, change := range map[string]func(*setup.Spec){
		"plain":    func(*setup.Spec) {},
		"wildcard": func(s *setup.Spec) { s.Domain.Name = "*.harborview.example" },
		"one":      func(s *setup.Spec) { s.Account.Region, s.Edge.Caching = setup.EdgeRegion, setup.CachingAPI },
		"reused":   func(s *setup.Spec) { s.Certificates.Edge = "arn:aws:acm:us-east-1:482177301954:certificate/1-2" },
	} {
		spec := setup.DefaultSpec()
		spec.Account.AccountID, spec.Account.Region = "482177301954", "eu-west-1"
		spec.Domain.Name, spec.Domain.ZoneID = "api.harborview.example", "Z0123456789"
		spec.API.Mappings = []setup.Mapping{{APIID: "a1b2c3", Kind: setup.APIKindHTTP, Stage: "$default"}}
		change(&spec)
		scope := steps.Scope{Spec: spec, Install: "K7Q29XWM4TZB6HFD"}
		for _, kind := range policy.Kinds() {
			list, p := policy.Documents(kind, scope)
			if p != nil {
				t.Fatal(p)
			}
			for i, d := range list {
				documents = append(documents, write(name+"-"+policy.Name(kind, scope, i)+".json", d.JSON()))
			}
			for who, trust := range map[string]*policy.Trust{"alone": nil, "role": trust} {
				text, p := policy.Template(kind, scope, trust)
				if p != nil {
					t.Fatal(p)
				}
				templates = append(templates, write(name+"-"+string(kind)+"-"+who+".template.json", text))
			}
		}
	}
	text, p := trust.Document()
	if p != nil {
		t.Fatal(p)
	}
	taken := exec.CommandContext(t.Context(), python, append([]string{filepath.Join("testdata", "policies.py"), write("trust.json", text)}, documents...)...)
	if out, err := taken.CombinedOutput(); err != nil {
		t.Errorf("moto: %v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
	linted := exec.CommandContext(t.Context(), lint, append([]string{"--regions", "eu-west-1", "--"}, templates...)...)
	if out, err := linted.CombinedOutput(); err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}
