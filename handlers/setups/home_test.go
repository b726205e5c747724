package setups_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

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
		doc.Find("table.fleet td.first a").Each(func(_ int, e *goquery.Selection) { list = append(list, handlerstest.Squash(e.Text())) })
		return list
	}
	long := strings.Repeat("a-rather-long-label.", 4) + "harborview.example"
	for i := range setups.PerPage {
		s.Setup = s.Draft(fmt.Sprintf("n%02d.%s", i, long), setup.DNSElsewhere)
		s.Start(setup.JobApply, setup.JobInput{})
	}
	doc = s.Page("/", http.StatusOK)
	if n := len(names(doc)); n != setups.PerPage || doc.Find("#q").Length() != 0 || doc.Find(".pager a").Length() != 0 {
		t.Errorf("%d setups, a search box %d, pages %d; want %d and neither", n, doc.Find("#q").Length(), doc.Find(".pager a").Length(), setups.PerPage)
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
		path = doc.Find(".pager a[rel=next]").AttrOr("href", "")
	}
	if len(seen) != setups.PerPage+1 {
		t.Errorf("%d setups on all pages, want %d", len(seen), setups.PerPage+1)
	}
	if hits := names(s.Page("/?q=ZZ", http.StatusOK)); len(hits) != 1 || hits[0] != "zz.harborview.example" {
		t.Errorf("the search finds %q", hits)
	}
	handlerstest.Contains(t, s.Page("/?q=nothing%3Cscript%3E", http.StatusOK), "main", "No setup matches", "nothing<script>", "Show all setups")
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
	if n := doc.Find("table.fleet tbody tr").Length(); n != setups.PerPage {
		t.Errorf("%d setups on the page, want %d", n, setups.PerPage)
	}
	handlerstest.Contains(t, doc, ".pager", "1 to 25 of 26", "Next page")
	handlerstest.Contains(t, s.Page(doc.Find("a[rel=next]").AttrOr("href", "")), ".pager", "26 to 26 of 26", "Previous page")
	doc = s.Page("/?q=B.example")
	if n := doc.Find("table.fleet tbody tr").Length(); n != 1 {
		t.Errorf("%d setups found, want 1", n)
	}
	handlerstest.Contains(t, s.Page("/?q=nothing"), "main", "No setup matches")
}

// The list is filtered by certificates. Each view has an address, a tab keeps the
// filters and the form keeps the tab; what fits nothing says so and leads back.
func TestHomeFiltersByCertificates(t *testing.T) {
	t.Parallel()
	s := finished(t)
	seen := func(days int, stops ...setup.Stop) {
		t.Helper()
		now := s.Store.Now()
		o := store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves}
		o.Guard = setup.Guard{Terms: []setup.Term{
			{Key: setup.KeyCertificateEdge, Region: "us-east-1", Begins: now.Add(-time.Hour), Ends: now.Add(190 * 24 * time.Hour)},
			{Key: setup.KeyCertificateRegional, Region: "eu-west-1", Begins: now.Add(-time.Hour), Ends: now.Add(time.Duration(days)*24*time.Hour + time.Hour), Stops: stops},
		}}
		if len(stops) > 0 && !stops[0].Expected() {
			o.Result, o.Findings = setup.CheckFindings, []setup.FindingBody{{Key: "renewal/caa/eu-west-1", StepID: "renewal", Setting: setup.SettingCAA, Title: "A certificate will not renew", Beside: true}}
			o.Looked = append(o.Looked, "renewal")
		}
		checked(t, s, o)
	}
	of := func(doc *goquery.Document) (list []string) {
		doc.Find("table.fleet tbody tr").Each(func(_ int, e *goquery.Selection) {
			name, _, _ := strings.Cut(handlerstest.Squash(e.Find("td.first a").Text()), ".")
			list = append(list, name+": "+handlerstest.Squash(e.Find("td[data-l=Certificates]").Text()))
		})
		return list
	}
	is := func(path string, want ...string) *goquery.Document {
		t.Helper()
		doc := s.Page(path, http.StatusOK)
		if d := cmp.Diff(want, of(doc)); d != "" {
			t.Errorf("%s: %s", path, d)
		}
		return doc
	}
	name := strings.SplitN(s.Setup.Name(), ".", 2)[0]
	is("/", name+": Not known")
	seen(112)
	is("/", name+": 112 days")
	for n, c := range map[string]struct {
		days  int
		stops []setup.Stop
	}{"caa": {41, []setup.Stop{{Kind: setup.StopCAA, Setting: setup.SettingCAA}}}, "imported": {100, []setup.Stop{{Kind: setup.StopImported}}}, "short": {29, nil}} {
		s.Setup = s.Draft(n+".harborview.example", setup.DNSElsewhere)
		s.Start(setup.JobApply, setup.JobInput{})
		s.ToMappings()
		s.Finish()
		seen(c.days, c.stops...)
	}
	caa, imported, short := "caa: 41 days Will not renew: a CAA record", "imported: 100 days Will not renew: imported", "short: 29 days"
	doc := is("/", caa, name+": 112 days", imported, short)
	if mark := doc.Find("td[data-l=Certificates]").First().Find(".st[data-s=you]").Length(); mark != 1 {
		t.Error("that a certificate will not renew is not marked")
	}
	is("/?days=stopped", caa, imported)
	is("/?days=60", caa, short)
	is("/?days=30", short)
	is("/?days=nonsense&state=nonsense", caa, name+": 112 days", imported, short)
	doc = is("/?days=stopped&state=need-you", caa)
	handlerstest.Contains(t, doc, "#days option[selected]", "Will not renew")
	if got := doc.Find("form[role=search] input[name=state]").AttrOr("value", ""); got != "need-you" {
		t.Errorf("the form keeps the tab %q", got)
	}
	tab := doc.Find("nav.tabs a:contains('Serving')")
	if got := tab.AttrOr("href", ""); got != "/?days=stopped&state=serving" || handlerstest.Squash(tab.Find(".c").Text()) != "1" {
		t.Errorf("the tab leads to %q and says %q", got, tab.Text())
	}
	is(tab.AttrOr("href", ""), imported)
	doc = is("/?days=30&q=caa")
	handlerstest.Contains(t, doc, "main", "No setup matches", "No setup fits this search and these filters.")
	if got := doc.Find("main a:contains('Show all setups')").AttrOr("href", ""); got != "/" {
		t.Errorf("the way back leads to %q", got)
	}
}

// Account and Region are offered where there are several, each view has an address, tabs
// and pages keep them, and the form does.
func TestHomeFiltersByPlace(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	shop, err := s.Store.CreateConnection(t.Context(), setup.Connection{Name: "Shop", Kind: setup.ConnectionProfile, Profile: "shop", Source: setup.DefaultConnection}, "Mira Okafor")
	if err != nil {
		t.Fatal(err)
	}
	over := map[string]string{"c": "profile:web", "d": shop.ID}
	make := func(name, account, region string) {
		t.Helper()
		s.Setup = s.Draft(name+".harborview.example", setup.DNSElsewhere)
		d, err := s.Store.SaveDraft(t.Context(), s.Setup.ID, 0, setup.PageDomain, "Mira Okafor", func(v *setup.Spec) {
			v.Account.AccountID, v.Account.Region = account, region
			if id := over[name]; id != "" {
				v.Account.Connection = id
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Setup.Spec = d.Draft.Spec
		s.Start(setup.JobApply, setup.JobInput{})
	}
	of := func(path string) (list []string) {
		s.Page(path, http.StatusOK).Find("table.fleet td.first a").Each(func(_ int, e *goquery.Selection) {
			name, _, _ := strings.Cut(handlerstest.Squash(e.Text()), ".")
			list = append(list, name)
		})
		return list
	}
	offered := func(want ...int) {
		t.Helper()
		doc := s.Page("/", http.StatusOK)
		if got := []int{doc.Find("#account option").Length(), doc.Find("#region option").Length()}; !cmp.Equal(got, want) {
			t.Errorf("offered are %v, want %v", got, want)
		}
	}
	const one, two = "111111111111", "222222222222"
	make("a", one, "eu-west-1")
	make("b", one, "eu-west-1")
	offered(0, 0)
	make("c", one, "us-east-1")
	offered(0, 3)
	make("d", two, "us-east-1")
	offered(3, 3)
	for path, want := range map[string][]string{
		"/?region=us-east-1": {"c", "d"}, "/?account=" + one: {"a", "b", "c"}, "/?account=" + one + "&region=us-east-1": {"c"},
		"/?account=" + two + "&region=eu-west-1": nil, "/?q=c&region=us-east-1": {"c"}, "/?region=nonsense": nil,
	} {
		if d := cmp.Diff(want, of(path)); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
	doc := s.Page("/?account="+one+"&region=us-east-1&state=being-changed", http.StatusOK)
	handlerstest.Contains(t, doc, "#account option[selected]", "1111-1111-1111, Default connection and web")
	handlerstest.Contains(t, doc, "#account option[value='"+two+"']", "2222-2222-2222, Shop")
	if got := doc.Find("nav.tabs a:contains('All')").AttrOr("href", ""); got != "/?account="+one+"&region=us-east-1" {
		t.Errorf("the tab leads to %q", got)
	}
	for i := range setups.PerPage {
		make(fmt.Sprintf("n%02d", i), two, "us-west-2")
	}
	make("z", two, "us-west-2")
	next := s.Page("/?account="+two+"&region=us-west-2", http.StatusOK).Find(".pager a[rel=next]").AttrOr("href", "")
	if d := cmp.Diff([]string{"z"}, of(next)); d != "" {
		t.Errorf("the next page, %s: %s", next, d)
	}
}
