package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
)

// invalidate starts a job that clears cached answers.
func (s *Server) invalidate(w http.ResponseWriter, r *http.Request) error {
	st, err := s.setupOf(r)
	if err != nil {
		return err
	}
	if st.Draft {
		return Conflict("This setup has not been started", "There is no distribution whose answers could be cleared.", "/drafts/"+st.ID, "Open the draft")
	}
	typed, exact := r.PostFormValue("paths"), r.PostFormValue("exact") != ""
	paths, err := setup.CachePaths(typed, exact)
	var wrong setup.InputError
	if errors.As(err, &wrong) {
		return s.showSetup(w, r, http.StatusUnprocessableEntity, st, web.TypedPaths{Paths: typed, Exact: exact}, web.FieldErrors{{ID: "paths", Text: wrong.Error()}})
	}
	if err != nil {
		return fmt.Errorf("read paths: %w", err)
	}
	have, err := s.Store.Resources(r.Context(), st.ID)
	if err != nil {
		return fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	if have.ID(setup.KeyDistribution) == "" {
		return Conflict("There is no distribution yet", "The job that sets up "+st.Name()+" makes it. Nothing is cached before.", "/setups/"+st.ID, "Open the setup")
	}
	user, _ := User(r.Context())
	n, err := s.Store.StartJob(r.Context(), store.NewJob{
		SetupID: st.ID, Kind: setup.JobInvalidate, Input: setup.JobInput{Paths: paths}, By: user.Name, Steps: newSteps(setup.JobInvalidate, st.Spec),
	})
	var active *store.ActiveJobError
	if errors.As(err, &active) {
		return Conflict("Another job is at work on this setup", fmt.Sprintf("Job %d is not over yet. One job at a time, so that neither undoes the other.", active.Job),
			JobURL(active.Job), fmt.Sprintf("Open job %d", active.Job))
	}
	if err != nil {
		return fmt.Errorf("start invalidation of setup %s: %w", st.ID, err)
	}
	return SeeOther(w, r, JobURL(n))
}

// newSteps lists the steps of a new job as the store wants them.
func newSteps(kind setup.JobKind, spec setup.Spec) []store.NewStep {
	rows := steps.Rows(kind, spec)
	list := make([]store.NewStep, 0, len(rows))
	for _, row := range rows {
		list = append(list, store.NewStep{ID: row.ID, Title: row.Title, Service: row.Service, Needs: row.Needs, Skip: row.Skip})
	}
	return list
}
