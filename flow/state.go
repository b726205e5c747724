package flow

import (
	"slices"

	"apifront/setup"
)

// Facts are what decides the state of a setup.
type Facts struct {
	Later    bool      // the newest revision leaves the traffic where it is
	Active   setup.Job // the job that changes something now; without ID: none
	InPlace  bool      // a job has made everything once
	Last     setup.Job // the newest job that ended and may have changed something; without ID: none
	Checks   []setup.Checkup
	Findings []setup.Finding // that are open
}

// State is the first state that applies. Checks are the newest that ended, the
// newest first. Those that ended before the last job say nothing any more.
func State(f Facts) setup.StateID {
	if f.Active.ID != 0 {
		if !f.InPlace {
			return setup.StateBeingMade
		}
		return setup.StateBeingChanged
	}
	if !f.InPlace {
		return setup.StateNotFinished
	}
	now := slices.DeleteFunc(slices.Clone(f.Checks), func(c setup.Checkup) bool {
		return c.Result == setup.CheckEnded || c.DoneAt.Before(f.Last.FinishedAt)
	})
	if all(now, 2, func(c setup.Checkup) bool { return !c.Result.Told() }) {
		return setup.StateNotChecked
	}
	told := slices.DeleteFunc(now, func(c setup.Checkup) bool { return !c.Result.Told() })
	if all(told, 2, func(c setup.Checkup) bool { return c.Sight.Here == setup.Yes && c.Sight.Answers == setup.No }) {
		return setup.StateNotAnswering
	}
	here := setup.YesIf(!f.Later)
	if len(told) > 0 && told[0].Sight.Here != setup.Unknown {
		here = told[0].Sight.Here
	}
	if f.Later && here != setup.Yes && !wrong(f.Findings) {
		if f.Last.Kind == setup.JobRestore {
			return setup.StateMovedBack
		}
		return setup.StateReady
	}
	switch {
	case wrong(f.Findings), here == setup.No && len(f.Findings) == 0:
		return setup.StateDrifted
	case here == setup.No: // what differs is muted, and callers are led elsewhere
		return setup.StateReady
	}
	return setup.StateServing
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

// wrong says whether a finding counts: nobody muted it, and waiting does not mend
// it.
func wrong(list []setup.Finding) bool {
	return slices.ContainsFunc(list, func(f setup.Finding) bool { return !f.Muted() && !f.Passes })
}
