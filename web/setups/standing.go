package setups

import (
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// A Standing is what the page says of how things stand.
type Standing struct {
	State, Word string
	Lede        string
	Facts       []string
	Checking    bool   // a check looks just now
	Moves       bool   // a job is at work, or a check follows: the page is another one soon
	Soon        string // when an ordered check begins; "" without one
	CanCheck    bool
	LastJob     *web.JobRow      // that failed or was cancelled
	CouldNot    *web.ProblemView // why the newest check could not look
	Compared    int              // the revision that the findings are about
	Open        []FindingView    // that count
	Quiet       []FindingView    // that do not: muted ones, and such as pass
	More        int              // how many findings beside these are not shown
	Back        *BackView        // puts things back; nil if nothing can be
	Seen        *SeenView        // what the newest check saw; nil without one
	Checks      []CheckRow       // the newest, equal ones together
	Said        string           // for those who hear the page: how far the check is
}

// NewStanding decides what the page says of how things stand.
func NewStanding(f Facts) Standing {
	v := Standing{State: web.StateMark(f.State.ID), Word: web.StateWord(f.State)}
	ended := f.ended()
	v.standing(f, ended)
	v.findings(f)
	v.back(f)
	v.seen(f, ended)
	v.history(f, ended)
	if j := f.Last; f.State.Job == 0 && (j.State == setup.JobFailed || j.State == setup.JobCancelled) {
		row := web.NewJobRow(f.Times, j)
		v.LastJob = &row
	}
	return v
}

// ended are the checks that have ended, the newest first.
func (f Facts) ended() []setup.Checkup {
	return slices.DeleteFunc(slices.Clone(f.Checks), setup.Checkup.Open)
}

// told is the newest check that says how things stand since the last job; without
// ID there is none.
func told(f Facts, ended []setup.Checkup) setup.Checkup {
	for _, c := range ended {
		if c.Result.Told() && !c.DoneAt.Before(f.Last.FinishedAt) {
			return c
		}
	}
	return setup.Checkup{}
}

// StateText is what a state means for callers, in one sentence. n is how many
// findings count.
func StateText(times web.Times, s setup.State, revision, n int) string {
	since := func(text string) string {
		if s.Since.IsZero() {
			return strings.ToUpper(text[:1]) + text[1:]
		}
		return "Since " + times.Minute(s.Since).Text + " " + text
	}
	switch s.ID {
	case setup.StateBeingMade:
		return "Callers stay where they are until the job leads them to CloudFront."
	case setup.StateBeingChanged:
		return "What callers get may change until the job has ended."
	case setup.StateNotFinished:
		return "No job has come to its end, so CloudFront may not serve callers."
	case setup.StateNotChecked:
		return since("what callers get is not known: two checks in a row could not look.")
	case setup.StateNotAnswering:
		return since("callers get no right answer.")
	case setup.StateMovedBack:
		return since("callers reach the old server: its record was put back.")
	case setup.StateReady:
		return since("everything is made, and DNS does not lead callers to it.")
	case setup.StateDrifted:
		if n == 0 {
			return since("DNS does not lead callers to CloudFront.")
		}
		return since(fmt.Sprintf("what is there differs from revision %d in %s.", revision, setup.Count(n, "thing")))
	case setup.StateServing:
		return since(fmt.Sprintf("callers are served by CloudFront, as revision %d wants it.", revision))
	}
	return ""
}

// standing is the head of the page.
func (v *Standing) standing(f Facts, ended []setup.Checkup) {
	n := 0
	for _, x := range f.Findings {
		if counts(x) {
			n++
		}
	}
	last := told(f, ended)
	v.Lede = StateText(f.Times, f.State, f.Setup.Revision, n)
	silent := last.Sight.Here == setup.Yes && last.Sight.Answers == setup.No
	switch {
	case f.State.ID == setup.StateServing && silent:
		v.Lede = "The last check got no right answer. It counts as serving until another one gets none."
	case f.State.ID == setup.StateDrifted && silent:
		v.Lede = "The last check got no right answer. " + v.Lede
	case f.State.ID == setup.StateDrifted && n > 0 && last.Sight.Answers == setup.Yes && last.Sight.Here == setup.Yes:
		v.Lede = "Callers get answers. " + v.Lede
	case f.State.ID == setup.StateNotAnswering && last.Problem != nil:
		v.Lede += " " + last.Problem.What
	case f.State.ID == setup.StateServing && last.ID == "":
		v.Lede += " No check has looked since the last job."
	}
	for _, c := range f.Checks {
		if !c.Open() {
			continue
		}
		if v.Checking = !c.DueAt.After(f.Times.Now); v.Checking {
			continue
		}
		v.Soon = "Next check: at " + f.Times.Second(c.DueAt).Text
		if c.Reason == setup.CheckAgain {
			v.Soon = "The name is asked once more at " + f.Times.Second(c.DueAt).Text
		}
	}
	v.Moves = v.Checking || v.Soon != "" || f.State.Job != 0
	if len(ended) == 0 {
		v.Facts = append(v.Facts, "Not checked yet")
	} else {
		_, word := checkWord(ended[0])
		v.Facts = append(v.Facts, "Checked "+f.Times.Past(ended[0].DoneAt)+": "+strings.ToLower(word[:1])+word[1:])
	}
	switch {
	case v.Checking:
		v.Said = "Checking"
	case v.Soon != "":
		v.Facts = append(v.Facts, v.Soon)
	default:
		v.Facts = append(v.Facts, "Next check: right after each job, or when you ask")
	}
	if v.Said == "" && len(ended) > 0 {
		v.Said = v.Word + ". " + v.Facts[0]
	}
	v.Facts = append(v.Facts, fmt.Sprintf("Revision %d", f.Setup.Revision))
	v.CanCheck = f.State.Job == 0 && f.State.ID != setup.StateNotFinished
	if len(ended) > 0 && ended[0].Result == setup.CheckCouldNot && ended[0].Problem != nil {
		p := web.ShowProblem(ended[0].Problem)
		v.CouldNot = &p
	}
}
