package setups_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/handlers/setups"
	"apifront/setup"
	"apifront/store"
)

// The first page in its states: nothing yet, a few, more than a page holds, a
// search with hits and without.
func TestHomeFromNothingToMany(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	doc := s.Page("/", http.StatusOK)
	handlerstest.Contains(t, doc, "main", "No setups yet", "New setup", "Try the demo")
	if doc.Find("#q").Length() != 0 {
		t.Error("a search box over nothing")
	}
	names := func(doc *goquery.Document) (list []string) {
		doc.Find("section[aria-labelledby=h-set] h3").Each(func(_ int, e *goquery.Selection) { list = append(list, handlerstest.Squash(e.Text())) })
		return list
	}
	long := strings.Repeat("a-rather-long-label.", 4) + "harborview.example"
	for i := range setups.PerPage {
		s.Setup = s.Draft(fmt.Sprintf("n%02d.%s", i, long), setup.DNSElsewhere)
		s.Start(setup.JobApply, setup.JobInput{})
	}
	doc = s.Page("/", http.StatusOK)
	if n := len(names(doc)); n != setups.PerPage || doc.Find("#q").Length() != 0 || doc.Find("nav.pager").Length() != 0 {
		t.Errorf("%d setups, a search box %d, pages %d; want %d and neither", n, doc.Find("#q").Length(), doc.Find("nav.pager").Length(), setups.PerPage)
	}
	s.Setup = s.Draft("zz.harborview.example", setup.DNSElsewhere)
	s.Start(setup.JobApply, setup.JobInput{})
	seen := map[string]bool{}
	for path := "/"; path != ""; {
		doc = s.Page(path, http.StatusOK)
		if doc.Find("#q").Length() != 1 {
			t.Errorf("%s has no search box", path)
		}
		for _, name := range names(doc) {
			if seen[name] {
				t.Errorf("%s stands on two pages", name)
			}
			seen[name] = true
		}
		path = doc.Find("nav.pager a[rel=next]").AttrOr("href", "")
	}
	if len(seen) != setups.PerPage+1 {
		t.Errorf("%d setups on all pages, want %d", len(seen), setups.PerPage+1)
	}
	if hits := names(s.Page("/?q=ZZ", http.StatusOK)); len(hits) != 1 || hits[0] != "zz.harborview.example" {
		t.Errorf("the search finds %q", hits)
	}
	handlerstest.Contains(t, s.Page("/?q=nothing%3Cscript%3E", http.StatusOK), "main", "No setups match", "nothing<script>", "Show all setups")
	s.Setup = s.Draft("back.harborview.example", setup.DNSElsewhere)
	s.Start(setup.JobRestore, setup.JobInput{})
	handlerstest.Contains(t, s.Page("/jobs?kind=restore", http.StatusOK), "table", "Put the old record back", "back.harborview.example")
	handlerstest.Contains(t, s.Page("/jobs?kind=restore", http.StatusOK), "#kind option[selected]", "Put the old record back")
	r := s.Request(http.MethodGet, "/?page=99", nil, nil)
	_ = r.Body.Close()
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || to != "/?page=2" {
		t.Errorf("a page after the last leads to %q, status %d", to, r.StatusCode)
	}
}

func TestHomeSearchesWhenThereAreMany(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	handlerstest.Contains(t, s.Page("/"), "main", "No setups yet", "New setup")
	for i := range setups.PerPage + 1 {
		d, err := s.Store.CreateDraft(t.Context(), "Mira Okafor", setup.Spec{Domain: setup.Domain{Name: string(rune('a'+i)) + ".example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Store.StartJob(t.Context(), store.NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check the account", Service: "STS"}}}); err != nil {
			t.Fatal(err)
		}
	}
	doc := s.Page("/")
	if n := doc.Find("li.setup").Length(); n != setups.PerPage {
		t.Errorf("%d setups on the page, want %d", n, setups.PerPage)
	}
	handlerstest.Contains(t, doc, "[aria-label=Pages]", "1 to 25 of 26", "Next page")
	handlerstest.Contains(t, s.Page(doc.Find("a[rel=next]").AttrOr("href", "")), "[aria-label=Pages]", "26 to 26 of 26", "Previous page")
	doc = s.Page("/?q=B.example")
	if n := doc.Find("li.setup").Length(); n != 1 {
		t.Errorf("%d setups found, want 1", n)
	}
	handlerstest.Contains(t, s.Page("/?q=nothing"), "main", "No setups match")
}
