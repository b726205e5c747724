package jobs

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"apifront/setup"
)

// Left is what a job page says of the time that is left.
type Left struct {
	Bold string // "About 4 min left,"
	Rest string // "done around 14:31"
}

// Seg is one part of the bar that shows how far a job is: a step of the longest
// way, as wide as it usually takes, with those beside it.
type Seg struct {
	State string // icon
	X, W  string // of 1000
	Fill  string // how much of it is coloured
}

// The bar's measures, of 1000.
const (
	segWidth = 1000.0
	segGap   = 3.0
	segLeast = 6.0
)

// newLeft says how much time is left, in the words of people who wait.
func newLeft(f Facts) Left {
	fc := f.Forecast
	if !f.Job.State.Active() || fc.Stopped || len(fc.Way) == 0 {
		return Left{}
	}
	if fc.Unknown {
		return Left{Rest: "No usual time known yet"}
	}
	until := func(d time.Duration) string { return f.Times.Minute(f.Times.Now.Add(d)).Text }
	step := func(id setup.StepID) setup.Step { return f.step(id) }
	switch {
	case fc.Longer != "" && step(fc.Longer).State == setup.StepRunning:
		s, u := step(fc.Longer), f.About[fc.Longer]
		gone := f.Times.Now.Sub(s.StartedAt)
		return Left{Bold: "Longer than usual:", Rest: fmt.Sprintf("%s has taken %s, mostly %s", s.Title, minutes(gone), minutes(u.Usual))}
	case fc.Person != "" && step(fc.Person).State == setup.StepNeedsYou:
		return Left{Bold: about(fc.After), Rest: "after you have done what is asked"}
	case fc.Person != "":
		return Left{Bold: about(fc.Left) + " left,", Rest: "then it is your turn, around " + until(fc.Left)}
	default:
		return Left{Bold: about(fc.Left) + " left,", Rest: "done around " + until(fc.Left)}
	}
}

// about is a time in minutes, and above 20 minutes in steps of five.
func about(d time.Duration) string {
	if d < time.Minute {
		return "Less than 1 min"
	}
	return "About " + minutes(d)
}

func minutes(d time.Duration) string {
	switch {
	case d < time.Minute:
		return setup.Span(max(d.Round(time.Second), time.Second))
	case d > 20*time.Minute:
		return setup.Span(d.Round(5 * time.Minute))
	default:
		return setup.Span(d.Round(time.Minute))
	}
}

// newSegs is the bar.
func newSegs(f Facts) []Seg {
	var whole time.Duration
	for _, w := range f.Forecast.Way {
		whole += w.Usual
	}
	n := float64(len(f.Forecast.Way))
	room := segWidth - n*segLeast - (n-1)*segGap
	if n == 0 || room < 0 {
		return nil
	}
	var list []Seg
	x := 0.0
	for _, w := range f.Forecast.Way {
		width := segLeast
		if whole > 0 {
			width += room * float64(w.Usual) / float64(whole)
		} else {
			width += room / n
		}
		list = append(list, f.seg(w, x, width))
		x += width + segGap
	}
	return list
}

// seg is one part of the bar. It has the state that matters most of the steps in
// it, and a running one fills with the time.
func (f Facts) seg(w setup.WayStep, x, width float64) Seg {
	all := []setup.Step{f.step(w.Step)}
	for _, id := range w.Beside {
		all = append(all, f.step(id))
	}
	has := func(state setup.StepState) bool {
		return slices.ContainsFunc(all, func(s setup.Step) bool { return s.State == state })
	}
	seg := Seg{X: tenth(x), W: tenth(width), Fill: tenth(width)}
	for _, state := range []setup.StepState{setup.StepFailed, setup.StepNeedsYou, setup.StepCancelled, setup.StepRunning, setup.StepWaiting} {
		if !has(state) {
			continue
		}
		seg.State, _ = stepLook(state)
		switch state {
		case setup.StepWaiting:
			seg.Fill = "0"
			if has(setup.StepDone) {
				seg.State = "running"
				seg.Fill = tenth(width / 2)
			}
		case setup.StepRunning:
			seg.Fill = tenth(width * f.filled(all[0], w.Usual))
		case setup.StepFailed, setup.StepNeedsYou, setup.StepCancelled, setup.StepDone, setup.StepSkipped:
		}
		return seg
	}
	seg.State, _ = stepLook(setup.StepDone)
	return seg
}

// filled is how much of a running step is over, by what is usual: never all of it.
func (f Facts) filled(s setup.Step, usual time.Duration) float64 {
	const most = 0.95
	if s.State != setup.StepRunning || usual <= 0 {
		return most / 2
	}
	return min(float64(f.Times.Now.Sub(s.StartedAt))/float64(usual), most)
}

func tenth(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }

// step is a step of the job; the zero Step if it has none of the ID.
func (f Facts) step(id setup.StepID) setup.Step {
	for _, s := range f.Steps {
		if s.ID == id {
			return s
		}
	}
	return setup.Step{}
}
