package handlers

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"apifront/store"
	"apifront/web"
)

// shortestPassword is in characters.
const shortestPassword = 12

func (s *Server) welcomePage(w http.ResponseWriter, r *http.Request) error {
	users, err := s.Store.CountUsers(r.Context())
	if err != nil {
		return fmt.Errorf("count users: %w", err)
	}
	if users > 0 {
		return seeOther(w, r, "/sign-in")
	}
	return s.render(w, r, http.StatusOK, web.Welcome(s.frame(r, "Create the administrator", ""), web.WelcomeView{}))
}

// welcome creates the administrator. It works only while there is no user.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request) error {
	users, err := s.Store.CountUsers(r.Context())
	if err != nil {
		return fmt.Errorf("count users: %w", err)
	}
	if users > 0 {
		return seeOther(w, r, "/sign-in")
	}
	v := web.WelcomeView{
		Code:  strings.TrimSpace(r.PostFormValue("code")),
		Name:  strings.Join(strings.Fields(r.PostFormValue("name")), " "),
		Email: strings.TrimSpace(r.PostFormValue("email")),
	}
	password := r.PostFormValue("password")
	now := s.Now()
	key := "welcome\x00" + remoteAddress(r)
	add := func(id, text string) { v.Errors = append(v.Errors, web.FieldError{ID: id, Text: text}) }
	wait := s.limit.wait(key, now)
	switch {
	case wait > 0:
		add("code", "Too many tries. Try again in "+web.Span(wait))
	case v.Code == "":
		add("code", "Enter the one-time code from the server's log")
	case s.WelcomeToken == "" || subtle.ConstantTimeCompare([]byte(strings.ToLower(v.Code)), []byte(strings.ToLower(s.WelcomeToken))) != 1:
		s.limit.wrong(key, now)
		s.audit(r.Context(), store.Act{Action: store.ActUserCreate, On: "the first administrator", Result: store.ResultWrong, Detail: "not the one-time code"})
		add("code", "This is not the code in the server's log. A restart prints a new one")
	}
	switch {
	case v.Name == "":
		add("name", "Enter your name")
	case utf8.RuneCountInString(v.Name) > 100:
		add("name", "Enter a name of at most 100 characters")
	}
	if at := strings.LastIndex(v.Email, "@"); at < 1 || at == len(v.Email)-1 || len(v.Email) > 254 || strings.ContainsAny(v.Email, " \t<>") {
		add("email", "Enter an email address, like mira@example.com")
	}
	switch n := utf8.RuneCountInString(password); {
	case n < shortestPassword:
		add("password", "Enter a password of at least 12 characters")
	case len(password) > 1024:
		add("password", "Enter a password of at most 1,024 characters")
	}
	if len(v.Errors) > 0 {
		return s.render(w, r, http.StatusUnprocessableEntity, web.Welcome(s.frame(r, "Error: Create the administrator", ""), v))
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make user ID: %w", err)
	}
	u := store.User{ID: id.String(), Email: v.Email, Name: v.Name, PasswordHash: HashPassword(password), Role: "admin", CreatedAt: now}
	if err := s.Store.CreateUser(r.Context(), u); errors.Is(err, store.ErrConflict) {
		return seeOther(w, r, "/sign-in")
	} else if err != nil {
		return fmt.Errorf("create the administrator: %w", err)
	}
	s.limit.right(key)
	if err := s.openSession(w, r, u.ID, false); err != nil {
		return err
	}
	return seeOther(w, r, "/welcome/next")
}

// welcomeNext is the page after the administrator was created.
func (s *Server) welcomeNext(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, web.WelcomeNext(s.frame(r, "What now?", "")))
}
