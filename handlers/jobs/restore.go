package jobs

import (
	"errors"
	"fmt"
	"net/http"

	"apifront/handlers"
	"apifront/store"
)

// restoreRecords starts a job that puts back the DNS record that the setup of a
// job has replaced.
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
	return s.PutBack(w, r, st, handlers.JobURL(j.ID), fmt.Sprintf("Open job %d", j.ID))
}
