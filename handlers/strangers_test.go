package handlers_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/store"
)

// from sends requests that other sites made, as if from an address.
func from(s *handlerstest.Site, address string, times int) {
	s.T.Helper()
	for range times {
		s.Do(http.MethodPost, "/theme", nil, map[string]string{"Sec-Fetch-Site": "cross-site", "X-Forwarded-For": address})
	}
}

// lines counts the lines of the trail that a function picks.
func lines(s *handlerstest.Site, pick func(store.AuditLine) bool) (n int) {
	s.T.Helper()
	for _, l := range s.Trail(0) {
		if pick(l) {
			n++
		}
	}
	return n
}

// behindProxy lets a test say which address a request comes from.
func behindProxy(c *handlers.Config) {
	c.Front.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// However much one stranger is refused, refusals of others, of another kind,
// and of people who are signed in are written. What is left out is counted, to
// the last one.
func TestOneStrangerSilencesNobody(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	s := handlerstest.NewSite(t, func(c *handlers.Config) { behindProxy(c); c.Done = done })
	s.User("Mira Okafor", handlerstest.Email)
	const bad, good = "198.51.100.7", "203.0.113.9"
	from(s, bad, 200)
	at := func(address, action string) int {
		return lines(s, func(l store.AuditLine) bool { return l.Address == address && l.Action == action })
	}
	if n := at(bad, store.ActRequest); n != handlers.LineBurst {
		t.Errorf("%d lines about the one, want %d", n, handlers.LineBurst)
	}
	from(s, good, 3)
	if n := at(good, store.ActRequest); n != 3 {
		t.Errorf("%d lines about another address, want 3", n)
	}
	s.Do(http.MethodPost, "/sign-in", url.Values{"email": {"x@example.com"}, "password": {"wrong"}}, map[string]string{"X-Forwarded-For": bad})
	if n := at(bad, store.ActSignIn); n != 1 {
		t.Errorf("%d lines of another kind, want 1", n)
	}
	// One subscriber of IPv6 has many addresses.
	for i := range 60 {
		from(s, fmt.Sprintf("2001:db8:1:2::%x", i+1), 1)
	}
	if n := lines(s, func(l store.AuditLine) bool { return strings.HasPrefix(l.Address, "2001:db8:1:2:") }); n != handlers.LineBurst {
		t.Errorf("%d lines about a network of IPv6, want %d", n, handlers.LineBurst)
	}
	if err := s.Store.CreateUser(t.Context(), store.User{Name: "Vera", Email: "vera@example.com", PasswordHash: handlerstest.PasswordHash(), Role: store.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	s.Do(http.MethodPost, "/sign-in", url.Values{"email": {"vera@example.com"}, "password": {handlerstest.Password}}, map[string]string{"X-Forwarded-For": good})
	for range 50 { // at a route, and before anybody asked who it is
		s.Do(http.MethodGet, "/settings/users", nil, map[string]string{"X-Forwarded-For": bad})
		from(s, bad, 1)
	}
	if n := lines(s, func(l store.AuditLine) bool { return l.Who == "Vera" && l.Result == store.ResultRefused }); n != 100 {
		t.Errorf("%d lines about somebody who is signed in, want 100", n)
	}
	close(done)
	want := fmt.Sprintf("%d more of these", 200-handlers.LineBurst+60-handlers.LineBurst)
	told := func(l store.AuditLine) bool {
		return l.On == want && l.Action == store.ActRequest && l.Result == store.ResultRefused && strings.Contains(l.Detail, "180 of them came from "+bad)
	}
	for began := time.Now(); lines(s, told) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("what was left out is not told: %+v", s.Trail(0)[len(s.Trail(0))-1])
		}
	}
}
