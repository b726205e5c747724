package steps

import (
	"testing"

	"apifront/setup"
)

// The connection may put the old record back even if traffic is to move later.
// The job that does so needs exactly these grants. If no record was replaced,
// there are none.
func TestTheWayBackIsGranted(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain.Name, spec.Domain.ZoneID, spec.Domain.ZoneName = "api.example.com", "Z1", "example.com"
	moved := setup.Resources{setup.KeyRecordTraffic: {Key: setup.KeyRecordTraffic, ID: spec.Domain.Name, Attributes: map[string]string{
		setup.AttrPrevious: `[{"type":"A","name":"api.example.com","value":"203.0.113.40","ttl":300}]`,
		setup.AttrRecords:  `[{"type":"A","name":"api.example.com","value":"d1.cloudfront.net","alias":true}]`,
	}}}
	for _, c := range []struct {
		when string
		have setup.Resources
		want bool
	}{
		{setup.SwitchAtEnd, nil, true}, {setup.SwitchAtEnd, moved, true},
		{setup.SwitchLater, moved, true}, {setup.SwitchLater, nil, false},
	} {
		spec.Domain.Switch = c.when
		grants := restoreStep().Grants(Scope{Spec: spec, Install: "i", Resources: c.have})
		if got := len(grants) > 0; got != c.want {
			t.Errorf("traffic moves %s, with %d resources: %d grants", c.when, len(c.have), len(grants))
		}
	}
}
