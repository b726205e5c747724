package setups

import (
	"errors"
	"fmt"
	"net/http"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

// invalidate starts a job that clears cached answers.
func (s *room) invalidate(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	typed, exact := r.PostFormValue("paths"), r.PostFormValue("exact") != ""
	paths, err := setup.CachePaths(typed, exact)
	var wrong setup.InputError
	if errors.As(err, &wrong) {
		return s.show(w, r, http.StatusUnprocessableEntity, st, websetups.TypedPaths{Paths: typed, Exact: exact}, web.FieldErrors{{ID: "paths", Text: wrong.Error()}})
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
