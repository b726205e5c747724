package jobs

import (
	"strings"
	"testing"
	"time"

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
		shown.Fix = p.FixHere("Try again")
		card, words, said := render(t, todo(v)), render(t, web.ProblemWords(shown)), render(t, web.ProblemSaid(shown))
		if words+said == "" || !strings.Contains(card, words) || !strings.Contains(card, said) || render(t, web.ProblemText(shown)) != words+said {
			t.Errorf("the card of %+v has no\n%s\n%s\nin\n%s", p, words, said, card)
		}
		// On a phone the button is on the first screen, so what may be long follows it.
		if button := strings.Index(card, "btn solid"); said != "" && strings.Index(card, said) < button {
			t.Errorf("the card of %+v has the service's own words before the button", p)
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

// What the last look found wrong is shown while the step goes on, and is no
// failure: nothing is re-run for it.
func TestACauseIsShownWhileTheStepGoesOn(t *testing.T) {
	t.Parallel()
	p := setup.Problem{What: "The test of / did not reach the API.", Why: "Host is not passed on.", Fix: "Re-run the step Create distribution, then re-run this step.", Meanwhile: true}
	facts := func(p setup.Problem) Facts {
		return Facts{
			Job:   setup.Job{ID: 7, State: setup.JobRunning, Kind: setup.JobApply},
			Steps: []setup.Step{{ID: "x", Number: 1, State: setup.StepRunning, Problem: &p}},
			About: map[setup.StepID]StepAbout{"x": {Every: 5 * time.Second, Limit: 5 * time.Minute}},
		}
	}
	shown := render(t, todo(NewView(facts(p))))
	for _, want := range []string{"What is wrong just now", "did not reach the API", "Host is not passed on.", "If it stays so until this step fails: re-run the step Create distribution", "every 5 s at most. It fails if that is still so after 5 min."} {
		if !strings.Contains(shown, want) {
			t.Errorf("it does not say %q in\n%s", want, shown)
		}
	}
	for _, not := range []string{"Re-run", "Look again now", "Needs you"} {
		if strings.Contains(shown, not) {
			t.Errorf("it says %q in\n%s", not, shown)
		}
	}
	p.Meanwhile = false // of a try that failed and is repeated
	if shown := render(t, todo(NewView(facts(p)))); strings.Contains(shown, p.Why) {
		t.Errorf("a step that is tried again has a card\n%s", shown)
	}
}
