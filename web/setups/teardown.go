package setups

import (
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// TeardownFacts is what the page that takes a setup down is made from.
type TeardownFacts struct {
	Times     web.Times
	Setup     setup.Setup
	Resources setup.Resources
	Plan      []setup.Removal // what a teardown would find, in its order
	Steps     []setup.Step    // of its job, in their order
	Usual     map[setup.StepID]string
	Why       map[setup.StepID]string
	Active    int64          // the job at work; 0: none
	Done      bool           // a teardown has succeeded
	Given     bool           // it was given back
	Adopted   bool           // others made what is there
	Served    bool           // everything was in place, so callers may come through it
	Looking   bool           // what IAM says of the job is being asked
	Early     []setup.Check  // what it said last; nil: nothing yet
	Shown     []web.PreCheck // the same as pages show it
	NotLooked *setup.Problem // why it could not be asked
	Apart     bool           // the hosted zone has a connection of its own
	To        string
	Typed     string // as the name
	Anyway    bool   // the job is to start although it would be refused
	Errors    web.FieldErrors
}

// A TeardownThing is a thing that a teardown deletes or leaves.
type TeardownThing struct {
	Name, Text, Code string
}

// A TeardownStep is a step of a teardown with its usual time.
type TeardownStep struct {
	Title, Text, Usual string
}

// TeardownView is the page that takes a setup down.
type TeardownView struct {
	ID, Name string
	Title    string
	Button   string
	Lede     string
	Cannot   string // why it cannot be done now; "" if it can
	Errors   web.FieldErrors
	Typed    string
	To       []web.Option
	Note     string // what callers get, where nothing is to be chosen
	Deleted  []TeardownThing
	Stays    []TeardownThing
	Steps    []TeardownStep
	Milder   bool // the old record can be put back instead
	Checks   []web.PreCheck
	Looking  bool // and the page asks for the answer by itself
	Refused  bool // IAM says that the job would be refused
	Anyway   bool
}

// NewTeardown decides everything the page shows.
func NewTeardown(f TeardownFacts) TeardownView {
	name := f.Setup.Name()
	v := TeardownView{
		ID: f.Setup.ID, Name: name, Title: "Take down " + name, Button: "Take down", Errors: f.Errors, Typed: f.Typed,
		Lede:   "Deletes what apifront made for this name, in an order in which nothing breaks on the way. Nothing is deleted before you press the button at the end of this page.",
		Milder: f.Served && f.Resources.CanRestore(name),
	}
	if f.Adopted {
		v.Lede = "Deletes what was adopted for this name, though apifront did not make it, in an order in which nothing breaks on the way. Nothing is deleted before you press the button at the end of this page."
	}
	if !f.Served {
		v.Title, v.Button = "Clean up "+name, "Clean up"
	}
	switch {
	case f.Active != 0:
		v.Cannot = fmt.Sprintf("Job %d is at work on this name. One job at a time: try again when it is over.", f.Active)
	case f.Given:
		v.Cannot = "It was given back, so nothing of it is apifront's to delete."
	case f.Done:
		v.Cannot = "It is taken down already."
	}
	v.whereTo(f)
	v.checks(f)
	for _, r := range f.Plan {
		t := TeardownThing{Name: r.Type, Code: r.ID, Text: r.Why}
		if r.Region != "" {
			t.Name += ", " + r.Region
		}
		if r.Path != "" {
			t.Name, t.Code = "Mapping of "+r.Path, ""
		}
		if r.Stays {
			v.Stays = append(v.Stays, t)
			continue
		}
		t.Text = deletedText(r)
		v.Deleted = append(v.Deleted, t)
	}
	v.Stays = append(v.Stays, TeardownThing{Name: "Your APIs and their stages", Text: "apifront did not make them."})
	if header := f.Setup.Spec.Edge.OriginHeader; header != "" {
		v.Stays = append(v.Stays, TeardownThing{Name: "What checks " + header + " in your APIs", Text: "It refuses whoever comes past CloudFront. Take it out first if callers go on to reach the API."})
	}
	if d := f.Setup.Spec.Domain; d.DNS == setup.DNSRoute53 {
		v.Stays = append(v.Stays, TeardownThing{Name: "Hosted zone " + d.ZoneName, Text: "apifront did not make it."})
	} else {
		v.Stays = append(v.Stays, TeardownThing{Name: "Records at your DNS provider", Text: "Only you can change them. The job shows what to change, and deletes none of them itself."})
	}
	for _, s := range f.Steps {
		if s.State != setup.StepSkipped {
			v.Steps = append(v.Steps, TeardownStep{Title: s.Title, Text: f.Why[s.ID], Usual: f.Usual[s.ID]})
		}
	}
	return v
}

// checks says what was looked at before the start. What could not be looked at stops
// nothing.
func (v *TeardownView) checks(f TeardownFacts) {
	if f.Active != 0 || f.Done {
		return
	}
	v.Anyway = f.Anyway
	policy := "/setups/" + v.ID + "/policy?kind=teardown"
	switch {
	case f.Looking && len(f.Early) == 0:
		v.Looking = true
		v.Checks = []web.PreCheck{{State: "running", Title: "Asking IAM whether the job may do all this", Text: "Asking changes nothing. The job does not start before IAM has answered, or cannot answer."}}
	case f.NotLooked != nil:
		v.Checks = []web.PreCheck{{State: "wait", Title: "Permissions could not be checked", Text: f.NotLooked.What + " " + f.NotLooked.FixOutside()}}
	}
	if f.NotLooked != nil {
		return
	}
	for i, c := range f.Shown {
		if f.Early[i].Result == setup.CheckBad && len(f.Early[i].Items) > 0 {
			v.Refused = true
			c.Href, c.Link = policy, "Open the policy to take down"
			if f.Apart && !slices.ContainsFunc(f.Early[i].Items, func(a string) bool { return !strings.HasPrefix(a, "route53:") }) {
				c.Href += "&for=dns"
			}
		}
		v.Checks = append(v.Checks, c)
	}
}

// whereTo offers where the name may lead afterwards.
func (v *TeardownView) whereTo(f TeardownFacts) {
	d, old := f.Setup.Spec.Domain, f.Resources.OldRecords(v.Name)
	leads := len(f.Resources.Records(setup.KeyRecordTraffic)) > 0
	if d.MoveFrom != "" {
		v.Note = setup.MovedNote(v.Name, d.MoveFrom)
	}
	if !leads && !f.Served && v.Note == "" {
		v.Note = "Callers notice nothing: the name was never led to CloudFront."
	}
	if !leads && !f.Served {
		return
	}
	by, goes := "apifront changes the record in Route 53.", "The records that lead to CloudFront are removed. "
	if d.DNS == setup.DNSElsewhere {
		goes = "You remove the records that lead to CloudFront. "
		by = "The job shows what to change at your DNS provider, and waits for it."
	}
	if leads && len(old) > 0 {
		v.To = append(v.To, web.Option{Value: setup.GoneBack, Text: "The old server again", Detail: web.RecordWords(old) + " stood there before. " + by + " Callers are back " + web.ClientsFollow(d) + "."})
	}
	if leads {
		v.To = append(v.To, web.Option{Value: setup.GoneNowhere, Text: "Nowhere", Detail: goes + by + " Callers get “host not found”."})
	}
	v.To = append(v.To, web.Option{Value: setup.GoneMoved, Text: "I have moved the record myself", Detail: "The job waits until the name no longer leads to this distribution."})
	chosen := false
	for i := range v.To {
		if v.To[i].Value == f.To {
			v.To[i].Chosen, chosen = true, true
		}
	}
	if !chosen {
		v.To[0].Chosen = true
	}
	v.To[0].ID = "to"
}

// deletedText says about a thing that is deleted under which condition it is.
func deletedText(r setup.Removal) string {
	switch {
	case r.Path != "":
		return "If it leads where apifront led it. The API stays."
	case r.Key == setup.KeyRecordTraffic:
		return "If it is as apifront wrote it."
	case r.Key == setup.KeyRecordValidation:
		return "If no other certificate renews with it."
	case r.Key == setup.KeyDistribution:
		return "If no other name is on it."
	case strings.HasPrefix(r.Key, "certificate-"):
		return "When nothing uses it any more. ACM may need hours to see that."
	case r.Key == setup.KeyDomain:
		return "If nothing but these paths is mapped on it."
	}
	return "If nothing else uses it."
}
