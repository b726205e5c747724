package setups

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// A mapping that is left stays open to callers, whatever revisions came since.
// So the stored mapping tells, and not only the newest revision.
func TestALeftPathIsSaidAfterLaterRevisions(t *testing.T) {
	since := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	spec := setup.DefaultSpec()
	spec.API.Mappings = []setup.Mapping{{Path: "v2", APIName: "orders"}, {Path: "back", APIName: "orders"}}
	spec.API.Left = []string{"legacy"}
	mapping := func(path string, owned bool, left, removed time.Time) setup.Resource {
		return setup.Resource{Key: setup.MappingKey(path), ID: "m", Owned: owned, LeftSince: left, RemovedAt: removed}
	}
	none := time.Time{}
	f := Facts{Setup: setup.Setup{Spec: spec}, Former: setup.Former{
		mapping("orders", true, since, none), mapping("legacy", true, since, none),
		mapping("back", true, since, none), mapping("gone", true, since, since), mapping("theirs", false, since, none), mapping("to-go", true, none, none),
	}}
	for _, s := range NewView(f).Settings {
		if s.Page == string(setup.PageAPI) && !strings.HasSuffix(s.Text, "left mapped: /legacy and /orders") {
			t.Errorf("said: %s", s.Text)
		}
	}
}

// The answers say that DNS is elsewhere, and Route 53 still leads the name: the
// page says what is there, and what becomes of it.
func TestRecordsThatStayInRoute53AreSaid(t *testing.T) {
	spec := setup.DefaultSpec()
	spec.Domain.Name, spec.Domain.DNS = "api.harborview.example", setup.DNSElsewhere
	ours := setup.Resource{Key: setup.KeyRecordTraffic, ID: "x", Owned: true, Attributes: map[string]string{
		setup.AttrRecords: `[{"type":"A","name":"api.harborview.example","value":"d1.cloudfront.net","alias":true}]`, setup.AttrHostedZone: "Z1",
	}}
	theirs := setup.Resource{Key: setup.KeyRecordTraffic, Number: 1, ID: "x", Attributes: map[string]string{
		setup.AttrRecords: `[{"type":"CNAME","name":"api.harborview.example","value":"d1.cloudfront.net","ttl":300}]`,
	}}
	distribution := setup.Resource{Key: setup.KeyDistribution, ID: "E1", Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}}
	left := ours
	left.LeftSince = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		now    setup.Resource
		former setup.Former
		kind   string
		said   string
	}{
		"they lead":      {ours, nil, "A alias", "leads callers until the name servers of the domain have changed"},
		"DNS has moved":  {theirs, setup.Former{left}, "CNAME", "in the hosted zone Z1, was left there"},
		"none were ours": {theirs, nil, "CNAME", ""},
	} {
		v := NewView(Facts{Setup: setup.Setup{Spec: spec}, Resources: setup.Resources{setup.KeyRecordTraffic: c.now, setup.KeyDistribution: distribution}, Former: c.former})
		if len(v.Named.Records.Rows) != 1 || v.Named.Records.Rows[0].Type != c.kind || !strings.Contains(v.RecordsNote, c.said) || c.said == "" && v.RecordsNote != "" {
			t.Errorf("%s: %+v, %q", name, v.Named.Records, v.RecordsNote)
		}
		for _, s := range v.Settings {
			if s.Page == string(setup.PageDomain) && strings.Contains(s.Text, "Route 53 leads callers") != (name == "they lead") {
				t.Errorf("%s: %s", name, s.Text)
			}
		}
	}
}
