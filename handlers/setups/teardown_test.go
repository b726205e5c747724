package setups_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// The page says what a teardown deletes and what stays, before anything starts.
// The name must be typed, and where it leads is chosen; what was typed is kept.
// The job is of a revision that wants nothing any more.
func TestASetupIsTakenDown(t *testing.T) {
	t.Parallel()
	s := finished(t)
	at, page := "/setups/"+s.Setup.ID, "/setups/"+s.Setup.ID+"/teardown"
	doc := s.Page(page, http.StatusOK)
	text := doc.Find("main").Text()
	for _, want := range []string{"Take down api.harborview.example", "Distribution", "Your APIs and their stages", "Switch the distribution off", "IAM policy to take down"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for name, form := range map[string]url.Values{
		"another name":  {"to": {setup.GoneMoved}, "name": {"www.harborview.example"}},
		"no name":       {"to": {setup.GoneMoved}},
		"nowhere named": {"to": {"elsewhere"}, "name": {s.Setup.Name()}},
	} {
		status, _, doc := press(t, s, page, form)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
		if typed := doc.Find("#name").AttrOr("value", ""); typed != form.Get("name") {
			t.Errorf("%s: the field has %q", name, typed)
		}
	}
	status, to, _ := press(t, s, page, url.Values{"to": {setup.GoneMoved}, "name": {" API.harborview.example. "}})
	if status != http.StatusSeeOther || to != "/jobs/2" {
		t.Fatalf("%d to %s", status, to)
	}
	v, err := s.Store.Setup(t.Context(), s.Setup.ID)
	if err != nil || v.Spec.Gone == nil || v.Spec.Gone.Name != setup.GoneMoved {
		t.Fatalf("%+v, %v", v.Spec.Gone, err)
	}
	if got := s.Page(at, http.StatusOK).Find(".head").First().Text(); !strings.Contains(got, "Being taken down by job") {
		t.Errorf("the head is %q", got)
	}
	if status, _, _ := press(t, s, page, url.Values{"to": {setup.GoneMoved}, "name": {s.Setup.Name()}}); status != http.StatusConflict {
		t.Errorf("a second teardown: %d", status)
	}
}

// answered answers the look before a teardown as a worker does.
func answered(t *testing.T, s *handlerstest.JobSite, checks []setup.Check, problem *setup.Problem) {
	t.Helper()
	for {
		k, found, err := s.Store.NextLook(t.Context(), "w")
		if err != nil || !found {
			t.Fatalf("nobody asks: %v", err)
		}
		result, err := json.Marshal(checks)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Store.FinishLook(t.Context(), "w", k, result, problem); err != nil {
			t.Fatal(err)
		}
		if k.Kind == setup.LookTeardown {
			return
		}
	}
}

// Before a setup is taken down, the page says which permissions the job lacks, and
// the job does not start with them missing unless a person says so. What could not
// be asked stops nothing.
func TestATeardownIsCheckedBeforeItStarts(t *testing.T) {
	t.Parallel()
	s := finished(t)
	page := "/setups/" + s.Setup.ID + "/teardown"
	form := url.Values{"to": {setup.GoneMoved}, "name": {s.Setup.Name()}}
	if got := s.Page(page, http.StatusOK).Find("#pre").Text(); !strings.Contains(got, "Asking IAM") {
		t.Errorf("before the answer: %q", got)
	}
	answered(t, s, []setup.Check{
		{Result: setup.CheckGood, Title: "The connection leads to the right account"},
		{Result: setup.CheckBad, Title: "The job would be refused", Text: "IAM says so.", Items: []string{"cloudfront:DeleteDistribution"}, Fix: "Give it the policy."},
	}, nil)
	doc := s.Page(page, http.StatusOK).Find("#pre")
	if got := doc.Text(); !strings.Contains(got, "Missing: cloudfront:DeleteDistribution.") || doc.Find(`a[href="/setups/`+s.Setup.ID+`/policy?kind=teardown"]`).Length() != 1 || doc.Find(`[name="anyway"]`).Length() != 1 {
		t.Errorf("the checks are %q", got)
	}
	status, _, said := press(t, s, page, form)
	if status != http.StatusUnprocessableEntity || !strings.Contains(said.Find("main").Text(), "Give the connection what it lacks before anything is changed") {
		t.Errorf("with a permission missing: %d", status)
	}
	if v, err := s.Store.Setup(t.Context(), s.Setup.ID); err != nil || v.Spec.Gone != nil {
		t.Errorf("it is taken down all the same: %+v, %v", v.Spec.Gone, err)
	}
	if err := s.Store.AskLooks(t.Context(), []setup.LookKey{{Kind: setup.LookTeardown, Connection: s.Setup.Spec.Account.Connection, Region: s.Setup.Spec.Account.Region, Subject: s.Setup.ID}}); err != nil {
		t.Fatal(err)
	}
	answered(t, s, nil, &setup.Problem{What: "IAM could not be asked.", Why: "No answer.", Fix: "Look again."})
	if got := s.Page(page, http.StatusOK).Find("#pre").Text(); !strings.Contains(got, "Permissions could not be checked") || strings.Contains(got, "Missing") {
		t.Errorf("not asked: %q", got)
	}
	if status, to, _ := press(t, s, page, form); status != http.StatusSeeOther {
		t.Errorf("what could not be asked stops the job: %d to %s", status, to)
	}
}

// A person may start the job although IAM says that it would be refused.
func TestATeardownStartsAllTheSame(t *testing.T) {
	t.Parallel()
	s := finished(t)
	page := "/setups/" + s.Setup.ID + "/teardown"
	s.Page(page, http.StatusOK)
	answered(t, s, []setup.Check{{Result: setup.CheckBad, Title: "The job would be refused", Items: []string{"acm:DeleteCertificate"}, Fix: "Give it the policy."}}, nil)
	form := url.Values{"to": {setup.GoneMoved}, "name": {"no"}, "anyway": {"1"}}
	if status, _, doc := press(t, s, page, form); status != http.StatusUnprocessableEntity || doc.Find(`[name="anyway"][checked]`).Length() != 1 {
		t.Errorf("the tick is not kept: %d", status)
	}
	form.Set("name", s.Setup.Name())
	if status, _, _ := press(t, s, page, form); status != http.StatusSeeOther {
		t.Errorf("started all the same: %d", status)
	}
}
