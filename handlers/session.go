package handlers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"apifront/setup"
	"apifront/store"
)

const (
	cookieItem = "token"

	// How long a session lasts after the sign-in, and how long it lasts without
	// use. The long limits are for "keep me signed in"; they outlive a weekend.
	shortSession, shortIdle = 12 * time.Hour, 2 * time.Hour
	longSession, longIdle   = 14 * 24 * time.Hour, 4 * 24 * time.Hour
	// touchEvery is how old "last seen" may be before it is written again.
	touchEvery = time.Minute
	// unseen is the header of what a page asks for while nobody looks at it. It is
	// no use of the session, so a forgotten tab keeps nobody signed in.
	unseen = "Apifront-Unseen"
)

// cookieName is what the session's cookie is called. Over HTTPS it has the
// prefix __Host-: browsers then take the cookie from this host alone, and only
// if it is Secure, for every path and for no other host.
func (s *Server) cookieName() string {
	if s.Front.secure() {
		return "__Host-apifront"
	}
	return "apifront"
}

// User is who sent a request that went through allow.
func User(ctx context.Context) (store.User, bool) {
	v, ok := ctx.Value(keyVisitor).(store.Visitor)
	return v.User, ok
}

// Session is the session with which such a request came.
func Session(ctx context.Context) store.Session {
	v, _ := ctx.Value(keyVisitor).(store.Visitor)
	return v.Session
}

// ifSignedIn finds the user of a request, if there is one, and lets every
// request through. Pages for addresses that do not exist show the navigation
// too.
func (s *Server) ifSignedIn(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.whoIs(r)
		if err == nil && v.Session.TokenHash != "" {
			r = r.WithContext(context.WithValue(r.Context(), keyVisitor, v))
		}
		next.ServeHTTP(w, r)
	}
}

// toDoor sends a request without a session to the sign-in page.
func (s *Server) toDoor(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	users, err := s.Store.CountUsers(r.Context())
	if err != nil {
		s.fail(w, r, fmt.Errorf("count users: %w", err))
		return
	}
	to := "/sign-in"
	switch {
	case users == 0 && (s.OIDC == nil || !s.OIDC.Only):
		to = "/welcome"
	case r.Method == http.MethodGet && r.URL.Path != "/" && !IsHTMX(r):
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	case IsHTMX(r):
		if from := LocalPath(pathOf(r.Header.Get("HX-Current-URL"))); from != "/" {
			to += "?next=" + url.QueryEscape(from)
		}
	}
	if IsHTMX(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// CameFrom is the page of this server that a request was sent from, or "/".
func CameFrom(r *http.Request) string { return LocalPath(pathOf(r.Referer())) }

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "/"
	}
	return u.RequestURI()
}

// LocalPath is next when it is a path on this server, and "/" otherwise.
func LocalPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return "/"
	}
	return next
}

// whoIs finds the session and the user of a request. TokenHash is empty if
// there is no valid session.
func (s *Server) whoIs(r *http.Request) (store.Visitor, error) {
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return store.Visitor{}, err
	}
	// A cookie that cannot be read counts as none.
	c, err := cookies.Get(r, s.cookieName())
	if err != nil {
		return store.Visitor{}, nil //nolint:nilerr // a forged or old cookie is the same as no cookie
	}
	token, _ := c.Values[cookieItem].(string)
	if token == "" {
		return store.Visitor{}, nil
	}
	v, err := s.Store.Visitor(r.Context(), hashToken(token))
	if errors.Is(err, store.ErrNotFound) {
		return store.Visitor{}, nil
	}
	if err != nil {
		return store.Visitor{}, fmt.Errorf("read session: %w", err)
	}
	now := s.Now()
	if v.Session.Over(now) || v.User.Disabled() {
		return store.Visitor{}, nil
	}
	if now.Sub(v.Session.SeenAt).Abs() > touchEvery && r.Header.Get(unseen) == "" {
		if err := s.Store.TouchSession(r.Context(), v.Session.TokenHash, now); err != nil {
			s.Log.WarnContext(r.Context(), "session not touched", "error", err)
		}
	}
	return v, nil
}

// hasSealedCookie says whether the request carries a cookie that this server
// made, without asking the store whether its session is still valid.
func (s *Server) hasSealedCookie(r *http.Request) bool {
	s.cookies.Lock()
	cookies := s.cookies.store
	s.cookies.Unlock()
	if cookies == nil {
		return false
	}
	c, err := cookies.New(r, s.cookieName())
	if err != nil {
		return false
	}
	token, _ := c.Values[cookieItem].(string)
	return token != ""
}

// openSession signs a user in: a row in the store, its token in the cookie. The
// session that the browser had before ends.
func (s *Server) openSession(w http.ResponseWriter, r *http.Request, userID string, keep bool) error {
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return err
	}
	b := make([]byte, 32)
	// Read of crypto/rand never fails and fills b entirely.
	_, _ = rand.Read(b)
	token := base64.RawURLEncoding.EncodeToString(b)
	now, lasts, idle, maxAge := s.Now(), shortSession, shortIdle, 0
	if keep {
		lasts, idle, maxAge = longSession, longIdle, int(longSession/time.Second)
	}
	before, err := s.whoIs(r)
	if err != nil {
		return err
	}
	if before.Session.TokenHash != "" {
		if err := s.Store.EndSession(acting(r.Context(), before.User), before.User.ID, before.Session.TokenHash); err != nil {
			return fmt.Errorf("end the session before: %w", err)
		}
	}
	err = s.Store.CreateSession(r.Context(), store.Session{
		TokenHash: hashToken(token), UserID: userID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(lasts), Idle: idle,
		Address: remoteAddress(r), Agent: setup.Clip(r.UserAgent(), 200),
	})
	if err != nil {
		return fmt.Errorf("create session: %w", err)
	}
	// A new session object, whatever the request carried.
	c, err := cookies.New(r, s.cookieName())
	if c == nil {
		return fmt.Errorf("make cookie: %w", err)
	}
	c.Values[cookieItem] = token
	c.Options = s.cookieOptions(maxAge)
	if err := c.Save(r, w); err != nil {
		return fmt.Errorf("write cookie: %w", err)
	}
	return s.knowDevice(w, r, userID)
}

// closeSession signs out: the row is deleted, the cookie cleared.
func (s *Server) closeSession(w http.ResponseWriter, r *http.Request) error {
	v, err := s.whoIs(r)
	if err != nil {
		return err
	}
	if v.Session.TokenHash != "" {
		if err := s.Store.DeleteSession(acting(r.Context(), v.User), v.Session.TokenHash); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("delete session: %w", err)
		}
	}
	o := s.cookieOptions(-1)
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(), Path: o.Path, MaxAge: o.MaxAge, HttpOnly: o.HttpOnly, Secure: o.Secure, SameSite: o.SameSite}) //nolint:gosec // G124: the same options as those of openSession
	return nil
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func remoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
