package setup

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestZonesFor(t *testing.T) {
	zones := []Zone{
		{ID: "Z1", Name: "example.com", Delegated: true},
		{ID: "Z2", Name: "xample.com", Delegated: true},
		{ID: "Z3", Name: "eu.example.com", Delegated: false},
		{ID: "Z4", Name: "eu.example.com", Delegated: true},
		{ID: "Z5", Name: "example.com", Private: true},
		{ID: "Z6", Name: "Example.com.", Refused: "Another service made it."},
		{ID: "Z7", Name: ""},
	}
	ids := func(list []Zone) []string {
		var out []string
		for _, z := range list {
			out = append(out, z.ID)
		}
		return out
	}
	tests := []struct {
		name            string
		usable, refused []string
	}{
		{"api.example.com", []string{"Z1"}, []string{"Z5", "Z6"}},
		{"example.com", []string{"Z1"}, []string{"Z5", "Z6"}},
		{"api.eu.example.com", []string{"Z4", "Z3", "Z1"}, []string{"Z5", "Z6"}},
		{"api.xample.com", []string{"Z2"}, nil},
		{"api.example.org", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			usable, refused := ZonesFor(test.name, zones)
			if diff := cmp.Diff(test.usable, ids(usable)); diff != "" {
				t.Errorf("usable: %s", diff)
			}
			if diff := cmp.Diff(test.refused, ids(refused)); diff != "" {
				t.Errorf("refused: %s", diff)
			}
			for _, z := range refused {
				if z.Refused == "" {
					t.Errorf("%s is refused without a reason", z.ID)
				}
			}
		})
	}
	if !Twins(zones[2], zones) || Twins(zones[1], zones) {
		t.Error("eu.example.com has a twin, xample.com has none")
	}
}
