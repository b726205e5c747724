package handlers

import (
	"net/http"
	"slices"
	"testing"

	"apifront/setup"
	"apifront/web"
)

// The page of edge settings offers exactly the values that pass.
func TestPageOffersWhatPasses(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		options []web.Option
		values  []string
	}{
		"caching": {cachingChoices(), setup.Cachings()},
		"methods": {methodChoices(), setup.MethodSets()},
		"viewer":  {viewerChoices(), setup.ViewerProtocols()},
		"tls":     {tlsChoices(), setup.MinimumTLSs()},
		"version": {versionChoices(), setup.HTTPVersions()},
		"where":   {whereChoices(), setup.PriceClasses()},
	} {
		var offered []string
		for _, o := range x.options {
			offered = append(offered, o.Value)
		}
		if !slices.Equal(offered, x.values) {
			t.Errorf("%s: the page offers %q, and %q pass", name, offered, x.values)
		}
	}
}

// Every answer that a fault can be about leads to a field that its page has.
func TestFaultsLeadToFields(t *testing.T) {
	t.Parallel()
	s := signedInSite(t, func(c *Config) { c.Profiles = func() ([]string, error) { return []string{"other"}, nil } })
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	pages := map[string]setup.PageID{"account": setup.PageAccount, "api": setup.PageAPI, "domain": setup.PageDomain, "certificates": setup.PageCertificates, "edge": setup.PageEdge}
	fields := []string{"api.mappings[0].path", "api.mappings[0].api_id", "api.mappings[0].stage"}
	for field := range anchors {
		fields = append(fields, field)
	}
	for _, field := range fields {
		part := field[:slices.Index([]byte(field), '.')]
		id := anchor(field)
		if id == "" || s.page(draft+"/"+string(pages[part])).Find("#"+id).Length() != 1 {
			t.Errorf("%s leads to #%s, which the page has not once", field, id)
		}
	}
}

// What cannot be read of a field is said instead of what stands in the draft.
func TestUnreadableTextIsSaidFirst(t *testing.T) {
	t.Parallel()
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	a := s.press(draft+"/edge", "next", map[string]string{"caching": setup.CachingFixed, "ttl": "soon", "wait": "121", "tags": "a=1\na=2", "key_more": "Cookie"})
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d to %q", a.status, a.to)
	}
	var got []string
	for _, link := range a.doc.Find("#errors a").EachIter() {
		got = append(got, link.AttrOr("href", ""))
	}
	if want := []string{"#ttl", "#key_more", "#wait", "#tags"}; !slices.Equal(got, want) {
		t.Errorf("errors at %q, want %q", got, want)
	}
}
