package flow

import (
	"fmt"
	"maps"
	"slices"

	"apifront/setup"
)

// A Refusal says why somebody cannot do this to a job in its present state.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Rerun returns the steps that a re-run of one step alone takes along: only
// that step. It must have failed or been cancelled, and no step that it needs,
// directly or indirectly, may be failed or cancelled. The error is a Refusal.
func Rerun(list []setup.Step, id setup.StepID) (map[setup.StepID]bool, error) {
	s := find(list, id)
	if !stopped(s) {
		return nil, Refusal("it is " + string(s.State))
	}
	before := ancestors(list, map[setup.StepID]bool{id: true})
	for _, n := range list {
		if stopped(n) && before[n.ID] {
			return nil, Refusal(fmt.Sprintf("it needs step %s, which is %s", n.ID, n.State))
		}
	}
	return map[setup.StepID]bool{id: true}, nil
}

// RerunFrom returns the steps that a re-run from a step on takes along: the
// step itself, which must have ended, all steps that need it, and those failed
// or cancelled steps without which they could not begin. The error is a
// Refusal.
func RerunFrom(list []setup.Step, id setup.StepID) (map[setup.StepID]bool, error) {
	return RerunFromAll(list, []setup.StepID{id})
}

// RerunFromAll is RerunFrom for several steps at once.
func RerunFromAll(list []setup.Step, ids []setup.StepID) (map[setup.StepID]bool, error) {
	again := map[setup.StepID]bool{}
	for _, id := range ids {
		switch s := find(list, id); s.State {
		case setup.StepDone, setup.StepFailed, setup.StepCancelled:
		case setup.StepWaiting, setup.StepRunning, setup.StepNeedsYou, setup.StepSkipped:
			return nil, Refusal("it is " + string(s.State))
		}
		maps.Copy(again, followers(list, id))
	}
	before := ancestors(list, again)
	for _, n := range list {
		if before[n.ID] && stopped(n) {
			again[n.ID] = true
		}
	}
	return again, nil
}

func stopped(s setup.Step) bool {
	return s.State == setup.StepFailed || s.State == setup.StepCancelled
}

// find returns the step with the ID, or a waiting step with that ID if there is
// none.
func find(list []setup.Step, id setup.StepID) setup.Step {
	for _, s := range list {
		if s.ID == id {
			return s
		}
	}
	return setup.Step{ID: id, State: setup.StepWaiting}
}

// followers returns the step and all steps that need it, directly or
// indirectly.
func followers(list []setup.Step, id setup.StepID) map[setup.StepID]bool {
	set := map[setup.StepID]bool{id: true}
	for grown := true; grown; {
		grown = false
		for _, s := range list {
			if !set[s.ID] && slices.ContainsFunc(s.Needs, func(need setup.StepID) bool { return set[need] }) {
				set[s.ID], grown = true, true
			}
		}
	}
	return set
}

// ancestors returns all that the steps of the set need, directly or indirectly.
func ancestors(list []setup.Step, set map[setup.StepID]bool) map[setup.StepID]bool {
	before := map[setup.StepID]bool{}
	for grown := true; grown; {
		grown = false
		for _, s := range list {
			if !set[s.ID] && !before[s.ID] {
				continue
			}
			for _, id := range s.Needs {
				if !before[id] {
					before[id], grown = true, true
				}
			}
		}
	}
	return before
}
