package web

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"apifront/setup"
)

// LowerField is the name of the box that takes a LowerOffer.
const LowerField = "lower"

// A LowerOffer offers to lower the TTL of the old record before traffic moves.
type LowerOffer struct {
	Text   string // how long callers take to follow if it is left as it is
	Label  string // of the box
	Detail string // what it takes
	On     bool
	Form   string // ID of the form that the box belongs to; "": the one around it
}

// NewLowerOffer is the offer for a record with a TTL in seconds; nil where there is
// nothing to gain.
func NewLowerOffer(t Times, d setup.Domain, ttl int, form string) *LowerOffer {
	if ttl <= setup.LowTTL {
		return nil
	}
	span := setup.Span(setup.OldFor(ttl))
	o := &LowerOffer{
		Form:  form,
		Text:  fmt.Sprintf("Callers would follow over up to %s, the TTL of the record that is there now: some at the old server, some at CloudFront.", span),
		Label: fmt.Sprintf("Lower its TTL to %d s first", setup.LowTTL),
	}
	done := t.Minute(t.Now.Add(setup.OldFor(ttl) + time.Minute)).Text
	if d.DNS == setup.DNSElsewhere {
		o.Detail = fmt.Sprintf("You change the TTL where you manage DNS; the job shows how and sees it. Then it takes %s until nobody remembers the old one. All callers follow within a minute after that.", span)
		return o
	}
	o.Detail = fmt.Sprintf("Takes %s, beside the other steps: done around %s. All callers follow within a minute after that. Moving back gives the old record the TTL that it has now.", span, done)
	return o
}

// form is the attribute that ties the box to its form.
func (o LowerOffer) form() templ.Attributes {
	if o.Form == "" {
		return nil
	}
	return templ.Attributes{"form": o.Form}
}
