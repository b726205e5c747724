package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// StartRepair starts a job of the setup's newest revision as it is, which puts back
// whatever differs from it. The open findings say what CloudFront has kept meanwhile.
func (s *Server) StartRepair(w http.ResponseWriter, r *http.Request, st setup.Setup, open []setup.Finding) error {
	if err := AsSeen(r, st); err != nil {
		return err
	}
	input := ClearInput(r, setup.NewClearing(setup.StaleAfterRepair(st.Spec, st.Repairs(open))))
	input.PutBack = true
	return s.StartJob(w, r, store.NewJob{SetupID: st.ID, Kind: setup.JobApply, Input: input}, st.Name(), st.Spec)
}

// AsSeen refuses a form that was made for another revision, or that does not say
// for which.
func AsSeen(r *http.Request, st setup.Setup) error {
	seen, err := strconv.Atoi(r.PostFormValue("revision"))
	switch {
	case err != nil:
		return &PageError{Status: http.StatusBadRequest, View: web.ErrorView{
			Title: "This form could not be read",
			Text:  "It does not say for which revision of " + st.Name() + " it was made. Nothing was changed.",
			Fix:   "Open the setup and press the button there.",
			Href:  SetupURL(st.ID), Link: "Open the setup",
		}}
	case seen != st.Revision:
		return Changed(st, st.Revision)
	}
	return nil
}

// Changed is the error for an act on a setup that somebody has changed meanwhile.
func Changed(st setup.Setup, newest int) error {
	return Conflict(st.Name()+" was changed meanwhile", fmt.Sprintf("Revision %d is the newest by now. Look at what checks find of it, then try again. Nothing was changed.", newest),
		SetupURL(st.ID), "Open the setup")
}

// OrderCheck orders a check of a setup, and leads to a place on its page.
func (s *Server) OrderCheck(w http.ResponseWriter, r *http.Request, st setup.Setup, place string) error {
	u, _ := User(r.Context())
	err := s.Store.AskCheck(r.Context(), st.ID, u.Name)
	if active, is := errors.AsType[*store.ActiveJobError](err); is {
		return Conflict(fmt.Sprintf("Job %d is still at work on %s", active.Job, st.Name()),
			"What a check sees while a job changes things means nothing. A check follows by itself when the job has ended. Nothing was changed.",
			JobURL(active.Job), fmt.Sprintf("Open job %d", active.Job))
	}
	if errors.Is(err, store.ErrConflict) {
		return Conflict("There is nothing to check yet", "No job has made everything for "+st.Name()+" yet. Nothing was changed.", SetupURL(st.ID), "Open the setup")
	}
	if err != nil {
		return fmt.Errorf("order a check: %w", err)
	}
	return SeeOther(w, r, SetupURL(st.ID)+place)
}
