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
		State: "wait", Word: "No job yet",
	}
	j := row.LastJob
	if j == nil {
		return l
	}
	job := handlers.JobURL(j.ID)
	l.State, l.Word = web.JobMark(*j), web.JobWord(*j)
	l.Facts = []string{fmt.Sprintf("Revision %d", d.Revision), fmt.Sprintf("Job %d: %s", j.ID, web.JobWhat(*j)), times.Ago(j.CreatedAt).Text}
	switch j.State {
	case setup.JobFailed:
		l.Act, l.ActTo = "See what to do", job
	case setup.JobNeedsYou:
		l.Act, l.ActTo = "See what to do", job
	case setup.JobRunning:
		l.Act, l.ActTo = "Watch the job", job
		if j.Failed > 0 {
			l.Act = "See what to do"
		}
	case setup.JobSucceeded:
		fact := ""
		switch {
		case j.Kind == setup.JobRestore:
			fact = "Traffic goes to the old record"
		case j.Kind == setup.JobApply && d.Spec.Domain.Switch == setup.SwitchLater:
			fact = "Traffic moves later"
		case j.Kind == setup.JobApply:
			fact = "Served by CloudFront"
		}
		if fact != "" {
			l.Facts = append(l.Facts, fact)
		}
	case setup.JobCancelled:
		l.Act, l.ActTo = "Open the job", job
	}
	return l
}
