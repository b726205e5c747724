package setups

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

const (
	perPage    = 25
	mostPages  = 1_000_000 // an address may name any
	recentJobs = 5
)

func (s *room) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f := homeFilter(r.URL.Query())
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	page = min(page, mostPages)
	f.Limit, f.Offset = perPage, (page-1)*perPage
	rows, counts, err := s.Store.Setups(ctx, f)
	if err != nil {
		return fmt.Errorf("list setups: %w", err)
	}
	places, err := s.Store.SetupPlaces(ctx)
	if err != nil {
		return err
	}
	tags, err := s.Store.SetupTags(ctx)
	if err != nil {
		return err
	}
	total := counts.Of(f.Group)
	link := func(n int) string { return homeLink(f, n) }
	if last := max((total+perPage-1)/perPage, 1); page > last {
		return handlers.SeeOther(w, r, link(last)) // setups were deleted after the link was made
	}
	drafts, err := s.Store.Drafts(ctx)
	if err != nil {
		return fmt.Errorf("list drafts: %w", err)
	}
	jobs, err := s.Store.Jobs(ctx, store.JobFilter{Limit: recentJobs})
	if err != nil {
		return fmt.Errorf("list jobs: %w", err)
	}
	times := s.Times(r)
	v := websetups.HomeView{
		State: string(f.Group), Query: f.Query, Search: total > perPage || f.Query != "", Faults: s.Faults(ctx), Demo: s.Demo != nil,
		Filtered: f.Query != "" || f.Certificates != "" || f.Account != "" || f.Region != "" || f.Tag != "", Certificates: certificatesOptions(f.Certificates), Tabs: homeTabs(f, counts), Downs: counts[store.GroupDown],
	}
	if v.Said, err = s.Said(w, r); err != nil {
		return err
	}
	v.Total, v.Kept = setup.Count(total, "setup"), kept(f)
	v.CheckUp = total > 0 && f.Group != store.GroupDown && f.Group != store.GroupChanging
	waits := 0
	for _, p := range places {
		waits += p.Waits
	}
	if waits > 0 {
		v.Waiting = setup.Count(waits, "ordered check") + " " + plural(waits, "waits for its", "wait for their") + " turn."
	}
	name := s.placeName(ctx)
	v.Accounts, v.Regions = placeOptions(places, f, name)
	v.Tags = web.TagOptions(tags, f.Tag)
	for _, row := range rows {
		v.Setups = append(v.Setups, line(row, whereabouts(row, places, name), times))
	}
	for _, d := range drafts {
		if d.SetupID != "" {
			v.Drafts = append(v.Drafts, websetups.DraftLine{ID: d.ID, Name: d.Name(), Href: handlers.DraftURL(d.ID), Sub: websetups.DraftTitle(d) + ". " + websetups.DraftSub(d, 0, times)})
			continue
		}
		v.Drafts = append(v.Drafts, websetups.DraftLine{ID: d.ID, Name: d.Name(), Href: handlers.DraftURL(d.ID), Sub: fmt.Sprintf("Page %d of %d, saved ", max(d.Page.Number(), 1), len(setup.Pages())) + times.Past(d.UpdatedAt) + " by " + d.UpdatedBy.Name})
	}
	for _, j := range jobs {
		v.Jobs = append(v.Jobs, websetups.JobLine{
			Href: handlers.JobURL(j.ID), Name: j.SetupName, Sub: fmt.Sprintf("Job %d", j.ID), What: web.JobWhat(j),
			State: web.JobMark(j), Word: web.JobWord(j), Ago: times.Ago(j.CreatedAt), By: j.CreatedBy.Name,
		})
	}
	v.Pager.Text = fmt.Sprintf("%d to %d of %d", min((page-1)*perPage+1, total), min(page*perPage, total), total)
	if page > 1 {
		v.Pager.Previous = link(page - 1)
	}
	if page*perPage < total {
		v.Pager.Next = link(page + 1)
	}
	title, mark := homeTitle(rows)
	frame := s.Frame(r, title, "setups")
	frame.Icon = mark
	return s.Render(w, r, http.StatusOK, websetups.Home(frame, v))
}

// homeFilter is the filter that the address names. What it does not know is no filter.
func homeFilter(q url.Values) store.SetupFilter {
	f := store.SetupFilter{
		Query: handlers.Searched(q.Get("q"), 300), Account: handlers.Searched(q.Get("account"), 20),
		Region: handlers.Searched(q.Get("region"), 40), Tag: handlers.Searched(q.Get("tag"), 400),
	}
	for _, t := range homeGroups {
		if q.Get("state") == string(t.group) {
			f.Group = t.group
		}
	}
	for _, c := range certificatesWords {
		if q.Get("days") == string(c.filter) {
			f.Certificates = c.filter
		}
	}
	return f
}

// kept are the names and values of a filter, as an address and a form have them.
func kept(f store.SetupFilter) (list [][2]string) {
	for _, k := range [][2]string{{"q", f.Query}, {"state", string(f.Group)}, {"account", f.Account}, {"region", f.Region}, {"days", string(f.Certificates)}, {"tag", f.Tag}} {
		if k[1] != "" {
			list = append(list, k)
		}
	}
	return list
}

// homeLink is the address of a page of the list; 0 is the first one.
func homeLink(f store.SetupFilter, page int) string {
	u := url.Values{}
	for _, k := range kept(f) {
		u.Set(k[0], k[1])
	}
	if page > 0 {
		u.Set("page", strconv.Itoa(page))
	}
	if len(u) == 0 {
		return "/"
	}
	return "/?" + u.Encode()
}

var homeGroups = []struct {
	group store.SetupGroup
	text  string
}{
	{"", "All"}, {store.GroupNeeds, "Need you"}, {store.GroupServing, "Serving"}, {store.GroupChanging, "Being changed"},
	{store.GroupNotInUse, "Not in use"}, {store.GroupDown, "Taken down"},
}

// homeTabs lead to the setups of each group that has some, with the same filters.
func homeTabs(f store.SetupFilter, counts store.SetupCounts) (tabs []web.Tab) {
	for _, g := range homeGroups {
		if n := counts.Of(g.group); n > 0 || g.group == "" || g.group == f.Group {
			to := f
			to.Group = g.group
			tabs = append(tabs, web.Tab{Text: g.text, Href: homeLink(to, 0), Count: strconv.Itoa(n), Current: g.group == f.Group})
		}
	}
	if len(tabs) == 2 && f.Group == "" && counts[store.GroupDown] == 0 {
		return nil // both would lead to the same setups
	}
	if len(tabs) == 1 {
		return nil
	}
	return tabs
}

var certificatesWords = []struct {
	filter store.CertificatesFilter
	text   string
}{
	{"", "Any"}, {store.CertificatesStopped, "Will not renew"}, {store.CertificatesUnder30, "Under 30 days"}, {store.CertificatesUnder60, "Under 60 days"},
}

func certificatesOptions(chosen store.CertificatesFilter) (list []web.Option) {
	for _, c := range certificatesWords {
		list = append(list, web.Option{Value: string(c.filter), Text: c.text, Chosen: c.filter == chosen})
	}
	return list
}

// placeName returns what people call the connection of a place; "" for one that was
// deleted.
func (s *room) placeName(ctx context.Context) func(store.SetupPlace) string {
	return func(p store.SetupPlace) string {
		if _, ok := setup.BuiltIn(p.Connection); ok {
			return s.ConnectionName(ctx, p.Connection)
		}
		return p.Name
	}
}

// placeOptions are the accounts and the Regions that the list can be filtered by, each
// account with the names of the connections to it. Where
// there is only one, nothing is to be chosen, unless the address names another.
func placeOptions(places []store.SetupPlace, f store.SetupFilter, name func(store.SetupPlace) string) (accounts, regions []web.Option) {
	offer := func(chosen, all string, of func(store.SetupPlace) string, words func(string) string) (list []web.Option) {
		var values []string
		for _, p := range places {
			values = append(values, of(p))
		}
		if chosen != "" {
			values = append(values, chosen)
		}
		slices.Sort(values)
		values = slices.DeleteFunc(slices.Compact(values), func(v string) bool { return v == "" })
		if len(values) < 2 && chosen == "" {
			return nil
		}
		list = append(list, web.Option{Text: all, Chosen: chosen == ""})
		for _, v := range values {
			list = append(list, web.Option{Value: v, Text: words(v), Chosen: v == chosen})
		}
		return list
	}
	accounts = offer(f.Account, "Any account", func(p store.SetupPlace) string { return p.Account }, func(account string) string {
		var names []string
		for _, p := range places {
			if n := name(p); p.Account == account && n != "" && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		if len(names) == 0 {
			return web.AccountNumber(account)
		}
		slices.Sort(names)
		return web.AccountNumber(account) + ", " + setup.And(names)
	})
	regions = offer(f.Region, "Any region", func(p store.SetupPlace) string { return p.Region }, func(v string) string { return v })
	return accounts, regions
}

// whereabouts is how people call the connection of a setup, or else its account.
func whereabouts(row store.SetupRow, places []store.SetupPlace, name func(store.SetupPlace) string) string {
	a := row.Setup.Spec.Account
	for _, p := range places {
		if p.Connection == a.Connection {
			if n := name(p); n != "" {
				return n
			}
			break
		}
	}
	return web.AccountNumber(row.Setup.AccountID)
}

// homeTitle is the title of the list, which says first what needs somebody, and
// the mark of it. Those setups are the first ones of the list.
func homeTitle(rows []store.SetupRow) (title, mark string) {
	silent, drifted, turns := 0, 0, 0
	for _, row := range rows {
		switch {
		case row.State.ID == setup.StateNotAnswering:
			silent++
		case row.LastJob != nil && row.LastJob.State == setup.JobNeedsYou:
			turns++
		case row.State.ID == setup.StateDrifted:
			drifted++
		}
	}
	switch {
	case silent > 0:
		return strconv.Itoa(silent) + " not answering: Setups", "failed"
	case turns == 1:
		return "1 needs you: Setups", "you"
	case turns > 1:
		return strconv.Itoa(turns) + " need you: Setups", "you"
	case drifted > 0:
		return strconv.Itoa(drifted) + " drifted: Setups", "you"
	}
	return "Setups", ""
}

// unseen says whether a setup was adopted, and no check has told how it stands since.
func unseen(row store.SetupRow) bool {
	return row.State.ID == setup.StateNotChecked && row.LastJob == nil && row.Plan.Told.IsZero()
}

// line is a setup in the list; where is how people call its connection.
func line(row store.SetupRow, where string, times web.Times) websetups.Line {
	d := row.Setup
	l := websetups.Line{
		Name: d.Name(), Href: handlers.SetupURL(d.ID), Sub: d.Spec.Account.Region,
		State: web.StateMark(row.State.ID), Word: web.StateWord(row.State),
		Text:  websetups.StateText(times, row.State, d, row.Findings, unseen(row)),
		Paths: len(d.Spec.API.Mappings), JobSub: fmt.Sprintf("Revision %d", d.Revision),
	}
	if where != "" {
		l.Sub = where + ", " + l.Sub
	}
	l.Tags = web.TagWords(d.Spec.Edge.Tags)
	if !row.State.ID.Over() { // what a check saw was deleted since
		l.Certificates = websetups.ShortCertificates(row.Guard, times.Now)
	}
	if row.Findings > 0 && row.State.ID != setup.StateDrifted {
		l.Notes = append(l.Notes, setup.Count(row.Findings, "finding"))
	}
	if !row.Plan.Told.IsZero() {
		l.Checked = times.Ago(row.Plan.Told)
	}
	if unseen(row) {
		l.Next = "The first check is due"
	} else if row.State.Job == 0 {
		l.Next = websetups.NextText(times, row.State, row.Plan)
	}
	if j := row.LastJob; j != nil {
		l.Job, l.JobHref = web.JobWhat(*j), handlers.JobURL(j.ID)
		l.JobSub += fmt.Sprintf(". Job %d: %s", j.ID, setup.LowerFirst(web.JobWord(*j)))
		if !j.FinishedAt.IsZero() {
			l.JobSub += " " + times.Past(j.FinishedAt)
		}
		if note := jobNote(row, *j); note != "" {
			l.Notes = append(l.Notes, note)
		}
		l.Act, l.ActTo = lineAct(row, *j)
	}
	return l
}

// jobNote says what the newest job of a setup wants, beside the setup's state.
func jobNote(row store.SetupRow, j setup.Job) string {
	switch {
	case j.State == setup.JobNeedsYou:
		return fmt.Sprintf("Job %d needs you", j.ID)
	case j.State == setup.JobRunning && j.Failed > 0:
		return fmt.Sprintf("A step of job %d failed", j.ID)
	case j.State == setup.JobFailed && row.State.ID != setup.StateNotFinished:
		return fmt.Sprintf("Job %d failed", j.ID)
	}
	return ""
}

// lineAct is what somebody does next about a setup, and where that leads; "" for
// nothing.
func lineAct(row store.SetupRow, j setup.Job) (act, href string) {
	job := handlers.JobURL(j.ID)
	switch {
	case j.State == setup.JobNeedsYou, j.State == setup.JobRunning && j.Failed > 0, row.State.ID == setup.StateNotFinished && j.State == setup.JobFailed:
		return "See what to do", job
	case j.State.Active():
		return "Watch the job", job
	case row.State.ID == setup.StateNotFinished:
		return "Open the job", job
	case row.State.ID == setup.StateNotAnswering, row.State.ID == setup.StateDrifted, row.State.ID == setup.StateNotChecked:
		return "See what to do", handlers.SetupURL(row.Setup.ID)
	}
	return "", ""
}
