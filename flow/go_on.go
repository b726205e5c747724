package flow

import (
	"fmt"
	"strings"

	"apifront/setup"
)

// GoOn says whether a person may let a job go on at a step that asks. The error is a
// Refusal.
func GoOn(state setup.JobState, s setup.Step) error {
	switch {
	case !state.Active():
		return Refusal("the job has ended already")
	case s.State != setup.StepNeedsYou:
		return Refusal("it is " + string(s.State))
	case s.Problem == nil || s.Problem.Code != setup.CodeCallersCome:
		return Refusal("it does not ask whether to go on")
	}
	return nil
}

// WentOn is the sentence for a step at which a person let the job go on.
func WentOn(g setup.GoOn) string {
	return fmt.Sprintf("%s let the job go on. Last seen: %s.", g.By.Name, strings.TrimSuffix(g.Was, "."))
}
