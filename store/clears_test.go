package store

import (
	"testing"
	"time"

	"apifront/setup"
)

// The paths of a month are those that CloudFront took, of all setups of the
// account, alone or beside a change.
func TestClearedPathsAreCounted(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	s.SetClock(func() time.Time { return now })
	month := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	begin := func(name, account string, kind setup.JobKind, paths ...string) int64 {
		t.Helper()
		spec := setup.DefaultSpec()
		spec.Domain.Name, spec.Account.AccountID = name, account
		d, err := s.CreateDraft(ctx, "Mira", spec)
		must(t, err)
		n, err := s.StartJob(ctx, NewJob{DraftID: d.ID, Kind: kind, Input: setup.JobInput{Paths: paths}, By: "Mira", Steps: []NewStep{{ID: "a", Title: "A"}}})
		must(t, err)
		return n
	}
	called := func(job int64, status int, at time.Time) {
		t.Helper()
		must(t, s.RecordCall(ctx, setup.Call{JobID: job, StepID: "a", Attempt: 1, Operation: "CreateInvalidation", Status: status, StartedAt: at}))
	}
	const account = "482177301954"
	taken := begin("a.example.com", account, setup.JobInvalidate, "/a", "/b*")
	called(taken, 0, now) // the answer was lost, and the same was asked again
	called(taken, 201, now)
	called(taken, 201, now)
	beside := begin("b.example.com", account, setup.JobApply, "/*")
	called(beside, 201, now)
	called(begin("c.example.com", account, setup.JobInvalidate, "/refused"), 400, now)
	called(begin("d.example.com", account, setup.JobInvalidate, "/before"), 201, month.Add(-time.Second))
	called(begin("e.example.com", "100000000001", setup.JobInvalidate, "/elsewhere"), 201, now)
	begin("f.example.com", account, setup.JobInvalidate, "/not-yet")
	begin("g.example.com", account, setup.JobApply)

	if n, err := s.ClearedPaths(ctx, account, month); err != nil || n != 3 {
		t.Errorf("%d paths, error %v, want 3", n, err)
	}
	for job, want := range map[int64]int{taken: 1, beside: 1} {
		j, err := s.Job(ctx, job)
		must(t, err)
		if list, err := s.Clears(ctx, j.SetupID, 5); err != nil || len(list) != want || list[0].ID != job {
			t.Errorf("what was cleared of job %d's setup: %+v, error %v", job, list, err)
		}
	}
	none, err := s.Job(ctx, beside+5)
	must(t, err)
	if list, err := s.Clears(ctx, none.SetupID, 5); err != nil || len(list) != 0 {
		t.Errorf("a job that clears nothing is listed: %+v, error %v", list, err)
	}
}
