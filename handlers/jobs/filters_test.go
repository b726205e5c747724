package jobs_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// jobsOf are the jobs of a page, by their numbers.
func jobsOf(doc *goquery.Document) string {
	var list []string
	doc.Find("tbody td.first .num").Each(func(_ int, e *goquery.Selection) {
		list = append(list, strings.TrimPrefix(handlerstest.Squash(e.Text()), "Job "))
	})
	return strings.Join(list, " ")
}

// The history is filtered by who started jobs, by their setup and its tags; each view has
// an address, which tabs and the form keep.
func TestTheHistoryIsFiltered(t *testing.T) {
	handlerstest.OnBoth(t, func(t *testing.T, s *handlerstest.JobSite) {
		if n := s.Page("/jobs", http.StatusOK).Find("#person, #setup, #tag").Length(); n != 0 {
			t.Errorf("%d choices where there is nothing to choose", n)
		}
		start := func(name string, tags ...setup.Tag) (id string) {
			t.Helper()
			s.Setup = s.Draft(name+".harborview.example", setup.DNSElsewhere)
			d, err := s.Store.SaveDraft(t.Context(), s.Setup.ID, 0, setup.PageDomain, "Mira Okafor", func(v *setup.Spec) { v.Edge.Tags = tags })
			if err != nil {
				t.Fatal(err)
			}
			s.Setup.Spec = d.Draft.Spec
			j, err := s.Store.Job(t.Context(), s.Start(setup.JobApply, setup.JobInput{}))
			if err != nil {
				t.Fatal(err)
			}
			return j.SetupID
		}
		a := start("a", setup.Tag{Key: "team", Value: "pay"})
		b := start("b", setup.Tag{Key: "team", Value: "shop"}, setup.Tag{Key: "env", Value: "prod"})
		c := start("c")
		by := map[string]string{}
		for _, name := range []string{"Ida Berg", "Jo", "Jo"} {
			email := strings.ToLower(name[:2]) + string(rune('0'+len(by))) + "@example.com"
			if err := s.Store.CreateUser(t.Context(), store.User{Name: name, Email: email, Role: store.RoleOperator}); err != nil {
				t.Fatal(err)
			}
			u, err := s.Store.UserByEmail(t.Context(), email)
			if err != nil {
				t.Fatal(err)
			}
			by[email] = u.ID
		}
		ida, one, two := by["id0@example.com"], by["jo1@example.com"], by["jo2@example.com"]
		for job, id := range map[int]string{2: ida, 3: one} {
			if _, err := s.Store.Writer().ExecContext(t.Context(), `UPDATE jobs SET created_by_id = $1 WHERE id = $2`, id, job); err != nil {
				t.Fatal(err)
			}
		}
		var mira string
		if err := s.Store.Writer().QueryRowContext(t.Context(), `SELECT id FROM users WHERE name = 'Mira Okafor'`).Scan(&mira); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Store.Writer().ExecContext(t.Context(), `UPDATE jobs SET created_by_id = $1 WHERE id = 1`, mira); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]string{
			"": "3 2 1", "person=" + ida: "2", "person=" + mira: "1", "person=" + two: "", "setup=" + a: "1", "setup=" + c: "3", "setup=" + b + "&person=" + ida: "2", "setup=" + a + "&person=" + ida: "",
			"tag=team": "2 1", "tag=team%3Dpay": "1", "tag=env%3Dprod&person=" + ida: "2", "tag=env%3Dprod&status=failed": "", "q=c.harbor&person=" + one: "3",
		} {
			if d := cmp.Diff(want, jobsOf(s.Page("/jobs?"+query, http.StatusOK))); d != "" {
				t.Errorf("%s: %s", query, d)
			}
		}
		doc := s.Page("/jobs?tag=team%3Dshop&person="+ida+"&setup="+b+"&status=running", http.StatusOK)
		handlerstest.Contains(t, doc, "#person option[selected]", "Ida Berg")
		handlerstest.Contains(t, doc, "#person", "Anybody", "Mira Okafor", "Jo")
		handlerstest.Contains(t, doc, "#setup option[selected]", "b.harborview.example")
		handlerstest.Contains(t, doc, "#tag option[selected]", "team=shop")
		handlerstest.Contains(t, doc, "tbody td.first", "team=shop, env=prod")
		if strings.Contains(doc.Find("#person").Text(), "example.com") {
			t.Error("an email is shown where no two people have one name")
		}
		tab := doc.Find("nav.tabs a:contains('All')").AttrOr("href", "")
		if u, err := url.Parse(tab); err != nil || u.Query().Encode() != (url.Values{"tag": {"team=shop"}, "person": {ida}, "setup": {b}}).Encode() {
			t.Errorf("the tab leads to %s", tab)
		}
		if got := handlerstest.Fields(doc, "form[action='/jobs']"); got.Get("person") != ida || got.Get("setup") != b || got.Get("tag") != "team=shop" || got.Get("status") != "running" {
			t.Errorf("the form keeps %v", got)
		}
		if _, err := s.Store.Writer().ExecContext(t.Context(), `UPDATE jobs SET created_by_id = $1 WHERE id = 1`, two); err != nil {
			t.Fatal(err)
		}
		handlerstest.Contains(t, s.Page("/jobs", http.StatusOK), "#person", "Jo, jo1@example.com", "Jo, jo2@example.com")
	})
}

// What an address asks for that no job has is an empty list that says so and leads back,
// on both databases.
func TestWhatNoJobHas(t *testing.T) {
	handlerstest.OnBoth(t, func(t *testing.T, s *handlerstest.JobSite) {
		s.Start(setup.JobApply, setup.JobInput{})
		long := strings.Repeat("a", 10<<10)
		for _, name := range []string{"q", "person", "setup", "tag", "status", "kind"} {
			for _, value := range []string{"nothing", long, "\x00", "a\x00b", "\x1b[31m", "\xff\xfe", "%' OR 1=1 --", `\`, "\u202e", "<script>", "99999999999999999999"} {
				path := "/jobs?" + url.Values{name: {value}}.Encode()
				doc := s.Page(path, http.StatusOK)
				if got := jobsOf(doc); got != "" {
					t.Errorf("%.60q finds %s", path, got)
				}
				handlerstest.Contains(t, doc, "main", "No jobs match")
				if doc.Find("main a.btn[href='/jobs']").Length() != 1 {
					t.Errorf("%.60q leads nowhere back", path)
				}
			}
		}
		for name, value := range map[string]string{"when": "\x00", "before": "99999999999999999999", "back": long + ".\x00.-1"} {
			if got := jobsOf(s.Page("/jobs?"+url.Values{name: {value}}.Encode(), http.StatusOK)); got != "1" {
				t.Errorf("%s %.20q finds %s", name, value, got)
			}
		}
		handlerstest.Contains(t, s.Page("/jobs?person=nothing", http.StatusOK), "#person option[selected]", "Somebody who is not here")
		handlerstest.Contains(t, s.Page("/jobs?setup=nothing", http.StatusOK), "#setup option[selected]", "A setup that is not here")
	})
}

// The history asks the database as often however many jobs and setups there are. With
// more setups than a list to choose from holds, they are found by their name.
func TestQueriesOfTheHistory(t *testing.T) {
	t.Parallel()
	ask := func(s *handlerstest.JobSite, path string) int64 {
		t.Helper()
		s.Page(path, http.StatusOK)
		before, wrote := s.Store.Asked()
		s.Page(path, http.StatusOK)
		after, writes := s.Store.Asked()
		if writes != wrote {
			t.Errorf("%s writes", path)
		}
		return after - before
	}
	small, s := handlerstest.NewJobSite(t), handlerstest.NewJobSite(t)
	history(small, 2, 1)
	history(s, 300, 4)
	few := ask(small, "/jobs")
	for _, path := range []string{"/jobs", "/jobs?status=failed", "/jobs?tag=team%3Dpay", "/jobs?person=nobody", "/jobs?before=500"} {
		if n := ask(s, path); n > few {
			t.Errorf("%s: %d reads with 300 setups, %d with one", path, n, few)
		}
	}
	if few > 8 {
		t.Errorf("%d reads", few)
	}
	doc := s.Page("/jobs?setup=s00007", http.StatusOK)
	if n := doc.Find("#setup option").Length(); n != 2 {
		t.Errorf("%d setups to choose from", n)
	}
	if got := doc.Find("#setup option[selected]").AttrOr("value", ""); got != "s00007" {
		t.Errorf("chosen is %q", got)
	}
}
