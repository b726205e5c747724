package setups

import (
	"fmt"
	"strconv"

	"apifront/setup"
	"apifront/web"
)

// ClearFacts is what the page for clearing cached answers is made from.
type ClearFacts struct {
	Times     web.Times
	Setup     setup.Setup
	Resources setup.Resources
	Clears    []setup.Job // that cleared something, the newest first
	Active    int64       // the job at work on the setup; 0: none
	Used      int         // paths that jobs have cleared in the account this month
	Typed     string
	Errors    web.FieldErrors
}

// A ClearView is the page for clearing cached answers.
type ClearView struct {
	ID, Name, Typed string
	Errors          web.FieldErrors
	Lede            string
	Facts           []string
	Quiet           string // why clearing changes nothing; "": it does
	Cannot          string // why nothing can be cleared now; "": it can
	Covers          []CoverRow
	CoverNote       string // how many of them need another look
	MoreCovers      int    // how many more are not shown
	Month           []web.Pair
	Rows            []web.JobRow
}

// A CoverRow is what one path clears.
type CoverRow struct {
	State      string // icon
	Path       string // as typed
	Text, More string
	Instead    string // a wider path to take; "" for none
	Take       string // its number among the paths
}

// fewCovers is how many paths are explained one by one. Those that need another
// look come first where there are more.
const fewCovers = 100

// NewClear decides everything the page shows.
func NewClear(f ClearFacts) ClearView {
	e := f.Setup.Spec.Edge
	v := ClearView{ID: f.Setup.ID, Name: f.Setup.Name(), Typed: f.Typed, Errors: f.Errors}
	v.Lede = "CloudFront forgets what it keeps for " + v.Name + ". The next request for each path goes to the API."
	switch {
	case f.Setup.Spec.CachingAsFound():
		v.Facts = append(v.Facts, fmt.Sprintf("Kept as it was found, revision %d", f.Setup.Revision))
	case e.Caching == setup.CachingOff:
		v.Quiet = "CloudFront keeps nothing. Clearing changes nothing."
		v.Facts = append(v.Facts, fmt.Sprintf("Caching is off, revision %d", f.Setup.Revision))
	case e.Caching == setup.CachingAPI:
		v.Facts = append(v.Facts, fmt.Sprintf("Kept for as long as the API says, revision %d", f.Setup.Revision))
	default:
		v.Facts = append(v.Facts, fmt.Sprintf("Kept for %s, revision %d", setup.Span(e.KeepFor()), f.Setup.Revision))
	}
	v.Facts = append(v.Facts, "About 1 minute")
	switch {
	case f.Resources.ID(setup.KeyDistribution) == "":
		v.Cannot = "There is no distribution yet. The job makes it."
	case f.Active != 0:
		v.Cannot = fmt.Sprintf("Job %d is at work on this setup. One job at a time: clear when it is over.", f.Active)
	}
	v.covers(f)
	v.month(f)
	for _, j := range f.Clears {
		row := web.NewJobRow(f.Times, j)
		row.What = web.ClearWhat(j.Input.Paths)
		v.Rows = append(v.Rows, row)
	}
	return v
}

func (v *ClearView) covers(f ClearFacts) {
	var first, rest []CoverRow
	list := setup.CacheCovers(f.Typed, f.Setup.Spec)
	for i, c := range list {
		row := CoverRow{State: coverMark(c.State), Path: c.Typed, Text: c.Text, More: c.More, Instead: c.Instead, Take: strconv.Itoa(i)}
		if len(list) > fewCovers && c.State == setup.CoverRight {
			rest = append(rest, row)
		} else {
			first = append(first, row)
		}
		if c.State != setup.CoverRight {
			v.MoreCovers++ // for now: how many need another look
		}
	}
	if v.MoreCovers > 0 {
		v.CoverNote = fmt.Sprintf("%d of %d need another look.", v.MoreCovers, len(list))
		if v.MoreCovers == 1 {
			v.CoverNote = fmt.Sprintf("1 of %d needs another look.", len(list))
		}
	}
	v.Covers = append(first, rest...)
	v.MoreCovers = max(0, len(v.Covers)-fewCovers)
	v.Covers = v.Covers[:len(v.Covers)-v.MoreCovers]
}

func coverMark(s setup.CoverState) string {
	switch s {
	case setup.CoverRemark:
		return "you"
	case setup.CoverWrong:
		return "failed"
	case setup.CoverRight:
	}
	return "done"
}

// month is what clearing has used up. Prices and limits are AWS's.
// https://aws.amazon.com/cloudfront/pricing/ (read 29 November 2026)
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html
func (v *ClearView) month(f ClearFacts) {
	v.Month = []web.Pair{
		{Key: "Free", Value: fmt.Sprintf("%d of %s paths used in the whole account, as far as jobs of this server sent them", f.Used, setup.Thousands(setup.FreeCachePaths))},
		{Key: "After that", Value: "$0.005 a path. One with * counts as one"},
	}
	paths, stars := running(f)
	v.Month = append(v.Month, web.Pair{Key: "Running now", Value: fmt.Sprintf("%d of %s paths, and %d of %d with a *", paths, setup.Thousands(setup.MaxCachePaths), stars, setup.MaxCacheWildcards)})
}

// running counts the paths that CloudFront was still clearing when a job last
// looked: those without a *, and those with one.
func running(f ClearFacts) (paths, stars int) {
	r := f.Resources[setup.KeyInvalidation]
	for _, j := range f.Clears {
		if r.State == setup.InvalidationRuns && r.Attributes[setup.AttrJob] == strconv.FormatInt(j.ID, 10) {
			stars = setup.CacheWildcards(j.Input.Paths)
			return len(j.Input.Paths) - stars, stars
		}
	}
	return 0, 0
}
