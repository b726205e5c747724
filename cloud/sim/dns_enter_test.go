package sim

import (
	"slices"
	"testing"
)

// A record is entered in the zone that DNS leads to, or in a new one at another provider, in
// place of what stands in its way.
func TestEnterRecord(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	own := s.AddZone("123456789012", "harborview.example")
	s.EnterRecord("_783f.api.copperfield.example", "CNAME", 300, "x.acm-validations.aws")
	s.EnterRecord("api.copperfield.example", "A", 300, "192.0.2.1", "192.0.2.2")
	s.EnterRecord("api.copperfield.example", "CNAME", 300, "d1.cloudfront.net")
	s.EnterRecord("api.harborview.example", "A", 60, "192.0.2.9")
	var foreign []string
	for _, z := range s.DNS().Zones {
		if z.Foreign && z.Delegated {
			foreign = append(foreign, z.Name)
		}
		if z.ID == own && z.Foreign {
			t.Error("the zone of the account is another provider's")
		}
	}
	if len(foreign) != 1 {
		t.Errorf("zones at another provider: %v", foreign)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range []struct {
		name, kind string
		want       []string
	}{
		{"_783f.api.copperfield.example.", "CNAME", []string{"x.acm-validations.aws"}},
		{"api.copperfield.example.", "CNAME", []string{"d1.cloudfront.net"}},
		{"api.harborview.example.", "A", []string{"192.0.2.9"}},
	} {
		if values, _, _ := s.lookup(c.name, c.kind, s.now()); !slices.Equal(values, c.want) {
			t.Errorf("%s %s is %v, want %v", c.kind, c.name, values, c.want)
		}
	}
	for _, z := range s.zones {
		if _, ok := z.Records[recordKey{Name: "api.copperfield.example.", Type: "A"}]; ok {
			t.Error("the old addresses still stand beside the CNAME")
		}
	}
}
