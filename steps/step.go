// Package steps holds the AWS work of apifront: one file per step, each step
// defined once and used for planning, doing, checking and re-running alike.
// The worker walks the graph and calls the functions; nothing else does. Only
// this package writes to AWS. It stores nothing itself (Env.Save does) and
// never sleeps: a step says how things stand, the worker decides when to look
// again.
package steps

import (
	"context"
	"time"

	"apifront/setup"
)

// A Step is one unit of a job.
type Step struct {
	ID       setup.StepID   // such as "certificate-edge"; the file is certificate_edge.go
	Title    string         // imperative, such as "Create distribution"
	Why      string         // one or two sentences for people
	Service  string         // what stands under the title: "ACM", "CloudFront", …
	Tutorial int            // which of the tutorial's six steps it belongs to; 0: none
	Needs    []setup.StepID // the steps that must be finished first
	Kinds    []setup.JobKind
	Parts    []setup.Part   // of the request's path that it works on; none: it is about the whole account
	Page     setup.PageID   // of the wizard, whose answers it goes by; "": none in particular
	Mark     setup.StepMark // for steps of which pages say more; "": none
	Keys     []string       // of the resources that it makes; one that ends with "/" begins the keys of many
	Several  bool           // AWS lets several of what it makes stand side by side: only the ID tells them apart
	Wait     Wait
	Actions  []string // every IAM action the step may use, reads included

	// Grants are these actions with the resources and conditions under which
	// the step uses them, and what taking down what it made needs. Nil: AWS
	// asks for no permission. It is not called where the step does not apply.
	Grants func(Scope) []Grant

	// Applies says whether the spec needs the step and, if not, why it is
	// skipped. Nil: every spec does.
	Applies func(setup.Spec) (bool, string)
	// Instead is the step that stands in for a skipped one: what needs the
	// skipped step needs Instead. Empty: it needs what the skipped step needed.
	Instead setup.StepID
	// TitleFor and ServiceFor replace Title and Service where these depend on
	// the spec. Nil: they do not.
	TitleFor   func(setup.Spec) string
	ServiceFor func(setup.Spec) string

	// Brief is the line under the title in a plan that has not looked yet, and
	// whether the time that AWS usually takes is said there too. Nil: the service,
	// and the time.
	Brief func(setup.Spec) (text string, timed bool)

	// Observe asks AWS and DNS how things stand. It only reads.
	Observe func(context.Context, *Env) (Observation, error)
	// Apply moves things towards Ready. It is safe to repeat: it looks for
	// what an earlier attempt made before it creates anything. Nil: the step
	// only waits or looks.
	Apply func(context.Context, *Env) error

	// Wants says whether a spec wants a resource of the step's keys, and if not,
	// why. Remove takes away one that is not wanted, and stores that it is gone.
	// It looks first: what is not ours any more as it was is left alone. Both
	// are nil where nothing is ever taken away but by a teardown.
	Wants  func(setup.Spec, setup.Resource) (wanted bool, why string)
	Remove func(context.Context, *Env, setup.Resource) error
}

// Wait says how long AWS takes for a step. The numbers are those of the
// project's AWS notes, section A.8.
type Wait struct {
	Every  time.Duration // between two looks while Pending or Person
	Settle time.Duration // from Apply to the next look, if it was not Ready at once
	Limit  time.Duration // Pending for longer than this is a failure
	Usual  time.Duration // what to tell people
}

// An Observation is how things stand.
type Observation struct {
	State   State
	Summary string         // one short line, such as "ACM, issued"
	Changes []setup.Change // what differs, with AWS's field names
	// Removals are what of ours the spec does not want any more.
	Removals []setup.Removal
	Records  []setup.Record // DNS records a person is to add, or was shown, with what is seen
	// Problem is why Foreign stops the step. With Pending it is what to fail
	// with when Wait.Limit is over; nil leaves that to the worker.
	Problem *setup.Problem
	After   time.Duration // Pending, Person: look again then; 0: Wait.Every
	InVain  bool          // Pending: Apply was refused for now, so the next looks come later and later
	// AccountID is the account that AWS says the connection leads to; "" from
	// steps that did not ask.
	AccountID string
}

// State is what an observation found.
type State int

// The states of the thing a step is about.
const (
	Absent  State = iota // not there: Apply makes it
	Pending              // AWS is at it: look again
	Drifted              // there, but not as wanted: Apply changes it
	Ready                // as wanted
	Foreign              // exists and is not ours, or must not be changed: Problem says what to do
	Person               // someone must do something: Records says what
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
