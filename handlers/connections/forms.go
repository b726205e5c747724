package connections

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webconnections "apifront/web/connections"
)

// newPage asks what a new connection is.
func (s *room) newPage(w http.ResponseWriter, r *http.Request) error {
	return s.form(w, r, http.StatusOK, setup.Connection{Kind: setup.ConnectionRole, Source: setup.DefaultConnection}, nil)
}

// create stores a new connection.
func (s *room) create(w http.ResponseWriter, r *http.Request) error {
	c, errs := read(r, setup.Connection{Kind: setup.ConnectionKind(r.PostFormValue("kind"))})
	if len(errs) > 0 {
		return s.form(w, r, http.StatusUnprocessableEntity, c, errs)
	}
	user, _ := handlers.User(r.Context())
	made, err := s.Store.CreateConnection(r.Context(), c, user.Name)
	if errors.Is(err, store.ErrConflict) {
		return s.form(w, r, http.StatusUnprocessableEntity, c, nameTaken(c))
	}
	if err != nil {
		return err
	}
	if c.Kind != setup.ConnectionRole { // a role has to trust apifront before it can be tested
		if err := s.askTest(r.Context(), made); err != nil {
			return err
		}
	}
	return handlers.SeeOther(w, r, pageURL(made.ID))
}

func nameTaken(c setup.Connection) web.FieldErrors {
	return web.FieldErrors{{ID: "name", Text: "Choose another name: there is a connection " + c.Name + " already"}}
}

// editPage shows a stored connection to be changed.
func (s *room) editPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.stored(r)
	if err != nil {
		return err
	}
	return s.form(w, r, http.StatusOK, c, nil)
}

// stored is the stored connection that a request is about. Connections that
// come from the machine's own configuration are not stored.
func (s *room) stored(r *http.Request) (setup.Connection, error) {
	c, err := s.of(r)
	if err == nil && c.Version == 0 {
		return c, handlers.Conflict("This connection is the machine's own", "It is what the AWS config files of this server say. Change it there.", pageURL(c.ID), "Back to the connection")
	}
	return c, err
}

// edit changes a stored connection.
func (s *room) edit(w http.ResponseWriter, r *http.Request) error {
	old, err := s.stored(r)
	if err != nil {
		return err
	}
	c, errs := read(r, old)
	if _, err := fmt.Sscan(r.PostFormValue("version"), &c.Version); err != nil {
		c.Version = old.Version
	}
	if len(errs) > 0 {
		return s.form(w, r, http.StatusUnprocessableEntity, c, errs)
	}
	user, _ := handlers.User(r.Context())
	if c.Version != old.Version {
		return handlers.Conflict("Somebody else changed this connection", old.UpdatedBy.Name+" changed it while you did. Nothing of yours was saved.", pageURL(c.ID)+"/edit", "Open it as it is now")
	}
	if _, err = s.Store.UpdateConnection(r.Context(), c, user.Name); errors.Is(err, store.ErrConflict) {
		return s.form(w, r, http.StatusUnprocessableEntity, c, nameTaken(c))
	}
	if err != nil {
		return err
	}
	return handlers.SeeOther(w, r, pageURL(c.ID))
}

// read takes a form, and says what is missing or wrong in it.
func read(r *http.Request, c setup.Connection) (setup.Connection, web.FieldErrors) {
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	var errs web.FieldErrors
	wrong := func(id, text string) { errs = append(errs, web.FieldError{ID: id, Text: text}) }
	c.Name, c.Profile, c.RoleARN, c.Source, c.Regions = field("name"), "", "", "", strings.Fields(strings.ReplaceAll(field("regions"), ",", " "))
	switch n := len([]rune(c.Name)); {
	case n == 0:
		wrong("name", "Enter a name, such as the account's")
	case n > 60 || strings.IndexFunc(c.Name, unicode.IsControl) >= 0:
		wrong("name", "Enter a name of at most 60 characters on one line")
	}
	switch c.Kind {
	case setup.ConnectionDefault:
	case setup.ConnectionProfile:
		c.Profile = field("profile")
		if c.Profile == "" {
			wrong("profile", "Choose the profile")
		}
	case setup.ConnectionRole:
		c.RoleARN, c.Source = field("role"), field("source")
		if setup.RoleAccount(c.RoleARN) == "" {
			wrong("role", "Enter the ARN of a role, like arn:aws:iam::123456789012:role/apifront")
		}
		if _, ok := setup.BuiltIn(c.Source); !ok || c.Source == "" {
			wrong("source", "Choose who assumes the role: the default chain or a profile")
		}
	default:
		wrong("kind-role", "Choose what kind of connection it is")
	}
	for _, region := range c.Regions {
		if !setup.IsRegion(region) {
			wrong("regions", "Enter regions by their codes, like eu-west-1. “"+setup.Clip(region, 30)+"” is none")
			break
		}
	}
	for name, values := range r.PostForm {
		if slices.ContainsFunc(values, setup.LooksLikeKey) {
			// The form does not show this text again: it may be a secret, which
			// must not stay in a page.
			id := name
			if !slices.Contains([]string{"name", "profile", "role", "source", "regions"}, name) {
				id = "name"
			}
			c.Name, c.Profile, c.RoleARN, c.Regions = "", "", "", nil
			return c, web.FieldErrors{{ID: id, Text: "Leave out the access key: apifront takes and stores none. Put it into a profile of the AWS config files of the server, better use a role, and disable a key that was typed into a web page"}}
		}
	}
	return c, errs
}

func (s *room) form(w http.ResponseWriter, r *http.Request, status int, c setup.Connection, errs web.FieldErrors) error {
	list, note, err := s.Connections(r.Context())
	if err != nil {
		return err
	}
	v := webconnections.FormView{
		ID: c.ID, Name: c.Name, RoleARN: c.RoleARN, Regions: strings.Join(c.Regions, " "), Version: c.Version, Note: note, Errors: errs,
		Action: "/connections/new", Back: "/connections",
	}
	title := "Add a connection"
	if c.ID != "" {
		v.Action, v.Back = pageURL(c.ID)+"/edit", pageURL(c.ID)
		title = "Change the connection"
	}
	for _, k := range []struct {
		kind         setup.ConnectionKind
		text, detail string
	}{
		{setup.ConnectionRole, "Role to assume", "For another account, or with fewer rights than the server has. apifront makes an external ID, so that nobody else gets into the role through it."},
		{setup.ConnectionProfile, "Named profile", "A section of the AWS config files of this server, under a name of its own here. SSO and credential_process work as in the AWS CLI."},
		{setup.ConnectionDefault, "Default chain", "What every AWS tool on this server uses, for certain regions only."},
	} {
		v.Kinds = append(v.Kinds, web.Option{Value: string(k.kind), ID: "kind-" + string(k.kind), Text: k.text, Detail: k.detail, Chosen: c.Kind == k.kind, Off: c.ID != "" && c.Kind != k.kind})
	}
	v.Profiles = []web.Option{{Value: "", Text: "Choose a profile"}}
	for _, o := range list {
		if o.Version > 0 {
			continue
		}
		v.Sources = append(v.Sources, web.Option{Value: o.ID, Text: s.ConnectionName(r.Context(), o.ID), Chosen: o.ID == c.Source})
		if o.Kind == setup.ConnectionProfile {
			v.Profiles = append(v.Profiles, web.Option{Value: o.Profile, Text: o.Profile, Chosen: o.Profile == c.Profile})
		}
	}
	tab := title
	if len(errs) > 0 {
		tab = "Error: " + title
	}
	return s.Render(w, r, status, webconnections.Form(s.Frame(r, tab, "connections"), title, v))
}

// deletePage asks before a connection is deleted.
func (s *room) deletePage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.stored(r)
	if err != nil {
		return err
	}
	if err := s.unused(r, c); err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, webconnections.Delete(s.Frame(r, "Delete "+c.Name, "connections"), c.Name, pageURL(c.ID)))
}

// unused returns an error that names the users if a setup or draft uses the
// connection.
func (s *room) unused(r *http.Request, c setup.Connection) error {
	used, err := s.Store.ConnectionUsers(r.Context(), c.ID)
	if err != nil {
		return fmt.Errorf("find users of connection %s: %w", c.ID, err)
	}
	if len(used) == 0 {
		return nil
	}
	var names []string
	for _, u := range used {
		p := setupLink(u)
		names = append(names, strings.ToLower(p.Key)+" "+p.Value)
	}
	return inUse(c, names)
}

func inUse(c setup.Connection, names []string) error {
	return handlers.Conflict("The connection "+c.Name+" is in use", "It cannot be deleted while these use it: "+setup.And(names)+". Delete the drafts, or let the setups use another connection. Nothing was changed.", pageURL(c.ID), "Back to the connection")
}

// remove deletes a stored connection.
func (s *room) remove(w http.ResponseWriter, r *http.Request) error {
	c, err := s.stored(r)
	if err != nil {
		return err
	}
	err = s.Store.DeleteConnection(r.Context(), c.ID)
	var used *store.InUseError
	if errors.As(err, &used) {
		return inUse(c, used.By)
	}
	if err != nil {
		return err
	}
	return handlers.SeeOther(w, r, "/connections")
}
