package setups

import (
	"fmt"

	"apifront/setup"
	"apifront/web"
)

// An Act is something that a page of a setup offers beside its settings.
type Act struct {
	Title string // of the card, where there is one
	Text  string // what it does, and whether clients notice
	Wait  string // why it cannot be done now; "" if it can
}

// traffic decides which moves of the traffic are offered: to CloudFront, and
// back.
func (v *View) traffic(f Facts) {
	d, wait := f.Setup.Spec.Domain, ""
	if v.Active != nil {
		wait = fmt.Sprintf("Job %d is at work on this setup. One job at a time: try again when it is over.", v.Active.Number)
	}
	if f.Setup.Spec.CanMove(f.Resources, f.LastApply) {
		target := f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
		text := "Starts a job that compares everything with AWS, tests CloudFront again, and then "
		if d.DNS == setup.DNSElsewhere {
			text += "shows the record to change where you manage DNS: " + d.Name + " is to lead to " + target + "."
		} else {
			text += "leads " + d.Name + " to " + target + " in Route 53."
		}
		title := "Traffic has not moved to CloudFront"
		if len(f.Resources.Records(setup.KeyRecordTraffic)) > 0 {
			title = "Moving the traffic is left to you"
			text = "When a job last saw the record of " + d.Name + ", it led to CloudFront. " + text
		}
		v.Move = &Act{Title: title, Wait: wait, Text: text + " Clients follow " + web.ClientsFollow(d) + ". What stands there before is kept, so that you can put it back."}
	}
	if old := f.Resources.OldRecords(d.Name); f.Resources.CanRestore(d.Name) {
		text := "The way back is open: before, " + web.RecordWords(old) + " stood there. " + web.OldRecordText(d, old)
		for _, older := range f.Resources.OlderRecords() {
			text += " An earlier job replaced " + web.RecordWords(older) + "."
		}
		v.Restore = &Act{Wait: wait, Text: text}
	}
}
