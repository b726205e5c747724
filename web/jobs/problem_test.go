package jobs

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"apifront/setup"
	"apifront/web"
)

// The card of a failed step says of a problem what every page says of it.
func TestCardShowsAProblemAsOthersDo(t *testing.T) {
	t.Parallel()
	for _, p := range []setup.Problem{
		{What: "It was refused.", Why: "The role may not.", Fix: "Add the action, then re-run the step.", Service: "CloudFront", Said: "AccessDenied: <b>", Ref: "req-1"},
		{What: "It was refused.", Said: "AccessDenied", Ours: "ours-1"},
		{What: "It stopped.", Fix: "Re-run the step."},
	} {
		v := NewView(Facts{
			Job:   setup.Job{ID: 7, State: setup.JobFailed, Kind: setup.JobApply},
			Steps: []setup.Step{{ID: "x", Number: 1, State: setup.StepFailed, Problem: &p}},
		})
		shown := web.ShowProblem(&p)
		shown.Fix = p.Fix
		if card, want := render(t, todo(v)), render(t, web.ProblemText(shown)); want == "" || !strings.Contains(card, want) {
			t.Errorf("the card of %+v has no\n%s\nin\n%s", p, want, card)
		}
	}
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
