package setups

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"apifront/setup"
	"apifront/web"
)

// A HopsView is the way of a request as the last check saw it.
type HopsView struct {
	State string // data-s of the card: "bad", "warn", "" for neither
	Title string
	Age   string // how long ago it was seen; "" if nobody looked
	At    web.Moment
	Hops  []web.HopView
	Looks []LineView // every look, with the lines that repeat it
	None  string     // why there are none
}

// theWay is the title where no check says how things stand now.
const theWay = "The way of a request"

// notKept is why a check says nothing of the hops, though nothing has overtaken it.
const notKept = "The last check did not keep it. Check now shows it."

// hopLasts is for how long what a check saw of a hop stands for now, where no check
// comes sooner.
const hopLasts = 26 * time.Hour

// hops is the way of a request. What a job, a change or time has overtaken is not
// known, whatever it was.
func (v *Standing) hops(f Facts, ended []setup.Checkup) {
	if f.State.ID.Over() || f.State.ID == setup.StateNotFinished || f.State.ID == setup.StateBeingMade {
		return
	}
	h := &HopsView{Title: theWay}
	v.Hops = h
	if v.Seen != nil {
		h.Title, h.At, h.Looks, h.None = v.Seen.Title, v.Seen.At, v.Seen.Lines, v.Seen.None
	}
	last, why := lastLook(f, ended)
	if !last.DoneAt.IsZero() {
		h.Age = f.Times.Past(last.DoneAt)
	}
	seen := map[setup.Part]setup.Hop{}
	for _, hop := range f.Way.Hops {
		seen[hop.Part] = hop
	}
	old := !last.DoneAt.IsZero() && f.Times.Now.Sub(last.DoneAt) > max(hopLasts, 2*f.Plan.Every)
	for _, part := range setup.Parts() {
		hop, looked := seen[part]
		switch {
		case why != "" || !looked:
			hop = setup.Hop{Part: part, Claim: "Not known", Text: why}
		case old:
			hop.State, hop.Text = setup.HopUnknown, "Seen "+h.Age+": "+hop.Text
		}
		v := newHop(f, hop)
		c, id := web.ConsoleOfHop(f.Setup.Spec, f.Resources, part)
		v.Console, v.ID = c.Demo(f.Demo), cmp.Or(v.ID, id)
		h.Hops = append(h.Hops, v)
	}
	unsure := slices.ContainsFunc(h.Hops, func(hop web.HopView) bool { return hop.Mark == "unsure" })
	if old || unsure && (last.Result == setup.CheckHealthy || why != "" && why != notKept && last.Result != setup.CheckCouldNot) {
		h.Title = theWay // what the check came to says more than the hops do
	}
	if why == "" && len(h.Looks) == 0 {
		h.Looks = hopLooks(f.Way.Hops)
	}
	for _, hop := range h.Hops {
		switch {
		case hop.Mark == "failed":
			h.State = "bad"
		case hop.Mark == "you" && h.State == "":
			h.State = "warn"
		}
	}
}

// lastLook is the newest check that looked, and why it does not say how things stand
// now; "" if it does.
func lastLook(f Facts, ended []setup.Checkup) (c setup.Checkup, why string) {
	i := slices.IndexFunc(ended, func(c setup.Checkup) bool { return c.Result != setup.CheckEnded })
	if i < 0 {
		return c, "No check has looked yet."
	}
	switch c = ended[i]; {
	case f.State.Job != 0:
		return c, fmt.Sprintf("Job %d is at work, and may change it.", f.State.Job)
	case c.DoneAt.Before(f.Last.FinishedAt):
		return c, "A job has ended since a check last looked."
	case c.Revision != f.Setup.Revision:
		return c, fmt.Sprintf("The last check looked at revision %d.", c.Revision)
	case c.DoneAt.Before(f.Adopted):
		return c, "It was adopted since a check last looked."
	case c.Result == setup.CheckCouldNot && (f.Way.CheckID != c.ID || len(f.Way.Hops) == 0):
		return c, "The last check could not look."
	case f.Way.CheckID != c.ID || len(f.Way.Hops) == 0:
		return c, notKept
	}
	return c, ""
}

// newHop is a hop of a setup, whose traffic may have been moved back.
func newHop(f Facts, h setup.Hop) web.HopView {
	v := web.NewHop(h)
	if h.State == setup.HopAway && f.State.ID == setup.StateMovedBack {
		v.Mark, v.Word = "back", "moved back"
	}
	return v
}

// hopLooks are the questions of a check that kept no others, by hop.
func hopLooks(list []setup.Hop) (all []LineView) {
	for _, h := range list {
		if len(h.Asked) == 0 {
			continue
		}
		v := newHop(Facts{}, h)
		all = append(all, LineView{Mark: v.Mark, Word: v.Word, Title: v.Kind, Text: v.Claim, Asked: web.AskedViews(h.Asked)})
	}
	return all
}
