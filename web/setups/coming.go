package setups

import (
	"time"

	"apifront/setup"
	"apifront/web"
)

// workerLate is how late the worker may be with a check before a page says so.
const workerLate = 90 * time.Second

// coming says what check looks just now, or when the next one does.
func (v *Standing) coming(f Facts) {
	now := f.Times.Now
	v.Next = NextText(f.Times, f.State, f.Plan)
	v.Moves = f.History.Active != 0 // also one that only clears
	for _, c := range f.Checks {
		if !c.Open() {
			continue
		}
		v.Moves = true
		late := now.Sub(c.DueAt)
		if !c.HeldTo.IsZero() {
			late = min(late, now.Sub(c.HeldTo))
		}
		switch {
		case c.DueAt.After(now) && c.Reason == setup.CheckAgain:
			v.Next = "The name is asked once more at " + f.Times.Second(c.DueAt).Text
		case c.DueAt.After(now):
			v.Next = "Next check: at " + f.Times.Second(c.DueAt).Text
		case late >= workerLate:
			v.Next = "Next check: due since " + f.Times.Minute(c.DueAt).Text
			v.Late = "The worker has not begun the check that is due for " + web.LongTime(now.Sub(c.DueAt)) + ". Check that the apifront server runs and what its log says. The check begins by itself once the worker is back."
		default:
			v.Checking, v.Next = true, ""
		}
	}
}

// NextText says when a setup is checked next by schedule; "" where that says nothing
// to anybody.
func NextText(times web.Times, state setup.State, plan setup.Schedule) string {
	switch {
	case state.Job != 0:
		return "Next check: right after the job"
	case !state.ID.Checked():
		return ""
	case plan.Off():
		return "Checks by schedule are off"
	case plan.Next.IsZero():
		return ""
	case times.Now.Sub(plan.Next) >= workerLate:
		return "Next check: due since " + times.Minute(plan.Next).Text
	case !plan.Next.After(times.Now):
		return "Next check: now"
	}
	return "Next check: " + times.Minute(plan.Next).Text
}
