package doctor

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

// Facts are what the page of a diagnosis is made of.
type Facts struct {
	Diagnosis   setup.Diagnosis
	Times       web.Times
	Demo        bool
	Connection  string       // what people call the one that was used
	Connections []web.Option // with which AWS can be asked; the first is none
	Setups      []Setup
	Ours        *Ours // the one of Setups that the diagnosis is about; nil: none, or nobody can tell which
	MayStop     bool  // the reader may end it
	Keeps       time.Duration
	Still       bool // the page does not reload by itself
	Adopt       AdoptOffer
	TypedIn     string          // header that was typed for a key, where the form is shown once more
	Errors      web.FieldErrors // of that form
	Carry       string          // what somebody chose who adopts the name and has it looked at once more, as a query; "" for nobody
}

// A Setup is a setup of the name.
type Setup struct {
	Href, Account string
	State, Word   string
	Revision      string // such as "revision 3"
}

// A View is the page of one diagnosis.
type View struct {
	ID, Name, Path, Question string
	Self, Events             string // Events: "" once it has ended
	Title, Heading           string // of the document, and of what is shown
	Mark, Word, Lede         string
	Open                     bool
	Said                     string // one sentence at the end, for those who hear the page
	Connection               string // ID of the one that was used; "": none

	// While it looks.
	Since   int64 // Unix milliseconds; 0: nobody is at it yet
	Elapsed string
	Waits   string // why nothing is done yet; "" if something is
	MayStop bool
	Stay    string // address that does not reload by itself; "": it does not

	// Then.
	Facts    []string
	Hops     []web.HopView
	HopState string // data-s of their card
	Wrong    []FindingView
	Remarks  []FindingView
	Either   []setup.Alternative
	Needs    []NeedView
	Servers  []string // to be entered for Zone
	Zone     string
	Things   []ThingView
	NoAWS    bool // AWS was not asked, and can be
	Healthy  bool
	New      bool // a setup of the name can be made
	Takeover *setup.Takeover
	Doors    []DoorView
	Setups   []Setup
	Adopt    AdoptOffer
	Carried  string // why it is looked at once more; "" for the usual

	Groups []Group // of all looks while it looks

	// Once it has looked.
	LooksTitle, LooksText string  // "What was looked at", "9 of 11 looks right."
	Shown                 []Group // looks that a reader should see, such as those that were not right
	Folded                []Group // the others
	Fold                  string  // "Show the 9 looks"
	Names                 string  // of those that are folded
	Options               []web.Option
	Errors                web.FieldErrors // of the form that asks with a key
}

// A Group is the looks at one part of the way.
type Group struct {
	Kind  string
	Looks []LookView
}

// A LookView is one look.
type LookView struct {
	Mark, Word, Title, Text, Took string
	Asked                         []web.AskedView
	More                          []web.AskedView // folded
}

// A FindingView is one thing that is wrong, or worth knowing.
type FindingView struct {
	ID, Mark, Title, Where string
	Effect                 *web.ProblemView
	Field, Is, Want        string
	Pair                   bool
	Seen                   []web.AskedView
	More                   []web.AskedView // folded
	Fix                    string
	Record                 *web.RecordTable // as it should be; nil: it is about none
	Repair                 *RepairView      // in a job of a setup; nil: none does
}

// A DoorView is a way past CloudFront.
type DoorView struct {
	Title, Fix string
	Seen       []web.AskedView
	Line       string
}

// A NeedView is a look that would tell more.
type NeedView struct {
	setup.Need
	Line web.AskedView
}

// A ThingView is something that there is in AWS.
type ThingView struct {
	Key, State, ID, Shown string
	Console               web.ConsoleLink
}

// Bounds of what a page shows of a diagnosis, whatever is stored.
const (
	findingsShown = 25
	thingsShown   = 40
	groupsShown   = 60 // looks
	serversShown  = 13
	doorsShown    = 8
	seenShown     = 2 // questions of a finding; the others are folded
	rightShown    = 5 // looks, if all were right; the others are folded
)

// waitsAfter is how long a diagnosis waits for a worker before the page says so.
const waitsAfter = 5 * time.Second

// verdictWords are the icon of a verdict, and its word where the doctor gave none.
func verdictWords(v setup.Verdict) (mark, word string) {
	switch v {
	case setup.VerdictHealthy:
		return "done", "Nothing wrong"
	case setup.VerdictRemarks:
		return "you", "Works, with remarks"
	case setup.VerdictWrong:
		return "failed", "Wrong"
	case setup.VerdictUnsure:
		return "unsure", "Not known"
	case setup.VerdictPastCloudFront:
		return "info", "Not on CloudFront"
	case setup.VerdictStranger:
		return "info", "Not an API Gateway"
	case setup.VerdictNoName:
		return "failed", "Name not found"
	case setup.VerdictNotDelegated:
		return "failed", "Domain not delegated"
	case setup.VerdictPrivate:
		return "you", "Private name"
	case setup.VerdictCouldNot:
		return "unsure", "Could not look"
	case setup.VerdictStopped:
		return "stop", "Stopped"
	}
	return "unsure", "Not known"
}

// StateOf is the icon of a diagnosis and its word.
func StateOf(d setup.Diagnosis) (mark, word string) {
	if d.Open() {
		return "running", "Looking"
	}
	mark, word = verdictWords(d.Verdict)
	return mark, cmp.Or(setup.Clip(setup.Printable(d.Head), 32), word)
}

// NewView is the page of a diagnosis.
func NewView(f Facts) View {
	d := f.Diagnosis
	v := View{
		ID: d.ID, Name: d.Name, Path: d.Path, Question: d.Name + d.Path, Self: "/doctor/" + d.ID, Open: d.Open(), Connection: d.Connection,
		Setups: f.Setups, Options: f.Connections,
	}
	v.Mark, v.Word = StateOf(d)
	looks := d.Looks
	if len(looks) == 0 {
		looks = setup.DoctorLooks()
	}
	ended := 0
	for _, l := range looks {
		if l.State != setup.DoctorWaiting && l.State != setup.DoctorLooking {
			ended++
		}
	}
	if v.Open {
		v.Groups = groups(looks, newRung)
		v.Heading = fmt.Sprintf("%d of %d looks done", ended, len(looks))
		v.Title = fmt.Sprintf("Looking, %d of %d: %s", ended, len(looks), v.Question)
		v.Events, v.MayStop = v.Self+"/events", f.MayStop
		if !f.Still {
			v.Stay = v.Self + "?refresh=off"
		}
		if f.Carry != "" {
			v.Events += "?" + f.Carry
			v.Carried = "The look by which you adopt was older than 10 minutes, so apifront looks once more. What you chose is kept."
			if v.Stay != "" {
				v.Stay += "&" + f.Carry
			}
		}
		switch waited := f.Times.Now.Sub(d.AskedAt); {
		case !d.BegunAt.IsZero():
			v.Since, v.Elapsed = d.BegunAt.UnixMilli(), web.LongTime(f.Times.Now.Sub(d.BegunAt))
		case waited > waitsAfter:
			v.Waits = "No worker has begun yet: others are asked for, or none runs. It begins by itself."
		}
		return v
	}
	v.ended(f, looks)
	return v
}

// ended is what a diagnosis came to.
func (v *View) ended(f Facts, looks []setup.DoctorLook) {
	d := f.Diagnosis
	v.Title, v.Lede = v.Word+": "+v.Question, setup.Clip(setup.Printable(d.Text), 1000)
	v.Said = "Looked at " + v.Question + ": " + v.Word + "."
	v.facts(f)
	v.hops(f)
	offered := false
	for i, x := range d.Findings[:min(len(d.Findings), findingsShown)] {
		one := newFinding(i, x)
		if one.Repair = newRepair(f, i, x); one.Repair != nil && one.Repair.Offer {
			if offered {
				one.Repair = &RepairView{Text: "The job above puts this back too."}
			}
			offered = true
		}
		if x.Beside {
			one.Mark = "you"
			v.Remarks = append(v.Remarks, one)
		} else {
			v.Wrong = append(v.Wrong, one)
		}
	}
	v.Either = slices.Clone(d.Either)
	for i := range v.Either {
		e := &v.Either[i]
		e.Title, e.Text, e.Fix = setup.Printable(e.Title), setup.Printable(e.Text), setup.Printable(e.Fix)
	}
	v.Zone = setup.Clip(setup.Printable(d.Zone), 253)
	for _, s := range d.Servers[:min(len(d.Servers), serversShown)] {
		v.Servers = append(v.Servers, setup.Clip(setup.Printable(s), 253))
	}
	v.needs(f)
	v.Errors = f.Errors
	for _, t := range d.Things[:min(len(d.Things), thingsShown)] {
		v.Things = append(v.Things, newThing(f, t))
	}
	for _, o := range d.Doors[:min(len(d.Doors), doorsShown)] {
		v.Doors = append(v.Doors, DoorView{
			Title: setup.Clip(setup.Printable(o.Title), 300), Fix: setup.Clip(setup.Printable(o.Fix), 1000), Seen: web.AskedViews(o.Asked), Line: setup.Clip(setup.Printable(o.Line), 400),
		})
	}
	v.Healthy = d.Verdict == setup.VerdictHealthy || d.Verdict == setup.VerdictRemarks
	if v.Adopt = f.Adopt; f.Carry != "" && v.Adopt.Href != "" {
		v.Adopt.Href += "?" + f.Carry
		v.Carried = "apifront has looked once more. Go on with adopting: what you chose is kept."
	}
	v.New = len(f.Setups) == 0 && v.Adopt.Href == "" && (d.Verdict == setup.VerdictPastCloudFront || d.Verdict == setup.VerdictNoName)
	if t := d.Takeover; t != nil && len(f.Setups) == 0 {
		one := *t
		one.Text = setup.Clip(setup.Printable(one.Text), 1000)
		v.Takeover, v.New = &one, false // its card has the button
	}
	v.looks(looks)
}

// looks are all looks. Those that were right, and those of which a finding tells, are
// folded; if all were right, all but the first few.
func (v *View) looks(looks []setup.DoctorLook) {
	n := 0
	for _, l := range looks {
		if l.State == setup.DoctorRight {
			n++
		}
	}
	var open, folded []setup.DoctorLook
	var words []string
	for i, l := range looks {
		fold := l.State == setup.DoctorRight || l.State == setup.DoctorWrong && len(v.Wrong) > 0
		if n == len(looks) {
			fold = i >= rightShown && len(looks) > rightShown+1
		}
		if !fold {
			open = append(open, l)
			continue
		}
		folded, words = append(folded, l), append(words, lookWords(l.ID))
	}
	v.Shown, v.Folded, v.Names = groups(open, newLook), groups(folded, newLook), setup.And(words)
	v.LooksTitle, v.LooksText = "What was looked at", fmt.Sprintf("%d of %s right.", n, setup.Count(len(looks), "look"))
	if n == len(looks) {
		v.LooksTitle, v.LooksText = setup.Count(n, "look")+", all right", "Each with the line that repeats it."
	}
	switch {
	case len(open) == 0:
		v.Fold = "Show the " + setup.Count(len(folded), "look")
	case len(folded) == 1:
		v.Fold = "Show the other look"
	default:
		v.Fold = "Show the other " + setup.Count(len(folded), "look")
	}
}

// facts are what is known of the look itself.
func (v *View) facts(f Facts) {
	d := f.Diagnosis
	if d.Verdict == setup.VerdictStopped {
		by := "Stopped " + f.Times.Minute(d.DoneAt).Text
		if d.StoppedBy.Name != "" {
			by += " by " + d.StoppedBy.Name
		}
		v.Facts = append(v.Facts, by)
	} else {
		v.Facts = append(v.Facts, "Looked at "+f.Times.Second(d.DoneAt).Text+", took "+tookWords(d.Took)+", changed nothing")
	}
	switch {
	case d.Connection == "":
		v.Facts = append(v.Facts, "AWS was not asked")
	case d.AccountID != "":
		v.Facts = append(v.Facts, "With "+f.Connection+", account "+web.AccountNumber(d.AccountID)+calls(d.Calls))
	default:
		v.Facts = append(v.Facts, "With "+f.Connection)
	}
	if d.KeyHeader != "" {
		v.Facts = append(v.Facts, "With a key in "+setup.Clip(setup.Printable(d.KeyHeader), 60)+", which is kept nowhere")
	}
	if d.By.Name != "" {
		v.Facts = append(v.Facts, "Asked by "+d.By.Name)
	}
	v.Facts = append(v.Facts, "Kept until "+f.Times.Date(d.AskedAt.Add(f.Keeps)).Text)
}

func calls(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + setup.Count(n, "call") + ", all of them reads"
}

// tookWords is how long looking took, to a tenth of a second.
func tookWords(d time.Duration) string {
	if d < time.Minute {
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return web.LongTime(d)
}

// hops is the way of a request.
func (v *View) hops(f Facts) {
	for _, h := range f.Diagnosis.Way[:min(len(f.Diagnosis.Way), len(setup.Parts()))] {
		one := web.NewHop(h)
		switch {
		case one.Mark == "failed":
			v.HopState = "bad"
		case one.Mark == "you" && v.HopState == "":
			v.HopState = "warn"
		}
		v.Hops = append(v.Hops, one)
	}
}

// needs are the looks that would tell more. What needs a connection is asked for where
// one can be chosen.
func (v *View) needs(f Facts) {
	d := f.Diagnosis
	v.NoAWS = d.Connection == "" && d.Verdict != setup.VerdictStopped && d.Verdict != setup.VerdictNoName && d.Verdict != setup.VerdictPrivate && d.Verdict != setup.VerdictCouldNot
	for _, n := range d.Needs[:min(len(d.Needs), 8)] {
		n.Title, n.Text = setup.Clip(setup.Printable(n.Title), 200), setup.Clip(setup.Printable(n.Text), 600)
		switch n.Kind {
		case setup.NeedKey:
			n.Header = cmp.Or(f.TypedIn, n.Header, "X-Api-Key")
		case setup.NeedConnection:
			v.NoAWS = false
		case setup.NeedPath, setup.NeedOwner:
		}
		one := NeedView{Need: n}
		if n.Line != "" {
			one.Line = web.AskedViews([]setup.Asked{{What: n.Title, Line: n.Line}})[0]
		}
		v.Needs = append(v.Needs, one)
	}
}

func newFinding(i int, x setup.FindingBody) FindingView {
	v := FindingView{
		ID: "f" + strconv.Itoa(i+1), Mark: "failed", Title: setup.Clip(setup.Printable(x.Title), 300), Field: setup.Clip(setup.Printable(x.Field), 120),
		Is: side(x.Is), Want: side(x.Want), Pair: x.Is != "" || x.Want != "", Seen: web.AskedViews(x.Evidence),
	}
	if len(v.Seen) > seenShown {
		v.Seen, v.More = v.Seen[:seenShown], v.Seen[seenShown:]
	}
	if n := x.Setting.Tutorial(); n > 0 {
		v.Where = "Setting " + strconv.Itoa(n) + " of 6"
	}
	v.Record = web.NewFindingRecord(setup.Domain{}, x)
	if x.Effect != nil {
		p := web.ShowProblem(x.Effect)
		if p.What == x.Title {
			p.What = ""
		}
		v.Fix, p.Fix = p.Fix, ""
		v.Effect = &p
	}
	if x.Fix != "" {
		v.Fix = x.Fix
	}
	if v.Effect == nil && x.Setting != "" && !x.Beside && !strings.HasPrefix(v.Title, "Callers") {
		v.Effect = &web.ProblemView{Why: x.Setting.Harm()}
	}
	v.Fix = setup.Clip(setup.Printable(v.Fix), 1000)
	return v
}

// side is one side of a difference. A policy of AWS's own has a name beside its ID.
func side(value string) string {
	value = setup.Clip(setup.Printable(value), 400)
	if name := setup.Managed(value); name != "" {
		return name + " (" + value + ")"
	}
	return cmp.Or(value, "Nothing")
}

func newThing(f Facts, t setup.Thing) ThingView {
	v := ThingView{Key: setup.Clip(setup.Printable(t.What), 80), State: setup.Clip(setup.Printable(t.State), 80), ID: setup.Clip(setup.Printable(t.ID), 300)}
	if t.Region != "" {
		v.Key += ", " + setup.Clip(setup.Printable(t.Region), 30)
	}
	v.Shown = setup.Clip(lastOfARN(v.ID), 26)
	v.Console = web.ConsoleOfThing(t, f.Diagnosis.Name).Demo(f.Demo)
	return v
}
