package jobs_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// A step that is done runs again only after a page has shown what that would change.
func TestThePlanStandsBeforeARunAgain(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	const at = "/jobs/1/steps/domain/rerun-from"
	if resp := s.Request(http.MethodGet, at, nil, nil); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("while the job works: status %d, want 303 to it", resp.StatusCode)
	}
	s.Finish()
	doc := s.Page("/jobs/1", http.StatusOK)
	if doc.Find(`#step-domain-acts a[href="`+at+`"]`).Length() != 1 || doc.Find(".steps form").Length() != 0 {
		t.Error("the way to the page is missing, or a step has a button that acts at once")
	}
	doc = s.Page(at, http.StatusOK)
	handlerstest.Contains(t, doc, "main", "Comparing with AWS")
	if _, off := doc.Find("form .btn.solid").Attr("disabled"); !off {
		t.Error("it may start before anybody knows what it changes")
	}
	answer := func(plan setup.Plan) {
		t.Helper()
		key, found, err := s.Store.NextLook(t.Context(), "test")
		if err != nil || !found || key.Kind != setup.LookPlan || key.Subject != s.Setup.ID {
			t.Fatalf("asked for %+v, %t, %v", key, found, err)
		}
		result, err := json.Marshal(plan)
		if err == nil {
			err = s.Store.FinishLook(t.Context(), "test", key, result, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	answer(setup.Plan{Lines: []setup.PlanLine{
		{StepID: "certificate-edge", Title: "Request certificate, us-east-1", Action: setup.PlanCreate, Summary: "Not of these steps"},
		{StepID: "domain", Title: "Create custom domain", Action: setup.PlanReuse},
		{StepID: "distribution", Title: "Create distribution", Action: setup.PlanChange, Summary: "Differs", Changes: []setup.Change{{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"}}},
	}})
	doc = s.Page(at, http.StatusOK)
	handlerstest.Contains(t, doc, "h1", "Run job 1 again from step 7?")
	handlerstest.Contains(t, doc, "#part", "Create distribution", "OriginProtocolPolicy", "http-only becomes https-only", "Run again from step 7")
	handlerstest.Contains(t, doc, "aside", "7Create custom domain", "9Create distribution")
	if text := doc.Find("main").Text(); strings.Contains(text, "Not of these steps") || strings.Contains(text, "6Wait") || doc.Find(".btn.solid").Length() != 1 {
		t.Errorf("it shows what does not run, or several solid buttons: %s", handlerstest.Squash(text))
	}
	to, _ := doc.Find("#part form").Attr("action")
	if resp := s.Request(http.MethodPost, to, url.Values{}, nil); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the button: status %d, want 303", resp.StatusCode)
	}
	if resp := s.Request(http.MethodGet, "/jobs/1/steps/nothing/rerun-from", nil, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a step that is not there: status %d", resp.StatusCode)
	}
}

// A cancelled job goes on with all that it did not come to, by one button; an unknown
// step among them refuses all.
func TestACancelledJobGoesOn(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	job := s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", handlerstest.Done("")) // neither certificate waits for the other
	if err := s.Store.CancelJob(t.Context(), job, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#todo", "Cancelled after step 1", "Go on from step 2", "Clean up")
	if doc.Find(`#todo a[href="/setups/`+s.Setup.ID+`/teardown"]`).Length() != 1 || doc.Find(".btn.solid").Length() != 1 {
		t.Error("the way to clean up is missing, or the one solid button")
	}
	form := doc.Find("#todo form")
	to, _ := form.Attr("action")
	values := url.Values{}
	for _, n := range form.Find(`input[name="also"]`).EachIter() {
		values.Add("also", n.AttrOr("value", ""))
	}
	list, err := s.Store.Steps(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	named := append(values["also"], strings.Split(to, "/")[4]) // /jobs/1/steps/{step}/rerun-from
	for _, st := range list {
		if (st.State == setup.StepCancelled) != slices.Contains(named, string(st.ID)) {
			t.Errorf("step %s is %s, and the card names %q", st.ID, st.State, named)
		}
	}
	if resp := s.Request(http.MethodPost, to, url.Values{"also": {"nothing"}}, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("with an unknown step: status %d, want 409", resp.StatusCode)
	}
	if resp := s.Request(http.MethodPost, to, values, nil); resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("the button: status %d, want 303", resp.StatusCode)
	}
	list, err = s.Store.Steps(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range list {
		if st.State == setup.StepCancelled {
			t.Errorf("step %s is still cancelled", st.ID)
		}
	}
}

// The card names the CAA record to copy, and links to policies only where a permission is missing.
func TestTheCardOfARefusedCertificate(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	for _, step := range []setup.StepID{"identity", "certificate-edge", "certificate-regional", "validation"} {
		s.Pass(step, handlerstest.Done(""))
	}
	s.Pass("issued-regional", store.Outcome{State: setup.StepFailed, After: time.Second, Problem: &setup.Problem{
		What: "ACM did not issue the certificate in eu-central-1.", Why: `At harborview.example DNS has CAA 0 issue "letsencrypt.org".`, Code: "CAA_ERROR", From: "certificate-regional", Act: "Request a new certificate",
		Fix: `Add it, then choose "Re-run from here" at the step Request certificate, eu-central-1.`, Add: []setup.Record{{Type: "CAA", Name: "harborview.example", Value: `0 issue "amazon.com"`}},
	}})
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#problem-issued-regional", "Add it, then press “Request a new certificate”.", "Goes on with step 3, Request certificate, eu-central-1")
	if v, _ := doc.Find(`#problem-issued-regional [data-what="CAA record value"]`).Attr("data-copy"); v != `0 issue "amazon.com"` {
		t.Errorf("the value to copy is %q", v)
	}
	if doc.Find(`main a[href$="/policy"]`).Length() != 0 {
		t.Error("it leads to the policies")
	}
	handlerstest.Contains(t, doc, "#step-certificate-regional-meta", "The fix above starts here")
	to, _ := doc.Find("#problem-issued-regional form").Attr("action")
	if to != "/jobs/1/steps/certificate-regional/rerun-from" {
		t.Errorf("the button is sent to %s", to)
	}
}
