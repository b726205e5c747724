package jobs

import (
	"fmt"
	"strconv"

	"apifront/setup"
)

// outdated says whether the job's revision is not the newest.
func (f Facts) outdated() bool {
	return !f.Job.State.Active() && f.Setup.ID != "" && f.Setup.Revision != f.Job.Revision
}

// history says that the job's steps are not offered again, because a re-run
// would undo later changes.
func (f Facts) history() bool { return f.Later != 0 || f.outdated() }

// remade says that a later job has made or changed things for the setup. So
// what exists now does not show what this job did.
func (f Facts) remade() bool { return f.LastApply > f.Job.ID }

// OldTitle says which revision a job was of, and which one is the newest.
func OldTitle(j setup.Job, newest int) string {
	verb := "carried out"
	switch {
	case j.Kind == setup.JobInvalidate:
		verb = "was of"
	case j.State != setup.JobSucceeded:
		verb = "was to carry out"
	}
	return fmt.Sprintf("This job %s revision %d; revision %d is the newest", verb, j.Revision, newest)
}

// Reruns says whether the job may run again from a step that is done: it is the newest,
// it is over, and what it would change can be shown first.
func (f Facts) Reruns(s setup.Step) bool {
	return s.State == setup.StepDone && f.Job.Kind == setup.JobApply && !f.Job.State.Active() && !f.history()
}

// StepOf is the job's step with the ID; false: it has none.
func (f Facts) StepOf(id setup.StepID) (setup.Step, bool) {
	s := f.step(id)
	return s, s.ID != ""
}

func newOld(f Facts) *Old {
	if !f.outdated() {
		return nil
	}
	o := &Old{
		Title: OldTitle(f.Job, f.Setup.Revision), Setup: f.Setup.ID,
		Text: "Its steps are not tried again: that would put back what has changed since.",
	}
	if f.Job.Kind != setup.JobInvalidate && f.Job.Kind != setup.JobTeardown {
		n := strconv.Itoa(f.Job.Revision)
		o.Revision = n
		o.Text += " Going back to revision " + n + " opens a draft with its answers, and you see what changes before anything starts."
	}
	return o
}
