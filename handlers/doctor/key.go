package doctor

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webdoctor "apifront/web/doctor"
)

// withKey looks once more at what a diagnosis looked at, with a key that somebody typed.
// The key is handed to the worker of this process, and no answer has it.
func (s *room) withKey(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := s.diagnosis(r)
	if err != nil {
		return err
	}
	if d.Open() {
		return handlers.Conflict("This look has not ended yet", "The key was not sent, and is forgotten. Wait for the end, then type it once more if it would still tell something.", handlers.DiagnosisURL(d.ID), "Back to the look")
	}
	key := setup.TypedKey{Header: strings.TrimSpace(r.PostFormValue("header")), Value: setup.NewSecret(strings.TrimSpace(r.PostFormValue("key")))}
	errs := append(handlers.FieldsTooLong(r.PostForm, nil), keyErrors(key)...)
	if len(errs) > 0 {
		return s.showKey(w, r, d, key.Header, http.StatusUnprocessableEntity, errs)
	}
	region, err := s.regionOf(ctx, d.Name, d.Connection)
	if err != nil {
		return err
	}
	u, _ := handlers.User(ctx)
	next, err := s.Store.AskDiagnosis(ctx, store.NewDiagnosis{Name: d.Name, Path: d.Path, Connection: d.Connection, Region: region, By: u.Name, Key: key})
	if many, is := errors.AsType[*store.TooManyDiagnosesError](err); is {
		return s.showKey(w, r, d, key.Header, http.StatusTooManyRequests, web.FieldErrors{{ID: "key", Text: tooMany(w, many)}})
	}
	if err != nil {
		return err
	}
	return handlers.SeeOther(w, r, handlers.DiagnosisURL(next.ID))
}

// keyErrors say what is wrong with a key, without it.
func keyErrors(k setup.TypedKey) (errs web.FieldErrors) {
	if !setup.CanCarryKey(k.Header) {
		errs = append(errs, web.FieldError{ID: "header", Text: "Enter the name of the header that callers send, such as X-Api-Key or Authorization"})
	}
	switch {
	case k.IsZero():
		errs = append(errs, web.FieldError{ID: "key", Text: "Enter the key. It is sent with one look and then forgotten"})
	case !setup.SendableKey(k.Value):
		errs = append(errs, web.FieldError{ID: "key", Text: "Correct the key: at least 8 visible ASCII characters"})
	}
	return errs
}

// showKey shows a diagnosis with what is wrong with the key, which has to be typed again.
func (s *room) showKey(w http.ResponseWriter, r *http.Request, d setup.Diagnosis, header string, status int, errs web.FieldErrors) error {
	f, err := s.facts(r, d)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(d.Needs, func(n setup.Need) bool { return n.Kind == setup.NeedKey }) { // the form is where its errors stand
		f.Diagnosis.Needs = append(slices.Clone(d.Needs), setup.KeyNeed(header, "Sent with the requests of one look to this name and its API, and then forgotten."))
	}
	f.TypedIn, f.Errors = setup.First(header, 100), errs
	v := webdoctor.NewView(f)
	frame := s.Frame(r, "Error: "+v.Title, "doctor")
	frame.Icon = v.Mark
	return s.Render(w, r, status, webdoctor.Page(frame, v))
}
