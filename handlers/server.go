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
	"runtime"
	"sync"
	"time"

	"github.com/gorilla/sessions"

	"apifront/seal"
	"apifront/setup"
	"apifront/store"
)

// Config is what the server is made of.
type Config struct {
	Store      *store.Store
	Log        *slog.Logger
	Version    string
	Demo       *Demo                    // nil: not a demo
	Profiles   func() ([]string, error) // named profiles of the AWS config files; nil: none
	Install    string                   // installation ID, which IAM policies name
	Region     string                   // region of a new draft's API, such as that of the default chain; "": us-east-1
	Front      Front                    // names, proxies, TLS
	OIDC       *OIDC                    // nil: people sign in with passwords
	ProbeKeys  []string                 // names of the variables with keys of tests that this server has
	Notices    *Notices                 // what sends notices; nil: this server sends none
	Seals      seal.Keys                // seal the secrets of origins
	Metrics    string                   // the token by which numbers may be read; "": nobody may
	CookieKeys [][]byte                 // of 64 bytes each, the newest first; nil: one that is kept in the store
	// Patience is how long Next and Start wait for a new answer about the hosted
	// zone. 0: not at all.
	Patience time.Duration
	// Done ends when the server is asked to stop: streams end then.
	// nil: never.
	Done <-chan struct{}
}

// Demo is what a demo server has that a real one has not.
type Demo struct {
	Email, Password string // printed on the sign-in page
	Faults          []DemoFault
	Order           func(ctx context.Context, id string) error // order a fault for the next job; nil: none can be ordered
	Ordered         func(ctx context.Context) []string         // IDs of the faults that are ordered and have not happened
	Enter           func(records []setup.Record)               // enter records at the DNS provider that nobody plays; nil: it cannot
}

// A DemoFault is something that can be made to go wrong.
type DemoFault struct{ ID, Title, What string }

// Server answers HTTP. Make one with New.
type Server struct {
	Config
	lines    lineLimits // of the audit trail that strangers cause
	notReady seldom     // tells the log that the database takes nothing
	provider provider
	Pulse    pulse         // wakes the open streams
	hashing  chan struct{} // as many passwords are checked at a time as there are processors

	cookies struct {
		sync.Mutex
		store *sessions.CookieStore
	}
}

// New makes the whole site, with its rooms, as one handler.
func New(c Config, rooms ...Room) http.Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Config: c, hashing: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	s.Log = limited(c.Log, s.Now, c.Done)
	return s.routes(rooms...)
}

// Now is the time by the store's clock, the only one: it dates sessions, links
// and looks.
func (s *Server) Now() time.Time { return s.Store.Now() }

// CookieSecret is the name of the cookie key among the secrets of the store.
const CookieSecret = "cookie"

// NewCookieKey makes a key: 32 bytes that sign and 32 that seal.
func NewCookieKey() []byte {
	b := make([]byte, 64)
	// Read of crypto/rand never fails and fills b entirely.
	_, _ = rand.Read(b)
	return b
}

// cookieStore is made at the first request, since its keys are in the store.
func (s *Server) cookieStore(ctx context.Context) (*sessions.CookieStore, error) {
	s.cookies.Lock()
	defer s.cookies.Unlock()
	if s.cookies.store != nil {
		return s.cookies.store, nil
	}
	keys := s.CookieKeys
	if len(keys) == 0 {
		key, err := s.Store.Secret(ctx, CookieSecret, NewCookieKey)
		if err != nil {
			return nil, fmt.Errorf("read the cookie key: %w", err)
		}
		keys = [][]byte{key}
	}
	var pairs [][]byte // the first seals, all of them open
	for _, key := range keys {
		pairs = append(pairs, key[:32], key[32:64])
	}
	cs := sessions.NewCookieStore(pairs...)
	cs.MaxAge(0) // the row in the store says when a session ends
	cs.Options = s.cookieOptions(0)
	s.cookies.store = cs
	return cs, nil
}

func (s *Server) cookieOptions(maxAge int) *sessions.Options {
	return &sessions.Options{Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.Front.secure(), SameSite: http.SameSiteLaxMode}
}
