package setups

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

const (
	perPage    = 25
	recentJobs = 5
)

func (s *room) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	q := setup.First(strings.TrimSpace(r.URL.Query().Get("q")), 300)
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	rows, total, err := s.Store.Setups(ctx, q, perPage, (page-1)*perPage)
	if err != nil {
		return fmt.Errorf("list setups: %w", err)
	}
	link := func(n int) string {
		u := url.Values{"page": {strconv.Itoa(n)}}
		if q != "" {
			u.Set("q", q)
		}
		return "/?" + u.Encode()
	}
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
	v := websetups.HomeView{Query: q, Search: total > perPage || q != "", Faults: s.Faults(ctx), Demo: s.Demo != nil}
	for _, row := range rows {
		v.Setups = append(v.Setups, line(row, times))
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
	return s.Render(w, r, http.StatusOK, websetups.Home(s.Frame(r, "Setups", "setups"), v))
}

func line(row store.SetupRow, times web.Times) websetups.Line {
	d := row.Setup
	l := websetups.Line{
		Name: d.Name(), Href: handlers.SetupURL(d.ID), Act: "Open", ActTo: handlers.SetupURL(d.ID),
		Sub:   d.Spec.Account.Region + ", " + setup.Count(len(d.Spec.API.Mappings), "path") + ", created " + times.Past(d.CreatedAt),
		State: web.StateMark(row.State.ID), Word: web.StateWord(row.State),
		Text: websetups.StateText(times, row.State, d.Revision, row.Findings),
	}
	if row.Findings > 0 {
		l.Facts = append(l.Facts, setup.Count(row.Findings, "finding"))
	}
	switch {
	case !row.Checked.IsZero():
		l.Facts = append(l.Facts, "Checked "+times.Past(row.Checked))
	case row.State.ID != setup.StateNotChecked:
		l.Facts = append(l.Facts, "Not checked yet")
	}
	l.Facts = append(l.Facts, fmt.Sprintf("Revision %d", d.Revision))
	if j := row.LastJob; j != nil {
		l.Facts = append(l.Facts, fmt.Sprintf("Job %d: %s, %s", j.ID, web.JobWhat(*j), strings.ToLower(web.JobWord(*j)[:1])+web.JobWord(*j)[1:]))
		l.Act, l.ActTo = lineAct(row, *j)
	}
	return l
}

// lineAct is the one button of a setup in the list, and where it leads.
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
	return "Open", handlers.SetupURL(row.Setup.ID)
}
