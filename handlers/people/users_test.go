package people_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/handlers/people"
	"apifront/store"
)

// linkOn is the path of the one-time link that a page shows.
func linkOn(s *handlerstest.Site, a handlerstest.Reply) string {
	s.T.Helper()
	if a.Status != http.StatusOK {
		s.T.Fatalf("status %d: %s", a.Status, a.Body)
	}
	handlerstest.CheckPage(s.T, "the page of a link", a.Doc)
	link := a.Doc.Find("main .cmd code").Text()
	path, ok := strings.CutPrefix(link, s.Server.URL)
	if !ok || !strings.HasPrefix(path, "/link/") {
		s.T.Fatalf("the link is %q", link)
	}
	return path
}

// as goes on in a new browser, signed in if email is not "".
func as(s *handlerstest.Site, email string) {
	s.T.Helper()
	s.Client = handlerstest.NewBrowser(s.T)
	if email != "" {
		s.SignIn(email)
	}
}

func userByEmail(s *handlerstest.Site, email string) store.User {
	s.T.Helper()
	u, err := s.Store.UserByEmail(s.T.Context(), email)
	if err != nil {
		s.T.Fatal(err)
	}
	return u
}

func TestInviteAndCome(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	s.Page("/settings/users")
	for _, form := range []url.Values{{"email": {"ida"}, "role": {"viewer"}}, {"email": {"ida@example.com"}, "role": {"king"}}, {"email": {"MIRA@example.com"}, "role": {"viewer"}}} {
		a := s.Post("/settings/users", form)
		if a.Status != http.StatusUnprocessableEntity || a.Doc.Find("#errors").Length() != 1 {
			t.Errorf("%v: status %d", form, a.Status)
		}
		handlerstest.CheckPage(t, "/settings/users", a.Doc)
	}
	form := url.Values{"email": {" Ida@Example.com "}, "role": {"operator"}}
	first := linkOn(s, s.Post("/settings/users", form))
	link := linkOn(s, s.Post("/settings/users", form))
	handlerstest.Contains(t, s.Page("/settings/users"), "main", "ida@example.com", "operator", "Mira Okafor (you)")
	admin := s.Client

	as(s, "")
	if a := s.Get(first); a.Status != http.StatusNotFound || !strings.Contains(a.Body, "This link does not work any more") {
		t.Errorf("the link that was replaced: status %d", a.Status)
	}
	a := s.Get(link)
	handlerstest.Contains(t, a.Doc, "main", "Mira Okafor invited ida@example.com as an operator")
	handlerstest.CheckPage(t, link, a.Doc)
	handlerstest.CheckLabels(t, link, a.Doc)
	if a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the address is a secret: %v", a.Header)
	}
	for _, form := range []url.Values{{"name": {"Ida"}, "password": {"short"}}, {"name": {""}, "password": {handlerstest.Password}}, {"name": {"Ida"}, "password": {"ida@example.com"}}} {
		if a := s.Post(link, form); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d", form, a.Status)
		} else {
			handlerstest.CheckPage(t, link, a.Doc)
		}
	}
	if a := s.Post(link, url.Values{"name": {"Ida  Berg"}, "password": {handlerstest.Password}, "role": {"admin"}, "email": {"boss@example.com"}}); a.To != "/" {
		t.Fatalf("status %d to %q: %s", a.Status, a.To, a.Body)
	}
	if u := userByEmail(s, "ida@example.com"); u.Role != store.RoleOperator || u.Name != "Ida Berg" {
		t.Errorf("the new user is %+v", u)
	}
	handlerstest.Contains(t, s.Page("/"), "header", "Account menu, Ida Berg")
	as(s, "")
	if a := s.Post(link, url.Values{"name": {"Eve"}, "password": {handlerstest.Password}}); a.Status != http.StatusNotFound {
		t.Errorf("the link works twice: status %d", a.Status)
	}
	s.Client = admin
	late := linkOn(s, s.Post("/settings/users", url.Values{"email": {"jo@example.com"}, "role": {"viewer"}}))
	s.Clock.Forward(people.InvitationLasts)
	as(s, "")
	if a := s.Get(late); a.Status != http.StatusNotFound {
		t.Errorf("a link that is over: status %d", a.Status)
	}
	as(s, handlerstest.Email)
	taken := linkOn(s, s.Post("/settings/users", url.Values{"email": {"jo@example.com"}, "role": {"viewer"}}))
	if a := s.Post("/settings/users/uninvite", handlerstest.Fields(s.Page("/settings/users"), `form[action="/settings/users/uninvite"]`)); a.To != "/settings/users" {
		t.Errorf("status %d to %q", a.Status, a.To)
	}
	if a := s.Get(taken); a.Status != http.StatusNotFound {
		t.Errorf("a link that was taken back: status %d", a.Status)
	}
}

func TestWhatAnAdministratorDoesToAUser(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	s.User("Ida Berg", "ida@example.com")
	u := userByEmail(s, "ida@example.com")
	path := "/settings/users/" + u.ID
	admin := s.Client
	as(s, "ida@example.com")
	ida := s.Client
	act := func(what string, form url.Values, status int, in, out int) {
		t.Helper()
		s.Client = admin
		a := s.Post(path+"/"+what, form)
		if a.Status != status {
			t.Errorf("%s: status %d: %s", what, a.Status, a.Body)
		}
		s.Client = ida
		if a := s.Get("/account"); a.Status != in {
			t.Errorf("after %s her browser has status %d, want %d", what, a.Status, in)
		}
		ida = handlerstest.NewBrowser(t)
		s.Client = ida
		if a := s.Post("/sign-in", url.Values{"email": {u.Email}, "password": {handlerstest.Password}}); a.Status != out {
			t.Errorf("after %s she signs in with status %d, want %d: %s", what, a.Status, out, a.Body)
		}
	}
	act("role", url.Values{"role": {"king"}}, http.StatusUnprocessableEntity, http.StatusOK, http.StatusSeeOther)
	act("role", url.Values{"role": {"viewer"}}, http.StatusSeeOther, http.StatusSeeOther, http.StatusSeeOther)
	if a := s.Post("/drafts", nil); a.Status != http.StatusForbidden {
		t.Errorf("as a viewer she makes a draft: status %d", a.Status)
	}
	act("sign-out", nil, http.StatusSeeOther, http.StatusSeeOther, http.StatusSeeOther)
	s.Client = admin
	reset := linkOn(s, s.Post(path+"/reset", nil))
	act("disable", nil, http.StatusSeeOther, http.StatusSeeOther, http.StatusForbidden)
	handlerstest.Contains(t, s.Post("/sign-in", url.Values{"email": {u.Email}, "password": {handlerstest.Password}}).Doc, "#errors", "This account is disabled")
	handlerstest.Contains(t, s.Post("/sign-in", url.Values{"email": {u.Email}, "password": {"wrong"}}).Doc, "#errors", "The email or password is not right")
	if a := s.Get(reset); a.Status != http.StatusNotFound {
		t.Errorf("a link of a disabled account: status %d", a.Status)
	}
	act("reset", nil, http.StatusConflict, http.StatusSeeOther, http.StatusForbidden)
	act("enable", nil, http.StatusSeeOther, http.StatusSeeOther, http.StatusSeeOther)

	s.Client = admin
	reset = linkOn(s, s.Post(path+"/reset", nil))
	handlerstest.CheckPage(t, path, s.Page(path))
	s.Client = ida
	if a := s.Get("/account"); a.Status != http.StatusOK {
		t.Errorf("the link alone signs her out: status %d", a.Status)
	}
	as(s, "")
	handlerstest.Contains(t, s.Get(reset).Doc, "main", "Set a new password", "ida@example.com")
	if a := s.Post(reset, url.Values{"password": {"another good phrase"}}); a.To != "/" {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	s.Page("/account")
	s.Client = ida
	if a := s.Get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("after the reset her old browser has status %d", a.Status)
	}
	if a := s.Post("/sign-in", url.Values{"email": {u.Email}, "password": {handlerstest.Password}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("the old password: status %d", a.Status)
	}

	s.Client = admin
	me := "/settings/users/" + userByEmail(s, handlerstest.Email).ID
	for what, form := range map[string]url.Values{"disable": nil, "role": {"role": {"viewer"}}} {
		a := s.Post(me+"/"+what, form)
		if a.Status != http.StatusConflict {
			t.Fatalf("%s of the last administrator: status %d", what, a.Status)
		}
		handlerstest.Contains(t, a.Doc, "main", "Somebody must stay administrator", "Nothing was changed")
	}
	if a := s.Get("/settings/users/nobody"); a.Status != http.StatusNotFound {
		t.Errorf("nobody: status %d", a.Status)
	}
}

func TestYourAccount(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	here := s.Client
	as(s, handlerstest.Email)
	there := s.Client
	s.Client = here
	doc := s.Page("/account")
	handlerstest.Contains(t, doc, "main", handlerstest.Email, "admin", "(this one)")
	if n := doc.Find(`form[action="/account/sessions/end"]`).Length(); n != 2 {
		t.Fatalf("%d sessions", n)
	}
	for _, test := range []struct{ old, password, id, want string }{
		{"", "another good phrase", "old", "Enter your present password"},
		{"wrong", "another good phrase", "old", "This is not your present password"},
		{handlerstest.Password, "short", "password", "at least 12"},
		{handlerstest.Password, handlerstest.Password, "password", "another password"},
		{handlerstest.Password, "mira@example.com", "password", "your name or email"},
	} {
		a := s.Post("/account/password", url.Values{"old": {test.old}, "password": {test.password}})
		if a.Status != http.StatusUnprocessableEntity {
			t.Fatalf("%q, %q: status %d", test.old, test.password, a.Status)
		}
		handlerstest.Contains(t, a.Doc, "#"+test.id+"-err", test.want)
		handlerstest.CheckPage(t, "/account", a.Doc)
	}
	at, err := url.Parse(s.Server.URL)
	if err != nil {
		t.Fatal(err)
	}
	before := s.Client.Jar.Cookies(at)
	if a := s.Post("/account/password", url.Values{"old": {handlerstest.Password}, "password": {"another good phrase"}}); a.To != "/account?password=changed" {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	handlerstest.Contains(t, s.Page("/account?password=changed"), "main", "Your password is changed")
	s.Client = there
	if a := s.Get("/"); a.Status != http.StatusSeeOther {
		t.Errorf("the other browser: status %d", a.Status)
	}
	s.Client = handlerstest.NewBrowser(t)
	s.Client.Jar.SetCookies(at, before)
	if a := s.Get("/"); a.Status != http.StatusSeeOther {
		t.Errorf("the session in which it was changed goes on under its old token: status %d", a.Status)
	}

	s.Client = handlerstest.NewBrowser(t)
	s.Post("/sign-in", url.Values{"email": {handlerstest.Email}, "password": {"another good phrase"}})
	other := s.Page("/account").Find("tr:contains('(this one)') input[name=session]").AttrOr("value", "")
	there, s.Client = s.Client, here
	if a := s.Post("/account/sessions/end", url.Values{"session": {other}}); a.To != "/account" {
		t.Errorf("status %d to %q", a.Status, a.To)
	}
	s.Client = there
	if a := s.Get("/"); a.Status != http.StatusSeeOther {
		t.Errorf("signed out from elsewhere: status %d", a.Status)
	}
	s.Client = here
	if a := s.Post("/account/sessions/end-all", nil); a.To != "/sign-in" {
		t.Errorf("status %d to %q", a.Status, a.To)
	}
	if a := s.Get("/"); a.Status != http.StatusSeeOther {
		t.Errorf("signed out everywhere: status %d", a.Status)
	}
	signInWith(s, "another good phrase")
	for range 5 { // tries are free
		s.Post("/account/password", url.Values{"old": {"wrong"}, "password": {"yet another phrase"}})
	}
	handlerstest.Contains(t, s.Post("/account/password", url.Values{"old": {"another good phrase"}, "password": {"yet another phrase"}}).Doc, "#old-err", "Too many tries")
}

func signInWith(s *handlerstest.Site, password string) {
	s.T.Helper()
	if a := s.Post("/sign-in", url.Values{"email": {handlerstest.Email}, "password": {password}}); a.Status != http.StatusSeeOther {
		s.T.Fatalf("status %d", a.Status)
	}
}
