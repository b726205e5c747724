package wizard_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Each question of the wizard, including those of "More settings", has its own
// closed help: a question, and at most two short paragraphs.
func TestEveryQuestionSaysWhatGoesWrong(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	// A second zone and two regions make every question appear.
	s.Looks[setup.LookZones] = []setup.Zone{{ID: "Z1", Name: "harborview.example", Delegated: true}, {ID: "Z3", Name: "harborview.example"}}
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	asked := make(map[string]bool)
	for _, p := range setup.Pages() {
		if p.ID == setup.PageReview {
			continue
		}
		doc := s.Page(draft + "/" + string(p.ID))
		questions := make(map[string]bool)
		doc.Find("form#page").Find("input:not([type=hidden]), select, textarea").Each(func(_ int, e *goquery.Selection) {
			name := e.AttrOr("name", "")
			asked[name] = true
			box := questionOf(e)
			help := box.Find("details.why").FilterFunction(func(_ int, d *goquery.Selection) bool { return questionOf(d).IsSelection(box) })
			if help.Length() != 1 {
				t.Errorf("%s: the question %q has %d helps of its own, want one", p.ID, name, help.Length())
				return
			}
			question := handlerstest.Squash(help.Find("summary").Text())
			questions[question] = true
			if !strings.HasSuffix(question, "?") || utf8.RuneCountInString(question) > 60 {
				t.Errorf("%s: the help of %q does not ask a short question: %q", p.ID, name, question)
			}
			if _, open := help.Attr("open"); open {
				t.Errorf("%s: the help of %q is open", p.ID, name)
			}
			text := help.Find("p")
			if text.Length() < 1 || text.Length() > 2 {
				t.Errorf("%s: the help of %q has %d paragraphs", p.ID, name, text.Length())
			}
			text.Each(func(_ int, par *goquery.Selection) {
				if n := utf8.RuneCountInString(handlerstest.Squash(par.Text())); n < 40 || n > 320 {
					t.Errorf("%s: a paragraph of the help of %q has %d characters: %q", p.ID, name, n, handlerstest.Squash(par.Text()))
				}
			})
		})
		if len(questions) == 0 {
			t.Errorf("%s: no question was looked at", p.ID)
		}
	}
	for _, name := range []string{"connection", "region", "path-0", "api-0", "domain", "dns", "zone", "switch", "edge", "regional", "caching", "ttl", "methods", "viewer", "tls", "http_version", "where", "wait", "acl", "logs_to", "logs_name", "logs_prefix", "comment", "tags", "ipv6", "compress", "close_endpoints", "origin_secret", "origin_header"} {
		if !asked[name] {
			t.Errorf("the field %q was not looked at", name)
		}
	}
}

// questionOf is the smallest element around a field that holds one question.
func questionOf(e *goquery.Selection) *goquery.Selection {
	return e.Closest(".field:not(.card), .sub-field, .ticks-v > div, fieldset:not(.card), form")
}

// Each help text is on a page only once, however many rows the page has.
func TestHelpIsNotRepeatedForEachPath(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageAPI)
	s.Page(draft + "/api")
	s.Work()
	of := func() (rows, helps int) {
		doc := s.Page(draft + "/api")
		return doc.Find("fieldset.card").Length(), doc.Find("details.why").Length()
	}
	_, once := of()
	s.Press(draft+"/api", "add", nil)
	if rows, helps := of(); rows != 2 || helps != once || once < 2 {
		t.Errorf("%d rows have %d helps, want 2 and %d", rows, helps, once)
	}
}

// The panel shows what a page fills in before anybody answers.
func TestThePanelShowsWhatIsFilledIn(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	handlerstest.Contains(t, s.Page(draft+"/account"), "#plan", "Certificate, eu-west-1")
	s.Through(draft, setup.PageAPI)
	s.Page(draft + "/api")
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/api"), "#plan", "Path mapping", "Waits for an API")
	list := s.Looks[setup.LookAPIs]
	s.Looks[setup.LookAPIs] = []setup.APIInfo{{ID: "a1b2c3d4e5", Name: "orders-api", Kind: setup.APIKindHTTP, Stages: []string{"prod"}}}
	s.Press(draft+"/api", "refresh", nil)
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/api"), "#plan", "1 path mapping", "/ to orders-api")
	s.Looks[setup.LookAPIs] = list
	s.Through(draft, setup.PageCertificates)
	handlerstest.Contains(t, s.Page(draft+"/certificates"), "#plan", "Reused: longer")
	if s.Spec(draft).Certificates.Answered {
		t.Error("showing the page answered it")
	}
}

// The review names what it has found, and only counts the steps that look.
func TestTheReviewSaysWhatItKnows(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookName] = setup.NameFacts{ZoneApex: "harborview.example", NameServers: []string{"ada.ns.cloudflare.com."}}
	s.Looks[setup.LookPlan] = setup.Plan{Lines: []setup.PlanLine{
		{StepID: "identity", Title: "Check the account", Action: setup.PlanWait},
		{StepID: "domain", Title: "Create custom domain", Action: setup.PlanCreate},
		{StepID: "deployed", Title: "Wait for the edge", Action: setup.PlanWait},
	}}
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Page(draft + "/domain")
	s.Work()
	if a := s.Press(draft+"/domain", "next", map[string]string{"domain": "api.harborview.example"}); a.To != draft+"/certificates" {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	s.Work()
	if a := s.Press(draft+"/domain", "next", map[string]string{"dns": setup.DNSElsewhere}); a.To != draft+"/certificates" {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	handlerstest.Contains(t, s.Page(draft+"/domain"), "#part", "Who manages DNS for harborview.example?", "Its name servers belong to Cloudflare.", "Anything to watch for at Cloudflare?", "DNS only")
	s.Press(draft+"/certificates", "next", nil)
	s.Page(draft + "/review")
	s.Work()
	doc := s.Page(draft + "/review")
	handlerstest.Contains(t, doc, "#passed", "The API is there and deployed", "orders-api has the stage you chose.")
	handlerstest.Contains(t, doc, "#ans-domain ~ dl", "Cloudflare. You add 2 records")
	handlerstest.Contains(t, doc, "#ans-certificates ~ dl", "Records needed", "1 to validate it")
	handlerstest.Contains(t, doc, "section[aria-labelledby=plan-h]", "Create custom domain", "2 other steps only look.")
	if text := doc.Find("section[aria-labelledby=plan-h]").Text(); strings.Contains(text, "Wait for the edge") {
		t.Error("a step that only looks has a line of its own")
	}
	handlerstest.Contains(t, doc, "aside", "Needs a DNS record from you", "API Gateway, eu-west-1")
	if text := doc.Find("#ans-edge ~ a").Text(); text != "Change Edge settings" {
		t.Errorf("the link says %q", text)
	}
}
