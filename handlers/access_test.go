package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/store"
)

func TestTheWayBackIsKept(t *testing.T) {
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	for _, path := range []string{"/healthz", "/readyz", "/sign-in"} {
		if a := s.Get(path); a.Status != http.StatusOK {
			t.Errorf("GET %s: status %d", path, a.Status)
		}
	}
	if a := s.Get("/jobs?status=failed"); a.To != "/sign-in?next=%2Fjobs%3Fstatus%3Dfailed" {
		t.Errorf("the way back is lost: %s", a.To)
	}
	a := s.Do(http.MethodPost, "/drafts/x/domain", nil, map[string]string{"HX-Request": "true"})
	if a.Header.Get("HX-Redirect") != "/sign-in" || a.To != "" {
		t.Errorf("a part of a page is sent to %q, %q", a.Header.Get("HX-Redirect"), a.To)
	}
}

func TestSignIn(t *testing.T) {
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	handlerstest.CheckPage(t, "/sign-in", s.Page("/sign-in"))
	try := func(email, password, next string) handlerstest.Reply {
		t.Helper()
		return s.Post("/sign-in", url.Values{"email": {email}, "password": {password}, "next": {next}})
	}
	for _, email := range []string{handlerstest.Email, "nobody@example.com"} {
		a := try(email, "wrong", "/jobs")
		if a.Status != http.StatusUnprocessableEntity {
			t.Fatalf("wrong password for %s: status %d", email, a.Status)
		}
		handlerstest.Contains(t, a.Doc, "#errors", "The email or password is not right")
		handlerstest.Contains(t, a.Doc, "title", "Error: Sign in")
		if v := a.Doc.Find("#email").AttrOr("value", ""); v != email {
			t.Errorf("the email typed is lost: %q", v)
		}
		if v := a.Doc.Find("input[name=next]").AttrOr("value", ""); v != "/jobs" {
			t.Errorf("the way on is lost: %q", v)
		}
		handlerstest.CheckPage(t, "/sign-in", a.Doc)
	}
	for next, want := range map[string]string{"/jobs?q=x": "/jobs?q=x", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/", "": "/"} {
		if a := try(" MIRA@example.com ", handlerstest.Password, next); a.Status != http.StatusSeeOther || a.To != want {
			t.Errorf("next %q: status %d to %q, want %q", next, a.Status, a.To, want)
		}
	}
	a := try(handlerstest.Email, handlerstest.Password, "")
	cookie := a.Header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("no %s in %q", part, cookie)
		}
	}
	if a := s.Get("/"); a.Status != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("home: status %d, Cache-Control %q", a.Status, a.Header.Get("Cache-Control"))
	}
}

func TestSessionEnds(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	u, err := url.Parse(s.Server.URL)
	if err != nil {
		t.Fatal(err)
	}
	old := s.Client.Jar.Cookies(u)
	for left := handlers.ShortSession - time.Minute; left > 0; left -= handlers.ShortIdle - time.Minute {
		s.Clock.Forward(min(left, handlers.ShortIdle-time.Minute))
		if a := s.Get("/"); a.Status != http.StatusOK {
			t.Errorf("before its end: status %d", a.Status)
		}
	}
	s.Clock.Forward(2 * time.Minute)
	if a := s.Get("/"); a.Status != http.StatusSeeOther {
		t.Errorf("after its end: status %d", a.Status)
	}
	s.SignIn(handlerstest.Email)
	idle := s.Client.Jar.Cookies(u)
	s.Clock.Forward(handlers.ShortIdle + time.Minute)
	if a := s.Get("/"); a.Status != http.StatusSeeOther {
		t.Errorf("not used: status %d", a.Status)
	}
	s.SignIn(handlerstest.Email)
	unseen := s.Client.Jar.Cookies(u)
	s.Clock.Forward(handlers.ShortIdle - time.Minute)
	if a := s.Do(http.MethodGet, "/", nil, map[string]string{"Apifront-Unseen": "1"}); a.Status != http.StatusOK {
		t.Errorf("asked for while nobody looks: status %d", a.Status)
	}
	s.Clock.Forward(2 * time.Minute)
	if a := s.Get("/"); a.Status != http.StatusSeeOther {
		t.Errorf("a tab at which nobody looks keeps somebody signed in: status %d", a.Status)
	}
	s.SignIn(handlerstest.Email)
	before := s.Client.Jar.Cookies(u)
	s.SignIn(handlerstest.Email) // in the same browser: the session is another one
	kept := s.Client.Jar.Cookies(u)
	if a := s.Post("/sign-out", nil); a.To != "/sign-in" {
		t.Errorf("sign out leads to %q", a.To)
	}
	for name, cookies := range map[string][]*http.Cookie{"signed out": kept, "expired": old, "not used": idle, "not looked at": unseen, "signed in again": before} {
		s.Client = handlerstest.NewBrowser(t)
		s.Client.Jar.SetCookies(u, cookies)
		if a := s.Get("/"); a.Status != http.StatusSeeOther {
			t.Errorf("%s: a kept cookie still opens the page: status %d", name, a.Status)
		}
	}
}

func TestTooManyTriesWait(t *testing.T) {
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	try := func(password string) handlerstest.Reply {
		t.Helper()
		return s.Post("/sign-in", url.Values{"email": {handlerstest.Email}, "password": {password}})
	}
	for range handlers.FreeTries {
		if a := try("wrong"); a.Status != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", a.Status)
		}
	}
	a := try(handlerstest.Password)
	if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Fatalf("after %d wrong tries: status %d, Retry-After %q", handlers.FreeTries, a.Status, a.Header.Get("Retry-After"))
	}
	handlerstest.Contains(t, a.Doc, "#errors", "Too many tries. Try again at ")
	s.Clock.Forward(handlers.FirstWait + time.Second)
	if a := try(handlerstest.Password); a.Status != http.StatusSeeOther {
		t.Errorf("after the wait: status %d", a.Status)
	}
}

// One password tried on many accounts is slowed down; and whoever guesses does
// not keep the owner out, who signed in with this browser before.
func TestSprayingAndLockingOut(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	s.SignIn(handlerstest.Email)
	home := s.Client
	s.Post("/sign-out", nil)
	s.Client = handlerstest.NewBrowser(t)
	try := func(email, password string) int {
		t.Helper()
		return s.Post("/sign-in", url.Values{"email": {email}, "password": {password}}).Status
	}
	for i := range handlers.FreeAddressTries {
		if got := try(fmt.Sprintf("user%d@example.com", i), "wrong"); got != http.StatusUnprocessableEntity {
			t.Fatalf("account %d: status %d", i, got)
		}
	}
	if got := try("another@example.com", "wrong"); got != http.StatusTooManyRequests {
		t.Errorf("the next account from that address: status %d", got)
	}
	if got := try(handlerstest.Email, handlerstest.Password); got != http.StatusTooManyRequests {
		t.Errorf("a strange browser at that address: status %d", got)
	}
	s.Client = home
	if got := try(handlerstest.Email, handlerstest.Password); got != http.StatusSeeOther {
		t.Errorf("the owner's browser: status %d", got)
	}
	s.Post("/sign-out", nil)
	if got := try("another@example.com", "wrong"); got != http.StatusTooManyRequests {
		t.Errorf("the owner's browser for another account: status %d", got)
	}
	for range handlers.FreeTries {
		try(handlerstest.Email, "wrong")
	}
	if got := try(handlerstest.Email, handlerstest.Password); got != http.StatusTooManyRequests {
		t.Errorf("the owner's browser is not slowed down: status %d", got)
	}
}

// Guessing one account from many addresses is slowed down, and never for long.
func TestGuessingFromManyAddresses(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	now := time.Now()
	from := func(n int, at time.Time) time.Duration {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/sign-in", nil)
		r.RemoteAddr = fmt.Sprintf("[2001:db8:0:%x::%d]:1", n, n)
		s.Store.SetClock(func() time.Time { return at })
		wait, err := s.Store.Try(t.Context(), handlers.SignInLimits(r, handlerstest.Email, "")...)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	for n := range handlers.FreeAccountTries {
		if wait := from(n, now); wait > 0 {
			t.Fatalf("address %d waits %v", n, wait)
		}
	}
	for n := range 10 {
		wait := from(100+n, now)
		if wait <= 0 || wait > handlers.LongestAccount {
			t.Fatalf("further address %d waits %v", n, wait)
		}
		now = now.Add(wait)
		from(200+n, now)
	}
	if a, b := handlers.Network("2001:db8::1"), handlers.Network("2001:db8:0:0:ffff::9"); a != b {
		t.Errorf("one subscriber has two addresses: %s, %s", a, b)
	}
	if a, b := handlers.Network("::ffff:192.0.2.1"), handlers.Network("192.0.2.1"); a != b {
		t.Errorf("one address is two: %s, %s", a, b)
	}
}

func TestWelcome(t *testing.T) {
	s := handlerstest.NewSite(t, nil)
	for _, path := range []string{"/", "/jobs", "/sign-in"} {
		if a := s.Get(path); a.To != "/welcome" {
			t.Errorf("without users %s leads to %q", path, a.To)
		}
	}
	s.Page("/welcome")
	good := url.Values{"code": {" k7q2-9xwm "}, "name": {" Mira  Okafor "}, "email": {handlerstest.Email}, "password": {handlerstest.Password}}
	for field, test := range map[string]struct{ value, want string }{
		"code":     {"0000", "This is not the code in the server's log"},
		"name":     {" ", "Enter your name"},
		"email":    {"mira", "Enter an email address"},
		"password": {"short", "Enter a password of at least 12 characters"},
	} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(field, test.value)
		a := s.Post("/welcome", form)
		if a.Status != http.StatusUnprocessableEntity {
			t.Fatalf("%s: status %d", field, a.Status)
		}
		handlerstest.Contains(t, a.Doc, "#errors", test.want)
		handlerstest.Contains(t, a.Doc, "#"+field+"-err", test.want)
		handlerstest.CheckPage(t, "/welcome", a.Doc)
		if field != "name" && a.Doc.Find("#name").AttrOr("value", "") != "Mira Okafor" {
			t.Errorf("%s: the name typed is lost", field)
		}
	}
	if a := s.Post("/welcome", good); a.Status != http.StatusSeeOther || a.To != "/welcome/next" {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	handlerstest.Contains(t, s.Page("/welcome/next"), "main", "Connect an AWS account", "Look around in demo mode", "apifront demo")
	handlerstest.Contains(t, s.Page("/"), "header", "Account menu, Mira Okafor")
	if a := s.Get("/welcome"); a.To != "/sign-in" {
		t.Errorf("a second welcome leads to %q", a.To)
	}
	if a := s.Post("/welcome", good); a.To != "/sign-in" {
		t.Errorf("a second administrator: %d %q", a.Status, a.To)
	}
}

// A code that another process has printed is as good, since its hash is in the
// database.
func TestACodeOfAnotherReplica(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	if err := handlers.KeepFirstCode(t.Context(), s.Store, "M4TZB6HF"); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"code": {"m4tzb6hf"}, "name": {"Mira"}, "email": {handlerstest.Email}, "password": {handlerstest.Password}}
	if a := s.Post("/welcome", form); a.Status != http.StatusSeeOther || a.To != "/welcome/next" {
		t.Errorf("status %d to %q", a.Status, a.To)
	}
	if codes, err := s.Store.FirstCodes(t.Context()); err != nil || len(codes) != 0 {
		t.Errorf("afterwards the codes %q are good, %v", codes, err)
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	for name, header := range map[string]map[string]string{
		"Sec-Fetch-Site": {"Sec-Fetch-Site": "cross-site"},
		"Origin":         {"Origin": "https://evil.example"},
	} {
		a := s.Do(http.MethodPost, "/drafts", nil, header)
		if a.Status != http.StatusForbidden || !a.IsPage {
			t.Fatalf("%s: status %d, want the page of a 403: %s", name, a.Status, a.Body)
		}
		handlerstest.CheckPage(t, name, a.Doc)
		handlerstest.Contains(t, a.Doc, "main", "This form came from another site", "Nothing was changed", "Go to the setups")
	}
	if a := s.Get("/"); strings.Contains(a.Body, "Continue") {
		t.Error("a draft was made")
	}
}

func TestHeadersAndStaticFiles(t *testing.T) {
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	a := s.Get("/sign-in")
	if got := a.Header.Get("Content-Security-Policy"); got != handlers.CSP {
		t.Errorf("CSP %q", got)
	}
	n := 0
	for _, attr := range []string{"link[href]", "script[src]"} {
		e := a.Doc.Find(attr)
		for i := range e.Length() {
			path := e.Eq(i).AttrOr("href", e.Eq(i).AttrOr("src", ""))
			n++
			for _, encoding := range []string{"br", "gzip", "identity", "br;q=0, gzip"} {
				f := s.Do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": encoding})
				want := map[string]string{"br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip"}[encoding]
				if f.Status != http.StatusOK || f.Header.Get("Content-Encoding") != want || !strings.Contains(f.Header.Get("Cache-Control"), "immutable") {
					t.Errorf("%s with %s: status %d, encoding %q, cache %q", path, encoding, f.Status, f.Header.Get("Content-Encoding"), f.Header.Get("Cache-Control"))
				}
			}
		}
	}
	if n != 3 {
		t.Errorf("%d files on the page, want 3", n)
	}
	if f := s.Get("/static/app.00000000.js"); f.Status != http.StatusNotFound {
		t.Errorf("another hash: status %d", f.Status)
	}
}

func TestErrorPages(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/nothing":             {http.StatusNotFound, "There is no page at this address"},
		"/drafts/x/domain":     {http.StatusNotFound, "There is no such draft"},
		s.NewDraft() + "/cake": {http.StatusNotFound, "The wizard has no such page"},
	} {
		a := s.Get(path)
		if a.Status != want.status {
			t.Errorf("%s: status %d, want %d", path, a.Status, want.status)
			continue
		}
		handlerstest.CheckPage(t, path, a.Doc)
		handlerstest.Contains(t, a.Doc, "h1", want.text)
		handlerstest.Contains(t, a.Doc, "header", "Connections", "Mira Okafor")
	}
}

func TestAnotherMethodIsAPage(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	a := s.Do(http.MethodPost, "/jobs", url.Values{}, nil)
	if a.Status != http.StatusMethodNotAllowed || !a.IsPage {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	handlerstest.CheckPage(t, "405", a.Doc)
	handlerstest.Contains(t, a.Doc, "main", "This address cannot be used that way", "Go to the setups")
}

// A database that cannot be read: those who were signed in see what it said and
// where it is, strangers do not.
func TestADatabaseThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t, append(handlerstest.Rooms(), func(*handlers.Server) []handlers.Route {
		return []handlers.Route{handlers.Get("/fails", handlers.Nobody, func(http.ResponseWriter, *http.Request) error {
			return fmt.Errorf("list setups: %w", fmt.Errorf("%w: disk I/O error (10)", store.ErrStorage))
		})}
	})...)
	for _, known := range []bool{true, false} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/fails", nil)
		if known {
			for _, c := range s.Cookies {
				r.AddCookie(c)
			}
		}
		w := httptest.NewRecorder()
		s.Handler.ServeHTTP(w, r)
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		handlerstest.CheckPage(t, "/", doc)
		handlerstest.Contains(t, doc, "main", "the database does not answer as it should", "server's log")
		text := doc.Find("main").Text()
		for _, secret := range []string{"disk I/O error", s.Store.Path()} {
			if strings.Contains(text, secret) != known {
				t.Errorf("signed in %v: the page says %q: %v", known, secret, !known)
			}
		}
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("status %d", w.Code)
		}
	}
}

func TestPanicBecomesAPageWithAReference(t *testing.T) {
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Profiles = func() ([]string, error) { panic("no profiles") } })
	a := s.Get(s.NewDraft() + "/account")
	if a.Status != http.StatusInternalServerError {
		t.Fatalf("status %d", a.Status)
	}
	handlerstest.CheckPage(t, "the page of a panic", a.Doc)
	handlerstest.Contains(t, a.Doc, "main", "Reference", "Nothing in AWS was changed by this page")
	if strings.Contains(a.Body, "no profiles") {
		t.Error("the page tells the cause to everybody")
	}
}
