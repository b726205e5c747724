package jobs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// A step that is done says what it got over, each time once, and nothing of a call that
// went well.
func TestSurvived(t *testing.T) {
	t.Parallel()
	both := func(s setup.Step, calls []setup.Call) []string {
		trouble, hoped := survived(s, nil, calls)
		return append(trouble, hoped...)
	}
	ids := int64(0)
	call := func(op string, status int, code string, at time.Duration) setup.Call {
		ids++
		c := look(ids, op, status, at)
		c.Code, c.Write = code, strings.HasPrefix(op, "Create") || strings.HasPrefix(op, "Update") || strings.HasPrefix(op, "Delete") || op == "RequestCertificate"
		c.Took = 0
		return c
	}
	const s = time.Second
	for name, x := range map[string]struct {
		calls []setup.Call
		want  []string
		turn  setup.TurnWait
	}{
		"nothing": {calls: []setup.Call{call("GetDistribution", 200, "", 0), call("CreateDistributionWithTags", 201, "", s), call("GetDistribution", 200, "", 2*s)}},
		"found again": {
			calls: []setup.Call{call("CreateDistributionWithTags", 0, setup.CodeNoAnswer, 0), call("ListDistributions", 200, "", s)},
			want:  []string{"The answer to CreateDistributionWithTags was lost. What it made was found again, and nothing was made twice."},
		},
		"sent again": {
			calls: []setup.Call{call("CreateDistributionWithTags", 0, setup.CodeNoAnswer, 0), call("CreateDistributionWithTags", 201, "", s)},
			want:  []string{"The answer to CreateDistributionWithTags was lost. It was sent again with the same caller reference, so nothing was made twice."},
		},
		"a certificate": {
			calls: []setup.Call{call("RequestCertificate", 0, setup.CodeNoAnswer, 0), call("RequestCertificate", 200, "", s)},
			want:  []string{"The answer to RequestCertificate was lost. It was sent again with the same idempotency token, so nothing was made twice."},
		},
		"sent again after a look": {
			calls: []setup.Call{call("CreateDistributionWithTags", 0, setup.CodeNoAnswer, 0), call("ListDistributions", 200, "", s), call("CreateDistributionWithTags", 201, "", 2*s)},
			want:  []string{"The answer to CreateDistributionWithTags was lost. It was sent again after a look at what was there."},
		},
		"a change": {
			calls: []setup.Call{call("UpdateDistribution", 0, setup.CodeNoAnswer, 0), call("GetDistribution", 200, "", s)},
			want:  []string{"The answer to UpdateDistribution was lost. A look showed that it had been carried out."},
		},
		"a limit": {
			calls: []setup.Call{
				call("CreateDomainName", 429, "TooManyRequestsException", 0), call("GetDomainName", 200, "", 5*s),
				call("CreateDomainName", 400, "ThrottlingException", 8*s), call("CreateDomainName", 201, "", 18*s),
			},
			want: []string{"Waited 18 s for a limit of API Gateway, which refused 2 calls as too many. They went through after that."},
		},
		"a fault": {
			calls: []setup.Call{call("GetDistribution", 500, "InternalError", 0), call("GetDistribution", 200, "", s)},
			want:  []string{"API Gateway had a fault of its own at 1 call. It went through when it was made again."},
		},
		"no answer to a question": {
			calls: []setup.Call{call("GetDistribution", 0, setup.CodeNoAnswer, 0), call("GetDistribution", 200, "", s)},
			want:  []string{"1 question got no answer at first, and did when asked again."},
		},
		"404 before": {
			calls: []setup.Call{call("GetDomainName", 404, "NotFoundException", 0), call("GetDomainName", 404, "NotFoundException", s), call("CreateDomainName", 201, "", 2*s)},
			want:  []string{"GetDomainName answered 404, as expected: it was not made yet."},
		},
		"404 after": {
			calls: []setup.Call{call("DeleteDomainName", 202, "", 0), call("GetDomainName", 404, "NotFoundException", s)},
			want:  []string{"GetDomainName answered 404, as expected: it shows that it is gone."},
		},
		"its turn": {turn: setup.TurnWait{Limit: "API Gateway allows one new domain name every 30 s", Waited: 18400 * time.Millisecond}, want: []string{
			"Waited 18 s for its turn: API Gateway allows one new domain name every 30 s.",
		}},
		"less than a second": {turn: setup.TurnWait{Limit: "Route 53 allows five calls a second", Waited: 300 * time.Millisecond}},
		"its turn, and others came first": {
			turn:  setup.TurnWait{Limit: "API Gateway allows one new domain name every 30 s", Waited: time.Minute},
			calls: []setup.Call{call("CreateDomainName", 429, "TooManyRequestsException", 0), call("CreateDomainName", 201, "", 31*s)},
			want: []string{
				"Waited 1 min for its turn: API Gateway allows one new domain name every 30 s.",
				"API Gateway refused 1 call as too many all the same. It went through after that.",
			},
		},
		"404 of something else": {calls: []setup.Call{call("GetApi", 404, "NotFoundException", 0)}},
	} {
		step := setup.Step{ID: "a", Attempt: 1, State: setup.StepDone, Service: "API Gateway", Turn: x.turn}
		if diff := cmp.Diff(x.want, both(step, x.calls)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		step.Turn = setup.TurnWait{}
		for i := range x.calls {
			x.calls[i].Attempt = 2
		}
		if got := both(step, x.calls); len(got) > 0 {
			t.Errorf("%s, of another attempt: %v", name, got)
		}
		step.Turn, step.Attempt, step.State = x.turn, 2, setup.StepFailed
		if got := both(step, x.calls); len(got) > 0 {
			t.Errorf("%s, failed: %v", name, got)
		}
	}
	v := NewView(Facts{
		Job: setup.Job{ID: 7, State: setup.JobSucceeded, Kind: setup.JobApply}, Steps: []setup.Step{{ID: "a", Number: 1, Attempt: 1, State: setup.StepDone}},
		Calls: map[setup.StepID][]setup.Call{"a": {call("CreateDistributionWithTags", 0, setup.CodeNoAnswer, 0)}},
	})
	if shown := render(t, stepCalls(v.Steps[0])); !slices.Contains(v.Steps[0].Told, "The answer to CreateDistributionWithTags was lost. What it made was found again, and nothing was made twice.") || !strings.Contains(shown, "found again") || !strings.Contains(v.Steps[0].Meta, "was lost. What it made was found again") {
		t.Error(shown)
	}
}

// Attempts that the worker began by itself count as one go: what they got over, and
// the time they worked. What was before a person began the step again does not.
func TestSurvivedOverAttempts(t *testing.T) {
	t.Parallel()
	const s = time.Second
	worker, ada := setup.Person{Name: setup.WorkerName}, setup.Person{Name: "Ada", ID: "u1"}
	var attempts []setup.Attempt
	var calls []setup.Call
	for i, by := range []setup.Person{worker, ada, worker, worker, worker} {
		at, status := time.Duration(10*i)*s, 500
		if i == 4 {
			status = 201
		}
		attempts = append(attempts, setup.Attempt{StepID: "a", Number: i + 1, By: by, State: setup.StepFailed, StartedAt: noon.Add(at), FinishedAt: noon.Add(at + 2*s)})
		c := look(int64(i+1), "CreateDistributionWithTags", status, at)
		c.Attempt, c.Write = i+1, true
		calls = append(calls, c)
	}
	attempts[4].State = setup.StepDone
	f := Facts{
		Job:   setup.Job{ID: 7, State: setup.JobSucceeded, Kind: setup.JobApply},
		Steps: []setup.Step{{ID: "a", Number: 1, Attempt: 5, State: setup.StepDone, Service: "CloudFront", StartedAt: noon.Add(10 * s), FinishedAt: noon.Add(42 * s)}}, Attempts: attempts,
		Calls: map[setup.StepID][]setup.Call{"a": calls},
	}
	row := NewView(f).Steps[0]
	if want := "CloudFront. 5 attempts. CloudFront had a fault of its own at 3 calls. They went through when they were made again"; row.Meta != want || row.Took != "8 s" {
		t.Errorf("%q took %s, want %q and 8 s", row.Meta, row.Took, want)
	}
	f.Job.State, f.Steps[0].State = setup.JobRunning, setup.StepRunning
	f.Times.Now, f.Attempts[4].FinishedAt = noon.Add(44*s), time.Time{}
	if row = NewView(f).Steps[0]; row.Took != "10 s" || row.Since != noon.Add(34*s).UnixMilli() {
		t.Errorf("running: %s since %d", row.Took, row.Since)
	}
}
