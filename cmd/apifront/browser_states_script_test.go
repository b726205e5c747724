//go:build browser

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"apifront/setup"
	"apifront/store"
)

// scriptStates are calls and jobs as lines of the AWS CLI: a job that is done, one that
// runs, one whose calls were not kept, and an input as long as they get.
func scriptStates(t *testing.T) []state {
	s := newStage(t, true)
	asked := func(operation, input string, answer map[string]string) setup.Call {
		c := stageCall("cloudfront", operation)
		c.Command, c.Input, c.Answer, c.Write = "cloudfront", json.RawMessage(input), answer, true
		return c
	}
	start := func(name string) *stagedJob {
		return s.start(s.draft(stageSpec(name+".harborview.example", 2)), setup.JobApply, setup.JobInput{})
	}
	before := []string{"identity", "certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain", "mappings"}
	healthy, running, old := start("healthy"), start("running"), start("old")
	for _, j := range []*stagedJob{healthy, running, old} {
		j.done(before...)
	}
	create := asked("CreateDistributionWithTags", `{"DistributionConfigWithTags":{"DistributionConfig":{"CallerReference":"apifront-1","Comment":"it's \"here\"","Header":{"$secret":"origin-header"},"Aliases":{"Quantity":1,"Items":["healthy.harborview.example"]}}}}`,
		map[string]string{"Distribution.Id": "E76UANR3MTMUCF", "Distribution.DomainName": "d2k7hqz1x9wqpl.cloudfront.net"})
	long := asked("UpdateDistribution", fmt.Sprintf(`{"Id":"E76UANR3MTMUCF","IfMatch":"E2QWRUHAPOMQZL","DistributionConfig":{"Comment":%q,"Items":[%s"x"]}}`,
		strings.Repeat("W", 2000), strings.Repeat(`"/orders/{id}/lines",`, 500)), nil)
	healthy.pass("distribution", store.Outcome{State: setup.StepDone, Summary: "CloudFront E76UANR3MTMUCF"}, create, long)
	healthy.done("deployed", "preview", "dns", "live", "remove")
	running.pass("distribution", store.Outcome{State: setup.StepRunning, Summary: "Waits"}, create)
	unkept := stageCall("cloudfront", "CreateDistributionWithTags")
	unkept.Write = true
	old.pass("distribution", store.Outcome{State: setup.StepDone, Summary: "CloudFront E76UANR3MTMUCF"}, unkept)
	call := func(j *stagedJob, n int) string {
		calls, err := s.store.Calls(t.Context(), j.id, "distribution", 10, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("/jobs/%d/calls/%d", j.id, calls[n].ID)
	}
	script := func(j *stagedJob) string { return fmt.Sprintf("/jobs/%d/script", j.id) }
	return []state{
		{name: "call", on: s, path: call(healthy, 0)},
		{name: "call-long", on: s, path: call(healthy, 1)},
		{name: "call-old", on: s, path: call(old, 0)},
		{name: "script", on: s, path: script(healthy)},
		{name: "script-running", on: s, path: script(running)},
		{name: "script-old", on: s, path: script(old)},
	}
}
