package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// An AdoptOffer is what the page of a diagnosis says of adopting.
type AdoptOffer struct {
	Href    string // "": there is nothing to adopt
	Refused string // why it cannot be adopted
}

// ChoiceField is the name of the field with what becomes of the difference of the key.
func ChoiceField(key string) string { return "d-" + key }

// What may become of a difference.
const (
	ChoiceKeep  = "keep"  // it stays as it is
	ChoiceRight = "right" // it is put right after adopting
)

// AdoptFacts are what the page to adopt a name is made of.
type AdoptFacts struct {
	Diagnosis  setup.Diagnosis // has an Adoption
	Times      web.Times
	Demo       bool
	Connection string            // what people call it
	Choices    map[string]string // by the keys of differences, where somebody has chosen
	Note       string            // why the page is shown once more; "" for nothing
	Held       *setup.Problem    // another setup has something of it
}

// An AdoptView is the page to adopt a name.
type AdoptView struct {
	Name, Self, Back string
	Connection       string // ID
	Digest           string
	Note             string
	Old              bool // the look is so old that another one is made first
	Facts            []string
	Refused          []web.ProblemView
	Later, LaterText string // what is changed later
	TakenText        string
	Taken, MoreTaken []TakenView
	Stays            []ThingView
	DiffersText      string
	Differs          []DifferenceView
	Makers           []MakerView
	Found            []web.Pair
}

// The field of the button that leads on to the change that puts things right.
const (
	ThenField = "then"
	ThenFix   = "fix"
)

// MayFix says whether anything can be put right in the same go.
func (v AdoptView) MayFix() bool {
	return len(v.Refused) == 0 && slices.ContainsFunc(v.Differs, func(d DifferenceView) bool { return d.Only == "" })
}

// A TakenView is a thing that would be taken over.
type TakenView struct {
	ThingView
	Copies       bool // its ID is one that can be copied
	Rest         string
	Others, Stay string
}

// A DifferenceView is a setting that differs from the recipe.
type DifferenceView struct {
	ID, Field, Title, Text, Is, Want string
	Right                            bool // chosen: it is put right
	Only                             string
}

// A MakerView is a tool that made something of it.
type MakerView struct{ Head, Text, Line, What string }

// Bounds of what the page shows, whatever is stored.
const (
	takenShown   = 20
	takenMost    = 400
	differsShown = 200
	makersShown  = 20
	idShown      = 160 // characters of an ID that is a list
	idOfOne      = 16  // of any other
)

// NewAdopt is the page to adopt a name.
func NewAdopt(f AdoptFacts) AdoptView {
	d, a := f.Diagnosis, f.Diagnosis.Adoption
	v := AdoptView{
		Name: d.Name, Back: "/doctor/" + d.ID, Self: "/doctor/" + d.ID + "/adopt", Connection: d.Connection, Digest: a.Digest(), Note: f.Note,
		Old: f.Times.Now.Sub(d.DoneAt) > setup.AdoptWithin,
	}
	where := f.Connection
	if d.AccountID != "" {
		where += ", account " + web.AccountNumber(d.AccountID)
	}
	if region := a.Spec.Account.Region; region != "" {
		where += ", " + region
	}
	v.Facts = []string{"Found " + f.Times.Past(d.DoneAt) + ", in " + where, "Looked only, changed nothing"}
	v.refused(f)
	v.taken(f)
	v.differs(f)
	for _, m := range a.Makers[:min(len(a.Makers), makersShown)] {
		v.Makers = append(v.Makers, newMaker(m))
	}
	for _, h := range d.Way[:min(len(d.Way), len(setup.Parts()))] {
		one := web.NewHop(h)
		v.Found = append(v.Found, web.Pair{Key: one.Kind, Value: one.Claim})
	}
	v.Found = append(v.Found, web.Pair{Key: "Asked", Value: strings.TrimPrefix(calls(max(d.Calls, 1)), ", ")})
	return v
}

// refused says why it cannot be adopted.
func (v *AdoptView) refused(f AdoptFacts) {
	list := f.Diagnosis.Adoption.Refused
	if f.Held != nil {
		list = append([]setup.Problem{*f.Held}, list...)
	}
	for _, p := range list[:min(len(list), 20)] {
		p.Fix = p.FixOutside()
		v.Refused = append(v.Refused, web.ShowProblem(&p))
	}
}

// taken is what would be taken over, and what stays.
func (v *AdoptView) taken(f AdoptFacts) {
	a, alone := f.Diagnosis.Adoption, true
	for _, t := range a.Taken[:min(len(a.Taken), takenMost)] {
		one := TakenView{ThingView: newThing(Facts{Diagnosis: f.Diagnosis, Demo: f.Demo}, t.Thing), Others: "Nothing else"}
		one.Copies = one.ID != "" && !strings.ContainsAny(one.ID, " ,")
		one.Shown = setup.Clip(lastOfARN(one.ID), idOfOne)
		if !one.Copies {
			one.Shown = setup.Clip(setup.Printable(t.ID), idShown)
			if full := setup.Clip(setup.Printable(t.ID), 20_000); one.Shown != full {
				one.Rest = full
			}
		}
		if t.Others != "" {
			alone, one.Others = false, setup.Clip(setup.Printable(t.Others), 300)
		}
		one.Stay = setup.Clip(setup.Printable(t.Stays), 300)
		if len(v.Taken) < takenShown {
			v.Taken = append(v.Taken, one)
		} else {
			v.MoreTaken = append(v.MoreTaken, one)
		}
	}
	switch {
	case len(a.Taken) == 0:
		v.TakenText = "Nothing was found that could be taken over."
	case alone:
		v.TakenText = setup.Count(len(a.Taken), "thing") + ", used by this name only."
	default:
		v.TakenText = setup.Count(len(a.Taken), "thing") + ". What others use too is never deleted from here."
	}
	for _, t := range a.Stays[:min(len(a.Stays), thingsShown)] {
		v.Stays = append(v.Stays, newThing(Facts{Diagnosis: f.Diagnosis, Demo: f.Demo}, t))
	}
}

// differs is what is not as apifront would make it, with what was chosen or is proposed.
func (v *AdoptView) differs(f AdoptFacts) {
	a := f.Diagnosis.Adoption
	for i, d := range a.Differs[:min(len(a.Differs), differsShown)] {
		one := DifferenceView{
			ID: "d" + strconv.Itoa(i+1), Field: ChoiceField(d.Key), Title: setup.Clip(setup.Printable(d.Title), 300), Text: setup.Clip(setup.Printable(d.Text), 600),
			Is: side(d.Is), Want: side(d.Want), Right: Chosen(d, f.Choices) == ChoiceRight, Only: setup.Clip(setup.Printable(d.Only), 600),
		}
		v.Differs = append(v.Differs, one)
	}
	v.Later, v.LaterText = "What you choose.", "What you mark below to be put right becomes a change with its own review, which you start when you like."
	v.DiffersText = setup.Count(len(a.Differs), "setting") + ". Everything else is as apifront would make it."
	if len(a.Differs) == 0 {
		v.Later, v.LaterText, v.DiffersText = "Nothing, by itself.", "Everything is as apifront would make it, so nothing is to be put right.", ""
	}
	v.LaterText += " The first job also puts apifront's tags on the distribution and the custom domain."
}

// Chosen is what becomes of a difference: what somebody chose, if that can be, or else
// what is proposed.
func Chosen(d setup.Difference, choices map[string]string) string {
	chosen := choices[d.Key]
	switch {
	case !d.Right():
		return ChoiceKeep
	case chosen == ChoiceKeep || chosen == ChoiceRight:
		return chosen
	case d.Keep:
		return ChoiceKeep
	}
	return ChoiceRight
}

func newMaker(m setup.Maker) MakerView {
	tool := cmp.Or(setup.Clip(setup.Printable(m.Tool), 60), "Another tool")
	v := MakerView{
		Head: fmt.Sprintf("%s made %s.", tool, cmp.Or(setup.Clip(setup.Printable(m.What), 120), "something of it")),
		Line: setup.Printable(m.Line), What: "line that makes " + tool + " let go",
	}
	if sign := strings.TrimSuffix(setup.Clip(setup.Printable(m.Sign), 300), "."); sign != "" {
		v.Text = sign + ". "
	}
	v.Text += "Have " + tool + " let go of it first, or its next run undoes what you change here"
	if v.Line == "" {
		v.Text += ", and change there what you change here."
	} else {
		v.Text += ":"
	}
	return v
}
