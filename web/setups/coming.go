package setups

import (
	"slices"
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
	v.Moves = f.History.Active != 0 || slices.ContainsFunc(f.Checks, setup.Checkup.Open) // a job that only clears too
	c := ordered(f.Times, f.Plan, f.Checks)
	if c == nil {
		return
	}
	late := lateness(now, *c)
	switch {
	case c.Reason == setup.CheckOfMany && !c.Held(now):
		v.Next = "Next check: in its turn, among those of many setups"
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

// ordered is the check that somebody, a job or a silent name has ordered, or that looks
// just now; nil if there is none, or the next one by schedule comes before it.
func ordered(times web.Times, plan setup.Schedule, checks []setup.Checkup) (first *setup.Checkup) {
	for i, c := range checks {
		if c.Open() && (first == nil || c.DueAt.Before(first.DueAt)) {
			first = &checks[i]
		}
	}
	if first != nil && first.DueAt.After(times.Now) && !plan.Off() && !plan.Next.IsZero() && plan.Next.Before(first.DueAt) {
		return nil
	}
	return first
}

// lateness is for how long a check is due and no worker is at it.
func lateness(now time.Time, c setup.Checkup) time.Duration {
	late := now.Sub(c.DueAt)
	if !c.HeldTo.IsZero() {
		late = min(late, now.Sub(c.HeldTo))
	}
	return late
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
