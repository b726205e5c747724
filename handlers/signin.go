package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"apifront/store"
	"apifront/web"
)

func (s *Server) signInView(r *http.Request) web.SignInView {
	v := web.SignInView{Host: r.Host, Next: LocalPath(r.URL.Query().Get("next"))}
	if s.OIDC != nil {
		v.Provider, v.Only = providerName(s.OIDC.Issuer), s.OIDC.Only
		v.ProviderURL = oidcPath + "?" + url.Values{"next": {v.Next}}.Encode()
	}
	if s.Demo != nil {
		v.DemoEmail, v.DemoPassword = s.Demo.Email, s.Demo.Password
		v.Email = s.Demo.Email
	}
	return v
}

func (s *Server) signInPage(w http.ResponseWriter, r *http.Request) error {
	users, err := s.Store.CountUsers(r.Context())
	if err != nil {
		return fmt.Errorf("count users: %w", err)
	}
	if users == 0 && (s.OIDC == nil || !s.OIDC.Only) {
		return SeeOther(w, r, "/welcome")
	}
	_, session, err := s.whoIs(r)
	if err != nil {
		return err
	}
	v := s.signInView(r)
	if session.TokenHash != "" {
		return SeeOther(w, r, v.Next)
	}
	had, err := s.Store.HadAdmin(r.Context())
	if err != nil {
		return fmt.Errorf("look for administrators: %w", err)
	}
	v.NoAdmin = !had && !v.Only
	return s.Render(w, r, http.StatusOK, web.SignIn(s.Frame(r, "Sign in", ""), v))
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) error {
	v := s.signInView(r)
	v.Email = strings.TrimSpace(r.PostFormValue("email"))
	v.Keep = r.PostFormValue("keep") != ""
	v.Next = LocalPath(r.PostFormValue("next"))
	password := r.PostFormValue("password")
	if v.Only {
		return s.noPasswords(r, v.Email)
	}
	now := s.Now()
	again := func(status int, id, text string) error {
		v.Errors = web.FieldErrors{{ID: id, Text: text}}
		return s.Render(w, r, status, web.SignIn(s.Frame(r, "Error: Sign in", ""), v))
	}
	if v.Email == "" {
		return again(http.StatusUnprocessableEntity, "email", "Enter your email address")
	}
	if password == "" {
		return again(http.StatusUnprocessableEntity, "password", "Enter your password")
	}
	u, err := s.Store.UserByEmail(r.Context(), v.Email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("find user: %w", err)
	}
	device, err := s.deviceOf(r, u.ID)
	if err != nil {
		return err
	}
	limits := signInLimits(r, v.Email, device)
	wait, err := s.Store.Try(r.Context(), limits...)
	if err != nil {
		return fmt.Errorf("count the try: %w", err)
	}
	if wait > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(wait/time.Second)+1))
		s.notSignedIn(r, v.Email, store.ResultLimited, "too many tries; the next is possible in "+web.Span(wait.Round(time.Second)))
		return again(http.StatusTooManyRequests, "password",
			"Too many tries. Try again at "+s.Times(r).Second(now.Add(wait+time.Second)).Text+", in "+web.Span(wait.Round(time.Second)))
	}
	right, err := s.passwordIs(r.Context(), u, password)
	if err != nil {
		return err
	}
	// An unknown address takes as long and says the same.
	if !right {
		s.notSignedIn(r, v.Email, store.ResultWrong, "")
		s.Log.WarnContext(r.Context(), "sign-in refused", "address", remoteAddress(r))
		return again(http.StatusUnprocessableEntity, "email", "The email or password is not right")
	}
	if err := s.Store.RightTry(r.Context(), limits...); err != nil {
		return fmt.Errorf("take the try back: %w", err)
	}
	if u.Disabled() { // only who knows the password learns it
		s.notSignedIn(r, v.Email, store.ResultRefused, "the account is disabled")
		return again(http.StatusForbidden, "email", "This account is disabled. Ask an administrator to enable it")
	}
	if err := s.openSession(w, r, u.ID, v.Keep); err != nil {
		return err
	}
	return SeeOther(w, r, v.Next)
}

// passwordIs says whether a user has the password. It takes as long for a user
// who is not there. Each check takes memory and a processor, so as many run at a
// time as there are processors.
func (s *Server) passwordIs(ctx context.Context, u store.User, password string) (bool, error) {
	if len(password) > longestPassword {
		return false, nil
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return checkPassword(u.PasswordHash, password), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// hashPassword makes the stored form of a password, in turn with the checks.
func (s *Server) hashPassword(ctx context.Context, password string) (string, error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return HashPassword(password), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (s *Server) SignOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.closeSession(w, r); err != nil {
		return err
	}
	return SeeOther(w, r, "/sign-in")
}

// theme keeps how a user wants the pages to look.
func (s *Server) theme(w http.ResponseWriter, r *http.Request) error {
	u, _ := User(r.Context())
	theme := r.PostFormValue("theme")
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	if err := s.Store.SetTheme(r.Context(), u.ID, theme); err != nil {
		return fmt.Errorf("set theme: %w", err)
	}
	return SeeOther(w, r, LocalPath(pathOf(r.Referer())))
}
