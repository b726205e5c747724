package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/web"
	webdoctor "apifront/web/doctor"
)

// ours is the setup that a diagnosis is about, with what its checks found; nil if there
// is none, or if several are of that name and no account says which. What an account
// shows is never taken for the setup of another one.
func (s *room) ours(ctx context.Context, d setup.Diagnosis, named []setup.Setup) (*webdoctor.Ours, error) {
	var list []setup.Setup
	for _, st := range named {
		if !st.Spec.IsGone() && (d.AccountID == "" || st.AccountID == "" || st.AccountID == d.AccountID) {
			list = append(list, st)
		}
	}
	if len(list) != 1 {
		return nil, nil
	}
	st := list[0]
	now, err := s.Store.Situation(ctx, st)
	if err != nil || now.State.ID == setup.StateNotFinished { // no check compares it before a job has made it
		return nil, err
	}
	checks, err := s.Store.Checks(ctx, st.ID, 3)
	if err != nil {
		return nil, err
	}
	o := &webdoctor.Ours{Setup: st, Job: now.State.Job, Open: now.Findings, Puts: func(f setup.FindingBody) bool { return steps.Puts(st.Spec, f) }}
	for _, c := range checks {
		if c.Result.Told() && c.Revision == st.Revision && o.Checked.Before(c.DoneAt) {
			o.Checked = c.DoneAt
		}
	}
	return o, nil
}

// fix starts the job that puts a finding of a diagnosis right, which is the one of the
// setup's own page. What no check of the setup has found yet is compared by a check
// first: a job changes all that differs, and nothing is changed that no page has shown.
func (s *room) fix(w http.ResponseWriter, r *http.Request) error {
	d, err := s.diagnosis(r)
	if err != nil {
		return err
	}
	back := handlers.DiagnosisURL(d.ID)
	n, err := strconv.Atoi(chi.URLParam(r, "finding"))
	if err != nil || n < 1 || n > len(d.Findings) || d.Open() {
		return &handlers.PageError{Status: http.StatusNotFound, View: web.ErrorView{
			Title: "The doctor has found no such thing", Text: "The address has a typing error. Nothing was changed.", Href: back, Link: "Back to the look",
		}}
	}
	named, err := s.Store.SetupsNamed(r.Context(), d.Name)
	if err != nil {
		return err
	}
	o, err := s.ours(r.Context(), d, named)
	if err != nil {
		return fmt.Errorf("read the setup of a diagnosis: %w", err)
	}
	f := d.Findings[n-1]
	if o == nil || f.Passes || !o.Puts(f) {
		return handlers.Conflict("No job puts that right", "It is no setting of a setup of this server, or "+d.Name+" has none any more. Nothing was changed.", back, "Back to the look")
	}
	if err := handlers.AsSeen(r, o.Setup); err != nil {
		return err
	}
	if _, found := f.SameIn(o.Setup.Repairs(o.Open)); found {
		return s.StartRepair(w, r, o.Setup, o.Open)
	}
	return s.OrderCheck(w, r, o.Setup, "")
}
