package handlers_test

import (
	"net/http"
	"slices"
	"testing"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Every answer that a fault can be about leads to a field that its page has.
func TestFaultsLeadToFields(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Profiles = func() ([]string, error) { return []string{"other"}, nil } })
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	pages := map[string]setup.PageID{"account": setup.PageAccount, "api": setup.PageAPI, "domain": setup.PageDomain, "certificates": setup.PageCertificates, "edge": setup.PageEdge}
	fields := []string{"api.mappings[0].path", "api.mappings[0].api_id", "api.mappings[0].stage"}
	for field := range handlers.Anchors {
		fields = append(fields, field)
	}
	for _, field := range fields {
		part := field[:slices.Index([]byte(field), '.')]
		id := handlers.Anchor(field)
		if id == "" || s.Page(draft+"/"+string(pages[part])).Find("#"+id).Length() != 1 {
			t.Errorf("%s leads to #%s, which the page has not once", field, id)
		}
	}
}

// What cannot be read of a field is said instead of what stands in the draft.
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
