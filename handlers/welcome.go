package handlers

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"apifront/store"
	"apifront/web"
)

func (s *Server) welcomePage(w http.ResponseWriter, r *http.Request) error {
	had, err := s.Store.HadAdmin(r.Context())
	if err != nil {
		return fmt.Errorf("look for administrators: %w", err)
	}
	if had || s.OIDC != nil && s.OIDC.Only {
		return seeOther(w, r, "/sign-in")
	}
	return s.render(w, r, http.StatusOK, web.Welcome(s.frame(r, "Create the administrator", ""), web.WelcomeView{}))
}

// welcome creates the administrator. It works until there was one.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request) error {
	had, err := s.Store.HadAdmin(r.Context())
	if err != nil {
		return fmt.Errorf("look for administrators: %w", err)
	}
	if had || s.OIDC != nil && s.OIDC.Only {
		return seeOther(w, r, "/sign-in")
	}
	v := web.WelcomeView{
		Code:  strings.TrimSpace(r.PostFormValue("code")),
		Name:  strings.Join(strings.Fields(r.PostFormValue("name")), " "),
		Email: strings.TrimSpace(r.PostFormValue("email")),
	}
	password := r.PostFormValue("password")
	now := s.Now()
	add := func(id, text string) { v.Errors = append(v.Errors, web.FieldError{ID: id, Text: text}) }
	limits := secretLimits(r, "welcome")
	if v.Code == "" {
		add("code", "Enter the one-time code from the server's log")
	} else {
		wait, err := s.Store.Try(r.Context(), limits...)
		if err != nil {
			return fmt.Errorf("count the try: %w", err)
		}
		if wait > 0 {
			add("code", "Too many tries. Try again in "+web.Span(wait))
		} else if s.WelcomeToken == "" || subtle.ConstantTimeCompare([]byte(strings.ToLower(v.Code)), []byte(strings.ToLower(s.WelcomeToken))) != 1 {
			s.audit(r.Context(), store.Act{Action: store.ActUserCreate, On: "the first administrator", Result: store.ResultWrong, Detail: "not the one-time code"})
			add("code", "This is not the code in the server's log. A restart prints a new one")
		} else if err := s.Store.RightTry(r.Context(), limits...); err != nil {
			return fmt.Errorf("take the try back: %w", err)
		}
	}
	if text := nameError(v.Name); text != "" {
		add("name", text)
	}
	if text := emailError(v.Email); text != "" {
		add("email", text)
	}
	if text := passwordError(password, v.Email, v.Name); text != "" {
		add("password", text)
	}
	if len(v.Errors) > 0 {
		return s.render(w, r, http.StatusUnprocessableEntity, web.Welcome(s.frame(r, "Error: Create the administrator", ""), v))
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make user ID: %w", err)
	}
	u := store.User{ID: id.String(), Email: v.Email, Name: v.Name, PasswordHash: HashPassword(password), Role: "admin", CreatedAt: now}
	if err := s.Store.CreateFirstUser(r.Context(), u); errors.Is(err, store.ErrConflict) {
		if had, err := s.Store.HadAdmin(r.Context()); err != nil || had {
			return seeOther(w, r, "/sign-in")
		}
		add("email", "Somebody with this email is a user already. Enter another one, or run “apifront user role EMAIL admin” on the server's machine")
		return s.render(w, r, http.StatusUnprocessableEntity, web.Welcome(s.frame(r, "Error: Create the administrator", ""), v))
	} else if err != nil {
		return fmt.Errorf("create the administrator: %w", err)
	}
	if err := s.openSession(w, r, u.ID, false); err != nil {
		return err
	}
	return seeOther(w, r, "/welcome/next")
}

// nameError says what is wrong with somebody's name; "" for nothing.
func nameError(name string) string {
	switch {
	case name == "":
		return "Enter your name"
	case utf8.RuneCountInString(name) > 100:
		return "Enter a name of at most 100 characters"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "Enter a name without control characters"
	}
	return ""
}

// emailError says what is wrong with an email address; "" for nothing.
func emailError(email string) string {
	at := strings.LastIndex(email, "@")
	if at < 1 || at == len(email)-1 || len(email) > 254 || strings.ContainsFunc(email, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || r == '<' || r == '>'
	}) {
		return "Enter an email address, like mira@example.com"
	}
	return ""
}

// welcomeNext is the page after the administrator was created.
func (s *Server) welcomeNext(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, web.WelcomeNext(s.frame(r, "What now?", "")))
}
