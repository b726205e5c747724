package setup

import (
	"regexp"
	"strings"
)

// Most fixes end with a re-run of the step. Some begin with an answer of the wizard, and
// then a re-run alone fails again. These patterns tell them apart, also in problems that
// were stored long ago.
var (
	namesPage   = regexp.MustCompile(`\bon the page (Account and region|API and paths|Domain and DNS|Certificates|Edge settings)\b`)
	firstPart   = regexp.MustCompile(`^(Check|Choose|Correct|Enter)\b.*?([.;:]( |$)|, (then|or|and|such)\b|$)`)
	namesAnswer = regexp.MustCompile(`^Choose another (API|stage|path|certificate|connection|region|zone)\b`)
	thenAgain   = regexp.MustCompile(`^([^.;:]*?, then )(re-run (?:the|this) step|choose "Re-run from here" at [^.;]*)`)
)

// pagesOf are the pages of the wizard by their names, and by the answers on them.
var pagesOf = map[string]PageID{
	"Account and region": PageAccount, "API and paths": PageAPI, "Domain and DNS": PageDomain, "Certificates": PageCertificates, "Edge settings": PageEdge,
	"API": PageAPI, "stage": PageAPI, "path": PageAPI, "certificate": PageCertificates, "connection": PageAccount, "region": PageAccount, "zone": PageDomain,
}

// Answer is the page of the wizard with an answer that Fix speaks of; "": with none. own
// is the page with the answers of the step that stopped. first says that Fix begins with
// that answer, so that nothing else ends the problem as well.
func (p *Problem) Answer(own PageID) (page PageID, first bool) {
	part := firstPart.FindString(p.Fix)
	if m := namesPage.FindStringSubmatch(part); m != nil {
		return pagesOf[m[1]], true
	}
	if strings.Contains(part, " in the wizard") {
		if own == "" {
			own = PageReview
		}
		return own, true
	}
	m := namesPage.FindStringSubmatch(p.Fix)
	if answer := namesAnswer.FindStringSubmatch(part); answer != nil {
		page = pagesOf[answer[1]]
		return page, m == nil || pagesOf[m[1]] == page
	}
	if m != nil {
		return pagesOf[m[1]], false
	}
	return "", false
}

// AtSetup says whether Fix begins with something that is done on the page of the setup,
// and not in the job.
func (p *Problem) AtSetup() bool { return atSetup.MatchString(p.Fix) }

var atSetup = regexp.MustCompile(`^(Open the setup|Start a (job|change) (for|of) th(e|is) setup|Finish the setup's job|Cancel the job and start a new one from the setup)\b`)

// FixByAnswer is FixHere for a Fix that begins with an answer. A new job goes by it, and
// not the one that stopped.
func (p *Problem) FixByAnswer(act string) string {
	other := *p
	other.Fix = thenAgain.ReplaceAllString(p.Fix, "${1}start the job of the change")
	other.Fix = startAgain.ReplaceAllString(other.Fix, "then start the job of the change")
	return other.FixHere(act)
}
