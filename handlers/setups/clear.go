package setups

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

// clearPage asks which cached answers are to be cleared.
func (s *room) clearPage(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	return s.showClear(w, r, http.StatusOK, st, "/*", nil)
}

// clear starts a job that clears cached answers. With "preview" in the field go it
// only says what the paths cover, and with a number in the field take it replaces
// that path by the wider one that was offered.
func (s *room) clear(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	typed := r.PostFormValue("paths")
	if n, err := strconv.Atoi(r.PostFormValue("take")); err == nil {
		if covers := setup.CacheCovers(typed, st.Spec); n >= 0 && n < len(covers) {
			typed = setup.TakeInstead(typed, covers[n].Typed, st.Spec)
		}
		return s.showClear(w, r, http.StatusOK, st, typed, nil)
	}
	if r.FormValue("go") == "preview" {
		return s.showClear(w, r, http.StatusOK, st, typed, nil)
	}
	paths, err := setup.CachePaths(typed)
	var wrong setup.InputError
	if err == nil {
		for _, c := range setup.CacheCovers(typed, st.Spec) { // an address of another name
			if c.State == setup.CoverWrong {
				err = setup.InputError(strings.TrimSuffix(c.Text, "."))
				break
			}
		}
	}
	if errors.As(err, &wrong) {
		return s.showClear(w, r, http.StatusUnprocessableEntity, st, typed, web.FieldErrors{{ID: "paths", Text: wrong.Error()}})
	}
	if err != nil {
		return fmt.Errorf("read paths: %w", err)
	}
	have, err := s.Store.Resources(r.Context(), st.ID)
	if err != nil {
		return fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	if have.ID(setup.KeyDistribution) == "" {
		return handlers.Conflict("There is no distribution yet", "The job that sets up "+st.Name()+" makes it. Nothing is cached before.", handlers.SetupURL(st.ID), "Open the setup")
	}
	return s.StartJob(w, r, store.NewJob{SetupID: st.ID, Kind: setup.JobInvalidate, Input: setup.JobInput{Paths: paths}}, st.Name(), st.Spec)
}

// clearsListed is how many jobs that cleared answers are listed.
const clearsListed = 20

func (s *room) showClear(w http.ResponseWriter, r *http.Request, status int, st setup.Setup, typed string, errs web.FieldErrors) error {
	f := websetups.ClearFacts{Times: s.Times(r), Setup: st, Typed: typed, Errors: errs}
	var err error
	if f.Resources, err = s.Store.Resources(r.Context(), st.ID); err != nil {
		return fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	if f.Clears, err = s.Store.Clears(r.Context(), st.ID, clearsListed); err != nil {
		return fmt.Errorf("read what was cleared: %w", err)
	}
	jobs, err := s.Store.Jobs(r.Context(), store.JobFilter{SetupID: st.ID, Limit: 1})
	if err != nil {
		return fmt.Errorf("read jobs of setup %s: %w", st.ID, err)
	}
	if len(jobs) > 0 && jobs[0].State.Active() {
		f.Active = jobs[0].ID
	}
	now := s.Now().UTC() // AWS bills by months of UTC
	if f.Used, err = s.Store.ClearedPaths(r.Context(), st.AccountID, time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)); err != nil {
		return fmt.Errorf("count cleared paths: %w", err)
	}
	title := "Clear cached answers: " + st.Name()
	if len(errs) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, websetups.ClearPage(s.Frame(r, title, "setups"), websetups.NewClear(f)))
}
