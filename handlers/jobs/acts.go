package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	webjobs "apifront/web/jobs"
)

// rerunStep tries one step again.
func (s *room) rerunStep(w http.ResponseWriter, r *http.Request) error {
	return s.stepAction(w, r, s.Store.RerunStep)
}

// alsoMost is how many further steps a job may go on from.
const alsoMost = 60

// rerunFrom tries a step and all that follow again, and as many others as the form
// names.
func (s *room) rerunFrom(w http.ResponseWriter, r *http.Request) error {
	var also []setup.StepID
	for _, id := range r.PostForm["also"][:min(len(r.PostForm["also"]), alsoMost)] {
		also = append(also, setup.StepID(id))
	}
	return s.stepAction(w, r, func(ctx context.Context, job int64, step setup.StepID, by string) error {
		return s.Store.RerunFrom(ctx, job, step, by, also...)
	})
}

func (s *room) stepAction(w http.ResponseWriter, r *http.Request, act func(ctx context.Context, job int64, step setup.StepID, by string) error) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	user, _ := handlers.User(r.Context())
	step := chi.URLParam(r, "step")
	err = act(r.Context(), j.ID, setup.StepID(step), user.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return handlers.NotFound(fmt.Sprintf("Job %d has no step %s", j.ID, setup.Clip(step, 40)))
	case errors.Is(err, store.ErrConflict):
		return s.tooLate(w, r, j, err, "This step cannot be re-run now",
			"Somebody may have re-run it already, or it is not finished yet.")
	case err != nil:
		return fmt.Errorf("re-run step %s of job %d: %w", step, j.ID, err)
	}
	return acted(w, r, j)
}

// goOn lets a job go on at a step that asked whether to.
func (s *room) goOn(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	user, _ := handlers.User(r.Context())
	step := chi.URLParam(r, "step")
	err = s.Store.GoOn(r.Context(), j.ID, setup.StepID(step), user.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return handlers.NotFound(fmt.Sprintf("Job %d has no step %s", j.ID, setup.Clip(step, 40)))
	case errors.Is(err, store.ErrConflict):
		return s.tooLate(w, r, j, err, "This step does not ask any more",
			"Callers may have left meanwhile, or somebody has let the job go on already.")
	case err != nil:
		return fmt.Errorf("go on at step %s of job %d: %w", step, j.ID, err)
	}
	return acted(w, r, j)
}

// cancelPage asks before a job is cancelled, and says what stops.
func (s *room) cancelPage(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	if !j.State.Active() {
		return handlers.SeeOther(w, r, handlers.JobURL(j.ID))
	}
	f, err := s.facts(r.Context(), r, j, callsWish{only: map[setup.StepID]bool{}})
	if err != nil {
		return err
	}
	v := webjobs.NewCancelView(f)
	return s.Render(w, r, http.StatusOK, webjobs.Cancel(s.Frame(r, strings.TrimSuffix(v.Title, "?"), "jobs"), v))
}

// cancel stops a job after its current call.
func (s *room) cancel(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	user, _ := handlers.User(r.Context())
	err = s.Store.CancelJob(r.Context(), j.ID, user.Name)
	if errors.Is(err, store.ErrConflict) {
		return s.tooLate(w, r, j, err, fmt.Sprintf("Job %d is over already", j.ID), "There is nothing left to cancel.")
	}
	if err != nil {
		return fmt.Errorf("cancel job %d: %w", j.ID, err)
	}
	return acted(w, r, j)
}

// checkRecords looks for the DNS records of a job now. In the demo the form can say of which
// step they are to be entered first.
func (s *room) checkRecords(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	list, err := s.Store.Steps(r.Context(), j.ID)
	if err != nil {
		return fmt.Errorf("read steps of job %d: %w", j.ID, err)
	}
	for _, st := range list {
		if st.State != setup.StepNeedsYou && (st.State != setup.StepRunning || len(st.Records) == 0) {
			continue
		}
		if r.PostFormValue("enter") == string(st.ID) && s.Demo != nil && s.Demo.Enter != nil {
			s.Demo.Enter(slices.DeleteFunc(slices.Clone(st.Records), func(r setup.Record) bool { return r.Found || r.Hold }))
		}
		// A step that has moved on meanwhile needs no check.
		if err := s.Store.LookNow(r.Context(), j.ID, st.ID); err != nil && !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("look at step %s of job %d: %w", st.ID, j.ID, err)
		}
	}
	return acted(w, r, j)
}

// acted answers an action on a job. On a page with a stream, the stream brings
// the change. Every other page is loaded again.
func acted(w http.ResponseWriter, r *http.Request, before setup.Job) error {
	if !handlers.IsHTMX(r) {
		return handlers.SeeOther(w, r, handlers.JobURL(before.ID))
	}
	if !before.State.Active() {
		w.Header().Set("HX-Refresh", "true")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// tooLate answers an action that the job's state does not allow. An active
// job of the same setup or name is named with its link.
func (s *room) tooLate(w http.ResponseWriter, r *http.Request, j setup.Job, err error, title, text string) error {
	if handlers.IsHTMX(r) {
		// Loading the page again shows how things stand.
		w.Header().Set("HX-Refresh", "true")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	href, link := handlers.JobURL(j.ID), fmt.Sprintf("Open job %d", j.ID)
	if active, is := errors.AsType[*store.ActiveJobError](err); is {
		return handlers.AtWork(active.Job, j.SetupName)
	}
	if rev, is := errors.AsType[*store.LaterRevisionError](err); is {
		return handlers.Conflict(webjobs.OldTitle(j, rev.Newest),
			fmt.Sprintf("Its steps are not tried again: that would put back what has changed since. On the page of the setup you can go back to revision %d. Nothing was changed.", rev.Revision),
			handlers.SetupURL(j.SetupID)+"?history=revisions#history", "Open the setup "+j.SetupName)
	}
	var later *store.LaterJobError
	if errors.As(err, &later) {
		text = fmt.Sprintf("Job %d has worked on this name since. Trying a step of job %d again would put back what it has changed.", later.Job, j.ID)
		href, link = handlers.JobURL(later.Job), fmt.Sprintf("Open job %d", later.Job)
	}
	return handlers.Conflict(title, text, href, link)
}
