package handlers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"apifront/store"
	"apifront/web"
)

type contextKey int

const (
	keyRequestID contextKey = iota
	keyVisitor
	keyRound
	keyAwaited
)

// requestID gives every request a reference that stands in the log and on the
// page of a failure.
func (s *Server) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 6)
		// Read of crypto/rand never fails and fills b entirely.
		_, _ = rand.Read(b)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), keyRequestID, hex.EncodeToString(b))))
	})
}

func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// log writes one line for each request.
func (s *Server) log(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		s.Log.DebugContext(r.Context(), "request",
			"method", r.Method, "path", withoutTokens(r.URL.Path), "status", ww.Status(), "bytes", ww.BytesWritten(),
			"took", time.Since(began), "ref", RequestID(r.Context()))
	})
}

// recoverer turns a panic into the page of a failure with a reference.
func (s *Server) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { //nolint:contextcheck // it takes the context from the request
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && err == http.ErrAbortHandler { //nolint:errorlint // net/http compares this value itself
				panic(p)
			}
			r := r.WithContext(store.WithActor(r.Context(), store.Actor{Address: remoteAddress(r)}))
			s.Log.ErrorContext(r.Context(), "handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()), "ref", RequestID(r.Context()))
			s.fail(w, r, fmt.Errorf("panic: %v", p))
		}()
		next.ServeHTTP(w, r)
	})
}

// csp lets a page load only what this server sends. No other page may frame it.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissions turns off browser features that no page uses. Writing to the
// clipboard stays on, for the copy buttons.
const permissions = "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=()"

func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY") // frame-ancestors, for old browsers
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		if s.Front.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses a form that another site sends in a user's name. The
// browser says where a form comes from.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.do(func(_ http.ResponseWriter, r *http.Request) error {
		s.refused(r, "a form of another site, "+r.Header.Get("Origin"))
		return &PageError{http.StatusForbidden, web.ErrorView{
			Title: "This form came from another site",
			Text:  "Your browser says that a page of another address sent it, so it was not taken. Nothing was changed.",
			Fix:   "Open the page here and send its form. If this happens on a page of apifront itself, the proxy in front of it does not pass on the Host that the browser asked for.",
		}}
	}))
	return guard.Handler(next)
}

// noStore keeps pages out of every cache, so that the Back key shows what was
// saved.
func noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// The client may be gone; there is nobody to tell.
	_, _ = w.Write([]byte("ok\n"))
	return nil
}

// readyz says whether the store takes what is written to it. It names the cause
// in one word only, because anybody can ask.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	text := "ready\n"
	if err := s.Store.Ready(r.Context()); err != nil {
		if s.notReady.now(time.Minute) {
			s.Log.ErrorContext(r.Context(), "not ready", "error", err)
		}
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
		text = unready(err) + "\n"
	}
	// The client may be gone; there is nobody to tell.
	_, _ = w.Write([]byte(text))
	return nil
}

// unready is what keeps the store from its work.
func unready(err error) string {
	switch {
	case errors.Is(err, store.ErrFull):
		return "the disk of the store is full"
	case errors.Is(err, store.ErrReadOnly):
		return "the store is read-only"
	case errors.Is(err, store.ErrMoved):
		return "the file of the store was renamed, replaced or deleted"
	}
	return "the store does not answer"
}

// A seldom says at most once in a while that it is time.
type seldom struct {
	mu   sync.Mutex
	last time.Time
}

func (s *seldom) now(every time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && time.Since(s.last) < every {
		return false
	}
	s.last = time.Now()
	return true
}

// static sends a file whose name holds the hash of its content: it never
// changes, so it may be kept for ever.
func (s *Server) static(w http.ResponseWriter, r *http.Request) error {
	a, ok := web.AssetByPath("/static/" + chi.URLParam(r, "file"))
	if !ok {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return nil
	}
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.Raw
	switch encoding := bestEncoding(r.Header.Get("Accept-Encoding")); encoding {
	case "br":
		h.Set("Content-Encoding", encoding)
		body = a.Brotli
	case "gzip":
		h.Set("Content-Encoding", encoding)
		body = a.Gzip
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return nil
	}
	// The client may be gone; there is nobody to tell.
	_, _ = w.Write(body)
	return nil
}
