package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webdoctor "apifront/web/doctor"
)

// listed is how many diagnoses the page lists.
const listed = 20

// askPage asks for a name. A name in the address only fills in the field: nothing is
// looked at before somebody presses the button.
func (s *room) askPage(w http.ResponseWriter, r *http.Request) error {
	typed := setup.First(r.URL.Query().Get("name"), 300)
	chosen, err := s.preset(r.Context(), typed)
	if err != nil {
		return err
	}
	if by := r.URL.Query().Get("connection"); by != "" { // of a page that leads here
		known, err := s.options(r.Context(), "")
		if err != nil {
			return err
		}
		if slices.ContainsFunc(known, func(o web.Option) bool { return o.Value == by }) {
			chosen = by
		}
	}
	return s.showAsk(w, r, http.StatusOK, webdoctor.AskView{Typed: typed}, chosen)
}

func (s *room) showAsk(w http.ResponseWriter, r *http.Request, status int, v webdoctor.AskView, chosen string) error {
	ctx := r.Context()
	var err error
	if v.Connections, err = s.options(ctx, chosen); err != nil {
		return err
	}
	before := r.URL.Query().Get("before")
	if uuid.Validate(before) != nil {
		before = ""
	}
	list, err := s.Store.Diagnoses(ctx, before, listed+1)
	if err != nil {
		return err
	}
	v.Later = before != ""
	if len(list) > listed {
		list = list[:listed]
		v.Older = "/doctor?before=" + list[listed-1].ID
	}
	times := s.Times(r)
	for _, d := range list {
		row := webdoctor.Row{Href: handlers.DiagnosisURL(d.ID), Name: d.Name, Path: setup.Clip(d.Path, 40), Sub: setup.Clip(setup.Printable(d.Text), 160), When: times.Ago(d.AskedAt), By: d.By.Name}
		row.Mark, row.Word = webdoctor.StateOf(d)
		v.Rows = append(v.Rows, row)
	}
	title := "Doctor"
	if len(v.Errors) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, webdoctor.Ask(s.Frame(r, title, "doctor"), v))
}

// options are the connections by which AWS can be asked; the first is none.
func (s *room) options(ctx context.Context, chosen string) ([]web.Option, error) {
	list, _, err := s.Connections(ctx)
	if err != nil {
		return nil, err
	}
	options := []web.Option{{Value: "", Text: "Nothing: look without AWS", Chosen: chosen == ""}}
	for _, c := range list {
		options = append(options, web.Option{Value: c.ID, Text: s.ConnectionName(ctx, c.ID), Chosen: c.ID == chosen})
	}
	return options, nil
}

// preset is the connection that is chosen for a name beforehand: that of its setup, or
// else the default one, if it was seen to work.
func (s *room) preset(ctx context.Context, typed string) (string, error) {
	if a, err := setup.CleanAsked(typed); err == nil {
		named, err := s.Store.SetupsNamed(ctx, a.Name)
		if err != nil {
			return "", err
		}
		if len(named) > 0 {
			return cmp.Or(named[0].Spec.Account.Connection, setup.DefaultConnection), nil
		}
	}
	who, err := handlers.Stored[setup.Identity](ctx, s.Server, setup.LookKey{Kind: setup.LookIdentity, Connection: setup.DefaultConnection})
	if err != nil {
		return "", err
	}
	if who.Have || s.Demo != nil {
		return setup.DefaultConnection, nil
	}
	return "", nil
}

// ask starts a diagnosis, and leads to its page.
func (s *room) ask(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	typed := r.PostFormValue("domain")
	if path := strings.TrimSpace(r.PostFormValue("path")); path != "" {
		typed = strings.TrimSpace(typed) + "/" + strings.TrimLeft(path, "/")
	}
	v := webdoctor.AskView{Typed: typed}
	for _, e := range handlers.FieldsTooLong(r.PostForm, nil) {
		if e.ID == "domain" || e.ID == "path" { // what is typed stands in one field
			v.Errors = web.FieldErrors{{ID: "domain", Text: e.Text}}
		}
	}
	asked, err := setup.CleanAsked(typed)
	if err != nil && len(v.Errors) == 0 {
		v.Errors = append(v.Errors, web.FieldError{ID: "domain", Text: err.Error()})
	}
	by := r.PostFormValue("connection")
	if _, said := r.PostForm["connection"]; !said { // a field by itself, as on the first page
		if by, err = s.preset(ctx, typed); err != nil {
			return err
		}
	}
	known, err := s.options(ctx, by)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(known, func(o web.Option) bool { return o.Value == by }) {
		v.Errors = append(v.Errors, web.FieldError{ID: "connection", Text: "Choose a connection that this server has"})
	}
	if len(v.Errors) > 0 {
		return s.showAsk(w, r, http.StatusUnprocessableEntity, v, by)
	}
	region, err := s.regionOf(ctx, asked.Name, by)
	if err != nil {
		return err
	}
	u, _ := handlers.User(ctx)
	d, err := s.Store.AskDiagnosis(ctx, store.NewDiagnosis{Name: asked.Name, Path: asked.Path, Connection: by, Region: region, By: u.Name})
	if many, is := errors.AsType[*store.TooManyDiagnosesError](err); is {
		v.Errors = append(v.Errors, web.FieldError{ID: "domain", Text: tooMany(w, many)})
		return s.showAsk(w, r, http.StatusTooManyRequests, v, by)
	}
	if err != nil {
		return err
	}
	return handlers.SeeOther(w, r, handlers.DiagnosisURL(d.ID))
}

// tooMany says when the next look can be asked for, to people and to programs.
func tooMany(w http.ResponseWriter, e *store.TooManyDiagnosesError) string {
	seconds := int(max((e.Wait+time.Second-1)/time.Second, 1))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	if e.All {
		return "Wait a minute, then look again: too many looks of others have not ended yet"
	}
	return fmt.Sprintf("Wait %d s, then look again: each look sends requests, so one person may start ten in a minute", seconds)
}

// regionOf is the Region of the name's setup, where the custom domain is looked for
// first; "" if nobody knows.
func (s *room) regionOf(ctx context.Context, name, connection string) (string, error) {
	named, err := s.Store.SetupsNamed(ctx, name)
	if err != nil {
		return "", err
	}
	for _, v := range named {
		if cmp.Or(v.Spec.Account.Connection, setup.DefaultConnection) == connection {
			return v.Spec.Account.Region, nil
		}
	}
	return "", nil
}
