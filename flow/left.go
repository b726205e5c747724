package flow

import (
	"slices"
	"time"

	"apifront/setup"
)

// UsualOf is how long a step takes by earlier jobs, if there are enough of them,
// and by its definition if not.
func UsualOf(seen []Took, defined time.Duration) setup.Usual {
	if len(seen) < Enough {
		return setup.Usual{Half: defined}
	}
	whole := make([]time.Duration, len(seen))
	for i, t := range seen {
		whole[i] = t.Whole
	}
	return setup.Usual{Half: Quantile(whole, 0.5), Most: Quantile(whole, 0.9), Jobs: len(seen)}
}

// Forecasted is the forecast of a job with these steps. asks says of a step whether
// a person will have to act in it.
func Forecasted(list []setup.Step, usual map[setup.StepID]setup.Usual, asks func(setup.StepID) bool, now time.Time) setup.Forecast {
	var f setup.Forecast
	left := map[setup.StepID]time.Duration{} // from now to the step's end
	var person time.Duration                 // from now until a person is needed
	for _, s := range inOrder(list) {
		u := usual[s.ID]
		var before time.Duration
		for _, need := range s.Needs {
			before = max(before, left[need])
		}
		switch s.State {
		case setup.StepDone, setup.StepSkipped:
		case setup.StepFailed, setup.StepCancelled:
			f.Stopped = true
		case setup.StepNeedsYou:
			f.Person, person, left[s.ID] = s.ID, 0, u.After
		case setup.StepRunning:
			gone := now.Sub(s.StartedAt)
			left[s.ID] = before + max(0, u.Half-gone)
			if u.Most > 0 && gone > u.Most {
				f.Longer = s.ID
			}
		case setup.StepWaiting:
			left[s.ID] = before + u.Half
			switch {
			case !asks(s.ID):
			case f.Person == "":
				f.Person, person, left[s.ID] = s.ID, before, before+u.After
			case f.Again == "":
				f.Again, f.Between = s.ID, max(0, before-person)
			}
		}
	}
	for _, d := range left {
		f.Left = max(f.Left, d)
	}
	if f.Person != "" {
		whole := f.Left
		f.Left = person
		f.After = max(0, whole-f.Left)
	}
	f.Way = longest(list, usual)
	return f
}

// longest is the longest way by what is usual, each step of it with those that
// begin beside it.
func longest(list []setup.Step, usual map[setup.StepID]setup.Usual) []setup.WayStep {
	begin, end, from := map[setup.StepID]time.Duration{}, map[setup.StepID]time.Duration{}, map[setup.StepID]setup.StepID{}
	ordered := inOrder(list)
	var last setup.StepID
	for _, s := range ordered {
		for _, need := range s.Needs {
			if from[s.ID] == "" || end[need] > end[from[s.ID]] {
				from[s.ID] = need
			}
		}
		begin[s.ID] = end[from[s.ID]]
		end[s.ID] = begin[s.ID]
		if s.State != setup.StepSkipped {
			end[s.ID] += usual[s.ID].Half
		}
		if last == "" || end[s.ID] >= end[last] {
			last = s.ID
		}
	}
	var way []setup.WayStep
	on := map[setup.StepID]bool{}
	for id := last; id != "" && !on[id]; id = from[id] {
		way, on[id] = append(way, setup.WayStep{Step: id, Usual: end[id] - begin[id]}), true
	}
	slices.Reverse(way)
	for _, s := range ordered {
		if on[s.ID] || s.State == setup.StepSkipped {
			continue
		}
		at := len(way) - 1
		for at > 0 && begin[way[at].Step] > begin[s.ID] {
			at--
		}
		way[at].Beside = append(way[at].Beside, s.ID)
	}
	return slices.DeleteFunc(way, func(w setup.WayStep) bool {
		i := slices.IndexFunc(list, func(s setup.Step) bool { return s.ID == w.Step })
		return len(w.Beside) == 0 && (i < 0 || list[i].State == setup.StepSkipped)
	})
}

// inOrder are the steps, each after those that it needs. Steps that need each other
// in a circle come last, as they stand.
func inOrder(list []setup.Step) []setup.Step {
	var ordered []setup.Step
	placed := map[setup.StepID]bool{}
	known := map[setup.StepID]bool{}
	for _, s := range list {
		known[s.ID] = true
	}
	for len(ordered) < len(list) {
		before := len(ordered)
		for _, s := range list {
			if !placed[s.ID] && !slices.ContainsFunc(s.Needs, func(id setup.StepID) bool { return known[id] && !placed[id] }) {
				ordered, placed[s.ID] = append(ordered, s), true
			}
		}
		if len(ordered) == before {
			for _, s := range list {
				if !placed[s.ID] {
					ordered = append(ordered, s)
				}
			}
			break
		}
	}
	return ordered
}
