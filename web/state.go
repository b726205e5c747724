package web

import (
	"strconv"

	"apifront/setup"
)

// StateMark is the icon of a setup's state.
func StateMark(s setup.StateID) string {
	switch s {
	case setup.StateBeingMade, setup.StateBeingChanged, setup.StateBeingGone:
		return "running"
	case setup.StateNotFinished, setup.StateNotAnswering:
		return "failed"
	case setup.StateGone, setup.StateGivenBack:
		return "stop"
	case setup.StateNotChecked:
		return "unsure"
	case setup.StateMovedBack:
		return "back"
	case setup.StateReady:
		return "ready"
	case setup.StateDrifted:
		return "you"
	case setup.StateServing:
		return "done"
	}
	return "wait"
}

// StateWord is the words for a setup's state.
func StateWord(s setup.State) string {
	switch s.ID {
	case setup.StateBeingMade:
		return "Being made by job " + strconv.FormatInt(s.Job, 10)
	case setup.StateBeingChanged:
		return "Being changed by job " + strconv.FormatInt(s.Job, 10)
	case setup.StateBeingGone:
		return "Being taken down by job " + strconv.FormatInt(s.Job, 10)
	case setup.StateNotFinished:
		return "Not finished"
	case setup.StateGone:
		return "Taken down"
	case setup.StateGivenBack:
		return "Given back"
	case setup.StateNotChecked:
		return "Not checked"
	case setup.StateNotAnswering:
		return "Not answering"
	case setup.StateMovedBack:
		return "Moved back"
	case setup.StateReady:
		return "Ready, traffic not moved"
	case setup.StateDrifted:
		return "Drifted"
	case setup.StateServing:
		return "Serving"
	}
	return "Not known"
}
