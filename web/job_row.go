package web

import (
	"strconv"
	"time"

	"apifront/setup"
)

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
	from := Began(j)
	r := JobRow{
		Number: j.ID, URL: "/jobs/" + strconv.FormatInt(j.ID, 10), Name: j.SetupName,
		State: JobMark(j), Word: JobWord(j), What: JobWhat(j), Ago: c.Ago(from), Start: c.Day(from), By: j.CreatedBy.Name,
	}
	switch {
	case j.State.Active():
		r.Took, r.Since = LongTime(c.Now.Sub(from)), Millis(from)
	case !j.FinishedAt.IsZero():
		r.Took = LongTime(j.FinishedAt.Sub(from))
	}
	return r
}

// JobWhat says what a job does: "Set up", "Change", "Clear /catalog/*". Whatever
// follows the first revision is a change of it.
func JobWhat(j setup.Job) string {
	switch j.Kind {
	case setup.JobApply:
		if j.Input.PutBack {
			return "Put back"
		}
		if j.Revision > 1 {
			return "Change"
		}
		return "Set up"
	case setup.JobInvalidate:
		switch len(j.Input.Paths) {
		case 0:
			return "Clear cached answers"
		case 1:
			return "Clear " + j.Input.Paths[0]
		}
		// Two paths stand for one: the path itself, and the same with every
		// query string.
		if list := j.Input.Paths; len(list) == 2 && list[1] == list[0]+"?*" {
			return "Clear " + list[0] + " " + list[1]
		}
		return "Clear " + setup.Count(len(j.Input.Paths), "path")
	case setup.JobRestore:
		return "Put the old record back"
	default:
		return string(j.Kind)
	}
}

// Began is when a job began, or was asked for.
func Began(j setup.Job) time.Time {
	if j.StartedAt.IsZero() {
		return j.CreatedAt
	}
	return j.StartedAt
}

// Millis is a time for the ticking clocks of app.js; 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
