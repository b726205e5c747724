package sim

import (
	"strings"
	"testing"

	"apifront/setup"
)

// Pages name AWS's own policies as AWS does.
func TestManagedPoliciesHaveTheirNames(t *testing.T) {
	names := map[string]string{}
	for _, p := range managedCachePolicies {
		names[p.ID] = p.Config.Name
	}
	for _, p := range managedOriginPolicies {
		names[p.ID] = p.Config.Name
	}
	for id, name := range names {
		if want := strings.TrimPrefix(name, "Managed-"); setup.Managed(id) != want {
			t.Errorf("%s is called %q, want %q", id, setup.Managed(id), want)
		}
	}
	if setup.Managed("658327ea") != "" {
		t.Error("any ID has a name")
	}
}
