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
	Moves       bool   // a job is at work, or a check that is ordered follows: the page is another one soon
	Next        string // when the next check begins; "" while one looks
	Late        string // why a check that is due has not begun; "" where all is well
	CanCheck    bool
	LastJob     *web.JobRow      // that failed or was cancelled
	CouldNot    *web.ProblemView // why the newest check could not look
	Silent      *web.ProblemView // why callers get no right answer, where no finding says so
	Answers     bool             // the newest check got right answers from the name
	Compared    int              // the revision that the findings are about
	Open        []FindingView    // that count
	Quiet       []FindingView    // that do not: muted ones, and such as pass
	More        int              // how many findings beside these are not shown
	Back        *BackView        // puts things back; nil if nothing can be
	Seen        *SeenView        // what the newest check saw; nil without one
	Hops        *HopsView        // the way of a request; nil where there is none
	Strip       *StripView       // the checks of a week; nil without any
	Self        string           // address of this view of the page
	Said        string           // for those who hear the page: how far the check is
}

// NewStanding decides what the page says of how things stand.
func NewStanding(f Facts) Standing {
	v := Standing{Self: historyURL(f.Setup.ID, f.Kind, f.Before), State: web.StateMark(f.State.ID), Word: web.StateWord(f.State)}
	ended := f.ended()
	v.standing(f, ended)
	v.findings(f)
	v.back(f)
	if !f.State.ID.Over() { // what checks saw was deleted since
		v.seen(f, ended)
		v.Strip = newStrip(f.Times, f.Tallies)
	}
	v.hops(f, ended)
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
		if c.Result.Told() && !c.DoneAt.Before(f.Last.FinishedAt) && !c.DoneAt.Before(f.Adopted) {
			return c
		}
	}
	return setup.Checkup{}
}

// StateText is what a state means for callers, in one sentence. n is how many
// findings count; unseen says that it was adopted and nobody has seen it since.
func StateText(times web.Times, s setup.State, st setup.Setup, n int, unseen bool) string {
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
	case setup.StateBeingGone:
		return "The name leaves CloudFront first. Then what apifront made is deleted."
	case setup.StateGone:
		return since("nothing of it is wanted any more. The history is kept.")
	case setup.StateGivenBack:
		return since("apifront does not look after it. In AWS everything was left as it was. The history is kept.")
	case setup.StateNotFinished:
		return "No job has come to its end, so CloudFront may not serve callers."
	case setup.StateNotChecked:
		if unseen {
			return "What callers get is not known: no check has seen it yet."
		}
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
		return since(fmt.Sprintf("what is there differs from revision %d in %s.", st.Revision, setup.Count(n, "thing")))
	case setup.StateServing:
		if st.Spec.Domain.Switch == setup.SwitchLater { // the revision does not want it: a person has done it
			return since("callers are served by CloudFront.")
		}
		return since(fmt.Sprintf("callers are served by CloudFront, as revision %d wants it.", st.Revision))
	}
	return ""
}

// standing is the head of the page.
func (v *Standing) standing(f Facts, ended []setup.Checkup) {
	n := 0
	for _, x := range f.Findings {
		if x.Counts() {
			n++
		}
	}
	last := told(f, ended)
	v.Lede = StateText(f.Times, f.State, f.Setup, n, !f.Adopted.IsZero() && f.Plan.Told.IsZero())
	silent := last.Sight.Silent()
	v.Answers = last.Sight.Answers == setup.Yes && last.Sight.Here == setup.Yes
	if silent && last.Problem != nil && !slices.ContainsFunc(f.Findings, func(x setup.Finding) bool { return x.Effect != nil && counts(x) }) {
		p := web.ShowProblem(last.Problem)
		v.Silent = &p
	}
	switch {
	case f.State.ID == setup.StateGone:
		v.Lede = "Nothing of it is left in AWS. The history is kept."
		if n := len(left(f)); n > 0 {
			v.Lede = "What apifront made is gone from AWS, but for " + setup.Count(n, "thing") + ": the reason stands below. The history is kept."
		}
	case f.State.ID == setup.StateNotFinished && f.Setup.Spec.IsGone():
		v.Lede = "It was to be taken down, and that has not come to its end."
	case f.State.ID == setup.StateServing && silent:
		v.Lede = "The last check got no right answer. The setup counts as serving until another check gets none."
	case f.State.ID == setup.StateDrifted && silent:
		v.Lede = "The last check got no right answer. " + v.Lede
	case f.State.ID == setup.StateDrifted && n > 0 && v.Answers:
		v.Lede = "Callers get answers. " + v.Lede
	case f.State.ID == setup.StateNotAnswering && last.Problem != nil:
		v.Lede += " " + last.Problem.What
	case f.State.ID == setup.StateServing && last.ID == "":
		v.Lede += " No check has looked since the last job."
	}
	v.coming(f)
	if f.State.ID.Over() {
		ended = nil
	} else if len(ended) == 0 {
		v.Facts = append(v.Facts, "Not checked yet")
	} else {
		_, word := checkWord(ended[0])
		v.Facts = append(v.Facts, "Checked "+f.Times.Past(ended[0].DoneAt)+": "+setup.LowerFirst(word))
	}
	if v.Checking {
		v.Said = "Checking"
	}
	if v.Next != "" {
		v.Facts = append(v.Facts, v.Next)
	}
	if v.Said == "" && len(ended) > 0 {
		v.Said = v.Word + ". " + v.Facts[0]
	}
	v.Facts = append(v.Facts, fmt.Sprintf("Revision %d", f.Setup.Revision))
	v.CanCheck = f.State.Job == 0 && f.State.ID != setup.StateNotFinished && !f.State.ID.Over()
	if len(ended) > 0 && ended[0].Result == setup.CheckCouldNot && ended[0].Problem != nil {
		p := web.ShowProblem(ended[0].Problem)
		v.CouldNot = &p
	}
}
