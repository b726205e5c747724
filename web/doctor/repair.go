package doctor

import (
	"fmt"
	"time"

	"apifront/setup"
	"apifront/web"
)

// Ours is the setup that a diagnosis is about.
type Ours struct {
	Setup   setup.Setup
	Job     int64           // the job at work on it; 0: none
	Open    []setup.Finding // of its checks
	Checked time.Time       // when the last check ended that compared the newest revision; zero: none did

	// Puts says of a finding whether it is about something that a job writes.
	Puts func(setup.FindingBody) bool
}

// A RepairView is how one finding is put right in a job of the setup. With Offer the job
// starts here; without, the setup's own check compares first; with Link a person acts on
// the page of the setup.
type RepairView struct {
	Offer    bool
	Action   string // where its form goes
	Revision int
	Solid    bool
	Button   string // "": it says only what happens
	Text     string
	Lines    []web.Pair // what the job puts back, where that is not just the finding
	Notice   string
	Clear    *web.ClearOffer
	Wait     string // why it cannot begin now; "": it can
	Link     string // of the setup's page; "": it is a form
}

// newRepair is how a finding of a diagnosis is put right; nil: no job of the setup does.
func newRepair(f Facts, i int, x setup.FindingBody) *RepairView {
	o := f.Ours
	if o == nil || x.Passes || !o.Puts(x) {
		return nil
	}
	of := fmt.Sprintf("revision %d of the setup", o.Setup.Revision)
	v := &RepairView{Action: fmt.Sprintf("/doctor/%s/fix/%d", f.Diagnosis.ID, i+1), Revision: o.Setup.Revision, Solid: !x.Beside}
	list := o.Setup.Repairs(o.Open)
	if same, ok := x.SameIn(list); ok {
		all := web.NewPutBackOffer(o.Setup, o.Job, list, fmt.Sprintf("f%d-form", i+1))
		v.Offer = true
		v.Button, v.Notice, v.Clear, v.Wait = "Fix it", all.Notice, all.Clear, all.Wait
		v.Text = fmt.Sprintf("Starts a job of %s as it is, which changes this and nothing else. What was there is kept in the job.", of)
		if len(list) > 1 || same.Field != x.Field { // otherwise the line stands above
			v.Lines = all.Lines
			v.Text = fmt.Sprintf("Starts a job of %s as it is. It puts back all that the last check found, and cannot leave anything out. What was there is kept in the job.", of)
		}
		return v
	}
	records := x.Setting == setup.SettingTrafficRecord || x.Setting == setup.SettingValidationRecord
	at := "/setups/" + o.Setup.ID
	switch spec := o.Setup.Spec; {
	case x.Setting == setup.SettingTrafficRecord && spec.Domain.Switch == setup.SwitchLater:
		v.Link, v.Button, v.Text = at, "Open the setup", fmt.Sprintf("R%s leaves callers where they are. They are moved on its page.", of[1:])
	case records && spec.Domain.DNS == setup.DNSElsewhere:
		v.Link, v.Button, v.Text = at, "Open the setup", "DNS of the name is kept elsewhere, so a person changes the record. The page of the setup has it in the form of the provider."
	case o.Job != 0:
		v.Button, v.Wait = "Check, then fix", fmt.Sprintf("Job %d is at work on the setup. Look again when it is over.", o.Job)
	case o.Checked.After(f.Diagnosis.DoneAt):
		v.Link, v.Button, v.Text = at, "Open the setup", fmt.Sprintf("Its last check ended %s, after this look, and did not find this: it is right again, or %s wants it so. Look again, or change the setup.", f.Times.Past(o.Checked), of)
	default:
		v.Button = "Check, then fix"
		v.Text = fmt.Sprintf("No check of the setup has found this yet. The check compares everything with %s, which takes some seconds and changes nothing. Then its page has each line that one job puts back.", of)
	}
	if v.Link != "" {
		v.Solid = false
	}
	return v
}
