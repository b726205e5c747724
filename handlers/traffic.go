package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// PutBack starts a job that puts the old DNS record back. It makes a revision
// that says "traffic moves later", because otherwise the next change would move
// the traffic again. href and link lead on when there is nothing to put back.
func (s *Server) PutBack(w http.ResponseWriter, r *http.Request, st setup.Setup, href, link string) error {
	have, err := s.Store.Resources(r.Context(), st.ID)
	if err != nil {
		return fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	if !have.CanRestore(st.Name()) {
		return Conflict("There is no old record to put back", "No record is stored that apifront replaced at "+st.Name()+", or it is back already. Nothing in AWS was changed.", href, link)
	}
	return s.StartTraffic(w, r, st, setup.JobRestore, setup.SwitchLater, "Put the old record back", setup.JobInput{Reason: web.CleanReason(r.PostFormValue(web.ReasonField))})
}

// StartTraffic starts a job of a new revision that differs only in when traffic
// moves. It refuses if somebody has changed the setup meanwhile.
func (s *Server) StartTraffic(w http.ResponseWriter, r *http.Request, st setup.Setup, kind setup.JobKind, when, why string, input setup.JobInput) error {
	want := st.Spec
	want.Domain.Switch = when
	err := s.StartJob(w, r, store.NewJob{SetupID: st.ID, Kind: kind, Want: &want, Why: why, Input: input, From: st.Revision}, st.Name(), want)
	if late, is := errors.AsType[*store.OldDraftError](err); is {
		return Conflict(st.Name()+" was changed meanwhile", fmt.Sprintf("Revision %d is the newest by now. Look at it, then try again. Nothing was changed.", late.Newest),
			SetupURL(st.ID), "Open the setup")
	}
	return err
}

// LastApply is the newest job that made or changed things for a setup; the
// zero job for none.
func (s *Server) LastApply(ctx context.Context, setupID string) (setup.Job, error) {
	list, err := s.Store.Jobs(ctx, store.JobFilter{SetupID: setupID, Kind: setup.JobApply, Limit: 1})
	if err != nil {
		return setup.Job{}, fmt.Errorf("read the last job of setup %s: %w", setupID, err)
	}
	if len(list) == 0 {
		return setup.Job{}, nil
	}
	return list[0], nil
}
