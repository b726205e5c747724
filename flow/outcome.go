package flow

import (
	"fmt"
	"time"

	"apifront/setup"
)

// An Outcome is how a pass ended. Needed fields depend on the state: waiting
// (for its turn), running (AWS is at it) and needs-you look again after After;
// done, failed do not.
type Outcome struct {
	State   setup.StepState
	Summary string
	Problem *setup.Problem
	Records []setup.Record
	After   time.Duration
	Retry   bool // running: this attempt failed, and another begins after After by itself
	// AccountID is the account of the job's connection, where the pass has
	// asked. Job and setup keep the first one that is known.
	AccountID string
	// What differed from what is wanted when the pass began, and what was not
	// wanted any more. The attempt keeps both.
	Changes  []setup.Change
	Removals []setup.Removal
}

// Failed ends the step.
func Failed(p *setup.Problem) Outcome {
	return Outcome{State: setup.StepFailed, Summary: p.What, Problem: p}
}

// A Sight is what a pass has seen.
type Sight struct {
	What    Seen
	Outcome        // Summary, Records, AccountID, Changes, Removals; After, if the step says when to look again; Problem, if it says why it fails
	Applied bool   // something was changed within the pass
	Title   string // of the step
	Wait    Wait
	Begun   time.Duration // since the step began
	Pending time.Duration // since AWS was first seen to be at it
}

// Seen is what of it counts.
type Seen int

// What is seen.
const (
	SeenReady   Seen = iota + 1 // as wanted
	SeenForeign                 // there is something that is not ours
	SeenPerson                  // somebody must do something
	SeenPending                 // AWS is at it, or what was asked for is not seen yet
)

// Observed is the outcome of what was seen.
func Observed(s Sight) Outcome {
	o := Outcome{Summary: s.Summary, Records: s.Records, AccountID: s.AccountID, Changes: s.Changes, Removals: s.Removals}
	switch s.What {
	case SeenReady:
		o.State = setup.StepDone
	case SeenForeign:
		o.State, o.Problem = setup.StepFailed, s.Problem
		if o.Problem == nil {
			o.Problem = &setup.Problem{
				What: fmt.Sprintf("%s stopped at something that apifront did not make.", s.Title),
				Why:  "apifront never changes what it does not own. " + s.Summary,
				Fix:  "Remove it or choose another name, then re-run the step.",
				Code: "Foreign",
			}
		}
	case SeenPerson:
		o.State, o.After = setup.StepNeedsYou, First(s.After, Patient(s.Wait.Every, s.Begun))
	default:
		if limit := First(s.Wait.Limit, defaultLimit); s.Pending >= limit {
			o.State, o.Problem = setup.StepFailed, s.Problem
			if o.Problem == nil {
				o.Problem = tookTooLong(s, limit)
			}
			return o
		}
		o.State, o.After = setup.StepRunning, First(s.After, Patient(early(s.Wait, s.Pending), s.Pending))
		if s.Applied {
			o.After = First(s.After, s.Wait.Settle, s.Wait.Every)
		}
	}
	return o
}

func tookTooLong(s Sight, limit time.Duration) *setup.Problem {
	return &setup.Problem{
		What: fmt.Sprintf("%s was not finished after %s.", s.Title, limit),
		Why:  fmt.Sprintf("It usually takes %s. When last looked at: %s", s.Wait.Usual, s.Summary),
		Fix:  "Re-run the step to go on waiting; nothing is made twice.",
		Code: "TookTooLong",
	}
}
