package setups

import (
	"fmt"
	"strconv"
	"time"

	"apifront/setup"
	"apifront/web"
)

// Facts is what a setup page is made from.
type Facts struct {
	Times     web.Times
	Demo      bool // AWS is the simulator
	Setup     setup.Setup
	Resources setup.Resources
	Makers    map[string]setup.StepID // which step makes the resource of each key
	Former    setup.Former            // what is not current any more
	LastApply setup.Job               // the newest that made or changed things; zero for none, or where traffic has moved
	History   setup.History           // what is shown of it
	Kind      setup.HistoryKind       // what the page was asked for
	Before    string                  // the place in the history that it begins at; "" for the newest
	Drafts    []setup.Draft           // changes that are not started, the one saved last first
	State     setup.State
	Last      setup.Job          // the newest that ended and may have changed something; zero for none
	Plan      setup.Schedule     // when it is checked by itself
	Told      []setup.Listener   // who is told of it
	Adopted   time.Time          // when it was adopted, if no job has made everything since; zero otherwise
	Givable   bool               // it was adopted, and no job has changed anything since
	Checks    []setup.Checkup    // the newest, one that has not ended first
	Findings  []setup.Finding    // that are open
	Keeps     map[string]Keeping // by the IDs of those that an answer of the setup can say
	Tallies   []Tally            // of the last week
	Guard     setup.Guard        // what the last check saw of the certificates

	Look setup.DNSLook // what the last check that asked every server saw of the name
	Way  setup.Way     // the way of a request, as the last check saw it
}

// View is the page of a setup.
type View struct {
	Standing
	ID, Name     string
	Checked      []web.Pair // how often it is checked, and when
	Active       int64      // number of the job at work now; 0: none
	Again        bool       // nothing of it is wanted any more, so it can be set up again
	CanHide      bool       // it can be removed from the list
	CleanUp      bool       // what a first job made, or a teardown has not deleted, can be deleted
	Rows         []Row
	Outside      []Row  // records that are not in AWS, but at a DNS provider
	RowsNote     string // since when that is so
	Records      []web.RecordRow
	RecordsNote  string // what becomes of them; "" for nothing to say
	Path         web.PathView
	ManyPaths    []web.PathAPI // the paths, where there are too many for the narrow column
	CanClear     bool
	NoClear      string // why not
	Caching      string
	Shared       string           // which callers share kept answers that a new setup tells apart; "" for none
	Move         *Act             // leads clients to CloudFront; nil where that is not offered
	MovedOutside bool             // Move takes over what somebody has done
	Try          string           // the command that asks CloudFront for the name past DNS, before callers do; "": none
	Tried        string           // what the last check saw past DNS; "": nothing
	MoveBack     string           // how callers come back to where the name leads now; "": it leads nowhere
	Restore      *Act             // puts the old record back
	Lower        *web.LowerOffer  // lowers the TTL of the old record before the move; nil where that gains nothing
	Still        string           // where the name leads while its move is left for later
	MoveCause    *web.ProblemView // what went wrong when somebody moved it by hand
	Named        *NamedView       // what DNS says of the name; nil where there is nothing to say
	OnlyTTL      bool             // Restore gives back only the TTL
	PutBack      *PutBackView     // who put the old record back; nil while it is not back
	Settings     []Setting        // the answers, page by page
	Revision     int              // the newest
	Menu         [][]MoreItem     // the menu, group by group
	History      HistoryView
	Drafts       []DraftLine
	MoreDrafts   int               // how many more there are
	Certificates *CertificatesView // nil before a check has seen them
	Told         web.ToldView      // who is told what happens to it
	Gone         bool              // it is taken down or given back: nothing of it is said to be there or to be checked
	Given        bool              // it was given back
}

// Row is one AWS resource of a setup.
type Row struct {
	Label, Code, Copy, What string
	Console                 web.ConsoleLink // to it in AWS
	State                   string
	Note                    string
	Seen                    web.Moment
}

// NewView decides everything a setup page shows.
func NewView(f Facts) View {
	spec := f.Setup.Spec
	v := View{
		Standing: NewStanding(f),
		ID:       f.Setup.ID, Name: f.Setup.Name(),
		Active: f.History.Active, Revision: f.Setup.Revision, History: newHistory(f),
	}
	v.Gone, v.Given = f.State.ID.Over(), f.State.ID == setup.StateGivenBack
	v.Again = spec.IsGone() && v.Active == 0
	v.CanHide = v.Gone && f.Setup.HiddenAt.IsZero()
	v.CleanUp = f.State.ID == setup.StateNotFinished && v.Active == 0 && f.History.Jobs > 0
	v.Facts = append(v.Facts, fmt.Sprintf("%s, %s", spec.Account.Region, setup.Count(len(spec.API.Mappings), "path")))
	created, first := "Created "+f.Times.Date(f.Setup.CreatedAt).Text, true
	if !f.Adopted.IsZero() {
		created, first = "Adopted "+f.Times.Date(f.Adopted).Text, f.Adopted.Equal(f.Setup.CreatedAt)
	}
	if first && f.Setup.CreatedBy.Name != "" {
		created += " by " + f.Setup.CreatedBy.Name
	}
	v.Facts = append(v.Facts, created)
	if days, ok := daysLeft(f); ok {
		v.Facts = append(v.Facts, "Certificates valid for "+setup.Count(days, "day"))
	}
	if !v.Gone { // what a check saw was deleted since
		v.Certificates = certificates(f)
	}
	v.resources(f)
	v.Path = web.NewPath(spec, f.Resources)
	if len(v.Path.APIs) > fewPaths {
		v.ManyPaths = v.Path.APIs
		v.Path.Elsewhere = true
	}
	v.clearing(f)
	v.traffic(f)
	v.named(f)
	v.records(f)
	v.Told = web.ToldOfSetup(f.Told)
	v.Checked = scheduleFacts(f.Times, f.State, f.Plan, f.Checks)
	v.Settings = settings(f)
	v.drafts(f)
	v.more(f)
	return v
}

// daysLeft is how long all certificates are valid.
func daysLeft(f Facts) (int, bool) {
	days, found := 0, false
	for _, key := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
		until := validUntil(f, f.Resources[key])
		if until.IsZero() {
			continue
		}
		n := int(until.Sub(f.Times.Now) / (24 * time.Hour))
		if !found || n < days {
			days = n
		}
		found = true
	}
	return max(days, 0), found
}

// fewPaths is how many paths are listed beside the drawing; more get a table
// of their own.
const fewPaths = 6

// certificateWarning is how many days before its end a certificate gets a
// warning. ACM renews well before that.
const certificateWarning = 30

func certificateNote(c web.Times, until time.Time) string {
	days := int(until.Sub(c.Now) / (24 * time.Hour))
	switch {
	case until.Before(c.Now):
		return "Ended " + c.Date(until).Text
	case days <= certificateWarning:
		return setup.Count(days, "day") + " left. It should have renewed by itself: keep the validation record"
	default:
		return setup.Count(days, "day") + " left, until " + c.Date(until).Text
	}
}

func (v *View) records(f Facts) {
	d := f.Setup.Spec.Domain
	add := func(r setup.Record, what string) {
		v.Records = append(v.Records, web.NewRecordRow(d, asEntered(f, r), what))
	}
	if v.Named == nil {
		for _, r := range f.Resources.Records(setup.KeyRecordTraffic) {
			add(r, "traffic record")
		}
	}
	v.RecordsNote = recordsNote(f)
	for _, key := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
		name, value := f.Resources.Attr(key, setup.AttrRecordName), f.Resources.Attr(key, setup.AttrRecordValue)
		if name == "" || value == "" {
			continue
		}
		for _, have := range v.Records {
			if have.Full == name || have.Name == name {
				name = ""
			}
		}
		if name != "" {
			add(setup.Record{Type: "CNAME", Name: name, Value: value}, "validation record")
		}
	}
}

func (v *View) clearing(f Facts) {
	switch {
	case f.Setup.Spec.CachingAsFound():
		v.Caching = "What CloudFront keeps stays as it was found when the setup was adopted, so it may keep answers."
	case f.Setup.Spec.Edge.Caching == setup.CachingOff:
		v.Caching = "Caching is off, so CloudFront keeps nothing. Clearing does no harm and changes nothing."
	case f.Setup.Spec.Edge.Caching == setup.CachingAPI:
		v.Caching = "CloudFront keeps answers for as long as the API's Cache-Control says."
	default:
		v.Caching = "CloudFront keeps answers for " + setup.Span(f.Setup.Spec.Edge.KeepFor()) + "."
	}
	if f.Setup.Spec.Edge.Caching != setup.CachingOff {
		v.Caching += " They are told apart by " + web.KeyText(f.Setup.Spec.Edge) + "."
		v.Shared = f.Setup.Spec.Edge.SharedText()
	}
	switch {
	case f.Setup.Spec.IsGone():
		v.NoClear = "Nothing of this setup is wanted any more."
		if v.Given {
			v.NoClear = "It was given back."
		}
	case f.Resources.ID(setup.KeyDistribution) == "":
		v.NoClear = "There is no distribution yet. The job makes it."
	case v.Active != 0:
		v.NoClear = "Job " + strconv.FormatInt(v.Active, 10) + " is at work on this setup. One job at a time: clear when it is over."
	default:
		v.CanClear = true
	}
}
