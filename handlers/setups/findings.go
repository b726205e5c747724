package setups

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// putBack starts a job of the newest revision as it is, which puts back whatever
// differs from it.
func (s *room) putBack(w http.ResponseWriter, r *http.Request) error {
	st, open, err := s.found(r)
	if err != nil {
		return err
	}
	if len(st.Repairs(open)) == 0 {
		return handlers.Conflict("There is nothing that a job would put back", "No check has found anything at "+st.Name()+" that a job can put back, or it is back already. Nothing was changed.",
			handlers.SetupURL(st.ID), "Open the setup")
	}
	return s.StartRepair(w, r, st, open)
}

// putOneBack is putBack for one finding. The job puts back the others too, which
// the page says.
func (s *room) putOneBack(w http.ResponseWriter, r *http.Request) error {
	st, f, open, err := s.findingOf(r)
	if err != nil {
		return err
	}
	if f.Added && f.There != nil && f.Revision == st.Revision {
		return s.removePath(w, r, st, f)
	}
	if !f.Repair || f.Revision != st.Revision {
		return handlers.Conflict("No job puts that back", "A person does, or no check has compared it with the newest revision yet. Nothing was changed.", handlers.SetupURL(st.ID), "Open the setup")
	}
	return s.StartRepair(w, r, st, open)
}

// removePath starts a job that deletes a mapping which somebody added and a person has
// chosen by its name. What is kept of it goes too, since nobody answers for it then.
func (s *room) removePath(w http.ResponseWriter, r *http.Request, st setup.Setup, f setup.Finding) error {
	if err := handlers.AsSeen(r, st); err != nil {
		return err
	}
	input := setup.NewClearing(setup.StaleAfterRemoval(st.Spec, f.There.Mapping)).Input()
	input.PutBack = true
	return s.StartJob(w, r, store.NewJob{
		SetupID: st.ID, Kind: setup.JobApply, Input: input,
		Rows: func(now setup.Resources, former setup.Former, _ time.Time) []setup.Resource {
			return []setup.Resource{steps.TakenOver(*f.There, now, former)}
		},
	}, st.Name(), st.Spec)
}

// bodies are what findings say.
func bodies(list []setup.Finding) []setup.FindingBody {
	all := make([]setup.FindingBody, len(list))
	for i, f := range list {
		all[i] = f.FindingBody
	}
	return all
}

// keep makes a revision that wants what a finding says is there. Nothing changes in
// AWS.
func (s *room) keep(w http.ResponseWriter, r *http.Request) error {
	st, f, open, err := s.findingOf(r)
	if err != nil {
		return err
	}
	if err := handlers.AsSeen(r, st); err != nil {
		return err
	}
	kept, ok := steps.Keep(st.Spec, f.FindingBody, bodies(open)...)
	if !ok || f.Revision != st.Revision {
		return handlers.Conflict("This cannot be kept as it is", "No answer of a setup can say it. Put it back, or mute it until it changes. Nothing was changed.", handlers.SetupURL(st.ID), "Open the setup")
	}
	u, _ := handlers.User(r.Context())
	k := store.Keeping{SetupID: st.ID, By: u.Name, From: st.Revision, Want: kept.Spec, Why: kept.Why, Rows: kept.Rows}
	for _, other := range open {
		if kept.Settles(f.FindingBody, other.FindingBody) {
			k.Findings = append(k.Findings, other.ID)
		}
	}
	err = s.Store.KeepFindings(r.Context(), k)
	if active, is := errors.AsType[*store.ActiveJobError](err); is {
		return handlers.AtWork(active.Job, st.Name())
	}
	if late, is := errors.AsType[*store.OldDraftError](err); is {
		return handlers.Changed(st, late.Newest)
	}
	if errors.Is(err, store.ErrNotFound) {
		return &handlers.PageError{Status: http.StatusNotFound, View: notOpen(st)}
	}
	if err != nil {
		return fmt.Errorf("keep a finding: %w", err)
	}
	return handlers.SeeOther(w, r, handlers.SetupURL(st.ID))
}

// found are the findings of the setup that are outstanding.
func (s *room) found(r *http.Request) (setup.Setup, []setup.Finding, error) {
	st, err := s.SetupOf(r)
	if err != nil {
		return st, nil, err
	}
	now, err := s.Store.Situation(r.Context(), st)
	if err != nil {
		return st, nil, fmt.Errorf("read how things stand: %w", err)
	}
	return st, now.Findings, nil
}

// findingOf is the finding that a request is about, and all that are outstanding.
func (s *room) findingOf(r *http.Request) (setup.Setup, setup.Finding, []setup.Finding, error) {
	st, open, err := s.found(r)
	if err != nil {
		return st, setup.Finding{}, nil, err
	}
	i := slices.IndexFunc(open, func(f setup.Finding) bool { return f.ID == chi.URLParam(r, "finding") })
	if i < 0 {
		return st, setup.Finding{}, nil, &handlers.PageError{Status: http.StatusNotFound, View: notOpen(st)}
	}
	return st, open[i], open, nil
}
