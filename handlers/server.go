// Package handlers answers HTTP: it reads the request, reads or writes the
// store, fills a view model and renders it. It never calls AWS: what a page
// wants to know from AWS it asks the store for, and the worker looks.
package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/sessions"

	"apifront/store"
)

// Config is what the server is made of.
type Config struct {
	Store        *store.Store
	Log          *slog.Logger
	Version      string
	Demo         *Demo                    // nil: not a demo
	Profiles     func() ([]string, error) // named profiles of the AWS config files; nil: none
	WelcomeToken string                   // the one-time code of /welcome
	Region       string                   // region of a new draft's API, such as that of the default chain; "": us-east-1
	Secure       bool                     // cookies over HTTPS only
	Now          func() time.Time         // nil: time.Now
	// Done ends when the server is asked to stop: streams end then.
	// nil: never.
	Done <-chan struct{}
}

// Demo is what a demo server shows and offers beyond a real one.
type Demo struct {
	Email, Password string // printed on the sign-in page
	Faults          []DemoFault
	Order           func(ctx context.Context, id string) error // order a fault for the next job; nil: none can be ordered
	Ordered         func(ctx context.Context) []string         // IDs of the faults that are ordered and have not happened
}

// A DemoFault is something that can be made to go wrong.
type DemoFault struct{ ID, Title, What string }

// Server answers HTTP. Make one with New.
type Server struct {
	Config
	limit    *limiter
	refusals quota // lines about them in the audit trail
	feeds    feeds

	cookies struct {
		sync.Mutex
		store *sessions.CookieStore
	}
}

// New makes the whole site as one handler.
func New(c Config) http.Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Config: c, limit: newLimiter()}
	return s.routes()
}

// cookieStore is made at the first request, since its keys are in the store.
func (s *Server) cookieStore(ctx context.Context) (*sessions.CookieStore, error) {
	s.cookies.Lock()
	defer s.cookies.Unlock()
	if s.cookies.store != nil {
		return s.cookies.store, nil
	}
	keys, err := s.Store.Secret(ctx, "cookie", func() []byte {
		b := make([]byte, 64)
		// Read of crypto/rand never fails and fills b entirely.
		_, _ = rand.Read(b)
		return b
	})
	if err != nil {
		return nil, fmt.Errorf("read the cookie keys: %w", err)
	}
	cs := sessions.NewCookieStore(keys[:32], keys[32:64])
	cs.MaxAge(0) // the row in the store says when a session ends
	cs.Options = s.cookieOptions(0)
	s.cookies.store = cs
	return cs, nil
}

func (s *Server) cookieOptions(maxAge int) *sessions.Options {
	return &sessions.Options{Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode}
}
