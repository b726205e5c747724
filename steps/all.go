package steps

import (
	"slices"

	"apifront/setup"
)

// All lists every step, in the order in which people read them.
func All() []Step {
	return []Step{
		identityStep(),
		certificateEdgeStep(),
		certificateRegionalStep(),
		validationStep(),
		issuedRegionalStep(),
		issuedEdgeStep(),
		domainStep(),
		mappingsStep(),
		policiesStep(),
		distributionStep(),
		deployedStep(),
		previewStep(),
		dnsStep(),
		liveStep(),
		removeStep(),
		invalidationStep(),
		restoreStep(),
	}
}

// For lists the steps of a kind of job, in order, without needs of other kinds.
func For(kind setup.JobKind) []Step {
	var list []Step
	in := map[setup.StepID]bool{}
	for _, s := range All() {
		if slices.Contains(s.Kinds, kind) {
			in[s.ID] = true
			list = append(list, s)
		}
	}
	for i := range list {
		list[i].Needs = slices.DeleteFunc(slices.Clone(list[i].Needs), func(id setup.StepID) bool { return !in[id] })
	}
	return list
}

// Find returns the step with the ID.
func Find(id setup.StepID) (Step, bool) {
	for _, s := range All() {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}

// A Row is a step of a job that is about to be stored.
type Row struct {
	ID      setup.StepID
	Title   string
	Service string
	Needs   []setup.StepID // without skipped steps: what these stood for is needed in their place
	Skip    string         // why the spec does not need the step; "" if it does
}

// Rows lists the steps of a job on a spec.
func Rows(kind setup.JobKind, spec setup.Spec) []Row { return RowsOf(For(kind), spec) }

// RowsOf is Rows for definitions of the caller's choice.
func RowsOf(list []Step, spec setup.Spec) []Row {
	byID := map[setup.StepID]Step{}
	skip := map[setup.StepID]string{}
	for _, s := range list {
		byID[s.ID] = s
		if s.Applies != nil {
			if ok, reason := s.Applies(spec); !ok {
				skip[s.ID] = reason
			}
		}
	}
	rows := make([]Row, 0, len(list))
	for _, s := range list {
		r := Row{ID: s.ID, Title: s.Title, Service: s.Service, Skip: skip[s.ID]}
		if s.TitleFor != nil {
			r.Title = s.TitleFor(spec)
		}
		if s.ServiceFor != nil {
			r.Service = s.ServiceFor(spec)
		}
		for _, id := range s.Needs {
			// A step does not need the one that it stands in for.
			if standsIn := byID[id].Instead == s.ID && skip[id] != ""; !standsIn {
				r.Needs = appendNeed(r.Needs, id, byID, skip)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// appendNeed adds the step id to the needs, or what stands in for it when it
// is skipped.
func appendNeed(needs []setup.StepID, id setup.StepID, byID map[setup.StepID]Step, skip map[setup.StepID]string) []setup.StepID {
	s := byID[id]
	switch {
	case skip[id] == "":
		if !slices.Contains(needs, id) {
			needs = append(needs, id)
		}
	case s.Instead != "":
		needs = appendNeed(needs, s.Instead, byID, skip)
	default:
		for _, n := range s.Needs {
			needs = appendNeed(needs, n, byID, skip)
		}
	}
	return needs
}
