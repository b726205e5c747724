package wizard_test

import (
	"net/http"
	"net/url"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// The review says what a setup costs in numbers from what a person enters, and
// remembers that; what is refused is not lost.
func TestCostNote(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	s.Page(draft + "/review")
	s.Work()
	page := s.Page(draft + "/review")
	handlerstest.Contains(t, page, ".cost", "HTTPS requests", "$1.00 to $2.20 for each million", "as they were known on 29 November 2026", "Route 53 answers queries for an alias to CloudFront without charge")
	a := s.Post(draft+"/cost", url.Values{"requests": {"20,000,000"}, "answer-size": {"1,5"}})
	if a.Status != http.StatusSeeOther || a.To != draft+"/review#cost-h" {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	page = s.Page(draft + "/review")
	handlerstest.Contains(t, page, ".cost", "In all", "$10.00 to $47.35", "20,000,000 a month", "28 GB a month")
	if got := page.Find("#requests").AttrOr("value", "") + " " + page.Find("#answer-size").AttrOr("value", ""); got != "20,000,000 1.5" {
		t.Errorf("the fields have %q", got)
	}
	if page.Find("#part [id^=poll-]").Length() != 0 {
		t.Error("AWS is asked again for a number that is no answer")
	}
	a = s.Post(draft+"/cost", url.Values{"requests": {"many"}, "answer-size": {"-"}})
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d, want 422", a.Status)
	}
	handlerstest.Contains(t, a.Doc, "#errors", "Enter a whole number of requests a month", "Enter the size of an answer in kB")
	if got := a.Doc.Find("#requests").AttrOr("value", "") + a.Doc.Find("#answer-size").AttrOr("value", ""); got != "many-" {
		t.Errorf("what was typed became %q", got)
	}
}
