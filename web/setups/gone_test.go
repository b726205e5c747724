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
