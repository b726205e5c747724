package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
)

// Every route refuses a wrong name, to those who are signed in too, and
// nothing is changed. What is for anybody is answered.
func TestWrongNameIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	eachRoute(t, func(method, pattern string) {
		path := strings.NewReplacer("{id}", "x", "{n}", "1", "{step}", "x", "{page}", "domain", "{topic}", "dns", "{file}", "x").Replace(pattern)
		a := ask(s, method, path, func(r *http.Request) { r.Host = "evil.example" })
		if handlers.ForAnybody(path) {
			if a.Status == http.StatusMisdirectedRequest {
				t.Errorf("%s %s is refused by name", method, pattern)
			}
			return
		}
		if a.Status != http.StatusMisdirectedRequest || !a.IsPage {
			t.Errorf("%s %s: status %d, want the page of a 421", method, pattern, a.Status)
			return
		}
		handlerstest.CheckPage(t, path, a.Doc)
		handlerstest.Contains(t, a.Doc, "main", "apifront is not at this address", "evil.example", "--public-url", "APIFRONT_PUBLIC_URL")
	})
	if a := s.Get("/"); a.Status != http.StatusOK {
		t.Errorf("afterwards the right name gives status %d", a.Status)
	}
}

func TestWrongNameLeadsToThePublicOne(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, func(c *handlers.Config) { c.Front.PublicURL = publicURL("https://apifront.example.com/") })
	a := ask(s, http.MethodGet, "/", func(r *http.Request) { r.Host = `<b>.example` })
	if a.Status != http.StatusMisdirectedRequest || strings.Contains(a.Body, "<b>") {
		t.Errorf("a name that is markup: status %d: %s", a.Status, a.Body)
	}
	a = ask(s, http.MethodGet, "/", func(r *http.Request) { r.Host = "old.example" })
	if !a.IsPage {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	handlerstest.Contains(t, a.Doc, "main", "old.example", "it is https://apifront.example.com/ now")
	if to := a.Doc.Find("main a.solid").AttrOr("href", ""); to != "https://apifront.example.com/" {
		t.Errorf("the way on leads to %q", to)
	}
	if a := ask(s, http.MethodGet, "/sign-in", func(r *http.Request) { r.Host = "apifront.example.com" }); a.Status != http.StatusSeeOther {
		t.Errorf("by its name: status %d", a.Status)
	}
}

// Over HTTPS the cookie is Secure and bound to the host, whoever speaks TLS.
func TestCookieOverHTTPS(t *testing.T) {
	t.Parallel()
	for name, front := range map[string]handlers.Front{"by itself": {TLS: true}, "by a proxy": {PublicURL: publicURL("https://apifront.example.com")}} {
		s := handlerstest.NewSite(t, func(c *handlers.Config) { c.Front = front })
		s.User("Mira Okafor", handlerstest.Email)
		a := s.Post("/sign-in", url.Values{"email": {handlerstest.Email}, "password": {handlerstest.Password}})
		cookie := a.Header.Get("Set-Cookie")
		if !strings.HasPrefix(cookie, "__Host-apifront=") {
			t.Errorf("%s: %s", name, cookie)
		}
		for _, part := range []string{"; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"} {
			if !strings.Contains(cookie, part) {
				t.Errorf("%s: no %s in %s", name, part, cookie)
			}
		}
		if strings.Contains(cookie, "Domain") {
			t.Errorf("%s: the cookie is for other hosts too: %s", name, cookie)
		}
		for _, c := range a.Header.Values("Set-Cookie") {
			if !strings.Contains(c, "; Secure") {
				t.Errorf("%s: not Secure: %s", name, c)
			}
		}
		if got := a.Header.Get("Strict-Transport-Security"); got == "" {
			t.Errorf("%s: browsers are not told to stay with HTTPS", name)
		}
		value, _, _ := strings.Cut(cookie, ";")
		plain := strings.TrimPrefix(value, "__Host-")
		for sent, want := range map[string]int{value: http.StatusOK, plain: http.StatusSeeOther} {
			s.Client = handlerstest.NewBrowser(t)
			if a := s.Do(http.MethodGet, "/", nil, map[string]string{"Cookie": sent}); a.Status != want {
				t.Errorf("%s: cookie %s: status %d, want %d", name, sent, a.Status, want)
			}
		}
	}
}

// ask sends a request that was changed.
func ask(s *handlerstest.Site, method, path string, change func(*http.Request)) handlerstest.Reply {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(s.T.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.Server.URL+path, nil)
	if err != nil {
		s.T.Fatal(err)
	}
	change(r)
	return s.Send(r)
}

func publicURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}
