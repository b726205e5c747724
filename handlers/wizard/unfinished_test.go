package wizard_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
)

// "Change" leads to the change that the person has begun and not started, with what
// was typed, on the page that was asked for. From there another one can be begun,
// and the first stays.
func TestChangeLeadsToTheUnfinishedOne(t *testing.T) {
	s, of := started(t)
	draft := opened(t, s, of)
	if again := opened(t, s, of); again != draft {
		t.Fatalf("a change of which nothing was typed is begun twice: %s and %s", draft, again)
	}
	edit(t, s, draft, map[string]string{"comment": "typed"})
	a := s.Post(of+"/change", handlerstest.Fields(s.Page(of), `form[action="`+of+`/change"]:has([value="edge"])`))
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, draft+"/edge?return=review") {
		t.Fatalf("a change of the edge settings: %d to %q, want the draft %s", a.Status, a.To, draft)
	}
	page := s.Page(a.To)
	handlerstest.CheckPage(t, "unfinished", page)
	handlerstest.Contains(t, page, ".note", "You began this change", "have not started it", "Begin anew")
	if got := handlerstest.Fields(page, "form#page").Get("comment"); got != "typed" {
		t.Errorf("the comment is %q", got)
	}
	form := handlerstest.Fields(page, `.note form[action="`+of+`/change"]`)
	a = s.Post(of+"/change", form)
	if a.Status != http.StatusSeeOther || !strings.HasSuffix(a.To, "/edge?return=review") || strings.HasPrefix(a.To, draft) {
		t.Fatalf("beginning anew: %d to %q", a.Status, a.To)
	}
	if twice := s.Post(of+"/change", form); twice.To != a.To {
		t.Errorf("beginning anew twice leads to %q and %q", a.To, twice.To)
	}
	if got := handlerstest.Fields(s.Page(a.To), "form#page").Get("comment"); got != "" {
		t.Errorf("anew begins with the comment %q", got)
	}
	if got := s.Spec(draft).Edge.Comment; got != "typed" {
		t.Errorf("the first change has the comment %q", got)
	}
	if s.Page(draft+"/edge").Find(`form[action="`+of+`/change"]`).Length() > 0 {
		t.Error("who opens the draft itself is told that it is unfinished")
	}
}
