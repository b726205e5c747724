package setups

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

// teardownPage says what taking the setup down deletes, and what stays.
func (s *room) teardownPage(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	f, err := s.teardownFacts(r, st)
	if err != nil {
		return err
	}
	if f.Active == 0 && !f.Done && handlers.May(r.Context(), handlers.Operator) {
		early, err := handlers.Ask[[]setup.Check](r.Context(), s.Server, teardownKey(st), time.Time{})
		if err != nil {
			return err
		}
		teardownChecks(st, &f, early)
	}
	return s.showTeardown(w, r, http.StatusOK, f)
}

// teardownKey is the question whether a teardown of the setup would be refused.
func teardownKey(st setup.Setup) setup.LookKey {
	return setup.LookKey{Kind: setup.LookTeardown, Connection: st.Spec.Account.Connection, Region: st.Spec.Account.Region, Subject: st.ID}
}

// teardownNew is how old the answer may be by which a teardown starts.
const teardownNew = 20 * time.Second

// teardownChecks puts among the facts what IAM says of the job that would take the
// setup down.
func teardownChecks(st setup.Setup, f *websetups.TeardownFacts, a handlers.Answer[[]setup.Check]) {
	f.Looking, f.NotLooked, f.Apart = a.Pending, a.Problem, steps.Scope{Spec: st.Spec}.Apart()
	f.Early, f.Shown = a.Value, handlers.ShowChecks(a.Value)
}

// teardown starts the job that takes the setup down, as a revision that wants
// nothing any more.
func (s *room) teardown(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	f, err := s.teardownFacts(r, st)
	if err != nil {
		return err
	}
	if f.Active != 0 {
		return handlers.AtWork(f.Active, st.Name())
	}
	if f.Done {
		if f.Given {
			return handlers.Conflict(st.Name()+" was given back", "apifront looks after nothing of it, so there is nothing to take down. Nothing was changed.", handlers.SetupURL(st.ID), "Open the setup")
		}
		return handlers.Conflict(st.Name()+" is taken down already", "Nothing was changed.", handlers.SetupURL(st.ID), "Open the setup")
	}
	f.To, f.Typed, f.Anyway = r.PostFormValue("to"), setup.First(r.PostFormValue("name"), 300), r.PostFormValue("anyway") != ""
	if err := s.Renew(r.Context(), teardownNew, teardownKey(st)); err != nil {
		return err
	}
	early, err := handlers.Stored[[]setup.Check](r.Context(), s.Server, teardownKey(st))
	if err != nil {
		return err
	}
	teardownChecks(st, &f, early)
	v := websetups.NewTeardown(f)
	to := setup.GoneMoved
	if len(v.To) > 0 {
		to = f.To
		if !slices.ContainsFunc(v.To, func(o web.Option) bool { return o.Value == to }) {
			f.Errors = append(f.Errors, web.FieldError{ID: "to", Text: "Choose where the name is to lead"})
		}
	}
	if strings.ToLower(strings.TrimSuffix(strings.TrimSpace(f.Typed), ".")) != st.Name() {
		f.Errors = append(f.Errors, web.FieldError{ID: "name", Text: "Type " + st.Name() + " to take it down"})
	}
	if v.Refused && !f.Anyway {
		f.Errors = append(f.Errors, web.FieldError{ID: "pre-h", Text: "Give the connection what it lacks before anything is changed, or say below that the job is to start all the same"})
	}
	if len(f.Errors) > 0 {
		return s.showTeardown(w, r, http.StatusUnprocessableEntity, f)
	}
	want := st.Spec
	want.Gone = &setup.Gone{Name: to}
	err = s.StartJob(w, r, store.NewJob{SetupID: st.ID, Kind: setup.JobTeardown, Want: &want, Why: v.Button, From: st.Revision}, st.Name(), want)
	if late, is := errors.AsType[*store.OldDraftError](err); is {
		return handlers.Conflict(st.Name()+" was changed meanwhile", fmt.Sprintf("Revision %d is the newest by now. Look at it, then try again. Nothing was changed.", late.Newest),
			handlers.SetupURL(st.ID), "Open the setup")
	}
	return err
}

// teardownFacts reads what the page shows. AWS is not asked.
func (s *room) teardownFacts(r *http.Request, st setup.Setup) (websetups.TeardownFacts, error) {
	f := websetups.TeardownFacts{Times: s.Times(r), Setup: st, Usual: map[setup.StepID]string{}, Why: map[setup.StepID]string{}}
	resources, former, err := s.Store.AllResources(r.Context(), st.ID)
	if err != nil {
		return f, fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	f.Resources, f.Plan = resources, steps.TeardownPlan(st.Spec, resources, former)
	now, err := s.Store.Situation(r.Context(), st)
	if err != nil {
		return f, fmt.Errorf("read how things stand: %w", err)
	}
	f.Done, f.Given, f.Adopted = now.State.ID.Over(), now.State.ID == setup.StateGivenBack, !now.Adopted.IsZero()
	f.Served = !f.Given && now.State.ID != setup.StateNotFinished && now.State.ID != setup.StateBeingMade
	jobs, err := s.Store.Jobs(r.Context(), store.JobFilter{SetupID: st.ID, Limit: 1})
	if err != nil {
		return f, fmt.Errorf("read jobs of setup %s: %w", st.ID, err)
	}
	if len(jobs) > 0 && jobs[0].State.Active() {
		f.Active = jobs[0].ID
	}
	spec := st.Spec
	spec.Gone = &setup.Gone{Name: setup.GoneNowhere}
	if len(resources.OldRecords(st.Name())) > 0 {
		spec.Gone.Name = setup.GoneBack
	}
	for _, row := range steps.Rows(setup.JobTeardown, spec) {
		state := setup.StepWaiting
		if row.Skip != "" {
			state = setup.StepSkipped
		}
		f.Steps = append(f.Steps, setup.Step{ID: row.ID, Title: row.Title, State: state})
		if def, ok := steps.Find(row.ID); ok {
			f.Usual[row.ID], f.Why[row.ID] = setup.Span(def.Wait.Usual), def.Why
		}
	}
	return f, nil
}

func (s *room) showTeardown(w http.ResponseWriter, r *http.Request, status int, f websetups.TeardownFacts) error {
	v := websetups.NewTeardown(f)
	title := v.Title
	if len(f.Errors) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, websetups.TeardownPage(s.Frame(r, title, "setups"), v))
}

// forget removes a setup that is taken down from the list, or gives an adopted one back.
// Its history stays.
func (s *room) forget(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	u, _ := handlers.User(r.Context())
	err = s.Store.HideSetup(r.Context(), st.ID, u.Name)
	if active, is := errors.AsType[*store.ActiveJobError](err); is {
		return handlers.AtWork(active.Job, st.Name())
	}
	if errors.Is(err, store.ErrConflict) {
		return handlers.Conflict(st.Name()+" is not taken down", "Only a setup of which nothing is wanted in AWS can be removed from the list, or one that was adopted and that no job has changed since. Nothing was changed.", handlers.SetupURL(st.ID), "Open the setup")
	}
	if err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	if st.Spec.IsGone() && !st.Spec.GivenBack() {
		return handlers.SeeOther(w, r, "/?state=taken-down")
	}
	return handlers.SeeOther(w, r, handlers.SetupURL(st.ID)) // which says that it was given back
}
