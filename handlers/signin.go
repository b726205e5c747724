package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"apifront/setup"
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
	who, err := s.whoIs(r)
	if err != nil {
		return err
	}
	v := s.signInView(r)
	if who.Session.TokenHash != "" {
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
		s.notSignedIn(r, v.Email, store.ResultLimited, "too many tries; the next is possible in "+setup.Span(wait.Round(time.Second)))
		return again(http.StatusTooManyRequests, "password",
			"Too many tries. Try again at "+s.Times(r).Second(now.Add(wait+time.Second)).Text+", in "+setup.Span(wait.Round(time.Second)))
	}
	right, err := s.passwordIs(r.Context(), u, password)
	if err != nil {
		return err
	}
	// An unknown address takes as long as a known one and gets the same answer.
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
// who does not exist. Each check takes memory and a processor, so only as many
// run at a time as there are processors.
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

// hashPassword makes the stored form of a password. It waits for its turn as
// the checks do.
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

// ReplacePassword gives a user another password. The user must know the present
// one. It says what is wrong with the fields old and password. All other
// sessions of the user end; this browser goes on, with a session of its own.
func (s *Server) ReplacePassword(w http.ResponseWriter, r *http.Request, u store.User, old, password string) (wrong web.FieldErrors, err error) {
	add := func(id, text string) { wrong = append(wrong, web.FieldError{ID: id, Text: text}) }
	if text := passwordError(password, u.Email, u.Name); text != "" {
		add("password", text)
	} else if password == old {
		add("password", "Enter another password than the present one")
	}
	limits := secretLimits(r, "password\x00"+u.ID)
	if old == "" {
		add("old", "Enter your present password")
	} else {
		wait, err := s.Store.Try(r.Context(), limits...)
		if err != nil {
			return nil, fmt.Errorf("count the try: %w", err)
		}
		right := false
		if wait <= 0 {
			if right, err = s.passwordIs(r.Context(), u, old); err != nil {
				return nil, err
			}
		}
		switch {
		case wait > 0:
			add("old", "Too many tries. Try again in "+setup.Span(wait))
		case !right:
			s.audit(r.Context(), store.Act{Action: store.ActUserPassword, On: "user " + u.Email, Result: store.ResultWrong, Detail: "the present password was not right"})
			add("old", "This is not your present password")
		default:
			if err := s.Store.RightTry(r.Context(), limits...); err != nil {
				return nil, fmt.Errorf("take the try back: %w", err)
			}
		}
	}
	if len(wrong) > 0 {
		return wrong, nil
	}
	hash, err := s.hashPassword(r.Context(), password)
	if err != nil {
		return nil, err
	}
	session := Session(r.Context())
	if err := s.Store.SetPassword(r.Context(), u.ID, hash, session.TokenHash); err != nil {
		return nil, fmt.Errorf("store the password: %w", err)
	}
	return nil, s.openSession(w, r, u.ID, session.Idle == longIdle)
}
