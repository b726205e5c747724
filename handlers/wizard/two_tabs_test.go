package wizard_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// One person with the same draft in two tabs: the last save of a page wins,
// and the other pages keep theirs.
func TestSameDraftInTwoTabs(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	one, two := handlerstest.Fields(s.Page(draft+"/domain"), "form#page"), handlerstest.Fields(s.Page(draft+"/domain"), "form#page")
	one.Set("domain", "one.harborview.example")
	two.Set("domain", "two.harborview.example")
	if a := s.Post(draft+"/domain", one); a.Status != http.StatusSeeOther {
		t.Fatalf("first tab: status %d", a.Status)
	}
	s.Work()
	a := s.Post(draft+"/domain", two)
	if a.Status != http.StatusSeeOther {
		t.Fatalf("second tab: status %d", a.Status)
	}
	if got := s.Spec(draft).Domain.Name; got != "two.harborview.example" {
		t.Errorf("saved %q, want that of the last save", got)
	}
	handlerstest.Contains(t, s.Page(a.To), ".note", "This draft was saved in another window while this page was open. Your answers on the page before were saved after that, so they count.")
	if got := s.Spec(draft).API.Mappings; len(got) != 1 || got[0].APIID != "a1b2c3d4e5" {
		t.Errorf("another page lost its answers: %+v", got)
	}
}

// Start in a tab that shows older answers starts nothing: what the job would do was never
// seen there.
func TestStartInATabWithOlderAnswers(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	s.Work()
	old := handlerstest.Fields(s.Page(draft+"/review"), "form#start")
	if old.Get("saved-version") == "" {
		t.Fatalf("the button does not say what was seen: %v", old)
	}
	answers := handlerstest.Fields(s.Page(draft+"/edge"), "form#page")
	answers.Set("comment", "from another tab")
	if a := s.Post(draft+"/edge", answers); a.Status != http.StatusSeeOther {
		t.Fatalf("the other tab: status %d", a.Status)
	}
	s.Work()
	a := s.Post(draft+"/start", old)
	if a.To != draft+"/review?newer=1" {
		t.Fatalf("the older tab: %d to %q", a.Status, a.To)
	}
	page := s.Page(a.To)
	handlerstest.Contains(t, page, ".note", "saved in another window", "nothing was started")
	s.Work()
	if a := s.Post(draft+"/start", handlerstest.Fields(s.Page(draft+"/review"), "form#start")); a.To != "/jobs/1" {
		t.Errorf("after it was seen: %d to %q", a.Status, a.To)
	}
}

// Pressing Start twice makes one job.
func TestStartPressedTwice(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	if a := s.Begin(draft, nil); a.To != "/jobs/1" {
		t.Fatalf("first press: %d to %q", a.Status, a.To)
	}
	a := s.Post(draft+"/start", nil)
	if a.Status != http.StatusConflict {
		t.Fatalf("second press: status %d", a.Status)
	}
	handlerstest.CheckPage(t, "second press", a.Doc)
	if a.Doc.Find(`main a[href="/jobs/1"]`).Length() != 1 {
		t.Errorf("no link to the job: %s", handlerstest.Squash(a.Doc.Find("main").Text()))
	}
	jobs, err := s.Store.Jobs(t.Context(), store.JobFilter{Limit: 10})
	if err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs: %v", len(jobs), err)
	}
}

// Pressing Re-run in two tabs makes one attempt.
func TestRerunPressedTwice(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", handlerstest.Done(""))
	s.Pass("certificate-edge", store.Outcome{State: setup.StepFailed, Problem: &setup.Problem{What: "Refused."}})
	for i, want := range []int{http.StatusSeeOther, http.StatusConflict} {
		status, body := s.Press("/jobs/1/steps/certificate-edge/rerun")
		if status != want {
			t.Fatalf("press %d: status %d, want %d", i+1, status, want)
		}
		if want == http.StatusConflict && (!strings.Contains(body, "Somebody may have re-run it already") || !strings.Contains(body, `href="/jobs/1"`)) {
			t.Errorf("the second press does not say what happened: %s", body)
		}
	}
	list, err := s.Store.Steps(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range list {
		if st.ID == "certificate-edge" && st.Attempt > 2 {
			t.Errorf("%d attempts, want 2", st.Attempt)
		}
	}
}

// If a job is cancelled in one tab, the stream of another tab tells that and
// ends.
func TestCancelInOneTabWhileAnotherWatches(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits", After: time.Hour})
	st := s.Events("/jobs/1/events?after=0", nil)
	st.Next()
	if status, _ := s.Press("/jobs/1/cancel"); status != http.StatusSeeOther {
		t.Fatalf("cancel: status %d", status)
	}
	seen := ""
	for range 5 {
		m := st.Next()
		seen += m.Data
		if m.Event == "end" {
			break
		}
	}
	if !strings.Contains(seen, "Cancelled") {
		t.Errorf("the watcher was not told: %s", seen)
	}
}
