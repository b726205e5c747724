package setup

import "time"

// A Checkup is one check of a setup: each step of its newest revision observed,
// and the name asked from outside. It only looks. Pages call it a check.
type Checkup struct {
	ID       string // UUIDv7
	SetupID  string
	Revision int         // that things were compared with
	Reason   CheckReason // why it was made
	By       Person      // who asked for it; empty unless Reason is CheckByPerson
	AskedAt  time.Time
	DueAt    time.Time // it does not begin before
	DoneAt   time.Time // zero if it has not ended
	Result   CheckResult
	Sight    Sight    // what was seen as a whole
	Problem  *Problem // why it could not run, or why callers get no right answer; nil otherwise
	Findings int      // how many were open when it ended

	// Lines are what each step and look showed, in their order. A healthy check by
	// itself keeps none; all others lose them after a week.
	Lines []CheckLine
}

// Open says whether the check has yet to end.
func (c Checkup) Open() bool { return c.DoneAt.IsZero() }

// CheckReason is why a check is made.
type CheckReason string

// The reasons of checks.
const (
	CheckByPerson CheckReason = "person" // somebody asked
	CheckAfterJob CheckReason = "job"    // a job has ended
	CheckAgain    CheckReason = "again"  // the name did not answer, so it is asked once more
)

// CheckResult is how a check ended.
type CheckResult string

// The results of checks.
const (
	CheckHealthy  CheckResult = "healthy"  // everything is as the revision wants it
	CheckFindings CheckResult = "findings" // something is not
	CheckCouldNot CheckResult = "unknown"  // AWS could not be asked; Problem says why
	CheckEnded    CheckResult = "ended"    // a job began meanwhile, so what was seen means nothing
)

// Told says whether the check says how things stand.
func (r CheckResult) Told() bool { return r == CheckHealthy || r == CheckFindings }

// A Sight is what a check saw of the name as a whole.
type Sight struct {
	Here    Whether `json:"here"`    // DNS leads to the setup's distribution
	Answers Whether `json:"answers"` // every path gave the right answer through CloudFront
}

// Whether is yes, no, or not known.
type Whether string

// The values of Whether.
const (
	Unknown Whether = ""
	Yes     Whether = "yes"
	No      Whether = "no"
)

// YesIf is Yes or No.
func YesIf(yes bool) Whether {
	if yes {
		return Yes
	}
	return No
}

// The results of a CheckLine.
const (
	LineRight   = "right"
	LineWrong   = "wrong"
	LineRemark  = "remark"  // worth knowing, and no fault
	LineUnknown = "unknown" // could not be seen; Text says why
)

// A CheckLine is what one step or look of a check showed.
type CheckLine struct {
	StepID StepID        `json:"step"`
	Title  string        `json:"title"` // what was looked at
	Result string        `json:"result"`
	Text   string        `json:"text"`
	Took   time.Duration `json:"took"`
}

// A Finding is one thing that is not as the setup's revision wants it. It opens
// with the first check that sees it, stays while checks see it, and closes with
// the first that does not.
type Finding struct {
	ID       string // UUIDv7
	SetupID  string
	Revision int // that it was last compared with
	FindingBody
	Since    time.Time // when a check first saw it
	SeenAt   time.Time // when one last saw it
	ClosedAt time.Time // zero while it is open
	MutedBy  Person    // who muted it until it changes; empty: nobody did
	MutedAt  time.Time // zero: it is not muted
}

// A FindingBody is what a finding says.
type FindingBody struct {
	Key     string  `json:"key"` // the same from check to check: step and field, or step and setting
	StepID  StepID  `json:"step"`
	Part    Part    `json:"part,omitempty"`    // of the request's path
	Setting Setting `json:"setting,omitempty"` // which is wrong; "" if it has no name of its own
	Title   string  `json:"title"`             // a sentence: what is not right
	Field   string  `json:"field,omitempty"`   // as AWS names it; "" if no field is compared
	Is      string  `json:"is,omitempty"`
	Want    string  `json:"want,omitempty"`

	// Effect is what callers get, as it was seen from outside; nil: nothing was seen
	// there.
	Effect *Problem `json:"effect,omitempty"`
	Paths  []string `json:"paths,omitempty"` // of the mappings that it is about; none: all

	// Repair says that a job of the same revision puts it right. If not, Fix says
	// what a person does.
	Repair bool   `json:"repair,omitempty"`
	Fix    string `json:"fix,omitempty"`
	Passes bool   `json:"passes,omitempty"` // it goes away by waiting
}

// Muted says whether somebody muted the finding as it is now.
func (f Finding) Muted() bool { return !f.MutedAt.IsZero() }

// StateID is the state of a setup: what is true for callers now.
type StateID string

// The states of a setup, in the order in which the first that applies counts.
const (
	StateBeingMade    StateID = "being-made"
	StateBeingChanged StateID = "being-changed"
	StateNotFinished  StateID = "not-finished"  // nothing was ever in place, and no job is at work
	StateNotChecked   StateID = "not-checked"   // the last two checks could not run
	StateNotAnswering StateID = "not-answering" // DNS leads here, and two checks in a row got no right answer
	StateMovedBack    StateID = "moved-back"    // the old record was put back here
	StateReady        StateID = "ready"         // all is made, and DNS does not lead to it
	StateDrifted      StateID = "drifted"       // something is not as the revision wants it
	StateServing      StateID = "serving"
)

// A State is the state of a setup since a time.
type State struct {
	ID    StateID
	Job   int64     // the job at work; 0: none
	Since time.Time // zero: not known
}
