package wizard_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// If a person presses Next before AWS has answered, that is no mistake: the
// page says what it waits for, keeps everything typed, and goes on when Next is
// pressed again.
func TestNextBeforeTheAnswerOfAWS(t *testing.T) {
	for _, test := range []struct {
		page    setup.PageID
		waits   string
		changes map[string]string
		kept    func(setup.Spec) string // the typed answer
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
			s := handlerstest.SignedIn(t, nil)
			draft := s.NewDraft()
			path := draft + "/" + string(test.page)
			if _, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, test.page, "Mira Okafor", func(sp *setup.Spec) {
				sp.Account.Region = "eu-west-1"
				if test.page == setup.PageCertificates {
					sp.Domain.Name = "api.harborview.example"
				}
			}); err != nil {
				t.Fatal(err)
			}
			s.Page(path) // asks for what the page shows; the worker is slow
			a := s.Press(path, "next", test.changes)
			if a.Status != http.StatusSeeOther || a.To != path+"?wait=1" {
				t.Fatalf("status %d to %q, want the page again", a.Status, a.To)
			}
			doc := s.Page(a.To)
			handlerstest.Contains(t, doc, ".note", test.waits, "press Next again")
			if strings.Contains(doc.Text(), "There is a problem") {
				t.Error("the page calls it a problem")
			}
			if doc.Find("[hx-post][hx-trigger^=load]").Length() != 1 || !refreshes(doc) {
				t.Error("the page does not come again by itself")
			}
			if test.kept != nil {
				if got := test.kept(s.Spec(draft)); got != test.typed {
					t.Errorf("typed %q, kept %q", test.typed, got)
				}
			}
			s.Work()
			answers := map[string]string{}
			if test.page == setup.PageAPI {
				answers["api-0"] = handlerstest.FirstAPI(s.Page(path))
			}
			if a := s.Press(path, "next", answers); a.To != draft+"/"+string(test.next) {
				t.Errorf("the next press leads to %q with status %d", a.To, a.Status)
			}
		})
	}
}

func refreshes(doc *goquery.Document) bool {
	return strings.Contains(doc.Find("noscript").Text(), "refresh") || doc.Find("noscript meta[http-equiv=refresh]").Length() > 0
}

// A list that AWS refused is shown as a problem with a fix, and not as the
// person's error.
func TestNextAfterAFailedList(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookAPIs] = &setup.Problem{What: "AWS did not accept these credentials.", Why: "The token has expired.", Fix: "Sign in again."}
	draft := s.NewDraft()
	s.Through(draft, setup.PageAPI)
	a := s.Press(draft+"/api", "next", nil)
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", a.Status)
	}
	handlerstest.Contains(t, a.Doc, "#errors", "Ask AWS again for the list of APIs in eu-west-1")
	handlerstest.Contains(t, a.Doc, "#part", "The token has expired.", "Sign in again.", "Ask AWS again")
}

// What is missing holds the start, says so in the bar, and stands on top with its link.
func TestAMissingAnswerHoldsTheStart(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Page(draft + "/review")
	s.Work()
	doc := s.Page(draft + "/review")
	handlerstest.Contains(t, doc, "#blocked", "stops the start", "Domain and DNS")
	if got := doc.Find("button[disabled][aria-describedby=blocked]").Text(); got != "Start job" {
		t.Errorf("the button that is held says %q", got)
	}
	links := doc.Find(".startbar a.btn.solid")
	to := links.AttrOr("href", "")
	if links.Text() != "Answer it" || doc.Find(".startbar .solid").Length() != 1 || to != doc.Find("section[aria-labelledby=pre-h] a").First().AttrOr("href", "none") {
		t.Errorf("the bar leads to %q by %q", to, links.Text())
	}
	if first := doc.Find("#part > section h2").First().Text(); first != "Before you start" {
		t.Errorf("on top stands %q", first)
	}
	handlerstest.Contains(t, s.Page(to), "h1", "Domain and DNS")
}

func TestAStopInThePlanHoldsTheStart(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	good := s.Looks[setup.LookPlan]
	s.Looks[setup.LookPlan] = setup.Plan{Lines: []setup.PlanLine{
		{StepID: "certificate-edge", Title: "Request certificate, us-east-1", Action: setup.PlanCreate, Summary: "None there"},
		{StepID: "distribution", Title: "Create distribution", Action: setup.PlanStop, Summary: "Taken", Problem: &setup.Problem{
			What: "Distribution E2QWX7K1M9PLTB has this name already.", Why: "It is not apifront's.", Fix: "Take the name out of it.",
		}},
	}}
	s.Through(draft, setup.PageReview)
	s.Page(draft + "/review")
	s.Work()
	doc := s.Page(draft + "/review")
	handlerstest.Contains(t, doc, "section[aria-labelledby=plan-h]", "In the way", "has this name already.", "Take the name out of it.")
	handlerstest.Contains(t, doc, "#blocked", "would stop at 1 step", "Nothing in AWS was changed.")
	if doc.Find("button[disabled][aria-describedby=blocked]").Text() != "Start job" {
		t.Error("Start job is not disabled")
	}
	if a := s.Begin(draft, nil); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a start all the same: status %d", a.Status)
	} else {
		handlerstest.CheckPage(t, "review", a.Doc)
		handlerstest.Contains(t, a.Doc, "#errors", "Clear what is in the way in AWS")
	}
	s.Looks[setup.LookPlan] = good
	s.Clock.Forward(1)
	form := handlerstest.Fields(doc, ".startbar form")
	form.Set("go", "refresh")
	if a := s.Post(draft+"/review", form); a.To != draft+"/review" {
		t.Fatalf("Compare again leads to %q", a.To)
	}
	s.Work()
	if s.Page(draft+"/review").Find("button[disabled]").Length() != 0 {
		t.Error("still held after the way is clear")
	}
	if a := s.Begin(draft, nil); a.To != "/jobs/1" {
		t.Errorf("start: status %d to %q", a.Status, a.To)
	}
}

func TestANameAtTheTopOfItsDomain(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookName] = setup.NameFacts{ZoneApex: "harborview.example", NameServers: []string{"ada.ns.cloudflare.com"}}
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Page(draft + "/domain")
	s.Work()
	s.Press(draft+"/domain", "plan", map[string]string{"domain": "harborview.example", "dns": setup.DNSElsewhere})
	s.Page(draft + "/domain")
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/domain"), "#part", "top of its domain", "ALIAS, ANAME or CNAME flattening")
}

// A person changes an answer of a failed job in a draft of the setup's next
// revision, which begins with the job's answers.
func TestChangeAnAnswerOfAFailedJob(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	if a := s.Begin(draft, nil); a.To != "/jobs/1" {
		t.Fatalf("start: %d %q", a.Status, a.To)
	}
	before := s.Spec(draft)
	a := s.Post("/setups/"+strings.TrimPrefix(draft, "/drafts/")+"/change", nil)
	fresh, ok := strings.CutSuffix(a.To, "/review")
	if !ok || fresh == draft {
		t.Fatalf("leads to %q", a.To)
	}
	if diff := cmp.Diff(before, s.Spec(fresh)); diff != "" {
		t.Errorf("the answers: %s", diff)
	}
	if text := s.Page(fresh + "/review").Find("#part").Text(); strings.Contains(text, "There is a setup with this name already") {
		t.Error("the setup that is changed is said to be in the way")
	}
	if a := s.Post("/setups/none/change", nil); a.Status != http.StatusNotFound {
		t.Errorf("from no setup: status %d", a.Status)
	}
}

// A page that was refused and shows a pending look keeps its errors, both when
// it is loaded again without script and when a part of it is replaced.
func TestErrorsStayWhileTheWorkerLooks(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	path := draft + "/api"
	s.Press(path, "refresh", nil) // asks for the list again
	a := s.Press(path, "next", map[string]string{"path-0": "/ping"})
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	if refreshes(a.Doc) {
		t.Error("the refused page reloads by itself")
	}
	poll := a.Doc.Find("[hx-post][hx-trigger^=load]").AttrOr("hx-post", "")
	b := s.Post(poll, handlerstest.Fields(a.Doc, "form#page"))
	if b.Status != http.StatusOK {
		t.Fatalf("the part: status %d at %q", b.Status, poll)
	}
	handlerstest.Contains(t, b.Doc, "#part #path-0-err", "API Gateway keeps /ping")
}
