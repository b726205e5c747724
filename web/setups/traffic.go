package setups

import (
	"cmp"
	"fmt"
	"time"

	"apifront/setup"
	"apifront/web"
)

// An Act is something that a page of a setup offers beside its settings.
type Act struct {
	Title string // of the card, or of the button
	Text  string // what it does, and whether clients notice
	Wait  string // why it cannot be done now; "" if it can
}

// traffic decides which moves of the traffic are offered: to CloudFront, and
// back.
func (v *View) traffic(f Facts) {
	if f.Setup.Spec.IsGone() {
		return
	}
	wait := ""
	if v.Active != 0 {
		wait = fmt.Sprintf("Job %d is at work on this setup. One job at a time: try again when it is over.", v.Active)
	}
	if f.Setup.Spec.CanMove(f.Resources, f.LastApply) {
		v.move(f, wait)
	}
	v.wayBack(f, wait)
}

// move offers the job that leads callers to CloudFront.
func (v *View) move(f Facts, wait string) {
	d := f.Setup.Spec.Domain
	written := len(f.Resources.Records(setup.KeyRecordTraffic)) > 0
	v.Still = v.stillThere(f)
	if v.MovedOutside = !written && f.State.ID == setup.StateServing && !f.Look.SeenAt.IsZero() && standsNow(f) == nowHere; v.MovedOutside {
		v.Move = &Act{Title: "The traffic has been moved by hand", Wait: wait, Text: movedOutside(d)}
		return
	}
	target := f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	text := "Starts a job that compares everything with AWS, tests CloudFront again, and then "
	if d.DNS == setup.DNSElsewhere {
		text += "shows the record to change where you manage DNS: " + d.Name + " is to lead to " + target + "."
	} else {
		text += "leads " + d.Name + " to " + target + " in Route 53."
	}
	v.Try, v.Tried = f.Setup.Spec.TryFirst(target), triedBefore(f)
	if now := seenRecords(d.Name, f.Look.Own()); len(now) > 0 {
		v.MoveBack = "To go back, give the name its present record again: " + web.RecordWords(now) + ". It stays on this page."
	}
	title := "Traffic has not moved to CloudFront"
	if f.State.ID == setup.StateMovedBack {
		title = "Traffic was moved back"
	}
	if written {
		title = "Moving the traffic is left to you"
		text = "When a job last saw the record of " + d.Name + ", it led to CloudFront. " + text
	}
	v.Lower = web.NewLowerOffer(f.Times, d, f.Look.OldTTL, "")
	if f.Look.Cause != nil {
		p := web.ShowProblem(f.Look.Cause)
		v.MoveCause = &p
	}
	follow := web.ClientsFollow(d)
	if f.Look.OldTTL > 0 {
		follow = "within " + setup.Span(setup.OldFor(f.Look.OldTTL)) + ", the TTL of the record that is there now"
	}
	v.Move = &Act{Title: title, Wait: wait, Text: text + " Clients follow " + follow + ". What stands there before is kept, so that you can put it back."}
}

// triedBefore says what the last check's requests past DNS came to; "" if it made none that
// passed.
func triedBefore(f Facts) string {
	for _, h := range f.Way.Hops {
		if h.Part == setup.PartGateway && h.State == setup.HopRight {
			return "The last check came through CloudFront in the same way: " + setup.LowerFirst(setup.Clip(setup.Printable(h.Claim), 80)) + "."
		}
	}
	return ""
}

// movedOutside is about a job that takes over a move which somebody made.
func movedOutside(d setup.Domain) string {
	text := "The last check saw that " + d.Name + " leads to CloudFront. This revision leaves the record to you, so apifront does not look after it. A job takes it over: it compares everything with AWS, tests CloudFront again, and "
	if d.DNS == setup.DNSElsewhere {
		return text + "looks for the record where you manage DNS. Callers notice nothing."
	}
	return text + "keeps the record in Route 53 from then on. Callers notice nothing."
}

// wayBack decides whether the old record, or its TTL, can be put back.
func (v *View) wayBack(f Facts, wait string) {
	d := f.Setup.Spec.Domain
	if old := f.Resources.OldRecords(d.Name); f.Resources.CanRestore(d.Name) {
		text, title := "The way back is open: before, "+web.RecordWords(old)+" stood there. "+web.OldRecordText(d, old), "Put the old record back"
		if k := f.Resources.Lowered(); f.Resources.OnlyLowered() {
			text = fmt.Sprintf("A job lowered the TTL of %s from %s to %d s, and traffic has not moved. A job gives it its TTL back, unless somebody has changed the record since.",
				web.RecordWords(old), setup.Span(time.Duration(k.TTL())*time.Second), setup.LowTTL)
			title, v.OnlyTTL = "Put the old TTL back", true
		}
		for _, older := range f.Resources.OlderRecords() {
			text += " An earlier job replaced " + web.RecordWords(older) + "."
		}
		if header := f.Setup.Spec.Edge.OriginHeader; header != "" && !v.OnlyTTL {
			text += " If an API wants the header " + header + ", it refuses whoever comes past CloudFront: take that check out first if the old record leads to it."
		}
		v.Restore = &Act{Wait: wait, Text: text, Title: title}
	}
	if f.State.ID == setup.StateMovedBack {
		v.PutBack = &PutBackView{By: "Put back outside apifront."}
		switch {
		case f.Last.Kind == setup.JobRestore && f.Last.State != setup.JobSucceeded:
			v.PutBack = nil // nobody knows whether it is back
		case f.Last.Kind == setup.JobRestore:
			row := web.NewJobRow(f.Times, f.Last)
			v.PutBack = &PutBackView{By: "Put back by " + cmp.Or(f.Last.CreatedBy.Name, "somebody"), Job: &row, Reason: f.Last.Input.Reason}
		}
	}
}

// stop ends the sentence, or leads on to the reason.
func (p PutBackView) stop() string {
	if p.Reason != "" {
		return ": "
	}
	return "."
}

// A PutBackView says who put the old record back.
type PutBackView struct {
	By     string // a sentence, or the beginning of one that Job ends
	Job    *web.JobRow
	Reason string // in that person's own words; "" for none
}
