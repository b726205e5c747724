package wizard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/handlers/wizard"
	"apifront/setup"
	"apifront/store"
)

// started is a site with a setup whose first job was cancelled, and its address.
func started(t *testing.T) (*handlerstest.Site, string) {
	t.Helper()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	if a := s.Begin(draft, nil); a.To != "/jobs/1" {
		t.Fatalf("start: %d %q", a.Status, a.To)
	}
	if a := s.Post("/jobs/1/cancel", nil); a.Status != http.StatusSeeOther {
		t.Fatalf("cancel: %d", a.Status)
	}
	return s, "/setups/" + strings.TrimPrefix(draft, "/drafts/")
}

// opened begins a change draft and returns its address.
func opened(t *testing.T, s *handlerstest.Site, of string) string {
	t.Helper()
	a := s.Post(of+"/change", nil)
	draft, ok := strings.CutSuffix(a.To, "/review")
	if !ok {
		t.Fatalf("a change: %d to %q", a.Status, a.To)
	}
	return draft
}

// edit answers the page of edge settings of a draft.
func edit(t *testing.T, s *handlerstest.Site, draft string, answers map[string]string) {
	t.Helper()
	if a := s.Press(draft+"/edge", "next", answers); a.Status != http.StatusSeeOther {
		t.Fatalf("edge settings: %d: %s", a.Status, a.Doc.Find("#errors").Text())
	}
	s.Work()
}

// A change says field by field what it changes, and becomes the next revision
// of the same setup.
func TestAChangeMakesNoSecondSetup(t *testing.T) {
	s, of := started(t)
	for _, comment := range []string{"one", "two", "three"} {
		draft := opened(t, s, of)
		page := s.Page(draft + "/review")
		handlerstest.Contains(t, page, "#change-h", "What changes")
		handlerstest.Contains(t, page, "#part", "Nothing: these are the answers of revision")
		handlerstest.Contains(t, page, "nav.crumbs", "Change api.harborview.example")
		edit(t, s, draft, map[string]string{"comment": comment})
		page = s.Page(draft + "/review")
		handlerstest.Contains(t, page, ".chgs [data-page=edge]", "Comment", comment)
		if n := page.Find(".chgs > li").Length(); n != 1 {
			t.Errorf("%d answers differ, want 1", n)
		}
		handlerstest.Contains(t, page, ".startbar", "Apply change")
		a := s.Begin(draft, nil)
		if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, "/jobs/") {
			t.Fatalf("start: %d %q", a.Status, a.To)
		}
		s.Post(a.To+"/cancel", nil)
	}
	list, total, err := s.Store.Setups(t.Context(), store.SetupFilter{Limit: 10})
	if err != nil || total.Of("") != 1 || list[0].Setup.Revision != 4 || list[0].Setup.Spec.Edge.Comment != "three" {
		t.Errorf("there are %d setups, %+v, %v", total.Of(""), list, err)
	}
}

// Two people change one setup. The second person is told what the first has
// changed, keeps every answer, and can go on from there.
func TestTwoPeopleChangeOneSetup(t *testing.T) {
	s, of := started(t)
	mine := opened(t, s, of)
	edit(t, s, mine, map[string]string{"methods": setup.MethodsRead})
	s.User("Jonas Lindqvist", "jonas@harborview.example")
	s.SignIn("jonas@harborview.example")
	theirs := opened(t, s, of)
	if theirs == mine {
		t.Fatal("one person's change is another's")
	}
	edit(t, s, theirs, map[string]string{"comment": "theirs"})
	a := s.Begin(theirs, nil)
	if a.Status != http.StatusSeeOther {
		t.Fatalf("the first start: %d", a.Status)
	}
	s.Post(a.To+"/cancel", nil)
	s.SignIn(handlerstest.Email)
	a = s.Begin(mine, nil)
	if a.Status != http.StatusConflict {
		t.Fatalf("the second start: %d, want 409", a.Status)
	}
	handlerstest.CheckPage(t, "behind", a.Doc)
	handlerstest.Contains(t, a.Doc, "#part", "api.harborview.example was changed meanwhile", "began from revision 1", "Comment: nothing became theirs", "Go on from revision 2")
	if got := s.Spec(mine).Edge; got.Methods != setup.MethodsRead || got.Comment != "" {
		t.Errorf("the answers are not kept: %+v", got)
	}
	form := handlerstest.Fields(a.Doc, `form[action="`+mine+`/rebase"]`)
	if a = s.Post(mine+"/rebase", form); a.To != mine+"/review" {
		t.Fatalf("going on: %d %q", a.Status, a.To)
	}
	page := s.Page(mine + "/review")
	if page.Find("#behind-h").Length() > 0 {
		t.Error("the draft is still behind")
	}
	handlerstest.Contains(t, page, ".chgs [data-page=edge]", "Methods", "Comment", "theirs")
	if a = s.Begin(mine, nil); a.Status != http.StatusSeeOther {
		t.Errorf("the start after that: %d", a.Status)
	}
	for name, form := range map[string]url.Values{
		"no revision":  {"setup": {strings.TrimPrefix(of, "/setups/")}},
		"no setup":     {"setup": {"none"}, "revision": {"2"}},
		"of a started": form,
	} {
		draft := opened(t, s, of)
		want := http.StatusNotFound
		if name == "of a started" {
			draft, want = mine, http.StatusConflict
		}
		if a := s.Post(draft+"/rebase", form); a.Status != want {
			t.Errorf("%s: status %d, want %d", name, a.Status, want)
		}
	}
}

// A second draft of a name that is a setup by now can become a change of that
// setup, and keeps its answers.
func TestASecondDraftOfANameBecomesAChange(t *testing.T) {
	s, of := started(t)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	edit(t, s, draft, map[string]string{"comment": "second"})
	a := s.Begin(draft, nil)
	if a.Status != http.StatusConflict {
		t.Fatalf("status %d, want 409", a.Status)
	}
	handlerstest.Contains(t, a.Doc, "#part", "There is a setup of api.harborview.example already", "Change that setup")
	// The review says so before anybody presses Start, which is held, and nothing else.
	s.Work()
	doc := s.Page(draft + "/review")
	if got := handlerstest.Squash(doc.Find(".btn.solid").Text()); got != "Change that setup" {
		t.Errorf("the solid button is %q", got)
	}
	handlerstest.Contains(t, doc, "#blocked", "There is a setup of api.harborview.example already.")
	if held := doc.Find(".startbar button[disabled]").Text(); held != "Start job" || doc.Find("#pre-h, #plan-h").Length() > 0 {
		t.Errorf("held is %q, and it shows %s", held, handlerstest.Squash(doc.Find("#part h2").Text()))
	}
	if got := s.Spec(draft); got.Domain.Name != "api.harborview.example" || got.Edge.Comment != "second" {
		t.Errorf("the draft lost its answers: %+v", got)
	}
	form := handlerstest.Fields(a.Doc, `form[action="`+draft+`/rebase"]`)
	if a = s.Post(draft+"/rebase", form); a.To != draft+"/review" {
		t.Fatalf("making it a change: %d %q", a.Status, a.To)
	}
	handlerstest.Contains(t, s.Page(draft+"/review"), ".chgs [data-page=edge]", "Comment", "second")
	if a = s.Begin(draft, nil); a.Status != http.StatusSeeOther {
		t.Fatalf("the start after that: %d", a.Status)
	}
	if v, err := s.Store.Setup(t.Context(), strings.TrimPrefix(of, "/setups/")); err != nil || v.Revision != 2 {
		t.Errorf("the setup is %+v, %v", v, err)
	}
}

// If the name differs, the review says before the start that this makes another
// setup.
func TestAnotherNameInAChangeIsSaid(t *testing.T) {
	s, of := started(t)
	draft := opened(t, s, of)
	_, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageReview, "Mira Okafor", func(sp *setup.Spec) {
		sp.Domain.Name = "next.harborview.example"
	})
	if err != nil {
		t.Fatal(err)
	}
	page := s.Page(draft + "/review")
	handlerstest.Contains(t, page, "#part", "Another account or domain name is another setup", "api.harborview.example stays as it is")
	handlerstest.Contains(t, page, ".startbar", "Start job")
}

// A draft that changes a setup says so wherever a new one would be made.
func TestAChangeIsNotANewSetup(t *testing.T) {
	s, of := started(t)
	draft := opened(t, s, of)
	page := s.Page(draft + "/edge")
	handlerstest.Contains(t, page, "#plan", "What the setup is to have", "Nothing changes yet.")
	if page.Find(`nav.crumbs a[href="`+of+`"]`).Length() != 1 {
		t.Error("the page does not lead to the setup")
	}
	handlerstest.Contains(t, s.Page(draft+"/review"), "h1", "Check the change, then apply it")
	handlerstest.Contains(t, s.Page(draft+"/review"), "title", "Check the change, then apply it")
	page = s.Page(draft + "/delete")
	handlerstest.Contains(t, page, "main", "Delete this change of api.harborview.example", "The setup and all that exists in AWS stay as they are.")
	if page.Find(`main a[href="`+of+`"]`).Length() != 1 {
		t.Error("who keeps the draft is not led to the setup")
	}
	if a := s.Post(draft+"/delete", nil); a.To != of {
		t.Errorf("the deletion leads to %q", a.To)
	}
}

// The path above a removed path answers for it, or no path does.
func TestWhoAnswersForAPathTakenOut(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	first := s.NewDraft()
	s.Through(first, setup.PageReview)
	save := func(draft string, change func(a *setup.API)) {
		t.Helper()
		_, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageReview, "Mira Okafor", func(sp *setup.Spec) { change(&sp.API) })
		if err != nil {
			t.Fatal(err)
		}
	}
	save(first, func(a *setup.API) { a.Mappings[0].Path = "v1/orders" })
	s.Work()
	if a := s.Begin(first, nil); a.To != "/jobs/1" {
		t.Fatalf("start: %d %q", a.Status, a.To)
	}
	draft := opened(t, s, "/setups/"+strings.TrimPrefix(first, "/drafts/"))
	m := s.Spec(draft).API.Mappings[0]
	for _, test := range []struct {
		path string
		left []string
		says string
	}{
		{"team", nil, "Callers of it get 403 from then on."},
		{"", nil, "From then on its callers get answers of /, which is " + m.APIName + ", stage " + m.Stage + "."},
		{"", []string{"v1"}, "From then on its callers get answers of /v1, which stays mapped."},
	} {
		save(draft, func(a *setup.API) { a.Mappings[0].Path, a.Left = test.path, test.left })
		handlerstest.Contains(t, s.Page(draft+"/review"), "#part", "/v1/orders is deleted in API Gateway at the end of the job. "+test.says)
	}
}

// The mapping of a removed path is deleted, unless the person chooses that it
// stays.
func TestAPathTakenOutGoesOrStays(t *testing.T) {
	s, of := started(t)
	draft := opened(t, s, of)
	id, was := strings.TrimPrefix(draft, "/drafts/"), s.Spec(draft).API.Mappings[0].Path
	_, err := s.Store.SaveDraft(t.Context(), id, 0, setup.PageReview, "Mira Okafor", func(sp *setup.Spec) { sp.API.Mappings[0].Path = "v2" })
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		leave, says string
		left        []string
	}{{"", "/" + was + " is deleted", nil}, {"yes", "/" + was + " stays mapped", []string{was}}, {"yes", "/" + was + " stays mapped", []string{was}}, {"no", "/" + was + " is deleted", nil}} {
		if step.leave != "" {
			if a := s.Post(draft+"/leave", url.Values{"path": {was}, "leave": {step.leave}}); a.To != draft+"/review" {
				t.Fatalf("leave %s: %d %q", step.leave, a.Status, a.To)
			}
		}
		handlerstest.Contains(t, s.Page(draft+"/review"), ".chgs li:last-child", "Path /"+was, "Not part of this setup any more", step.says)
		if got := s.Spec(draft).API.Left; strings.Join(got, " ") != strings.Join(step.left, " ") || len(got) != len(step.left) {
			t.Errorf("after %q what is left is %q", step.leave, got)
		}
	}
	for _, path := range []string{"v2", "none"} {
		if a := s.Post(draft+"/leave", url.Values{"path": {path}, "leave": {"yes"}}); a.Status != http.StatusNotFound {
			t.Errorf("leaving %s: status %d", path, a.Status)
		}
	}
	if a := s.Post(s.NewDraft()+"/leave", url.Values{"path": {was}, "leave": {"yes"}}); a.Status != http.StatusNotFound {
		t.Errorf("in a draft of a new setup: status %d", a.Status)
	}
}

// The review names every difference between two specs, except for what is
// filled in by itself.
func TestEveryAnswerThatDiffersIsSaid(t *testing.T) {
	is := setup.DefaultSpec()
	is.Account.Region = "eu-west-1"
	is.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1", APIName: "orders", Kind: setup.APIKindREST, Stage: "prod"}}
	is.Domain.Name, is.Domain.ZoneID, is.Domain.ZoneName = "api.example.com", "Z1", "example.com"
	is.Edge.Caching = setup.CachingFixed
	other := setup.Mapping{Path: "billing", APIID: "b2", Kind: setup.APIKindREST, Stage: "prod"}
	for name, change := range map[string]func(*setup.Spec){
		"connection": func(sp *setup.Spec) { sp.Account.Connection = "profile:other" },
		"account":    func(sp *setup.Spec) { sp.Account.AccountID = "111122223333" },
		"region":     func(sp *setup.Spec) { sp.Account.Region = "eu-central-1" },
		"API": func(sp *setup.Spec) {
			sp.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "b2", APIName: "orders", Kind: setup.APIKindREST, Stage: "prod"}}
		},
		"stage": func(sp *setup.Spec) {
			sp.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1", APIName: "orders", Kind: setup.APIKindREST, Stage: "next"}}
		},
		"path added": func(sp *setup.Spec) { sp.API.Mappings = append(sp.API.Mappings[:1:1], other) },
		"path moved": func(sp *setup.Spec) {
			sp.API.Mappings = []setup.Mapping{{Path: "v2", APIID: "a1", APIName: "orders", Kind: setup.APIKindREST, Stage: "prod"}}
		},
		"zone":              func(sp *setup.Spec) { sp.Domain.ZoneID = "Z2" },
		"DNS":               func(sp *setup.Spec) { sp.Domain.DNS = setup.DNSElsewhere },
		"switch":            func(sp *setup.Spec) { sp.Domain.Switch = setup.SwitchLater },
		"DNS connection":    func(sp *setup.Spec) { sp.Domain.Connection = "profile:dns" },
		"edge certificate":  func(sp *setup.Spec) { sp.Certificates.Edge = "arn:aws:acm:us-east-1:1:certificate/x" },
		"other certificate": func(sp *setup.Spec) { sp.Certificates.Regional = "arn:aws:acm:eu-west-1:1:certificate/x" },
		"caching":           func(sp *setup.Spec) { sp.Edge.Caching = setup.CachingAPI },
		"TTL":               func(sp *setup.Spec) { sp.Edge.TTL = 61 },
		"key headers":       func(sp *setup.Spec) { sp.Edge.KeyHeaders = []string{"Host"} },
		"shared answers":    func(sp *setup.Spec) { sp.Edge.Accepts = []string{setup.SharedSites} },
		"methods":           func(sp *setup.Spec) { sp.Edge.Methods = setup.MethodsRead },
		"viewers":           func(sp *setup.Spec) { sp.Edge.ViewerProtocol = setup.ViewerHTTPSOnly },
		"TLS":               func(sp *setup.Spec) { sp.Edge.MinimumTLS = "TLSv1.3_2025" },
		"TLS of one floor":  func(sp *setup.Spec) { sp.Edge.MinimumTLS = "TLSv1.2_2025" },
		"HTTP":              func(sp *setup.Spec) { sp.Edge.HTTPVersion = "http2" },
		"IPv6":              func(sp *setup.Spec) { sp.Edge.IPv6 = false },
		"compression":       func(sp *setup.Spec) { sp.Edge.Compress = false },
		"price class":       func(sp *setup.Spec) { sp.Edge.PriceClass = "PriceClass_100" },
		"time-out":          func(sp *setup.Spec) { sp.Edge.ReadTimeout = 30 },
		"firewall":          func(sp *setup.Spec) { sp.Edge.WebACL = "arn:aws:wafv2:us-east-1:1:global/webacl/x/y" },
		"comment":           func(sp *setup.Spec) { sp.Edge.Comment = "x" },
		"tags":              func(sp *setup.Spec) { sp.Edge.Tags = []setup.Tag{{Key: "team", Value: "x"}} },
	} {
		want := is
		change(&want)
		if said := wizard.Differ(is, want); said == "" {
			t.Errorf("a change of the %s is not said", name)
		}
	}
	if said := wizard.Differ(is, is); said != "" {
		t.Errorf("of two equal ones is said %q", said)
	}
}

// A change that takes DNS away from Route 53 says that the records there stay,
// and asks for none now.
func TestAReviewSaysThatRecordsStayInRoute53(t *testing.T) {
	t.Parallel()
	is := setup.DefaultSpec()
	is.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSRoute53, ZoneID: "Z1", ZoneName: "example.com", Switch: setup.SwitchAtEnd}
	want := is
	want.Domain.DNS, want.Domain.ZoneID, want.Domain.ZoneName = setup.DNSElsewhere, "", ""
	if said := wizard.Differ(is, want); strings.Contains(said, "You add") || !strings.Contains(said, "What apifront added in Route 53 stays") || !strings.Contains(said, "add 2 records at the new provider") {
		t.Error(said)
	}
	was := want
	was.Domain.Switch, is.Domain.Switch = setup.SwitchLater, setup.SwitchLater
	want.Domain.Switch = setup.SwitchAtEnd
	if said := wizard.Differ(was, want); !strings.Contains(said, "You add 2 records") {
		t.Error(said)
	}
}
