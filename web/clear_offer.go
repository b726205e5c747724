package web

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"apifront/setup"
)

// A ClearOffer says which answers a job would leave kept that are not right any
// more, and offers to clear them in the same job.
type ClearOffer struct {
	Reasons []string
	Label   string // of the box to tick; "": the job clears them without being asked
	Detail  string // what clearing takes, and what becomes of answers that are not cleared
	On      bool
	Form    string // ID of the form that the box belongs to; "": the one around it
}

// NewClearOffer is the offer for what is kept; nil for nothing.
func NewClearOffer(c *setup.Clearing, form string) *ClearOffer {
	if c == nil {
		return nil
	}
	o := &ClearOffer{Form: form, On: c.Need >= setup.StaleRisk}
	for _, r := range c.Reasons {
		o.Reasons = append(o.Reasons, r.Why)
	}
	paths := strings.Join(c.Paths, " ")
	if len(c.Paths) == 1 && paths == "/*" {
		paths = "everything"
	}
	when := "before it tests from outside"
	if c.Last {
		when = "at its end, after the path is removed"
	}
	if c.Need == setup.StaleMust {
		o.Detail = fmt.Sprintf("The job clears %s %s. It takes about 1 minute and counts as %s of the %s free ones a month.", paths, when, setup.Count(len(c.Paths), "path"), setup.Thousands(setup.FreeCachePaths))
		return o
	}
	o.Label = "Clear " + paths + " in the same job"
	o.Detail = fmt.Sprintf("The job does it %s. It takes about 1 minute and counts as %s of the %s free ones a month. The next request for each path goes to the API.", when, setup.Count(len(c.Paths), "path"), setup.Thousands(setup.FreeCachePaths))
	return o
}

// ClearField is the name of the box that takes a ClearOffer.
const ClearField = "clear"

// form is the attribute that ties the box to its form.
func (o ClearOffer) form() templ.Attributes {
	if o.Form == "" {
		return nil
	}
	return templ.Attributes{"form": o.Form}
}
