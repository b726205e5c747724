package jobs_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// If a later job exists, the page of the older one offers no step to re-run,
// and says why. The page of the later job does offer steps.
func TestAnOlderJobOffersNoRerun(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	offers := func(path string) bool {
		page, err := s.Page(path, http.StatusOK).Html()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(page, "/rerun")
	}
	cancel := func(job int64) {
		t.Helper()
		if err := s.Store.CancelJob(t.Context(), job, "Mira Okafor"); err != nil {
			t.Fatal(err)
		}
	}
	cancel(s.Start(setup.JobApply, setup.JobInput{}))
	cancel(s.Start(setup.JobInvalidate, setup.JobInput{Paths: []string{"/*"}}))
	if !offers("/jobs/1") {
		t.Error("clearing caches has taken the buttons of the job before away")
	}
	cancel(s.Start(setup.JobApply, setup.JobInput{}))
	if offers("/jobs/1") || !offers("/jobs/3") {
		t.Errorf("the older job offers a re-run: %t, the newest: %t", offers("/jobs/1"), offers("/jobs/3"))
	}
	handlerstest.Contains(t, s.Page("/jobs/1", http.StatusOK), "#job-note", "Job 3 has worked on this name since", "Open job 3")
	status, body := s.Press("/jobs/1/steps/identity/rerun-from")
	if status != http.StatusConflict || !strings.Contains(body, "Job 3 has worked on this name since") {
		t.Errorf("a re-run all the same: status %d: %s", status, body)
	}
}
