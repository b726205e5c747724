package web

import (
	"strconv"

	"apifront/setup"
)

// JobsView is the job history.
type JobsView struct {
	Tabs    []Tab
	Query   string
	Kinds   []Option
	Times   []Option
	Status  string // kept by the search form
	SetupID string // kept by the search form
	Rows    []JobRow
	Caption string
	Pages   PagerView
	Clear   string // where to go to see everything; "" without a filter
}

// JobRow is one job of a list.
type JobRow struct {
	Number     int64
	URL        string
	Name       string
	State      string
	Word       string
	What       string
	Ago, Start Moment
	Took       string
	Since      int64
	By         string
}

// NewJobRow decides how a job looks in a list.
func NewJobRow(c Times, j setup.Job) JobRow {
	from := start(j)
	r := JobRow{
		Number: j.ID, URL: "/jobs/" + strconv.FormatInt(j.ID, 10), Name: j.SetupName,
		State: JobMark(j), Word: JobWord(j), What: JobWhat(j), Ago: c.Ago(from), Start: c.Day(from), By: j.CreatedBy,
	}
	switch {
	case j.State.Active():
		r.Took, r.Since = LongTime(c.Now.Sub(from)), ms(from)
	case !j.FinishedAt.IsZero():
		r.Took = LongTime(j.FinishedAt.Sub(from))
	}
	return r
}
