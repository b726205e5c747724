package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/store"
)

// linkOn is the path of the one-time link that a page shows.
func (s *wizardSite) linkOn(a reply) string {
	s.t.Helper()
	if a.status != http.StatusOK {
		s.t.Fatalf("status %d: %s", a.status, a.body)
	}
	checkPage(s.t, "the page of a link", a.doc)
	link := a.doc.Find("main .cmd code").Text()
	path, ok := strings.CutPrefix(link, s.server.URL)
	if !ok || !strings.HasPrefix(path, "/link/") {
		s.t.Fatalf("the link is %q", link)
	}
	return path
}

// as goes on in a new browser, signed in if email is not "".
func (s *wizardSite) as(email string) {
	s.t.Helper()
	s.client = newBrowser(s.t)
	if email != "" {
		s.signIn(email)
	}
}

func (s *wizardSite) userByEmail(email string) store.User {
	s.t.Helper()
	u, err := s.store.UserByEmail(s.t.Context(), email)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

func TestInviteAndCome(t *testing.T) {
	t.Parallel()
	s := signedInSite(t, nil)
	s.page("/settings/users")
	for _, form := range []url.Values{{"email": {"ida"}, "role": {"viewer"}}, {"email": {"ida@example.com"}, "role": {"king"}}, {"email": {"MIRA@example.com"}, "role": {"viewer"}}} {
		a := s.post("/settings/users", form)
		if a.status != http.StatusUnprocessableEntity || a.doc.Find("#errors").Length() != 1 {
			t.Errorf("%v: status %d", form, a.status)
		}
		checkPage(t, "/settings/users", a.doc)
	}
	form := url.Values{"email": {" Ida@Example.com "}, "role": {"operator"}}
	first := s.linkOn(s.post("/settings/users", form))
	link := s.linkOn(s.post("/settings/users", form))
	contains(t, s.page("/settings/users"), "main", "ida@example.com", "operator", "Mira Okafor (you)")
	admin := s.client

	s.as("")
	if a := s.get(first); a.status != http.StatusNotFound || !strings.Contains(a.body, "This link does not work any more") {
		t.Errorf("the link that was replaced: status %d", a.status)
	}
	a := s.get(link)
	contains(t, a.doc, "main", "Mira Okafor invited ida@example.com as an operator")
	checkPage(t, link, a.doc)
	checkLabels(t, link, a.doc)
	if a.header.Get("Referrer-Policy") != "no-referrer" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the address is a secret: %v", a.header)
	}
	for _, form := range []url.Values{{"name": {"Ida"}, "password": {"short"}}, {"name": {""}, "password": {testPassword}}, {"name": {"Ida"}, "password": {"ida@example.com"}}} {
		if a := s.post(link, form); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d", form, a.status)
		} else {
			checkPage(t, link, a.doc)
		}
	}
	if a := s.post(link, url.Values{"name": {"Ida  Berg"}, "password": {testPassword}, "role": {"admin"}, "email": {"boss@example.com"}}); a.to != "/" {
		t.Fatalf("status %d to %q: %s", a.status, a.to, a.body)
	}
	if u := s.userByEmail("ida@example.com"); u.Role != store.RoleOperator || u.Name != "Ida Berg" {
		t.Errorf("the new user is %+v", u)
	}
	contains(t, s.page("/"), "header", "Account menu, Ida Berg")
	s.as("")
	if a := s.post(link, url.Values{"name": {"Eve"}, "password": {testPassword}}); a.status != http.StatusNotFound {
		t.Errorf("the link works twice: status %d", a.status)
	}
	s.client = admin
	late := s.linkOn(s.post("/settings/users", url.Values{"email": {"jo@example.com"}, "role": {"viewer"}}))
	s.clock.forward(invitationLasts)
	s.as("")
	if a := s.get(late); a.status != http.StatusNotFound {
		t.Errorf("a link that is over: status %d", a.status)
	}
	s.as(testEmail)
	taken := s.linkOn(s.post("/settings/users", url.Values{"email": {"jo@example.com"}, "role": {"viewer"}}))
	if a := s.post("/settings/users/uninvite", fields(s.page("/settings/users"), `form[action="/settings/users/uninvite"]`)); a.to != "/settings/users" {
		t.Errorf("status %d to %q", a.status, a.to)
	}
	if a := s.get(taken); a.status != http.StatusNotFound {
		t.Errorf("a link that was taken back: status %d", a.status)
	}
}

func TestWhatAnAdministratorDoesToAUser(t *testing.T) {
	t.Parallel()
	s := signedInSite(t, nil)
	s.user("Ida Berg", "ida@example.com")
	u := s.userByEmail("ida@example.com")
	path := "/settings/users/" + u.ID
	admin := s.client
	s.as("ida@example.com")
	ida := s.client
	act := func(what string, form url.Values, status int, in, out int) {
		t.Helper()
		s.client = admin
		a := s.post(path+"/"+what, form)
		if a.status != status {
			t.Errorf("%s: status %d: %s", what, a.status, a.body)
		}
		s.client = ida
		if a := s.get("/account"); a.status != in {
			t.Errorf("after %s her browser has status %d, want %d", what, a.status, in)
		}
		ida = newBrowser(t)
		s.client = ida
		if a := s.post("/sign-in", url.Values{"email": {u.Email}, "password": {testPassword}}); a.status != out {
			t.Errorf("after %s she signs in with status %d, want %d: %s", what, a.status, out, a.body)
		}
	}
	act("role", url.Values{"role": {"king"}}, http.StatusUnprocessableEntity, http.StatusOK, http.StatusSeeOther)
	act("role", url.Values{"role": {"viewer"}}, http.StatusSeeOther, http.StatusSeeOther, http.StatusSeeOther)
	if a := s.post("/drafts", nil); a.status != http.StatusForbidden {
		t.Errorf("as a viewer she makes a draft: status %d", a.status)
	}
	act("sign-out", nil, http.StatusSeeOther, http.StatusSeeOther, http.StatusSeeOther)
	s.client = admin
	reset := s.linkOn(s.post(path+"/reset", nil))
	act("disable", nil, http.StatusSeeOther, http.StatusSeeOther, http.StatusForbidden)
	contains(t, s.post("/sign-in", url.Values{"email": {u.Email}, "password": {testPassword}}).doc, "#errors", "This account is disabled")
	contains(t, s.post("/sign-in", url.Values{"email": {u.Email}, "password": {"wrong"}}).doc, "#errors", "The email or password is not right")
	if a := s.get(reset); a.status != http.StatusNotFound {
		t.Errorf("a link of a disabled account: status %d", a.status)
	}
	act("reset", nil, http.StatusConflict, http.StatusSeeOther, http.StatusForbidden)
	act("enable", nil, http.StatusSeeOther, http.StatusSeeOther, http.StatusSeeOther)

	s.client = admin
	reset = s.linkOn(s.post(path+"/reset", nil))
	checkPage(t, path, s.page(path))
	s.client = ida
	if a := s.get("/account"); a.status != http.StatusOK {
		t.Errorf("the link alone signs her out: status %d", a.status)
	}
	s.as("")
	contains(t, s.get(reset).doc, "main", "Set a new password", "ida@example.com")
	if a := s.post(reset, url.Values{"password": {"another good phrase"}}); a.to != "/" {
		t.Fatalf("status %d to %q", a.status, a.to)
	}
	s.page("/account")
	s.client = ida
	if a := s.get("/account"); a.status != http.StatusSeeOther {
		t.Errorf("after the reset her old browser has status %d", a.status)
	}
	if a := s.post("/sign-in", url.Values{"email": {u.Email}, "password": {testPassword}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the old password: status %d", a.status)
	}

	s.client = admin
	me := "/settings/users/" + s.userByEmail(testEmail).ID
	for what, form := range map[string]url.Values{"disable": nil, "role": {"role": {"viewer"}}} {
		a := s.post(me+"/"+what, form)
		if a.status != http.StatusConflict {
			t.Fatalf("%s of the last administrator: status %d", what, a.status)
		}
		contains(t, a.doc, "main", "Somebody must stay administrator", "Nothing was changed")
	}
	if a := s.get("/settings/users/nobody"); a.status != http.StatusNotFound {
		t.Errorf("nobody: status %d", a.status)
	}
}

func TestYourAccount(t *testing.T) {
	t.Parallel()
	s := signedInSite(t, nil)
	here := s.client
	s.as(testEmail)
	there := s.client
	s.client = here
	doc := s.page("/account")
	contains(t, doc, "main", testEmail, "admin", "(this one)")
	if n := doc.Find(`form[action="/account/sessions/end"]`).Length(); n != 2 {
		t.Fatalf("%d sessions", n)
	}
	for _, test := range []struct{ old, password, id, want string }{
		{"", "another good phrase", "old", "Enter your present password"},
		{"wrong", "another good phrase", "old", "This is not your present password"},
		{testPassword, "short", "password", "at least 12"},
		{testPassword, testPassword, "password", "another password"},
		{testPassword, "mira@example.com", "password", "your name or email"},
	} {
		a := s.post("/account/password", url.Values{"old": {test.old}, "password": {test.password}})
		if a.status != http.StatusUnprocessableEntity {
			t.Fatalf("%q, %q: status %d", test.old, test.password, a.status)
		}
		contains(t, a.doc, "#"+test.id+"-err", test.want)
		checkPage(t, "/account", a.doc)
	}
	at, err := url.Parse(s.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	before := s.client.Jar.Cookies(at)
	if a := s.post("/account/password", url.Values{"old": {testPassword}, "password": {"another good phrase"}}); a.to != "/account?password=changed" {
		t.Fatalf("status %d to %q", a.status, a.to)
	}
	contains(t, s.page("/account?password=changed"), "main", "Your password is changed")
	s.client = there
	if a := s.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("the other browser: status %d", a.status)
	}
	s.client = newBrowser(t)
	s.client.Jar.SetCookies(at, before)
	if a := s.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("the session in which it was changed goes on under its old token: status %d", a.status)
	}

	s.client = newBrowser(t)
	s.post("/sign-in", url.Values{"email": {testEmail}, "password": {"another good phrase"}})
	other := s.page("/account").Find("tr:contains('(this one)') input[name=session]").AttrOr("value", "")
	there, s.client = s.client, here
	if a := s.post("/account/sessions/end", url.Values{"session": {other}}); a.to != "/account" {
		t.Errorf("status %d to %q", a.status, a.to)
	}
	s.client = there
	if a := s.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("signed out from elsewhere: status %d", a.status)
	}
	s.client = here
	if a := s.post("/account/sessions/end-all", nil); a.to != "/sign-in" {
		t.Errorf("status %d to %q", a.status, a.to)
	}
	if a := s.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("signed out everywhere: status %d", a.status)
	}
	s.signInWith("another good phrase")
	for range freeTries {
		s.post("/account/password", url.Values{"old": {"wrong"}, "password": {"yet another phrase"}})
	}
	contains(t, s.post("/account/password", url.Values{"old": {"another good phrase"}, "password": {"yet another phrase"}}).doc, "#old-err", "Too many tries")
}

func (s *wizardSite) signInWith(password string) {
	s.t.Helper()
	if a := s.post("/sign-in", url.Values{"email": {testEmail}, "password": {password}}); a.status != http.StatusSeeOther {
		s.t.Fatalf("status %d", a.status)
	}
}

// What somebody has open ends when the account is disabled: within a heartbeat.
func TestAnOpenStreamEndsWithTheSession(t *testing.T) {
	t.Parallel()
	s := signedInSite(t, nil)
	server := &Server{Config: Config{Store: s.store, Log: discardLog()}}
	u := s.userByEmail(testEmail)
	list, err := s.store.Sessions(t.Context(), u.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	if !server.stillHolds(t.Context(), list[0].TokenHash) {
		t.Error("the session does not hold")
	}
	if err := s.store.EndSessions(t.Context(), u.ID, ""); err != nil {
		t.Fatal(err)
	}
	if server.stillHolds(t.Context(), list[0].TokenHash) {
		t.Error("the session holds after its end")
	}
}
