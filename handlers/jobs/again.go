package jobs

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"apifront/flow"
	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webjobs "apifront/web/jobs"
)

// againPage asks before a job runs again from a step that is done, and shows first what
// that would change in AWS.
func (s *room) againPage(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	f, err := s.facts(r.Context(), r, j, callsWish{only: map[setup.StepID]bool{}})
	if err != nil {
		return err
	}
	id := setup.StepID(chi.URLParam(r, "step"))
	step, ok := f.StepOf(id)
	if !ok {
		return handlers.NotFound(fmt.Sprintf("Job %d has no step %s", j.ID, setup.Clip(string(id), 40)))
	}
	again, refused := flow.RerunFrom(f.Steps, id)
	if refused != nil || !f.Reruns(step) {
		return handlers.SeeOther(w, r, handlers.JobURL(j.ID)) // which says how things stand
	}
	key := setup.LookKey{Kind: setup.LookPlan, Connection: j.Connection, Region: j.Region, Subject: j.SetupID}
	plan, err := handlers.Ask[setup.Plan](r.Context(), s.Server, key, time.Time{})
	if err != nil {
		return err
	}
	v := webjobs.NewAgainView(f, step, again, plan.Value)
	v.Pending = plan.Pending || !plan.Have && plan.Problem == nil
	if plan.Problem != nil {
		p := web.ShowProblem(plan.Problem)
		v.Problem = &p
	}
	if plan.Have {
		v.Age = f.Times.Past(plan.DoneAt)
	}
	return s.Render(w, r, http.StatusOK, webjobs.Again(s.Frame(r, fmt.Sprintf("Run job %d again", j.ID), "jobs"), v))
}
