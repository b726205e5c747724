package doctor_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// legacy is what a look finds of a name that others made: three settings differ, of
// which one can only stay as it is.
func legacy() setup.DiagnosisBody {
	const name = "legacy.harborview.example"
	b := wrong()
	b.Verdict, b.Head, b.Text, b.Findings = setup.VerdictRemarks, "Works, 2 remarks", "Requests reach the API.", nil
	b.AccountID, b.Calls = "482177301954", 12
	spec := setup.DefaultSpec()
	spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: b.AccountID, Region: "eu-west-1"}
	spec.API.Mappings = []setup.Mapping{
		{APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindHTTP, Stage: "$default"}, {Path: "orders", APIID: "k3v9x2p1qa", APIName: "billing-api", Kind: setup.APIKindREST, Stage: "prod"},
	}
	spec.Domain.Name, spec.Domain.DNS, spec.Domain.ZoneName = name, setup.DNSRoute53, "harborview.example"
	spec.Domain.ZoneID = "Z0123456789ABCDEFGHIJ"
	spec.Certificates = setup.Certificates{Edge: "arn:aws:acm:us-east-1:482177301954:certificate/2f6b0c4e-91d7-4a08-b3c5-6e0d2f9a7184", Regional: "arn:aws:acm:eu-west-1:482177301954:certificate/77a1e3d9-04bc-4f52-8e16-a9d3c5b70f2e"}
	spec.AsFound = []string{"distribution/AllowedMethods", "distribution/ErrorCachingMinTTL", "distribution/ForwardedValues", "distribution/Logging"}
	b.Adoption = &setup.Adoption{
		ReadAt: time.Date(2026, 11, 28, 14, 12, 0, 0, time.UTC), Spec: spec,
		Resources: []setup.Resource{
			{Key: setup.KeyDistribution, Type: "Distribution", ID: "E1MVQ08Z4KD2RC", ARN: "arn:aws:cloudfront::482177301954:distribution/E1MVQ08Z4KD2RC", Owned: true, State: "Deployed", Attributes: map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"}},
			{Key: setup.KeyDomain, Type: "Custom domain", ID: name, Region: "eu-west-1", Owned: true, State: "AVAILABLE", Attributes: map[string]string{setup.AttrTarget: "d-3h7xk2m9qa.execute-api.eu-west-1.amazonaws.com"}},
			{Key: setup.MappingKey(""), Type: "Path mapping", ID: "m1", Region: "eu-west-1", Owned: true},
			{Key: setup.MappingKey("orders"), Type: "Path mapping", ID: "m2", Region: "eu-west-1", Owned: true},
			{Key: setup.KeyRecordTraffic, Type: "Traffic record", ID: name, Owned: true, Attributes: map[string]string{
				setup.AttrRecords: `[{"type":"A","name":"` + name + `","value":"d1x7q2k9v4m0ab.cloudfront.net","alias":true}]`, setup.AttrHostedZone: "Z0123456789ABCDEFGHIJ"}},
		},
		Taken: []setup.AdoptedThing{
			{Thing: setup.Thing{What: "Distribution", ID: "E1MVQ08Z4KD2RC", State: "Deployed"}},
			{Thing: setup.Thing{What: "Custom domain", Region: "eu-west-1", ID: "d-3h7xk2m9qa", State: "Regional"}},
			{Thing: setup.Thing{What: "2 path mappings", ID: "/ and /orders", State: "Deployed stages"}},
			{Thing: setup.Thing{What: "Certificate", Region: "us-east-1", ID: spec.Certificates.Edge, State: "88 days left"}, Others: "1 other distribution", Stays: "So it is never deleted from here"},
		},
		Stays: []setup.Thing{{What: "the APIs behind the paths"}, {What: "the hosted zone", ID: "harborview.example"}, {What: "the log bucket", ID: "harborview-logs"}},
		Differs: []setup.Difference{
			{Key: "distribution/AllowedMethods", Title: "Only GET and HEAD are let through", Text: "POST, PUT, PATCH, DELETE and OPTIONS get 403 from CloudFront.", Is: "GET, HEAD", Want: "GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE"},
			{Key: "distribution/ForwardedValues", Title: "Headers are passed on with legacy cache settings", Text: "They work.", Is: "ForwardedValues: Host, Authorization", Want: "CachingDisabled and AllViewer"},
			{Key: "distribution/ErrorCachingMinTTL", Title: "Errors are kept for 5 minutes", Text: "After a 500 callers still get the error.", Is: "500: 300 s", Want: "500: 0 s", Keep: true},
			{Key: "distribution/Logging", Title: "Access logs are written", Is: "harborview-logs", Want: "off", Keep: true, Only: "apifront has no setting for logs, so they stay."},
		},
		Makers: []setup.Maker{{Tool: "Terraform", What: "this distribution", Sign: "Its tag says ManagedBy: terraform", Line: "terraform state rm aws_cloudfront_distribution.legacy"}},
	}
	return b
}

// lookedAt has a look at a name end with what it found.
func lookedAt(t *testing.T, s *store.Store, name string, b setup.DiagnosisBody) setup.Diagnosis {
	t.Helper()
	d, err := s.AskDiagnosis(t.Context(), store.NewDiagnosis{Name: name, Connection: setup.DefaultConnection, By: "Mira Okafor"})
	must(t, err)
	must(t, s.FinishDiagnosis(t.Context(), "w", take(t, s).ID, b))
	d, err = s.Diagnosis(t.Context(), d.ID)
	must(t, err)
	return d
}

// From the result of a look to the setup: what is taken over, what differs and what
// becomes of it. Sent twice, it is made once.
func TestANameIsAdopted(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	d := lookedAt(t, s.Store, "legacy.harborview.example", legacy())
	at := handlers.DiagnosisURL(d.ID)
	result := s.Page(at)
	handlerstest.Contains(t, result, "aside", "Not in apifront yet", "Adopting changes nothing in AWS")
	if got := result.Find(`a[href="` + at + `/adopt"]`).Length(); got != 2 {
		t.Errorf("%d links lead to adopting", got)
	}
	page := s.Page(at + "/adopt")
	handlerstest.Contains(t, page, "h1", "Adopt legacy.harborview.example")
	handlerstest.Contains(t, page, ".facts", "Found", "account 4821-7730-1954, eu-west-1", "Looked only, changed nothing")
	handlerstest.Contains(t, page, ".now-later", "Nothing.", "not even a tag", "What you choose.")
	handlerstest.Contains(t, page, "table", "E1MVQ08Z4KD2RC", "Deployed", "/ and /orders", "1 other distribution", "So it is never deleted from here", "Nothing else")
	handlerstest.Contains(t, page, ".card-f", "Not taken over:", "harborview-logs")
	handlerstest.Contains(t, page, ".differs", "Only GET and HEAD", "GET, HEAD, OPTIONS, PUT", "Kept as it is.", "no setting for logs")
	handlerstest.Contains(t, page, "main", "Terraform made this distribution.", "terraform state rm aws_cloudfront_distribution.legacy", "12 calls, all of them reads", "Give it back")
	form := handlerstest.Fields(page, `form[action="`+at+`/adopt"]`)
	if form.Get("d-distribution/AllowedMethods") != "right" || form.Get("d-distribution/ErrorCachingMinTTL") != "keep" || form.Has("d-distribution/Logging") {
		t.Errorf("proposed is %v", form)
	}
	form.Set("d-distribution/ForwardedValues", "keep")
	form.Set("d-distribution/Logging", "right") // which cannot be
	a := s.Post(at+"/adopt", form)
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, "/setups/") {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	if again := s.Post(at+"/adopt", form); again.Status != http.StatusSeeOther || again.To != a.To {
		t.Errorf("sent twice: status %d to %q", again.Status, again.To)
	}
	if again := s.Get(at + "/adopt"); again.Status != http.StatusSeeOther || again.To != a.To {
		t.Errorf("opened again: status %d to %q", again.Status, again.To)
	}
	v, err := s.Store.Setup(t.Context(), strings.TrimPrefix(a.To, "/setups/"))
	must(t, err)
	drafts, err := s.Store.DraftsOf(t.Context(), v.ID)
	must(t, err)
	if v.Revision != 1 || len(v.Spec.AsFound) != 4 || len(drafts) != 1 || drafts[0].BeganFrom != 1 || drafts[0].CreatedBy.Name != "Mira Okafor" {
		t.Errorf("made is %+v with the changes %+v", v, drafts)
	}
	trail := s.Trail(0)
	if l := trail[len(trail)-1]; l.Action != store.ActSetupAdopt || !strings.HasSuffix(l.Detail, "to put right: distribution/AllowedMethods") {
		t.Errorf("the audit trail says %+v", l)
	}
	result = s.Page(at)
	if result.Find(`button[name=then]`).Length() != 0 || page.Find(`button[name=then][value=fix]`).Length() != 1 {
		t.Error("the button to adopt and fix does not stand where it should")
	}
	if result.Find(`a[href="`+at+`/adopt"]`).Length() != 0 || result.Find(`a[href="`+a.To+`"]`).Length() == 0 {
		t.Error("it is a setup, and the page of the look offers to adopt it")
	}
}

// "Adopt and fix" leads to the review of what is put right, and to the setup where
// nothing is.
func TestAdoptAndFix(t *testing.T) {
	t.Parallel()
	for choice, want := range map[string]string{"right": "/drafts/", "keep": "/setups/"} {
		s := handlerstest.SignedIn(t, nil)
		at := handlers.DiagnosisURL(lookedAt(t, s.Store, "legacy.harborview.example", legacy()).ID) + "/adopt"
		form := handlerstest.Fields(s.Page(at), `form[action="`+at+`"]`)
		for key := range form {
			if strings.HasPrefix(key, "d-") {
				form.Set(key, choice)
			}
		}
		form.Set("then", "fix")
		a := s.Post(at, form)
		if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, want) || strings.HasPrefix(a.To, "/drafts/") && !strings.HasSuffix(a.To, "/review") {
			t.Errorf("%s: status %d to %q", choice, a.Status, a.To)
		}
	}
}

// A look that is too old is made once more, and what was chosen is kept on the way.
func TestAnOldLookIsMadeOnceMore(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	d := lookedAt(t, s.Store, "legacy.harborview.example", legacy())
	at := handlers.DiagnosisURL(d.ID) + "/adopt"
	form := handlerstest.Fields(s.Page(at), `form[action="`+at+`"]`)
	form.Set("d-distribution/AllowedMethods", "keep")
	form.Set("d-distribution/ErrorCachingMinTTL", "right")
	s.Clock.Forward(11 * time.Minute)
	handlerstest.Contains(t, s.Page(at), "main", "older than 10 minutes")
	a := s.Post(at, form)
	if a.Status != http.StatusSeeOther || strings.HasPrefix(a.To, "/setups/") || !strings.HasPrefix(a.To, "/doctor/") || strings.HasPrefix(a.To, handlers.DiagnosisURL(d.ID)) {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	waits := s.Page(a.To)
	handlerstest.Contains(t, waits, "main", "older than 10 minutes, so apifront looks once more", "What you chose is kept")
	if events := waits.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", ""); !strings.Contains(events, "/events?adopt=again&") {
		t.Errorf("the stream is at %q", events)
	}
	changed := legacy()
	changed.Adoption.Differs = changed.Adoption.Differs[:3]
	changed.Adoption.Differs[1].Is = "ForwardedValues: Host"
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", take(t, s.Store).ID, changed))
	done := s.Page(a.To)
	handlerstest.Contains(t, done, "main", "Go on with adopting: what you chose is kept.")
	next := done.Find("aside a:contains(Adopt)").AttrOr("href", "")
	page := s.Page(next)
	handlerstest.Contains(t, page, "[role=alert]", "What is there has changed")
	new := strings.SplitN(next, "?", 2)[0]
	again := handlerstest.Fields(page, `form[action="`+new+`"]`)
	if again.Get("d-distribution/AllowedMethods") != "keep" || again.Get("d-distribution/ErrorCachingMinTTL") != "right" {
		t.Errorf("what was chosen has become %v", again)
	}
	// The form of the old look is sent to the new one.
	a = s.Post(new, form)
	if a.Status != http.StatusConflict || !a.IsPage {
		t.Fatalf("what was seen is not there any more: status %d to %q", a.Status, a.To)
	}
	handlerstest.CheckPage(t, new, a.Doc)
	handlerstest.Contains(t, a.Doc, "[role=alert]", "Nothing was adopted: this is not what you saw")
	handlerstest.Contains(t, a.Doc, ".differs", "ForwardedValues: Host")
	if got := handlerstest.Fields(a.Doc, `form[action="`+new+`"]`); got.Get("d-distribution/AllowedMethods") != "keep" {
		t.Errorf("what was chosen has become %v", got)
	}
	// A newer look has found something else, whoever asked for it.
	s.Clock.Forward(time.Minute)
	last := lookedAt(t, s.Store, d.Name, legacy())
	a = s.Post(new, again)
	if a.Status != http.StatusConflict || a.Doc.Find(`form[action="`+handlers.DiagnosisURL(last.ID)+`/adopt"]`).Length() != 1 {
		t.Errorf("a newer look has found something else: status %d to %q", a.Status, a.To)
	}
	a = s.Post(handlers.DiagnosisURL(last.ID)+"/adopt", handlerstest.Fields(a.Doc, `form[action$="/adopt"]`))
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, "/setups/") {
		t.Errorf("then: status %d to %q", a.Status, a.To)
	}
}

// What cannot be adopted has the reasons and no button; what is only half there says so.
func TestWhatCannotBeAdopted(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	refused := legacy()
	refused.Adoption.Refused = []setup.Problem{{What: "The distribution has 3 behaviors.", Why: "A setup has one.", Fix: "Re-run this step after you have taken two out."}, {What: "Other."}}
	refused.Adoption.Differs = nil
	d := lookedAt(t, s.Store, "legacy.harborview.example", refused)
	at := handlers.DiagnosisURL(d.ID)
	handlerstest.Contains(t, s.Page(at), "aside", "It cannot be adopted as it is: The distribution has 3 behaviors.", "Why, and what to do")
	page := s.Page(at + "/adopt")
	handlerstest.Contains(t, page, "main", "Why it cannot be adopted", "2 reasons", "The distribution has 3 behaviors.", "A setup has one.", "Look again", "E1MVQ08Z4KD2RC")
	if page.Find(`form[action$="/adopt"] button:not([type=button])`).Length() > 0 {
		t.Error("there is a button to adopt it")
	}
	if strings.Contains(page.Find("main").Text(), "Re-run this step") {
		t.Error("it names a step that this page does not have")
	}
	if a := s.Post(at+"/adopt", url.Values{"seen": {refused.Adoption.Digest()}}); a.Status != http.StatusConflict {
		t.Errorf("adopted all the same: status %d to %q", a.Status, a.To)
	}
	b := wrong() // no account was asked
	d = lookedAt(t, s.Store, "other.harborview.example", b)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if a := s.Do(method, handlers.DiagnosisURL(d.ID)+"/adopt", url.Values{}, nil); a.Status != http.StatusConflict || !strings.Contains(a.Body, "There is nothing to adopt") {
			t.Errorf("%s of nothing: status %d", method, a.Status)
		}
	}
	if s.Page(handlers.DiagnosisURL(d.ID)).Find(`a[href$="/adopt"]`).Length() > 0 {
		t.Error("the page offers to adopt nothing")
	}
	s.Clock.Forward(time.Minute)
	open, err := s.Store.AskDiagnosis(t.Context(), store.NewDiagnosis{Name: "open.harborview.example", By: "Mira Okafor"})
	must(t, err)
	if a := s.Get(handlers.DiagnosisURL(open.ID) + "/adopt"); a.Status != http.StatusSeeOther || a.To != handlers.DiagnosisURL(open.ID) {
		t.Errorf("while it looks: status %d to %q", a.Status, a.To)
	}
	must(t, s.Store.StopDiagnosis(t.Context(), open.ID, "Mira Okafor"))
	if a := s.Get("/doctor/nobody/adopt"); a.Status != http.StatusNotFound {
		t.Errorf("of no look: status %d", a.Status)
	}
	empty := legacy()
	empty.Adoption = &setup.Adoption{Spec: empty.Adoption.Spec}
	empty.Way, empty.Calls = nil, 0
	d = lookedAt(t, s.Store, "empty.harborview.example", empty)
	handlerstest.Contains(t, s.Page(handlers.DiagnosisURL(d.ID)+"/adopt"), "main", "Nothing was found that could be taken over.", "Every setting is as apifront would make it.", "Nothing, by itself.")
	long := legacy()
	long.Adoption.Spec.Domain.Name = ""
	for i := range 60 {
		long.Adoption.Differs = append(long.Adoption.Differs, setup.Difference{Key: fmt.Sprintf("distribution/F%d", i), Title: strings.Repeat("Title ", 80), Is: strings.Repeat("is-", 200), Want: "<b>want</b>"})
		long.Adoption.Taken = append(long.Adoption.Taken, setup.AdoptedThing{Thing: setup.Thing{What: "Path mapping", ID: strings.Repeat("/v1 and ", 40)}})
	}
	d = lookedAt(t, s.Store, strings.Repeat("long.", 40)+"example.com", long)
	page = s.Page(handlers.DiagnosisURL(d.ID) + "/adopt")
	if n := page.Find(".differs > li").Length(); n != 64 {
		t.Errorf("%d differences are shown", n)
	}
	handlerstest.Contains(t, page, "main", "Show the other 44 things")
}

// Something of it belongs to another setup, or a job is at work on the name: nothing is
// adopted, and it says who has it.
func TestWhatOthersHaveIsNotAdopted(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Finish()
	b := legacy()
	b.Adoption.Resources[0].ID, b.Adoption.Resources[0].ARN = "E2QWX7K1M9PLTB", ""
	d := lookedAt(t, s.Store, "legacy.harborview.example", b)
	at := handlers.DiagnosisURL(d.ID) + "/adopt"
	r := s.Request(http.MethodPost, at, handlerstest.Fields(s.Page(at, http.StatusOK), `form[action="`+at+`"]`), nil)
	doc, err := goquery.NewDocumentFromReader(r.Body)
	must(t, err)
	if r.StatusCode != http.StatusConflict {
		t.Fatalf("status %d", r.StatusCode)
	}
	handlerstest.CheckPage(t, at, doc)
	handlerstest.Contains(t, doc, "main", "Distribution E2QWX7K1M9PLTB belongs to the setup of api.harborview.example already.", "Look again")
	if _, err := s.Store.SetupByName(t.Context(), "482177301954", d.Name); err == nil {
		t.Error("there is a setup")
	}
}

// Who may start jobs may adopt; a viewer sees what would be.
func TestWhoMayAdopt(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	must(t, s.Store.CreateUser(t.Context(), store.User{Name: "vera", Email: "vera@example.com", PasswordHash: handlerstest.PasswordHash(), Role: store.RoleViewer}))
	s.SignIn("vera@example.com")
	d := lookedAt(t, s.Store, "legacy.harborview.example", legacy())
	at := handlers.DiagnosisURL(d.ID) + "/adopt"
	page := s.Page(at)
	handlerstest.Contains(t, page, "main", "Somebody with the role operator can adopt it.")
	if page.Find(`button:contains("Adopt")`).Length() > 0 {
		t.Error("a viewer has the button")
	}
	if a := s.Post(at, url.Values{"seen": {legacy().Adoption.Digest()}}); a.Status != http.StatusForbidden {
		t.Errorf("a viewer adopts: status %d", a.Status)
	}
}

// Where something of the account has to give the name, the page leads to the wizard with
// the name and the Region, and says what to choose there. Viewers read it.
func TestTheWizardTakesANameOver(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	b := wrong()
	b.Takeover = &setup.Takeover{Region: "us-west-2", Text: "Choose \"Move it\" on the page Domain and DNS."}
	at := s.Post("/doctor", url.Values{"domain": {"api.example.com"}, "connection": {""}}).To
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", take(t, s.Store).ID, b))
	page := s.Page(at)
	handlerstest.Contains(t, page, "aside", "A setup can take the name over", b.Takeover.Text)
	form := handlerstest.Fields(page, `aside form[action="/drafts"]`)
	a := s.Post("/drafts", form)
	id := strings.Split(strings.TrimPrefix(a.To, "/drafts/"), "/")[0]
	d, err := s.Store.Draft(t.Context(), id)
	must(t, err)
	if d.Spec.Domain.Name != "api.example.com" || d.Spec.Account.Region != "us-west-2" {
		t.Errorf("the wizard begins with %q in %q", d.Spec.Domain.Name, d.Spec.Account.Region)
	}
	if a := s.Post("/drafts", url.Values{"region": {"nowhere-1"}}); a.Status != http.StatusSeeOther {
		t.Errorf("a region that is none: status %d", a.Status)
	}
	must(t, s.Store.CreateUser(t.Context(), store.User{Name: "vera", Email: "vera@example.com", PasswordHash: handlerstest.PasswordHash(), Role: store.RoleViewer}))
	s.Client = handlerstest.NewBrowser(t)
	s.SignIn("vera@example.com")
	page = s.Page(at)
	handlerstest.Contains(t, page, "aside", b.Takeover.Text, "An operator can do that.")
	if page.Find(`form[action="/drafts"]`).Length() > 0 {
		t.Error("a viewer is offered to set it up")
	}
}
