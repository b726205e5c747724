package wizard_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// ticks are the pages in the list of the wizard that are done, and those that lack an answer.
func ticks(doc *goquery.Document) (done, open string) {
	text := func(sel string) string {
		return strings.Join(doc.Find(".wiz-nav "+sel).Map(func(_ int, a *goquery.Selection) string {
			href := a.AttrOr("href", "")
			return href[strings.LastIndex(href, "/")+1:]
		}), " ")
	}
	return text("[data-done]"), text("[data-open]")
}

// TestNoTickWithoutAnAnswer changes the Region, with which the API that was chosen goes:
// its page has no tick until one is chosen again, on no page of the wizard.
func TestNoTickWithoutAnAnswer(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	s.Page(draft + "/review")
	s.Work()
	if done, open := ticks(s.Page(draft + "/review")); done != "account api domain certificates edge" || open != "" {
		t.Fatalf("with all answers %q are done, %q open", done, open)
	}
	s.Press(draft+"/account", "next", map[string]string{"region": "us-east-1"})
	s.Work()
	for _, page := range []setup.PageID{setup.PageDomain, setup.PageEdge, setup.PageReview} {
		doc := s.Page(draft + "/" + string(page))
		done, open := ticks(doc)
		if strings.Contains(done, "api") || !strings.Contains(open, "api") {
			t.Errorf("on %s %q are done and %q open, but no API is chosen", page, done, open)
		}
		handlerstest.Contains(t, doc, ".wiz-nav [data-open]", "an answer is missing")
		if page == setup.PageReview && doc.Find(`.meter [data-s="done"]`).Length()+doc.Find(`.meter [data-s="open"]`).Length() != 5 {
			t.Error("the meter of a phone has other pages")
		}
	}
}

// TestNoTickBesideWhatStops opens the review of answers that AWS's list has overtaken:
// the page that it names has no tick.
func TestNoTickBesideWhatStops(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	s.Looks[setup.LookAPIs] = []setup.APIInfo{}
	s.Clock.Forward(2)
	s.Page(draft + "/review")
	s.Work()
	form := handlerstest.Fields(s.Page(draft+"/api"), "form#page")
	form.Set("go", "refresh")
	s.Post(draft+"/api", form)
	s.Work()
	doc := s.Page(draft + "/review")
	handlerstest.Contains(t, doc, "#part", "Something is missing")
	if done, open := ticks(doc); done != "account domain certificates edge" || open != "api" {
		t.Errorf("%q are done, %q open", done, open)
	}
}
