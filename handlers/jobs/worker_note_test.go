package jobs_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// If the worker is late with a job, the page says so, even if no step has
// begun.
func TestAJobThatNobodyWorksOn(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	said := func() bool {
		return strings.Contains(s.Page("/jobs/1", http.StatusOK).Find("main").Text(), "The worker has done nothing here")
	}
	if said() {
		t.Error("a job that was just started says that nobody works on it")
	}
	s.Store.SetClock(func() time.Time { return time.Now().Add(10 * time.Minute) })
	if !said() {
		t.Error("ten minutes after its start nothing says that nobody works on the job")
	}
}
