package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/store"
)

func TestTheWayBackIsKept(t *testing.T) {
	s := newWizardSite(t, nil)
	s.user("Mira Okafor", testEmail)
	for _, path := range []string{"/healthz", "/readyz", "/sign-in"} {
		if a := s.get(path); a.status != http.StatusOK {
			t.Errorf("GET %s: status %d", path, a.status)
		}
	}
	if a := s.get("/jobs?status=failed"); a.to != "/sign-in?next=%2Fjobs%3Fstatus%3Dfailed" {
		t.Errorf("the way back is lost: %s", a.to)
	}
	a := s.do(http.MethodPost, "/drafts/x/domain", nil, map[string]string{"HX-Request": "true"})
	if a.header.Get("HX-Redirect") != "/sign-in" || a.to != "" {
		t.Errorf("a part of a page is sent to %q, %q", a.header.Get("HX-Redirect"), a.to)
	}
}

func TestSignIn(t *testing.T) {
	s := newWizardSite(t, nil)
	s.user("Mira Okafor", testEmail)
	checkPage(t, "/sign-in", s.page("/sign-in"))
	try := func(email, password, next string) reply {
		t.Helper()
		return s.post("/sign-in", url.Values{"email": {email}, "password": {password}, "next": {next}})
	}
	for _, email := range []string{testEmail, "nobody@example.com"} {
		a := try(email, "wrong", "/jobs")
		if a.status != http.StatusUnprocessableEntity {
			t.Fatalf("wrong password for %s: status %d", email, a.status)
		}
		contains(t, a.doc, "#errors", "The email or password is not right")
		contains(t, a.doc, "title", "Error: Sign in")
		if v := a.doc.Find("#email").AttrOr("value", ""); v != email {
			t.Errorf("the email typed is lost: %q", v)
		}
		if v := a.doc.Find("input[name=next]").AttrOr("value", ""); v != "/jobs" {
			t.Errorf("the way on is lost: %q", v)
		}
		checkPage(t, "/sign-in", a.doc)
	}
	for next, want := range map[string]string{"/jobs?q=x": "/jobs?q=x", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/", "": "/"} {
		if a := try(" MIRA@example.com ", testPassword, next); a.status != http.StatusSeeOther || a.to != want {
			t.Errorf("next %q: status %d to %q, want %q", next, a.status, a.to, want)
		}
	}
	a := try(testEmail, testPassword, "")
	cookie := a.header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("no %s in %q", part, cookie)
		}
	}
	if a := s.get("/"); a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("home: status %d, Cache-Control %q", a.status, a.header.Get("Cache-Control"))
	}
}

func TestSessionEnds(t *testing.T) {
	s := signedInSite(t, nil)
	u, err := url.Parse(s.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	old := s.client.Jar.Cookies(u)
	for left := shortSession - time.Minute; left > 0; left -= shortIdle - time.Minute {
		s.clock.forward(min(left, shortIdle-time.Minute))
		if a := s.get("/"); a.status != http.StatusOK {
			t.Errorf("before its end: status %d", a.status)
		}
	}
	s.clock.forward(2 * time.Minute)
	if a := s.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("after its end: status %d", a.status)
	}
	s.signIn(testEmail)
	idle := s.client.Jar.Cookies(u)
	s.clock.forward(shortIdle + time.Minute)
	if a := s.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("not used: status %d", a.status)
	}
	s.signIn(testEmail)
	before := s.client.Jar.Cookies(u)
	s.signIn(testEmail) // in the same browser: the session is another one
	kept := s.client.Jar.Cookies(u)
	if a := s.post("/sign-out", nil); a.to != "/sign-in" {
		t.Errorf("sign out leads to %q", a.to)
	}
	for name, cookies := range map[string][]*http.Cookie{"signed out": kept, "expired": old, "not used": idle, "signed in again": before} {
		s.client = newBrowser(t)
		s.client.Jar.SetCookies(u, cookies)
		if a := s.get("/"); a.status != http.StatusSeeOther {
			t.Errorf("%s: a kept cookie still opens the page: status %d", name, a.status)
		}
	}
}

func TestTooManyTriesWait(t *testing.T) {
	s := newWizardSite(t, nil)
	s.user("Mira Okafor", testEmail)
	try := func(password string) reply {
		t.Helper()
		return s.post("/sign-in", url.Values{"email": {testEmail}, "password": {password}})
	}
	for range freeTries {
		if a := try("wrong"); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", a.status)
		}
	}
	a := try(testPassword)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Fatalf("after %d wrong tries: status %d, Retry-After %q", freeTries, a.status, a.header.Get("Retry-After"))
	}
	contains(t, a.doc, "#errors", "Too many tries. Try again at ")
	s.clock.forward(firstWait + time.Second)
	if a := try(testPassword); a.status != http.StatusSeeOther {
		t.Errorf("after the wait: status %d", a.status)
	}
}

// One password tried on many accounts is slowed down; and whoever guesses does
// not keep the owner out, who signed in with this browser before.
func TestSprayingAndLockingOut(t *testing.T) {
	t.Parallel()
	s := newWizardSite(t, nil)
	s.user("Mira Okafor", testEmail)
	s.signIn(testEmail)
	home := s.client
	s.post("/sign-out", nil)
	s.client = newBrowser(t)
	try := func(email, password string) int {
		t.Helper()
		return s.post("/sign-in", url.Values{"email": {email}, "password": {password}}).status
	}
	for i := range freeAddressTries {
		if got := try(fmt.Sprintf("user%d@example.com", i), "wrong"); got != http.StatusUnprocessableEntity {
			t.Fatalf("account %d: status %d", i, got)
		}
	}
	if got := try("another@example.com", "wrong"); got != http.StatusTooManyRequests {
		t.Errorf("the next account from that address: status %d", got)
	}
	if got := try(testEmail, testPassword); got != http.StatusTooManyRequests {
		t.Errorf("a strange browser at that address: status %d", got)
	}
	s.client = home
	if got := try(testEmail, testPassword); got != http.StatusSeeOther {
		t.Errorf("the owner's browser: status %d", got)
	}
	s.post("/sign-out", nil)
	if got := try("another@example.com", "wrong"); got != http.StatusTooManyRequests {
		t.Errorf("the owner's browser for another account: status %d", got)
	}
	for range freeTries {
		try(testEmail, "wrong")
	}
	if got := try(testEmail, testPassword); got != http.StatusTooManyRequests {
		t.Errorf("the owner's browser is not slowed down: status %d", got)
	}
}

// Guessing one account from many addresses is slowed down, and never for long.
func TestGuessingFromManyAddresses(t *testing.T) {
	t.Parallel()
	s := newWizardSite(t, nil)
	now := time.Now()
	from := func(n int, at time.Time) time.Duration {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/sign-in", nil)
		r.RemoteAddr = fmt.Sprintf("[2001:db8:0:%x::%d]:1", n, n)
		s.store.SetClock(func() time.Time { return at })
		wait, err := s.store.Try(t.Context(), signInLimits(r, testEmail, "")...)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	for n := range freeAccountTries {
		if wait := from(n, now); wait > 0 {
			t.Fatalf("address %d waits %v", n, wait)
		}
	}
	for n := range 10 {
		wait := from(100+n, now)
		if wait <= 0 || wait > longestAccount {
			t.Fatalf("further address %d waits %v", n, wait)
		}
		now = now.Add(wait)
		from(200+n, now)
	}
	if a, b := network("2001:db8::1"), network("2001:db8:0:0:ffff::9"); a != b {
		t.Errorf("one subscriber has two addresses: %s, %s", a, b)
	}
	if a, b := network("::ffff:192.0.2.1"), network("192.0.2.1"); a != b {
		t.Errorf("one address is two: %s, %s", a, b)
	}
}

func TestWelcome(t *testing.T) {
	s := newWizardSite(t, nil)
	for _, path := range []string{"/", "/jobs", "/sign-in"} {
		if a := s.get(path); a.to != "/welcome" {
			t.Errorf("without users %s leads to %q", path, a.to)
		}
	}
	s.page("/welcome")
	good := url.Values{"code": {" k7q2-9xwm "}, "name": {" Mira  Okafor "}, "email": {testEmail}, "password": {testPassword}}
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
		a := s.post("/welcome", form)
		if a.status != http.StatusUnprocessableEntity {
			t.Fatalf("%s: status %d", field, a.status)
		}
		contains(t, a.doc, "#errors", test.want)
		contains(t, a.doc, "#"+field+"-err", test.want)
		checkPage(t, "/welcome", a.doc)
		if field != "name" && a.doc.Find("#name").AttrOr("value", "") != "Mira Okafor" {
			t.Errorf("%s: the name typed is lost", field)
		}
	}
	if a := s.post("/welcome", good); a.status != http.StatusSeeOther || a.to != "/welcome/next" {
		t.Fatalf("status %d to %q", a.status, a.to)
	}
	contains(t, s.page("/welcome/next"), "main", "Connect an AWS account", "Look around in demo mode", "apifront demo")
	contains(t, s.page("/"), "header", "Account menu, Mira Okafor")
	if a := s.get("/welcome"); a.to != "/sign-in" {
		t.Errorf("a second welcome leads to %q", a.to)
	}
	if a := s.post("/welcome", good); a.to != "/sign-in" {
		t.Errorf("a second administrator: %d %q", a.status, a.to)
	}
}

// A code that another process has printed is as good, since its hash is in the
// database.
func TestACodeOfAnotherReplica(t *testing.T) {
	t.Parallel()
	s := newWizardSite(t, nil)
	if err := KeepFirstCode(t.Context(), s.store, "M4TZB6HF"); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"code": {"m4tzb6hf"}, "name": {"Mira"}, "email": {testEmail}, "password": {testPassword}}
	if a := s.post("/welcome", form); a.status != http.StatusSeeOther || a.to != "/welcome/next" {
		t.Errorf("status %d to %q", a.status, a.to)
	}
	if codes, err := s.store.FirstCodes(t.Context()); err != nil || len(codes) != 0 {
		t.Errorf("afterwards the codes %q are good, %v", codes, err)
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	s := signedInSite(t, nil)
	for name, header := range map[string]map[string]string{
		"Sec-Fetch-Site": {"Sec-Fetch-Site": "cross-site"},
		"Origin":         {"Origin": "https://evil.example"},
	} {
		a := s.do(http.MethodPost, "/drafts", nil, header)
		if a.status != http.StatusForbidden || !a.page {
			t.Fatalf("%s: status %d, want the page of a 403: %s", name, a.status, a.body)
		}
		checkPage(t, name, a.doc)
		contains(t, a.doc, "main", "This form came from another site", "Nothing was changed", "Go to the setups")
	}
	if a := s.get("/"); strings.Contains(a.body, "Continue") {
		t.Error("a draft was made")
	}
}

func TestHeadersAndStaticFiles(t *testing.T) {
	s := newWizardSite(t, nil)
	s.user("Mira Okafor", testEmail)
	a := s.get("/sign-in")
	if got := a.header.Get("Content-Security-Policy"); got != csp {
		t.Errorf("CSP %q", got)
	}
	n := 0
	for _, attr := range []string{"link[href]", "script[src]"} {
		e := a.doc.Find(attr)
		for i := range e.Length() {
			path := e.Eq(i).AttrOr("href", e.Eq(i).AttrOr("src", ""))
			n++
			for _, encoding := range []string{"br", "gzip", "identity", "br;q=0, gzip"} {
				f := s.do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": encoding})
				want := map[string]string{"br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip"}[encoding]
				if f.status != http.StatusOK || f.header.Get("Content-Encoding") != want || !strings.Contains(f.header.Get("Cache-Control"), "immutable") {
					t.Errorf("%s with %s: status %d, encoding %q, cache %q", path, encoding, f.status, f.header.Get("Content-Encoding"), f.header.Get("Cache-Control"))
				}
			}
		}
	}
	if n != 3 {
		t.Errorf("%d files on the page, want 3", n)
	}
	if f := s.get("/static/app.00000000.js"); f.status != http.StatusNotFound {
		t.Errorf("another hash: status %d", f.status)
	}
}

func TestErrorPages(t *testing.T) {
	s := signedInSite(t, nil)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/nothing":             {http.StatusNotFound, "There is no page at this address"},
		"/drafts/x/domain":     {http.StatusNotFound, "There is no such draft"},
		s.newDraft() + "/cake": {http.StatusNotFound, "The wizard has no such page"},
	} {
		a := s.get(path)
		if a.status != want.status {
			t.Errorf("%s: status %d, want %d", path, a.status, want.status)
			continue
		}
		checkPage(t, path, a.doc)
		contains(t, a.doc, "h1", want.text)
		contains(t, a.doc, "header", "Connections", "Mira Okafor")
	}
}

func TestAnotherMethodIsAPage(t *testing.T) {
	s := signedInSite(t, nil)
	a := s.do(http.MethodPost, "/jobs", url.Values{}, nil)
	if a.status != http.StatusMethodNotAllowed || !a.page {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	checkPage(t, "405", a.doc)
	contains(t, a.doc, "main", "This address cannot be used that way", "Go to the setups")
}

// A database that cannot be read: those who were signed in see what it said and
// where it is, strangers do not.
func TestADatabaseThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.page("/", http.StatusOK) // the keys of cookies are read by then
	failure := fmt.Errorf("list setups: %w", fmt.Errorf("%w: disk I/O error (10)", store.ErrStorage))
	for _, known := range []bool{true, false} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		if known {
			for _, c := range s.cookies {
				r.AddCookie(c)
			}
		}
		w := httptest.NewRecorder()
		s.server.fail(w, r, failure)
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, "/", doc)
		contains(t, doc, "main", "the database does not answer as it should", "server's log")
		text := doc.Find("main").Text()
		for _, secret := range []string{"disk I/O error", s.store.Path()} {
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
	s := signedInSite(t, func(c *Config) { c.Profiles = func() ([]string, error) { panic("no profiles") } })
	a := s.get(s.newDraft() + "/account")
	if a.status != http.StatusInternalServerError {
		t.Fatalf("status %d", a.status)
	}
	checkPage(t, "the page of a panic", a.doc)
	contains(t, a.doc, "main", "Reference", "Nothing in AWS was changed by this page")
	if strings.Contains(a.body, "no profiles") {
		t.Error("the page tells the cause to everybody")
	}
}
