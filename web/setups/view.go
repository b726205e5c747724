package setups

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"apifront/setup"
	"apifront/web"
)

// Facts is what a setup page is made from.
type Facts struct {
	Times     web.Times
	Setup     setup.Setup
	Resources setup.Resources
	Former    setup.Former // what is not current any more
	Jobs      []setup.Job  // the newest, newest first
	JobTotal  int
	Clears    []setup.Job       // the newest invalidate jobs
	LastApply setup.Job         // the newest that made or changed things; zero for none, or where traffic has moved
	Revisions []setup.Revision  // newest first
	MadeBy    map[int]setup.Job // what put each revision in place
	Before    int               // the revisions have lower numbers than this; 0: from the newest on
	Drafts    []setup.Draft     // changes that are not started, the one saved last first
	State     setup.State
	Last      setup.Job       // the newest that ended and may have changed something; zero for none
	Checks    []setup.Checkup // the newest, one that has not ended first
	Findings  []setup.Finding // that are open
	Typed     TypedPaths      // what stands in the form for clearing
	Errors    web.FieldErrors
}

// TypedPaths is the form for clearing as it was sent.
type TypedPaths struct {
	Paths string
	Exact bool // without the query strings of each path
}

// View is the page of a setup.
type View struct {
	Standing
	ID, Name    string
	Active      *web.JobRow // the job at work now
	Rows        []Row
	Records     []web.RecordRow
	RecordsNote string // what becomes of them; "" for nothing to say
	Path        web.PathView
	ManyPaths   []web.PathAPI // the paths, where there are too many for the narrow column
	CanClear    bool
	NoClear     string // why not
	Paths       string
	Exact       bool
	Errors      web.FieldErrors
	Caching     string
	Shared      string // which callers share kept answers that a new setup tells apart; "" for none
	Clears      []web.JobRow
	Jobs        []web.JobRow
	JobsURL     string
	JobTotal    int
	Move        *Act      // leads clients to CloudFront; nil where that is not offered
	Restore     *Act      // puts the old record back
	Settings    []Setting // the answers, page by page
	Revision    int       // the newest
	Revisions   []RevisionRow
	Older       string // URL of the revisions before those; "" for none
	Newest      string // URL of the newest revisions; "" when they are shown
	Drafts      []DraftLine
	MoreDrafts  int // how many more there are
}

// Row is one AWS resource of a setup.
type Row struct {
	Label, Code, Copy, What string
	State                   string
	Note                    string
	Seen                    web.Moment
}

// NewView decides everything a setup page shows.
func NewView(f Facts) View {
	spec := f.Setup.Spec
	v := View{
		Standing: NewStanding(f),
		ID:       f.Setup.ID, Name: f.Setup.Name(), Paths: cmp.Or(f.Typed.Paths, "/*"), Exact: f.Typed.Exact, Errors: f.Errors,
		JobsURL: "/jobs?setup=" + f.Setup.ID, JobTotal: f.JobTotal,
	}
	if len(f.Errors) > 0 {
		v.Paths = f.Typed.Paths
	}
	for _, j := range f.Jobs {
		row := web.NewJobRow(f.Times, j)
		if j.State.Active() && v.Active == nil {
			v.Active = &row
		}
		v.Jobs = append(v.Jobs, row)
	}
	v.Facts = append(v.Facts, fmt.Sprintf("%s, %s", spec.Account.Region, setup.Count(len(spec.API.Mappings), "path")))
	created := "Created " + f.Times.Date(f.Setup.CreatedAt).Text
	if f.Setup.CreatedBy.Name != "" {
		created += " by " + f.Setup.CreatedBy.Name
	}
	v.Facts = append(v.Facts, created)
	if days, ok := daysLeft(f); ok {
		v.Facts = append(v.Facts, "Certificates valid for "+setup.Count(days, "day"))
	}
	v.resources(f)
	v.records(f)
	v.Path = web.NewPath(spec, f.Resources)
	if len(v.Path.APIs) > fewPaths {
		v.ManyPaths = v.Path.APIs
		v.Path.Elsewhere = true
	}
	v.clearing(f)
	v.traffic(f)
	v.Settings = settings(f)
	v.revisions(f)
	v.drafts(f)
	return v
}

// daysLeft is how long all certificates are valid.
func daysLeft(f Facts) (int, bool) {
	days, found := 0, false
	for _, key := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
		until := web.NotAfter(f.Resources[key])
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

func (v *View) resources(f Facts) {
	for _, r := range web.Existing(f.Resources) {
		if r.Key == setup.KeyInvalidation {
			continue
		}
		h := web.NewResourceRow(f.Times, f.Setup.Spec, r, false)
		row := Row{Label: h.Label, Code: h.Code, Copy: h.Copy, What: h.What, State: h.State, Seen: f.Times.Ago(r.SavedAt)}
		if until := web.NotAfter(r); !until.IsZero() {
			row.Note = certificateNote(f.Times, until)
		}
		v.Rows = append(v.Rows, row)
	}
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
	add := func(r setup.Record, what string) { v.Records = append(v.Records, web.NewRecordRow(d, r, what)) }
	for _, r := range f.Resources.Records(setup.KeyRecordTraffic) {
		add(r, "traffic record")
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
	for _, j := range f.Clears {
		v.Clears = append(v.Clears, web.NewJobRow(f.Times, j))
	}
	switch f.Setup.Spec.Edge.Caching {
	case setup.CachingOff:
		v.Caching = "Caching is off, so CloudFront keeps nothing. Clearing does no harm and changes nothing."
	case setup.CachingAPI:
		v.Caching = "CloudFront keeps answers for as long as the API's Cache-Control says."
	default:
		v.Caching = "CloudFront keeps answers for " + setup.Span(f.Setup.Spec.Edge.KeepFor()) + "."
	}
	if f.Setup.Spec.Edge.Caching != setup.CachingOff {
		v.Caching += " They are told apart by " + web.KeyText(f.Setup.Spec.Edge) + "."
		v.Shared = f.Setup.Spec.Edge.SharedText()
	}
	switch {
	case f.Resources.ID(setup.KeyDistribution) == "":
		v.NoClear = "There is no distribution yet. The job makes it."
	case v.Active != nil:
		v.NoClear = "Job " + strconv.FormatInt(v.Active.Number, 10) + " is at work on this setup. One job at a time: clear when it is over."
	default:
		v.CanClear = true
	}
}
