package web

import (
	"fmt"
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
	Tags       string // of its setup
	Compare    string // URL of what differs from the setup's job before; "" for its first one
}

// NewJobRow decides how a job looks in a list.
func NewJobRow(c Times, j setup.Job) JobRow {
	from := Began(j)
	r := JobRow{
		Number: j.ID, URL: "/jobs/" + strconv.FormatInt(j.ID, 10), Name: j.SetupName,
		State: JobMark(j), Word: JobWord(j), What: JobWhat(j), Ago: c.Ago(from), Start: c.Day(from), By: j.CreatedBy.Name,
	}
	if j.Revision > 1 || j.Kind != setup.JobApply { // a setup begins with a job that makes its first revision
		r.Compare = fmt.Sprintf("/setups/%s/compare?with=%d", j.SetupID, j.ID)
	}
	switch {
	case j.State.Active():
		r.Took, r.Since = LongTime(c.Now.Sub(from)), Millis(from)
	case !j.FinishedAt.IsZero():
		r.Took = Took(j.FinishedAt.Sub(from))
	}
	return r
}

// JobWhat says what a job does: "Set up", "Change", "Clear /catalog/*". Whatever
// follows the first revision is a change of it.
func JobWhat(j setup.Job) string {
	switch j.Kind {
	case setup.JobApply:
		if j.Input.NewSecret {
			return "Change the secret"
		}
		if j.Input.PutBack {
			return "Put back"
		}
		if j.Revision > 1 {
			return "Change"
		}
		return "Set up"
	case setup.JobInvalidate:
		return ClearWhat(j.Input.Paths)
	case setup.JobRestore:
		return "Put the old record back"
	case setup.JobTeardown:
		return "Take down"
	default:
		return string(j.Kind)
	}
}

// ClearWhat says which paths a job clears.
func ClearWhat(paths []string) string {
	switch len(paths) {
	case 0:
		return "Clear cached answers"
	case 1:
		return "Clear " + paths[0]
	}
	// Two paths stand for one: the path itself, and the same with every query
	// string.
	if len(paths) == 2 && paths[1] == paths[0]+"?*" {
		return "Clear " + paths[0] + " " + paths[1]
	}
	return "Clear " + setup.Count(len(paths), "path")
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
