package setups

import (
	"fmt"

	"apifront/setup"
	"apifront/web"
)

// A MoreItem is a line of the menu More: something that is done with a setup now
// and then. Each says what it does, or why it cannot be done now.
type MoreItem struct {
	Text string // names the act
	Does string // what it does; where it cannot be done: why
	Href string // the page that it opens; "" for none
	Post string // the address that its form is sent to; "" for none
}

// more makes the menu, group by group.
func (v *View) more(f Facts) {
	url, old := "/setups/"+v.ID, f.Resources.OldRecords(v.Name)
	traffic := MoreItem{Text: "Put the old record back"}
	switch {
	case v.Move != nil && v.Move.Wait == "":
		traffic = MoreItem{Text: "Move traffic now", Does: "Callers follow " + web.ClientsFollow(f.Setup.Spec.Domain), Post: url + "/traffic/move"}
	case v.Move != nil:
		traffic = MoreItem{Text: "Move traffic now", Does: v.Move.Wait}
	case v.Restore != nil && v.Restore.Wait == "":
		traffic.Does, traffic.Href = fmt.Sprintf("%s, callers are back %s", web.RecordWords(old), web.ClientsFollow(f.Setup.Spec.Domain)), url+"#back"
	case v.Restore != nil:
		traffic.Does = v.Restore.Wait
	default:
		traffic.Does = "No job has replaced a record of this name"
	}
	clear := MoreItem{Text: "Clear cached answers", Href: url + "/clear", Does: "CloudFront asks the API again"}
	switch {
	case !v.CanClear:
		clear.Does, clear.Href = v.NoClear, ""
	case !f.Setup.Spec.MayKeep():
		clear.Does = "Caching is off: nothing is kept"
	}
	v.Menu = [][]MoreItem{
		{clear, traffic, {Text: "Copy to another name", Post: url + "/copy", Does: "Opens the wizard with these answers"}},
		{{Text: "Secret header", Href: url + "/secret", Does: secretDoes(f.Setup.Spec)}, {Text: "IAM policy", Href: url + "/policy", Does: "To run jobs, to look, or to take down"}},
	}
	down := MoreItem{Text: "Take down", Href: url + "/teardown", Does: "Deletes what apifront made, and shows what first"}
	switch {
	case f.State.ID == setup.StateGone:
		down.Href, down.Does = "", "It is taken down"
	case f.State.ID == setup.StateGivenBack:
		down.Href, down.Does = "", "It was given back, so nothing of it is apifront's to delete"
	case f.State.Job != 0:
		down.Href, down.Does = "", fmt.Sprintf("Job %d is at work on this setup", f.State.Job)
	}
	if !f.Adopted.IsZero() {
		if down.Href != "" {
			down.Does = "Deletes what was adopted, and shows what first"
		}
		back := MoreItem{Text: "Give it back", Does: "Forgets this setup, and leaves AWS as it is"}
		switch {
		case v.Active != 0:
			back.Does = fmt.Sprintf("Job %d is at work on this setup", v.Active)
		case !f.Givable:
			back.Does = "A job has changed something since it was adopted"
		default:
			back.Post = url + "/forget"
		}
		v.Menu = append(v.Menu, []MoreItem{back, down})
		return
	}
	v.Menu = append(v.Menu, []MoreItem{down})
}

// offered says whether an act is offered to somebody who may act, or may not.
func (m MoreItem) offered(act bool) bool { return m.Href != "" || m.Post != "" && act }

// why is the line under the name of an act.
func (m MoreItem) why(act bool) string {
	if m.Post != "" && !act {
		return "Somebody with the role operator can do this"
	}
	return m.Does
}

// secretDoes is the line under "Secret header".
func secretDoes(s setup.Spec) string {
	if s.Edge.OriginHeader == "" {
		return "None: the API cannot tell CloudFront from others"
	}
	return "Show or change it, and make the API require it"
}
