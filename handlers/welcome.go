package handlers

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

func (s *Server) welcomePage(w http.ResponseWriter, r *http.Request) error {
	had, err := s.Store.HadAdmin(r.Context())
	if err != nil {
		return fmt.Errorf("look for administrators: %w", err)
	}
	if had || s.OIDC != nil && s.OIDC.Only {
		return SeeOther(w, r, "/sign-in")
	}
	return s.Render(w, r, http.StatusOK, web.Welcome(s.Frame(r, "Create the administrator", ""), web.WelcomeView{}))
}

// welcome creates the administrator. It works until there was one.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request) error {
	had, err := s.Store.HadAdmin(r.Context())
	if err != nil {
		return fmt.Errorf("look for administrators: %w", err)
	}
	if had || s.OIDC != nil && s.OIDC.Only {
		return SeeOther(w, r, "/sign-in")
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
			add("code", "Too many tries. Try again in "+setup.Span(wait))
		} else if good, err := s.firstCode(r.Context(), v.Code); err != nil {
			return err
		} else if !good {
			s.audit(r.Context(), store.Act{Action: store.ActUserCreate, On: "the first administrator", Result: store.ResultWrong, Detail: "not the one-time code"})
			add("code", "This is not the code in the server's log. A restart prints a new one")
		} else if err := s.Store.RightTry(r.Context(), limits...); err != nil {
			return fmt.Errorf("take the try back: %w", err)
		}
	}
	if text := nameError(v.Name); text != "" {
		add("name", text)
	}
	if text := EmailError(v.Email); text != "" {
		add("email", text)
	}
	if text := passwordError(password, v.Email, v.Name); text != "" {
		add("password", text)
	}
	if len(v.Errors) > 0 {
		return s.Render(w, r, http.StatusUnprocessableEntity, web.Welcome(s.Frame(r, "Error: Create the administrator", ""), v))
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make user ID: %w", err)
	}
	u := store.User{ID: id.String(), Email: v.Email, Name: v.Name, PasswordHash: HashPassword(password), Role: "admin", CreatedAt: now}
	if err := s.Store.CreateFirstUser(r.Context(), u); errors.Is(err, store.ErrConflict) {
		if had, err := s.Store.HadAdmin(r.Context()); err != nil || had {
			return SeeOther(w, r, "/sign-in")
		}
		add("email", "Somebody with this email is a user already. Enter another one, or run “apifront user role EMAIL admin” on the server's machine")
		return s.Render(w, r, http.StatusUnprocessableEntity, web.Welcome(s.Frame(r, "Error: Create the administrator", ""), v))
	} else if err != nil {
		return fmt.Errorf("create the administrator: %w", err)
	}
	if err := s.openSession(w, r, u.ID, false); err != nil {
		return err
	}
	return SeeOther(w, r, "/welcome/next")
}

// KeepFirstCode makes a one-time code of /welcome good, on every replica.
func KeepFirstCode(ctx context.Context, st *store.Store, code string) error {
	return st.AddFirstCode(ctx, hashCode(code))
}

// hashCode is what is stored of a code, which people may type in any case.
func hashCode(code string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(code)))
	return hex.EncodeToString(sum[:])
}

// firstCode says whether a code is one of those that are good. It takes as long
// for a wrong code, so the time tells nothing.
func (s *Server) firstCode(ctx context.Context, code string) (bool, error) {
	codes, err := s.Store.FirstCodes(ctx)
	if err != nil {
		return false, fmt.Errorf("read the first codes: %w", err)
	}
	typed, good := []byte(hashCode(code)), 0
	for _, one := range codes {
		good |= subtle.ConstantTimeCompare(typed, []byte(one))
	}
	return good == 1, nil
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

// EmailError says what is wrong with an email address; "" for nothing.
func EmailError(email string) string {
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
	return s.Render(w, r, http.StatusOK, web.WelcomeNext(s.Frame(r, "What now?", "")))
}
