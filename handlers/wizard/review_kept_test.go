package wizard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// The review says what becomes of kept answers: clearing is offered where old ones
// would be served, done without being asked where caching ends, and not spoken of
// otherwise. What was not in place yet counts too.
func TestTheReviewOffersToClear(t *testing.T) {
	t.Parallel()
	s, of := started(t)
	id := strings.TrimPrefix(of, "/setups/")
	change := func(answers map[string]string) (draft string) {
		t.Helper()
		draft = opened(t, s, of)
		edit(t, s, draft, answers)
		s.Page(draft + "/review")
		s.Work()
		return draft
	}
	start := func(draft string, form url.Values) setup.Job {
		t.Helper()
		a := s.Begin(draft, form)
		if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, "/jobs/") {
			t.Fatalf("start: %d %q: %s", a.Status, a.To, a.Doc.Find("#errors").Text())
		}
		v, err := s.Store.Setup(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		h, err := s.Store.History(t.Context(), store.HistoryFilter{SetupID: id, Kind: setup.HistoryRevisions, Limit: 1})
		if err != nil || len(h.Entries) != 1 || h.Entries[0].Revision.Number != v.Revision {
			t.Fatal(h, err)
		}
		s.Post(a.To+"/cancel", nil)
		return h.Entries[0].Job
	}
	draft := change(map[string]string{"caching": setup.CachingFixed, "ttl": "3600"})
	handlerstest.Contains(t, s.Page(draft+"/review"), "#kept-h + *, .card-b", "Nothing is kept today", "When you turn caching off again, the job clears what was kept.")
	start(draft, nil)

	// Nothing was made yet, so nothing can be kept.
	draft = change(map[string]string{"caching": setup.CachingOff})
	handlerstest.Contains(t, s.Page(draft+"/review"), ".rev", "What CloudFront keeps stays right")
	if err := s.Store.SaveResource(t.Context(), id, setup.Resource{Key: setup.KeyDistribution, ID: "E1", Owned: true}); err != nil {
		t.Fatal(err)
	}
	page := s.Page(draft + "/review")
	handlerstest.Contains(t, page, ".rev", "Caching is turned off, and that forgets nothing by itself", "The job clears everything")
	handlerstest.Contains(t, page, ".plan-list", "Clear cached answers")
	if page.Find("input[name=clear]").Length() != 0 {
		t.Error("it is asked whether to clear what nobody wants any more")
	}
	if j := start(draft, nil); strings.Join(j.Input.Paths, " ") != "/*" || j.Input.ClearLast {
		t.Errorf("the job is %+v", j.Input)
	}
	// The job before was cancelled: the revision before it may still be in place.
	draft = change(map[string]string{"comment": "other"})
	handlerstest.Contains(t, s.Page(draft+"/review"), ".rev", "The job clears everything")
	start(draft, nil)
	start(change(map[string]string{"caching": setup.CachingFixed, "ttl": "3600"}), nil)
	for tick, want := range map[string]string{"": "", "1": "/*"} {
		draft = change(map[string]string{"caching": setup.CachingAPI})
		page = s.Page(draft + "/review")
		handlerstest.Contains(t, page, ".rev", "From now on the API says how long an answer is kept", "Clear everything in the same job")
		if page.Find("input[name=clear][form=start][checked]").Length() != 1 {
			t.Error("the box is not ticked")
		}
		if j := start(draft, url.Values{"clear": {tick}}); strings.Join(j.Input.Paths, " ") != want {
			t.Errorf("ticked %q: the job is %+v", tick, j.Input)
		}
		start(change(map[string]string{"caching": setup.CachingFixed, "ttl": "3600"}), nil)
	}
}
