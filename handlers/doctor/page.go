package doctor

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webdoctor "apifront/web/doctor"
)

// refreshEvery is how often the page of a diagnosis reloads where there is no script.
const refreshEvery = 2 // seconds

// diagnosis is the diagnosis that a request is about.
func (s *room) diagnosis(r *http.Request) (setup.Diagnosis, error) {
	d, err := s.Store.Diagnosis(r.Context(), chi.URLParam(r, "id"))
	if errors.Is(err, store.ErrNotFound) {
		return d, &handlers.PageError{Status: http.StatusNotFound, View: web.ErrorView{
			Title: "There is no such look at a name", Text: "What the doctor saw is kept for 30 days. Or the address has a typing error.", Href: "/doctor", Link: "Look at a name",
		}}
	}
	if err != nil {
		return d, fmt.Errorf("read a diagnosis: %w", err)
	}
	return d, nil
}

// page shows a diagnosis: what it looks at, or what it came to.
func (s *room) page(w http.ResponseWriter, r *http.Request) error {
	d, err := s.diagnosis(r)
	if err != nil {
		return err
	}
	v, err := s.view(r, d)
	if err != nil {
		return err
	}
	frame := s.Frame(r, v.Title, "doctor")
	frame.Icon = v.Mark
	if v.Stay != "" {
		frame.Refresh = refreshEvery
	}
	return s.Render(w, r, http.StatusOK, webdoctor.Page(frame, v))
}

// view is the page of a diagnosis as the reader sees it.
func (s *room) view(r *http.Request, d setup.Diagnosis) (webdoctor.View, error) {
	f, err := s.facts(r, d)
	if err != nil {
		return webdoctor.View{}, err
	}
	return webdoctor.NewView(f), nil
}

// facts are what the page of a diagnosis is made of.
func (s *room) facts(r *http.Request, d setup.Diagnosis) (webdoctor.Facts, error) {
	ctx := r.Context()
	f := webdoctor.Facts{
		Diagnosis: d, Times: s.Times(r), Demo: s.Demo != nil, Keeps: store.KeepDiagnoses, MayStop: s.mayStop(r, d),
		Still: r.URL.Query().Get("refresh") == "off", Carry: carryOn(r),
	}
	if d.Connection != "" {
		f.Connection = s.ConnectionName(ctx, d.Connection)
	}
	if d.Open() {
		return f, nil
	}
	var err error
	if f.Connections, err = s.options(ctx, d.Connection); err != nil {
		return webdoctor.Facts{}, err
	}
	named, err := s.Store.SetupsNamed(ctx, d.Name)
	if err != nil {
		return webdoctor.Facts{}, err
	}
	if f.Adopt, err = s.offer(ctx, d); err != nil {
		return webdoctor.Facts{}, err
	}
	for _, st := range named {
		now, err := s.Store.Situation(ctx, st)
		if err != nil {
			return webdoctor.Facts{}, err
		}
		one := webdoctor.Setup{Href: handlers.SetupURL(st.ID), State: web.StateMark(now.State.ID), Word: web.StateWord(now.State), Revision: fmt.Sprintf("revision %d", st.Revision)}
		if st.AccountID != "" {
			one.Account = web.AccountNumber(st.AccountID)
		}
		f.Setups = append(f.Setups, one)
	}
	if f.Ours, err = s.ours(ctx, d, named); err != nil {
		return webdoctor.Facts{}, err
	}
	return f, nil
}

// mayStop says whether the reader may end a diagnosis: who asked, and whoever may act.
func (s *room) mayStop(r *http.Request, d setup.Diagnosis) bool {
	u, ok := handlers.User(r.Context())
	return ok && (d.By.Same(setup.Person{ID: u.ID, Name: u.Name}) || handlers.May(r.Context(), handlers.Operator))
}

// stop ends a diagnosis. What it has seen stays.
func (s *room) stop(w http.ResponseWriter, r *http.Request) error {
	d, err := s.diagnosis(r)
	if err != nil {
		return err
	}
	if !s.mayStop(r, d) {
		return &handlers.PageError{Status: http.StatusForbidden, View: web.ErrorView{
			Title: "Somebody else asked for this look", Text: "Who asked can stop it, and whoever has the role operator. Nothing was changed.",
			Href: handlers.DiagnosisURL(d.ID), Link: "Back to the look",
		}}
	}
	u, _ := handlers.User(r.Context())
	if err := s.Store.StopDiagnosis(r.Context(), d.ID, u.Name); err != nil {
		return err
	}
	return handlers.SeeOther(w, r, handlers.DiagnosisURL(d.ID))
}
