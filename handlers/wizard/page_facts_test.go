package wizard_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/handlers/wizard"
	"apifront/setup"
)

// Every answer that a fault can be about has a field on its page.
func TestFaultsLeadToFields(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Profiles = func() ([]string, error) { return []string{"other"}, nil } })
	name, _ := s.Looks[setup.LookName].(setup.NameFacts)
	name.Edge = &setup.AliasHolder{Kind: setup.HolderEdge, Alias: "api.harborview.example", ID: "d1edge.cloudfront.net", Region: "eu-west-1"}
	s.Looks[setup.LookName] = name
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	pages := map[string]setup.PageID{"account": setup.PageAccount, "api": setup.PageAPI, "domain": setup.PageDomain, "certificates": setup.PageCertificates, "edge": setup.PageEdge}
	fields := []string{"api.mappings[0].path", "api.mappings[0].api_id", "api.mappings[0].stage"}
	for field := range wizard.Anchors {
		fields = append(fields, field)
	}
	for _, field := range fields {
		part := field[:slices.Index([]byte(field), '.')]
		id := wizard.Anchor(field)
		if id == "" || s.Page(draft+"/"+string(pages[part])).Find("#"+id).Length() != 1 {
			t.Errorf("%s leads to #%s, which the page has not once", field, id)
		}
	}
}

// If a field's text cannot be read, the error is about the text, and not about
// the value in the draft.
func TestUnreadableTextIsSaidFirst(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	a := s.Press(draft+"/edge", "next", map[string]string{"caching": setup.CachingFixed, "ttl": "soon", "wait": "121", "tags": "a=1\na=2", "key_more": "Cookie"})
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	var got []string
	for _, link := range a.Doc.Find("#errors a").EachIter() {
		got = append(got, link.AttrOr("href", ""))
	}
	if want := []string{"#ttl", "#key_more", "#wait", "#tags"}; !slices.Equal(got, want) {
		t.Errorf("errors at %q, want %q", got, want)
	}
}

// A draft may begin with old answers that nobody has looked up. It is judged
// like any other: the review asks AWS, and if something is gone, its page says
// so.
func TestOldAnswersAreLookedUpBeforeTheStart(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	begun := s.NewDraft()
	s.Through(begun, setup.PageReview)
	old := s.Spec(begun)
	old.Certificates.Edge = "arn:aws:acm:us-east-1:482177301954:certificate/gone"
	old.API.Mappings = []setup.Mapping{{APIID: "gone000000", APIName: "old-api", Kind: setup.APIKindHTTP, Stage: "prod"}}
	old.Account.Region, old.Certificates.Regional = "eu-west-2", "" // AWS was not asked about this region
	d, err := s.Store.CreateDraft(t.Context(), "Mira Okafor", old)
	if err != nil {
		t.Fatal(err)
	}
	review := "/drafts/" + d.ID + "/review"
	doc := s.Page(review)
	handlerstest.Contains(t, doc, "section[aria-labelledby=pre-h]", "Asking AWS for the list of APIs in eu-west-2")
	if doc.Find("[hx-get][hx-trigger^=load]").Length() != 1 || !strings.Contains(doc.Find("noscript").Text(), "refresh") {
		t.Error("the page does not come again while AWS is asked")
	}
	s.Work()
	doc = s.Page(review)
	handlerstest.Contains(t, doc, "section[aria-labelledby=pre-h]",
		"API and paths: Choose another API for /: old-api is not in eu-west-2. It was deleted, or it is in another region.",
		"Certificates: Choose again for us-east-1: the certificate chosen before is gone or does not cover api.harborview.example.")
	a := s.Post("/drafts/"+d.ID+"/start", nil)
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("start: status %d to %q", a.Status, a.To)
	}
	for _, part := range []struct{ page, field string }{{"api", "#api-0-err"}, {"certificates", "[id=edge-new-err]"}} {
		link := a.Doc.Find(`section[aria-labelledby=pre-h] a[href^="/drafts/` + d.ID + "/" + part.page + `?"]`)
		if link.Length() != 1 {
			t.Errorf("%s: %d links", part.page, link.Length())
			continue
		}
		if got := s.Page(link.AttrOr("href", "")).Find("#errors, " + part.field); got.Length() < 2 {
			t.Errorf("%s: the page does not say it: %q", part.page, handlerstest.Squash(got.Text()))
		}
	}
	now, err := s.Store.Draft(t.Context(), d.ID)
	if err != nil || !cmp.Equal(now.Spec, old) {
		t.Errorf("the answers are not kept: %s %v", cmp.Diff(old, now.Spec), err)
	}
}

// A job starts only after it is known which account it works in, and the job
// has that account.
func TestStartKnowsTheAccount(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	begun := s.NewDraft()
	s.Through(begun, setup.PageReview)
	spec := s.Spec(begun)
	spec.Account.AccountID = ""
	spec.Account.Connection = "profile:other" // AWS was not asked over this connection
	site := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Profiles = func() ([]string, error) { return []string{"other"}, nil } })
	d, err := site.Store.CreateDraft(t.Context(), "Mira Okafor", spec)
	if err != nil {
		t.Fatal(err)
	}
	start := "/drafts/" + d.ID + "/start"
	a := site.Post(start, nil)
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("start: status %d to %q", a.Status, a.To)
	}
	if strings.Contains(a.Doc.Find("noscript").Text(), "refresh") {
		t.Error("what was refused vanishes in a reload")
	}
	handlerstest.Contains(t, a.Doc, "#errors", "Account and region: Ask AWS again which account this connection belongs to")
	site.Page("/drafts/" + d.ID + "/review")
	handlerstest.Contains(t, site.Page("/drafts/"+d.ID+"/review"), "section[aria-labelledby=pre-h]", "Account and region: Wait until AWS has said which account this connection belongs to")
	site.Work()
	site.Page("/drafts/" + d.ID + "/review")
	site.Work()
	if a = site.Post(start, nil); a.Status != http.StatusSeeOther {
		t.Fatalf("start: status %d: %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	j, err := site.Store.Job(t.Context(), 1)
	if err != nil || j.AccountID != "482177301954" {
		t.Errorf("the job works in account %q: %v", j.AccountID, err)
	}
	site.Looks[setup.LookIdentity] = &setup.Problem{What: "AWS says no.", Why: "So it is.", Fix: "Ask for it."}
	spec.Account.Connection = setup.DefaultConnection
	if d, err = site.Store.CreateDraft(t.Context(), "Mira Okafor", spec); err != nil {
		t.Fatal(err)
	}
	site.Page("/drafts/" + d.ID + "/review")
	site.Work()
	handlerstest.Contains(t, site.Page("/drafts/"+d.ID+"/review"), "section[aria-labelledby=pre-h]", "AWS says no.", "Account and region: Choose a connection that works, or mend this one")
}

// The links that skip what stands before lead to things of the page that can have the
// focus, and the form has one of its own.
func TestSkipLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	for _, p := range setup.Pages() {
		doc := s.Page(draft + "/" + string(p.ID))
		var said []string
		for _, a := range doc.Find("a.skip").EachIter() {
			said = append(said, a.Text())
			if _, ok := doc.Find(a.AttrOr("href", "#none")).Attr("tabindex"); !ok {
				t.Errorf("%s: %s leads to nothing that takes the focus", p.ID, a.Text())
			}
		}
		want := []string{"Skip to the form", "Skip to the decision", "Skip to main content"}
		if p.ID == setup.PageReview {
			want = want[1:]
		}
		if !slices.Equal(said, want) {
			t.Errorf("%s: %q, want %q", p.ID, said, want)
		}
	}
}
