package steps

import (
	"slices"
	"strings"

	"apifront/setup"
)

// StepFor is the step that puts a setting right; false: no step does, and a
// person must.
func StepFor(setting setup.Setting) (Step, bool) {
	all := All()
	i := slices.IndexFunc(all, func(s Step) bool { return slices.Contains(s.Settings, setting) })
	if i < 0 {
		return Step{}, false
	}
	return all[i], true
}

// causeProblem is a cause as the problem of a step: what is to be done names the
// step that puts the setting right, where one does.
func causeProblem(c setup.Cause, spec setup.Spec) *setup.Problem {
	p := *c.Problem
	if c.Tell != "" {
		p.Why += " " + orElse(c)
	}
	if s, ok := StepFor(c.Setting); ok && !c.Passing && (s.Applies == nil || applies(s, spec)) {
		p.From, p.Act = s.ID, "Put it right"
		p.Fix = "Re-run the step " + s.Title + ", which puts " + c.Setting.Words() + " right, then re-run this step."
		return &p
	}
	if c.Passing {
		p.Fix += " The test is repeated by itself."
		return &p
	}
	p.Fix += " Then re-run this step."
	return &p
}

// causesProblem is what is wrong as one problem: the first cause, and the others
// in its words.
func causesProblem(causes []setup.Cause, spec setup.Spec) *setup.Problem {
	p := causeProblem(causes[0], spec)
	for _, c := range causes[1:] {
		p.Why += " Besides: " + c.Problem.Why
		if more := c.Problem.Fix; !strings.Contains(p.Fix, more) {
			p.Fix += " Also: " + more
		}
	}
	return p
}

func applies(s Step, spec setup.Spec) bool {
	ok, _ := s.Applies(spec)
	return ok
}

// orElse says which other settings would look the same.
func orElse(c setup.Cause) string {
	var words []string
	for _, s := range c.Or {
		words = append(words, s.Words())
	}
	return "It may also be " + setup.Or(words) + "."
}

// Puts says whether a job of the spec writes what a finding is about.
func Puts(spec setup.Spec, f setup.FindingBody) bool {
	s, ok := StepFor(f.Setting)
	if !ok {
		s, ok = Find(f.StepID)
	}
	return ok && s.Apply != nil && (s.Applies == nil || applies(s, spec))
}
