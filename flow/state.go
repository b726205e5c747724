package flow

import (
	"slices"
	"time"

	"apifront/setup"
)

// Facts are what decides the state of a setup.
type Facts struct {
	Gone     bool      // the newest revision wants nothing of the setup any more
	Later    bool      // the newest revision leaves the traffic where it is
	Active   setup.Job // the job that changes something now; without ID: none
	Given    bool      // it was given back, so apifront looks after nothing of it
	InPlace  bool      // a job has made everything, or it was adopted, and no job has taken it down since
	Adopted  time.Time // when it was adopted, if no job has made everything since; zero otherwise
	Last     setup.Job // the newest job that ended and may have changed something; without ID: none
	Checks   []setup.Checkup
	Findings []setup.Finding // that are open
}

// State is the first state that applies. Checks are the newest that ended, the
// newest first. Those that ended before the last job say nothing any more.
func State(f Facts) setup.StateID {
	if f.Active.ID != 0 && f.Active.Kind == setup.JobTeardown {
		return setup.StateBeingGone
	}
	if f.Active.ID != 0 {
		if !f.InPlace {
			return setup.StateBeingMade
		}
		return setup.StateBeingChanged
	}
	if f.Given {
		return setup.StateGivenBack
	}
	if f.Gone && f.Last.Kind == setup.JobTeardown && f.Last.State == setup.JobSucceeded {
		return setup.StateGone
	}
	if !f.InPlace {
		return setup.StateNotFinished
	}
	now, told := f.counted()
	if all(now, 2, func(c setup.Checkup) bool { return !c.Result.Told() }) || !f.Adopted.IsZero() && !f.seen() {
		return setup.StateNotChecked
	}
	if all(told, 2, func(c setup.Checkup) bool { return c.Sight.Silent() }) {
		return setup.StateNotAnswering
	}
	here := setup.YesIf(!f.Later)
	if len(told) > 0 && told[0].Sight.Here != setup.Unknown {
		here = told[0].Sight.Here
	}
	if f.Later && here != setup.Yes && !wrong(f.Findings) {
		if f.Last.Kind == setup.JobRestore || len(told) > 0 && told[0].Sight.Back {
			return setup.StateMovedBack
		}
		return setup.StateReady
	}
	switch {
	case wrong(f.Findings), here == setup.No && !slices.ContainsFunc(f.Findings, func(x setup.Finding) bool { return !x.Beside }):
		return setup.StateDrifted
	case here == setup.No: // what differs is muted, and callers are led elsewhere
		return setup.StateReady
	}
	return setup.StateServing
}

// Since is from when on checks say how things stand: the end of the last job, or when
// the setup was adopted.
func (f Facts) Since() time.Time {
	if f.Adopted.After(f.Last.FinishedAt) {
		return f.Adopted
	}
	return f.Last.FinishedAt
}

// Untouched says whether the setup was adopted and no job has changed anything since.
func (f Facts) Untouched() bool {
	return !f.Adopted.IsZero() && f.Active.ID == 0 && (f.Last.ID == 0 || f.Last.FinishedAt.Before(f.Adopted))
}

// seen says whether a check has seen how things stand since the setup was adopted. No
// job has proved that callers are served, so nothing else tells.
func (f Facts) seen() bool {
	return slices.ContainsFunc(f.Checks, func(c setup.Checkup) bool { return c.Result.Told() && !c.DoneAt.Before(f.Adopted) })
}

// counted are the checks that say something since the last job, and those of them
// that say how things stand.
func (f Facts) counted() (now, told []setup.Checkup) {
	now = slices.DeleteFunc(slices.Clone(f.Checks), func(c setup.Checkup) bool {
		return c.Result == setup.CheckEnded || c.DoneAt.Before(f.Since())
	})
	told = slices.DeleteFunc(slices.Clone(now), func(c setup.Checkup) bool { return !c.Result.Told() })
	return now, told
}

// Began is when what makes the state was first seen; zero: the fold says nothing
// of it, so the state began when it was folded. A name does not answer since the
// first of the checks in a row that got no right answer, though only the second
// makes the state.
func Began(f Facts) (since time.Time) {
	if State(f) != setup.StateNotAnswering {
		return since
	}
	_, told := f.counted()
	for _, c := range told {
		if !c.Sight.Silent() {
			break
		}
		since = c.DoneAt
	}
	return since
}

// Outstanding are the findings that still say something: a job that has succeeded since
// a check saw one has put it right. The check after the job opens it again if not.
func Outstanding(open []setup.Finding, last setup.Job) []setup.Finding {
	if last.State != setup.JobSucceeded {
		return open
	}
	return slices.DeleteFunc(slices.Clone(open), func(f setup.Finding) bool { return f.SeenAt.Before(last.FinishedAt) })
}

// all says whether there are n and each of the first n is so.
func all(list []setup.Checkup, n int, is func(setup.Checkup) bool) bool {
	return len(list) >= n && !slices.ContainsFunc(list[:n], func(c setup.Checkup) bool { return !is(c) })
}

// wrong says whether a finding counts: nobody muted it, waiting does not mend it,
// and callers are not served all the same.
func wrong(list []setup.Finding) bool {
	return slices.ContainsFunc(list, func(f setup.Finding) bool { return f.Counts() })
}
