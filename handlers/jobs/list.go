package jobs

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webjobs "apifront/web/jobs"
)

// perPage is how many jobs one page of the history lists.
const perPage = 25

// tabs are the tabs of the history, each with its value in the URL, its title
// and the states in it.
func tabs() []struct {
	id, text string
	states   []setup.JobState
} {
	return []struct {
		id, text string
		states   []setup.JobState
	}{
		{"", "All", nil},
		{"needs-you", "Needs you", []setup.JobState{setup.JobNeedsYou}},
		{"running", "Running", []setup.JobState{setup.JobRunning}},
		{"failed", "Failed", []setup.JobState{setup.JobFailed}},
		{"succeeded", "Succeeded", []setup.JobState{setup.JobSucceeded}},
		{"cancelled", "Cancelled", []setup.JobState{setup.JobCancelled}},
	}
}

// A query is the filter of the history, as the URL has it.
type query struct {
	status, kind, q, when, setup, person, tag string

	before int64
	back   []string // the pages before this one, each by the job number below which it starts
}

func readQuery(q url.Values) query {
	j := query{
		status: handlers.Searched(q.Get("status"), 40), kind: handlers.Searched(q.Get("kind"), 40), q: handlers.Searched(q.Get("q"), 300), when: handlers.Searched(q.Get("when"), 40),
		setup: handlers.Searched(q.Get("setup"), 100), person: handlers.Searched(q.Get("person"), 100), tag: handlers.Searched(q.Get("tag"), 400),
	}
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && n > 0 {
		j.before = n
	}
	if b := q.Get("back"); b != "" {
		j.back = strings.Split(setup.First(b, 400), ".")
	}
	return j
}

// url is the history with this filter.
func (j query) url() string {
	v := url.Values{}
	for key, value := range map[string]string{"status": j.status, "kind": j.kind, "q": j.q, "when": j.when, "setup": j.setup, "person": j.person, "tag": j.tag} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if j.before > 0 {
		v.Set("before", strconv.FormatInt(j.before, 10))
	}
	if len(j.back) > 0 {
		v.Set("back", strings.Join(j.back, "."))
	}
	if len(v) == 0 {
		return "/jobs"
	}
	return "/jobs?" + v.Encode()
}

// first is the first page with this filter.
func (j query) first() query {
	j.before, j.back = 0, nil
	return j
}

// next is the page after this one, whose last row is the job n.
func (j query) next(n int64) query {
	j.back = append(slices.Clone(j.back), strconv.FormatInt(j.before, 10))
	if len(j.back) > 20 {
		j.back = j.back[len(j.back)-20:]
	}
	j.before = n
	return j
}

// previous is the page before this one.
func (j query) previous() query {
	if len(j.back) == 0 {
		return j.first()
	}
	last := j.back[len(j.back)-1]
	j.back = j.back[:len(j.back)-1]
	j.before = 0
	if n, err := strconv.ParseInt(last, 10, 64); err == nil && n > 0 {
		j.before = n
	}
	return j
}

func (j query) filter(now time.Time) store.JobFilter {
	f := store.JobFilter{Kind: setup.JobKind(j.kind), Query: j.q, SetupID: j.setup, Person: j.person, Tag: j.tag}
	switch j.when {
	case "day":
		f.Since = now.Add(-24 * time.Hour)
	case "week":
		f.Since = now.Add(-7 * 24 * time.Hour)
	case "month":
		f.Since = now.Add(-30 * 24 * time.Hour)
	}
	return f
}

// list is the job history: a GET form, so that every view has a URL.
func (s *room) list(w http.ResponseWriter, r *http.Request) error {
	q := readQuery(r.URL.Query())
	times := s.Times(r)
	filter, err := s.Store.Find(r.Context(), q.filter(times.Now))
	if err != nil {
		return err
	}
	counts, limit, err := s.Store.CountJobs(r.Context(), filter)
	if err != nil {
		return fmt.Errorf("count jobs: %w", err)
	}
	v := webjobs.ListView{Query: q.q, Status: q.status}
	if err := s.choices(r.Context(), &v, q); err != nil {
		return err
	}
	inTab := count{}
	filter.States = []setup.JobState{setup.JobState(q.status)} // of a tab that is not there
	for _, t := range tabs() {
		n := count{}
		for state, c := range counts {
			if t.states == nil || slices.Contains(t.states, state) {
				n.jobs += c
				n.more = n.more || c >= limit
			}
		}
		to := q.first()
		to.status = t.id
		current := q.status == t.id
		if current {
			filter.States, inTab = t.states, n
		}
		v.Tabs = append(v.Tabs, web.Tab{Text: t.text, Href: to.url(), Count: n.String(), Current: current})
	}
	filter.Before, filter.Limit = q.before, perPage+1
	list, err := s.Store.Jobs(r.Context(), filter)
	if err != nil {
		return fmt.Errorf("list jobs: %w", err)
	}
	s.fill(&v, q, list, inTab, times)
	var ids []string
	for _, j := range list {
		ids = append(ids, j.SetupID)
	}
	tags, err := s.Store.TagsOf(r.Context(), ids)
	if err != nil {
		return err
	}
	for i := range v.Rows {
		v.Rows[i].Tags = web.TagWords(tags[list[i].SetupID])
	}
	return s.Render(w, r, http.StatusOK, webjobs.List(s.Frame(r, "Job history", "jobs"), v))
}

// A count is how many jobs there are, as far as they were counted.
type count struct {
	jobs int
	more bool // there are more than were counted
}

func (n count) String() string {
	if n.more {
		return strconv.Itoa(n.jobs) + "+"
	}
	return strconv.Itoa(n.jobs)
}

// of is the count with its noun: "300 jobs", "more than 300 jobs".
func (n count) of() string {
	if n.more {
		return "more than " + setup.Count(n.jobs, "job")
	}
	return setup.Count(n.jobs, "job")
}

func (s *room) fill(v *webjobs.ListView, q query, list []setup.Job, total count, times web.Times) {
	more := len(list) > perPage
	if more {
		list = list[:perPage]
	}
	for _, j := range list {
		v.Rows = append(v.Rows, web.NewJobRow(times, j))
	}
	if n := len(list); n > 0 {
		v.Pages.Text = total.of()
		if n < total.jobs {
			v.Pages.Text = fmt.Sprintf("%d of %s: number %d down to %d", n, v.Pages.Text, list[0].ID, list[n-1].ID)
		}
		v.Caption = v.Pages.Text + ", newest first"
		if more {
			v.Pages.Next = q.next(list[n-1].ID).url()
		}
	}
	if q.before > 0 {
		v.Pages.Previous = q.previous().url()
	}
	v.Kinds = []web.Option{
		{Value: "", Text: "Any kind", Chosen: q.kind == ""},
		{Value: string(setup.JobApply), Text: "Set up or change", Chosen: q.kind == string(setup.JobApply)},
		{Value: string(setup.JobInvalidate), Text: "Clear cached answers", Chosen: q.kind == string(setup.JobInvalidate)},
		{Value: string(setup.JobTeardown), Text: "Take down", Chosen: q.kind == string(setup.JobTeardown)},
		{Value: string(setup.JobRestore), Text: "Put the old record back", Chosen: q.kind == string(setup.JobRestore)},
	}
	v.Times = []web.Option{
		{Value: "", Text: "Any time", Chosen: q.when == ""},
		{Value: "day", Text: "Last 24 hours", Chosen: q.when == "day"},
		{Value: "week", Text: "Last 7 days", Chosen: q.when == "week"},
		{Value: "month", Text: "Last 30 days", Chosen: q.when == "month"},
	}
	if q.first().url() != "/jobs" {
		v.Clear = "/jobs"
	}
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
