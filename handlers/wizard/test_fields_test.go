package wizard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// The variables that the server of these tests has, and one that it had.
const (
	ordersKey = "APIFRONT_PROBE_KEY_ORDERS"
	othersKey = "APIFRONT_PROBE_KEY_OTHERS"
	formerKey = "APIFRONT_PROBE_KEY_FORMER"
)

// keyedSite is a site with keys of tests, of which one is bound to the name of
// its drafts and one to another.
func keyedSite(t *testing.T) (s *handlerstest.Site, draft string) {
	t.Helper()
	s = handlerstest.SignedIn(t, func(c *handlers.Config) { c.ProbeKeys = []string{ordersKey, othersKey} })
	for _, k := range []setup.ProbeKey{
		{Variable: ordersKey, Host: "api.harborview.example", Header: "X-Api-Key"},
		{Variable: othersKey, Host: "other.harborview.example", Header: "Authorization"},
	} {
		if err := s.Store.BindProbeKey(t.Context(), k, "Ada"); err != nil {
			t.Fatal(err)
		}
	}
	draft = s.NewDraft()
	s.Through(draft, setup.PageReview)
	return s, draft
}

// Each wrong answer of a test has its error beside its own field, in the path
// that it belongs to; that part stands open, and what was typed stays. All of
// it works without a script.
func TestErrorsOfTestsStandBesideTheirFields(t *testing.T) {
	s, draft := keyedSite(t)
	page := draft + "/api"
	if a := s.Press(page, "add", nil); a.Status != http.StatusSeeOther {
		t.Fatalf("add: %d", a.Status)
	}
	if n := s.Page(page).Find("#part details:has([id^=test_path])[open]").Length(); n != 0 {
		t.Errorf("%d tests are open at first", n)
	}
	long := "/" + strings.Repeat("a", 500)
	for _, c := range []struct{ field, typed, kept, says string }{
		{"test_path-1", "https://other.example/health", "https://other.example/health", "Enter only what comes after the path"},
		{"test_path-1", " //other.example ", "//other.example", "Enter only what comes after the path"},
		{"test_path-1", "/health#top", "/health#top", "Leave out #"},
		{"test_path-1", "/a b\"><script>", "/a b\"><script>", "Write characters that cannot stand"},
		{"test_path-1", "/../admin", "/../admin", "Leave out the dots"},
		{"test_path-1", "/h?key=AKIAIOSFODNN7EXAMPLE", "/h?key=AKIAIOSFODNN7EXAMPLE", "Leave out the key"},
		{"test_path-1", long, long, "Shorten the path"},
		{"test_status-1", "two hundred", "two hundred", "Enter a status from 200 to 599"},
		{"test_status-1", "199", "199", "Enter a status from 200 to 599"},
		{"test_status-1", "600", "600", "Enter a status from 200 to 599"},
		{"test_status-1", "-1", "-1", "Enter a status from 200 to 599"},
		{"test_status-1", "0", "0", "Enter a status from 200 to 599"},
		{"test_status-1", "200.5", "200.5", "Enter a status from 200 to 599"},
		{"test_status-1", "99999999999999999999", "99999999999999999999", "Enter a status from 200 to 599"},
		{"test_method-1", "POST", "", "Choose GET or HEAD"},
		{"test_key-1", othersKey, othersKey, "is not bound to api.harborview.example"},
		{"test_key-1", formerKey, formerKey, "is not bound to api.harborview.example"},
	} {
		before := s.Spec(draft)
		a := s.Press(page, "next", map[string]string{"path-1": "v2", "test_path-0": "/fine", c.field: c.typed})
		if a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s %.40q: status %d", c.field, c.typed, a.Status)
			continue
		}
		handlerstest.CheckPage(t, "api", a.Doc)
		handlerstest.CheckLabels(t, "api", a.Doc)
		handlerstest.Contains(t, a.Doc, "#errors a[href='#"+c.field+"']", c.says)
		handlerstest.Contains(t, a.Doc, "#"+c.field+"-err", c.says)
		field := a.Doc.Find("#" + c.field)
		if field.AttrOr("aria-invalid", "") != "true" || !strings.Contains(field.AttrOr("aria-describedby", ""), c.field+"-err") {
			t.Errorf("%s %.40q: the field does not say that it is wrong", c.field, c.typed)
		}
		kept := handlerstest.Fields(a.Doc, "form#page")
		if c.kept != "" && kept.Get(c.field) != c.kept || kept.Get("test_path-0") != "/fine" || kept.Get("path-1") != "/v2" {
			t.Errorf("%s %.40q: kept %.60q, %q and %q", c.field, c.typed, kept.Get(c.field), kept.Get("test_path-0"), kept.Get("path-1"))
		}
		open := a.Doc.Find("#part details:has([id^=test_path])[open]")
		if open.Length() != 1 || open.Find("#"+c.field).Length() != 1 {
			t.Errorf("%s %.40q: %d tests are open", c.field, c.typed, open.Length())
		}
		handlerstest.Contains(t, a.Doc, "#part details[open] > summary", "Something below has to be put right.")
		if a.Doc.Find("script:not([src])").Length() > 0 {
			t.Error("what was typed has become a script")
		}
		if diff := cmp.Diff(before, s.Spec(draft)); diff != "" {
			t.Errorf("%s %.40q was stored: %s", c.field, c.typed, diff)
		}
	}
}

// Several paths have tests of their own: adding and removing one leaves those of
// the others, and each stands in its words on the page and on the review.
func TestSeveralPathsHaveTestsOfTheirOwn(t *testing.T) {
	s, draft := keyedSite(t)
	page := draft + "/api"
	s.Press(page, "add", map[string]string{"test_path-0": "health", "test_status-0": " 200 "})
	if got := s.Spec(draft).API.Mappings; len(got) != 2 || got[1].Test != (setup.Test{}) {
		t.Fatalf("a new path has the test of another: %+v", got)
	}
	const orders = "a1b2c3d4e5/prod"
	s.Press(page, "add", map[string]string{"path-1": "v2", "api-1": orders, "test_path-1": "?full=1", "test_method-1": "HEAD", "test_key-1": ordersKey})
	s.Press(page, "plan", map[string]string{"path-2": "v3", "api-2": orders, "test_status-2": "404"})
	doc := s.Page(page)
	for id, words := range map[string]string{
		"#test_path-0": "GET /health answers 200", "#test_path-1": "HEAD /v2?full=1, with the key " + ordersKey, "#test_path-2": "GET /v3 answers 404",
	} {
		handlerstest.Contains(t, doc, "details:has("+id+") > summary", words)
	}
	seen := map[string]bool{}
	for _, n := range doc.Find("[id]").Nodes {
		for _, a := range n.Attr {
			if a.Key == "id" && seen[a.Val] {
				t.Errorf("two things are called %s", a.Val)
			}
			if a.Key == "id" {
				seen[a.Val] = true
			}
		}
	}
	s.Press(page, "remove-0", nil)
	want := []setup.Test{{Path: "?full=1", Method: "HEAD", Key: ordersKey}, {Status: 404}}
	var got []setup.Test
	for _, m := range s.Spec(draft).API.Mappings {
		got = append(got, m.Test)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if a := s.Press(page, "next", map[string]string{"path-0": ""}); a.Status != http.StatusSeeOther {
		t.Fatalf("Next: %d: %s", a.Status, a.Doc.Find("#errors").Text())
	}
	handlerstest.Contains(t, s.Page(draft+"/review"), "#ans-api ~ dl", "HEAD /?full=1, with the key "+ordersKey, "GET /v3 answers 404")
}

// What was typed and cannot be stored as it is stays until it is mended, also
// where the page is saved without a check or loaded in part.
func TestUnfinishedTestsStay(t *testing.T) {
	s, draft := keyedSite(t)
	page := draft + "/api"
	a := s.Press(page, "add", map[string]string{"test_path-0": "/a b", "test_key-0": formerKey})
	if a.Status != http.StatusSeeOther {
		t.Fatalf("add: %d", a.Status)
	}
	kept := handlerstest.Fields(s.Page(page), "form#page")
	if kept.Get("test_path-0") != "/a b" || kept.Get("test_key-0") != formerKey {
		t.Errorf("kept %q and %q", kept.Get("test_path-0"), kept.Get("test_key-0"))
	}
	row := s.Page(page).Find("#part fieldset:has(#api-0)")
	form := url.Values{}
	for k, v := range kept {
		form[k] = v
	}
	form.Set("test_status-0", "two hundred")
	part := s.Post(row.AttrOr("hx-post", ""), form)
	if got := handlerstest.Fields(part.Doc, "form#page").Get("test_status-0"); got != "two hundred" {
		t.Errorf("the part that is loaded again has %q", got)
	}
}

// A change shows the test of the revision that it began with, and what becomes
// of it.
func TestAChangeOfATestIsSaid(t *testing.T) {
	s, draft := keyedSite(t)
	if a := s.Press(draft+"/api", "next", map[string]string{"test_path-0": "/health", "test_status-0": "200", "test_key-0": ordersKey}); a.Status != http.StatusSeeOther {
		t.Fatalf("Next: %d", a.Status)
	}
	s.Through(draft, setup.PageReview)
	if a := s.Begin(draft, nil); a.To != "/jobs/1" {
		t.Fatalf("start: %d %q", a.Status, a.To)
	}
	s.Post("/jobs/1/cancel", nil)
	change := opened(t, s, "/setups/"+strings.TrimPrefix(draft, "/drafts/"))
	kept := handlerstest.Fields(s.Page(change+"/api"), "form#page")
	if kept.Get("test_path-0") != "/health" || kept.Get("test_status-0") != "200" || kept.Get("test_method-0") != http.MethodGet || kept.Get("test_key-0") != ordersKey {
		t.Errorf("the change begins with %v", kept)
	}
	handlerstest.Contains(t, s.Page(change+"/review"), "#part", "Nothing: these are the answers of revision")
	if a := s.Press(change+"/api", "next", map[string]string{"test_path-0": "/ready", "test_method-0": "HEAD", "test_status-0": "", "test_key-0": ""}); a.Status != http.StatusSeeOther {
		t.Fatalf("Next: %d: %s", a.Status, a.Doc.Find("#errors").Text())
	}
	s.Work()
	page := s.Page(change + "/review")
	handlerstest.Contains(t, page, ".chgs [data-page=api]", "GET /health answers 200, with the key "+ordersKey, "HEAD /ready")
	if n := page.Find(".chgs > li").Length(); n != 1 {
		t.Errorf("%d answers differ, want 1", n)
	}
}

// A key that was unbound since is shown as what it is, and stops Next until
// another choice is made.
func TestUnboundKeyIsShown(t *testing.T) {
	s, draft := keyedSite(t)
	page := draft + "/api"
	if a := s.Press(page, "next", map[string]string{"test_key-0": ordersKey}); a.Status != http.StatusSeeOther {
		t.Fatalf("Next: %d", a.Status)
	}
	doc := s.Page(page)
	handlerstest.Contains(t, doc, "#test_key-0", "No key", ordersKey+", in X-Api-Key to api.harborview.example")
	if strings.Contains(doc.Find("#test_key-0").Text(), othersKey) {
		t.Error("a key of another name is offered")
	}
	if err := s.Store.UnbindProbeKey(t.Context(), ordersKey, "api.harborview.example", "Ada"); err != nil {
		t.Fatal(err)
	}
	doc = s.Page(page)
	handlerstest.Contains(t, doc, "#test_key-0 option[selected]", ordersKey+", not bound")
	if a := s.Press(page, "next", nil); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("Next: %d", a.Status)
	}
	handlerstest.Contains(t, s.Page(draft+"/review"), "#part", "Choose another key, or none: "+ordersKey+" is not bound to api.harborview.example")
	if a := s.Press(page, "next", map[string]string{"test_key-0": ""}); a.Status != http.StatusSeeOther || s.Spec(draft).API.Mappings[0].Test != (setup.Test{}) {
		t.Errorf("Next: %d, %+v", a.Status, s.Spec(draft).API.Mappings[0].Test)
	}
}
