package setups

import (
	"fmt"
	"net/http"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
)

// restoreTraffic starts a job that puts back the DNS record that the setup has
// replaced.
func (s *room) restoreTraffic(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	return s.PutBack(w, r, st, handlers.SetupURL(st.ID), "Open the setup")
}

// moveTraffic starts a job that leads clients to CloudFront, if the newest
// revision has left that for later.
func (s *room) moveTraffic(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	have, err := s.Store.Resources(r.Context(), st.ID)
	if err != nil {
		return fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	last, err := s.LastApply(r.Context(), st.ID)
	if err != nil {
		return err
	}
	switch {
	case last.State.Active():
		return handlers.AtWork(last.ID, st.Name())
	case st.Spec.Domain.Switch != setup.SwitchLater:
		return handlers.Conflict("The traffic is not left for later",
			fmt.Sprintf("Revision %d of %s leads clients to CloudFront at the end of its job. There is nothing to move beside that. Nothing was changed.", st.Revision, st.Name()),
			handlers.SetupURL(st.ID), "Open the setup")
	case !st.Spec.CanMove(have, last):
		text, href, link := "No job has made anything for "+st.Name()+" yet. Nothing was changed.", handlers.SetupURL(st.ID), "Open the setup"
		if last.ID != 0 {
			text = fmt.Sprintf("Job %d has not come to its end, so CloudFront may not answer for %s yet. Finish that job first, or start a change. Nothing was changed.", last.ID, st.Name())
			href, link = handlers.JobURL(last.ID), fmt.Sprintf("Open job %d", last.ID)
		}
		return handlers.Conflict("The traffic cannot be moved yet", text, href, link)
	}
	return s.StartTraffic(w, r, st, setup.JobApply, setup.SwitchAtEnd, "Move traffic", setup.JobInput{LowerTTL: r.PostFormValue(web.LowerField) != ""})
}
