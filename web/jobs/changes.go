package jobs

import (
	"cmp"
	"strings"

	"apifront/setup"
)

// changeRows say what an attempt found to differ from what is wanted, and what
// was not wanted any more.
func changeRows(a setup.Attempt) (rows []CallRow) {
	for _, c := range a.Changes {
		rows = append(rows, CallRow{Change: changeWords(c, a.State)})
	}
	for _, r := range a.Removals {
		rows = append(rows, CallRow{Change: removalWords(r)})
	}
	return rows
}

// changeWords is a change of an attempt in that state. Only one that is done has
// seen that all is as wanted.
func changeWords(c setup.Change, state setup.StepState) string {
	verb := " is to become "
	if state == setup.StepDone {
		verb = " became "
	}
	return c.Field + ": " + cmp.Or(c.Is, "nothing") + verb + cmp.Or(c.Want, "nothing")
}

// removalWords says what became of something that is not wanted any more.
func removalWords(r setup.Removal) string {
	text := r.Name() + " is to be removed. "
	switch {
	case r.Gone:
		text = r.Name() + " was removed. "
	case r.Stays:
		text = r.Name() + " stays. "
	}
	return strings.TrimSpace(text + r.Why)
}
