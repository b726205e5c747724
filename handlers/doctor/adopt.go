package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
	webdoctor "apifront/web/doctor"
)

// adoptPage says what adopting the name takes over and changes.
func (s *room) adoptPage(w http.ResponseWriter, r *http.Request) error {
	d, there, err := s.adoptable(r)
	if err != nil {
		return err
	}
	if there != "" {
		return handlers.SeeOther(w, r, there)
	}
	choices, seen := carried(r.URL.Query())
	v := webdoctor.AdoptFacts{Choices: choices}
	if seen != "" && seen != d.Adoption.Digest() {
		v.Note = "What is there has changed since the look before: this is what the new look found. What you chose is kept where it still differs."
	}
	return s.showAdopt(w, r, http.StatusOK, d, v)
}

// adoptable is the diagnosis that a request to adopt is about. there is where to go
// instead: to the look that has not ended, or to the setup that the name is already.
func (s *room) adoptable(r *http.Request) (d setup.Diagnosis, there string, err error) {
	if d, err = s.diagnosis(r); err != nil {
		return d, "", err
	}
	if d.Open() {
		return d, handlers.DiagnosisURL(d.ID), nil
	}
	if d.Adoption == nil {
		return d, "", handlers.Conflict("There is nothing to adopt", "This look at "+d.Name+" found nothing in an AWS account that could be adopted. Look at it by a connection to its account. Nothing was changed.",
			handlers.DiagnosisURL(d.ID), "Back to the look")
	}
	settle(&d)
	st, exists, err := s.setupOf(r.Context(), d)
	if exists {
		there = handlers.SetupURL(st.ID)
	}
	return d, there, err
}

// settle gives what could be adopted the account and the connection that found it, where
// it does not say them.
func settle(d *setup.Diagnosis) {
	a := *d.Adoption
	a.Spec.Account.AccountID = cmp.Or(a.Spec.Account.AccountID, d.AccountID)
	a.Spec.Account.Connection = cmp.Or(a.Spec.Account.Connection, d.Connection, setup.DefaultConnection)
	a.Spec.Domain.Name = cmp.Or(a.Spec.Domain.Name, d.Name)
	d.Adoption = &a
}

// setupOf is the setup of the account and name that a diagnosis is about, if there is
// one that is looked after.
func (s *room) setupOf(ctx context.Context, d setup.Diagnosis) (setup.Setup, bool, error) {
	st, err := s.Store.SetupByName(ctx, d.Adoption.Spec.Account.AccountID, d.Adoption.Spec.Domain.Name)
	if errors.Is(err, store.ErrNotFound) {
		return st, false, nil
	}
	if err != nil {
		return st, false, fmt.Errorf("find the setup of %s: %w", d.Name, err)
	}
	return st, !st.Spec.IsGone(), nil
}

func (s *room) showAdopt(w http.ResponseWriter, r *http.Request, status int, d setup.Diagnosis, f webdoctor.AdoptFacts) error {
	f.Diagnosis, f.Times, f.Demo = d, s.Times(r), s.Demo != nil
	f.Connection = s.ConnectionName(r.Context(), d.Adoption.Spec.Account.Connection)
	title := "Adopt " + d.Name
	if status != http.StatusOK {
		title = "Error: " + title
	}
	return s.Render(w, r, status, webdoctor.AdoptPage(s.Frame(r, title, "doctor"), webdoctor.NewAdopt(f)))
}

// adopt makes what was found a setup. AWS is not called: what is written is in the store.
func (s *room) adopt(w http.ResponseWriter, r *http.Request) error {
	d, there, err := s.adoptable(r)
	if err != nil {
		return err
	}
	if there != "" { // also of a form that is sent twice
		return handlers.SeeOther(w, r, there)
	}
	a, seen := *d.Adoption, r.PostFormValue("seen")
	f := webdoctor.AdoptFacts{Choices: map[string]string{}}
	for _, x := range a.Differs {
		f.Choices[x.Key] = r.PostFormValue(webdoctor.ChoiceField(x.Key))
	}
	if len(a.Refused) > 0 {
		f.Note = "Nothing was adopted: the reasons stand below."
		return s.showAdopt(w, r, http.StatusConflict, d, f)
	}
	if age := s.Now().Sub(d.DoneAt); age > setup.AdoptWithin || age < -setup.AdoptWithin { // or a clock that was ahead
		return s.lookFirst(w, r, d, f, seen)
	}
	last, err := s.Store.LastDiagnosis(r.Context(), d.Name, d.Connection)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if last.ID > d.ID && last.AccountID != "" && last.Adoption == nil {
		return handlers.Conflict("There is nothing to adopt any more", "A newer look at "+d.Name+" has found nothing of it in the account. Nothing was changed.", handlers.DiagnosisURL(last.ID), "Open the newer look")
	}
	if last.Adoption != nil && last.ID > d.ID {
		if settle(&last); last.Adoption.Digest() != a.Digest() {
			d, a = last, *last.Adoption
		}
	}
	if seen != a.Digest() {
		f.Note = "Nothing was adopted: this is not what you saw. It is what the newest look has found; look through it, then adopt. What you chose is kept where it still differs."
		return s.showAdopt(w, r, http.StatusConflict, d, f)
	}
	return s.adopted(w, r, d, f)
}

// adopted adopts what a diagnosis found, as it was chosen.
func (s *room) adopted(w http.ResponseWriter, r *http.Request, d setup.Diagnosis, f webdoctor.AdoptFacts) error {
	a := *d.Adoption
	u, _ := handlers.User(r.Context())
	n := store.Adopting{Found: a, By: u.Name}
	var keys []string
	for _, x := range a.Differs {
		if webdoctor.Chosen(x, f.Choices) == webdoctor.ChoiceRight {
			keys = append(keys, x.Key)
		}
	}
	if len(keys) > 0 {
		right := steps.PutRight(a.Spec, keys)
		n.Right, n.Note = &right, "to put right: "+strings.Join(keys, " ")
	}
	done, err := s.Store.Adopt(r.Context(), n)
	if active, is := errors.AsType[*store.ActiveJobError](err); is {
		return handlers.AtWork(active.Job, d.Name)
	}
	if held, is := errors.AsType[*store.HeldError](err); is {
		f.Held = heldProblem(held)
		return s.showAdopt(w, r, http.StatusConflict, d, f)
	}
	if err != nil {
		return err
	}
	if r.PostFormValue(webdoctor.ThenField) == webdoctor.ThenFix && done.DraftID != "" {
		return handlers.SeeOther(w, r, handlers.DraftPageURL(done.DraftID, setup.PageReview))
	}
	return handlers.SeeOther(w, r, handlers.SetupURL(done.SetupID))
}

// heldProblem says which setup has something already that was to be adopted.
func heldProblem(e *store.HeldError) *setup.Problem {
	what := cmp.Or(e.Resource.Type, "The resource") + " " + e.Resource.ID
	return &setup.Problem{
		What: what + " belongs to the setup of " + e.Name + " already.",
		Why:  "Each thing in AWS belongs to one setup, so that no job undoes what another one wants of it.",
		Fix:  "Open the setup of " + e.Name + ", take the thing out of it or give it back there, then look again.",
	}
}

// lookFirst has the name looked at once more, and leads to that look with what was
// chosen.
func (s *room) lookFirst(w http.ResponseWriter, r *http.Request, d setup.Diagnosis, f webdoctor.AdoptFacts, seen string) error {
	u, _ := handlers.User(r.Context())
	again, err := s.Store.AskDiagnosis(r.Context(), store.NewDiagnosis{Name: d.Name, Path: d.Path, Connection: d.Connection, Region: d.Region, By: u.Name})
	if _, many := errors.AsType[*store.TooManyDiagnosesError](err); many {
		f.Note = "Nothing was adopted: the look is older than 10 minutes, and too many looks are under way for another one. Wait a minute, then press the button again."
		return s.showAdopt(w, r, http.StatusTooManyRequests, d, f)
	}
	if err != nil {
		return err
	}
	return handlers.SeeOther(w, r, handlers.DiagnosisURL(again.ID)+"?"+carry(d.Adoption.Differs, f.Choices, seen))
}

// The members of the query that carries choices from one look to the next.
const (
	carryAgain = "adopt" // says that somebody adopts the name
	carrySeen  = "seen"  // the digest of what was seen before
	carryMost  = 200     // keys
)

// carry is what was chosen, and of what, as a query.
func carry(list []setup.Difference, choices map[string]string, seen string) string {
	q := url.Values{carryAgain: {"again"}, carrySeen: {setup.First(seen, 64)}}
	for _, d := range list[:min(len(list), carryMost)] {
		if d.Right() {
			chosen := webdoctor.Chosen(d, choices)
			q[chosen] = append(q[chosen], d.Key)
		}
	}
	return q.Encode()
}

// carried is what a query carries. Nobody adopts where it is empty.
func carried(q url.Values) (choices map[string]string, seen string) {
	if q.Get(carryAgain) == "" {
		return nil, ""
	}
	choices = map[string]string{}
	for _, chosen := range []string{webdoctor.ChoiceKeep, webdoctor.ChoiceRight} {
		for _, key := range q[chosen] {
			choices[key] = chosen
		}
	}
	return choices, setup.First(q.Get(carrySeen), 64)
}

// carryOn is the query of a request that carries choices, as it is handed on; "" for
// none.
func carryOn(r *http.Request) string {
	choices, seen := carried(r.URL.Query())
	if choices == nil || len(r.URL.RawQuery) > 16<<10 {
		return ""
	}
	q := url.Values{carryAgain: {"again"}, carrySeen: {seen}}
	for key, chosen := range choices {
		q[chosen] = append(q[chosen], key)
	}
	for _, keys := range q {
		slices.Sort(keys)
	}
	return q.Encode()
}

// offer is what the page of a diagnosis says of adopting.
func (s *room) offer(ctx context.Context, d setup.Diagnosis) (webdoctor.AdoptOffer, error) {
	if d.Open() || d.Adoption == nil {
		return webdoctor.AdoptOffer{}, nil
	}
	settle(&d)
	if _, exists, err := s.setupOf(ctx, d); err != nil || exists {
		return webdoctor.AdoptOffer{}, err
	}
	o := webdoctor.AdoptOffer{Href: handlers.DiagnosisURL(d.ID) + "/adopt"}
	if len(d.Adoption.Refused) > 0 {
		o.Refused = web.ShowProblem(&d.Adoption.Refused[0]).What
	}
	return o, nil
}
