package jobs

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// With DNS elsewhere, a job claims that a person changed the record only if it
// was the first to see it. Aliases that still lead from Route 53 are said to stay.
func TestARecordThatNobodyChangedIsNotCalledChanged(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
	cname := setup.Record{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net", Found: true}
	alias := setup.Record{Type: "A", Name: "api.example.com", Value: "d1.cloudfront.net", Alias: true, Found: true}
	for name, c := range map[string]struct {
		seen    setup.Record
		saved   time.Time
		changed bool
		card    string
	}{
		"added during this job":   {cname, noon.Add(time.Minute), true, ""},
		"added before this job":   {cname, noon.Add(-time.Hour), false, ""},
		"Route 53 still leads":    {alias, noon.Add(-time.Hour), false, "Before DNS leaves Route 53"},
		"and was published later": {alias, noon.Add(time.Minute), false, "Before DNS leaves Route 53"},
	} {
		v := NewView(Facts{
			Times: web.Times{Now: noon.Add(time.Hour)}, Setup: setup.Setup{Spec: spec},
			Job:   setup.Job{ID: 42, Revision: 2, Kind: setup.JobApply, State: setup.JobSucceeded, CreatedAt: noon},
			About: map[setup.StepID]StepAbout{"dns": {Mark: setup.MarkTraffic}},
			Resources: setup.Resources{
				setup.KeyDistribution:  {ID: "E1", Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}},
				setup.KeyRecordTraffic: {ID: "api.example.com", SavedAt: c.saved},
			},
			Steps: []setup.Step{{ID: "dns", Number: 12, State: setup.StepDone, FinishedAt: noon.Add(time.Minute), Records: []setup.Record{c.seen}}},
		})
		if (v.Change != nil) != c.changed {
			t.Errorf("%s: %+v", name, v.Change)
		}
		if c.card == "" && len(v.Records) > 0 || c.card != "" && (len(v.Records) != 1 || v.Records[0].Title != c.card) {
			t.Errorf("%s: cards %+v", name, v.Records)
			continue
		}
		if c.card != "" && (v.Records[0].Rows[0].Type != "CNAME" || v.Records[0].Rows[0].Value != "d1.cloudfront.net" || !strings.Contains(v.Records[0].Text, "Nothing is to be done now")) {
			t.Errorf("%s: card %+v", name, v.Records[0])
		}
	}
}
