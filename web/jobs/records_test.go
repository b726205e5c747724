package jobs

import (
	"encoding/json"
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
		if c.card != "" && (v.Records[0].Rows[0].Type != "CNAME" || v.Records[0].Rows[0].Value != "d1.cloudfront.net" || !strings.Contains(v.Records[0].Text, "There is nothing to do now")) {
			t.Errorf("%s: card %+v", name, v.Records[0])
		}
	}
}

// The card that waits for the traffic record offers to lower the TTL first where it is
// high, says until when to wait once it is low, and promises a minute only after that.
func TestLowerFirstAtTheTrafficCard(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	card := func(was int, k *setup.Lowered) RecordCard {
		f := Facts{Job: setup.Job{ID: 7, Kind: setup.JobApply, State: setup.JobNeedsYou, SetupName: "api.example.com"}, Resources: setup.Resources{}, Times: web.Times{Now: now}}
		f.Setup.Spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
		f.About = map[setup.StepID]StepAbout{"dns": {Mark: setup.MarkTraffic}}
		if k != nil {
			text, err := json.Marshal(k)
			if err != nil {
				t.Fatal(err)
			}
			f.Resources[setup.KeyRecordTraffic] = setup.Resource{Key: setup.KeyRecordTraffic, Attributes: map[string]string{setup.AttrLowered: string(text)}}
		}
		f.Steps = []setup.Step{{ID: "dns", Number: 9, State: setup.StepNeedsYou, Records: []setup.Record{{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net", Was: was, Seen: []string{"203.0.113.40"}}}}}
		var v View
		return v.recordCard(f, f.Steps[0])
	}
	found := &setup.Lowered{Job: 7, Was: []setup.Record{{Type: "A", Name: "api.example.com", Value: "203.0.113.40", TTL: 3600}}}
	waits, over := *found, *found
	waits.Until, over.Until = now.Add(40*time.Minute), now.Add(-time.Minute)
	for name, c := range map[string]struct {
		was    int
		k      *setup.Lowered
		advice string
		rows   int // of what is offered; -1: nothing is
	}{
		"high, and just seen": {3600, nil, "Callers follow over up to 1 h", 0},
		"high":                {3600, found, "Callers follow over up to 1 h", 1},
		"just lowered":        {60, found, "Not all name servers have the low TTL yet", -1},
		"waiting":             {60, &waits, "Wait until 12:40: until then resolvers may keep the old record.", -1},
		"over":                {60, &over, "Callers follow within 1 min", -1},
		"always low":          {30, nil, "Callers follow within 30 s", -1},
	} {
		got := card(c.was, c.k)
		if !strings.Contains(strings.Join(got.Advice, " "), c.advice) {
			t.Errorf("%s: %q, want %q", name, got.Advice, c.advice)
		}
		switch {
		case (got.Lower == nil) != (c.rows < 0):
			t.Errorf("%s: offers %+v", name, got.Lower)
		case got.Lower != nil && (len(got.Lower.Rows) != c.rows || !strings.Contains(got.Lower.Text, "around 13:01")):
			t.Errorf("%s: offers %+v", name, got.Lower)
		case got.Lower != nil && c.rows == 1 && (got.Lower.Rows[0].Value != "203.0.113.40" || got.Lower.Rows[0].TTL != "60"):
			t.Errorf("%s: offers %+v", name, got.Lower.Rows)
		}
	}
}

// A card says whether the job needs a person again, and the one before traffic moves how
// to try it past DNS.
func TestACardSaysHowOftenAPersonIsNeeded(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
	record := []setup.Record{{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net"}}
	card := func(at int, spec setup.Spec, states ...setup.StepState) RecordCard {
		f := Facts{
			Job: setup.Job{ID: 7, Kind: setup.JobApply, State: setup.JobNeedsYou, SetupName: "api.example.com"}, Setup: setup.Setup{Spec: spec}, Times: web.Times{Now: noon},
			About:     map[setup.StepID]StepAbout{"proof": {Mark: setup.MarkValidation}, "dns": {Mark: setup.MarkTraffic}},
			Resources: setup.Resources{setup.KeyDistribution: {Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}}},
			Steps:     []setup.Step{{ID: "proof", State: states[0], Records: record}, {ID: "dns", State: states[1], Records: record}},
		}
		var v View
		return v.recordCard(f, f.Steps[at])
	}
	const try = "curl -i --connect-to api.example.com:443:d1.cloudfront.net:443 https://api.example.com/"
	first := card(0, spec, setup.StepNeedsYou, setup.StepWaiting)
	if !strings.Contains(first.Text, "1 of 2: you are needed once more") || first.Try != "" || first.Back != "" {
		t.Errorf("the first card: %q %q %q", first.Text, first.Try, first.Back)
	}
	second := card(1, spec, setup.StepDone, setup.StepNeedsYou)
	if !strings.Contains(second.Text, "2 of 2: you are not needed again") || second.Try != try || second.Back != "" {
		t.Errorf("the second card: %q %q %q", second.Text, second.Try, second.Back)
	}
	record[0].Was = 300
	if live := card(1, spec, setup.StepDone, setup.StepNeedsYou); !strings.HasPrefix(live.Back, "To go back") || live.Title != "Change the DNS record" || second.Title != "Add 1 DNS record" {
		t.Errorf("of a name that leads somewhere: %q %q, else %q", live.Title, live.Back, second.Title)
	}
	record[0].Was = 0
	spec.Domain.Switch = setup.SwitchLater
	if only := card(0, spec, setup.StepNeedsYou, setup.StepWaiting); strings.Contains(only.Text, "of 2") {
		t.Errorf("the only card: %q", only.Text)
	}
}

// The first card says how long after it a person is needed again, and nothing where nobody
// knows.
func TestTheFirstCardSaysWhenTheNextTurnIs(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
	record := []setup.Record{{Type: "CNAME", Name: "_1.api.example.com", Value: "_2.acm-validations.aws"}}
	known := setup.Forecast{Person: "proof", Again: "dns", Between: 8*time.Minute + 10*time.Second}
	with := func(change func(*setup.Forecast)) setup.Forecast {
		f := known
		change(&f)
		return f
	}
	for name, c := range map[string]struct {
		forecast setup.Forecast
		want     string
	}{
		"known":         {known, "you are needed once more, about 8 min later, for the traffic record, after the tests."},
		"long":          {with(func(f *setup.Forecast) { f.Between = 93 * time.Minute }), "once more, about 1 h 35 min later, for"},
		"not known":     {with(func(f *setup.Forecast) { f.Unknown = true }), "once more, for the traffic record"},
		"of no time":    {with(func(f *setup.Forecast) { f.Between = 0 }), "once more, for the traffic record"},
		"of another":    {with(func(f *setup.Forecast) { f.Again = "ttl" }), "once more, for the traffic record"},
		"one is late":   {with(func(f *setup.Forecast) { f.Longer = "edge" }), "once more, for the traffic record"},
		"one is failed": {with(func(f *setup.Forecast) { f.Stopped = true }), "once more, for the traffic record"},
	} {
		f := Facts{
			Job: setup.Job{ID: 7, Kind: setup.JobApply, State: setup.JobNeedsYou, SetupName: "api.example.com"}, Setup: setup.Setup{Spec: spec}, Times: web.Times{Now: noon},
			About:    map[setup.StepID]StepAbout{"proof": {Mark: setup.MarkValidation}, "dns": {Mark: setup.MarkTraffic}},
			Steps:    []setup.Step{{ID: "proof", State: setup.StepNeedsYou, Records: record}, {ID: "dns", State: setup.StepWaiting}},
			Forecast: c.forecast,
		}
		var v View
		if got := v.recordCard(f, f.Steps[0]).Text; !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
