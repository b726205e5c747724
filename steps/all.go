package steps

import (
	"slices"
	"sync"

	"apifront/setup"
)

// all are the steps. They are made at first use, since steps refer to each other.
var all struct {
	once  sync.Once
	steps []Step
}

// All returns every step, in the order in which people read them. The list is the
// caller's; what its steps hold belongs to all and is not to be changed.
func All() []Step {
	all.once.Do(func() {
		all.steps = []Step{
			identityStep(),
			certificateEdgeStep(),
			certificateRegionalStep(),
			validationStep(),
			issuedRegionalStep(),
			issuedEdgeStep(),
			domainStep(),
			edgeStandbyStep(),
			edgeTestStep(),
			edgeDNSStep(),
			edgeWaitStep(),
			edgeOffStep(),
			edgeNameStep(),
			mappingsStep(),
			policiesStep(),
			distributionStep(),
			accessLogsStep(),
			deployedStep(),
			proofStep(),
			aliasStep(),
			proofRemoveStep(),
			previewStep(),
			ttlStep(),
			dnsStep(),
			liveStep(),
			strictStep(),
			endpointStep(),
			removeStep(),
			invalidationStep(),
			restoreStep(),
			endpointOpenStep(),
			dnsLeaveStep(),
			drainStep(),
			disableStep(),
			disabledStep(),
			distributionDeleteStep(),
			accessLogsDeleteStep(),
			policiesDeleteStep(),
			endpointDeleteStep(),
			mappingsDeleteStep(),
			domainDeleteStep(),
			certificateRegionalDeleteStep(),
			certificateEdgeDeleteStep(),
			validationDeleteStep(),
			proofDeleteStep(),
		}
	})
	return slices.Clone(all.steps)
}

// For returns the steps that every job of a kind has, in order. Their Needs name
// only steps of that kind.
func For(kind setup.JobKind) []Step {
	var list []Step
	in := map[setup.StepID]bool{}
	for _, s := range All() {
		if slices.Contains(s.Kinds, kind) && !s.Asked {
			in[s.ID] = true
			list = append(list, s)
		}
	}
	for i := range list {
		list[i].Needs = slices.DeleteFunc(slices.Clone(list[i].Needs), func(id setup.StepID) bool { return !in[id] })
	}
	return list
}

// Asked returns the steps that only jobs have whose input asks for them.
func Asked() []Step {
	return slices.DeleteFunc(All(), func(s Step) bool { return !s.Asked })
}

// ForJob returns the steps of a job of the kind with the input. A job that applies a
// spec clears cached answers too, if its input says so: once everything is in place
// and before it is tested from outside, or after what is not wanted is removed. It
// lowers the TTL of the old record, beside the rest, if its input says so.
func ForJob(kind setup.JobKind, input setup.JobInput) []Step {
	list := For(kind)
	if kind == setup.JobApply && input.LowerTTL {
		lower, dns := ttlStep(), dnsStep().ID
		i := slices.IndexFunc(list, func(s Step) bool { return s.ID == dns })
		list[i].Needs = append(slices.Clone(list[i].Needs), lower.ID)
		list = slices.Insert(list, i, lower)
	}
	if kind != setup.JobApply || len(input.Paths) == 0 {
		return list
	}
	clear, preview, remove := invalidationStep(), previewStep().ID, removeStep().ID
	if input.ClearLast {
		clear.Needs = []setup.StepID{remove}
		return append(list, clear)
	}
	i := slices.IndexFunc(list, func(s Step) bool { return s.ID == preview })
	clear.Needs = list[i].Needs
	list[i].Needs = append(slices.Clone(list[i].Needs), clear.ID)
	return slices.Insert(list, i, clear)
}

// Find returns the step with the ID; false if there is none.
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
	Needs   []setup.StepID // without skipped steps; each is replaced by what stands in for it
	Skip    string         // why the step is skipped; "" if the spec needs it
}

// Rows returns the steps of a job for a spec, if it clears nothing beside.
func Rows(kind setup.JobKind, spec setup.Spec) []Row { return RowsOf(WithEdge(For(kind), spec), spec) }

// JobRows returns the steps of a job with an input for a spec.
func JobRows(kind setup.JobKind, input setup.JobInput, spec setup.Spec) []Row {
	return RowsOf(WithEdge(ForJob(kind, input), spec), spec)
}

// Needed returns the steps of a list without the rare ones that the spec does not
// need. What needed one of those needs what stands in for it.
func Needed(list []Step, spec setup.Spec) []Step {
	var needed []Step
	left := map[setup.StepID]Step{}
	for _, s := range list {
		if s.Rare && s.Applies != nil && !applies(s, spec) {
			left[s.ID] = s
			continue
		}
		needed = append(needed, s)
	}
	for i, s := range needed {
		needed[i].Needs = inPlaceOf(nil, s.Needs, left)
	}
	return needed
}

// inPlaceOf adds needs to a list, each once, and in place of a step that is left out what
// stands in for it.
func inPlaceOf(list, needs []setup.StepID, left map[setup.StepID]Step) []setup.StepID {
	for _, id := range needs {
		s, out := left[id]
		switch {
		case !out:
			if !slices.Contains(list, id) {
				list = append(list, id)
			}
		case s.Instead != "":
			list = inPlaceOf(list, []setup.StepID{s.Instead}, left)
		default:
			list = inPlaceOf(list, s.Needs, left)
		}
	}
	return list
}

// RowsOf returns the rows of the given steps for a spec. A rare step that it does not
// need has none.
func RowsOf(list []Step, spec setup.Spec) []Row {
	list = Needed(list, spec)
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
			// A step that stands in for a skipped one does not need it.
			if standsIn := byID[id].Instead == s.ID && skip[id] != ""; !standsIn {
				r.Needs = appendNeed(r.Needs, id, byID, skip)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// appendNeed adds the step id to the needs. If that step is skipped, it adds
// the step that stands in for it, or the steps that it needs.
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
