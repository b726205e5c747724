package setups

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// What jobs and checks saw before a setup was taken down is not said to be there.
func TestAPageOfWhatIsTakenDownSaysWhatIsTrueNow(t *testing.T) {
	now := time.Date(2031, 5, 6, 14, 20, 0, 0, time.UTC)
	f := Facts{
		Times: web.Times{Now: now, Loc: time.UTC},
		Setup: setup.Setup{ID: "s", Revision: 2, Spec: setup.DefaultSpec()},
		State: setup.State{ID: setup.StateServing, Since: now.Add(-time.Hour)},
		Checks: []setup.Checkup{{ID: "k", SetupID: "s", DoneAt: now.Add(-time.Hour), Result: setup.CheckHealthy, Reason: setup.CheckByPerson,
			Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes}, Lines: []setup.CheckLine{{StepID: "a", Title: "Distribution", Result: setup.LineRight}}}},
		Guard: setup.Guard{SeenAt: now, Terms: []setup.Term{{Key: setup.KeyCertificateEdge, ARN: "arn:aws:acm:us-east-1:1:certificate/9c95", Region: "us-east-1", Begins: now, Ends: now.AddDate(0, 6, 0)}}},
		Plan:  setup.Schedule{Every: 3 * time.Hour},
	}
	seen := []string{"Will renew by itself", "Checked 1 h ago", "How it is checked", "Path of a request", "Cached answers", "Every look of this check", "The way of a request, as", "A change is a draft first"}
	page := func() string {
		var b bytes.Buffer
		if err := Page(web.Frame{}, NewView(f)).Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, text := range seen {
		if !strings.Contains(page(), text) {
			t.Errorf("while it serves, the page does not say %q", text)
		}
	}
	f.State.ID, f.Setup.Spec.Gone = setup.StateGone, &setup.Gone{Name: setup.GoneNowhere}
	html := page()
	for _, text := range seen {
		if strings.Contains(html, text) {
			t.Errorf("once it is taken down, the page says %q", text)
		}
	}
	if !strings.Contains(html, "Nothing. It is taken down.") {
		t.Error("the page does not say that nothing is left")
	}
}

// A record that a person added where DNS is kept elsewhere is not said to be in AWS, and
// once the setup is taken down the page says whose it is.
func TestRecordsAtAProviderAreNotInAWS(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 14, 20, 0, 0, time.UTC)
	f := wayFacts(now)
	f.Setup.Spec.Domain.Name, f.Setup.Spec.Domain.DNS = "api.example.com", setup.DNSElsewhere
	f.Resources = setup.Resources{setup.KeyRecordValidation: {Key: setup.KeyRecordValidation, ID: "_783f.api.example.com", SavedAt: now, Attributes: map[string]string{}}}
	if v := NewView(f); len(v.Rows) != 0 || len(v.Outside) != 1 || v.Outside[0].Note != "" {
		t.Errorf("while it serves: %+v and %+v", v.Rows, v.Outside)
	}
	f.State.ID, f.Setup.Spec.Gone = setup.StateGone, &setup.Gone{Name: setup.GoneMoved}
	v := NewView(f)
	if len(v.Rows) != 0 || len(v.Outside) != 1 || v.Outside[0].State != "Stays at your DNS provider" || !strings.HasPrefix(v.Outside[0].Note, "You added it") {
		t.Errorf("once it is taken down: %+v and %+v", v.Rows, v.Outside)
	}
	f.Setup.Spec.Domain.DNS = setup.DNSRoute53
	if v := NewView(f); len(v.Rows) != 1 || len(v.Outside) != 0 {
		t.Errorf("in Route 53: %+v and %+v", v.Rows, v.Outside)
	}
}

// Where DNS is kept elsewhere, the page of a teardown does not say that records are
// removed without saying by whom.
func TestATeardownSaysWhoRemovesRecords(t *testing.T) {
	t.Parallel()
	for dns, want := range map[string]string{setup.DNSElsewhere: "You remove the records that lead to CloudFront.", setup.DNSRoute53: "apifront changes the record in Route 53."} {
		spec := setup.DefaultSpec()
		spec.Domain.Name, spec.Domain.DNS = "api.example.com", dns
		resources := setup.Resources{setup.KeyRecordTraffic: {
			Key: setup.KeyRecordTraffic, Type: "DNS record", ID: "api.example.com", Owned: dns == setup.DNSRoute53,
			Attributes: map[string]string{setup.AttrRecords: `[{"type":"CNAME","name":"api.example.com","value":"d1.cloudfront.net"}]`},
		}}
		v := NewTeardown(TeardownFacts{Setup: setup.Setup{Spec: spec}, Resources: resources, Served: true})
		var b bytes.Buffer
		if err := TeardownPage(web.Frame{}, v).Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		if html := b.String(); !strings.Contains(html, want) || !strings.Contains(html, "What callers will see") {
			t.Errorf("%s: the page does not say %q", dns, want)
		}
	}
}
