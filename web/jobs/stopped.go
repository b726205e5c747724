package jobs

import (
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// Stopped is the card of a job that was cancelled: what stands, and how it goes on.
type Stopped struct {
	Title string
	Text  string
	GoOn  *Act // nil where no step can go on
}

// CleanUp is the way to delete what a first job has made that did not come to its end.
type CleanUp struct {
	URL  string
	Does string
}

// stopped is what a cancelled job offers: to go on with the first step that is not done,
// and all others that were cancelled.
func (v *View) stopped(f Facts) {
	if v.Over && f.Unfinished && !f.history() && f.Job.Kind == setup.JobApply {
		v.CleanUp = &CleanUp{URL: v.SetupURL + "/teardown", Does: cleansUp(f)}
	}
	if f.Job.State != setup.JobCancelled || f.history() {
		return
	}
	var cancelled []setup.Step
	last := setup.Step{}
	for _, s := range f.Steps {
		switch s.State {
		case setup.StepCancelled:
			cancelled = append(cancelled, s)
		case setup.StepDone:
			last = s
		case setup.StepWaiting, setup.StepRunning, setup.StepFailed, setup.StepNeedsYou, setup.StepSkipped:
		}
	}
	c := &Stopped{Title: "Cancelled before the first step", Text: "Nothing was deleted, and what is done stays done."}
	if f.Job.Kind == setup.JobTeardown {
		c.Text = cancelText(f.Job.Kind)
	}
	if last.ID != "" {
		c.Title = "Cancelled after step " + strconv.Itoa(last.Number) + ", " + last.Title
	}
	if len(cancelled) > 0 {
		first := cancelled[0]
		act := Act{Word: "Go on from step " + strconv.Itoa(first.Number), URL: v.Base + "/steps/" + string(first.ID) + "/rerun-from"}
		for _, s := range cancelled[1:] {
			act.Also = append(act.Also, string(s.ID))
		}
		act.Does = "Carries out the " + setup.Count(len(cancelled), "step") + " that the job did not reach. Nothing that exists is made twice."
		c.GoOn = &act
	}
	v.Stopped = c
}

// cleansUp says what the page that it leads to would delete.
func cleansUp(f Facts) string {
	var made []string
	for _, r := range web.Existing(f.Resources) {
		if !r.Owned || r.Key == setup.KeyInvalidation {
			continue
		}
		made = append(made, setup.LowerFirst(web.NewResourceRow(f.Times, f.Setup.Spec, r, false).Label))
	}
	const most = 5
	switch n := len(made); {
	case n == 0:
		return "Clean up ends the setup. Nothing was made in AWS that would have to be deleted."
	case n > most:
		made = append(made[:most-1], setup.Count(n-most+1, "other thing"))
	}
	return "Clean up deletes what was made for this name and nothing else: " + strings.Join(made, "; ") + ". It shows that first."
}
