package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// StartJob starts a job and goes to its page. The steps are those that the spec
// needs; name is the domain name, for the answer while another job is at work
// on it.
func (s *Server) StartJob(w http.ResponseWriter, r *http.Request, n store.NewJob, name string, spec setup.Spec) error {
	user, _ := User(r.Context())
	n.By, n.Steps = user.Name, newSteps(n.Kind, n.Input, spec)
	id, err := s.Store.StartJob(r.Context(), n)
	if active, is := errors.AsType[*store.ActiveJobError](err); is {
		return AtWork(active.Job, name)
	}
	if gone, is := errors.AsType[*store.GoneError](err); is {
		return TakenDown(gone, name)
	}
	if err != nil {
		return fmt.Errorf("start job %s of %s: %w", n.Kind, name, err)
	}
	return SeeOther(w, r, JobURL(id))
}

// AtWork is the error for an act that needs a job while another one is at work
// on the setup or the name. It leads to that job.
func AtWork(job int64, name string) error {
	return Conflict(fmt.Sprintf("Job %d is still at work on %s", job, name),
		"One job at a time works on a domain name, so that neither undoes the other. Wait for its end, or cancel it, then try again. Nothing was changed.",
		JobURL(job), fmt.Sprintf("Open job %d", job))
}

// TakenDown is the error for an act on a setup of which nothing is wanted any
// more, or for a teardown of one that is wanted.
func TakenDown(gone *store.GoneError, name string) error {
	if gone.Gone {
		return Conflict(name+" is taken down", "Nothing of it is wanted in AWS any more. Set it up again first. Nothing was changed.", SetupURL(gone.Setup), "Open the setup")
	}
	return Conflict(name+" was set up again", "Somebody wants it again by now. Nothing was changed.", SetupURL(gone.Setup), "Open the setup")
}

// newSteps lists the steps of a new job as the store wants them.
func newSteps(kind setup.JobKind, input setup.JobInput, spec setup.Spec) []store.NewStep {
	rows := steps.JobRows(kind, input, spec)
	list := make([]store.NewStep, 0, len(rows))
	for _, row := range rows {
		list = append(list, store.NewStep{ID: row.ID, Title: row.Title, Service: row.Service, Needs: row.Needs, Skip: row.Skip})
	}
	return list
}
