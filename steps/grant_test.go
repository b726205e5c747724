package steps

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// grantScope is the scope of a setup, after change.
func grantScope(change func(*setup.Spec)) Scope {
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = "482177301954", "eu-west-1"
	spec.Domain.Name, spec.Domain.ZoneID = "api.harborview.example", "Z0123456789"
	spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1b2c3", Kind: setup.APIKindREST, Stage: "prod"}}
	change(&spec)
	return Scope{Spec: spec, Install: "install-1"}
}

// sortedOnce sorts a list and keeps each entry once.
func sortedOnce(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// The actions in a step's grants, over all specs, are exactly its Actions. The
// one exception is STS, which lets every identity ask who it is.
func TestGrantsAreTheActions(t *testing.T) {
	for _, s := range All() {
		var granted []string
		for i := range 64 {
			scope := grantScope(func(spec *setup.Spec) {
				if i&1 > 0 {
					spec.Account.Region = setup.EdgeRegion
				}
				if i&2 > 0 {
					spec.Edge.Caching = setup.CachingAPI
				}
				if i&4 > 0 {
					spec.Certificates.Edge = "arn:aws:acm:us-east-1:482177301954:certificate/1"
				}
				spec.Edge.CloseEndpoints = i&1 > 0
				spec.Edge.AccessLogs = setup.AccessLogs{To: setup.LogsBucket, Name: "logs"}
				if i&2 > 0 {
					spec.Edge.AccessLogs.To = setup.LogsGroup
				}
				if i&8 > 0 {
					spec.Edge.WebACL = "arn:aws:wafv2:us-east-1:482177301954:global/webacl/a/b"
				}
				if i&32 > 0 {
					spec.Domain.MoveFrom = "E1MVQ08Z4KD2RC"
				}
			})
			if s.Grants == nil {
				continue
			}
			if i&16 > 0 { // adopted, and not changed yet
				scope.Resources = setup.Resources{}
				for _, key := range []string{setup.KeyDistribution, setup.KeyDomain, setup.MappingKey("orders"), setup.MappingKey("gone"), setup.KeyRecordProof} {
					scope.Resources[key] = setup.Resource{Key: key, ID: "1", Region: "eu-west-1", Owned: true, Attributes: map[string]string{setup.AttrAdopted: "2026-01-02T03:04:05Z"}}
				}
			}
			for _, g := range s.Grants(scope) {
				if g.For == "" || len(g.Resources) == 0 {
					t.Errorf("step %s: incomplete grant %+v", s.ID, g)
				}
				granted = append(granted, g.Actions...)
			}
		}
		wanted := slices.DeleteFunc(slices.Clone(s.Actions), func(a string) bool { return a == "sts:GetCallerIdentity" })
		if d := cmp.Diff(sortedOnce(wanted), sortedOnce(granted)); d != "" {
			t.Errorf("step %s (-actions +grants):\n%s", s.ID, d)
		}
	}
}
