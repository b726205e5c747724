package doctor_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// ofSetup is a site whose setup a job has made.
func ofSetup(t *testing.T) *handlerstest.JobSite {
	t.Helper()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Finish()
	return s
}

// diagnosed is the address of a diagnosis of a path of the setup that came to b.
func diagnosed(t *testing.T, s *handlerstest.JobSite, path string, b setup.DiagnosisBody) string {
	t.Helper()
	d, err := s.Store.AskDiagnosis(t.Context(), store.NewDiagnosis{Name: s.Setup.Name(), Path: path, By: "Mira Okafor"})
	must(t, err)
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", take(t, s.Store).ID, b))
	return handlers.DiagnosisURL(d.ID)
}

// checked carries out a check of the setup that finds a list.
func checked(t *testing.T, s *handlerstest.JobSite, list ...setup.FindingBody) {
	t.Helper()
	must(t, s.Store.AskCheck(t.Context(), s.Setup.ID, "Mira Okafor"))
	p, found, err := s.Store.NextCheck(t.Context(), "w", 0)
	if err != nil || !found {
		t.Fatal("no check is due", err)
	}
	o := store.CheckOutcome{Result: setup.CheckHealthy, Looked: []setup.StepID{"distribution", "mappings", "dns"}, Findings: list}
	if len(list) > 0 {
		o.Result = setup.CheckFindings
	}
	must(t, s.Store.FinishCheck(t.Context(), "w", p, o))
}

func differs(field, is, want string, of setup.Setting) setup.FindingBody {
	return setup.FindingBody{Key: "distribution/" + field, StepID: "distribution", Part: setup.PartOrigin, Setting: of, Title: "Callers get 502", Field: field, Is: is, Want: want, Repair: true}
}

func http1(is string) setup.FindingBody {
	return differs("OriginProtocolPolicy", is, "https-only", setup.SettingOriginProtocol)
}

// press posts the first form of a finding, as it stands on the page.
func press(t *testing.T, s *handlerstest.JobSite, page *goquery.Document, finding string, changes map[string]string) *handlerstest.Response {
	t.Helper()
	form := page.Find(".fnd:has(#" + finding + ") form")
	if form.Length() != 1 {
		t.Fatalf("%s has %d forms", finding, form.Length())
	}
	fields := url.Values{}
	form.Find("input").Each(func(_ int, in *goquery.Selection) { fields.Set(in.AttrOr("name", ""), in.AttrOr("value", "")) })
	for k, v := range changes {
		fields.Set(k, v)
	}
	return s.Request(http.MethodPost, form.AttrOr("action", ""), fields, nil)
}

// For a name of a setup the page says which it is, and how it stands. What no check has
// found is compared first; then one job puts it back, the one of the setup's own page,
// and the page says what it changes besides.
func TestADiagnosisOfASetupIsFixed(t *testing.T) {
	t.Parallel()
	s := ofSetup(t)
	b := wrong()
	b.Findings[0].StepID, b.Findings[1].StepID = "distribution", "distribution"
	b.Findings = append(b.Findings,
		setup.FindingBody{Key: "c", Setting: setup.SettingBackend, Title: "Callers get 500", Fix: "Look at its log."},
		setup.FindingBody{Key: "d", Setting: setup.SettingDeployed, StepID: "distribution", Title: "An update is on its way", Passes: true})
	at := diagnosed(t, s, "", b)
	page := s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, "aside", "A setup of this server", "Serving", "revision 1")
	if page.Find(`aside a[href="/setups/`+s.Setup.ID+`"]`).Length() != 1 {
		t.Error("the page does not lead to the setup")
	}
	handlerstest.Contains(t, page, ".fnd:has(#f1)", "Check, then fix", "No check of the setup has found this yet", "changes nothing")
	for _, f := range []string{"f3", "f4"} {
		if page.Find(".fnd:has(#"+f+") form, .fnd:has(#"+f+") .opts").Length() > 0 {
			t.Errorf("a job is offered that does not put %s right: %s", f, page.Find(".fnd:has(#"+f+")").Text())
		}
	}
	r := press(t, s, page, "f1", nil)
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || to != "/setups/"+s.Setup.ID {
		t.Fatalf("Check, then fix: status %d to %q: %s", r.StatusCode, to, r.Text(t))
	}
	_ = r.Body.Close()
	if list, err := s.Store.Checks(t.Context(), s.Setup.ID, 1); err != nil || len(list) != 1 || !list[0].Open() || list[0].Reason != setup.CheckByPerson {
		t.Fatalf("no check was ordered: %+v, %v", list, err)
	}
	checked(t, s, http1("http-only"))
	page = s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, ".fnd:has(#f1) .opts", "Fix it", "revision 1 of the setup as it is, which changes this and nothing else", "Callers notice nothing")
	if n := page.Find(".fnd:has(#f1) .opts button.solid").Length(); n != 1 {
		t.Errorf("%d solid buttons", n)
	}
	handlerstest.Contains(t, page, ".fnd:has(#f2) .opts", "Open the setup", "after this look, and did not find this")

	checked(t, s, http1("http-only"), differs("Enabled", "false", "true", setup.SettingEnabled))
	page = s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, ".fnd:has(#f1)", "cannot leave anything out", "The job puts back", "false becomes true", "http-only becomes https-only")

	checked(t, s, http1("http-only"), differs("IsIPV6Enabled", "false", "true", setup.SettingIPv6))
	page = s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, ".fnd:has(#f2) .opts", "The job above puts this back too")
	if page.Find(".fnd form").Length() != 1 {
		t.Error("the same job is offered twice")
	}

	for _, revision := range []string{"", "x", "7"} {
		r := press(t, s, page, "f1", map[string]string{"revision": revision})
		if r.StatusCode != http.StatusBadRequest && r.StatusCode != http.StatusConflict || !strings.Contains(r.Text(t), "Nothing was changed") {
			t.Errorf("for revision %q: status %d", revision, r.StatusCode)
		}
	}
	for n, want := range map[string]int{"0": 404, "x": 404, "99": 404, "-1": 404, "3": 409, "4": 409} {
		r := s.Request(http.MethodPost, at+"/fix/"+n, url.Values{"revision": {"1"}}, nil)
		if r.StatusCode != want || !strings.Contains(r.Text(t), "Nothing was changed") {
			t.Errorf("finding %s: status %d, want %d", n, r.StatusCode, want)
		}
	}
	s.Expect()
	r = press(t, s, page, "f1", nil)
	_ = r.Body.Close()
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || to != "/jobs/2" {
		t.Fatalf("Fix it: status %d to %q", r.StatusCode, to)
	}
	j, err := s.Store.Job(t.Context(), 2)
	if err != nil || j.Kind != setup.JobApply || j.Revision != 1 || !j.Input.PutBack || j.CreatedBy.Name != "Mira Okafor" {
		t.Errorf("the job is %+v, %v", j, err)
	}
	page = s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, ".fnd:has(#f1)", "Job 2 is at work on this setup")
	if n := page.Find(".fnd form").Length(); n > 0 {
		t.Errorf("%d buttons while a job is at work", n)
	}
	if r := s.Request(http.MethodPost, at+"/fix/1", url.Values{"revision": {"1"}}, nil); r.StatusCode != http.StatusConflict || !strings.Contains(r.Text(t), "Job 2 is still at work") {
		t.Errorf("a second job: status %d", r.StatusCode)
	}
}

// What CloudFront has kept meanwhile is cleared by the same job, if a person ticks it.
func TestAFixClearsWhatWasKept(t *testing.T) {
	t.Parallel()
	s := ofSetup(t)
	b := wrong()
	b.Findings = []setup.FindingBody{{Key: "a", StepID: "distribution", Setting: setup.SettingCaching, Title: "Kept", Field: "CachePolicyId", Is: "x", Want: "y", Fix: "f"}}
	at := diagnosed(t, s, "", b)
	checked(t, s, differs("CachePolicyId", "x", "y", setup.SettingCaching))
	page := s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, ".fnd:has(#f1)", "turned caching on", "The job clears everything")
	s.Expect()
	_ = press(t, s, page, "f1", nil).Body.Close()
	j, err := s.Store.Job(t.Context(), 2)
	if err != nil || strings.Join(j.Input.Paths, " ") != "/*" {
		t.Errorf("the job clears %q, %v", j.Input.Paths, err)
	}
}

// Nothing is offered for a setup that the diagnosis is not about: of another account than
// the one that was asked. Viewers see what an operator can do.
func TestWhoseSetupIsFixed(t *testing.T) {
	t.Parallel()
	s := ofSetup(t)
	b := wrong()
	b.Findings[0].StepID = "distribution"
	b.AccountID = "999999999999"
	at := diagnosed(t, s, "", b)
	checked(t, s, http1("http-only"))
	if page := s.Page(at, http.StatusOK); page.Find(".fnd form").Length() > 0 {
		t.Error("what another account has is put back in this one")
	}
	if r := s.Request(http.MethodPost, at+"/fix/1", url.Values{"revision": {"1"}}, nil); r.StatusCode != http.StatusConflict {
		t.Errorf("another account's: status %d", r.StatusCode)
	}
	b.AccountID = ""
	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer})
	at = diagnosed(t, s, "/orders", b)
	page := s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, ".fnd:has(#f1)", "An operator can do that")
	if page.Find(".fnd form").Length() > 0 {
		t.Error("a viewer gets the button")
	}
	if r := s.Request(http.MethodPost, at+"/fix/1", url.Values{"revision": {"1"}}, nil); r.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer's: status %d", r.StatusCode)
	}
}
