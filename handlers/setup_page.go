package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

// setupOf reads the setup the request is about.
func (s *Server) setupOf(r *http.Request) (setup.Setup, error) {
	st, err := s.Store.Setup(r.Context(), chi.URLParam(r, "id"))
	if errors.Is(err, store.ErrNotFound) {
		return setup.Setup{}, &PageError{http.StatusNotFound, web.ErrorView{
			Title: "There is no such setup", Text: "It may have been deleted, or the address has a typing error.",
		}}
	}
	if err != nil {
		return setup.Setup{}, fmt.Errorf("read setup: %w", err)
	}
	return st, nil
}

// setupPage shows what exists for one domain name.
func (s *Server) setupPage(w http.ResponseWriter, r *http.Request) error {
	st, err := s.setupOf(r)
	if err != nil {
		return err
	}
	if st.ID != chi.URLParam(r, "id") { // it became part of this one
		return SeeOther(w, r, SetupURL(st.ID))
	}
	return s.showSetup(w, r, http.StatusOK, st, websetups.TypedPaths{}, nil)
}

// showSetup renders the page, with what was typed into its form.
func (s *Server) showSetup(w http.ResponseWriter, r *http.Request, status int, st setup.Setup, typed websetups.TypedPaths, errs web.FieldErrors) error {
	f, err := s.setupFacts(r.Context(), st)
	if err != nil {
		return err
	}
	f.Times, f.Typed, f.Errors = s.Times(r), typed, errs
	v := websetups.NewView(f)
	title := v.Name
	if len(errs) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, websetups.Page(s.Frame(r, title, "setups"), v))
}

// How many jobs a setup page lists.
const (
	setupJobs   = 5
	setupClears = 5
)

func (s *Server) setupFacts(ctx context.Context, st setup.Setup) (websetups.Facts, error) {
	f := websetups.Facts{Setup: st}
	var err error
	if f.Resources, err = s.Store.Resources(ctx, st.ID); err != nil {
		return f, fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	if f.Jobs, err = s.Store.Jobs(ctx, store.JobFilter{SetupID: st.ID, Limit: setupJobs}); err != nil {
		return f, fmt.Errorf("read jobs of setup %s: %w", st.ID, err)
	}
	if f.Clears, err = s.Store.Jobs(ctx, store.JobFilter{SetupID: st.ID, Kind: setup.JobInvalidate, Limit: setupClears}); err != nil {
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
