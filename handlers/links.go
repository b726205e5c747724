package handlers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"apifront/store"
	"apifront/web"
)

// NewLinkToken makes the token of a one-time link, and what the store keeps of
// it.
func NewLinkToken() (token, hash string) {
	token = strings.ToLower(rand.Text() + rand.Text()) // 260 bits
	return token, hashToken(token)
}

// LinkPath is where a one-time link leads to.
func LinkPath(token string) string { return "/link/" + token }

// MakeLink stores a one-time link and returns its address. Only the answer to
// this request ever holds it.
func (s *Server) MakeLink(r *http.Request, l store.Link, lasts time.Duration) (address string, expires time.Time, err error) {
	u, _ := User(r.Context())
	token, hash := NewLinkToken()
	l.CreatedBy, l.CreatedByID, l.CreatedAt = u.Name, u.ID, s.Now()
	l.ExpiresAt = l.CreatedAt.Add(lasts)
	if err := s.Store.CreateLink(r.Context(), hash, l); err != nil {
		return "", time.Time{}, fmt.Errorf("store the link: %w", err)
	}
	return s.origin(r) + LinkPath(token), l.ExpiresAt, nil
}

// origin is how the request's browser reaches this server.
func (s *Server) origin(r *http.Request) string {
	if u := s.Front.PublicURL; u != nil {
		return u.Scheme + "://" + u.Host
	}
	if s.Front.secure() {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// linkOf is the link that the request's address names.
func (s *Server) linkOf(w http.ResponseWriter, r *http.Request) (hash string, l store.Link, err error) {
	if s.OIDC != nil && s.OIDC.Only {
		return "", l, s.noPasswords(r, "")
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is a secret
	hash = hashToken(chi.URLParam(r, "token"))
	l, err = s.Store.Link(r.Context(), hash)
	if err != nil {
		return "", l, linkError(err)
	}
	return hash, l, nil
}

// linkError is the page of a link that does not work.
func linkError(err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read the link: %w", err)
	}
	return &PageError{http.StatusNotFound, web.ErrorView{
		Title: "This link does not work any more",
		Text:  "It works once and for a limited time, and a newer link takes its place.",
		Fix:   "Ask an administrator for a new one.",
		Href:  "/sign-in", Link: "Sign in",
	}}
}

func linkView(r *http.Request, l store.Link) web.LinkView {
	given := Operator
	switch l.Role {
	case store.RoleAdmin:
		given = Admin
	case store.RoleViewer:
		given = Viewer
	}
	return web.LinkView{Invites: l.UserID == "", Path: r.URL.Path, Email: l.Email, Role: WithArticle(l.Role), Right: given.Right(), By: l.CreatedBy}
}

// linkPage shows what a link is for. It does not use the link up: mail filters
// and previews open links before people do.
func (s *Server) linkPage(w http.ResponseWriter, r *http.Request) error {
	_, l, err := s.linkOf(w, r)
	if err != nil {
		return err
	}
	return s.showLink(w, r, http.StatusOK, linkView(r, l))
}

func (s *Server) showLink(w http.ResponseWriter, r *http.Request, status int, v web.LinkView) error {
	title := "Set a new password"
	if v.Invites {
		title = "Welcome"
	}
	if len(v.Errors) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, web.Link(s.Frame(r, title, ""), v))
}

// useLink makes the invited user, or sets the new password, and signs in.
func (s *Server) useLink(w http.ResponseWriter, r *http.Request) error {
	hash, l, err := s.linkOf(w, r)
	if err != nil {
		return err
	}
	v := linkView(r, l)
	password := r.PostFormValue("password")
	var name string
	if v.Invites {
		v.Name = strings.Join(strings.Fields(r.PostFormValue("name")), " ")
		name = v.Name
		if text := nameError(v.Name); text != "" {
			v.Errors = append(v.Errors, web.FieldError{ID: "name", Text: text})
		}
	} else {
		u, err := s.Store.User(r.Context(), l.UserID)
		if err != nil {
			return linkError(err)
		}
		name = u.Name
	}
	if text := passwordError(password, l.Email, name); text != "" {
		v.Errors = append(v.Errors, web.FieldError{ID: "password", Text: text})
	}
	if len(v.Errors) > 0 {
		return s.showLink(w, r, http.StatusUnprocessableEntity, v)
	}
	passwordHash, err := s.hashPassword(r.Context(), password)
	if err != nil {
		return err
	}
	id := l.UserID
	if v.Invites {
		u, err := s.Store.AcceptInvitation(r.Context(), hash, store.User{Name: v.Name, PasswordHash: passwordHash})
		if err != nil {
			return linkError(err)
		}
		id = u.ID
	} else {
		ctx := r.Context()
		if u, err := s.Store.User(ctx, l.UserID); err == nil {
			ctx = acting(ctx, u)
		}
		if _, err := s.Store.AcceptReset(ctx, hash, passwordHash); err != nil {
			return linkError(err)
		}
	}
	if err := s.openSession(w, r, id, false); err != nil {
		return err
	}
	return SeeOther(w, r, "/")
}
