package steps

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// policyScope is a setup that policies can be made for.
func policyScope(change func(*setup.Spec)) Scope {
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = "482177301954", "eu-west-1"
	spec.Domain.Name, spec.Domain.ZoneID = "api.harborview.example", "Z0123456789"
	spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1b2c3", Kind: setup.APIKindREST, Stage: "prod"}}
	if change != nil {
		change(&spec)
	}
	return Scope{Spec: spec, Install: "install-1"}
}

// The grants of a step are its actions, no more and no fewer: those of some
// spec or other. Only STS lets everybody ask who they are.
func TestGrantsAreTheActions(t *testing.T) {
	for _, s := range All() {
		var granted []string
		for i := range 16 {
			scope := policyScope(func(spec *setup.Spec) {
				if i&1 > 0 {
					spec.Account.Region = setup.EdgeRegion
				}
				if i&2 > 0 {
					spec.Edge.Caching = setup.CachingAPI
				}
				if i&4 > 0 {
					spec.Certificates.Edge = "arn:aws:acm:us-east-1:482177301954:certificate/1"
				}
				if i&8 > 0 {
					spec.Edge.WebACL = "arn:aws:wafv2:us-east-1:482177301954:global/webacl/a/b"
				}
			})
			if s.Grants == nil {
				continue
			}
			for _, g := range s.Grants(scope) {
				if g.For == "" || len(g.Resources) == 0 {
					t.Errorf("step %s: incomplete grant %+v", s.ID, g)
				}
				if g.Use != Destroys {
					granted = union(granted, g.Actions)
				}
			}
		}
		wanted := union(nil, slices.DeleteFunc(slices.Clone(s.Actions), func(a string) bool { return a == "sts:GetCallerIdentity" }))
		if d := cmp.Diff(wanted, granted); d != "" {
			t.Errorf("step %s (-actions +grants):\n%s", s.ID, d)
		}
	}
}

// A policy that is too large for AWS becomes several, each small enough, which
// together say the same.
func TestPoliciesFitAWS(t *testing.T) {
	for _, n := range []int{1, 20, 60} {
		long := strings.Repeat("a", 60) + "." + strings.Repeat("b", 60) + "." + strings.Repeat("c", 60) + ".example.com"
		scope := policyScope(func(s *setup.Spec) {
			s.Domain.Name = long
			s.Edge.Caching = setup.CachingAPI
			for i := range n {
				s.API.Mappings = append(s.API.Mappings, setup.Mapping{Path: fmt.Sprint(i), APIID: fmt.Sprintf("api%07d", i), Kind: setup.APIKindREST, Stage: "prod"})
			}
		})
		for _, kind := range PolicyKinds() {
			list, p := Policies(kind, scope)
			if p != nil {
				t.Fatal(p)
			}
			var all []Statement
			for _, d := range list {
				if d.Size() > policyLimit {
					t.Errorf("%s with %d mappings: a document of %d characters", kind, n, d.Size())
				}
				all = append(all, d.Statements...)
			}
			var said, want []string
			for _, st := range all {
				for _, r := range st.Resources {
					said = append(said, st.Sid[:4]+strings.Join(st.Actions, ",")+r)
				}
			}
			for _, st := range Statements(kind, scope) {
				for _, r := range st.Resources {
					want = append(want, st.Sid[:4]+strings.Join(st.Actions, ",")+r)
				}
			}
			if d := cmp.Diff(want, said); d != "" {
				t.Errorf("%s with %d mappings:\n%s", kind, n, d)
			}
		}
	}
}

// Size counts as AWS does: without white space.
func TestPolicySize(t *testing.T) {
	p := Policy{Statements(PolicyApply, policyScope(nil))}
	var v any
	if err := json.Unmarshal([]byte(p.JSON()), &v); err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Join(strings.Fields(p.JSON()), "")); p.Size() != n {
		t.Errorf("size %d, counted %d", p.Size(), n)
	}
}

// What policies name is looked at before: a text that is no account, region,
// name, zone or ARN makes no policy.
func TestPoliciesOfWhatIsNotThere(t *testing.T) {
	for name, change := range map[string]func(*setup.Spec){
		"no account":      func(s *setup.Spec) { s.Account.AccountID = "" },
		"any account":     func(s *setup.Spec) { s.Account.AccountID = "*" },
		"any region":      func(s *setup.Spec) { s.Account.Region = "*" },
		"no name":         func(s *setup.Spec) { s.Domain.Name = "" },
		"any name":        func(s *setup.Spec) { s.Domain.Name = "*" },
		"path in name":    func(s *setup.Spec) { s.Domain.Name = "a.example/apimappings" },
		"variable":        func(s *setup.Spec) { s.Domain.Name = "${aws:username}.example.com" },
		"no zone":         func(s *setup.Spec) { s.Domain.ZoneID = "" },
		"any zone":        func(s *setup.Spec) { s.Domain.ZoneID = "*" },
		"any certificate": func(s *setup.Spec) { s.Certificates.Edge = "arn:aws:acm:us-east-1:482177301954:certificate/*" },
		"no certificate":  func(s *setup.Spec) { s.Certificates.Regional = "*" },
		"any web ACL":     func(s *setup.Spec) { s.Edge.WebACL = "arn:aws:wafv2:us-east-1:482177301954:global/webacl/*/*" },
	} {
		list, p := Policies(PolicyApply, policyScope(change))
		if list != nil {
			t.Errorf("%s: a policy was made", name)
		}
		complete(t, p)
	}
	if _, p := Policies(PolicyApply, Scope{Spec: policyScope(nil).Spec, Install: "${*}"}); p == nil {
		t.Error("an installation with an ID like a variable")
	}
}
