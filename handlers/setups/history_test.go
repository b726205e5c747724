package setups_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// tab is the address of a tab of the history, and whether it is the one that is shown.
func tab(doc *goquery.Document, word string) (href string, current bool) {
	doc.Find("#history .tabs a").Each(func(_ int, a *goquery.Selection) {
		if strings.HasPrefix(handlerstest.Squash(a.Text()), word) {
			href, _, _ = strings.Cut(a.AttrOr("href", ""), "#")
			current = a.AttrOr("aria-current", "") == "true"
		}
	})
	return href, current
}

// titles are those of the rows of the history.
func titles(doc *goquery.Document) (list []string) {
	doc.Find("#history .tl > li h3").Each(func(_ int, h *goquery.Selection) { list = append(list, handlerstest.Squash(h.Text())) })
	return list
}

// The history of a setup has revisions with their jobs, jobs, checks and states, the
// newest first. Its tabs are links, and the one that is chosen stays while the page
// changes by itself and where it reloads without script.
func TestHistoryIsOneLineOfTime(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	now := time.Now()
	s.Store.SetClock(func() time.Time { return now })
	later := func() { now = now.Add(time.Minute) }
	s.Start(setup.JobApply, setup.JobInput{})
	handlerstest.Contains(t, page(s), "#history", "Revision 1: New setup", "Job 1, running for ", "by Mira Okafor.", "Revisions 1", "Jobs 1", "Checks 0", "The newest")
	if got := titles(page(s)); len(got) != 1 {
		t.Errorf("in its first job: %q", got)
	}
	handlerstest.Contains(t, s.Page("/setups/"+s.Setup.ID+"?history=checks", http.StatusOK), "#history", "No check yet. The first begins right after the first job.")
	later()
	s.ToMappings()
	s.Finish()
	later()
	checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	later()
	checked(t, s, wrong(serves, differs()))
	later()
	s.Start(setup.JobInvalidate, setup.JobInput{Paths: []string{"/orders/*"}})
	doc := page(s)
	want := []string{
		"Job 2: Clear /orders/*", "Check with 1 finding", "State: Drifted", "Check passed", "State: Serving", "Revision 1: New setup",
	}
	if got := titles(doc); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the line of time is %q", got)
	}
	for word, want := range map[string]string{"All": "/setups/" + s.Setup.ID, "Revisions": "revisions", "Jobs": "jobs", "Checks": "checks"} {
		href, current := tab(doc, word)
		if current != (word == "All") || !strings.HasSuffix(href, want) {
			t.Errorf("the tab %s leads to %q, current: %v", word, href, current)
		}
		shown := s.Page(href, http.StatusOK)
		if _, current := tab(shown, word); !current {
			t.Errorf("%s is not the tab that is shown", href)
		}
		// The job is at work, so the page asks for itself.
		if got := shown.Find("#now > [hx-get]").AttrOr("hx-get", ""); got != href {
			t.Errorf("the page %s asks for %q", href, got)
		}
		still := shown.Find("#now noscript").Text()
		if !strings.Contains(still, strings.ReplaceAll(href, "&", "&amp;")) || !strings.Contains(still, "refresh=off") {
			t.Errorf("without script %s is stopped by %q", href, still)
		}
	}
	if got := titles(s.Page("/setups/"+s.Setup.ID+"?history=jobs", http.StatusOK)); fmt.Sprint(got) != "[Job 2: Clear /orders/* Job 1: Set up]" {
		t.Errorf("the jobs are %q", got)
	}
	if got := titles(s.Page("/setups/"+s.Setup.ID+"?history=nothing", http.StatusOK)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("a kind that does not exist: %q", got)
	}
}

// A history of any length is a page of it, within the budgets of the page: how often
// the database is asked, and how heavy it is.
func TestALongHistoryIsAPageOfIt(t *testing.T) {
	t.Parallel()
	s := finished(t)
	exec := func(query string, n int) {
		t.Helper()
		for i := range n {
			if _, err := s.Store.Writer().ExecContext(t.Context(), query, s.Setup.ID, i+2, 1700000000000+int64(i)*7_000_000); err != nil {
				t.Fatal(err)
			}
		}
	}
	exec(`INSERT INTO revisions (setup_id, number, spec, format, came_from, why, created_by, created_by_id, created_at)
		SELECT setup_id, $2, spec, format, 0, 'Change number ' || $2, 'Person ' || $2, '', $3 FROM revisions WHERE setup_id = $1 AND number = 1`, 100)
	exec(`INSERT INTO jobs (id, revision, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_by_id, created_at, started_at, finished_at, seq, failed, needs_you)
		VALUES ($2, 1, $1, 'api.harborview.example', 'apply', 'succeeded', '{}', 'default', '', 'eu-west-1', 'Ada', '', $3, $3, $3 + 61000, 0, 0, 0)`, 300)
	exec(`INSERT INTO checks (id, setup_id, revision, reason, asked_by, asked_by_id, asked_at, due_at, done_at, result, sight, problem, findings, lines, lease_by, lease_until, times, first_at)
		VALUES ('00000000-0000-7000-8000-' || (100000 + $2), $1, 1, 'person', 'Person ' || ($2 % 7), '', $3, $3, $3, 'healthy', '', '', 0, '', '', 0, 1, 0)`, 2000)
	for query, rows := range map[string]int{"": 20, "?history=revisions": 40, "?history=jobs": 40, "?history=checks": 40} {
		path := "/setups/" + s.Setup.ID + query
		s.Page(path, http.StatusOK)
		before, _ := s.Store.Asked()
		doc := s.Page(path, http.StatusOK)
		after, _ := s.Store.Asked()
		text, err := doc.Html()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%q: %d reads, %d bytes", query, after-before, len(text))
		if n := doc.Find("#history .tl > li").Length(); n != rows || after-before > 18 || len(text) > 90_000 {
			t.Errorf("%q: %d rows, %d reads, %d bytes", query, n, after-before, len(text))
		}
		handlerstest.Contains(t, doc, "#history", "Show older")
	}
}

// Arrows lead from the page of a setup into the AWS console, with an accessible name
// for each.
func TestArrowsIntoTheConsole(t *testing.T) {
	t.Parallel()
	s := finished(t)
	s.Save(setup.KeyDistribution, "Distribution", "E2QWX7K1M9PLTB", map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"})
	checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	doc := page(s)
	const want = "https://us-east-1.console.aws.amazon.com/cloudfront/v4/home#/distributions/E2QWX7K1M9PLTB"
	for _, where := range []string{"#way", "section[aria-labelledby=aws-h]"} {
		a := doc.Find(where + ` a.out[href="` + want + `"]`)
		if a.Length() != 1 || a.AttrOr("aria-label", "") != "Open the distribution in the AWS console" || a.AttrOr("rel", "") != "noopener noreferrer" {
			t.Errorf("%s: %d arrows to the distribution", where, a.Length())
		}
	}
}
