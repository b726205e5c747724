package setup

import (
	"regexp"
	"time"
)

// HistoryKind is which entries of a setup's history are shown.
type HistoryKind string

// The kinds of history. The checks bring along the states that they led to.
const (
	HistoryAll       HistoryKind = ""
	HistoryRevisions HistoryKind = "revisions"
	HistoryJobs      HistoryKind = "jobs"
	HistoryChecks    HistoryKind = "checks"
)

// ReadHistoryKind is the kind with the name; all of the history if there is none.
func ReadHistoryKind(name string) HistoryKind {
	switch k := HistoryKind(name); k {
	case HistoryAll, HistoryRevisions, HistoryJobs, HistoryChecks:
		return k
	}
	return HistoryAll
}

// A History is a part of what happened to a setup, the newest first.
type History struct {
	Entries []HistoryEntry
	Older   string // the place that what is older stands before; "" if nothing is

	// How many there are of each, and the job at work; 0: none.
	Revisions, Jobs, Checks int
	Active                  int64
}

// A HistoryEntry is one line of a history. One of Revision, Job, Check and State says
// what it is about.
type HistoryEntry struct {
	At time.Time

	Revision Revision // without its spec; Number 0: it is about something else

	// Job is what the entry is about, or the job of its revision; without ID: none.
	Job Job

	Check Checkup // Times 0: it is about something else; several equal ones are one

	// State is what became true for callers, and Before what had been, since when.
	State  StateID
	Before State
}

// historyPlace is the form of a place in a history: time, kind, and what tells apart
// entries of one time.
var historyPlace = regexp.MustCompile(`^[0-9]{16}-[0-9]-[0-9a-f-]{1,40}$`)

// HistoryPlace is the place in a history that a text names; "" if it names none.
func HistoryPlace(text string) string {
	if !historyPlace.MatchString(text) {
		return ""
	}
	return text
}
