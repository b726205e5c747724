package setups

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// What callers get stands once: in the title, or below one of an earlier version or of
// what was seen from outside. What is met first, and that answers came all the same, is
// said in either case.
func TestWhatCallersGetIsSaidOnce(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	const harm, first, same = "Callers get 502: API Gateway answers HTTPS only.", "Callers meet what stands above first", "The last check got right answers all the same."
	one := func(key, field, title string) setup.Finding {
		return setup.Finding{Since: now, SeenAt: now, FindingBody: setup.FindingBody{Key: key, Field: field, Title: title, Setting: setup.SettingOriginProtocol, Is: "http-only", Want: "https-only"}}
	}
	effect := one("live/backend/x", "", "The test of / did not reach the API.")
	effect.Setting, effect.Effect = setup.SettingBackend, &setup.Problem{What: "The test of / did not reach the API.", Why: "504."}
	for name, c := range map[string]struct {
		f            setup.Finding
		alone        string
		answers, met string
	}{
		"a consequence":      {one("distribution/OriginProtocolPolicy", "OriginProtocolPolicy", "Callers get 502, because CloudFront calls API Gateway over plain HTTP"), "", same, first},
		"nothing changes":    {one("distribution/Comment", "Comment", "Nothing changes for callers; the comment of the distribution is another"), "", "", ""},
		"an earlier version": {one("distribution/OriginProtocolPolicy", "OriginProtocolPolicy", "Differs: the origin's protocol (OriginProtocolPolicy)"), harm, same, first},
		"missing":            {one("distribution/missing", "", "Missing: distribution"), harm, same, first},
		"outside":            {one("live/origin-protocol/x", "", "The test of / did not reach the API."), harm, same, first},
	} {
		harmOf := func(answers bool, more ...setup.Finding) string {
			sight := setup.Sight{Here: setup.Yes, Answers: setup.No}
			if answers {
				sight.Answers = setup.Yes
			}
			f := Facts{Times: web.Times{Now: now}, Setup: setup.Setup{ID: "s", Revision: 1, Spec: setup.DefaultSpec()}, State: setup.State{ID: setup.StateDrifted},
				Checks: []setup.Checkup{{ID: "c", DoneAt: now, Result: setup.CheckFindings, Sight: sight}}, Findings: append(more, c.f)}
			open := NewStanding(f).Open
			return open[len(open)-1].Harm
		}
		if got := harmOf(false); got != c.alone {
			t.Errorf("%s: %q", name, got)
		}
		if got := harmOf(true); c.answers == "" && got != "" || !strings.HasSuffix(got, c.answers) || strings.Contains(c.f.Title, "Callers get 502") && strings.Contains(got, "502") {
			t.Errorf("%s, with answers: %q", name, got)
		}
		if got := harmOf(false, effect); c.met == "" && got != "" || !strings.HasPrefix(got, c.met) {
			t.Errorf("%s, below another: %q", name, got)
		}
	}
}

// A record that a person mends stands with its finding; one that a job puts back does not.
func TestAFindingShowsTheRecordThatAPersonMends(t *testing.T) {
	t.Parallel()
	body := setup.FindingBody{Key: "renewal/dns/CNAME _a.api.example.com", Fix: "Add it.", Record: &setup.Record{Type: "CNAME", Name: "_a.api.example.com", Value: "_b.acm-validations.aws"}}
	f := Facts{Setup: setup.Setup{Spec: setup.Spec{Domain: setup.Domain{Name: "api.example.com", ZoneName: "example.com"}}}}
	v := newFinding(f, setup.Finding{FindingBody: body})
	if v.Record == nil || len(v.Record.Rows) != 1 || v.Record.Rows[0].Name != "_a.api" || v.Record.Rows[0].Full != "_a.api.example.com" {
		t.Errorf("the record %+v", v.Record)
	}
	body.Repair = true
	if v = newFinding(f, setup.Finding{FindingBody: body}); v.Record != nil {
		t.Errorf("a job puts it back, and a person is asked for %+v", v.Record)
	}
}
