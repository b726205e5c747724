package setups

import (
	"cmp"
	"fmt"
	"strconv"

	"apifront/setup"
	"apifront/web"
)

// RevisionRow is one revision of a setup.
type RevisionRow struct {
	Number int
	Why    string
	Newest bool
	Made   web.Moment
	By     string
	Job    *web.JobRow // that put it in place first; nil: none is known
}

func (v *View) revisions(f Facts) {
	v.Revision = f.Setup.Revision
	for _, r := range f.Revisions {
		row := RevisionRow{
			Number: r.Number, Why: cmp.Or(r.Why, "Change"), Newest: r.Number == f.Setup.Revision,
			Made: f.Times.Ago(r.CreatedAt), By: cmp.Or(r.CreatedBy.Name, "not known"),
		}
		if j, ok := f.MadeBy[r.Number]; ok {
			job := web.NewJobRow(f.Times, j)
			row.Job = &job
		}
		v.Revisions = append(v.Revisions, row)
	}
	if n := len(f.Revisions); n > 0 && f.Revisions[n-1].Number > 1 {
		v.Older = revisionsURL(f.Setup.ID, f.Revisions[n-1].Number)
	}
	if f.Before != 0 {
		v.Newest = revisionsURL(f.Setup.ID, 0)
	}
}

func revisionsURL(id string, before int) string {
	if before == 0 {
		return "/setups/" + id + "#revisions"
	}
	return "/setups/" + id + "?before=" + strconv.Itoa(before) + "#revisions"
}

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
