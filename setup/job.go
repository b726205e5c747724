package setup

import "time"

// JobKind is what a job does.
type JobKind string

// The kinds of job.
const (
	JobApply      JobKind = "apply"      // create or change
	JobInvalidate JobKind = "invalidate" // clear cached answers
	JobRestore    JobKind = "restore"    // put the DNS record back that the traffic record replaced
)

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobRunning   JobState = "running"   // at work, or waiting for AWS
	JobNeedsYou  JobState = "needs-you" // a step waits for a person; others may be at work
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
	ID         int64 // its number, from 1
	SetupID    string
	SetupName  string // the domain name
	Revision   int    // number of the setup's revision that it carries out, for ever
	Kind       JobKind
	State      JobState
	Input      JobInput
	Connection string
	AccountID  string
	Region     string
	CreatedBy  string // user name
	CreatedAt  time.Time
	StartedAt  time.Time // zero: not yet
	FinishedAt time.Time // zero: not yet
	Seq        int64     // number of its last event
	Failed     int       // steps that failed and were not re-run
	NeedsYou   int       // steps that wait for a person
}

// JobInput is what a job was told beyond its setup's spec.
type JobInput struct {
	Paths []string `json:"paths,omitempty"` // JobInvalidate: paths to clear, such as "/*"
}

// StepState is where a step of a job stands.
type StepState string

// The states of a step. A step that AWS is busy with is running, also while
// the worker sleeps between two looks.
const (
	StepWaiting   StepState = "waiting" // for other steps, or for its turn
	StepRunning   StepState = "running"
	StepDone      StepState = "done"
	StepFailed    StepState = "failed"
	StepNeedsYou  StepState = "needs-you" // looks again by itself
	StepSkipped   StepState = "skipped"   // does not apply to this spec
	StepCancelled StepState = "cancelled"
)

// Finished says whether steps that need this one may start.
func (s StepState) Finished() bool { return s == StepDone || s == StepSkipped }

// A StepID names a step: its file, its row on pages, its events. Only package
// steps writes one down; everybody else asks a definition or what is stored.
type StepID string

// Part is a part of the path of a request, on which a step works.
type Part string

// The parts, from the client on.
const (
	PartName    Part = "name"    // from the client to CloudFront: DNS
	PartEdge    Part = "edge"    // CloudFront and its certificate
	PartOrigin  Part = "origin"  // from CloudFront to API Gateway
	PartGateway Part = "gateway" // API Gateway: certificate, custom domain, paths
)

// StepMark is for steps of which pages say more than of others, by what they
// do.
type StepMark string

// The marks of steps.
const (
	MarkValidation StepMark = "validation" // its records prove to ACM whose the name is
	MarkPreview    StepMark = "preview"    // it asks CloudFront for the name before clients do
	MarkTraffic    StepMark = "traffic"    // its records lead clients
	MarkLive       StepMark = "live"       // it asks for the name as clients do
)

// A Step is one unit of a job, as stored: what happened to it so far.
// What it does is defined in package steps under the same ID.
type Step struct {
	JobID      int64
	ID         StepID // such as "certificate-edge"
	Number     int    // its place in the job, from 1
	Title      string
	Service    string // "ACM", "CloudFront", …: what stands under the title
	State      StepState
	Needs      []StepID  // the steps it waits for
	Attempt    int       // number of the current attempt; 0: not started
	Summary    string    // one line: what is, or why it waits or was skipped
	Problem    *Problem  // of the last attempt; nil if none
	Records    []Record  // DNS records a person is to add, with what is seen
	CheckedAt  time.Time // when it last looked; zero: not yet
	NextAt     time.Time // when it looks again; zero: nothing planned
	StartedAt  time.Time // zero: not yet
	FinishedAt time.Time // zero: not yet
}

// An Attempt is one try of a step.
type Attempt struct {
	JobID      int64
	StepID     StepID
	Number     int    // from 1
	By         string // WorkerName, or the user who pressed Re-run
	State      StepState
	Problem    *Problem
	Changes    []Change  // what differed from what is wanted: repaired, if the attempt is done
	Removals   []Removal // what was not wanted any more
	StartedAt  time.Time
	FinishedAt time.Time // zero: not yet
}

// WorkerName is who starts an attempt that nobody asked for.
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
