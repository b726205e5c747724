package setups_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// "Check these now" orders a check of each setup of the view, on whatever page, says what
// became of it and leads back to the view. Pressed again it orders nothing twice. Who only
// looks has no such button.
func TestCheckThese(t *testing.T) {
	onBoth(t, func(t *testing.T, s *handlerstest.JobSite) {
		s.Start(setup.JobApply, setup.JobInput{})
		many(t, s, 40)
		press := func(path string) (to string) {
			t.Helper()
			form := s.Page(path, http.StatusOK).Find("form[action='/setups/check']")
			if form.Length() != 1 {
				t.Fatalf("%s has %d such buttons", path, form.Length())
			}
			fields := handlerstest.Fields(s.Page(path, http.StatusOK), "form[action='/setups/check']")
			r := s.Request(http.MethodPost, "/setups/check", fields, nil)
			_ = r.Body.Close()
			if r.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s: status %d", path, r.StatusCode)
			}
			return r.Header.Get("Location")
		}
		waits := func(want int) {
			t.Helper()
			places, err := s.Store.SetupPlaces(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, p := range places {
				n += p.Waits
			}
			if n != want {
				t.Errorf("%d checks wait, want %d", n, want)
			}
		}
		to := press("/?tag=team%3Dt3&state=serving") // n3, n10, n17, n24, n31, n38
		if to != "/?state=serving&tag=team%3Dt3&checks=6.0.0" {
			t.Errorf("it leads to %s", to)
		}
		waits(6)
		doc := s.Page(to, http.StatusOK)
		handlerstest.Contains(t, doc, ".said", "Checks of 6 setups are ordered. They begin one after the other.")
		handlerstest.Contains(t, doc, "main", "6 ordered checks wait for their turn.")
		if href := doc.Find("nav.tabs a:contains('All')").AttrOr("href", ""); strings.Contains(href, "checks") {
			t.Errorf("a tab keeps what was said: %s", href)
		}
		if to = press("/?page=2"); to != "/?checks=34.6.1" {
			t.Errorf("all: it leads to %s", to)
		}
		waits(40)
		handlerstest.Contains(t, s.Page(to, http.StatusOK), ".said", "Checks of 34 setups are ordered.", "6 setups had one ordered already.", "1 setup is not checked: a job is at work, or not everything is in place.")
		if to = press("/"); to != "/?checks=0.40.1" {
			t.Errorf("again: it leads to %s", to)
		}
		waits(40)
		handlerstest.Contains(t, s.Page(to, http.StatusOK), ".said", "No check was ordered.")
		for _, forged := range []string{"1.2", "a.b.c", "-1.0.0", "1.2.3.4", "9999999999.0.0", "<b>.1.1", "\x00"} {
			if s.Page("/?"+url.Values{"checks": {forged}}.Encode(), http.StatusOK).Find(".said").Length() != 0 {
				t.Errorf("%q makes the page say something", forged)
			}
		}
		for _, path := range []string{"/?q=nothing", "/?state=taken-down", "/?state=being-changed"} {
			if s.Page(path, http.StatusOK).Find("form[action='/setups/check']").Length() != 0 {
				t.Errorf("%s has the button", path)
			}
		}
		handlerstest.Contains(t, s.Page("/setups/s7", http.StatusOK), ".facts", "Next check: in its turn, among those of many setups")
		s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer})
		if s.Page("/", http.StatusOK).Find("form[action='/setups/check'] button").Length() != 0 {
			t.Error("who only looks has the button")
		}
		if r := s.Request(http.MethodPost, "/setups/check", url.Values{}, nil); r.StatusCode != http.StatusForbidden {
			t.Errorf("who only looks orders checks: status %d", r.StatusCode)
		}
		waits(40)
	})
}
