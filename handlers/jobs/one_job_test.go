package jobs_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// Only one job at a time works on a setup and on a name. Whatever else would
// start or go on is refused, with a link to the running job.
func TestASecondJobIsRefusedWithTheLinkToTheFirst(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", store.Outcome{State: setup.StepFailed, Problem: &setup.Problem{What: "Refused."}})
	s.Save(setup.KeyDistribution, "Distribution", "E123", nil)
	s.Save(setup.KeyRecordTraffic, "Traffic record", "", map[string]string{
		setup.AttrRecords:  `[{"type":"CNAME","name":"api.harborview.example","value":"d1x7q2k9v4m0ab.cloudfront.net"}]`,
		setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":300}]`,
	})
	first := s.Setup
	s.Start(setup.JobApply, setup.JobInput{})
	for _, path := range []string{
		"/jobs/1/steps/identity/rerun", "/jobs/1/steps/identity/rerun-from", "/jobs/1/records/restore", "/setups/" + first.ID + "/clear",
	} {
		r := s.Request(http.MethodPost, path, url.Values{"paths": {"/*"}}, nil)
		if text := r.Text(t); r.StatusCode != http.StatusConflict || !strings.Contains(text, `href="/jobs/2"`) ||
			!strings.Contains(text, "Job 2 is still at work on api.harborview.example") || !strings.Contains(text, "Wait for its end, or cancel it") {
			t.Errorf("%s: status %d, want 409 with a link to job 2 and what to do: %s", path, r.StatusCode, text)
		}
	}
	if status, _ := s.Press("/jobs/2/cancel"); status != http.StatusSeeOther {
		t.Fatalf("cancel: status %d", status)
	}
	// From now on the newest job of the name is the one to go on with.
	if status, body := s.Press("/jobs/1/steps/identity/rerun-from"); status != http.StatusConflict || !strings.Contains(body, `href="/jobs/2"`) {
		t.Errorf("after the cancel, in the older job: status %d: %s", status, body)
	}
	if status, body := s.Press("/jobs/2/steps/identity/rerun-from"); status != http.StatusSeeOther {
		t.Errorf("after the cancel, in the newest job: status %d: %s", status, body)
	}
	jobs, err := s.Store.Jobs(t.Context(), store.JobFilter{Limit: 10})
	if err != nil || len(jobs) != 2 {
		t.Errorf("there are %d jobs, want 2 (%v)", len(jobs), err)
	}
}

// The page tells automatic tries from those that a person started, and says why
// each earlier one ended.
func TestJobPageSaysWhoseAttemptItIs(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	trouble := &setup.Problem{What: "STS had a fault of its own.", Why: "It said so.", Fix: "Wait.", Ref: "req-1"}
	s.Pass("identity", store.Outcome{
		State: setup.StepRunning, Retry: true, Problem: trouble, After: time.Millisecond, Summary: "Try 2 of 10 in 2s. " + trouble.What,
	}, handlerstest.Call("sts", "GetCallerIdentity"))
	handlerstest.Contains(t, s.Page("/jobs/1", http.StatusOK), "#step-identity", "Try 2 of 10 in 2s. STS had a fault of its own")
	time.Sleep(2 * time.Millisecond)
	s.Pass("identity", store.Outcome{State: setup.StepFailed, Summary: trouble.What, Problem: trouble}, handlerstest.Call("sts", "GetCallerIdentity"))
	if status, body := s.Press("/jobs/1/steps/identity/rerun"); status != http.StatusSeeOther {
		t.Fatalf("re-run: status %d: %s", status, body)
	}
	s.Pass("identity", handlerstest.Done("It is 482177301954."), handlerstest.Call("sts", "GetCallerIdentity"))
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#step-identity", "Attempt 1, by the worker", "Attempt 2, by the worker", "Attempt 3, re-run by Mira Okafor")
	log := s.Request(http.MethodGet, "/jobs/1/log.json", nil, nil).Text(t)
	for _, want := range []string{"Attempt 2 began, started by the worker", "Re-run by Mira Okafor", "Try 2 of 10 in 2s. STS had a fault of its own."} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}
