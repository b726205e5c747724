package store

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// What a call asked for is read with one call, or with all of a job that are known.
// Lists of calls say only that there is something.
func TestWhatCallsAskedFor(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	job, other := start(t, s, draft(t, s, "a.example.com").ID), start(t, s, draft(t, s, "b.example.com").ID)
	known := setup.Call{
		JobID: job, StepID: "a", Attempt: 1, Operation: "RequestCertificate", Write: true,
		Command: "acm", Input: json.RawMessage(`{"DomainName":"a.example.com","Empty":""}`), Answer: map[string]string{"CertificateArn": "arn:1"},
	}
	plain := setup.Call{JobID: job, StepID: "a", Attempt: 1, Operation: "CNAME a.example.com"}
	tooLong := setup.Call{JobID: job, StepID: "a", Attempt: 1, Operation: "UpdateDistribution", Command: "cloudfront"}
	foreign := known
	foreign.JobID = other
	for _, c := range []setup.Call{known, plain, foreign, tooLong, known} {
		must(t, s.RecordCall(ctx, c))
	}
	of := func(list []setup.Call) []setup.Call {
		for i := range list {
			list[i].ID = 0
		}
		return list
	}
	asked, err := s.CallsAsked(ctx, job)
	must(t, err)
	if len(asked) != 2 || asked[0].ID >= asked[1].ID {
		t.Fatalf("what the job asked for is %+v", asked)
	}
	first := asked[0].ID
	if diff := cmp.Diff([]setup.Call{known, known}, of(asked)); diff != "" {
		t.Errorf("what the job asked for (want -, got +):\n%s", diff)
	}
	one, err := s.Call(ctx, job, first)
	must(t, err)
	if diff := cmp.Diff([]setup.Call{known}, of([]setup.Call{one})); diff != "" {
		t.Errorf("one call (want -, got +):\n%s", diff)
	}
	if one, err = s.Call(ctx, job, first+1); err != nil || one.Input != nil || one.Answer != nil || one.Command != "" {
		t.Errorf("a call of which nothing is known is %+v, %v", one, err)
	}
	for _, no := range [][2]int64{{job, 99}, {other, first + 1}, {99, first}} {
		if c, err := s.Call(ctx, no[0], no[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("call %d of job %d is %+v, %v", no[1], no[0], c, err)
		}
	}
	short := known
	short.Input, short.Answer = nil, nil
	list, err := s.Calls(ctx, job, "", 10, 0)
	must(t, err)
	if diff := cmp.Diff([]setup.Call{short, plain, tooLong, short}, of(list)); diff != "" {
		t.Errorf("the list of calls (want -, got +):\n%s", diff)
	}
	by, err := s.CallsByStep(ctx, job, 10, nil)
	must(t, err)
	if diff := cmp.Diff([]setup.Call{short, plain, tooLong, short}, of(by.Calls["a"])); diff != "" {
		t.Errorf("the calls by step (want -, got +):\n%s", diff)
	}
}
