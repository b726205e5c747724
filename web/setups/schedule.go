package setups

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"apifront/setup"
	"apifront/web"
)

// A ScheduleView is the page that says how a setup is checked, and sets how often.
type ScheduleView struct {
	ID, Name string
	Now      []web.Pair // how often, and when last and next
	Every    []web.Option
	Off      string // what is not seen while it is off
	Asks     []AskView
	Errors   web.FieldErrors
}

// An AskView is how the API at a path is asked.
type AskView struct {
	Path, API string
	Asked     string // "GET /orders/health"
	Right     string // which answer counts
	Key       string // name of the key that is sent; "" for none
}

// NewScheduleView decides everything that the page shows. Checks are the newest ones.
func NewScheduleView(times web.Times, v setup.Setup, state setup.State, plan setup.Schedule, checks []setup.Checkup, errs web.FieldErrors) ScheduleView {
	view := ScheduleView{ID: v.ID, Name: v.Name(), Now: scheduleFacts(times, state, plan, checks), Errors: errs}
	every := setup.CheckIntervals()
	if !slices.Contains(every, plan.Every) {
		every = append(every, plan.Every)
		slices.Sort(every)
	}
	for _, d := range every {
		text := "Off"
		if d > 0 {
			text = "Every " + setup.Span(d)
		}
		view.Every = append(view.Every, web.Option{Value: EveryValue(d), Text: text, Chosen: d == plan.Every})
	}
	for _, m := range v.Spec.API.Mappings {
		view.Asks = append(view.Asks, newAsk(m))
	}
	return view
}

func newAsk(m setup.Mapping) AskView {
	a := AskView{
		Path: m.DisplayPath(), API: cmp.Or(m.APIName, m.APIID), Key: m.Test.Key,
		Asked: cmp.Or(m.Test.Method, http.MethodGet) + " " + m.Tested(), Right: "Any answer that the API itself gave",
	}
	switch {
	case m.Kind == setup.APIKindWebSocket:
		a.Asked, a.Right = "A WebSocket, by jobs and by Check now", "The WebSocket opens. Scheduled checks do not open it, since that runs the API's $connect"
	case m.Test.Status > 0:
		a.Right = "Status " + strconv.Itoa(m.Test.Status)
	}
	return a
}

// scheduleFacts are how often a setup is checked, and when: next by schedule or sooner,
// as the head of its page says.
func scheduleFacts(times web.Times, state setup.State, plan setup.Schedule, checks []setup.Checkup) []web.Pair {
	often := "Every " + setup.Span(plan.Every)
	if plan.Off() {
		often = "Off"
	}
	list := []web.Pair{{Key: "By schedule", Value: often}}
	last := "Not yet"
	if !plan.Told.IsZero() {
		last = times.Minute(plan.Told).Text
	}
	list = append(list, web.Pair{Key: "Last", Value: last})
	next, c := "", ordered(times, plan, checks)
	switch {
	case state.Job != 0:
		next = "Right after the job"
	case c != nil && c.DueAt.After(times.Now):
		next = times.Second(c.DueAt).Text
	case c != nil && lateness(times.Now, *c) >= workerLate:
		next = "Due since " + times.Minute(c.DueAt).Text
	case c != nil:
		next = "Now"
	case plan.Off():
	case !state.ID.Checked():
		next = "Once everything is in place"
	case times.Now.Sub(plan.Next) >= workerLate:
		next = "Due since " + times.Minute(plan.Next).Text
	case !plan.Next.After(times.Now):
		next = "Now"
	default:
		next = times.Minute(plan.Next).Text
	}
	if next != "" {
		list = append(list, web.Pair{Key: "Next", Value: next})
	}
	return list
}

// EveryValue is an interval as the form sends it: minutes.
func EveryValue(d time.Duration) string { return strconv.FormatInt(int64(d/time.Minute), 10) }
