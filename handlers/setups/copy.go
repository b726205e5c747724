package setups

import (
	"fmt"
	"net/http"

	"apifront/handlers"
	"apifront/setup"
)

// copy opens the wizard with the setup's answers for another name. Nothing of the
// setup's resources, revisions or way back goes with them.
func (s *room) copy(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	u, _ := handlers.User(r.Context())
	d, err := s.Store.CreateDraft(r.Context(), u.Name, st.Spec.Copied())
	if err != nil {
		return fmt.Errorf("copy setup %s: %w", st.ID, err)
	}
	return handlers.SeeOther(w, r, handlers.DraftPageURL(d.ID, setup.PageDomain)+"?copied=yes")
}
