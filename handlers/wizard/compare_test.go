package wizard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
)

// Two revisions are compared field by field, two jobs also in what they did. Only
// what there is can be asked for.
func TestCompare(t *testing.T) {
	t.Parallel()
	s, of := started(t)
	for _, comment := range []string{"one", "two"} {
		draft := opened(t, s, of)
		edit(t, s, draft, map[string]string{"comment": comment, "methods": map[string]string{"one": "all", "two": "read"}[comment]})
		if a := s.Begin(draft, nil); a.Status != http.StatusSeeOther {
			t.Fatalf("start: %d", a.Status)
		} else {
			s.Post(a.To+"/cancel", nil)
		}
	}
	page := s.Page(of + "/compare")
	handlerstest.Contains(t, page, "title", "Revisions 2 and 3")
	handlerstest.Contains(t, page, "#diff-h", "Answers")
	handlerstest.Contains(t, page, ".rev", "Comment", "one", "two", "Methods", "Go back to revision 2")
	if strings.Contains(page.Find(".rev").Text(), "Waits for the API") {
		t.Error("an answer that does not differ is shown")
	}
	handlerstest.Contains(t, s.Page(of+"/compare?from=1&to=2"), ".rev", "Comment", "one")
	handlerstest.Contains(t, s.Page(of+"/compare?from=3&to=3"), ".rev", "Both are of revision 3")
	jobs := s.Page(of + "/compare?" + url.Values{"job": {"1"}, "with": {"3"}}.Encode())
	handlerstest.Contains(t, jobs, "title", "Jobs 1 and 3")
	handlerstest.Contains(t, jobs, ".rev", "Comment", "two", "Outcome", "Cancelled", "Check the account", "Calls", "Set up", "Change")
	if jobs.Find(".rev form").Length() != 0 {
		t.Error("going back is offered from two jobs")
	}
	// Jobs lead to it from their history: each is compared with the one before, and the first one is not.
	history := s.Page("/jobs")
	if n := history.Find("a[href*='/compare?']").Length(); n != 2 {
		t.Errorf("%d of 3 jobs lead to what differs", n)
	}
	href := history.Find("a[href$='/compare?with=3']").AttrOr("href", "none")
	if href != of+"/compare?with=3" {
		t.Errorf("job 3 leads to %q", href)
	}
	before := s.Page(href)
	both := s.Page(of + "/compare?job=2&with=3")
	if handlerstest.Squash(before.Find("main").Text()) != handlerstest.Squash(both.Find("main").Text()) {
		t.Error("a job is not compared with the one before it")
	}
	for _, q := range []string{"from=0&to=9", "from=x", "job=99&with=1", "job=1", "job=x&with=1", "with=1", "with=x", "with=-1"} {
		if a := s.Do(http.MethodGet, of+"/compare?"+q, nil, nil); a.Status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", q, a.Status)
		}
	}
}
