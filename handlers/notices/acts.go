package notices

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webnotices "apifront/web/notices"
)

// longestName is how many characters the name of a place may have.
const longestName = 60

// nameError says what is wrong with the name of a place; "": nothing.
func nameError(name string) string {
	switch n := len([]rune(name)); {
	case n == 0:
		return "Enter a name, such as #api-alerts"
	case n > longestName:
		return fmt.Sprintf("Enter a name of at most %d characters", longestName)
	}
	return ""
}

// refuseMissing answers where this server cannot send to new places.
func (s *room) refuseMissing() error {
	if why := s.notices().Missing; why != "" {
		return handlers.Conflict("No place can be added here", why+" Nothing was changed.", "/settings/notices", "Open the notices")
	}
	return nil
}

// add stores a place and has a test sent there, in one act.
func (s *room) add(w http.ResponseWriter, r *http.Request) error {
	if err := s.refuseMissing(); err != nil {
		return err
	}
	typed := webnotices.Typed{Kind: setup.NoticeKind(r.PostFormValue("kind")), Address: strings.TrimSpace(r.PostFormValue("address")), Name: strings.TrimSpace(r.PostFormValue("name"))}
	var errs web.FieldErrors
	wrong := func(id, text string) { errs = append(errs, web.FieldError{ID: id, Text: text}) }
	if !webnotices.Offers(typed.Kind, s.notices().Mail) {
		typed.Kind = setup.NoticeChat
		wrong("kind", "Choose what it is")
	}
	host, text := s.notices().Check(typed.Kind, typed.Address)
	if text != "" {
		wrong("address", text)
	}
	if text := nameError(typed.Name); text != "" {
		wrong("name", text)
	}
	if len(errs) > 0 {
		return s.show(w, r, http.StatusUnprocessableEntity, typed, errs)
	}
	id, err := store.NewNoticePlaceID()
	if err != nil {
		return err
	}
	p := setup.NoticePlace{ID: id, Kind: typed.Kind, Name: typed.Name, Host: host, Topics: webnotices.Preset(typed.Kind)}
	secret := setup.NoticeSecret{Address: typed.Address}
	if p.Kind == setup.NoticeHook {
		secret.Key = s.notices().NewKey()
	}
	if p.Sealed, err = s.notices().Seal(p, secret); err != nil {
		return err
	}
	user, _ := handlers.User(r.Context())
	err = s.Store.AddNoticePlace(r.Context(), p, user.Name)
	if errors.Is(err, store.ErrConflict) {
		wrong("name", fmt.Sprintf("Choose another name: there is a place of this name already, or there are %d places, which is the most", store.MostNoticePlaces))
		return s.show(w, r, http.StatusUnprocessableEntity, typed, errs)
	}
	if err != nil {
		return err
	}
	if secret.Key != "" {
		return s.handOver(w, r, p, secret.Key)
	}
	if _, err := s.await(r.Context(), id); err != nil {
		return err
	}
	return s.back(w, r, "added")
}

// handOver shows the key of a program, once, and how the test went.
func (s *room) handOver(w http.ResponseWriter, r *http.Request, p setup.NoticePlace, key string) error {
	d, err := s.await(r.Context(), p.ID)
	if err != nil {
		return err
	}
	title := "The key of " + p.Name
	return s.Render(w, r, http.StatusOK, webnotices.HandOver(s.Frame(r, title, ""), webnotices.NewHandOver(s.Times(r), p, d, key)))
}

// topics stores what goes where: for each place that the form showed, the topics
// that are ticked.
func (s *room) topics(w http.ResponseWriter, r *http.Request) error {
	chosen := map[string][]setup.NoticeTopic{}
	for _, id := range r.PostForm["place"] {
		chosen[id] = []setup.NoticeTopic{}
		for _, topic := range setup.NoticeTopics() {
			if slices.Contains(r.PostForm[string(topic)], id) {
				chosen[id] = append(chosen[id], topic)
			}
		}
	}
	user, _ := handlers.User(r.Context())
	if err := s.Store.SetNoticeTopics(r.Context(), chosen, user.Name); err != nil {
		return err
	}
	return s.back(w, r, "saved")
}

// placeOf is the place that the address names.
func (s *room) placeOf(r *http.Request) (setup.NoticePlace, error) {
	p, err := s.Store.NoticePlace(r.Context(), chi.URLParam(r, "id"))
	if errors.Is(err, store.ErrNotFound) {
		return p, handlers.NotFound("There is no such place")
	}
	if err != nil {
		return p, fmt.Errorf("read a place of notices: %w", err)
	}
	return p, nil
}

// placePage changes one place.
func (s *room) placePage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.placeOf(r)
	if err != nil {
		return err
	}
	return s.showPlace(w, r, http.StatusOK, p, webnotices.Typed{Kind: p.Kind, Name: p.Name}, nil)
}

func (s *room) showPlace(w http.ResponseWriter, r *http.Request, status int, p setup.NoticePlace, typed webnotices.Typed, errs web.FieldErrors) error {
	title := p.Name
	if len(errs) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, webnotices.Place(s.Frame(r, title, ""), webnotices.NewPlace(s.Times(r), p, s.notices().Missing, typed, errs)))
}

// change stores another name and, if one was typed, another address.
func (s *room) change(w http.ResponseWriter, r *http.Request) error {
	p, err := s.placeOf(r)
	if err != nil {
		return err
	}
	typed := webnotices.Typed{Kind: p.Kind, Address: strings.TrimSpace(r.PostFormValue("address")), Name: strings.TrimSpace(r.PostFormValue("name"))}
	var errs web.FieldErrors
	wrong := func(id, text string) { errs = append(errs, web.FieldError{ID: id, Text: text}) }
	if text := nameError(typed.Name); text != "" {
		wrong("name", text)
	}
	var host, sealed string
	if typed.Address != "" {
		if err := s.refuseMissing(); err != nil {
			return err
		}
		var text string
		if host, text = s.notices().Check(p.Kind, typed.Address); text != "" {
			wrong("address", text)
		}
	}
	if len(errs) > 0 {
		return s.showPlace(w, r, http.StatusUnprocessableEntity, p, typed, errs)
	}
	secret := setup.NoticeSecret{Address: typed.Address}
	if typed.Address != "" {
		if p.Kind == setup.NoticeHook {
			secret.Key = s.notices().NewKey() // the other one may know the old key
		}
		if sealed, err = s.notices().Seal(p, secret); err != nil {
			return err
		}
	}
	user, _ := handlers.User(r.Context())
	err = s.Store.ChangeNoticePlace(r.Context(), p.ID, typed.Name, host, sealed, user.Name)
	if errors.Is(err, store.ErrConflict) {
		wrong("name", "Choose another name: there is a place of this name already")
		return s.showPlace(w, r, http.StatusUnprocessableEntity, p, typed, errs)
	}
	if err != nil {
		return err
	}
	p.Name = typed.Name
	if secret.Key != "" {
		return s.handOver(w, r, p, secret.Key)
	}
	if sealed != "" {
		if _, err := s.await(r.Context(), p.ID); err != nil {
			return err
		}
	}
	return s.back(w, r, "changed")
}

// newKey gives a program another key, and shows it once.
func (s *room) newKey(w http.ResponseWriter, r *http.Request) error {
	p, err := s.placeOf(r)
	if err != nil {
		return err
	}
	if err := s.refuseMissing(); err != nil {
		return err
	}
	if p.Kind != setup.NoticeHook {
		return handlers.NotFound("Only a program has a key")
	}
	sealed, key, err := s.notices().Rekey(p)
	if err != nil {
		return handlers.Conflict("The address of "+p.Name+" cannot be read", "This server does not have the key that it was sealed with. Nothing was changed. Enter the address again: that makes a new key too.",
			"/settings/notices/"+p.ID, "Open "+p.Name)
	}
	user, _ := handlers.User(r.Context())
	if err := s.Store.ChangeNoticePlace(r.Context(), p.ID, p.Name, p.Host, sealed, user.Name); err != nil {
		return err
	}
	return s.handOver(w, r, p, key)
}

// test has a test sent, and waits a moment for the answer.
func (s *room) test(w http.ResponseWriter, r *http.Request) error {
	p, err := s.placeOf(r)
	if err != nil {
		return err
	}
	user, _ := handlers.User(r.Context())
	if err := s.Store.TestNoticePlace(r.Context(), p.ID, user.Name); err != nil {
		return err
	}
	if _, err := s.await(r.Context(), p.ID); err != nil {
		return err
	}
	return s.back(w, r, "tested")
}

// remove forgets a place.
func (s *room) remove(w http.ResponseWriter, r *http.Request) error {
	p, err := s.placeOf(r)
	if err != nil {
		return err
	}
	user, _ := handlers.User(r.Context())
	if err := s.Store.RemoveNoticePlace(r.Context(), p.ID, user.Name); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return s.back(w, r, "removed")
}

// resend has a delivery tried once more.
func (s *room) resend(w http.ResponseWriter, r *http.Request) error {
	user, _ := handlers.User(r.Context())
	err := s.Store.ResendDelivery(r.Context(), chi.URLParam(r, "id"), user.Name)
	if errors.Is(err, store.ErrNotFound) {
		return handlers.NotFound("There is no such delivery any more")
	}
	if err != nil {
		return err
	}
	return s.back(w, r, "sent")
}
