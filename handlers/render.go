package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/a-h/templ"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// do makes a handler of a function that may fail. A failure becomes a page
// that says so.
func (s *Server) do(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// Render sends a page. It is rendered in full before the first byte is sent,
// so that a page that cannot be rendered becomes an error page.
func (s *Server) Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(r.Context(), &b); err != nil {
		return fmt.Errorf("render page %s: %w", r.URL.Path, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// The client may be gone; there is nobody to tell.
	_, _ = b.WriteTo(w)
	return nil
}

// Frame is the layout's part of every page.
func (s *Server) Frame(r *http.Request, title, nav string) web.Frame {
	f := web.Frame{Title: title, Nav: nav, Demo: s.Demo != nil, Version: s.Version, Now: s.Now().UnixMilli()}
	u, ok := User(r.Context())
	if !ok {
		return f
	}
	f.User, f.Theme, f.Zone = u.Name, u.Theme, s.Times(r).Zone()
	f.Operator, f.Admin = RoleOf(u) >= Operator, RoleOf(u) >= Admin
	f.Account = connectionTitle(setup.DefaultConnection, s.Demo != nil)
	if v, ok := r.Context().Value(keyVisitor).(store.Visitor); ok {
		var who setup.Identity
		if v.Identity != nil && json.Unmarshal(v.Identity, &who) == nil {
			f.AccountID = who.AccountID
		}
		f.NeedsYou = v.NeedsYou
		if f.Admin && v.Paused > 0 {
			f.Paused = setup.Count(v.Paused, "place") + " of notices took nothing for days and is paused."
			if v.Paused > 1 {
				f.Paused = setup.Count(v.Paused, "place") + " of notices took nothing for days and are paused."
			}
		}
	}
	return f
}

// IsHTMX says whether the answer replaces a part of a page.
func IsHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// SeeOther answers a form: go there.
func SeeOther(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // G710: what people say goes through LocalPath; FuzzNext
	return nil
}

// A PageError is an error that has its own page.
type PageError struct {
	Status int
	View   web.ErrorView
}

func (e *PageError) Error() string { return e.View.Title }

// NotFound is the error for something that is not there; what is a sentence
// such as "There is no job 99".
func NotFound(what string) error {
	return &PageError{http.StatusNotFound, web.ErrorView{Title: what, Text: "It may have been deleted, or the address has a typing error."}}
}

// Conflict is the error for an act that no longer fits, with a way on.
func Conflict(title, text, href, link string) error {
	return &PageError{http.StatusConflict, web.ErrorView{Title: title, Text: text, Href: href, Link: link}}
}

// fail answers with the page of an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	err = ended(r.Context(), err)
	var pe *PageError
	if !errors.As(err, &pe) {
		switch {
		case errors.Is(err, store.ErrNotFound):
			pe = &PageError{http.StatusNotFound, web.ErrorView{Title: "There is nothing at this address", Text: "It may have been deleted, or the address has a typing error."}}
		case errors.Is(err, store.ErrStorage):
			pe = s.storageError(r, err)
			w.Header().Set("Retry-After", "30")
		case r.Context().Err() != nil:
			pe = &PageError{http.StatusServiceUnavailable, web.ErrorView{Title: "This page took too long", Text: "The server is busy. Nothing in AWS was changed by this page."}}
		default:
			pe = &PageError{http.StatusInternalServerError, web.ErrorView{Title: "This page could not be made", Text: "Nothing in AWS was changed by this page. The server's log has the cause under the reference below."}}
		}
	}
	view := pe.View
	if pe.Status >= 500 {
		view.Ref = RequestID(r.Context())
		s.Log.ErrorContext(r.Context(), "page failed", "path", withoutTokens(r.URL.Path), "ref", view.Ref, "error", err)
	}
	view.Time = s.Times(r).Second(s.Now())
	w.Header().Set("Cache-Control", "no-store")
	page := web.ErrorPage(s.Frame(r, view.Title, ""), view)
	// The page is rendered also if the request has run out of time.
	if err := s.Render(w, r.WithContext(context.WithoutCancel(r.Context())), pe.Status, page); err != nil {
		http.Error(w, view.Title, pe.Status)
	}
}

func (s *Server) noSuchPage(http.ResponseWriter, *http.Request) error {
	return NotFound("There is no page at this address")
}

func (s *Server) noSuchMethod(w http.ResponseWriter, r *http.Request) error {
	return &PageError{http.StatusMethodNotAllowed, web.ErrorView{Title: "This address cannot be used that way", Text: "It takes another kind of request than " + r.Method + "."}}
}
