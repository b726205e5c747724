package jobs

import (
	"time"

	"apifront/setup"
	"apifront/web"
)

// Facts is what a job page is made from: everything stored about one job.
type Facts struct {
	Times     web.Times
	Demo      bool // AWS is the simulator
	Job       setup.Job
	Setup     setup.Setup
	Resources setup.Resources
	Former    setup.Former // what the setup had before; of teardowns alone
	Steps     []setup.Step
	Attempts  []setup.Attempt
	Seen      map[setup.StepID][]setup.Seen // what the newest attempts saw from outside, newest look first
	Calls     map[setup.StepID][]setup.Call // the newest of each step, oldest first
	CallCount map[setup.StepID]int          // all of each step
	Over      map[setup.StepID][]string     // what steps that are done got over by themselves, where Calls has not those of all; nil: Calls tells
	Writes    []setup.Call                  // those of a job that is over that could change something
	About     map[setup.StepID]StepAbout    // what the definitions say
	Via       string                        // what people call the job's connection; "" for its ID
	Worker    string                        // why the worker does nothing; "" while it works
	Later     int64                         // the newest job that has changed the same name since; 0: none
	LastApply int64                         // the newest job that made or changed things for the setup; 0: none
	Earlier   setup.StepID                  // step whose earlier calls are shown, with the stream off; "" for none
	Still     bool                          // the viewer stopped the reloading without script
	Forecast  setup.Forecast                // what is left, by what is usual
	Told      []setup.Listener
	// Unfinished says that no job has put the setup in place yet.
	Unfinished bool
	Led        bool // a person had led the name to the distribution before this job
	Apex       bool // the name is the top of its zone, where a CNAME cannot stand
}

// StepAbout is what the definition of a step says of it.
type StepAbout struct {
	Why   string
	Usual time.Duration  // how long it usually takes; 0: no time worth naming
	Most  time.Duration  // within which nine of ten earlier jobs were done with it; 0: not known
	Jobs  int            // how many earlier jobs tell; 0: Usual comes from its definition
	Every time.Duration  // the longest pause between two of its looks; 0: not known
	Limit time.Duration  // for how long it looks in vain before it fails; 0: not known
	Parts []setup.Part   // of the request's path; none: it is about the whole account
	Page  setup.PageID   // of the wizard, whose answers it goes by; "": none in particular
	Mark  setup.StepMark // for steps of which pages say more; "": none
	Keys  []string       // keys of the resources that it makes; one that ends with ":" is the prefix of many
}

// View is the job page.
type View struct {
	Number   int64
	Revision int    // that it carries out
	Base     string // "/jobs/42"
	Title    string // of the document: "1 step failed: Job 42"
	Mark     string // of the job's state
	Heading  string
	State    string // icon
	Word     string // "Running, 1 step failed"
	Kind     string
	Started  web.Moment
	StartVia string // "Started" or "Asked for"
	By       string
	Ended    web.Moment
	Took     string
	Since    int64 // Unix ms since when the clock ticks; 0: it does not
	Over     bool
	Seq      int64

	Segs    []Seg
	SegsAre string // what the bar shows, in words
	Left    Left
	Summary string
	Later   int64  // the newest job that has changed the same name since; 0: none
	Old     *Old   // nil while the job's revision is the newest
	Note    string // amber line: the worker does nothing

	Earlier bool   // earlier calls of one step are shown
	Events  string // URL of the stream; "" when there is nothing to wait for
	Reload  bool   // reload every 5 seconds without script

	Meanwhile string // what goes on beside what needs the reader

	Stopped *Stopped // of a cancelled job; nil for all others
	CleanUp *CleanUp // nil where a revision is in place
	Cards   []ProblemCard
	Asks    []RecordCard // records to add now
	Records []RecordCard // records for later, or found
	Done    *DoneCard
	Change  *RecordChange
	Steps   []StepRow
	AxisA   string
	AxisB   string

	Have       []web.ResourceRow
	HaveTitle  string
	Nothing    string // in place of Have
	HaveNote   string
	Gone       *GoneSide     // in place of Have; nil for all but teardowns
	Path       *web.PathView // nil for a job that builds nothing
	Setup      Fact
	Facts      []Fact
	Next       []NextStep
	Report     *Report // nil while the job goes on
	CanCancel  bool
	CancelText string // what becomes of what the job has done
	CancelWord string // what its button says
	SetupURL   string
	Told       *web.ToldView // nil once the job is over, or while its page does not change by itself
	Tells      string        // what a person is told in this browser, in words without meaning: each is told once
}

// Old is what the page of a job says if its revision is not the newest.
type Old struct {
	Title    string // "This job carried out revision 2; revision 4 is the newest"
	Text     string
	Revision string // of the job, to go back to; "": that is not offered
	Setup    string // ID
}

// Fact is a term with its value.
type Fact struct {
	Term, Text, URL string
}

// ProblemCard is a failed step in "Needs you", or several that have one cause.
type ProblemCard struct {
	web.ProblemView
	ID        string
	Steps     []CardStep
	Keys      bool            // the fix is on the page Test keys
	Policy    string          // URL of the IAM policies; "" where the fix is not a permission
	Meanwhile string          // the step goes on looking by itself, and this is what its last look found wrong: how long it does; "" for all others
	Waits     bool            // the step goes on by itself once somebody has done what Fix says
	Look      string          // URL of the button that looks at once; "" for none
	GoOn      string          // URL of the button that lets the job go on all the same; "" for none
	Solid     bool            // the button that looks is the page's first one
	Add       []web.RecordRow // to be added
	Drop      []web.RecordRow // to be changed or deleted
	Acts      []Act           // none while the step waits, and of a job that is history
	Tell      bool            // it has the button "Tell me in this browser"

	same            *setup.Problem
	runs            []setup.Step // those with which its button goes on
	stopped, starts []setup.Step // those that failed, and where the fix of each starts
}

// CardStep is the link to a step that a card is about.
type CardStep struct {
	Number int
	URL    string
}

// RecordCard is DNS records that a person adds.
type RecordCard struct {
	ID      string
	State   string // icon: you, wait, done
	Title   string
	Text    string
	Rows    []web.RecordRow
	Checked int64 // Unix ms; 0: not yet
	Next    int64 // Unix ms; 0: nothing planned

	CheckedText, NextText string // how long ago and from now, at page load

	Check   string
	Enter   string // ID of the step whose records the demo can enter, as their provider; "": none
	StepURL string
	Number  int
	Advice  []string
	Lower   *LowerCard
	Tell    bool // it has the button "Tell me in this browser"

	Try  string // the command that asks CloudFront for the name past DNS, before callers do; "": none
	Back string // how callers come back to what the name leads to now; "": it leads nowhere
}

// A LowerCard says how a person lowers the TTL of the old record before moving traffic.
type LowerCard struct {
	Title, Text string
	Rows        []web.RecordRow // as they are to be; none: not seen yet
}

// DoneCard is the green card of a job that succeeded.
type DoneCard struct {
	Title    string
	At       web.Moment
	Text     string
	Command  string
	Look     string // what to look for in the answer
	Direct   string // the command that goes past DNS
	DirectIn string // why one might want it
}

// RecordChange is the traffic record before and after the job.
type RecordChange struct {
	Note  string
	Table web.RecordTable
	Undo  string
	Put   string // URL that puts the old record back; "" if that cannot be done
}

// NextStep is something to do after a job that succeeded.
type NextStep struct {
	Text, Hint string
	Setup      string // ID of the setup whose answers a new draft begins with
	Page       string // the page of the wizard that it opens at
	URL        string // where else it leads
}

// StepRow is one step in the list.
type StepRow struct {
	ID         string
	Number     int
	State      string // icon and data-s
	Word       string
	Name, Meta string
	Took       string
	Since      int64
	Bars       []Bar
	Open       bool
	Why        string
	Told       []string // what it got over by itself, and which refusals it expected
	What       string   // column head: "AWS call", "DNS query", "Request"
	Rows       []CallRow
	Earlier    int
	EarlierURL string
	Again      string // URL of the page that asks before the job runs again from here; "": that is not offered
	Above      string // where the fix of the failed step starts, in a sentence; "": the step has not failed
	Log        string
	Logged     bool            // there are calls, whether they are in Rows or not
	Console    web.ConsoleLink // to what the step has made
	Saw        *Saw            // what the newest look saw from outside; nil: nothing
	SeenURL    string
}

// Bar is one attempt on the time axis, which is 152 units wide.
type Bar struct {
	Class string
	X, W  string
}

// CallRow is one call, several equal ones folded, or the head of an
// attempt with what it found to differ.
type CallRow struct {
	Attempt string // the row is a head if this is not ""
	Change  string // the row says what the attempt found to differ if this is not ""
	Time    string
	ISO     string
	Call    string
	Answer  string
	Detail  string
	Bad     bool
	Took    string
	CLI     string // address of the page with its line of the AWS CLI; "": it has none
	Ref     string
	None    string // what stands there without a Ref
}

// Icons that are chosen directly, without a state.
const (
	iconDone    = "done"
	iconFailed  = "failed"
	iconRunning = "running"
	iconYou     = "you"
	iconWait    = "wait"
)

// stepLook is the icon and the word of a step's state.
func stepLook(s setup.StepState) (icon, word string) { return web.StepMark(s), web.StepWord(s) }

func heading(j setup.Job) string {
	switch j.Kind {
	case setup.JobInvalidate:
		return "Clear cached answers of " + j.SetupName
	case setup.JobRestore:
		return "Put the old record of " + j.SetupName + " back"
	case setup.JobApply, setup.JobTeardown:
	}
	return web.JobWhat(j) + " " + j.SetupName
}
