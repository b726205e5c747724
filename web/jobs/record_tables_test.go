package jobs

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/setup"
	"apifront/web"
)

// recordHeads are the heads of the columns of the first table in HTML.
func recordHeads(t *testing.T, html string) string {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(doc.Find("table").First().Find("th[scope=col]").Map(func(_ int, e *goquery.Selection) string { return strings.TrimSpace(e.Text()) }), " ")
}

// A record has the words of its provider's form in every table of a job: while it is
// asked for, once it is found, at the end, and where a teardown asks a person to take it
// away. One record of the job tells who the provider is.
func TestARecordHasTheSameWordsInEveryTable(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
	at := func(r setup.Record) setup.Record {
		r.Apex, r.Servers = "example.com", []string{"ada.ns.cloudflare.com"}
		return r
	}
	traffic := setup.Record{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net", TTL: 300, Found: true}
	validation := at(setup.Record{Type: "CNAME", Name: "_a.api.example.com", Value: "_b.acm-validations.aws"})
	f := Facts{
		Job: setup.Job{ID: 7, Kind: setup.JobApply, State: setup.JobSucceeded, SetupName: spec.Domain.Name}, Setup: setup.Setup{Spec: spec}, Times: web.Times{Now: noon},
		About: map[setup.StepID]StepAbout{"dns": {Mark: setup.MarkTraffic}, "validation": {Mark: setup.MarkValidation}},
		Steps: []setup.Step{{ID: "validation", State: setup.StepDone, Records: []setup.Record{validation}}, {ID: "dns", State: setup.StepDone, Records: []setup.Record{traffic}}},
		Resources: setup.Resources{setup.KeyRecordTraffic: {Attributes: map[string]string{
			setup.AttrPrevious: `[{"type":"A","name":"api.example.com","value":"203.0.113.40","ttl":3600}]`,
		}}},
	}
	c := recordChange(f)
	if c == nil {
		t.Fatal("no change is shown")
	}
	shown := render(t, changeSection(View{Change: c}))
	if got := recordHeads(t, shown); got != "Type Name Target TTL" {
		t.Errorf("at the end: %s", got)
	}
	for _, want := range []string{"3600", "300", ">api<", "In full", "Names and values are as the form of Cloudflare takes them. Set Proxy status"} {
		if !strings.Contains(shown, want) {
			t.Errorf("at the end no %q: %s", want, shown)
		}
	}
	f.Job.State = setup.JobRunning
	var v View
	if got := recordHeads(t, render(t, recordCard(v, v.recordCard(f, f.Steps[1]), "todo"))); got != "Type Name Target TTL Seen" {
		t.Errorf("once it is found: %s", got)
	}

	f.Job.Kind, f.Job.State = setup.JobTeardown, setup.JobNeedsYou
	f.About["leave"] = StepAbout{Mark: setup.MarkLeave}
	f.Steps = []setup.Step{{ID: "leave", State: setup.StepNeedsYou, Problem: &setup.Problem{
		What: "The name still leads to CloudFront.", Why: "It does.", Fix: "Delete the record.", Drop: []setup.Record{at(traffic)},
	}}}
	v = View{}
	v.cards(f)
	if len(v.Cards) != 1 {
		t.Fatalf("%d cards", len(v.Cards))
	}
	shown = render(t, problemCard(v, v.Cards[0]))
	if got := recordHeads(t, shown); got != "Type Name Target TTL" || !strings.Contains(shown, "d1.cloudfront.net") || !strings.Contains(shown, "Record to change or delete") {
		t.Errorf("in a teardown: %s %s", got, shown)
	}
}
