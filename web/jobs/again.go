package jobs

import (
	"cmp"
	"strconv"

	"apifront/setup"
	"apifront/web"
)

// NewAgainView decides what the page shows that asks before a job runs again from a
// step. again are the steps that would run, and plan what they would do, if that is
// known.
func NewAgainView(f Facts, from setup.Step, again map[setup.StepID]bool, plan setup.Plan) AgainView {
	base := "/jobs/" + strconv.FormatInt(f.Job.ID, 10)
	v := AgainView{
		Number: f.Job.ID, Base: base, Heading: heading(f.Job), Step: from.Number, Title: from.Title,
		URL: base + "/steps/" + string(from.ID) + "/rerun-from", Stamp: web.Millis(f.Times.Now),
	}
	for _, s := range f.Steps {
		if again[s.ID] && s.State != setup.StepSkipped {
			v.Runs = append(v.Runs, AgainRun{s.Number, s.Title})
		}
	}
	for _, l := range plan.Lines {
		state, word := againWord(l)
		if !again[l.StepID] || word == "" {
			continue
		}
		line := AgainLine{State: state, Word: word, Title: l.Title, Text: l.Summary}
		for _, c := range l.Changes {
			line.Changes = append(line.Changes, AgainChange{Field: c.Field, Is: c.Is, Want: cmp.Or(c.Want, "nothing")})
		}
		for _, r := range l.Removals {
			line.Removals = append(line.Removals, removalWords(r))
		}
		if l.Problem != nil {
			p := web.ShowProblem(l.Problem)
			line.Problem, line.Text = &p, l.Problem.What
		}
		v.Lines = append(v.Lines, line)
	}
	return v
}

// icon is a plus where something is made, as in a review: nothing runs yet.
func (l AgainLine) icon() string {
	if l.State == iconRunning {
		return "plus"
	}
	return l.State
}

// againWord is the icon and the word of what a step would do; "" if it only looks.
func againWord(l setup.PlanLine) (state, word string) {
	switch {
	case l.Problem != nil || l.Action == setup.PlanStop:
		return iconFailed, "In the way"
	case l.Action == setup.PlanCreate:
		return iconRunning, "Create"
	case l.Action == setup.PlanChange:
		return iconYou, "Change"
	case l.Action == setup.PlanRemove || len(l.Removals) > 0:
		return iconYou, "Remove"
	}
	return "", ""
}
