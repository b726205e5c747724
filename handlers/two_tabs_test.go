package handlers

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

// One person with the same draft in two tabs: the last save of a page wins,
// and the other pages keep theirs.
func TestSameDraftInTwoTabs(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	one, two := fields(s.page(draft+"/domain"), "form#page"), fields(s.page(draft+"/domain"), "form#page")
	one.Set("domain", "one.harborview.example")
	two.Set("domain", "two.harborview.example")
	if a := s.post(draft+"/domain", one); a.status != http.StatusSeeOther {
		t.Fatalf("first tab: status %d", a.status)
	}
	s.work()
	a := s.post(draft+"/domain", two)
	if a.status != http.StatusSeeOther {
		t.Fatalf("second tab: status %d", a.status)
	}
	if got := s.spec(draft).Domain.Name; got != "two.harborview.example" {
		t.Errorf("saved %q, want that of the last save", got)
	}
	contains(t, s.page(a.to), ".note", "This draft was saved in another window while this page was open. Your answers on the page before were saved after that and stand now.")
	if got := s.spec(draft).API.Mappings; len(got) != 1 || got[0].APIID != "a1b2c3d4e5" {
		t.Errorf("another page lost its answers: %+v", got)
	}
}

// Start pressed twice makes one job.
func TestStartPressedTwice(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	if a := s.post(draft+"/start", nil); a.to != "/jobs/1" {
		t.Fatalf("first press: %d to %q", a.status, a.to)
	}
	a := s.post(draft+"/start", nil)
	if a.status != http.StatusConflict {
		t.Fatalf("second press: status %d", a.status)
	}
	checkPage(t, "second press", a.doc)
	if a.doc.Find(`main a[href="/jobs/1"]`).Length() != 1 {
		t.Errorf("no link to the job: %s", squash(a.doc.Find("main").Text()))
	}
	jobs, err := s.store.Jobs(t.Context(), store.JobFilter{Limit: 10})
	if err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs: %v", len(jobs), err)
	}
}

// press sends a form without fields, as a tab without script does.
func (s *jobSite) press(path string) (status int, body string) {
	s.t.Helper()
	resp := s.request(http.MethodPost, path, nil, nil)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// Re-run pressed in two tabs makes one attempt.
func TestRerunPressedTwice(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.pass("identity", done(""))
	s.pass("certificate-edge", store.Outcome{State: setup.StepFailed, Problem: &setup.Problem{What: "Refused."}})
	for i, want := range []int{http.StatusSeeOther, http.StatusConflict} {
		status, body := s.press("/jobs/1/steps/certificate-edge/rerun")
		if status != want {
			t.Fatalf("press %d: status %d, want %d", i+1, status, want)
		}
		if want == http.StatusConflict && (!strings.Contains(body, "Somebody may have re-run it already") || !strings.Contains(body, `href="/jobs/1"`)) {
			t.Errorf("the second press does not say what happened: %s", body)
		}
	}
	list, err := s.store.Steps(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range list {
		if st.ID == "certificate-edge" && st.Attempt > 2 {
			t.Errorf("%d attempts, want 2", st.Attempt)
		}
	}
}

// A job cancelled in one tab tells the other, which watches, and ends its stream.
func TestCancelInOneTabWhileAnotherWatches(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.pass("identity", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits", After: time.Hour})
	st := s.events("/jobs/1/events?after=0", nil)
	st.next()
	if status, _ := s.press("/jobs/1/cancel"); status != http.StatusSeeOther {
		t.Fatalf("cancel: status %d", status)
	}
	seen := ""
	for range 5 {
		m := st.next()
		seen += m.data
		if m.event == "end" {
			break
		}
	}
	if !strings.Contains(seen, "Cancelled") {
		t.Errorf("the watcher was not told: %s", seen)
	}
}
