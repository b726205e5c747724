package jobs

import (
	"cmp"
	"slices"
	"strings"

	"apifront/setup"
)

// changeRows say what the attempt n found to differ from what is wanted, and
// what was not wanted any more.
func changeRows(n int, attempts []setup.Attempt) (rows []CallRow) {
	i := slices.IndexFunc(attempts, func(a setup.Attempt) bool { return a.Number == n })
	if i < 0 {
		return nil
	}
	for _, c := range attempts[i].Changes {
		rows = append(rows, CallRow{Change: changeWords(c, attempts[i].State)})
	}
	for _, r := range attempts[i].Removals {
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
