package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/steps"
)

// scopeOf is the scope of a setup that policies can be made for, after change.
func scopeOf(change func(*setup.Spec)) steps.Scope {
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = "482177301954", "eu-west-1"
	spec.Domain.Name, spec.Domain.ZoneID = "api.harborview.example", "Z0123456789"
	spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1b2c3", Kind: setup.APIKindREST, Stage: "prod"}}
	if change != nil {
		change(&spec)
	}
	return steps.Scope{Spec: spec, Install: "install-1"}
}

// complete fails the test unless the problem tells a person what to do.
func complete(t *testing.T, p *setup.Problem) {
	t.Helper()
	if p == nil || p.What == "" || p.Why == "" || p.Fix == "" {
		t.Errorf("incomplete problem: %+v", p)
	}
}

// A policy that is too large for AWS becomes several documents. Each is small
// enough, and together they allow the same.
func TestDocumentsFitAWS(t *testing.T) {
	for _, n := range []int{1, 20, 60} {
		long := strings.Repeat("a", 60) + "." + strings.Repeat("b", 60) + "." + strings.Repeat("c", 60) + ".example.com"
		scope := scopeOf(func(s *setup.Spec) {
			s.Domain.Name = long
			s.Edge.Caching = setup.CachingAPI
			for i := range n {
				s.API.Mappings = append(s.API.Mappings, setup.Mapping{Path: fmt.Sprint(i), APIID: fmt.Sprintf("api%07d", i), Kind: setup.APIKindREST, Stage: "prod"})
			}
		})
		for _, kind := range Kinds() {
			list, p := Documents(kind, scope)
			if p != nil {
				t.Fatal(p)
			}
			var all []Statement
			for _, d := range list {
				if d.Size() > limit {
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
func TestSize(t *testing.T) {
	p := Document{Statements(Apply, scopeOf(nil))}
	var v any
	if err := json.Unmarshal([]byte(p.JSON()), &v); err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Join(strings.Fields(p.JSON()), "")); p.Size() != n {
		t.Errorf("size %d, counted %d", p.Size(), n)
	}
}

// Documents checks everything that a policy names: a text that is not an
// account, a region, a name, a zone or an ARN makes no policy.
func TestDocumentsOfWhatIsNotThere(t *testing.T) {
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
		list, p := Documents(Apply, scopeOf(change))
		if list != nil {
			t.Errorf("%s: a policy was made", name)
		}
		complete(t, p)
	}
	if _, p := Documents(Apply, steps.Scope{Spec: scopeOf(nil).Spec, Install: "${*}"}); p == nil {
		t.Error("an installation with an ID like a variable")
	}
}
