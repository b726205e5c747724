package setup

import (
	"regexp"
	"strings"
)

// A Fix is written for the page of a job, which shows steps. These patterns
// match what a person can do only there. FixOutside replaces them.
var (
	againFromStep  = regexp.MustCompile(`(?i)\b(re-run the job from|choose "re-run from here" at) the (step\b[^.,;]*|first step that is not done)`)
	againNamed     = regexp.MustCompile(`(?i)\bre-run (the steps? [A-Z][^.;]*|create distribution[^.;]*)`)
	againThisStep  = regexp.MustCompile(`(?i)\bre-run (the|this) step( to go on waiting)?(; [^.]*)?`)
	startAgain     = regexp.MustCompile(`\bthen start again\b`)
	goesOnByItself = regexp.MustCompile(`A job that waits for it goes on by itself|Wait; it goes on by itself`)
)

// FixOutside is Fix for a place without steps to re-run: the pages of the
// wizard, of connections and of policies, plans and checks.
func (p *Problem) FixOutside() string {
	fix := p.Fix
	fix = againFromStep.ReplaceAllStringFunc(fix, func(s string) string { return likeFirst(s, "start a job for the setup") })
	fix = againNamed.ReplaceAllStringFunc(fix, func(s string) string { return likeFirst(s, "start a job for the setup") })
	fix = againThisStep.ReplaceAllStringFunc(fix, func(s string) string { return likeFirst(s, "try again") })
	fix = startAgain.ReplaceAllString(fix, "then try again")
	fix = goesOnByItself.ReplaceAllStringFunc(fix, func(s string) string {
		if strings.HasPrefix(s, "Wait") {
			return "Wait a moment, then try again"
		}
		return "Then try again"
	})
	return fix
}

// likeFirst is the text, with an upper case first letter if old has one.
func likeFirst(old, text string) string {
	if first := old[:1]; first == strings.ToUpper(first) {
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}
