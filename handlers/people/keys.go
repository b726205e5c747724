package people

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webpeople "apifront/web/people"
)

// keysPage lists the keys that tests may send.
func (s *room) keysPage(w http.ResponseWriter, r *http.Request) error {
	return s.showKeys(w, r, http.StatusOK, webpeople.KeysView{Header: "X-Api-Key"}, "")
}

func (s *room) showKeys(w http.ResponseWriter, r *http.Request, status int, v webpeople.KeysView, chosen string) error {
	bound, err := s.Store.ProbeKeys(r.Context())
	if err != nil {
		return err
	}
	times := s.Times(r)
	for _, k := range bound {
		users, err := s.Store.ProbeKeyUsers(r.Context(), k.Variable, k.Host)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, webpeople.KeyRow{
			Variable: k.Variable, Host: k.Host, Header: k.Header, By: k.CreatedBy.Name, At: times.Ago(k.CreatedAt),
			Missing: !slices.Contains(s.ProbeKeys, k.Variable), Uses: usesText(users),
		})
	}
	for _, name := range s.ProbeKeys {
		v.Variables = append(v.Variables, web.Option{Value: name, Text: name, Chosen: name == chosen})
	}
	title := "Test keys"
	if len(v.Errors) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, webpeople.Keys(s.Frame(r, title, ""), v))
}

// usesText says who uses a key, and what becomes of them without it.
func usesText(users []string) string {
	if len(users) == 0 {
		return "No setup and no draft uses it."
	}
	use := "use"
	if len(users) == 1 {
		use = "uses"
	}
	return setup.And(users) + " " + use + " it. Once it is unbound, their tests do not pass, and say so."
}

// bindKey lets tests of a name send a key.
func (s *room) bindKey(w http.ResponseWriter, r *http.Request) error {
	variable, header := r.PostFormValue("variable"), strings.TrimSpace(r.PostFormValue("header"))
	v := webpeople.KeysView{Host: strings.TrimSpace(r.PostFormValue("domain")), Header: header}
	wrong := func(id, text string) { v.Errors = append(v.Errors, web.FieldError{ID: id, Text: text}) }
	if !slices.Contains(s.ProbeKeys, variable) {
		wrong("variable", "Choose a variable that this server has")
	}
	name, err := setup.CleanName(v.Host)
	if err != nil {
		wrong("domain", err.Error())
	}
	if len(header) > 100 || setup.LooksLikeKey(header) || !setup.CanCarryKey(header) {
		wrong("header", "Enter the name of a header that can carry a key, such as X-Api-Key or Authorization")
	}
	if len(v.Errors) > 0 {
		return s.showKeys(w, r, http.StatusUnprocessableEntity, v, variable)
	}
	user, _ := handlers.User(r.Context())
	err = s.Store.BindProbeKey(r.Context(), setup.ProbeKey{Variable: variable, Host: name.Name, Header: http.CanonicalHeaderKey(header)}, user.Name)
	if errors.Is(err, store.ErrConflict) {
		wrong("variable", "Choose another variable: "+variable+" is bound to "+name.Name+" already")
		return s.showKeys(w, r, http.StatusUnprocessableEntity, v, variable)
	}
	if err != nil {
		return err
	}
	return handlers.SeeOther(w, r, "/settings/keys")
}

// unbindKey ends that. Setups that use the key say so in their next job.
func (s *room) unbindKey(w http.ResponseWriter, r *http.Request) error {
	user, _ := handlers.User(r.Context())
	err := s.Store.UnbindProbeKey(r.Context(), r.PostFormValue("variable"), r.PostFormValue("host"), user.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // somebody was quicker
		return err
	}
	return handlers.SeeOther(w, r, "/settings/keys")
}
