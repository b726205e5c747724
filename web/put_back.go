package web

import (
	"cmp"
	"fmt"
	"strconv"

	"apifront/setup"
)

// A PutBackOffer is the job of a setup's newest revision as it is, which puts back
// whatever differs from it.
type PutBackOffer struct {
	Button string
	Text   string // what the job does
	Notice string // whether callers notice
	Lines  []Pair
	Wait   string      // why it cannot be done now; "" if it can
	Clear  *ClearOffer // what CloudFront has kept meanwhile; nil for nothing
}

// linesPutBack is how many lines of a PutBackOffer are named.
const linesPutBack = 25

// NewPutBackOffer is the job that puts findings back, which are the setup's Repairs; nil
// if there are none. The box to clear what is kept belongs to the form of that ID; "":
// to the one around it.
func NewPutBackOffer(v setup.Setup, job int64, list []setup.Finding, form string) *PutBackOffer {
	if len(list) == 0 {
		return nil
	}
	moves, edge := false, false
	for _, x := range list {
		moves = moves || x.Setting == setup.SettingTrafficRecord
		edge = edge || x.Part == setup.PartEdge
	}
	b := &PutBackOffer{
		Button: "Put it back",
		Text:   fmt.Sprintf("Starts a job of revision %d as it is. It compares everything with AWS first, and changes what differs then:", v.Revision),
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
		if i == linesPutBack {
			b.Lines = append(b.Lines, Pair{Key: "And", Value: setup.Count(len(list)-i, "more thing")})
			break
		}
		is, want := IsAndWant(x)
		line := Pair{Key: cmp.Or(x.Field, PartWords(x.Part), "Missing"), Value: setup.Clip(is, 120) + " becomes " + setup.Clip(want, 120)}
		if x.Is == "" && x.Want == "" || x.Field == "" {
			line.Value = x.Title
		}
		if x.Muted() {
			line.Value += " (muted)"
		}
		b.Lines = append(b.Lines, line)
	}
	if job != 0 {
		b.Wait = fmt.Sprintf("Job %d is at work on this setup. One job at a time: try again when it is over.", job)
	}
	b.Clear = NewClearOffer(setup.NewClearing(setup.StaleAfterRepair(v.Spec, list)), form)
	return b
}

// IsAndWant are the two sides of a difference in words.
func IsAndWant(x setup.Finding) (is, want string) {
	return sideWords(x.Is), sideWords(x.Want)
}

// sideWords is one side of a difference. A policy of AWS's own has a name that
// people know, beside its ID.
func sideWords(value string) string {
	if name := setup.Managed(value); name != "" {
		return name + " (" + value + ")"
	}
	return cmp.Or(value, NoSide)
}

// NoSide is the side of a difference on which there is none.
const NoSide = "Nothing"

// PartWords says where on the way of a request something is.
func PartWords(p setup.Part) string {
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
