package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/store"
)

func TestNewcomerTypesOnlyTheDomainName(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	want := setup.DefaultSpec()
	want.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: "482177301954", Region: "eu-west-1"}
	want.API.Mappings = []setup.Mapping{{APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindHTTP, Stage: "prod"}}
	want.Domain = setup.Domain{Name: "api.harborview.example", DNS: setup.DNSRoute53, ZoneID: "Z1", ZoneName: "harborview.example", Switch: setup.SwitchAtEnd}
	want.Certificates = setup.Certificates{Edge: "arn:aws:acm:us-east-1:482177301954:certificate/longer", Answered: true}
	if diff := cmp.Diff(want, s.spec(draft)); diff != "" {
		t.Errorf("the answers: %s", diff)
	}
	doc := s.page(draft + "/review")
	contains(t, doc, "#part", "Comparing with AWS", "This name is live today")
	s.work()
	doc = s.page(draft + "/review")
	contains(t, doc, "#part", "Reuse", "Create", "OriginProtocolPolicy: http-only becomes https-only", "Nothing in AWS is in the way")
	contains(t, doc, "aside", "Create distribution", "About ")
	contains(t, doc, "#ans-domain ~ dl", "api.harborview.example", "Route 53, hosted zone harborview.example")
	a := s.post(draft+"/start", nil)
	if a.status != http.StatusSeeOther || a.to != "/jobs/1" {
		t.Fatalf("start: status %d to %q", a.status, a.to)
	}
	list, err := s.store.Steps(t.Context(), 1)
	if err != nil || len(list) < 10 {
		t.Fatalf("the job has %d steps: %v", len(list), err)
	}
	a = s.post(draft+"/start", nil)
	if a.status != http.StatusConflict {
		t.Fatalf("a second start: status %d", a.status)
	}
	checkPage(t, "second start", a.doc)
	contains(t, a.doc, "h1", "This draft has been started")
	a = s.post(draft+"/edge", url.Values{"go": {"next"}})
	if a.status != http.StatusConflict {
		t.Errorf("saving a started draft: status %d", a.status)
	}
	contains(t, s.page("/"), "main", "api.harborview.example", "Watch the job")
}

func TestSecondJobOnTheSameNameLeadsToTheFirst(t *testing.T) {
	s := signedInSite(t, nil)
	for i := range 2 {
		draft := s.newDraft()
		s.through(draft, setup.PageReview)
		a := s.post(draft+"/start", nil)
		if i == 0 {
			continue
		}
		if a.status != http.StatusConflict {
			t.Fatalf("status %d, want 409", a.status)
		}
		contains(t, a.doc, "h1", "Job 1 is still at work on api.harborview.example")
		if a.doc.Find(`main a[href="/jobs/1"]`).Length() != 1 {
			t.Error("no link to the job")
		}
		if got := s.spec(draft).Domain.Name; got != "api.harborview.example" {
			t.Errorf("the draft lost its answers: %q", got)
		}
	}
}

func TestEveryWizardPageInEveryState(t *testing.T) {
	problem := &setup.Problem{What: "AWS did not accept these credentials.", Why: "The token has expired.", Fix: "Sign in again, then ask AWS again.", Service: "STS", Said: "ExpiredToken", Ref: "e4b1c7f2"}
	states := map[string]func(s *wizardSite){
		"known": func(*wizardSite) {},
		"failed": func(s *wizardSite) {
			for k := range s.looks {
				s.looks[k] = problem
			}
		},
		"empty": func(s *wizardSite) {
			s.looks = map[setup.LookKind]any{setup.LookIdentity: setup.Identity{}, setup.LookAPIs: []setup.APIInfo{}, setup.LookZones: []setup.Zone{}, setup.LookName: setup.NameFacts{}, setup.LookCertificates: []setup.CertificateInfo{}, setup.LookPlan: setup.Plan{}}
		},
	}
	for name, change := range states {
		t.Run(name, func(t *testing.T) {
			s := signedInSite(t, nil)
			change(s)
			draft := s.newDraft()
			for _, p := range setup.Pages() {
				path := draft + "/" + string(p.ID)
				doc := s.page(path) // nothing known yet
				pending := doc.Find("noscript meta[http-equiv=refresh]").Length() > 0 || strings.Contains(doc.Find("noscript").Text(), "refresh")
				if (p.ID == setup.PageAccount || p.ID == setup.PageAPI) && (!pending || doc.Find("[hx-post][hx-trigger^=load]").Length() != 1) {
					t.Errorf("%s: the page does not come again while the worker looks (noscript: %t)", path, pending)
				}
				s.work()
				doc = s.page(path)
				if doc.Find("[hx-post][hx-trigger^=load]").Length() != 0 {
					t.Errorf("%s: still asks although the answer is there", path)
				}
				contains(t, doc, "title", "page ")
				if name == "failed" && p.ID == setup.PageAPI {
					contains(t, doc, "#part", problem.What, problem.Why, problem.Fix, problem.Said, problem.Ref)
				}
				if name == "empty" && p.ID == setup.PageAPI {
					contains(t, doc, "#part", "No API in eu-west-1 (Ireland) can be chosen")
				}
				if _, err := s.store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, p.ID, "Mira Okafor", func(sp *setup.Spec) {
					sp.Account.Region, sp.Domain.Name = "eu-west-1", "api.harborview.example"
				}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestRefusedFormsKeepWhatWasTyped(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	tests := []struct {
		page    setup.PageID
		field   string
		typed   string
		want    string
		errorAt string
	}{
		{setup.PageAccount, "region", "mars-1", "Choose the region of your API", "region"},
		{setup.PageAccount, "connection", "profile:gone", "this server has no AWS profile gone any more", "connection-default"},
		{setup.PageAPI, "path-0", "/my orders", "Take the space out of the path", "path-0"},
		{setup.PageAPI, "path-0", "/ping", "API Gateway keeps /ping", "path-0"},
		{setup.PageAPI, "api-0", "zzz/prod", "zzz is not in eu-west-1. It was deleted, or it is in another region", "api-0"},
		{setup.PageAPI, "api-0", "a1b2c3d4e5/gone", "orders-api has no stage gone any more", "api-0"},
		{setup.PageAPI, "api-0", "e000000000/prod", "It is private.", "api-0"},
		{setup.PageDomain, "domain", "https://api", "Enter a full domain name", "domain"},
		{setup.PageDomain, "domain", "203.0.113.7", "Enter a name, not an IP address", "domain"},
		{setup.PageDomain, "domain", `"><script>alert(1)</script>`, "Use letters, digits, hyphens and dots only", "domain"},
		{setup.PageEdge, "wait", "forever", "Enter a whole number of seconds from 1 to 120", "wait"},
		{setup.PageEdge, "wait", "121", "Enter a whole number of seconds from 1 to 120", "wait"},
		{setup.PageEdge, "acl", "my-acl", "Enter the ARN of a web ACL", "acl"},
		{setup.PageEdge, "comment", strings.Repeat("é", 129), "Shorten the comment", "comment"},
		{setup.PageEdge, "tags", "team", "Write each tag as name=value", "tags"},
		{setup.PageEdge, "tags", "aws:x=1", "belong to AWS", "tags"},
		{setup.PageEdge, "tls", "SSLv3", "Choose one of the values in this list", "tls"},
	}
	before := s.spec(draft)
	for _, test := range tests {
		t.Run(string(test.page)+" "+test.field+" "+test.want, func(t *testing.T) {
			a := s.press(draft+"/"+string(test.page), "next", map[string]string{test.field: test.typed})
			if a.status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d to %q, want 422", a.status, a.to)
			}
			checkPage(t, string(test.page), a.doc)
			checkLabels(t, string(test.page), a.doc)
			contains(t, a.doc, "title", "Error: ")
			contains(t, a.doc, "#errors a[href='#"+test.errorAt+"']", test.want)
			contains(t, a.doc, "#"+test.errorAt+"-err", test.want)
			if a.doc.Find("#errors[autofocus]").Length() != 1 {
				t.Error("the summary does not take the focus")
			}
			if test.field != "region" && test.field != "connection" && test.field != "tls" {
				if got := fields(a.doc, "form#page").Get(test.field); got != test.typed {
					t.Errorf("typed %q, shown %q", test.typed, got)
				}
			}
			if diff := cmp.Diff(before, s.spec(draft)); diff != "" {
				t.Errorf("a refused page was saved: %s", diff)
			}
		})
	}
	t.Run("fixed time without a number", func(t *testing.T) {
		a := s.press(draft+"/edge", "next", map[string]string{"caching": setup.CachingFixed, "ttl": "soon"})
		if a.status != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", a.status)
		}
		contains(t, a.doc, "#ttl-err", "Enter a whole number of seconds from 1 to 31,536,000")
	})
}

func TestPathsAreAddedAndRemovedWithoutScript(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageDomain)
	path := draft + "/api"
	s.press(path, "add", map[string]string{"path-0": "/v1/orders/"})
	a := s.press(path, "next", map[string]string{"path-1": "v1/orders", "api-1": "k3v9x2p1qa/live"})
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("the same path twice: status %d", a.status)
	}
	contains(t, a.doc, "#path-1-err", "/v1/orders is taken by the line above")
	a = s.press(path, "next", map[string]string{"path-1": "chat", "api-1": "w000000000/prod"})
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("WebSocket beside HTTP: status %d", a.status)
	}
	contains(t, a.doc, "#api-1-err", "Give the WebSocket API a domain name of its own")
	if a := s.press(path, "next", map[string]string{"path-1": "billing", "api-1": "k3v9x2p1qa/live"}); a.to != draft+"/domain" {
		t.Fatalf("status %d to %q", a.status, a.to)
	}
	want := []setup.Mapping{
		{Path: "v1/orders", APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindHTTP, Stage: "prod"},
		{Path: "billing", APIID: "k3v9x2p1qa", APIName: "billing-api", Kind: setup.APIKindREST, Stage: "live"},
	}
	if diff := cmp.Diff(want, s.spec(draft).API.Mappings); diff != "" {
		t.Error(diff)
	}
	contains(t, s.page(path), "#plan", "2 path mappings", "/v1/orders to orders-api, /billing to billing-api")
	contains(t, s.page(path), "#refused-h", "Cannot be chosen")
	s.press(path, "remove-0", nil)
	if diff := cmp.Diff(want[1:], s.spec(draft).API.Mappings); diff != "" {
		t.Error(diff)
	}
}

func TestTheNameIsCleanedAndThatIsSaid(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageDomain)
	s.page(draft + "/domain")
	s.work()
	a := s.press(draft+"/domain", "next", map[string]string{"domain": "https://API.Harborview.example/v1"})
	if a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	if got := s.spec(draft).Domain.Name; got != "api.harborview.example" {
		t.Errorf("saved %q", got)
	}
	contains(t, s.page(a.to), ".note", "The domain name is api.harborview.example.", "Left out https://", "Left out /v1", "lower case")
}

func TestDNSIsFilledInByTheZones(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageDomain)
	s.page(draft + "/domain")
	s.work()
	path := draft + "/domain"
	if a := s.press(path, "next", map[string]string{"domain": "api.elsewhere.example"}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	if got := s.spec(draft).Domain; got.DNS != setup.DNSElsewhere || got.ZoneID != "" {
		t.Errorf("without a zone: %+v", got)
	}
	s.work()
	// An answer of one's own for the same name stays, and is checked.
	a := s.press(path, "next", map[string]string{"dns": setup.DNSRoute53})
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("Route 53 without a zone: status %d", a.status)
	}
	contains(t, a.doc, "#dns-route53-err", "this AWS account has no public hosted zone for api.elsewhere.example")
	s.press(path, "back", map[string]string{"domain": "api.harborview.example"})
	s.work()
	contains(t, s.page(path), "#part", "only the VPCs it belongs to see its records")
	if a := s.press(path, "next", map[string]string{"dns": setup.DNSElsewhere}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	if got := s.spec(draft).Domain.DNS; got != setup.DNSElsewhere {
		t.Errorf("one's own answer was replaced by %q", got)
	}
}

func TestBackAndLeaveSaveWithoutChecking(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageDomain)
	for _, press := range [][2]string{{"back", draft + "/api"}, {"plan", draft + "/domain"}, {"leave", "/"}} {
		button, to := press[0], press[1]
		typed := "not a name, " + button
		if a := s.press(draft+"/domain", button, map[string]string{"domain": typed, "switch": setup.SwitchLater}); a.status != http.StatusSeeOther || a.to != to {
			t.Errorf("%s: status %d to %q, want %q", button, a.status, a.to, to)
		}
		if got := s.spec(draft).Domain; got.Name != typed || got.Switch != setup.SwitchLater {
			t.Errorf("%s lost what was typed: %+v", button, got)
		}
	}
	contains(t, s.page("/"), "main", "Drafts", "Page 3 of 6", "Continue")
	if a := s.get(draft); a.to != draft+"/domain" {
		t.Errorf("the draft opens at %q", a.to)
	}
}

func TestChangeFromTheReviewReturnsThere(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	link := s.page(draft+"/review").Find(`#ans-edge ~ a`).AttrOr("href", "")
	if link != draft+"/edge?return=review" {
		t.Fatalf("Change leads to %q", link)
	}
	doc := s.page(link)
	form := fields(doc, "form#page")
	form.Set("methods", setup.MethodsRead)
	a := s.post(doc.Find("form#page").AttrOr("action", ""), form)
	if a.to != draft+"/review" {
		t.Errorf("leads to %q", a.to)
	}
	// Another region makes the API and the certificates wrong: there first.
	doc = s.page(draft + "/account?return=review")
	form = fields(doc, "form#page")
	form.Set("region", "us-east-1")
	a = s.post(doc.Find("form#page").AttrOr("action", ""), form)
	to, err := url.Parse(a.to)
	if err != nil || to.Path != draft+"/api" || to.Query().Get("return") != "review" {
		t.Fatalf("leads to %q", a.to)
	}
	s.work()
	doc = s.page(a.to)
	contains(t, doc, ".note", "You changed the account or the region")
	contains(t, doc, "#errors", "Choose an API and stage for /")
	a = s.post(draft+"/start", nil)
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("start with a missing answer: status %d", a.status)
	}
	checkPage(t, "review", a.doc)
	contains(t, a.doc, "#errors", "API and paths: Choose an API and stage for /")
}

func TestTwoPeopleInOneDraft(t *testing.T) {
	s := signedInSite(t, nil)
	s.user("Jonas Lindqvist", "jonas@example.com")
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	mira := s.client
	mine := fields(s.page(draft+"/edge"), "form#page")
	s.client = newBrowser(t)
	s.signIn("jonas@example.com")
	if a := s.press(draft+"/domain", "next", map[string]string{"switch": setup.SwitchLater}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	s.client = mira
	contains(t, s.page(draft+"/edge"), ".note", "Jonas Lindqvist saved this draft at ")
	mine.Set("methods", setup.MethodsRead)
	a := s.post(draft+"/edge", mine)
	contains(t, s.page(a.to), ".note", "Jonas Lindqvist saved this draft while you edited it.")
	sp := s.spec(draft)
	if sp.Domain.Switch != setup.SwitchLater || sp.Edge.Methods != setup.MethodsRead {
		t.Errorf("one save overwrote the other: %+v", sp)
	}
}

func TestPlanPanel(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageDomain)
	form := fields(s.page(draft+"/domain"), "form#page")
	form.Set("domain", "shop.harborview.example")
	a := s.do(http.MethodPost, draft+"/plan?page=domain", form, map[string]string{"HX-Request": "true"})
	if a.status != http.StatusOK || strings.Contains(a.body, "<html") {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	contains(t, a.doc, "body", "shop.harborview.example, used by CloudFront", "Nothing is created yet.", "In the hosted zone harborview.example")
	if got := s.spec(draft).Domain.Name; got != "" {
		t.Errorf("the panel saved %q", got)
	}
	s.page(draft + "/plan")
	if a := s.get(draft + "/plan.json"); a.status != http.StatusOK || !strings.Contains(a.body, `"eu-west-1"`) {
		t.Errorf("download: status %d: %s", a.status, a.body)
	}
}

func TestRefreshAsksAgainAndKeepsTheList(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageDomain)
	s.looks[setup.LookAPIs] = &setup.Problem{What: "AWS is not answering.", Why: "The network is down.", Fix: "Try again."}
	if a := s.press(draft+"/api", "refresh", map[string]string{"path-0": "kept"}); a.to != draft+"/api" {
		t.Fatalf("leads to %q", a.to)
	}
	contains(t, s.page(draft+"/api"), "#part", "Asking AWS again")
	s.work()
	doc := s.page(draft + "/api")
	contains(t, doc, "#part", "AWS is not answering.", "billing-api, stage live")
	if got := fields(doc, "form#page").Get("path-0"); got != "/kept" {
		t.Errorf("the path typed is %q", got)
	}
}

func TestDeleteDraft(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	doc := s.page(draft + "/delete")
	contains(t, doc, "main", "Nothing exists in AWS for it")
	if a := s.post(draft+"/delete", nil); a.to != "/" {
		t.Errorf("leads to %q", a.to)
	}
	if a := s.get(draft + "/account"); a.status != http.StatusNotFound {
		t.Errorf("status %d", a.status)
	}
}

func TestHomeSearchesWhenThereAreMany(t *testing.T) {
	s := signedInSite(t, nil)
	contains(t, s.page("/"), "main", "No setups yet", "New setup")
	for i := range setupsPerPage + 1 {
		d, err := s.store.CreateDraft(t.Context(), "Mira Okafor", setup.Spec{Domain: setup.Domain{Name: string(rune('a'+i)) + ".example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.store.StartJob(t.Context(), store.NewJob{SetupID: d.ID, Kind: setup.JobApply, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check the account", Service: "STS"}}}); err != nil {
			t.Fatal(err)
		}
	}
	doc := s.page("/")
	if n := doc.Find("li.setup").Length(); n != setupsPerPage {
		t.Errorf("%d setups on the page, want %d", n, setupsPerPage)
	}
	contains(t, doc, "[aria-label=Pages]", "1 to 25 of 26", "Next page")
	contains(t, s.page(doc.Find("a[rel=next]").AttrOr("href", "")), "[aria-label=Pages]", "26 to 26 of 26", "Previous page")
	doc = s.page("/?q=B.example")
	if n := doc.Find("li.setup").Length(); n != 1 {
		t.Errorf("%d setups found, want 1", n)
	}
	contains(t, s.page("/?q=nothing"), "main", "No setups match")
}

func TestDemoOffersFaults(t *testing.T) {
	var ordered []string
	s := signedInSite(t, func(c *Config) {
		c.Demo = &Demo{
			Email: testEmail, Password: testPassword,
			Faults:  []DemoFault{{ID: "slow", Title: "API Gateway answers 429", What: "Once."}},
			Order:   func(_ context.Context, id string) error { ordered = append(ordered, id); return nil },
			Ordered: func(context.Context) []string { return ordered },
		}
	})
	contains(t, s.page("/"), "main", "API Gateway answers 429", "Order")
	if a := s.post("/demo/faults", url.Values{"fault": {"other"}}); a.status != http.StatusNotFound {
		t.Errorf("an unknown fault: status %d", a.status)
	}
	if a := s.post("/demo/faults", url.Values{"fault": {"slow"}}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	if diff := cmp.Diff([]string{"slow"}, ordered); diff != "" {
		t.Error(diff)
	}
	contains(t, s.page("/"), "main", "Ordered")
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	contains(t, s.page(draft+"/review"), "main", "Demo: make the next job fail")
	s.client = newBrowser(t)
	doc := s.page("/sign-in")
	contains(t, doc, "main", testEmail, testPassword)
	form := fields(doc, "form")
	if a := s.post("/sign-in", form); a.status != http.StatusSeeOther {
		t.Errorf("the form as shown does not sign in: status %d", a.status)
	}
}
