package setup

import "time"

// A Checkup is one check of a setup: each step of its newest revision observed,
// and the name asked from outside. It only looks. Pages call it a check.
type Checkup struct {
	ID       string // UUIDv7
	SetupID  string
	Revision int         // that things were compared with
	Reason   CheckReason // why it was made
	By       Person      // who asked for it; empty unless Reason is CheckByPerson or CheckOfMany
	AskedAt  time.Time
	DueAt    time.Time // it does not begin before
	BegunAt  time.Time // when a worker took it; zero if none has, or nobody knows
	DoneAt   time.Time // zero if it has not ended
	HeldTo   time.Time // until then a worker is at it, unless it says so again; zero: none is
	Result   CheckResult
	Sight    Sight    // what was seen as a whole
	Problem  *Problem // why it could not run, or why callers get no right answer; nil otherwise
	Findings int      // how many were open when it ended

	// Times is how many equal checks it stands for, and FirstAt when the first of
	// them ended; zero where it is the only one.
	Times   int
	FirstAt time.Time

	// Lines are what each step and look showed, in their order. A healthy check by
	// itself keeps none; all others lose them after a week.
	Lines []CheckLine
}

// Held says whether a worker is at the check.
func (c Checkup) Held(now time.Time) bool { return c.Open() && c.HeldTo.After(now) }

// Open says whether the check has yet to end.
func (c Checkup) Open() bool { return c.DoneAt.IsZero() }

// CheckReason is why a check is made.
type CheckReason string

// The reasons of checks.
const (
	CheckByPerson   CheckReason = "person"   // somebody asked
	CheckOfMany     CheckReason = "many"     // somebody asked for those of many setups at once
	CheckAfterJob   CheckReason = "job"      // a job has ended
	CheckAgain      CheckReason = "again"    // the name did not answer, so it is asked once more
	CheckBySchedule CheckReason = "schedule" // its hour has come
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

	// Nowhere says that the revision leads callers to the distribution, and DNS
	// knows no address of the name at all.
	Nowhere bool `json:"nowhere,omitempty"`

	// Back says that the records which traffic was moved away from stand again, and
	// no job has put them back.
	Back bool `json:"back,omitempty"`
}

// Silent says whether callers of the name get no right answer.
func (s Sight) Silent() bool { return s.Nowhere || s.Here == Yes && s.Answers == No }

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
	Asked  []Asked       `json:"asked,omitempty"` // what it asked and was answered
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
	Repair bool    `json:"repair,omitempty"`
	Fix    string  `json:"fix,omitempty"`
	Passes bool    `json:"passes,omitempty"` // it goes away by waiting
	Record *Record `json:"record,omitempty"` // that a person adds or mends, as it should be; nil: it is about none
	Beside bool    `json:"beside,omitempty"` // it stands beside any state, since callers are served all the same

	Evidence []Asked `json:"evidence,omitempty"` // by which the newest check that saw it knows

	// Trail is who made it so, as CloudTrail says. It is stored beside the rest; nil:
	// CloudTrail was not asked.
	Trail *Trail `json:"-"`

	// There is the mapping that is there, of a finding about one; nil: there is none.
	// Added says that somebody added it and nothing of ours is wrong: a job removes it
	// only if a person chose so by its name.
	There *StandingMapping `json:"there,omitempty"`
	Added bool             `json:"added,omitempty"`

	// Fits says of a certificate that is there that it is issued and covers the name.
	Fits bool `json:"fits,omitempty"`
}

// A StandingMapping is a mapping as API Gateway has it. Without Kind, nothing is
// known of its API.
type StandingMapping struct {
	Mapping
	ID     string `json:"id"`
	Via    string `json:"via"` // as AttrVia
	Region string `json:"region"`
}

// Muted says whether somebody muted the finding as it is now.
func (f Finding) Muted() bool { return !f.MutedAt.IsZero() }

// Counts says whether the finding counts for the state of its setup.
func (f Finding) Counts() bool { return !f.Muted() && !f.Passes && !f.Beside }

// StateID is the state of a setup: what is true for callers now.
type StateID string

// The states of a setup, in the order in which the first that applies counts.
const (
	StateBeingMade    StateID = "being-made"
	StateBeingChanged StateID = "being-changed"
	StateBeingGone    StateID = "being-taken-down"
	StateNotFinished  StateID = "not-finished"  // nothing was ever in place, and no job is at work
	StateGone         StateID = "taken-down"    // a job has deleted what apifront made
	StateGivenBack    StateID = "given-back"    // it was adopted, and apifront looks after it no more; all is left as it is
	StateNotChecked   StateID = "not-checked"   // the last two checks could not run, or none has looked since it was adopted
	StateNotAnswering StateID = "not-answering" // DNS leads here or nowhere, and two checks in a row got no right answer
	StateMovedBack    StateID = "moved-back"    // the old record was put back here
	StateReady        StateID = "ready"         // all is made, and DNS does not lead to it
	StateDrifted      StateID = "drifted"       // something is not as the revision wants it
	StateServing      StateID = "serving"
)

// StateIDs are all states, in that order.
func StateIDs() []StateID {
	return []StateID{
		StateBeingMade, StateBeingChanged, StateBeingGone, StateNotFinished, StateGone, StateGivenBack, StateNotChecked,
		StateNotAnswering, StateMovedBack, StateReady, StateDrifted, StateServing,
	}
}

// Over says whether apifront looks after nothing of the setup any more.
func (s StateID) Over() bool { return s == StateGone || s == StateGivenBack }

// A State is the state of a setup since a time.
type State struct {
	ID    StateID
	Job   int64     // the job at work; 0: none
	Since time.Time // zero: not known
}
