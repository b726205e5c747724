package flow

import (
	"fmt"
	"time"

	"apifront/setup"
)

// An Outcome is how a pass ended. A step that ends waiting (for its turn),
// running (AWS still works) or needs-you is looked at again after After. A step
// that ends done or failed is not, and After means nothing.
type Outcome struct {
	State   setup.StepState
	Summary string
	Problem *setup.Problem
	Records []setup.Record
	After   time.Duration
	Limit   string // waiting: what AWS allows, where the step waits in apifront's own line; "": it does not
	// Held is how long calls of the pass waited for their turn on the spot.
	Held    setup.TurnWait
	Learned bool // After comes from earlier jobs, so it is at AWS's own pace
	Retry   bool // running: this attempt failed, and another begins after After by itself
	// AccountID is the account of the job's connection, if the pass asked for
	// it. Job and setup keep the first one that is known.
	AccountID string
	// What differed from the settings when the pass began, and what was there
	// that the settings do not want any more. The attempt keeps both.
	Changes  []setup.Change
	Removals []setup.Removal
	Seen     *setup.Seen // what the pass saw from outside; the attempt keeps it
	// Tells is what people outside are told when the step is done after a wait; "":
	// nothing.
	Tells setup.NoticeEvent
}

// Failed is the outcome that ends a step as failed, with the problem to show.
func Failed(p *setup.Problem) Outcome {
	return Outcome{State: setup.StepFailed, Summary: p.What, Problem: p}
}

// A Sight is what a pass has seen of a step's resource.
type Sight struct {
	What    Seen
	Outcome        // its Summary, Records, AccountID, Changes and Removals; After, if the step says when to look again; Problem, if the step says why it fails
	Applied bool   // the pass changed something in AWS
	InVain  bool   // Applied: AWS refused it for now
	Sure    bool   // pending, or for a person to act: Problem is what is wrong now, and is shown while the step waits
	Title   string // of the step
	Wait    Wait
	Begun   time.Duration // since the step began
	Pending time.Duration // since a pass first saw AWS still working
}

// Seen is the kind of a Sight.
type Seen int

// The kinds of Sight.
const (
	SeenReady   Seen = iota + 1 // everything is as wanted
	SeenForeign                 // apifront did not make what is there
	SeenPerson                  // somebody must do something
	SeenPending                 // AWS still works, or does not show the change yet
)

// Observed returns the outcome of a pass that could see how things stand.
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
		o.State, o.After, o.Problem = setup.StepNeedsYou, First(s.After, Patient(s.Wait.Every, s.Begun)), s.meanwhile()
	default:
		if limit := First(s.Wait.Limit, defaultLimit); s.Pending >= limit {
			o.State, o.Problem = setup.StepFailed, s.Problem
			if o.Problem == nil {
				o.Problem = tookTooLong(s, limit)
			}
			return o
		}
		o.State, o.After, o.Problem = setup.StepRunning, First(s.After, Patient(early(s.Wait, s.Pending), s.Pending)), s.meanwhile()
		after, learned := expected(s.Wait, s.Pending, s.InVain)
		switch {
		case s.After > 0:
			o.After = s.After
		case learned:
			o.After, o.Learned = after, true
		case s.InVain:
			o.After = later(s.Wait, s.Pending)
		case s.Applied:
			o.After = First(s.Wait.Settle, s.Wait.Every)
		}
	}
	return o
}

// meanwhile is what is wrong while the step goes on looking; nil: nothing that
// is known.
func (s Sight) meanwhile() *setup.Problem {
	if !s.Sure || s.Problem == nil {
		return nil
	}
	p := *s.Problem
	p.Meanwhile = true
	return &p
}

func tookTooLong(s Sight, limit time.Duration) *setup.Problem {
	return &setup.Problem{
		What: fmt.Sprintf("%s was not finished after %s.", s.Title, limit),
		Why:  fmt.Sprintf("It usually takes %s. When last looked at: %s", s.Wait.Usual, s.Summary),
		Fix:  "Re-run the step to go on waiting; nothing is made twice.",
		Code: "TookTooLong",
	}
}
