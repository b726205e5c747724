package setups

import (
	"context"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	websetups "apifront/web/setups"
)

// page shows what exists for one domain name.
func (s *room) page(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	if st.ID != chi.URLParam(r, "id") { // the setup was merged into this one
		return handlers.SeeOther(w, r, handlers.SetupURL(st.ID))
	}
	return s.show(w, r, st)
}

// show renders the page.
func (s *room) show(w http.ResponseWriter, r *http.Request, st setup.Setup) error {
	f, err := s.facts(r.Context(), st)
	if err != nil {
		return err
	}
	f.Times, f.Demo = s.Times(r), s.Demo != nil
	if err := s.historyOf(r, &f); err != nil {
		return err
	}
	v := websetups.NewView(f)
	title := v.Word + ": " + v.Name // a narrow tab still tells
	frame := s.Frame(r, title, "setups")
	frame.Icon = v.State
	if v.Moves && r.Method == http.MethodGet && r.URL.Query().Get("refresh") != "off" {
		frame.Refresh = 5
	}
	return s.Render(w, r, http.StatusOK, websetups.Page(frame, v))
}

// How much a setup page lists.
const (
	checksRead    = 10 // that say how things stand
	historyListed = 20
	kindListed    = 40 // of one kind of history
)

// historyOf reads the history that a setup page lists: all of it, or with history=KIND
// one kind; with before=PLACE what is older. A kind that does not exist is all of it.
func (s *room) historyOf(r *http.Request, f *websetups.Facts) (err error) {
	q := r.URL.Query()
	f.Kind, f.Before = setup.ReadHistoryKind(q.Get("history")), setup.HistoryPlace(q.Get("before"))
	n := historyListed
	if f.Kind != setup.HistoryAll {
		n = kindListed
	}
	if f.History, err = s.Store.History(r.Context(), store.HistoryFilter{SetupID: f.Setup.ID, Kind: f.Kind, Before: f.Before, Limit: n}); err != nil {
		return err
	}
	bars, err := s.Store.CheckBars(r.Context(), f.Setup.ID, websetups.StripSince(f.Times.Now), websetups.StripSpan)
	for _, b := range bars {
		f.Tallies = append(f.Tallies, websetups.Tally{Bar: b.Bar, Result: b.Result, Sight: b.Sight, Times: b.Times})
	}
	return err
}

// facts reads what a setup page shows, but for what happened so far.
func (s *room) facts(ctx context.Context, st setup.Setup) (websetups.Facts, error) {
	f := websetups.Facts{Setup: st}
	now, err := s.Store.Situation(ctx, st)
	if err != nil {
		return f, fmt.Errorf("read how things stand: %w", err)
	}
	f.State, f.Last, f.Findings, f.Adopted, f.Givable = now.State, now.Last, now.Findings, now.Adopted, now.Givable
	f.Keeps = map[string]websetups.Keeping{}
	all := bodies(f.Findings)
	for _, x := range f.Findings {
		if kept, ok := steps.Keep(st.Spec, x.FindingBody, all...); ok && x.Revision == st.Revision {
			f.Keeps[x.ID] = websetups.Keeping{Text: kept.Text, Gains: kept.Gains}
		}
	}
	if f.Checks, err = s.Store.Checks(ctx, st.ID, checksRead); err != nil {
		return f, fmt.Errorf("read checks: %w", err)
	}
	watch, err := s.Store.Watched(ctx, st.ID)
	if err != nil {
		return f, err
	}
	f.Plan, f.Guard, f.Told, f.Look, f.Way = watch.Plan, watch.Guard, watch.Told, watch.Name, watch.Way
	if f.Drafts, err = s.Store.DraftsOf(ctx, st.ID); err != nil {
		return f, fmt.Errorf("read drafts: %w", err)
	}
	if st.Spec.Domain.Switch == setup.SwitchLater {
		if f.LastApply, err = s.LastApply(ctx, st.ID); err != nil {
			return f, err
		}
	}
	if f.Resources, f.Former, err = s.Store.AllResources(ctx, st.ID); err != nil {
		return f, fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	f.Makers = map[string]setup.StepID{}
	for key := range f.Resources {
		f.Makers[key] = steps.Maker(key)
	}
	return f, nil
}
