package setups

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	websetups "apifront/web/setups"
)

// openChecks is more checks of a setup than are ordered at a time.
const openChecks = 5

// schedulePage says how the setup is checked.
func (s *room) schedulePage(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	return s.showSchedule(w, r, http.StatusOK, st, nil)
}

// setSchedule sets how often the setup is checked by itself.
func (s *room) setSchedule(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	every := setup.CheckIntervals()
	i := slices.IndexFunc(every, func(d time.Duration) bool { return websetups.EveryValue(d) == r.PostFormValue("every") })
	if i < 0 {
		return s.showSchedule(w, r, http.StatusUnprocessableEntity, st, web.FieldErrors{{ID: "every", Text: "Choose how often it is checked"}})
	}
	u, _ := handlers.User(r.Context())
	if err := s.Store.SetSchedule(r.Context(), st.ID, every[i], u.Name); err != nil {
		return fmt.Errorf("set how often the setup is checked: %w", err)
	}
	return handlers.SeeOther(w, r, handlers.SetupURL(st.ID))
}

func (s *room) showSchedule(w http.ResponseWriter, r *http.Request, status int, st setup.Setup, errs web.FieldErrors) error {
	now, err := s.Store.Situation(r.Context(), st)
	if err != nil {
		return fmt.Errorf("read how things stand: %w", err)
	}
	plan, err := s.Store.Schedule(r.Context(), st.ID)
	if err != nil {
		return err
	}
	checks, err := s.Store.Checks(r.Context(), st.ID, openChecks)
	if err != nil {
		return err
	}
	title := "How it is checked: " + st.Name()
	if len(errs) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, websetups.SchedulePage(s.Frame(r, title, "setups"), websetups.NewScheduleView(s.Times(r), st, now.State, plan, checks, errs)))
}
