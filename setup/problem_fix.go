package setup

import (
	"regexp"
	"strings"
)

// A Fix is written for the page of a job, which shows steps. These patterns
// match what a person can do only there. FixOutside replaces them.
var (
	againFromStep  = regexp.MustCompile(`(?i)\b(re-run the job from|choose "re-run from here" at) the (step\b[^.,;]*(, (without the name|[a-z]{2}(-[a-z]+)+-\d))?|first step that is not done)`)
	againNamed     = regexp.MustCompile(`(?i)\bre-run (the steps? [A-Z][^.;]*|create distribution[^.;]*)`)
	againThisStep  = regexp.MustCompile(`(?i)\bre-run (the|this) step( to go on waiting)?(; [^.]*)?`)
	putsRight      = regexp.MustCompile(`(?i)\bre-run the step ([A-Z][^.;]*?), which puts ([^.;]*?) right, then re-run this step`)
	againHere      = regexp.MustCompile(`(?i)\bre-run (the|this) step( to go on waiting)?`)
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

// FixHere is Fix for the page of a job, whose card has a button that says act. What it
// does, the text need not say again.
func (p *Problem) FixHere(act string) string {
	press := "press “" + act + "”"
	fix := putsRight.ReplaceAllStringFunc(p.Fix, func(s string) string {
		return likeFirst(s, putsRight.ReplaceAllString(s, press+": the step $1 puts $2 right, and then this one is tried again"))
	})
	fix = againFromStep.ReplaceAllStringFunc(fix, func(s string) string { return likeFirst(s, press) })
	fix = againNamed.ReplaceAllStringFunc(fix, func(s string) string { return likeFirst(s, press) })
	return againHere.ReplaceAllStringFunc(fix, func(s string) string { return likeFirst(s, press) })
}
