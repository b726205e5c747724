// Package steps holds the AWS work of apifront: one file per step, each step
// defined once and used for planning, doing, checking and re-running alike.
// Only the worker walks the graph and calls the functions. Only this package
// writes to AWS. It stores nothing itself (Env.Save does) and never sleeps: a
// step says how things stand, and the worker decides when to look again.
package steps

import (
	"context"
	"time"

	"apifront/setup"
)

// LongestPass is how long one pass of any step may take. The worker ends it then.
const LongestPass = 5 * time.Minute

// A Step is one unit of a job.
type Step struct {
	ID       setup.StepID // such as "certificate-edge"; the file is certificate_edge.go
	Title    string       // imperative, such as "Create distribution"
	Thing    string       // what it looks after, as checks name it, such as "distribution"
	Why      string       // one or two sentences for people
	Service  string       // "ACM", "CloudFront", …; pages show it under the title
	Tutorial int          // number of the tutorial's step that it belongs to, 1 to 6; 0: none
	// Settings are those that the step puts right. What is seen from outside leads
	// to a setting, and so to the step.
	Settings []setup.Setting
	Needs    []setup.StepID // the steps that must be finished before it begins
	Kinds    []setup.JobKind
	Parts    []setup.Part      // parts of the request's path that it works on; none: the whole account
	Page     setup.PageID      // the wizard page with its answers; "" if there is no such page
	Mark     setup.StepMark    // see setup.StepMark; "": none
	Keys     []string          // keys of the resources that it makes; a key that ends with "/" is the prefix of many
	Several  bool              // AWS allows several of its resources side by side, so only the ID tells them apart
	Asked    bool              // only jobs whose input asks for it have it
	Tells    setup.NoticeEvent // what people outside are told when it is done after a wait; "": nothing
	Wait     Wait
	Actions  []string // every IAM action the step may use, reads included

	// Grants are these actions with their resources and conditions, and what
	// the deletion of the step's resources needs. nil: AWS requires no
	// permission. It is called only if the step applies.
	Grants func(Scope) []Grant

	// Applies says whether the spec needs the step and, if not, why the step is
	// skipped. nil: every spec needs it.
	Applies func(setup.Spec) (bool, string)
	// Rare says that few specs need the step: jobs of others do not even have a row for it.
	Rare bool
	// Instead is the step that stands in for this one when it is skipped: the
	// steps that need this one then need Instead. If it is "", they need what
	// this step needed.
	Instead setup.StepID
	// TitleFor and ServiceFor replace Title and Service if these depend on the
	// spec. nil: they do not.
	TitleFor   func(setup.Spec) string
	ServiceFor func(setup.Spec) string

	// Brief is the line under the title in a plan before the first look. timed
	// says whether that line names the usual time too. nil: the line has the
	// service and the time.
	Brief func(setup.Spec) (text string, timed bool)

	// Pass is how long one pass may take, where that is longer than what most
	// steps need; 0: it is not.
	Pass time.Duration

	// Observe asks AWS and DNS how things stand. It only reads.
	Observe func(context.Context, *Env) (Observation, error)
	// Apply moves things towards Ready. It may be repeated: it looks for what
	// an earlier attempt made before it creates anything. nil: the step only
	// waits or looks.
	Apply func(context.Context, *Env) error

	// Reads is how what Observe sees of a field is read again; a field that is "" is
	// all of it. nil: nothing is read of AWS, or what is read says nothing by itself.
	Reads func(e *Env, field string) reading

	// Wants says whether a spec wants a resource with one of the step's keys
	// and, if not, why. Remove deletes a resource that is not wanted, and
	// stores that it is gone. It looks first, and leaves a resource that is not
	// ours any more, or not as it was. Both are nil if only a teardown deletes
	// what the step makes.
	Wants  func(setup.Spec, setup.Resource) (wanted bool, why string)
	Remove func(context.Context, *Env, setup.Resource) error
}

// Wait says how long AWS takes for a step. The numbers come from the project's
// AWS notes, section A.8.
type Wait struct {
	Every  time.Duration // between two looks while Pending or Person
	Settle time.Duration // from Apply to the next look, if AWS did not show the change at once
	Limit  time.Duration // a step that is Pending for longer than this fails
	Usual  time.Duration // what people are told
}

// An Observation is what a look has found.
type Observation struct {
	State   State
	Summary string         // one short line, such as "ACM, issued"
	Changes []setup.Change // what differs, under AWS's field names
	// Removals are the resources of ours that the spec does not want any more.
	Removals []setup.Removal
	Records  []setup.Record // DNS records that a person is to add, or was shown, with what was seen of them
	// Problem says why Foreign stops the step. With Pending, the step fails
	// with it after Wait.Limit; if it is nil, the worker makes one.
	Problem *setup.Problem
	// Setting is what Foreign is about, if it is another than the step's first.
	Setting setup.Setting
	// Causes are the settings that are wrong, as a test of all paths found them.
	// Problem says the same in words.
	Causes []setup.Cause
	// Mappings are those that API Gateway has and no answer wants so; only a check
	// looks. Fits are the certificates among what differs that are issued and cover
	// the name.
	Mappings []setup.StandingMapping
	Fits     []string
	// Unasked are the paths of mappings that a gentle test has left out, so that
	// nothing is known of them.
	Unasked []string
	// Remark says of Ready that the summary is worth knowing, and no fault.
	Remark bool
	// Findings are what a look that only checks make finds. Unseen says that it could
	// not see all that it judges: what was found before may still be so.
	Findings []setup.FindingBody
	Unseen   bool
	After    time.Duration // Pending, Person: time until the next look; 0: Wait.Every
	Sure     bool          // Pending, Person: Problem is what is wrong now; people read it while the step waits
	InVain   bool          // Pending: Apply was refused for now, so the next looks come later and later
	// AccountID is the account that AWS says the connection leads to; "" if the
	// step did not ask.
	AccountID string
	// OldTTL is the highest TTL, in seconds, of what leads callers elsewhere and can
	// be lowered before they are moved; 0: nothing is there, or it has none.
	OldTTL int
	// Back says that the records which traffic was moved away from stand again.
	Back bool
}

// State is the state in which an observation found the step's resource.
type State int

// The states of a step's resource.
const (
	Absent  State = iota // does not exist: Apply makes it
	Pending              // AWS works on it: the worker looks again
	Drifted              // exists, but not as wanted: Apply changes it
	Ready                // as wanted
	Foreign              // exists and is not ours, or must not be changed: Problem says what to do
	Person               // a person must do something: Records says what
)

// String is the state's name, for logs and tests.
func (s State) String() string {
	switch s {
	case Absent:
		return "absent"
	case Pending:
		return "pending"
	case Drifted:
		return "drifted"
	case Ready:
		return "ready"
	case Foreign:
		return "foreign"
	case Person:
		return "person"
	default:
		return "unknown"
	}
}

func absent(summary string) Observation  { return Observation{State: Absent, Summary: summary} }
func pending(summary string) Observation { return Observation{State: Pending, Summary: summary} }
func ready(summary string) Observation   { return Observation{State: Ready, Summary: summary} }

func foreign(p *setup.Problem) Observation {
	return Observation{State: Foreign, Summary: p.What, Problem: p}
}
