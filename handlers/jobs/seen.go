package jobs

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	webjobs "apifront/web/jobs"
)

// seen shows all that a step saw from outside in one look: that of ?attempt
// which ended it (?ended=1) or the one before; else the newest.
func (s *room) seen(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	id := setup.StepID(chi.URLParam(r, "step"))
	list, err := s.Store.Steps(r.Context(), j.ID)
	if err != nil {
		return fmt.Errorf("read steps of job %d: %w", j.ID, err)
	}
	i := slices.IndexFunc(list, func(st setup.Step) bool { return st.ID == id })
	if i < 0 {
		return handlers.NotFound(fmt.Sprintf("Job %d has no step %s", j.ID, setup.Clip(string(id), 40)))
	}
	bodies := handlers.May(r.Context(), handlers.Operator)
	_, looks, err := s.Store.AttemptsSeen(r.Context(), j.ID, store.WhatSeen{Steps: []setup.StepID{id}, Excerpts: bodies})
	if err != nil {
		return fmt.Errorf("read evidence of job %d: %w", j.ID, err)
	}
	q := r.URL.Query()
	attempt, err := strconv.Atoi(q.Get("attempt"))
	if err != nil {
		attempt = 0 // the newest
	}
	v := webjobs.NewSeenView(s.Times(r), j, list[i], looks[id], attempt, q.Get("ended") == "1", bodies)
	return s.Render(w, r, http.StatusOK, webjobs.SeenPage(s.Frame(r, fmt.Sprintf("What was seen: Job %d", j.ID), "jobs"), v))
}
