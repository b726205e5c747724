package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// diamond is a small job: a → b, c → d, with e skipped.
func diamond() []NewStep {
	return []NewStep{
		{ID: "a", Title: "A", Service: "STS"},
		{ID: "b", Title: "B", Needs: []setup.StepID{"a"}},
		{ID: "c", Title: "C", Needs: []setup.StepID{"a", "e"}},
		{ID: "d", Title: "D", Needs: []setup.StepID{"b", "c"}},
		{ID: "e", Title: "E", Skip: "Not needed."},
	}
}

func start(t *testing.T, s *Store, draftID string) int64 {
	t.Helper()
	n := NewJob{DraftID: draftID, Kind: setup.JobApply, By: "Ada", Steps: diamond()}
	d, err := s.Draft(t.Context(), draftID)
	must(t, err)
	if d.Job != 0 { // again, on its setup
		n.DraftID, n.SetupID = "", d.SetupID
	}
	job, err := s.StartJob(t.Context(), n)
	must(t, err)
	return job
}

// row reads a step with all its columns.
func row(t *testing.T, s *Store, job int64, id string) stepRow {
	t.Helper()
	r, err := scanStepRow(s.reader.QueryRow(`SELECT `+stepColumns+` FROM steps p WHERE p.job_id = $1 AND p.step = $2`, job, id))
	must(t, err)
	return r
}

// claim takes a step that is due.
func claim(t *testing.T, s *Store, job int64, id string) *Pass {
	t.Helper()
	r := row(t, s, job, id)
	p, wait, err := s.Claim(t.Context(), r.id, r.bell, time.Minute)
	must(t, err)
	if p == nil {
		t.Fatalf("step %s was not handed out (wait %s, %+v)", id, wait, r)
	}
	return p
}

// end carries a step to an end.
func end(t *testing.T, s *Store, job int64, id string, state setup.StepState) {
	t.Helper()
	o := Outcome{State: state, Summary: id + " " + string(state)}
	if state == setup.StepFailed {
		o.Problem = &setup.Problem{What: "w", Why: "y", Fix: "f"}
	}
	must(t, s.Settle(t.Context(), claim(t, s, job, id), o))
}

func jobState(t *testing.T, s *Store, job int64) setup.JobState {
	t.Helper()
	j, err := s.Job(t.Context(), job)
	must(t, err)
	return j.State
}

func TestAJobFromStartToEnd(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	b := &board{rung: map[int64]int64{}}
	s.SetBell(b)
	changed, stop := s.Watch(0)
	defer stop()
	d := draft(t, s, "a.example.com")
	job := start(t, s, d.ID)
	if job != 1 {
		t.Errorf("the first job is number %d", job)
	}
	select {
	case <-changed:
	default:
		t.Error("nobody was woken")
	}
	if len(b.rung) != 1 || b.rung[1] != row(t, s, job, "a").id {
		t.Errorf("the bells are %v, want one for the first step", b.rung)
	}
	_, err := s.StartJob(ctx, NewJob{SetupID: d.ID, Kind: setup.JobInvalidate, By: "Ada"})
	if e, ok := errors.AsType[*ActiveJobError](err); !ok || e.Job != job || !errors.Is(err, ErrConflict) {
		t.Errorf("a second job: %v", err)
	}
	twin := draft(t, s, "a.example.com")
	_, err = s.StartJob(ctx, NewJob{DraftID: twin.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	wants(t, err, ErrConflict)
	_, err = s.StartJob(ctx, NewJob{SetupID: "none", Kind: setup.JobApply})
	wants(t, err, ErrNotFound)

	end(t, s, job, "a", setup.StepDone)
	if len(b.rung) != 3 {
		t.Errorf("after the first step %d bells were ordered, want 3", len(b.rung))
	}
	p := claim(t, s, job, "b")
	if again, wait, err := s.Claim(ctx, p.Row, row(t, s, job, "b").bell, time.Minute); err != nil || again != nil || wait <= 0 {
		t.Errorf("a step was handed out twice: %v %s %v", again, wait, err)
	}
	if stale, wait, err := s.Claim(ctx, row(t, s, job, "c").id, 4711, time.Minute); err != nil || stale != nil || wait != 0 {
		t.Errorf("a stale bell got %v %s %v", stale, wait, err)
	}
	must(t, s.RecordCall(ctx, setup.Call{JobID: job, StepID: "b", Attempt: 1, Service: "acm", Operation: "ListCertificates", Status: 200, RequestID: "req-1", Took: 1500 * time.Microsecond}))
	must(t, s.RecordCall(ctx, setup.Call{JobID: job, StepID: "b", Attempt: 1, Service: "acm", Operation: "RequestCertificate", Status: 400, Code: "X", Write: true}))
	must(t, s.Settle(ctx, p, Outcome{State: setup.StepNeedsYou, Records: []setup.Record{{Type: "CNAME", Name: "x"}}, After: time.Minute}))
	if got := jobState(t, s, job); got != setup.JobNeedsYou {
		t.Errorf("the job is %s, want needs-you", got)
	}
	must(t, s.LookNow(ctx, job, "b"))
	wants(t, s.LookNow(ctx, job, "a"), ErrConflict)
	end(t, s, job, "b", setup.StepDone)
	end(t, s, job, "c", setup.StepDone)
	end(t, s, job, "d", setup.StepDone)
	j, err := s.Job(ctx, job)
	must(t, err)
	if j.State != setup.JobSucceeded || j.FinishedAt.IsZero() || j.Connection != "default" || j.Region != "eu-west-1" {
		t.Errorf("the job is %+v", j)
	}

	calls, err := s.Calls(ctx, job, "b", 1, 0)
	must(t, err)
	if len(calls) != 1 || calls[0].Operation != "RequestCertificate" || !calls[0].Write {
		t.Fatalf("the newest call is %+v", calls)
	}
	calls, err = s.Calls(ctx, job, "", 10, calls[0].ID)
	must(t, err)
	if len(calls) != 1 || calls[0].Took != 1500*time.Microsecond || calls[0].RequestID != "req-1" {
		t.Errorf("the call before it is %+v", calls)
	}
	if n, err := s.CountCalls(ctx, job); err != nil || n["b"] != 2 {
		t.Errorf("calls by step: %v, %v", n, err)
	}
	events, err := s.Events(ctx, job, 0, 1000)
	must(t, err)
	for i, e := range events {
		if e.Seq != int64(i+1) || e.Text == "" || e.At.IsZero() {
			t.Errorf("event %d is %+v", i+1, e)
		}
	}
	if int64(len(events)) != j.Seq {
		t.Errorf("%d events, but the job counts %d", len(events), j.Seq)
	}
	if rest, err := s.Events(ctx, job, 3, 2); err != nil || len(rest) != 2 || rest[0].Seq != 4 {
		t.Errorf("events after 3: %v, %v", rest, err)
	}
}

func TestRerunAndCancel(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	job := start(t, s, d.ID)
	end(t, s, job, "a", setup.StepDone)
	wants(t, s.RerunStep(ctx, job, "a", "Ada"), ErrConflict)
	wants(t, s.RerunStep(ctx, job, "none", "Ada"), ErrNotFound)
	wants(t, s.RerunFrom(ctx, job, "e", "Ada"), ErrConflict)
	end(t, s, job, "b", setup.StepFailed)
	end(t, s, job, "c", setup.StepDone)
	if got := jobState(t, s, job); got != setup.JobFailed {
		t.Fatalf("the job is %s", got)
	}
	other := start(t, s, d.ID)
	err := s.RerunStep(ctx, job, "b", "Ada")
	if e, ok := errors.AsType[*ActiveJobError](err); !ok || e.Job != other {
		t.Errorf("a re-run beside an active job: %v", err)
	}
	must(t, s.CancelJob(ctx, other, "Ada"))
	wants(t, s.CancelJob(ctx, other, "Ada"), ErrConflict)
	wants(t, s.RerunStep(ctx, other, "b", "Ada"), ErrConflict) // a, which it needs, is cancelled
	err = s.RerunStep(ctx, job, "b", "Grace")
	if e, ok := errors.AsType[*LaterJobError](err); !ok || e.Job != other {
		t.Errorf("a re-run after a later job: %v", err)
	}
	// The same of a job that none came after.
	d = draft(t, s, "b.example.com")
	job = start(t, s, d.ID)
	end(t, s, job, "a", setup.StepDone)
	end(t, s, job, "b", setup.StepFailed)
	end(t, s, job, "c", setup.StepDone)
	must(t, s.RerunStep(ctx, job, "b", "Grace"))
	if got := jobState(t, s, job); got != setup.JobRunning {
		t.Errorf("the job is %s after the re-run", got)
	}
	p := claim(t, s, job, "b")
	if p.Step.Attempt != 2 {
		t.Errorf("the re-run is attempt %d", p.Step.Attempt)
	}
	must(t, s.CancelJob(ctx, job, "Ada"))
	wants(t, s.Settle(ctx, p, Outcome{State: setup.StepDone}), ErrFenced)
	wants(t, s.Renew(ctx, p, time.Minute), ErrFenced)
	must(t, s.HandBack(ctx, p, 0))
	must(t, s.SavePassResource(ctx, p, setup.Resource{Key: "k", ID: "made"}))
	must(t, s.SavePassResource(ctx, p, setup.Resource{Key: "k", ID: "stale"}))
	must(t, s.SavePassResource(ctx, p, setup.Resource{Key: "k", Token: "only intended"}))
	if got, err := s.Resources(ctx, d.ID); err != nil || got.ID("k") != "made" {
		t.Errorf("an overtaken pass left %v, %v", got, err)
	}
	must(t, s.RerunFrom(ctx, job, "d", "Grace")) // takes b, which was cancelled, with it
	end(t, s, job, "b", setup.StepDone)
	end(t, s, job, "d", setup.StepDone)
	if got := jobState(t, s, job); got != setup.JobSucceeded {
		t.Errorf("the job is %s in the end", got)
	}
	attempts, err := s.Attempts(ctx, job)
	must(t, err)
	var got []string
	for _, a := range attempts {
		if a.StepID == "b" {
			got = append(got, fmt.Sprintf("%d %s %s %v", a.Number, a.By, a.State, a.Problem != nil))
		}
	}
	want := []string{"1 the worker failed true", "2 Grace cancelled false", "3 Grace done false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHistorySearchAndPages(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	for i := range 5 {
		d := draft(t, s, fmt.Sprintf("api%d.example.com", i))
		job := start(t, s, d.ID)
		must(t, s.SaveResource(ctx, d.ID, setup.Resource{Key: "k", ID: fmt.Sprintf("E%d", i), ARN: fmt.Sprintf("arn:%d", i)}))
		must(t, s.RecordCall(ctx, setup.Call{JobID: job, StepID: "a", RequestID: fmt.Sprintf("req-%d", i)}))
		switch i {
		case 0:
			must(t, s.CancelJob(ctx, job, "Ada"))
		case 1:
			end(t, s, job, "a", setup.StepFailed)
		}
	}
	ids := func(f JobFilter) (list []int64) {
		t.Helper()
		jobs, err := s.Jobs(ctx, f)
		must(t, err)
		for _, j := range jobs {
			list = append(list, j.ID)
		}
		return list
	}
	first, err := s.Job(ctx, 1)
	must(t, err)
	for _, c := range []struct {
		name string
		f    JobFilter
		want []int64
	}{
		{"all", JobFilter{}, []int64{5, 4, 3, 2, 1}},
		{"page", JobFilter{Before: 4, Limit: 2}, []int64{3, 2}},
		{"state", JobFilter{States: []setup.JobState{setup.JobFailed, setup.JobCancelled}}, []int64{2, 1}},
		{"name", JobFilter{Query: "API3"}, []int64{4}},
		{"no pattern", JobFilter{Query: "api_"}, nil},
		{"resource", JobFilter{Query: "E2"}, []int64{3}},
		{"ARN", JobFilter{Query: "arn:1"}, []int64{2}},
		{"request", JobFilter{Query: " req-4 "}, []int64{5}},
		{"number", JobFilter{Query: "#2"}, []int64{2}},
		{"setup", JobFilter{SetupID: first.SetupID}, []int64{1}},
		{"kind", JobFilter{Kind: setup.JobInvalidate}, nil},
		{"since", JobFilter{Since: time.Now().Add(time.Hour)}, nil},
	} {
		if diff := cmp.Diff(c.want, ids(c.f)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	counts, _, err := s.CountJobs(ctx, JobFilter{States: []setup.JobState{setup.JobFailed}, Query: "example"})
	must(t, err)
	if diff := cmp.Diff(map[setup.JobState]int{setup.JobRunning: 3, setup.JobFailed: 1, setup.JobCancelled: 1}, counts); diff != "" {
		t.Error(diff)
	}

	rows, total, err := s.Setups(ctx, SetupFilter{Query: "example", Limit: 3})
	must(t, err)
	var names []string
	for _, r := range rows {
		names = append(names, r.Setup.Name()+" "+string(r.LastJob.State))
	}
	want := []string{"api0.example.com cancelled", "api1.example.com failed", "api2.example.com running"} // what is not finished needs somebody
	if diff := cmp.Diff(want, names); diff != "" || total.Of("") != 5 {
		t.Error(total.Of(""), diff)
	}
	if rows, _, err := s.Setups(ctx, SetupFilter{Limit: 3, Offset: 3}); err != nil || len(rows) != 2 || rows[1].Setup.Name() != "api4.example.com" {
		t.Errorf("the second page is %v, %v", rows, err)
	}
}

func TestBellsAreRungAgain(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	job := start(t, s, draft(t, s, "a.example.com").ID) // nobody listens yet
	b := &board{rung: map[int64]int64{}}
	s.SetBell(b)
	if n, err := s.RingOverdue(ctx, time.Hour); err != nil || n != 1 {
		t.Errorf("%d bells for a step without one, want 1 (%v)", n, err)
	}
	if n, err := s.RingOverdue(ctx, time.Hour); err != nil || n != 0 {
		t.Errorf("%d bells for a step that has one, want 0 (%v)", n, err)
	}
	r := row(t, s, job, "a")
	if p, _, err := s.Claim(ctx, r.id, r.bell, time.Millisecond); err != nil || p == nil {
		t.Fatal(p, err)
	}
	time.Sleep(5 * time.Millisecond)
	if n, err := s.RingOverdue(ctx, time.Hour); err != nil || n != 1 {
		t.Errorf("%d bells for a step whose worker died, want 1 (%v)", n, err)
	}
	p := claim(t, s, job, "a")
	if n, err := s.RingOverdue(ctx, 0); err != nil || n != 0 {
		t.Errorf("%d bells for a step that somebody is at, want 0 (%v)", n, err)
	}
	if s.Postgres() { // another process may be at it, and only its lease's end says that it is not
		if n, err := s.RingAll(ctx); err != nil || n != 0 {
			t.Errorf("%d bells at a start beside another process, want 0 (%v)", n, err)
		}
		return
	}
	if n, err := s.RingAll(ctx); err != nil || n != 1 {
		t.Errorf("%d bells at a start, want 1 (%v)", n, err)
	}
	if q := claim(t, s, job, "a"); q.Epoch <= p.Epoch || q.Step.Attempt != 1 {
		t.Errorf("taken up again as %+v", q)
	}
}

// A job goes on at a step that asks, once, and a pass that has not seen the decision
// stores nothing any more. Steps that ask something else, or nothing, are left alone.
func TestGoOn(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	b := &board{rung: map[int64]int64{}}
	s.SetBell(b)
	job := start(t, s, draft(t, s, "api.example.com").ID)
	end(t, s, job, "a", setup.StepDone)
	ask := func(code string) {
		must(t, s.Settle(t.Context(), claim(t, s, job, "b"), Outcome{State: setup.StepNeedsYou, After: time.Minute, Problem: &setup.Problem{What: "38 requests a minute still come.", Code: code}}))
	}
	ask("Other")
	wants(t, s.GoOn(ctx, job, "b", "Ada"), ErrConflict)
	must(t, s.LookNow(ctx, job, "b"))
	ask(setup.CodeCallersCome)
	wants(t, s.GoOn(ctx, job, "a", "Ada"), ErrConflict)
	wants(t, s.GoOn(ctx, job, "z", "Ada"), ErrNotFound)
	wants(t, s.GoOn(ctx, 4711, "b", "Ada"), ErrNotFound)
	must(t, s.LookNow(ctx, job, "b"))
	late := claim(t, s, job, "b")
	before := row(t, s, job, "b").bell
	must(t, s.GoOn(ctx, job, "b", "Ada"))
	must(t, s.GoOn(ctx, job, "b", "Bob"))
	if bell := row(t, s, job, "b").bell; bell == before || b.rung[bell] != row(t, s, job, "b").id {
		t.Error("no bell was ordered")
	}
	wants(t, s.Settle(ctx, late, Outcome{State: setup.StepNeedsYou, After: time.Hour}), ErrFenced)
	must(t, s.HandBack(ctx, late, 0))
	p := claim(t, s, job, "b")
	if g := p.Job.Input.GoOn; g == nil || g.Step != "b" || g.By.Name != "Ada" || g.Was != "38 requests a minute still come." || g.At.IsZero() {
		t.Errorf("the pass knows %+v", g)
	}
	must(t, s.Settle(ctx, p, Outcome{State: setup.StepDone, Summary: p.Job.Input.GoOn.Words()}))
	wants(t, s.GoOn(ctx, job, "b", "Ada"), ErrConflict)
	must(t, s.RerunFrom(ctx, job, "b", "Ada"))
	if j, err := s.Job(ctx, job); err != nil || j.Input.GoOn != nil {
		t.Errorf("a re-run has the decision of before: %+v, %v", j.Input.GoOn, err)
	}
	events, err := s.Events(ctx, job, 0, 100)
	must(t, err)
	said := 0
	for _, e := range events {
		if e.Text == "Ada let the job go on. Last seen: 38 requests a minute still come." && e.StepID == "b" {
			said++
		}
	}
	if said != 1 {
		t.Errorf("the history says it %d times", said)
	}
	lines, err := s.AuditBefore(ctx, AuditFilter{Action: ActStepGoOn}, 0, 10)
	must(t, err)
	if len(lines) != 1 || lines[0].Who != "Ada" || lines[0].Detail != "step b: 38 requests a minute still come." {
		t.Errorf("the trail has %+v", lines)
	}
}
