package wizard_test

import (
	"fmt"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// The review and the job give the steps that run the same numbers, one after the other.
// Skipped ones have none, and an icon of their own.
func TestReviewAndJobAgree(t *testing.T) {
	t.Parallel()
	for _, caching := range []string{setup.CachingOff, setup.CachingAPI} {
		t.Run(caching, func(t *testing.T) {
			t.Parallel()
			s := handlerstest.SignedIn(t, nil)
			draft := s.NewDraft()
			s.Through(draft, setup.PageReview)
			edit(t, s, draft, map[string]string{"caching": caching})
			pairs := func(doc *goquery.Document, rows, title string) (list []string) {
				for i, row := range doc.Find(rows).EachIter() {
					if no := row.Find(".no").Text(); no != "" {
						list = append(list, no+" "+row.Find(title).First().Text())
						if want := fmt.Sprint(len(list)); no != want {
							t.Errorf("row %d has the number %s, want %s", i, no, want)
						}
					} else if state, _ := row.Find("summary").Attr("data-s"); state != "skip" {
						t.Errorf("row %d is %s and has no number", i, state)
					}
				}
				return list
			}
			review := pairs(s.Page(draft+"/review"), ".order > li", "b")
			if a := s.Begin(draft, nil); a.To != "/jobs/1" {
				t.Fatalf("start: %d %q", a.Status, a.To)
			}
			doc := s.Page("/jobs/1")
			job := pairs(doc, ".steps > li", ".nm")
			if diff := cmp.Diff(review, job); diff != "" || len(job) < 8 {
				t.Errorf("review and job (-review +job): %s", diff)
			}
			if n := doc.Find(`.steps summary[data-s="skip"]`).Length(); len(job)+n != doc.Find(".steps > li").Length() || (n == 0) != (caching == setup.CachingAPI) {
				t.Errorf("%d steps are skipped", n)
			}
		})
	}
}
