package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// Next before AWS's answer is there is no mistake of the person: the page says
// what is on its way, keeps what was typed, and goes on with the next press.
func TestNextBeforeTheAnswerOfAWS(t *testing.T) {
	for _, test := range []struct {
		page    setup.PageID
		waits   string
		changes map[string]string
		kept    func(setup.Spec) string // what was typed
		typed   string
		next    setup.PageID
	}{
		{page: setup.PageAPI, waits: "list of APIs in eu-west-1", next: setup.PageDomain},
		{
			page: setup.PageDomain, waits: "list of hosted zones", next: setup.PageCertificates,
			changes: map[string]string{"domain": "api.harborview.example", "dns": setup.DNSRoute53},
			kept:    func(sp setup.Spec) string { return sp.Domain.Name }, typed: "api.harborview.example",
		},
		{page: setup.PageCertificates, waits: "list of certificates", next: setup.PageEdge},
	} {
		t.Run(string(test.page), func(t *testing.T) {
			s := signedInSite(t, nil)
			draft := s.newDraft()
			path := draft + "/" + string(test.page)
			if _, err := s.store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, test.page, "Mira Okafor", func(sp *setup.Spec) {
				sp.Account.Region = "eu-west-1"
				if test.page == setup.PageCertificates {
					sp.Domain.Name = "api.harborview.example"
				}
			}); err != nil {
				t.Fatal(err)
			}
			s.page(path) // asks for what it shows; the worker is slow
			a := s.press(path, "next", test.changes)
			if a.status != http.StatusSeeOther || a.to != path+"?wait=1" {
				t.Fatalf("status %d to %q, want the page again", a.status, a.to)
			}
			doc := s.page(a.to)
			contains(t, doc, ".note", test.waits, "press Next again")
			if strings.Contains(doc.Text(), "There is a problem") {
				t.Error("the page calls it a problem")
			}
			if doc.Find("[hx-post][hx-trigger^=load]").Length() != 1 || !refreshes(doc) {
				t.Error("the page does not come again by itself")
			}
			if test.kept != nil {
				if got := test.kept(s.spec(draft)); got != test.typed {
					t.Errorf("typed %q, kept %q", test.typed, got)
				}
			}
			s.work()
			if a := s.press(path, "next", nil); a.to != draft+"/"+string(test.next) {
				t.Errorf("the next press leads to %q with status %d", a.to, a.status)
			}
		})
	}
}

func refreshes(doc *goquery.Document) bool {
	return strings.Contains(doc.Find("noscript").Text(), "refresh") || doc.Find("noscript meta[http-equiv=refresh]").Length() > 0
}

// A failed list is a problem with a fix, and not the person's answer.
func TestNextAfterAFailedList(t *testing.T) {
	s := signedInSite(t, nil)
	s.looks[setup.LookAPIs] = &setup.Problem{What: "AWS did not accept these credentials.", Why: "The token has expired.", Fix: "Sign in again."}
	draft := s.newDraft()
	s.through(draft, setup.PageAPI)
	a := s.press(draft+"/api", "next", nil)
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", a.status)
	}
	contains(t, a.doc, "#errors", "Ask AWS again for the list of APIs in eu-west-1")
	contains(t, a.doc, "#part", "The token has expired.", "Sign in again.", "Ask AWS again")
}

func TestAStopInThePlanHoldsTheStart(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	good := s.looks[setup.LookPlan]
	s.looks[setup.LookPlan] = setup.Plan{Lines: []setup.PlanLine{
		{StepID: "certificate-edge", Title: "Request certificate, us-east-1", Action: setup.PlanCreate, Summary: "None there"},
		{StepID: "distribution", Title: "Create distribution", Action: setup.PlanStop, Summary: "Taken", Problem: &setup.Problem{
			What: "Distribution E2QWX7K1M9PLTB has this name already.", Why: "It is not apifront's.", Fix: "Take the name out of it.",
		}},
	}}
	s.through(draft, setup.PageReview)
	s.page(draft + "/review")
	s.work()
	doc := s.page(draft + "/review")
	contains(t, doc, "section[aria-labelledby=plan-h]", "In the way", "has this name already.", "Take the name out of it.")
	contains(t, doc, "#blocked", "would stop at 1 step", "Nothing in AWS was changed.")
	if doc.Find("button[disabled][aria-describedby=blocked]").Text() != "Start job" {
		t.Error("Start job is not disabled")
	}
	if a := s.post(draft+"/start", nil); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a start all the same: status %d", a.status)
	} else {
		checkPage(t, "review", a.doc)
		contains(t, a.doc, "#errors", "Clear what is in the way in AWS")
	}
	s.looks[setup.LookPlan] = good
	s.clock.forward(1)
	form := fields(doc, "form.next")
	form.Set("go", "refresh")
	if a := s.post(draft+"/review", form); a.to != draft+"/review" {
		t.Fatalf("Compare again leads to %q", a.to)
	}
	s.work()
	if s.page(draft+"/review").Find("button[disabled]").Length() != 0 {
		t.Error("still held after the way is clear")
	}
	if a := s.post(draft+"/start", nil); a.to != "/jobs/1" {
		t.Errorf("start: status %d to %q", a.status, a.to)
	}
}

func TestANameAtTheTopOfItsDomain(t *testing.T) {
	s := signedInSite(t, nil)
	s.looks[setup.LookName] = setup.NameFacts{ZoneApex: "harborview.example", NameServers: []string{"ada.ns.cloudflare.com"}}
	draft := s.newDraft()
	s.through(draft, setup.PageDomain)
	s.page(draft + "/domain")
	s.work()
	s.press(draft+"/domain", "plan", map[string]string{"domain": "harborview.example", "dns": setup.DNSElsewhere})
	s.page(draft + "/domain")
	s.work()
	contains(t, s.page(draft+"/domain"), "#part", "top of its domain", "ALIAS, ANAME or CNAME flattening")
}

// A failed job's answers begin a new draft, which is how one of them changes.
func TestChangeAnAnswerOfAFailedJob(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	if a := s.post(draft+"/start", nil); a.to != "/jobs/1" {
		t.Fatalf("start: %d %q", a.status, a.to)
	}
	before := s.spec(draft)
	a := s.post("/drafts", map[string][]string{"from": {strings.TrimPrefix(draft, "/drafts/")}})
	fresh, ok := strings.CutSuffix(a.to, "/review")
	if !ok || fresh == draft {
		t.Fatalf("leads to %q", a.to)
	}
	if diff := cmp.Diff(before, s.spec(fresh)); diff != "" {
		t.Errorf("the answers: %s", diff)
	}
	contains(t, s.page(fresh+"/review"), "#part", "There is a setup with this name already")
	if a := s.post("/drafts", map[string][]string{"from": {"none"}}); a.status != http.StatusNotFound {
		t.Errorf("from no setup: status %d", a.status)
	}
}

// A refused page that is shown while the worker looks does not lose its
// errors, neither to a reload without script nor to the part that comes anew.
func TestErrorsStayWhileTheWorkerLooks(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageDomain)
	path := draft + "/api"
	s.press(path, "refresh", nil) // the list is asked for again
	a := s.press(path, "next", map[string]string{"path-0": "/ping"})
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d to %q", a.status, a.to)
	}
	if refreshes(a.doc) {
		t.Error("the refused page reloads by itself")
	}
	poll := a.doc.Find("[hx-post][hx-trigger^=load]").AttrOr("hx-post", "")
	b := s.post(poll, fields(a.doc, "form#page"))
	if b.status != http.StatusOK {
		t.Fatalf("the part: status %d at %q", b.status, poll)
	}
	contains(t, b.doc, "#part #path-0-err", "API Gateway keeps /ping")
}
