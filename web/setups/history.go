package setups

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// A HistoryView is what happened to a setup, the newest first.
type HistoryView struct {
	Tabs   []web.Tab
	Rows   []HistoryRow
	None   string // in place of rows
	Older  string // URL of what is older; "" for none
	Newest string // URL of the newest; "" when it is shown
	Jobs   string // URL of all jobs of the setup
}

// A HistoryRow is a revision, a job, a check or several equal ones, or another state.
type HistoryRow struct {
	ID      string // "revision-3", to lead to; "" for none
	State   string
	At      web.Moment
	Title   string
	URL     string // of what Title names
	Job     string // "Job 24" of a revision; "" for none
	JobURL  string
	Text    string
	Compare string // URL of what differs from the one before; "" for none
	With    string // what Compare compares, for those who only hear it
	Back    int    // the revision that can be gone back to; 0: none
	Newest  bool   // it is the newest revision
}

// historyURL is the page of a setup with one kind of its history, from a place on.
func historyURL(id string, kind setup.HistoryKind, before string) string {
	q := url.Values{}
	if kind != setup.HistoryAll {
		q.Set("history", string(kind))
	}
	if before != "" {
		q.Set("before", before)
	}
	if len(q) == 0 {
		return "/setups/" + id
	}
	return "/setups/" + id + "?" + q.Encode()
}

// Stay is the same view of the page, which does not reload.
func (v Standing) Stay() string {
	if strings.Contains(v.Self, "?") {
		return v.Self + "&refresh=off"
	}
	return v.Self + "?refresh=off"
}

func newHistory(f Facts) HistoryView {
	const at = "#history"
	h, id := f.History, f.Setup.ID
	v := HistoryView{Jobs: "/jobs?setup=" + id}
	noCheck := "No check yet. The first begins right after the first job."
	if !f.Adopted.IsZero() {
		noCheck = "No check yet. The first begins at once."
	}
	for _, t := range []struct {
		kind  setup.HistoryKind
		text  string
		count int
		none  string
	}{
		{setup.HistoryAll, "All", 0, "Nothing has happened yet."},
		{setup.HistoryRevisions, "Revisions", h.Revisions, "No revision yet. The first job makes the first."},
		{setup.HistoryJobs, "Jobs", h.Jobs, "No job yet."},
		{setup.HistoryChecks, "Checks", h.Checks, noCheck},
	} {
		tab := web.Tab{Text: t.text, Href: historyURL(id, t.kind, "") + at, Current: t.kind == f.Kind}
		if t.kind != setup.HistoryAll {
			tab.Count = strconv.Itoa(t.count)
		}
		if tab.Current && len(h.Entries) == 0 {
			v.None = t.none
		}
		v.Tabs = append(v.Tabs, tab)
	}
	for _, x := range h.Entries {
		v.Rows = append(v.Rows, newHistoryRow(f, x))
	}
	if h.Older != "" {
		v.Older = historyURL(id, f.Kind, h.Older) + at
	}
	if f.Before != "" {
		v.Newest = historyURL(id, f.Kind, "") + at
		if v.None != "" {
			v.None = "Nothing is older."
		}
	}
	return v
}

func newHistoryRow(f Facts, x setup.HistoryEntry) HistoryRow {
	row := HistoryRow{At: f.Times.Day(x.At)}
	switch {
	case x.Revision.Number != 0:
		row.revision(f, x)
	case x.Check.Times != 0:
		row.check(f, x.Check)
	case x.State != "":
		row.State, row.Title = web.StateMark(x.State), "State: "+web.StateWord(setup.State{ID: x.State})
		if x.Before.ID != "" {
			row.Text = "Before: " + web.StateWord(x.Before)
			if !x.Before.Since.IsZero() {
				row.Text += ", since " + f.Times.Day(x.Before.Since).Text
			}
			row.Text += "."
		}
	default:
		j := web.NewJobRow(f.Times, x.Job)
		row.State, row.URL, row.Title = j.State, j.URL, fmt.Sprintf("Job %d: %s", j.Number, j.What)
		row.Text = jobEnd(x.Job, j) + ", by " + cmp.Or(j.By, "somebody") + "."
		row.Compare, row.With = j.Compare, fmt.Sprintf(" job %d with the one before", j.Number)
	}
	return row
}

func (row *HistoryRow) revision(f Facts, x setup.HistoryEntry) {
	r := x.Revision
	row.ID, row.State = fmt.Sprintf("revision-%d", r.Number), "info"
	row.Title = fmt.Sprintf("Revision %d: %s", r.Number, setup.Clip(cmp.Or(r.Why, "Change"), 200))
	row.Text = "By " + cmp.Or(r.CreatedBy.Name, "somebody") + "."
	if x.Job.ID != 0 {
		j := web.NewJobRow(f.Times, x.Job)
		end := jobEnd(x.Job, j)
		row.State, row.Job, row.JobURL = j.State, fmt.Sprintf("Job %d", j.Number), j.URL
		row.Text = ", " + setup.LowerFirst(end) + ", by " + cmp.Or(r.CreatedBy.Name, "somebody") + "."
	}
	if r.Number > 1 {
		row.Compare = fmt.Sprintf("/setups/%s/compare?from=%d&to=%d", f.Setup.ID, r.Number-1, r.Number)
		row.With = fmt.Sprintf(" revision %d with the one before", r.Number)
	}
	if row.Newest = r.Number == f.Setup.Revision; !row.Newest && f.State.ID != setup.StateGivenBack {
		row.Back = r.Number
	}
}

// jobEnd says how a job ended and how long it took.
func jobEnd(j setup.Job, row web.JobRow) string {
	switch {
	case row.Took == "" || j.State == setup.JobNeedsYou:
		return row.Word
	case j.State.Active():
		return row.Word + " for " + row.Took
	case j.State == setup.JobSucceeded:
		return row.Word + " in " + row.Took
	}
	return row.Word + " after " + row.Took
}

func (row *HistoryRow) check(f Facts, c setup.Checkup) {
	row.State, _ = checkWord(c)
	row.Title, row.Text = checkTitle(c), reasonWords(c)
	if c.Times > 1 {
		row.Text += fmt.Sprintf(", from %s to %s", f.Times.Day(c.FirstAt).Text, f.Times.Day(c.DoneAt).Text)
	}
	row.Text += "."
}

// checkTitle says how a check ended, or how several ended.
func checkTitle(c setup.Checkup) string {
	one := "Check"
	if c.Times > 1 {
		one = setup.Count(c.Times, "check")
	}
	switch c.Result {
	case setup.CheckHealthy:
		return one + " passed"
	case setup.CheckFindings:
		switch {
		case c.Sight.Silent():
			return one + " got no right answer"
		case c.Findings == 0:
			return one + " saw something that is not right"
		}
		return one + " with " + setup.Count(c.Findings, "finding")
	case setup.CheckCouldNot:
		return one + " could not look"
	case setup.CheckEnded:
		return one + " ended by a job that began"
	}
	return one + ", how it ended is not known"
}
