package jobs

import (
	"strings"
	"testing"

	"apifront/setup"
)

// A reader's turn has the button "Tell me in this browser" once, in its last card, as
// long as the page changes by itself; nothing else has it beside the card of who is told.
func TestTheCardOfATurnTellsToo(t *testing.T) {
	t.Parallel()
	problem := func(what string) *setup.Problem { return &setup.Problem{What: what, Why: "w", Fix: "f"} }
	asks := setup.Step{ID: "dns", Number: 3, State: setup.StepNeedsYou, Records: []setup.Record{{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net"}}}
	turn := setup.Step{ID: "drain", Number: 2, State: setup.StepNeedsYou, Problem: problem("Somebody is asked.")}
	failed := setup.Step{ID: "domain", Number: 1, State: setup.StepFailed, Problem: problem("It failed.")}
	looking := setup.Step{ID: "live", Number: 4, State: setup.StepRunning, Problem: problem("It does not answer yet.")}
	looking.Problem.Meanwhile = true
	for name, c := range map[string]struct {
		job   setup.JobState
		steps []setup.Step
		in    string // the ID of the card with the button; "" for none
	}{
		"records":              {setup.JobNeedsYou, []setup.Step{asks}, "records-dns"},
		"a question":           {setup.JobNeedsYou, []setup.Step{turn}, "problem-drain"},
		"both":                 {setup.JobNeedsYou, []setup.Step{turn, asks}, "records-dns"},
		"beside a failed step": {setup.JobNeedsYou, []setup.Step{turn, failed}, "problem-drain"},
		"only a failed step":   {setup.JobRunning, []setup.Step{failed}, ""},
		"it goes on looking":   {setup.JobRunning, []setup.Step{looking}, ""},
		"nothing":              {setup.JobRunning, nil, ""},
		"over":                 {setup.JobFailed, []setup.Step{failed, turn}, ""},
	} {
		f := Facts{Job: setup.Job{ID: 7, State: c.job, Kind: setup.JobApply}, Steps: c.steps}
		f.Setup.Spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
		shown := render(t, todo(NewView(f)))
		const button = "data-tell"
		want := 0
		if c.in != "" {
			want = 1
		}
		if got := strings.Count(shown, button); got != want {
			t.Errorf("%s: %d buttons, want %d in\n%s", name, got, want, shown)
			continue
		}
		if before, _, found := strings.Cut(shown, button); found && !strings.Contains(before[strings.LastIndex(before, "<article"):], `id="`+c.in+`"`) {
			t.Errorf("%s: the button is not in %s:\n%s", name, c.in, shown)
		}
	}
}
