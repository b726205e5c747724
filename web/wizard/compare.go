package wizard

import (
	"fmt"
	"strconv"

	"apifront/setup"
	"apifront/web"
)

// CompareFacts is what a comparison is made from.
type CompareFacts struct {
	Times     web.Times
	Setup     setup.Setup
	Revisions []setup.Revision // that can be chosen, the newest first
	Jobs      []setup.Job      // that can be chosen, the newest first
	From, To  int              // revisions
	Of        [2]*ComparedJob  // nil: revisions alone are compared
	Blocks    []DiffBlock
}

// A ComparedJob is one of the jobs that are compared.
type ComparedJob struct {
	Job   setup.Job
	Steps []setup.Step
	Calls map[setup.StepID]int
}

// A CompareView is the page that compares two revisions or two jobs.
type CompareView struct {
	Title, Lede    string
	Name, SetupURL string
	Action         string
	From, To       []web.Option // revisions to choose from
	Job, With      []web.Option // jobs to choose from; fewer than two: none
	Blocks         []DiffBlock
	Same           string // where nothing differs
	Left, Right    string // names of the two jobs; "" where revisions are compared
	Rows           []CompareRow
	GoBack         string // text of the button that goes back to the older revision; "" for none
	GoBackTo       string
}

// A CompareRow is one line about two jobs.
type CompareRow struct {
	What        string
	Left, Right string
	Differs     bool
}

// NewCompare decides everything the page shows.
func NewCompare(f CompareFacts) CompareView {
	url := "/setups/" + f.Setup.ID
	v := CompareView{
		Title: fmt.Sprintf("Revisions %d and %d", f.From, f.To), Name: f.Setup.Name(), SetupURL: url, Action: url + "/compare", Blocks: f.Blocks,
		Lede: "What differs between the answers, field by field.",
	}
	for _, r := range f.Revisions {
		text := fmt.Sprintf("%d: %s, %s", r.Number, r.Why, f.Times.Minute(r.CreatedAt).Text)
		number := strconv.Itoa(r.Number)
		v.From = append(v.From, web.Option{Value: number, Text: text, Chosen: r.Number == f.From})
		v.To = append(v.To, web.Option{Value: number, Text: text, Chosen: r.Number == f.To})
	}
	if f.From == f.To {
		v.Same = fmt.Sprintf("Both are of revision %d, so the answers are the same.", f.To)
	} else if len(f.Blocks) == 0 {
		v.Same = "No answer differs in what this page shows."
	}
	if older := min(f.From, f.To); older < f.Setup.Revision && f.Of[0] == nil {
		v.GoBack, v.GoBackTo = fmt.Sprintf("Go back to revision %d", older), strconv.Itoa(older)
	}
	var chosen [2]int64
	if f.Of[0] != nil {
		chosen = [2]int64{f.Of[0].Job.ID, f.Of[1].Job.ID}
		v.jobs(f)
	}
	if len(f.Jobs) > 1 {
		for _, j := range f.Jobs {
			text := fmt.Sprintf("Job %d: %s, %s", j.ID, web.JobWhat(j), f.Times.Minute(j.CreatedAt).Text)
			number := strconv.FormatInt(j.ID, 10)
			v.Job = append(v.Job, web.Option{Value: number, Text: text, Chosen: j.ID == chosen[0]})
			v.With = append(v.With, web.Option{Value: number, Text: text, Chosen: j.ID == chosen[1]})
		}
		if chosen[0] == 0 {
			v.Job[1].Chosen, v.With[0].Chosen = true, true
		}
	}
	return v
}

// jobs compares what two jobs did.
func (v *CompareView) jobs(f CompareFacts) {
	a, b := f.Of[0], f.Of[1]
	v.Title = fmt.Sprintf("Jobs %d and %d", a.Job.ID, b.Job.ID)
	v.Lede = fmt.Sprintf("What differs between the answers of their revisions, %d and %d, and what each job did.", f.From, f.To)
	v.Left, v.Right = fmt.Sprintf("Job %d", a.Job.ID), fmt.Sprintf("Job %d", b.Job.ID)
	rows := [2]web.JobRow{web.NewJobRow(f.Times, a.Job), web.NewJobRow(f.Times, b.Job)}
	add := func(what, left, right string) {
		v.Rows = append(v.Rows, CompareRow{What: what, Left: left, Right: right, Differs: left != right})
	}
	add("What", rows[0].What, rows[1].What)
	add("Outcome", rows[0].Word, rows[1].Word)
	add("Took", orNone(rows[0].Took), orNone(rows[1].Took))
	add("Started by", rows[0].By, rows[1].By)
	total := func(c *ComparedJob) (n int) {
		for _, calls := range c.Calls {
			n += calls
		}
		return n
	}
	add("Calls", strconv.Itoa(total(a)), strconv.Itoa(total(b)))
	seen := map[setup.StepID]bool{}
	for _, c := range []*ComparedJob{a, b} {
		for _, s := range c.Steps {
			if !seen[s.ID] {
				seen[s.ID] = true
				add(s.Title, stepWords(a, s.ID), stepWords(b, s.ID))
			}
		}
	}
}

// stepWords is what a job's step came to: its state, how long it took, its calls.
func stepWords(c *ComparedJob, id setup.StepID) string {
	for _, s := range c.Steps {
		if s.ID != id {
			continue
		}
		text := web.StepWord(s.State)
		if !s.StartedAt.IsZero() && !s.FinishedAt.IsZero() {
			text += ", " + web.Took(s.FinishedAt.Sub(s.StartedAt))
		}
		if n := c.Calls[id]; n > 0 {
			text += ", " + setup.Count(n, "call")
		}
		return text
	}
	return orNone("")
}

func orNone(text string) string {
	if text == "" {
		return "Nothing"
	}
	return text
}
