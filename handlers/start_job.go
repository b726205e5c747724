package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// StartJob starts a job of a kind on a setup, or on a draft that becomes one,
// and goes to its page. An error that is store.ErrConflict says that the draft
// has been started already.
func (s *Server) StartJob(w http.ResponseWriter, r *http.Request, on setup.Setup, kind setup.JobKind, input setup.JobInput) error {
	user, _ := User(r.Context())
	n, err := s.Store.StartJob(r.Context(), store.NewJob{SetupID: on.ID, Kind: kind, Input: input, By: user.Name, Steps: newSteps(kind, on.Spec)})
	if active, is := errors.AsType[*store.ActiveJobError](err); is {
		return AtWork(active.Job, on.Name())
	}
	if err != nil {
		return fmt.Errorf("start job %s of setup %s: %w", kind, on.ID, err)
	}
	return SeeOther(w, r, JobURL(n))
}

// AtWork is the error for an act that would have a second job at work on a
// setup or a name; it leads to the first.
func AtWork(job int64, name string) error {
	return Conflict(fmt.Sprintf("Job %d is still at work on %s", job, name),
		"One job at a time works on a domain name, so that neither undoes the other. Wait for its end, or cancel it, then try again. Nothing was changed.",
		JobURL(job), fmt.Sprintf("Open job %d", job))
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
