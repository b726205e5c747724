package jobs

import (
	"fmt"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// told is who is told of the job, and of what a person is told in this browser.
// What it names has the time or the attempt in it, so that it can come again.
func (v *View) told(f Facts) {
	j := f.Job
	var list []string
	for _, s := range f.Steps {
		if s.State == setup.StepNeedsYou {
			list = append(list, fmt.Sprintf("%s-%d", s.ID, s.Attempt))
		}
	}
	if j.State == setup.JobFailed || j.State == setup.JobSucceeded {
		list = append(list, fmt.Sprintf("%s-%d", j.State, web.Millis(j.FinishedAt)))
	}
	v.Tells = strings.Join(list, " ")
	if v.Over || v.Earlier {
		return
	}
	told := web.ToldOfJob(f.Told, j.Kind)
	told.Here = true
	v.Told = &told
}

// tellsHere puts the button into the last card of a reader's turn, where it is at hand.
func (v *View) tellsHere() {
	if v.Told == nil {
		return
	}
	if n := len(v.Asks); n > 0 {
		v.Asks[n-1].Tell = true
		return
	}
	for i := len(v.Cards) - 1; i >= 0; i-- {
		if v.Cards[i].Look != "" {
			v.Cards[i].Tell = true
			return
		}
	}
}
