package setups

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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

// A FindingView is one thing that is not right.
type FindingView struct {
	ID, Mark, Title, Where string
	Effect                 *web.ProblemView // what callers get, as it was seen
	Harm                   string           // what they get by what is known of the setting
	Paths                  string           // which mappings it is about; "" for all
	Pair                   bool             // Is and Want are there
	Field, Is, Want        string
	Fix                    string // what a person does; "" where a job puts it back
	Seen                   string // since when it is seen, and who muted it
	Muted                  bool
	Passes                 bool
}

// A BackView is the job that puts things back.
type BackView struct {
	Button string
	Text   string // what the job does
	Notice string // whether callers notice
	Lines  []web.Pair
	Wait   string // why it cannot be done now; "" if it can
}

// A SeenView is what a check saw.
type SeenView struct {
	Title string
	At    web.Moment
	Lines []LineView
	None  string // why there are no lines
}

// A LineView is what one look of a check showed.
type LineView struct {
	Mark, Word, Title, Text, Took string
}

// A CheckRow is a check in the history, or several in a row that saw the same.
type CheckRow struct {
	State, Word string
	At          web.Moment
	Count       int
	Why         string // and how often, of several
}

// findingsShown is how many findings a page shows.
const findingsShown = 25

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

// counts says whether a finding counts for the state.
func counts(f setup.Finding) bool { return !f.Muted() && !f.Passes }

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

// findings are what is not right: what callers notice first, what does not count
// last.
func (v *Standing) findings(f Facts) {
	list := slices.Clone(f.Findings)
	rank := func(x setup.Finding) int {
		switch {
		case x.Muted():
			return 3
		case x.Passes:
			return 2
		case x.Effect == nil:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b setup.Finding) int { return cmp.Compare(rank(a), rank(b)) })
	v.More = max(len(list)-findingsShown, 0)
	for _, x := range list {
		v.Compared = max(v.Compared, x.Revision)
	}
	for _, x := range list[:min(len(list), findingsShown)] {
		if counts(x) {
			v.Open = append(v.Open, newFinding(f, x))
		} else {
			v.Quiet = append(v.Quiet, newFinding(f, x))
		}
	}
}

func newFinding(f Facts, x setup.Finding) FindingView {
	v := FindingView{
		ID: x.ID, Mark: "you", Title: x.Title, Where: partWords(x.Part), Field: x.Field, Passes: x.Passes,
		Paths: seenAt(f, x), Muted: x.Muted(),
		Seen: "First seen " + f.Times.Minute(x.Since).Text + ", last seen " + f.Times.Minute(x.SeenAt).Text + ".",
	}
	v.Is, v.Want = isAndWant(x)
	v.Pair = x.Is != "" || x.Want != ""
	if x.Effect != nil {
		p := web.ShowProblem(x.Effect)
		p.Fix = ""
		if p.What == x.Title {
			p.What = ""
		}
		v.Effect = &p
		if !x.Passes {
			v.Mark = "failed"
		}
	}
	if !x.Passes {
		v.Harm = x.Setting.Harm()
	}
	if x.Muted() {
		v.Mark, v.Seen = "wait", v.Seen+" Muted by "+cmp.Or(x.MutedBy.Name, "somebody")+" "+f.Times.Past(x.MutedAt)+", until it changes."
	}
	if !x.Repair && x.Fix != "" {
		v.Fix = (&setup.Problem{Fix: x.Fix}).FixOutside()
	}
	return v
}

// pathsShown is how many paths of a finding are named.
const pathsShown = 5

// seenAt says which paths a finding is about, if that is not all.
func seenAt(f Facts, x setup.Finding) string {
	if len(x.Paths) == 0 || len(x.Paths) >= len(f.Setup.Spec.API.Mappings) {
		return ""
	}
	var list []string
	for _, p := range x.Paths[:min(len(x.Paths), pathsShown)] {
		list = append(list, "/"+p)
	}
	if n := len(x.Paths) - pathsShown; n > 0 {
		list = append(list, strconv.Itoa(n)+" more")
	}
	return "Seen at " + setup.And(list) + "."
}

// isAndWant are the two sides of a difference in words.
func isAndWant(x setup.Finding) (is, want string) {
	return sideWords(x.Is), sideWords(x.Want)
}

// sideWords is one side of a difference. A policy of AWS's own has a name that
// people know, beside its ID.
func sideWords(value string) string {
	if name := setup.Managed(value); name != "" {
		return name + " (" + value + ")"
	}
	return cmp.Or(value, nothing)
}

// nothing is the side of a difference on which there is none.
const nothing = "Nothing"

// partWords says where on the way of a request something is.
func partWords(p setup.Part) string {
	switch p {
	case setup.PartName:
		return "DNS"
	case setup.PartEdge:
		return "CloudFront"
	case setup.PartOrigin:
		return "From CloudFront to API Gateway"
	case setup.PartGateway:
		return "API Gateway"
	}
	return ""
}

// back is the job that puts back all that a job can. What a check saw of an older
// revision does not tell what the job would do.
func (v *Standing) back(f Facts) {
	var list []setup.Finding
	moves, edge := false, false
	for _, x := range f.Findings {
		if !x.Repair || x.Revision != f.Setup.Revision {
			continue
		}
		list = append(list, x)
		moves = moves || x.Setting == setup.SettingTrafficRecord
		edge = edge || x.Part == setup.PartEdge
	}
	if len(list) == 0 {
		return
	}
	b := &BackView{
		Button: "Put it back",
		Text:   fmt.Sprintf("Starts a job of revision %d as it is. It compares everything with AWS first, and changes what differs then:", f.Setup.Revision),
		Notice: "Callers notice nothing but what is put right.",
	}
	switch n := len(list); {
	case n == 2:
		b.Button = "Put both back"
	case n > 2:
		b.Button = "Put all " + strconv.Itoa(n) + " back"
	}
	switch {
	case moves:
		b.Notice = "Callers are led to CloudFront again, as soon as resolvers have forgotten what DNS says now."
	case edge:
		b.Notice = "Callers notice nothing but what is put right, as CloudFront's locations follow: mostly within 5 minutes."
	}
	for i, x := range list {
		if i == findingsShown {
			b.Lines = append(b.Lines, web.Pair{Key: "And", Value: setup.Count(len(list)-i, "more thing")})
			break
		}
		is, want := isAndWant(x)
		line := web.Pair{Key: cmp.Or(x.Field, partWords(x.Part), "Missing"), Value: setup.Clip(is, 120) + " becomes " + setup.Clip(want, 120)}
		if x.Is == "" && x.Want == "" || x.Field == "" {
			line.Value = x.Title
		}
		if x.Muted() {
			line.Value += " (muted)"
		}
		b.Lines = append(b.Lines, line)
	}
	if f.State.Job != 0 {
		b.Wait = fmt.Sprintf("Job %d is at work on this setup. One job at a time: try again when it is over.", f.State.Job)
	}
	v.Back = b
}

// checkWord is the icon and the words for how a check ended.
func checkWord(c setup.Checkup) (mark, word string) {
	switch c.Result {
	case setup.CheckHealthy:
		return "done", "All right"
	case setup.CheckFindings:
		if c.Sight.Here == setup.Yes && c.Sight.Answers == setup.No {
			return "failed", "No right answer"
		}
		if c.Findings == 0 {
			return "you", "Something is not right"
		}
		return "you", setup.Count(c.Findings, "finding")
	case setup.CheckCouldNot:
		return "unsure", "It could not look"
	case setup.CheckEnded:
		return "stop", "Ended by a job that began"
	}
	return "wait", "Not known"
}

// seen is what the newest check saw, line by line.
func (v *Standing) seen(f Facts, ended []setup.Checkup) {
	i := slices.IndexFunc(ended, func(c setup.Checkup) bool { return c.Result != setup.CheckEnded })
	if i < 0 {
		return
	}
	c := ended[i]
	v.Seen = &SeenView{At: f.Times.Second(c.DoneAt), None: "What each look showed is kept for a week, but not of a check that nobody asked for and that found everything right. Check now shows each look."}
	right := 0
	for _, l := range c.Lines {
		mark, word := lineWord(l.Result)
		if l.Result == setup.LineRight || l.Result == setup.LineRemark {
			right++
		}
		took := ""
		if l.Took > 0 {
			took = strconv.FormatFloat(max(l.Took, 100*time.Millisecond).Seconds(), 'f', 1, 64) + " s"
		}
		v.Seen.Lines = append(v.Seen.Lines, LineView{Mark: mark, Word: word, Title: l.Title, Text: l.Text, Took: took})
	}
	_, v.Seen.Title = checkWord(c)
	if n := len(c.Lines); n > 0 {
		v.Seen.Title = fmt.Sprintf("%d of %s found nothing wrong", right, setup.Count(n, "look"))
	}
}

func lineWord(result string) (mark, word string) {
	switch result {
	case setup.LineRight:
		return "done", "Right"
	case setup.LineWrong:
		return "failed", "Wrong"
	case setup.LineRemark:
		return "you", "Remark"
	}
	return "unsure", "Not known"
}

// history lists the checks; equal ones that follow each other are one row.
func (v *Standing) history(f Facts, ended []setup.Checkup) {
	var last setup.Checkup
	for _, c := range ended {
		if n := len(v.Checks); n > 0 && c.Result == last.Result && c.Findings == last.Findings && c.Sight == last.Sight && c.Reason == last.Reason && c.By.Name == last.By.Name {
			v.Checks[n-1].Count++
			v.Checks[n-1].Why = fmt.Sprintf("%s, %d times since %s", reasonWords(c), v.Checks[n-1].Count, f.Times.Day(c.DoneAt).Text)
			continue
		}
		last = c
		mark, word := checkWord(c)
		v.Checks = append(v.Checks, CheckRow{State: mark, Word: word, At: f.Times.Day(c.DoneAt), Count: 1, Why: reasonWords(c)})
	}
}

// reasonWords says why a check was made, and who asked for it.
func reasonWords(c setup.Checkup) string {
	switch c.Reason {
	case setup.CheckByPerson:
		return "Asked for by " + cmp.Or(c.By.Name, "somebody")
	case setup.CheckAfterJob:
		return "A job had ended"
	case setup.CheckAgain:
		return "The name had not answered"
	}
	return ""
}
