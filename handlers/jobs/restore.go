package jobs

import (
	"errors"
	"fmt"
	"net/http"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
)

// restoreRecords starts a job that puts the DNS record back which the setup of
// a job has replaced.
func (s *room) restoreRecords(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	st, err := s.Store.Setup(r.Context(), j.SetupID)
	if errors.Is(err, store.ErrNotFound) {
		return handlers.NotFound("The setup of this job is gone")
	}
	if err != nil {
		return fmt.Errorf("read setup of job %d: %w", j.ID, err)
	}
	have, err := s.Store.Resources(r.Context(), st.ID)
	if err != nil {
		return fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	if !have.CanRestore(st.Name()) {
		return handlers.Conflict("There is no old record to put back", "No record is stored that apifront replaced at "+st.Name()+", or it is back already. Nothing in AWS was changed.",
			handlers.JobURL(j.ID), fmt.Sprintf("Open job %d", j.ID))
	}
	want := st.Spec
	want.Domain.Switch = setup.SwitchLater // or the next change moves the traffic again
	return s.StartJob(w, r, store.NewJob{SetupID: st.ID, Kind: setup.JobRestore, Want: &want, Why: "Put the old record back"}, st.Name(), want)
}
