package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/store"
)

// A book is a log that a test reads.
type book struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// count is how many lines have a text and another, and how many more of them
// were left out and told.
func (b *book) count(message, with string) (lines, told int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range strings.Lines(b.b.String()) {
		var one struct {
			Msg, Line string
			Lines     int
		}
		if json.Unmarshal([]byte(line), &one) != nil {
			continue
		}
		if one.Msg == message && strings.Contains(line, with) {
			lines++
		}
		if one.Msg == "lines were left out of the log" && one.Line == message {
			told += one.Lines
		}
	}
	return lines, told
}

// However often strangers make the server warn, the log grows by a few lines
// from each network, and tells how many were left out; nobody else's lines and
// no other message are lost by that.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	done, log := make(chan struct{}), &book{}
	s := handlerstest.NewSite(t, func(c *handlers.Config) {
		behindProxy(c)
		c.Done, c.Log = done, slog.New(slog.NewJSONHandler(log, nil))
		c.OIDC = &handlers.OIDC{Issuer: "https://id.example", ClientID: oidcClient, ClientSecret: "hush", GroupsClaim: "groups", Roles: []handlers.GroupRole{{store.RoleAdmin, "*"}}}
	})
	s.User("Mira Okafor", handlerstest.Email)
	const bad, good, refused = "198.51.100.7", "203.0.113.9", "sign-in by OIDC refused"
	back := func(address string, times int) {
		for i := range times {
			s.Do(http.MethodGet, handlers.OIDCCallback+"?"+url.Values{"state": {fmt.Sprint(i)}, "code": {"x"}}.Encode(), nil, map[string]string{"X-Forwarded-For": address})
		}
	}
	back(bad, 200)
	if n, _ := log.count(refused, bad); n != handlers.LineBurst {
		t.Errorf("%d lines about the one, want %d", n, handlers.LineBurst)
	}
	back(good, 3)
	if n, _ := log.count(refused, good); n != 3 {
		t.Errorf("%d lines about another address, want 3", n)
	}
	s.Do(http.MethodPost, "/sign-in", url.Values{"email": {"x@example.com"}, "password": {"wrong"}}, map[string]string{"X-Forwarded-For": bad})
	if n, _ := log.count("sign-in refused", bad); n != 1 {
		t.Errorf("%d lines of another kind, want 1", n)
	}
	close(done)
	for range 200 {
		if n, told := log.count(refused, ""); n+told == 203 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	n, told := log.count(refused, "")
	t.Errorf("%d lines and %d told, of 203", n, told)
}

// Lines of people who are signed in and of nobody's request are all written,
// also by a logger with attributes of its own.
func TestTheLogKeepsWhoSignedIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &book{}
		l := handlers.Limited(slog.New(slog.NewJSONHandler(log, nil)), time.Now, nil).With("part", "p").WithGroup("g")
		for range 100 {
			l.WarnContext(store.WithActor(t.Context(), store.Actor{UserID: "u", Address: "192.0.2.1"}), "theirs")
			l.ErrorContext(t.Context(), "ours")
			l.InfoContext(store.WithActor(t.Context(), store.Actor{Address: "192.0.2.1"}), "news")
		}
		for _, message := range []string{"theirs", "ours", "news"} {
			if n, told := log.count(message, ""); n != 100 || told != 0 {
				t.Errorf("%s: %d written, %d left out", message, n, told)
			}
		}
	})
}

// Handshakes that clients give up are lines of net/http's own.
func TestHandshakesDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &book{}
		l := handlers.ServerLog(slog.New(slog.NewJSONHandler(log, nil)), nil)
		for port := range 300 {
			l.Printf("http: TLS handshake error from 198.51.100.7:%d: EOF", port+1024)
			l.Printf("http: TLS handshake error from [2001:db8::%x]:%d: EOF", port+1, port+1024)
		}
		l.Printf("http: TLS handshake error from 203.0.113.9:4711: EOF")
		l.Printf("http: Accept error: accept tcp: too many open files; retrying in 5ms")
		synctest.Wait()
		time.Sleep(2 * handlers.LostEvery)
		log.mu.Lock()
		text := log.b.String()
		log.mu.Unlock()
		for part, want := range map[string]int{"198.51.100.7:": handlers.LineBurst, "[2001:db8::": handlers.LineBurst, "203.0.113.9:": 1, "Accept error": 1, "lines were left out of the log": 1} {
			if n := strings.Count(text, part); n != want {
				t.Errorf("%s: %d lines, want %d", part, n, want)
			}
		}
		if _, told := log.count("http: TLS handshake error", ""); told != 600-2*handlers.LineBurst {
			t.Errorf("told of %d", told)
		}
	})
}
