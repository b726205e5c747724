package wizard_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// The page edge asks for the headers of the cache key. Four are chosen
// beforehand, and a person can name more. If CloudFront refuses one, the page
// says so and keeps everything.
func TestHeadersOfTheCacheKey(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	path := draft + "/edge"
	send := func(change func(url.Values)) handlerstest.Reply {
		form := handlerstest.Fields(s.Page(path), "form#page")
		form.Set("caching", setup.CachingAPI)
		form.Set("go", "next")
		change(form)
		return s.Post(path, form)
	}
	saved := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, s.Spec(draft).Edge.KeyHeaders); diff != "" {
			t.Errorf("the key: %s", diff)
		}
	}
	if a := send(func(url.Values) {}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d", a.Status)
	}
	saved(setup.KeyHeaders()...)
	review := s.Page(draft + "/review")
	handlerstest.Contains(t, review, "#ans-edge ~ dl", "Authorization, Host, Origin, X-Api-Key and query string")
	if strings.Contains(review.Text(), "do not tell all callers apart") {
		t.Error("the review warns of a good key")
	}

	if a := send(func(f url.Values) {
		f["key"] = []string{"Authorization", "Host"}
		f.Set("key_more", " x-tenant-ID,\taccept-language; authorization ")
	}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	saved("Accept-Language", "Authorization", "Host", "X-Tenant-Id")
	handlerstest.Contains(t, s.Page(draft+"/review"), "#part", "Kept answers do not tell all callers apart", "Callers who differ only in Origin or X-Api-Key share kept answers")
	form := handlerstest.Fields(s.Page(path), "form#page")
	if got := form.Get("key_more"); got != "Accept-Language X-Tenant-Id" || !slices.Equal(form["key"], []string{"Authorization", "Host"}) {
		t.Errorf("the page shows %q and %v", got, form["key"])
	}

	for typed, want := range map[string]string{
		"Cookie": "Take out Cookie", "naïve": "Take 'ï' out", "TE": "Take out TE", "*": "Name each header",
		"x a b c d e f g h i j k": "Choose at most 10 headers", `"><b>`: "Take '\"' out",
		strings.Repeat("y", 100_000): "Choose fewer or shorter",
	} {
		a := send(func(f url.Values) { f["key"] = []string{"Origin"}; f.Set("key_more", typed) })
		if a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%.40q: status %d", typed, a.Status)
			continue
		}
		handlerstest.CheckPage(t, "key", a.Doc)
		handlerstest.Contains(t, a.Doc, "#errors a[href='#key_more']", want)
		handlerstest.Contains(t, a.Doc, "#key_more-err", want)
		kept := handlerstest.Fields(a.Doc, "form#page")
		if kept.Get("key_more") != setup.First(typed, 3000+1) || !slices.Equal(kept["key"], []string{"Origin"}) {
			t.Errorf("%.40q: kept %.40q and %v", typed, kept.Get("key_more"), kept["key"])
		}
		saved("Accept-Language", "Authorization", "Host", "X-Tenant-Id")
	}
	// With caching off, the key does not matter.
	if a := send(func(f url.Values) { f.Set("caching", setup.CachingOff); f.Set("key_more", "Cookie") }); a.Status != http.StatusSeeOther {
		t.Errorf("caching off: status %d", a.Status)
	}
	// A page that was opened before this version has no question about the key.
	if a := send(func(f url.Values) { f.Del("keys"); f.Del("key"); f.Del("key_more") }); a.Status != http.StatusSeeOther {
		t.Errorf("an older page: status %d", a.Status)
	}
	saved("Accept-Language", "Authorization", "Host", "X-Tenant-Id")
	// An empty list of headers is allowed.
	if a := send(func(f url.Values) { f.Del("key"); f.Set("key_more", "") }); a.Status != http.StatusSeeOther {
		t.Errorf("no headers: status %d", a.Status)
	}
	saved([]string{}...)
	handlerstest.Contains(t, s.Page(draft+"/review"), "#ans-edge ~ dl", "query string only")
}

// The page of a setup with a former cache key says which callers share answers.
// It offers a change to the better key that keeps all other answers.
func TestFormerCacheKeyIsSaid(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	started := func(name, caching string, key ...string) setup.Setup {
		t.Helper()
		spec := setup.DefaultSpec()
		spec.Account.Region, spec.Domain.Name = "eu-west-1", name
		spec.Edge.Caching, spec.Edge.KeyHeaders = caching, key
		d, err := s.Store.CreateDraft(t.Context(), "Mira Okafor", spec)
		if err == nil {
			_, err = s.Store.StartJob(t.Context(), store.NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check"}}})
		}
		if err != nil {
			t.Fatal(err)
		}
		return setup.Setup{ID: d.ID, Spec: d.Spec}
	}
	former := started("former.example.com", setup.CachingFixed, "Authorization", "Host", "X-Tenant-Id")
	page := s.Page("/setups/" + former.ID)
	if text := page.Find("main").Text(); strings.Contains(text, "min 0 s") || !strings.Contains(text, "keeps answers for 1 min") {
		t.Error("the page does not say as people do for how long answers are kept")
	}
	handlerstest.Contains(t, page, ".note", "Not all callers are told apart", "differ only in Origin or X-Api-Key", "One without an API key can get a key holder's answer")
	offer := handlerstest.Fields(page, `.note form[action="/setups/`+former.ID+`/change"]`)
	a := s.Post("/setups/"+former.ID+"/change", offer)
	if a.Status != http.StatusSeeOther || !strings.HasSuffix(a.To, "/edge?return=review") {
		t.Fatalf("the offer: %d to %q", a.Status, a.To)
	}
	draft := strings.TrimSuffix(a.To, "/edge?return=review")
	want := former.Spec
	want.Edge.KeyHeaders = []string{"Authorization", "Host", "Origin", "X-Api-Key", "X-Tenant-Id"}
	if diff := cmp.Diff(want, s.Spec(draft)); diff != "" {
		t.Errorf("the draft: %s", diff)
	}
	s.Page(a.To)

	for _, fine := range []setup.Setup{started("off.example.com", setup.CachingOff, "Host"), started("new.example.com", setup.CachingAPI, setup.KeyHeaders()...)} {
		if text := s.Page("/setups/" + fine.ID).Text(); strings.Contains(text, "Not all callers") {
			t.Errorf("%s is warned of", fine.Name())
		}
	}
}

// That callers may get answers made for others is accepted by a person alone,
// kind by kind, is said on the review, and ends with caching.
func TestSharedAnswersAreAccepted(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	send := func(caching string, accept, want []string) {
		t.Helper()
		form := handlerstest.Fields(s.Page(draft+"/edge"), "form#page")
		form.Set("caching", caching)
		form.Set("go", "next")
		form["accept"] = accept
		if a := s.Post(draft+"/edge", form); a.Status != http.StatusSeeOther {
			t.Fatalf("status %d", a.Status)
		}
		if got := s.Spec(draft).Edge.Accepts; !slices.Equal(got, want) {
			t.Errorf("caching %s, ticked %v: accepted %v", caching, accept, got)
		}
		page := s.Page(draft + "/edge")
		for _, kind := range setup.SharedKinds() {
			box := page.Find("#accept-" + kind)
			if _, ticked := box.Attr("checked"); box.Length() != 1 || ticked != slices.Contains(want, kind) {
				t.Errorf("%s: %d boxes, ticked %t", kind, box.Length(), ticked)
			}
		}
	}
	send(setup.CachingFixed, nil, nil)
	handlerstest.Contains(t, s.Page(draft+"/review"), "#ans-edge ~ dl", "Not accepted. The job stops if its test finds any")
	send(setup.CachingFixed, []string{"queries", "all", "sites", "sites"}, []string{setup.SharedSites, setup.SharedQueries})
	handlerstest.Contains(t, s.Page(draft+"/review"), "#ans-edge ~ dl", "Accepted: Browsers of different sites (Origin); callers with different query strings")
	handlerstest.Contains(t, s.Page(draft+"/edge"), "#part, form#page", "What callers may share", "Callers with and without a token or key")
	send(setup.CachingOff, setup.SharedKinds(), nil)
	send(setup.CachingAPI, nil, nil)
	send(setup.CachingAPI, setup.SharedKinds(), setup.SharedKinds())
}
