package wizard_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
)

func TestNewcomerTypesOnlyTheDomainName(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	want := setup.DefaultSpec()
	want.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: "482177301954", Region: "eu-west-1"}
	want.API.Mappings = []setup.Mapping{{APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindHTTP, Stage: "prod"}}
	want.Domain = setup.Domain{Name: "api.harborview.example", DNS: setup.DNSRoute53, ZoneID: "Z1", ZoneName: "harborview.example", Switch: setup.SwitchAtEnd}
	want.Certificates = setup.Certificates{Edge: "arn:aws:acm:us-east-1:482177301954:certificate/longer", Answered: true}
	if diff := cmp.Diff(want, s.Spec(draft)); diff != "" {
		t.Errorf("the answers: %s", diff)
	}
	doc := s.Page(draft + "/review")
	handlerstest.Contains(t, doc, "#part", "Comparing with AWS", "This name is live today")
	s.Work()
	doc = s.Page(draft + "/review")
	handlerstest.Contains(t, doc, "#part", "Reuse", "Create", "OriginProtocolPolicy: http-only becomes https-only", "Nothing in AWS is in the way")
	handlerstest.Contains(t, doc, "aside", "Create distribution", "About ")
	handlerstest.Contains(t, doc, "#ans-domain ~ dl", "api.harborview.example", "Route 53, hosted zone harborview.example")
	a := s.Begin(draft, nil)
	if a.Status != http.StatusSeeOther || a.To != "/jobs/1" {
		t.Fatalf("start: status %d to %q", a.Status, a.To)
	}
	list, err := s.Store.Steps(t.Context(), 1)
	if err != nil || len(list) < 10 {
		t.Fatalf("the job has %d steps: %v", len(list), err)
	}
	a = s.Post(draft+"/start", nil)
	if a.Status != http.StatusConflict {
		t.Fatalf("a second start: status %d", a.Status)
	}
	handlerstest.CheckPage(t, "second start", a.Doc)
	handlerstest.Contains(t, a.Doc, "h1", "This draft has been started")
	a = s.Post(draft+"/edge", url.Values{"go": {"next"}})
	if a.Status != http.StatusConflict {
		t.Errorf("saving a started draft: status %d", a.Status)
	}
	handlerstest.Contains(t, s.Page("/"), "main", "api.harborview.example", "Watch the job")
}

func TestEveryWizardPageInEveryState(t *testing.T) {
	problem := &setup.Problem{What: "AWS did not accept these credentials.", Why: "The token has expired.", Fix: "Sign in again, then ask AWS again.", Service: "STS", Said: "ExpiredToken", Ref: "e4b1c7f2"}
	states := map[string]func(s *handlerstest.Site){
		"known": func(*handlerstest.Site) {},
		"failed": func(s *handlerstest.Site) {
			for k := range s.Looks {
				s.Looks[k] = problem
			}
		},
		"empty": func(s *handlerstest.Site) {
			s.Looks = map[setup.LookKind]any{setup.LookIdentity: setup.Identity{}, setup.LookAPIs: []setup.APIInfo{}, setup.LookZones: []setup.Zone{}, setup.LookName: setup.NameFacts{}, setup.LookCertificates: []setup.CertificateInfo{}, setup.LookPlan: setup.Plan{}}
		},
	}
	for name, change := range states {
		t.Run(name, func(t *testing.T) {
			s := handlerstest.SignedIn(t, nil)
			change(s)
			draft := s.NewDraft()
			for _, p := range setup.Pages() {
				path := draft + "/" + string(p.ID)
				doc := s.Page(path) // nothing is known yet
				pending := doc.Find("noscript meta[http-equiv=refresh]").Length() > 0 || strings.Contains(doc.Find("noscript").Text(), "refresh")
				if (p.ID == setup.PageAccount || p.ID == setup.PageAPI) && (!pending || doc.Find("[hx-post][hx-trigger^=load]").Length() != 1) {
					t.Errorf("%s: the page does not come again while the worker looks (noscript: %t)", path, pending)
				}
				if p.ID == setup.PageAPI && (!strings.Contains(doc.Find("#part noscript").Text(), "once this page is loaded again") || strings.Contains(doc.Find("#part").Text(), "by itself")) {
					t.Errorf("%s: without scripts the page promises that the answer appears by itself", path)
				}
				s.Work()
				doc = s.Page(path)
				if doc.Find("[hx-post][hx-trigger^=load]").Length() != 0 {
					t.Errorf("%s: still asks although the answer is there", path)
				}
				handlerstest.Contains(t, doc, "title", "page ")
				if name == "failed" && p.ID == setup.PageAPI {
					handlerstest.Contains(t, doc, "#part", problem.What, problem.Why, problem.Fix, problem.Said, problem.Ref)
				}
				if name == "empty" && p.ID == setup.PageAPI {
					handlerstest.Contains(t, doc, "#part", "No API in eu-west-1 (Ireland) can be chosen")
				}
				if _, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, p.ID, "Mira Okafor", func(sp *setup.Spec) {
					sp.Account.Region, sp.Domain.Name = "eu-west-1", "api.harborview.example"
				}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestRefusedFormsKeepWhatWasTyped(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
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
		{setup.PageEdge, "logs_to", setup.LogsBucket, "Enter the name of the bucket", "logs_name"},
		{setup.PageEdge, "logs_name", "our-logs", "Choose whether the place below is a bucket or a log group", "logs_to"},
		{setup.PageEdge, "comment", strings.Repeat("é", 129), "Shorten the comment", "comment"},
		{setup.PageEdge, "tags", "team", "Write each tag as name=value", "tags"},
		{setup.PageEdge, "tags", "aws:x=1", "belong to AWS", "tags"},
		{setup.PageEdge, "tls", "SSLv3", "Choose one of the values in this list", "tls"},
	}
	before := s.Spec(draft)
	for _, test := range tests {
		t.Run(string(test.page)+" "+test.field+" "+test.want, func(t *testing.T) {
			a := s.Press(draft+"/"+string(test.page), "next", map[string]string{test.field: test.typed})
			if a.Status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d to %q, want 422", a.Status, a.To)
			}
			handlerstest.CheckPage(t, string(test.page), a.Doc)
			handlerstest.CheckLabels(t, string(test.page), a.Doc)
			handlerstest.Contains(t, a.Doc, "title", "Error: ")
			handlerstest.Contains(t, a.Doc, "#errors a[href='#"+test.errorAt+"']", test.want)
			handlerstest.Contains(t, a.Doc, "#"+test.errorAt+"-err", test.want)
			if a.Doc.Find("#errors[autofocus]").Length() != 1 {
				t.Error("the summary does not take the focus")
			}
			if test.field != "region" && test.field != "connection" && test.field != "tls" {
				if got := handlerstest.Fields(a.Doc, "form#page").Get(test.field); got != test.typed {
					t.Errorf("typed %q, shown %q", test.typed, got)
				}
			}
			if diff := cmp.Diff(before, s.Spec(draft)); diff != "" {
				t.Errorf("a refused page was saved: %s", diff)
			}
		})
	}
	t.Run("fixed time without a number", func(t *testing.T) {
		a := s.Press(draft+"/edge", "next", map[string]string{"caching": setup.CachingFixed, "ttl": "soon"})
		if a.Status != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", a.Status)
		}
		handlerstest.Contains(t, a.Doc, "#ttl-err", "Enter a whole number of seconds from 1 to 31,536,000")
	})
}

func TestPathsAreAddedAndRemovedWithoutScript(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	path := draft + "/api"
	s.Press(path, "add", map[string]string{"path-0": "/v1/orders/"})
	a := s.Press(path, "next", map[string]string{"path-1": "v1/orders", "api-1": "k3v9x2p1qa/live"})
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("the same path twice: status %d", a.Status)
	}
	handlerstest.Contains(t, a.Doc, "#path-1-err", "/v1/orders is taken by path 1")
	a = s.Press(path, "next", map[string]string{"path-1": "chat", "api-1": "w000000000/prod"})
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("WebSocket beside HTTP: status %d", a.Status)
	}
	handlerstest.Contains(t, a.Doc, "#api-1-err", "Give the WebSocket API a domain name of its own")
	if a := s.Press(path, "next", map[string]string{"path-1": "billing", "api-1": "k3v9x2p1qa/live"}); a.To != draft+"/domain" {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	want := []setup.Mapping{
		{Path: "v1/orders", APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindHTTP, Stage: "prod"},
		{Path: "billing", APIID: "k3v9x2p1qa", APIName: "billing-api", Kind: setup.APIKindREST, Stage: "live"},
	}
	if diff := cmp.Diff(want, s.Spec(draft).API.Mappings); diff != "" {
		t.Error(diff)
	}
	handlerstest.Contains(t, s.Page(path), "#plan", "2 path mappings", "/v1/orders to orders-api, /billing to billing-api")
	handlerstest.Contains(t, s.Page(path), "#refused-h", "Cannot be chosen")
	s.Press(path, "remove-0", nil)
	if diff := cmp.Diff(want[1:], s.Spec(draft).API.Mappings); diff != "" {
		t.Error(diff)
	}
}

func TestTheNameIsCleanedAndThatIsSaid(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Page(draft + "/domain")
	s.Work()
	a := s.Press(draft+"/domain", "next", map[string]string{"domain": "https://API.Harborview.example/v1"})
	if a.Status != http.StatusSeeOther {
		t.Fatalf("status %d", a.Status)
	}
	if got := s.Spec(draft).Domain.Name; got != "api.harborview.example" {
		t.Errorf("saved %q", got)
	}
	handlerstest.Contains(t, s.Page(a.To), ".note", "The domain name is api.harborview.example.", "Left out https://", "Left out /v1", "lower case")
}

func TestDNSIsFilledInByTheZones(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Page(draft + "/domain")
	s.Work()
	path := draft + "/domain"
	if a := s.Press(path, "next", map[string]string{"domain": "api.elsewhere.example"}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d", a.Status)
	}
	if got := s.Spec(draft).Domain; got.DNS != setup.DNSElsewhere || got.ZoneID != "" {
		t.Errorf("without a zone: %+v", got)
	}
	s.Work()
	// A person's own answer for the same name stays, and is checked.
	a := s.Press(path, "next", map[string]string{"dns": setup.DNSRoute53})
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("Route 53 without a zone: status %d", a.Status)
	}
	handlerstest.Contains(t, a.Doc, "#dns-route53-err", "this AWS account has no public hosted zone for api.elsewhere.example")
	s.Press(path, "back", map[string]string{"domain": "api.harborview.example"})
	s.Work()
	handlerstest.Contains(t, s.Page(path), "#part", "only the VPCs it belongs to see its records")
	if a := s.Press(path, "next", map[string]string{"dns": setup.DNSElsewhere}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d", a.Status)
	}
	if got := s.Spec(draft).Domain.DNS; got != setup.DNSElsewhere {
		t.Errorf("one's own answer was replaced by %q", got)
	}
}

func TestBackAndLeaveSaveWithoutChecking(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	for _, press := range [][2]string{{"back", draft + "/api"}, {"plan", draft + "/domain"}, {"leave", "/"}} {
		button, to := press[0], press[1]
		typed := "not a name, " + button
		if a := s.Press(draft+"/domain", button, map[string]string{"domain": typed, "switch": setup.SwitchLater}); a.Status != http.StatusSeeOther || a.To != to {
			t.Errorf("%s: status %d to %q, want %q", button, a.Status, a.To, to)
		}
		if got := s.Spec(draft).Domain; got.Name != typed || got.Switch != setup.SwitchLater {
			t.Errorf("%s lost what was typed: %+v", button, got)
		}
	}
	handlerstest.Contains(t, s.Page("/"), "main", "Drafts", "Page 3 of 6", "Continue")
	if a := s.Get(draft); a.To != draft+"/domain" {
		t.Errorf("the draft opens at %q", a.To)
	}
}

func TestChangeFromTheReviewReturnsThere(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	link := s.Page(draft+"/review").Find(`#ans-edge ~ a`).AttrOr("href", "")
	if link != draft+"/edge?return=review" {
		t.Fatalf("Change leads to %q", link)
	}
	doc := s.Page(link)
	form := handlerstest.Fields(doc, "form#page")
	form.Set("methods", setup.MethodsRead)
	a := s.Post(doc.Find("form#page").AttrOr("action", ""), form)
	if a.To != draft+"/review" {
		t.Errorf("leads to %q", a.To)
	}
	// Another region makes the API and the certificates wrong: the first of
	// their pages comes next.
	doc = s.Page(draft + "/account?return=review")
	form = handlerstest.Fields(doc, "form#page")
	form.Set("region", "us-east-1")
	a = s.Post(doc.Find("form#page").AttrOr("action", ""), form)
	to, err := url.Parse(a.To)
	if err != nil || to.Path != draft+"/api" || to.Query().Get("return") != "review" {
		t.Fatalf("leads to %q", a.To)
	}
	s.Work()
	doc = s.Page(a.To)
	handlerstest.Contains(t, doc, ".note", "You changed the account or the region")
	handlerstest.Contains(t, doc, "#errors", "Choose an API and stage for /")
	a = s.Begin(draft, nil)
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("start with a missing answer: status %d", a.Status)
	}
	handlerstest.CheckPage(t, "review", a.Doc)
	handlerstest.Contains(t, a.Doc, "#errors", "API and paths: Choose an API and stage for /")
}

func TestTwoPeopleInOneDraft(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.User("Jonas Lindqvist", "jonas@example.com")
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	mira := s.Client
	mine := handlerstest.Fields(s.Page(draft+"/edge"), "form#page")
	s.Client = handlerstest.NewBrowser(t)
	s.SignIn("jonas@example.com")
	if a := s.Press(draft+"/domain", "next", map[string]string{"switch": setup.SwitchLater}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d", a.Status)
	}
	s.Client = mira
	handlerstest.Contains(t, s.Page(draft+"/edge"), ".note", "Jonas Lindqvist saved this draft at ")
	mine.Set("methods", setup.MethodsRead)
	a := s.Post(draft+"/edge", mine)
	handlerstest.Contains(t, s.Page(a.To), ".note", "Jonas Lindqvist saved this draft while you edited it.")
	sp := s.Spec(draft)
	if sp.Domain.Switch != setup.SwitchLater || sp.Edge.Methods != setup.MethodsRead {
		t.Errorf("one save overwrote the other: %+v", sp)
	}
}

func TestPlanPanel(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	form := handlerstest.Fields(s.Page(draft+"/domain"), "form#page")
	form.Set("domain", "shop.harborview.example")
	a := s.Do(http.MethodPost, draft+"/plan?page=domain", form, map[string]string{"HX-Request": "true"})
	if a.Status != http.StatusOK || strings.Contains(a.Body, "<html") {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	handlerstest.Contains(t, a.Doc, "body", "shop.harborview.example, used by CloudFront", "Nothing is created yet.", "In the hosted zone harborview.example")
	if got := s.Spec(draft).Domain.Name; got != "" {
		t.Errorf("the panel saved %q", got)
	}
	s.Page(draft + "/plan")
	if a := s.Get(draft + "/plan.json"); a.Status != http.StatusOK || !strings.Contains(a.Body, `"eu-west-1"`) {
		t.Errorf("download: status %d: %s", a.Status, a.Body)
	}
}

func TestRefreshAsksAgainAndKeepsTheList(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Looks[setup.LookAPIs] = &setup.Problem{What: "AWS is not answering.", Why: "The network is down.", Fix: "Try again."}
	if a := s.Press(draft+"/api", "refresh", map[string]string{"path-0": "kept"}); a.To != draft+"/api" {
		t.Fatalf("leads to %q", a.To)
	}
	handlerstest.Contains(t, s.Page(draft+"/api"), "#part", "Asking AWS again")
	s.Work()
	doc := s.Page(draft + "/api")
	handlerstest.Contains(t, doc, "#part", "AWS is not answering.", "billing-api, stage live")
	if got := handlerstest.Fields(doc, "form#page").Get("path-0"); got != "/kept" {
		t.Errorf("the path typed is %q", got)
	}
}

func TestDeleteDraft(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	doc := s.Page(draft + "/delete")
	handlerstest.Contains(t, doc, "main", "Nothing exists in AWS for it")
	if a := s.Post(draft+"/delete", nil); a.To != "/" {
		t.Errorf("leads to %q", a.To)
	}
	if a := s.Get(draft + "/account"); a.Status != http.StatusNotFound {
		t.Errorf("status %d", a.Status)
	}
}

func TestDemoOffersFaults(t *testing.T) {
	var ordered []string
	s := handlerstest.SignedIn(t, func(c *handlers.Config) {
		c.Demo = &handlers.Demo{
			Email: handlerstest.Email, Password: handlerstest.Password,
			Faults: []handlers.DemoFault{{ID: "slow", Title: "API Gateway answers 429", What: "Once."}},
			Order: func(_ context.Context, id string) error { // as the simulator: a second time takes back
				if i := slices.Index(ordered, id); i >= 0 {
					ordered = slices.Delete(ordered, i, i+1)
				} else {
					ordered = append(ordered, id)
				}
				return nil
			},
			Ordered: func(context.Context) []string { return ordered },
		}
	})
	handlerstest.Contains(t, s.Page("/"), "main", "API Gateway answers 429", "Nothing is set.", "Make it fail")
	if a := s.Post("/demo/faults", url.Values{"fault": {"other"}}); a.Status != http.StatusNotFound {
		t.Errorf("an unknown fault: status %d", a.Status)
	}
	if a := s.Post("/demo/faults", url.Values{"fault": {"slow"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d", a.Status)
	}
	if diff := cmp.Diff([]string{"slow"}, ordered); diff != "" {
		t.Error(diff)
	}
	handlerstest.Contains(t, s.Page("/"), "main", "Set: API Gateway answers 429.", "Undo")
	if a := s.Post("/demo/faults", url.Values{"fault": {"slow"}}); a.Status != http.StatusSeeOther || len(ordered) != 1 {
		t.Errorf("set again, as a second tab does: status %d, ordered %v", a.Status, ordered)
	}
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	handlerstest.Contains(t, s.Page(draft+"/review"), ".startbar", "Start job", "The demo makes this job fail: API Gateway answers 429", "Undo")
	for _, press := range []string{"Undo", "Undo in a page that is old by now"} {
		if a := s.Post("/demo/faults", url.Values{"undo": {"slow"}}); a.Status != http.StatusSeeOther || len(ordered) != 0 {
			t.Errorf("%s: status %d, ordered %v", press, a.Status, ordered)
		}
	}
	s.Client = handlerstest.NewBrowser(t)
	doc := s.Page("/sign-in")
	handlerstest.Contains(t, doc, "main", handlerstest.Email, handlerstest.Password)
	form := handlerstest.Fields(doc, "form")
	if a := s.Post("/sign-in", form); a.Status != http.StatusSeeOther {
		t.Errorf("the form as shown does not sign in: status %d", a.Status)
	}
}

// Two users of one name are two people, and a user with a new name is one.
func TestPeopleAreKnownByID(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.User("Mira Okafor", "another@example.com")
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	rename := func(from, to string) {
		t.Helper()
		if _, err := s.Store.Writer().ExecContext(t.Context(), `UPDATE users SET name = $1 WHERE name = $2 AND email <> 'another@example.com'`, to, from); err != nil {
			t.Fatal(err)
		}
	}
	rename("Mira Okafor", "Mira Adeyemi")
	if text := handlerstest.Squash(s.Page(draft + "/edge").Find(".note").Text()); strings.Contains(text, "saved this draft") {
		t.Errorf("her own save under her former name is told as somebody else's: %q", text)
	}
	rename("Mira Adeyemi", "Mira Okafor")
	mine := handlerstest.Fields(s.Page(draft+"/edge"), "form#page")
	mira := s.Client
	s.Client = handlerstest.NewBrowser(t)
	s.SignIn("another@example.com")
	handlerstest.Contains(t, s.Page(draft+"/edge"), ".note", "Mira Okafor saved this draft at ")
	if a := s.Press(draft+"/domain", "next", map[string]string{"switch": setup.SwitchLater}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d", a.Status)
	}
	s.Client = mira
	handlerstest.Contains(t, s.Page(draft+"/edge"), ".note", "Mira Okafor saved this draft at ")
	handlerstest.Contains(t, s.Page(s.Post(draft+"/edge", mine).To), ".note", "Mira Okafor saved this draft while you edited it.")
}
