package setups_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// "Check these now" orders a check of each setup of the view, on whatever page, says what
// became of it and leads back to the view. Pressed again it orders nothing twice. Who only
// looks has no such button.
func TestCheckThese(t *testing.T) {
	handlerstest.OnBoth(t, func(t *testing.T, s *handlerstest.JobSite) {
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
			s.Cookies = append(s.Cookies, r.Cookies()...)
			if r.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s: status %d", path, r.StatusCode)
			}
			return r.Header.Get("Location")
		}
		said := func(to string) (text string) { // what the page says, and once more after a reload
			t.Helper()
			for i := range 2 {
				r := s.Request(http.MethodGet, to, nil, nil)
				doc, err := goquery.NewDocumentFromReader(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range r.Cookies() {
					s.Cookies = slices.DeleteFunc(s.Cookies, func(o *http.Cookie) bool { return o.Name == c.Name && c.MaxAge < 0 })
				}
				if i == 0 {
					text = strings.Join(strings.Fields(doc.Find(".said").Text()), " ")
				} else if again := doc.Find(".said").Text(); again != "" {
					t.Errorf("after a reload it says once more %q", again)
				}
			}
			return text
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
		if to != "/?state=serving&tag=team%3Dt3" {
			t.Errorf("it leads to %s", to)
		}
		waits(6)
		if got := said(to); got != "Checks of 6 setups are ordered. They begin one after the other." {
			t.Errorf("it says %q", got)
		}
		doc := s.Page(to, http.StatusOK)
		handlerstest.Contains(t, doc, "main", "6 ordered checks wait for their turn.")
		if href := doc.Find("nav.tabs a:contains('All')").AttrOr("href", ""); strings.Contains(href, "checks") {
			t.Errorf("a tab keeps what was said: %s", href)
		}
		if to = press("/?page=2"); to != "/" {
			t.Errorf("all: it leads to %s", to)
		}
		waits(40)
		if got := said(to); got != "Checks of 34 setups are ordered. They begin one after the other. 6 setups had one ordered already. 1 setup is not checked: a job is at work, or not everything is in place." {
			t.Errorf("it says %q", got)
		}
		if to = press("/"); to != "/" {
			t.Errorf("again: it leads to %s", to)
		}
		waits(40)
		if got := said(to); !strings.HasPrefix(got, "No check was ordered.") {
			t.Errorf("it says %q", got)
		}
		s.Cookies = append(s.Cookies, &http.Cookie{Name: s.Cookies[0].Name + "-said", Value: "forged"})
		if got := said("/"); got != "" {
			t.Errorf("a forged sentence is said: %q", got)
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
