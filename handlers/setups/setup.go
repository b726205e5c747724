package setups

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

// page shows what exists for one domain name.
func (s *room) page(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	if st.ID != chi.URLParam(r, "id") { // the setup was merged into this one
		return handlers.SeeOther(w, r, handlers.SetupURL(st.ID))
	}
	return s.show(w, r, http.StatusOK, st, websetups.TypedPaths{}, nil)
}

// show renders the page, with what was typed into its form.
func (s *room) show(w http.ResponseWriter, r *http.Request, status int, st setup.Setup, typed websetups.TypedPaths, errs web.FieldErrors) error {
	before, err := strconv.Atoi(r.URL.Query().Get("before"))
	if err != nil || before < 2 || before > st.Revision {
		before = 0
	}
	f, err := s.facts(r.Context(), st, before)
	if err != nil {
		return err
	}
	f.Times, f.Typed, f.Errors = s.Times(r), typed, errs
	v := websetups.NewView(f)
	title := v.Word + ": " + v.Name // a narrow tab still tells
	if len(errs) > 0 {
		title = "Error: " + v.Name
	}
	frame := s.Frame(r, title, "setups")
	if v.Moves && r.Method == http.MethodGet && r.URL.Query().Get("refresh") != "off" {
		frame.Refresh = 5
	}
	return s.Render(w, r, status, websetups.Page(frame, v))
}

// How many jobs and revisions a setup page lists.
const (
	jobsListed   = 5
	clearsListed = 5

	revisionsListed = 10
	checksListed    = 10
)

// facts reads what a setup page shows. It lists revisions with numbers below
// before; 0 means from the newest on.
func (s *room) facts(ctx context.Context, st setup.Setup, before int) (websetups.Facts, error) {
	f := websetups.Facts{Setup: st, Before: before}
	now, err := s.Store.Situation(ctx, st)
	if err != nil {
		return f, fmt.Errorf("read how things stand: %w", err)
	}
	f.State, f.Last, f.Findings = now.State, now.Last, now.Findings
	if f.Checks, err = s.Store.Checks(ctx, st.ID, checksListed); err != nil {
		return f, fmt.Errorf("read checks: %w", err)
	}
	if f.Revisions, err = s.Store.Revisions(ctx, st.ID, before, revisionsListed); err != nil {
		return f, fmt.Errorf("read revisions: %w", err)
	}
	if n := len(f.Revisions); n > 0 {
		if f.MadeBy, err = s.Store.JobsOf(ctx, st.ID, f.Revisions[n-1].Number, f.Revisions[0].Number); err != nil {
			return f, fmt.Errorf("read jobs: %w", err)
		}
	}
	if f.Drafts, err = s.Store.DraftsOf(ctx, st.ID); err != nil {
		return f, fmt.Errorf("read drafts: %w", err)
	}
	if st.Spec.Domain.Switch == setup.SwitchLater {
		if f.LastApply, err = s.LastApply(ctx, st.ID); err != nil {
			return f, err
		}
	}
	if f.Resources, f.Former, err = s.Store.AllResources(ctx, st.ID); err != nil {
		return f, fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	if f.Jobs, err = s.Store.Jobs(ctx, store.JobFilter{SetupID: st.ID, Limit: jobsListed}); err != nil {
		return f, fmt.Errorf("read jobs of setup %s: %w", st.ID, err)
	}
	if f.Clears, err = s.Store.Jobs(ctx, store.JobFilter{SetupID: st.ID, Kind: setup.JobInvalidate, Limit: clearsListed}); err != nil {
		return f, fmt.Errorf("read invalidations of setup %s: %w", st.ID, err)
	}
	counts, _, err := s.Store.CountJobs(ctx, store.JobFilter{SetupID: st.ID})
	if err != nil {
		return f, fmt.Errorf("count jobs of setup %s: %w", st.ID, err)
	}
	for _, n := range counts {
		f.JobTotal += n
	}
	return f, nil
}
