package setups_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// adopted is a site with a setup that was adopted, and a change that puts things right.
func adopted(t *testing.T, found ...string) (s *handlerstest.JobSite, done store.Adopted) {
	t.Helper()
	s = handlerstest.NewJobSite(t)
	spec := s.Setup.Spec
	spec.Domain.Name = "legacy.harborview.example"
	spec.Certificates = setup.Certificates{Edge: "arn:aws:acm:us-east-1:482177301954:certificate/2f6b", Regional: "arn:aws:acm:eu-central-1:482177301954:certificate/77a1"}
	spec.AsFound = []string{"distribution/AllowedMethods", "distribution/PriceClass"}
	spec.AsFound = append(spec.AsFound, found...)
	right := spec
	right.AsFound = spec.AsFound[1:]
	done, err := s.Store.Adopt(t.Context(), store.Adopting{By: "Mira Okafor", Right: &right, Found: setup.Adoption{Spec: spec, Resources: []setup.Resource{
		{Key: setup.KeyDistribution, Type: "Distribution", ID: "E1MVQ08Z4KD2RC", State: "Deployed", Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}},
		{Key: setup.KeyDomain, Type: "Custom domain", ID: spec.Domain.Name, Region: "eu-central-1", State: "AVAILABLE", Attributes: map[string]string{setup.AttrTarget: "d-1.execute-api.eu-central-1.amazonaws.com"}},
		{Key: setup.MappingKey("orders"), Type: "Path mapping", ID: "m1", Region: "eu-central-1", Attributes: map[string]string{setup.AttrStage: "prod", setup.AttrAPI: "a1b2c3d4e5", setup.AttrVia: "v1"}},
		{Key: setup.KeyRecordTraffic, Type: "Traffic record", ID: spec.Domain.Name, Attributes: map[string]string{setup.AttrRecords: `[{"type":"CNAME","name":"legacy.harborview.example","value":"d1.cloudfront.net","ttl":300}]`}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Setup, err = s.Store.Setup(t.Context(), done.SetupID); err != nil {
		t.Fatal(err)
	}
	return s, done
}

// looked has the check that waits end.
func looked(t *testing.T, s *handlerstest.JobSite, o store.CheckOutcome) {
	t.Helper()
	p, found, err := s.Store.NextCheck(t.Context(), "w", 0)
	if err != nil || !found {
		t.Fatal("no check is due", err)
	}
	if err := s.Store.FinishCheck(t.Context(), "w", p, o); err != nil {
		t.Fatal(err)
	}
}

// everyPage opens every page of the setup, and what lists it.
func everyPage(t *testing.T, s *handlerstest.JobSite) {
	t.Helper()
	at := "/setups/" + s.Setup.ID
	for _, path := range []string{
		"/", "/?state=serving", "/?state=need-you", "/?state=not-in-use", "/?q=legacy", "/?days=30", "/?account=482177301954", "/jobs", "/jobs?setup=" + s.Setup.ID,
		at, at + "?history=revisions", at + "?history=jobs", at + "?history=checks", at + "?refresh=off", at + "/checks", at + "/policy", at + "/policy?kind=teardown",
		at + "/policy?kind=look", at + "/teardown", at + "/clear", at + "/compare", "/settings/notices", "/connections",
	} {
		doc := s.Page(path, http.StatusOK)
		if text := doc.Find("main").Text(); strings.Contains(text, "Job 0") || strings.Contains(text, "job 0") || strings.Contains(text, "0001") {
			t.Errorf("%s speaks of a job that is not there", path)
		}
	}
}

// No page claims of what stays as it was found what apifront would have made of it.
func TestPagesClaimNothingOfWhatStaysAsFound(t *testing.T) {
	t.Parallel()
	claims := map[string][]string{
		setup.FoundCaching: {
			"Caching is off", "No caching", "no caching", "Keeps no answers", "every request reaches", "Every request reaches", "Every request still", "keeps nothing",
			"nothing is kept", "Nothing is kept", "Host header unchanged", "Host header forwarded", "Host and all other headers",
		},
		setup.FoundViewerTLS:      {"TLS 1.2 or newer", "TLSv1.2_2021"},
		setup.FoundViewerProtocol: {"redirects to HTTPS"},
		setup.FoundHTTPVersion:    {"HTTP/3"},
		setup.FoundOriginProtocol: {"HTTPS only", "HTTPS-only"},
		setup.FoundReadTimeout:    {"Waits for the API1 min", "Waits for the API60 s", "Waits for the API 1 min"},
	}
	for key, words := range claims {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			for _, found := range []bool{true, false} {
				var list []string
				if found {
					list = []string{key}
				}
				s, done := adopted(t, list...)
				at, said := "/setups/"+s.Setup.ID, map[string]bool{}
				for _, path := range []string{at, at + "/clear", "/drafts/" + done.DraftID + "/review"} {
					main := s.Page(path, http.StatusOK).Find("main")
					main.Find("option, label, [hidden]").Remove() // choices are no claims
					text := main.Text()
					for _, w := range words {
						if !strings.Contains(text, w) {
							continue
						}
						said[w] = true
						if found {
							t.Errorf("%s says %q", path, w)
						}
					}
				}
				if !found && len(said) == 0 {
					t.Errorf("where nothing is left as found, none of %q is said: the words have changed", words)
				}
			}
		})
	}
}

// A setup that was adopted has no job, and every page of it says what is so: before the
// first check nobody claims that callers are served.
func TestAnAdoptedSetupHasPages(t *testing.T) {
	t.Parallel()
	s, done := adopted(t)
	at := "/setups/" + s.Setup.ID
	page := s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, "h1", "legacy.harborview.example", "Not checked")
	handlerstest.Contains(t, page, ".lede", "What callers get is not known: no check has seen it yet.")
	handlerstest.Contains(t, page, ".head", "Not checked yet", "Adopted", "by Mira Okafor", "Checking", "Revision 1")
	handlerstest.Contains(t, page, "section:has(#aws-h)", "As each was found when it was adopted.", "E1MVQ08Z4KD2RC", "Deployed")
	handlerstest.Contains(t, page, "section:has(#dr-h)", "Changes not started")
	if page.Find(`a[href="/drafts/`+done.DraftID+`"]`).Length() == 0 {
		t.Error("the change that puts things right is not there")
	}
	handlerstest.Contains(t, page, "#history", "Revision 1: Adopted", "By Mira Okafor.", "The newest")
	handlerstest.Contains(t, page, "section:has(#set-h)", "Left as found when it was adopted: AllowedMethods, PriceClass")
	handlerstest.Contains(t, page, "main", "Give it back", "Forgets this setup, and leaves AWS as it is", "Deletes what was adopted")
	if text := page.Find("main").Text(); strings.Contains(text, "Serving") || strings.Contains(text, "No job yet") {
		t.Error("the page claims what nobody has seen")
	}
	everyPage(t, s)
	handlerstest.Contains(t, s.Page("/", http.StatusOK), "main", "legacy.harborview.example", "Not checked", "no check has seen it yet")
	handlerstest.Contains(t, s.Page(at+"?history=checks", http.StatusOK), "#history", "State: Not checked")

	review := s.Page("/drafts/"+done.DraftID+"/review", http.StatusOK)
	handlerstest.Contains(t, review, "main", "Left as found", "AllowedMethods, PriceClass", "PriceClass")
	for _, p := range setup.Pages() {
		s.Page("/drafts/"+done.DraftID+"/"+string(p.ID), http.StatusOK)
	}
	s.Page("/drafts/"+done.DraftID+"/policy", http.StatusOK)

	looked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes}, Looked: []setup.StepID{"distribution"}})
	page = s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, "h1", "Serving")
	handlerstest.Contains(t, page, "section:has(#aws-h)", "when it was adopted, or by a check since")
	handlerstest.Contains(t, page, "#history", "State: Serving", "Before: Not checked")
	everyPage(t, s)
	handlerstest.Contains(t, s.Page(at+"/teardown", http.StatusOK), "main", "Deletes what was adopted for this name, though apifront did not make it")

	for _, act := range []struct {
		path, to string
		form     url.Values
	}{
		{"/change", "/drafts/", nil}, {"/change", "/drafts/", url.Values{"page": {"edge"}}}, {"/copy", "/drafts/", nil}, {"/check", at, nil},
		{"/checks", at, url.Values{"every": {"1h"}}},
	} {
		status, to, _ := press(t, s, at+act.path, act.form)
		if status != http.StatusSeeOther && status != http.StatusUnprocessableEntity || status == http.StatusSeeOther && !strings.HasPrefix(to, act.to) {
			t.Errorf("%s: status %d to %q", act.path, status, to)
		}
		if act.path == "/copy" {
			d, err := s.Store.Draft(t.Context(), strings.Split(to, "/")[2])
			if err != nil || len(d.Spec.AsFound) > 0 {
				t.Errorf("the copy for another name has what was found at this one: %v, %v", d.Spec.AsFound, err)
			}
		}
	}
	looked(t, s, store.CheckOutcome{Result: setup.CheckFindings, Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes}, Looked: []setup.StepID{"distribution"}, Findings: []setup.FindingBody{
		{Key: "distribution/HttpVersion", StepID: "distribution", Title: "Differs", Field: "HttpVersion", Is: "http1.1", Want: "http2and3", Repair: true},
	}})
	handlerstest.Contains(t, s.Page(at, http.StatusOK), "h1", "Drifted")
	everyPage(t, s)
}

// What was adopted is given back with one press: AWS is left as it is, the setup leaves
// the list, and its page says what has become of it and how to have it again.
func TestAnAdoptedSetupIsGivenBack(t *testing.T) {
	t.Parallel()
	s, _ := adopted(t)
	at := "/setups/" + s.Setup.ID
	looked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes}})
	if n := s.Page(at, http.StatusOK).Find(`form[action="` + at + `/forget"]`).Length(); n != 1 {
		t.Errorf("%d buttons give it back", n)
	}
	for range 2 { // pressed twice
		if status, to, _ := press(t, s, at+"/forget", nil); status != http.StatusSeeOther || to != at {
			t.Fatalf("status %d to %q", status, to)
		}
	}
	page := s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, "h1", "Given back")
	handlerstest.Contains(t, page, ".lede", "apifront does not look after it", "left as it was")
	handlerstest.Contains(t, page, "#history", "Revision 2: Given back", "Revision 1: Adopted", "State: Given back")
	handlerstest.Contains(t, page, "section:has(#aws-h)", "What was adopted is in AWS as it was.")
	handlerstest.Contains(t, page, "section:has(#set-h)", "As they were when it was given back")
	if page.Find(`.head a[href="/doctor?name=legacy.harborview.example"]`).Length() != 1 {
		t.Error("nothing leads to having it again")
	}
	for _, act := range []string{"/check", "/change", "/forget", "/traffic/move"} {
		if page.Find(`main form[action="`+at+act+`"]`).Length() > 0 {
			t.Errorf("%s is offered", act)
		}
	}
	if text := page.Find("main").Text(); strings.Contains(text, "aken down.") {
		t.Errorf("it says that it was taken down: %s", handlerstest.Squash(text))
	}
	everyPage(t, s)
	if strings.Contains(s.Page("/", http.StatusOK).Find("#setups, main table, main .setups").Text(), "legacy.harborview.example, ") {
		t.Error("the list has it")
	}
	for path, form := range map[string]url.Values{"/check": nil, "/teardown": {"to": {setup.GoneMoved}, "name": {"legacy.harborview.example"}}, "/traffic/move": nil, "/findings/back": nil} {
		if status, to, _ := press(t, s, at+path, form); status != http.StatusConflict && status != http.StatusBadRequest {
			t.Errorf("%s of what was given back: status %d to %q", path, status, to)
		}
	}
	v, err := s.Store.Setup(t.Context(), s.Setup.ID)
	if err != nil || !v.Spec.GivenBack() || v.Revision != 2 {
		t.Errorf("it is %+v, %v", v, err)
	}
}

// Once a job has changed something, an adopted setup is taken down and not given back.
func TestWhatAJobHasChangedIsNotGivenBack(t *testing.T) {
	t.Parallel()
	s, _ := adopted(t)
	at := handlers.SetupURL(s.Setup.ID)
	s.Start(setup.JobApply, setup.JobInput{})
	handlerstest.Contains(t, s.Page(at, http.StatusOK), "main", "Being changed by job", "Job 1 is at work on this setup")
	if status, _, _ := press(t, s, at+"/forget", nil); status != http.StatusConflict {
		t.Errorf("while a job is at work: status %d", status)
	}
	if status, _, _ := press(t, s, "/jobs/1/cancel", nil); status != http.StatusSeeOther {
		t.Fatalf("cancel: status %d", status)
	}
	everyPage(t, s)
	page := s.Page(at, http.StatusOK)
	handlerstest.Contains(t, page, "main", "A job has changed something since it was adopted")
	if page.Find(`form[action="`+at+`/forget"]`).Length() > 0 {
		t.Error("it is offered all the same")
	}
	status, _, doc := press(t, s, at+"/forget", nil)
	if status != http.StatusConflict {
		t.Errorf("status %d", status)
	}
	handlerstest.Contains(t, doc, "main", "or one that was adopted and that no job has changed since")
	handlerstest.Contains(t, page, "#history", "Revision 1: Adopted", "Job 1")
}

// A name that does not lead to what was adopted is moved there as after a job.
func TestTrafficOfAnAdoptedSetupIsMoved(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	spec := s.Setup.Spec
	spec.Domain.Name, spec.Domain.Switch = "legacy.harborview.example", setup.SwitchLater
	done, err := s.Store.Adopt(t.Context(), store.Adopting{By: "Mira Okafor", Found: setup.Adoption{Spec: spec, Resources: []setup.Resource{
		{Key: setup.KeyDistribution, Type: "Distribution", ID: "E1MVQ08Z4KD2RC", Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	at := handlers.SetupURL(done.SetupID)
	if n := s.Page(at, http.StatusOK).Find(`form[action="` + at + `/traffic/move"]`).Length(); n == 0 {
		t.Error("it is not offered")
	}
	if status, to, _ := press(t, s, at+"/traffic/move", nil); status != http.StatusSeeOther || to != "/jobs/1" {
		t.Errorf("status %d to %q", status, to)
	}
}
