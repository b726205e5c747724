package setups_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// many writes n setups that serve, each with a job that succeeded.
func many(t *testing.T, s *handlerstest.JobSite, n int) {
	t.Helper()
	const to = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `
	for _, q := range []string{
		`INSERT INTO setups (id, account_id, name, spec, revision, generation, created_by, created_at, updated_by, updated_at, region, connection)
		SELECT 's' || i, '482177301954', 'n' || i || '.harborview.example', '{"account":{"connection":"default","region":"eu-west-1"},"domain":{"name":"n' || i || '.harborview.example"},"edge":{"tags":[{"key":"team","value":"t' || (i % 7) || '"}]}}',
			1, 1, 'Mira Okafor', 1, 'Mira Okafor', 1, 'eu-west-1', 'default' FROM n`,
		`INSERT INTO jobs (id, revision, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
		SELECT 1000 + i, 1, 's' || i, 'n' || i || '.harborview.example', 'apply', 'succeeded', '{}', 'default', '482177301954', 'eu-west-1', 'Mira Okafor', 1, 1, 2, 3, 0, 0 FROM n`,
		`INSERT INTO states (setup_id, number, state, job, since) SELECT 's' || i, 1, 'serving', 0, 2 FROM n`,
		`INSERT INTO guards (setup_id, terms, ends_at, stopped, seen_at, guarded_at) SELECT 's' || i, '', 0, 0, 0, 0 FROM n`,
		`INSERT INTO schedules (setup_id, every, next_at, told_at, folded_to) SELECT 's' || i, 10800000, 0, 0, 0 FROM n`,
	} {
		if _, err := s.Store.Writer().ExecContext(t.Context(), to+q, n); err != nil {
			t.Fatal(err)
		}
	}
}

// However many setups there are, the first page asks the database as often, writes
// nothing, and is as long.
func TestTheFirstPageAsksAsOftenForManySetups(t *testing.T) {
	handlerstest.OnBoth(t, func(t *testing.T, s *handlerstest.JobSite) {
		s.Start(setup.JobApply, setup.JobInput{})
		ask := func(path string) (reads int64, rows int) {
			t.Helper()
			s.Page(path, http.StatusOK) // the session is kept from now on
			before, wrote := s.Store.Asked()
			rows = s.Page(path, http.StatusOK).Find("table.fleet tbody tr").Length()
			after, writes := s.Store.Asked()
			if writes != wrote {
				t.Errorf("%s writes", path)
			}
			return after - before, rows
		}
		few, one := ask("/")
		if one != 1 {
			t.Fatalf("%d setups, want 1", one)
		}
		many(t, s, 500)
		for _, path := range []string{"/", "/?page=20", "/?q=harborview&region=eu-west-1&days=stopped", "/?tag=team%3Dt3&state=serving&page=2", "/?q=nothing"} {
			if n, rows := ask(path); n != few || rows > 25 {
				t.Errorf("%s: %d reads and %d rows with 500 setups, %d reads with one", path, n, rows, few)
			}
		}
		if few > 8 {
			t.Errorf("%d reads", few)
		}
	})
}

// What an address asks for that no setup has is an empty list that says so and leads
// back, on both databases.
func TestWhatNoSetupHas(t *testing.T) {
	handlerstest.OnBoth(t, func(t *testing.T, s *handlerstest.JobSite) {
		s.Start(setup.JobApply, setup.JobInput{})
		long := strings.Repeat("a", 10<<10)
		for _, name := range []string{"q", "account", "region", "tag"} {
			for _, value := range []string{"nothing", long, "\x00", "a\x00b", "\x1b[31m", "\xff\xfe", "%' OR 1=1 --", `\`, "\u202e", "<script>", "team=\x00", "="} {
				path := "/?" + url.Values{name: {value}}.Encode()
				doc := s.Page(path, http.StatusOK)
				if doc.Find("table.fleet").Length() > 0 {
					t.Errorf("%.60q finds a setup", path)
				}
				handlerstest.Contains(t, doc, "main", "No setup matches")
				if doc.Find("main a.btn[href='/']").Length() != 1 {
					t.Errorf("%.60q leads nowhere back", path)
				}
			}
		}
		for _, page := range []string{"-1", "0", "x", "1e9", "99999999999999999999", "368934881474191035", long} {
			r := s.Request(http.MethodGet, "/?"+url.Values{"page": {page}}.Encode(), nil, nil)
			if r.StatusCode != http.StatusOK && r.StatusCode != http.StatusSeeOther {
				t.Errorf("page %.30s: status %d", page, r.StatusCode)
			}
		}
	})
}

// The list is filtered by tags: one with its value, or its name alone. Letters count as
// they are written, what looks like a tag elsewhere is none, and the views have addresses.
func TestHomeFiltersByTags(t *testing.T) {
	handlerstest.OnBoth(t, func(t *testing.T, s *handlerstest.JobSite) {
		make := func(name, comment string, tags ...setup.Tag) {
			t.Helper()
			s.Setup = s.Draft(name+".harborview.example", setup.DNSElsewhere)
			d, err := s.Store.SaveDraft(t.Context(), s.Setup.ID, 0, setup.PageDomain, "Mira Okafor", func(v *setup.Spec) { v.Edge.Tags, v.Edge.Comment = tags, comment })
			if err != nil {
				t.Fatal(err)
			}
			s.Setup.Spec = d.Draft.Spec
			s.Start(setup.JobApply, setup.JobInput{})
		}
		pay, shop := setup.Tag{Key: "team", Value: "pay & go"}, setup.Tag{Key: "team", Value: "shop"}
		make("a", "", pay, setup.Tag{Key: "env", Value: "prod"})
		make("b", "", shop)
		make("c", `{"key":"team","value":"shop"}`, setup.Tag{Key: "Team", Value: "shop"})
		make("d", "")
		of := func(doc *goquery.Document) (list []string) {
			doc.Find("table.fleet td.first a").Each(func(_ int, e *goquery.Selection) { list = append(list, e.Text()[:1]) })
			return list
		}
		for tag, want := range map[string][]string{
			"": {"a", "b", "c", "d"}, "team": {"a", "b"}, "team=shop": {"b"}, "Team=shop": {"c"}, "team=pay & go": {"a"}, "env=prod": {"a"},
			"team=SHOP": nil, "team=sho": nil, "team=": nil, "tea": nil, "shop": nil, "value": nil,
		} {
			if d := cmp.Diff(want, of(s.Page("/?"+url.Values{"tag": {tag}}.Encode(), http.StatusOK))); d != "" {
				t.Errorf("%s: %s", tag, d)
			}
		}
		doc := s.Page("/?tag=team%3Dshop&state=being-changed", http.StatusOK)
		handlerstest.Contains(t, doc, "#tag", "Any tag", "env=prod", "team=pay & go")
		handlerstest.Contains(t, doc, "#tag option[selected]", "team=shop")
		handlerstest.Contains(t, doc, "td.first", "team=shop")
		if got := doc.Find("nav.tabs a:contains('All')").AttrOr("href", ""); got != "/?tag=team%3Dshop" {
			t.Errorf("the tab leads to %q", got)
		}
	})
}

// The number beside Jobs is of those that wait for somebody. A job that failed waits for
// nobody, and its setup is never said to need somebody.
func TestWhatNeedsSomebody(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Pass("mappings", handlerstest.FailedMapping())
	for _, path := range []string{"/", "/?state=need-you"} {
		doc := s.Page(path, http.StatusOK)
		if n := doc.Find(".nav .count").Length(); n != 0 {
			t.Error("a failed job is counted")
		}
		row := handlerstest.Squash(doc.Find("table.fleet tbody").Text())
		if strings.Contains(strings.ToLower(row), "needs you") || !strings.Contains(row, "See what to do") || !strings.Contains(row, "failed") {
			t.Errorf("%s: %s", path, row)
		}
	}
	s.Setup = s.Draft("turn.harborview.example", setup.DNSElsewhere)
	s.Start(setup.JobApply, setup.JobInput{})
	for _, step := range []setup.StepID{"identity", "certificate-edge", "certificate-regional"} {
		s.Pass(step, handlerstest.Done("Done"))
	}
	record := setup.Record{Type: "CNAME", Name: "_a79.turn.harborview.example", Value: "_424.acm-validations.aws"}
	s.Pass("validation", store.Outcome{State: setup.StepNeedsYou, Summary: "1 record to add", Records: []setup.Record{record}, After: time.Second})
	doc := s.Page("/", http.StatusOK)
	handlerstest.Contains(t, doc, ".nav .count", "1")
	if got := handlerstest.Squash(doc.Find(".nav a:has(.count)").Text()); got != "Jobs , 1 needs you" && got != "Jobs, 1 needs you" {
		t.Errorf("Jobs is read as %q", got)
	}
	handlerstest.Contains(t, doc, "table.fleet tbody tr:has(a:contains('turn.'))", "Job 2 needs you", "See what to do")
	handlerstest.Contains(t, doc, "title", "1 needs you: Setups")
}

// A setup is found by what people have at hand: a part of its name, the ID, domain name or
// ARN of its distribution, the ID of an API, its account number as people write it, or
// what its connection is called. The page asks the database as often.
func TestASetupIsFoundByItsIDs(t *testing.T) {
	handlerstest.OnBoth(t, func(t *testing.T, s *handlerstest.JobSite) {
		s.Start(setup.JobApply, setup.JobInput{})
		many(t, s, 30)
		shop, err := s.Store.CreateConnection(t.Context(), setup.Connection{Name: "Shop Production", Kind: setup.ConnectionRole, RoleARN: "arn:aws:iam::771902885410:role/apifront", Source: setup.DefaultConnection}, "Mira Okafor")
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{
			`UPDATE setups SET connection = '` + shop.ID + `', account_id = '771902885410' WHERE id = 's9'`,
			`UPDATE setups SET spec = REPLACE(spec, '"edge"', '"api":{"mappings":[{"api_id":"zz9y8x7w6v"}]},"edge"') WHERE id = 's8'`,
			`INSERT INTO resources (setup_id, key, number, type, id, arn, region, owned, state, token, attributes, saved_at, unwanted_since, left_since, removed_at)
			VALUES ('s7', 'distribution', 0, 'AWS::CloudFront::Distribution', 'E1Q0XYZ', 'arn:aws:cloudfront::482177301954:distribution/E1Q0XYZ', '', 1, '', '', '{"domain-name":"d111abc.cloudfront.net"}', 1, 0, 0, 0)`,
		} {
			if _, err := s.Store.Writer().ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		found := func(q string) string {
			var names []string
			s.Page("/?q="+url.QueryEscape(q), http.StatusOK).Find("table.fleet a.main[href^='/setups/']").Each(func(_ int, a *goquery.Selection) {
				names = append(names, strings.TrimSuffix(a.Text(), ".harborview.example"))
			})
			return strings.Join(names, " ")
		}
		for q, want := range map[string]string{
			"E1Q0XYZ": "n7", "e1q0": "n7", "d111abc.cloudfront.net": "n7", "D111abc": "n7", "d111abc.cloudfront.net.": "n7",
			"arn:aws:cloudfront::482177301954:distribution/E1Q0XYZ": "n7",
			"zz9y8x7w6v": "n8", "ZZ9Y": "n8",
			"771902885410": "n9", "7719 0288 5410": "n9", "shop prod": "n9",
			"n17.harbor": "n17", "Q0XYZ": "", "domain-name": "", "api_id": "", "%": "", `"`: "", "eu-west-1": "",
		} {
			if got := found(q); got != want {
				t.Errorf("%q finds %q, want %q", q, got, want)
			}
		}
	})
}
