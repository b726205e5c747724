package jobs

import (
	"github.com/a-h/templ"

	"apifront/setup"
)

// A Region is a part of the job page that the stream sends again when it has
// changed. It replaces what is there, so the same message twice does no harm.
type Region struct {
	Key  string
	Body templ.Component
	// Same stands for Body when two states are compared: it leaves out what
	// changes with every look at the clock. Nil: Body.
	Same templ.Component
	// Within is the key of a region that contains this one. If that region is
	// sent, this one is not.
	Within string
}

// Regions are the regions of a job page as they are now. Only the steps in
// changed have a region for their calls and what they saw, because v holds no other ones.
func Regions(v View, changed map[setup.StepID]bool) []Region {
	inner := func(id string, body templ.Component) Region {
		return Region{Key: id, Body: part("#"+id, "innerMorph", body)}
	}
	still := v
	if v.Since != 0 {
		still.Took = ""
	}
	head := inner("job-head", top(v))
	head.Same = top(still)
	list := []Region{
		{Key: "title", Body: docTitle(v)},
		{Key: "icon", Body: tabIcon(v)},
		{Key: "tells", Body: part("#job-tells", "outerMorph", tells(v))},
		head,
		inner("job-segs", Segments(v.Segs, v.SegsAre)),
		inner("job-left", left(v.Left)),
		inner("job-summary", text(v.Summary)),
		inner("job-note", note(v)),
		inner("todo", todo(v)),
		inner("records", records(v)),
		inner("steps-h", text(stepsTitle(v))),
		inner("steps-axis", stepsAxis(v)),
	}
	for _, s := range v.Steps {
		id := "step-" + s.ID
		same := s
		same.Bars = nil
		if s.Since != 0 {
			same.Took = ""
		}
		list = append(list,
			Region{Key: id + "-status", Body: part("#"+id+"-status", "outerMorph", stepSummary(s)), Same: stepSummary(same)},
			Region{Key: id + "-bar", Body: part("#"+id+"-bar", "outerMorph", Bars(id+"-bar", s.Bars)), Within: id + "-status"},
			inner(id+"-acts", stepActs(v, s)),
		)
		if changed[setup.StepID(s.ID)] {
			list = append(list, inner(id+"-calls", stepCalls(s)), inner(id+"-seen", stepSeen(s)))
		}
	}
	return append(list, inner("job-told", told(v)), inner("job-side", side(v)), inner("job-path", pathCard(v)), inner("report", report(v)))
}
