package setups

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// check orders a check of the setup.
func (s *room) check(w http.ResponseWriter, r *http.Request) error { return s.checkFor(w, r, "") }

// moved orders a check for somebody who says to have moved the traffic. The answer
// stands where the move is offered.
func (s *room) moved(w http.ResponseWriter, r *http.Request) error {
	return s.checkFor(w, r, "#move")
}

// checkFor orders a check and leads to a place on the setup's page.
func (s *room) checkFor(w http.ResponseWriter, r *http.Request, place string) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	return s.OrderCheck(w, r, st, place)
}

func (s *room) mute(w http.ResponseWriter, r *http.Request) error   { return s.muted(w, r, true) }
func (s *room) unmute(w http.ResponseWriter, r *http.Request) error { return s.muted(w, r, false) }

// muted leaves a finding out of the setup's state, or lets it count again.
func (s *room) muted(w http.ResponseWriter, r *http.Request, mute bool) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	u, _ := handlers.User(r.Context())
	err = s.Store.MuteFinding(r.Context(), st.ID, chi.URLParam(r, "finding"), mute, u.Name)
	if errors.Is(err, store.ErrNotFound) {
		return &handlers.PageError{Status: http.StatusNotFound, View: notOpen(st)}
	}
	if err != nil {
		return fmt.Errorf("mute a finding: %w", err)
	}
	return handlers.SeeOther(w, r, handlers.SetupURL(st.ID)+"#found")
}

// notOpen says that a finding is not open any more.
func notOpen(st setup.Setup) web.ErrorView {
	return web.ErrorView{
		Title: "There is no such finding any more", Text: "A later check has not found it. Nothing was changed.",
		Href: handlers.SetupURL(st.ID), Link: "Open the setup",
	}
}
