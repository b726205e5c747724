package flow

import (
	"cmp"
	"fmt"
	"reflect"
	"time"

	"apifront/setup"
)

// A Run is how far the work on one step has come.
type Run struct {
	State   setup.StepState
	Summary string
	Records []setup.Record

	Attempt int    // number of the last attempt; 0 if there was none
	Open    bool   // the last attempt has not ended
	By      string // who asked for the attempt that begins next
	Tries   int    // attempts in a row that failed for a reason that may pass by itself

	StartedAt    time.Time
	PendingSince time.Time // since when AWS works on the last change; zero if it does not
	FinishedAt   time.Time // zero if the step has not ended
	NextAt       time.Time // when the worker looks at the step next; zero if not before somebody acts
	Turn         setup.TurnWait
}

// A Change is what one act makes of a step.
type Change struct {
	Run                    // the step from now on
	Opened bool            // an attempt began
	Closed setup.StepState // how the open attempt ended; "" if none did
	Text   string          // the sentence for the job's events; "" for none
}

// Begin returns what the begin of a pass makes of a step.
func Begin(r Run, now time.Time) Change {
	c := Change{Run: r}
	if !r.Open {
		c.Opened, c.Open, c.Attempt, c.Turn = true, true, r.Attempt+1, setup.TurnWait{}
		c.Text = fmt.Sprintf("Attempt %d began, started by %s.", c.Attempt, r.By)
		if r.StartedAt.IsZero() {
			c.StartedAt = now
		}
	}
	c.By = setup.WorkerName
	if !c.Turn.Since.IsZero() {
		c.Turn.Waited += max(now.Sub(c.Turn.Since), 0)
		c.Turn.Since = time.Time{}
	}
	if r.State == setup.StepWaiting {
		c.State = setup.StepRunning
		if c.Text == "" {
			c.Text = goesOn
		}
	}
	return c
}

// heldTold is from when on it is told that calls waited for their turn on the spot. Most
// wait for parts of a second, which says nothing.
const heldTold = 2 * time.Second

// Settle returns what the outcome of a pass makes of a step. The error says
// that a pass cannot end in this state.
func Settle(r Run, o Outcome, now time.Time) (Change, error) {
	c := Change{Run: r}
	c.State, c.Summary, c.Records = o.State, o.Summary, o.Records
	c.NextAt, c.Tries, c.FinishedAt = now.Add(o.After), 0, time.Time{}
	if o.Held.Waited >= heldTold {
		c.Turn.Waited += o.Held.Waited
		c.Turn.Limit = cmp.Or(c.Turn.Limit, o.Held.Limit)
	}
	if o.Limit != "" {
		c.Turn.Limit, c.Turn.Since = o.Limit, now
	}
	switch o.State {
	case setup.StepDone, setup.StepFailed:
		c.close(o.State)
		c.NextAt, c.FinishedAt, c.PendingSince = time.Time{}, now, time.Time{}
	case setup.StepRunning:
		switch {
		case o.Retry:
			c.close(setup.StepFailed)
			c.Tries = r.Tries + 1
		case r.PendingSince.IsZero():
			c.PendingSince = now
		}
	case setup.StepNeedsYou:
		c.PendingSince = time.Time{}
	case setup.StepWaiting:
		c.Tries = r.Tries
	case setup.StepSkipped, setup.StepCancelled:
		return Change{}, fmt.Errorf("a pass cannot end %s", o.State)
	default:
		return Change{}, fmt.Errorf("a pass cannot end %q", o.State)
	}
	// A step that shows records tells of every look, since the page shows how
	// old the look is. Other steps tell only of a change.
	if r.State != o.State || r.Summary != o.Summary || !same(r.Records, o.Records) || o.Retry || o.State == setup.StepNeedsYou {
		c.Text = stepSentence(o)
	}
	return c, nil
}

// Cancel returns what a cancel of the job makes of a step that has not ended.
func Cancel(r Run, by string, now time.Time) Change {
	c := Change{Run: r, Text: "Cancelled by " + by + "."}
	c.close(setup.StepCancelled)
	c.State, c.NextAt, c.FinishedAt = setup.StepCancelled, time.Time{}, now
	return c
}

// Reset returns a step that waits for a new attempt, which a person asked for.
// Of the old run, only the number of the last attempt stays.
func Reset(r Run, by string) Change {
	c := Change{Run: r, Text: "Re-run by " + by + "."}
	c.close(setup.StepCancelled)
	c.Run = Run{State: setup.StepWaiting, Attempt: r.Attempt, By: by}
	return c
}

// close ends the attempt, if one is open.
func (c *Change) close(state setup.StepState) {
	if c.Open {
		c.Open, c.Closed = false, state
	}
}

// same says whether two lists of records are equal; nil and empty are.
func same(a, b []setup.Record) bool {
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}

// goesOn is the sentence for a step that goes on, when nothing more is known.
const goesOn = "Goes on."

// stepSentence is the sentence for a step after this outcome.
func stepSentence(o Outcome) string {
	text := ""
	switch o.State {
	case setup.StepDone:
		text = "Done"
	case setup.StepFailed:
		text = "Failed"
	case setup.StepNeedsYou:
		text = "Waits for a person"
	case setup.StepWaiting:
		text = "Waits for its turn"
	case setup.StepRunning, setup.StepSkipped, setup.StepCancelled:
		return cmp.Or(o.Summary, goesOn)
	}
	if o.Problem != nil {
		return text + ": " + o.Problem.What
	}
	if o.Summary == "" {
		return text + "."
	}
	return text + ": " + o.Summary
}
