package setup

import (
	"strings"
	"time"
)

// JobKind is what a job does.
type JobKind string

// The kinds of job.
const (
	JobApply      JobKind = "apply"      // create or change
	JobInvalidate JobKind = "invalidate" // clear cached answers
	JobRestore    JobKind = "restore"    // put back the DNS record that the traffic record replaced
	JobTeardown   JobKind = "teardown"   // delete what apifront made for the setup
)

// JobState is the state of a job.
type JobState string

// The states of a job.
const (
	JobRunning   JobState = "running"   // steps run, or wait for AWS
	JobNeedsYou  JobState = "needs-you" // a step waits for a person; others may run
	JobSucceeded JobState = "succeeded"
	JobFailed    JobState = "failed" // a step failed and nothing else can go on
	JobCancelled JobState = "cancelled"
)

// JobStates are all states of a job.
func JobStates() []JobState {
	return []JobState{JobRunning, JobNeedsYou, JobSucceeded, JobFailed, JobCancelled}
}

// Active says whether the job may still change by itself.
func (s JobState) Active() bool {
	return s == JobRunning || s == JobNeedsYou
}

// A Job is one execution on a setup.
type Job struct {
	ID         int64 // the job's number, from 1
	SetupID    string
	SetupName  string // the domain name
	Revision   int    // number of the setup's revision that it carries out; never changes
	Kind       JobKind
	State      JobState
	Input      JobInput
	Connection string
	AccountID  string
	Region     string
	CreatedBy  Person
	CreatedAt  time.Time
	StartedAt  time.Time // zero if it has not started
	FinishedAt time.Time // zero if it has not ended
	Seq        int64     // number of its last event
	Failed     int       // steps that failed and were not re-run
	NeedsYou   int       // steps that wait for a person
}

// JobInput is what a job needs to know beyond the setup's spec.
type JobInput struct {
	Paths   []string `json:"paths,omitempty"`    // paths to clear, such as "/*"; JobApply: beside its changes
	PutBack bool     `json:"put_back,omitempty"` // JobApply: it puts back what a check found to differ

	// ClearLast says that a JobApply clears the paths at its end, and not before it
	// tests from outside.
	ClearLast bool `json:"clear_last,omitempty"`

	// NewSecret says that a JobApply changes the secret of the origin's header to the one
	// that was made for it.
	NewSecret bool `json:"new_secret,omitempty"`

	// LowerTTL says that a JobApply lowers the TTL of the old record, and waits for
	// it, before it moves traffic.
	LowerTTL bool `json:"lower_ttl,omitempty"`

	// GoOn is that a person lets the job go on at a step that asked.
	GoOn *GoOn `json:"go_on,omitempty"`

	// Reason is why a person put the old record back, in their own words.
	Reason string `json:"reason,omitempty"`
}

// A GoOn is the decision of a person to go on where a step asked.
type GoOn struct {
	Step StepID    `json:"step"`
	By   Person    `json:"by"`
	At   time.Time `json:"at"`
	Was  string    `json:"was"` // what the step asked about: "38 requests a minute still reach CloudFront."
}

// Words say who went on, and in spite of what.
func (g *GoOn) Words() string {
	return g.By.Name + " went on: " + strings.TrimSuffix(g.Was, ".")
}

// StepState is the state of a step of a job.
type StepState string

// The states of a step. While AWS works on its change a step is running, even
// when the worker sleeps between two looks.
const (
	StepWaiting   StepState = "waiting" // for the steps it needs, or for its turn
	StepRunning   StepState = "running"
	StepDone      StepState = "done"
	StepFailed    StepState = "failed"
	StepNeedsYou  StepState = "needs-you" // waits for a person; the worker looks again by itself
	StepSkipped   StepState = "skipped"   // the step does not apply to this spec
	StepCancelled StepState = "cancelled"
)

// Finished says whether steps that need this one may start.
func (s StepState) Finished() bool { return s == StepDone || s == StepSkipped }

// A StepID names a step: its file, its row on pages, its events. Only package
// steps writes such IDs in its code. Other packages take them from a step's
// definition or from the store.
type StepID string

// Part is the part of a request's path that a step works on.
type Part string

// The parts, in the order in which a request passes them.
const (
	PartName    Part = "name"    // from the client to CloudFront: DNS
	PartEdge    Part = "edge"    // CloudFront and its certificate
	PartOrigin  Part = "origin"  // from CloudFront to API Gateway
	PartGateway Part = "gateway" // API Gateway: certificate, custom domain, paths
)

// StepMark marks the steps about which pages say more than about others. It
// tells what the step does.
type StepMark string

// The marks of steps.
const (
	MarkValidation StepMark = "validation" // its records prove to ACM that the name belongs to the account's owner
	MarkPreview    StepMark = "preview"    // it sends a request for the name to CloudFront before clients do
	MarkTraffic    StepMark = "traffic"    // its records lead clients to CloudFront
	MarkRegional   StepMark = "regional"   // its record leads clients to the Regional endpoint of the custom domain
	MarkLive       StepMark = "live"       // it sends a request for the name as clients do
	MarkTTL        StepMark = "ttl"        // it lowers the TTL of the records that lead clients today
	MarkLeave      StepMark = "leave"      // it leads clients away from CloudFront
	MarkOff        StepMark = "off"        // it switches the distribution off
)

// A Step is one step of a job as it is stored: its state and what happened so
// far. Package steps defines under the same ID what the step does.
type Step struct {
	JobID      int64
	ID         StepID // such as "certificate-edge"
	Number     int    // its place among the steps that run, from 1; 0: it is skipped
	Title      string
	Service    string // "ACM", "CloudFront", …; pages show it under the title
	State      StepState
	Needs      []StepID  // the steps it waits for
	Attempt    int       // number of the current attempt; 0: not started
	Summary    string    // one line: what is there, or why the step waits or was skipped
	Problem    *Problem  // of the last attempt; nil if none
	Records    []Record  // DNS records for a person to add, with what was seen of them
	CheckedAt  time.Time // time of the last look; zero: none yet
	NextAt     time.Time // time of the next look; zero: none planned
	StartedAt  time.Time // zero if it has not started
	FinishedAt time.Time // zero if it has not ended
	Turn       TurnWait  // in the last attempt
}

// A TurnWait is how long a step waited in apifront's own line, where all jobs take
// turns at calls that AWS limits.
type TurnWait struct {
	Limit  string        // what AWS allows, as a clause: "API Gateway allows one new domain name every 30 s"; "": it did not wait
	Since  time.Time     // since when it waits now; zero: it does not
	Waited time.Duration // without the wait since then
}

// An Attempt is one try of a step.
type Attempt struct {
	JobID      int64
	StepID     StepID
	Number     int    // from 1
	By         Person // WorkerName, or the user who pressed Re-run
	State      StepState
	Problem    *Problem
	Changes    []Change  // what differed from the settings; if the attempt is done, it is repaired
	Removals   []Removal // what was there that the settings do not want any more
	StartedAt  time.Time
	FinishedAt time.Time // zero if it has not ended
}

// WorkerName stands in Attempt.By if no user asked for the attempt.
const WorkerName = "the worker"

// Event kinds.
const (
	EventJob  = "job"  // the job's state changed
	EventStep = "step" // a step's state, summary or records changed
	EventCall = "call" // a call was made
)

// An Event is one numbered line of a job's history.
type Event struct {
	JobID   int64
	Seq     int64 // rising by one within the job, from 1
	At      time.Time
	Kind    string
	StepID  StepID // "" for EventJob
	Attempt int
	Text    string // a sentence for people
}
