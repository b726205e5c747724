package setups

import (
	"fmt"

	"apifront/setup"
	"apifront/web"
)

// fewDrafts is how many drafts of a setup its page lists.
const fewDrafts = 5

func (v *View) drafts(f Facts) {
	for i, d := range f.Drafts {
		if i == fewDrafts {
			v.MoreDrafts = len(f.Drafts) - i
			return
		}
		v.Drafts = append(v.Drafts, DraftLine{ID: d.ID, Name: DraftTitle(d), Href: "/drafts/" + d.ID, Sub: DraftSub(d, f.Setup.Revision, f.Times)})
	}
}

// DraftTitle says what a draft of a setup's next revision is.
func DraftTitle(d setup.Draft) string {
	if d.CameFrom != 0 {
		return fmt.Sprintf("Back to revision %d", d.CameFrom)
	}
	return "Change"
}

// DraftSub says where a draft of a setup's next revision comes from. newest is the
// setup's newest revision; 0: not known.
func DraftSub(d setup.Draft, newest int, times web.Times) string {
	text := fmt.Sprintf("Began from revision %d, saved %s by %s", d.BeganFrom, times.Past(d.UpdatedAt), d.UpdatedBy.Name)
	if newest != 0 && d.BeganFrom != newest {
		text += fmt.Sprintf(". Revision %d is the newest by now", newest)
	}
	return text
}
