package setups

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"apifront/setup"
	"apifront/web"
)

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

// findingsShown is how many findings a page shows.
const findingsShown = 25

// counts says whether a finding counts for the state.
func counts(f setup.Finding) bool { return !f.Muted() && !f.Passes }

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
