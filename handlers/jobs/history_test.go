package jobs_test

import (
	"net/http"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
)

// A long history says of how many jobs it knows, and that there are more; a
// search that finds few names counts all.
func TestALongHistoryCountsToALimit(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	history(s, 30, 40)
	for _, c := range []struct{ path, tabs, pages string }{
		{"/jobs", "All 1024+ Needs you 0 Running 0 Failed 24 Succeeded 1000+ Cancelled 0", "25 of more than 1024 jobs: number 1200 down to 1176"},
		{"/jobs?status=failed", "All 1024+ Needs you 0 Running 0 Failed 24 Succeeded 1000+ Cancelled 0", "24 jobs"},
		{"/jobs?q=harborview", "All 124+ Needs you 0 Running 0 Failed 24 Succeeded 100+ Cancelled 0", "25 of more than 124 jobs: number 1200 down to 1176"},
		{"/jobs?q=N00007.", "All 40 Needs you 0 Running 0 Failed 0 Succeeded 40 Cancelled 0", "25 of 40 jobs: number 1176 down to 456"},
		{"/jobs?q=E00007&kind=invalidate", "All 0 Needs you 0 Running 0 Failed 0 Succeeded 0 Cancelled 0", ""},
		{"/jobs?q=req-77-1&when=day", "All 1 Needs you 0 Running 0 Failed 0 Succeeded 1 Cancelled 0", "1 job"},
	} {
		doc := s.Page(c.path, http.StatusOK)
		var tabs string
		doc.Find("nav.tabs a, .tabs a").Each(func(_ int, e *goquery.Selection) { tabs += " " + handlerstest.Squash(e.Text()) })
		if got := handlerstest.Squash(tabs); got != c.tabs {
			t.Errorf("%s: tabs %q, want %q", c.path, got, c.tabs)
		}
		if c.pages != "" {
			handlerstest.Contains(t, doc, "main", c.pages)
		}
	}
}
