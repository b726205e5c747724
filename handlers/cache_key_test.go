package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/store"
)

// The page edge asks for the headers of the key: four are chosen beforehand,
// more can be named, and what CloudFront refuses is said with everything kept.
func TestHeadersOfTheCacheKey(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	path := draft + "/edge"
	send := func(change func(url.Values)) reply {
		form := fields(s.page(path), "form#page")
		form.Set("caching", setup.CachingAPI)
		form.Set("go", "next")
		change(form)
		return s.post(path, form)
	}
	saved := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, s.spec(draft).Edge.KeyHeaders); diff != "" {
			t.Errorf("the key: %s", diff)
		}
	}
	if a := send(func(url.Values) {}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	saved(setup.KeyHeaders()...)
	review := s.page(draft + "/review")
	contains(t, review, "#ans-edge ~ dl", "Authorization, Host, Origin, X-Api-Key and query string")
	if strings.Contains(review.Text(), "do not tell all callers apart") {
		t.Error("the review warns of a good key")
	}

	if a := send(func(f url.Values) {
		f["key"] = []string{"Authorization", "Host"}
		f.Set("key_more", " x-tenant-ID,\taccept-language; authorization ")
	}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, squash(a.doc.Find("#errors").Text()))
	}
	saved("Accept-Language", "Authorization", "Host", "X-Tenant-Id")
	contains(t, s.page(draft+"/review"), "#part", "Kept answers do not tell all callers apart", "Callers who differ only in Origin or X-Api-Key share kept answers")
	form := fields(s.page(path), "form#page")
	if got := form.Get("key_more"); got != "Accept-Language X-Tenant-Id" || !slices.Equal(form["key"], []string{"Authorization", "Host"}) {
		t.Errorf("the page shows %q and %v", got, form["key"])
	}

	for typed, want := range map[string]string{
		"Cookie": "Take out Cookie", "naïve": "Take 'ï' out", "TE": "Take out TE", "*": "Name each header",
		"x a b c d e f g h i j k": "Choose at most 10 headers", `"><b>`: "Take '\"' out",
		strings.Repeat("y", 100_000): "Choose fewer or shorter",
	} {
		a := send(func(f url.Values) { f["key"] = []string{"Origin"}; f.Set("key_more", typed) })
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%.40q: status %d", typed, a.status)
			continue
		}
		checkPage(t, "key", a.doc)
		contains(t, a.doc, "#errors a[href='#key_more']", want)
		contains(t, a.doc, "#key_more-err", want)
		kept := fields(a.doc, "form#page")
		if kept.Get("key_more") != FirstRunes(typed, fieldLimit("key_more")+1) || !slices.Equal(kept["key"], []string{"Origin"}) {
			t.Errorf("%.40q: kept %.40q and %v", typed, kept.Get("key_more"), kept["key"])
		}
		saved("Accept-Language", "Authorization", "Host", "X-Tenant-Id")
	}
	// With caching off nothing is asked of a key.
	if a := send(func(f url.Values) { f.Set("caching", setup.CachingOff); f.Set("key_more", "Cookie") }); a.status != http.StatusSeeOther {
		t.Errorf("caching off: status %d", a.status)
	}
	// A page that was opened before this version asked nothing.
	if a := send(func(f url.Values) { f.Del("keys"); f.Del("key"); f.Del("key_more") }); a.status != http.StatusSeeOther {
		t.Errorf("an older page: status %d", a.status)
	}
	saved("Accept-Language", "Authorization", "Host", "X-Tenant-Id")
	// Nobody has to be told apart.
	if a := send(func(f url.Values) { f.Del("key"); f.Set("key_more", "") }); a.status != http.StatusSeeOther {
		t.Errorf("no headers: status %d", a.status)
	}
	saved([]string{}...)
	contains(t, s.page(draft+"/review"), "#ans-edge ~ dl", "query string only")
}

// The page of a setup that was made with a former key says which callers share
// answers, and offers a change that tells them apart and keeps the rest.
func TestFormerCacheKeyIsSaid(t *testing.T) {
	s := signedInSite(t, nil)
	started := func(name, caching string, key ...string) setup.Setup {
		t.Helper()
		spec := setup.DefaultSpec()
		spec.Account.Region, spec.Domain.Name = "eu-west-1", name
		spec.Edge.Caching, spec.Edge.KeyHeaders = caching, key
		d, err := s.store.CreateDraft(t.Context(), "Mira Okafor", spec)
		if err == nil {
			_, err = s.store.StartJob(t.Context(), store.NewJob{SetupID: d.ID, Kind: setup.JobApply, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check"}}})
		}
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	former := started("former.example.com", setup.CachingFixed, "Authorization", "Host", "X-Tenant-Id")
	page := s.page("/setups/" + former.ID)
	if text := page.Find("main").Text(); strings.Contains(text, "min 0 s") || !strings.Contains(text, "keeps answers for 1 min") {
		t.Error("the page does not say as people do for how long answers are kept")
	}
	contains(t, page, ".note", "Not all callers are told apart", "differ only in Origin or X-Api-Key", "One without an API key can get a key holder's answer")
	offer := fields(page, `form[action="/drafts"]`)
	a := s.post("/drafts", offer)
	if a.status != http.StatusSeeOther || !strings.HasSuffix(a.to, "/edge?return=review") {
		t.Fatalf("the offer: %d to %q", a.status, a.to)
	}
	draft := strings.TrimSuffix(a.to, "/edge?return=review")
	want := former.Spec
	want.Edge.KeyHeaders = []string{"Authorization", "Host", "Origin", "X-Api-Key", "X-Tenant-Id"}
	if diff := cmp.Diff(want, s.spec(draft)); diff != "" {
		t.Errorf("the draft: %s", diff)
	}
	s.page(a.to)

	for _, fine := range []setup.Setup{started("off.example.com", setup.CachingOff, "Host"), started("new.example.com", setup.CachingAPI, setup.KeyHeaders()...)} {
		if text := s.page("/setups/" + fine.ID).Text(); strings.Contains(text, "Not all callers") {
			t.Errorf("%s is warned of", fine.Name())
		}
	}
}
