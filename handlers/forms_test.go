package handlers

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Forms that are too large, of another kind or broken are told, signed in or
// not, and nothing of them comes back or is kept.
func TestFormsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	s := newWizardSite(t, nil)
	s.user("Mira Okafor", testEmail)
	const form = "application/x-www-form-urlencoded"
	huge := "email=mira%40example.com&password=" + strings.Repeat("hunter2", mostForm/7)
	for _, test := range []struct {
		name, kind string
		body       io.Reader
		status     int
		says       string
	}{
		{"too large", form, strings.NewReader(huge), http.StatusRequestEntityTooLarge, "This form is too large"},
		{"too large, of unknown length", form, io.MultiReader(strings.NewReader(huge)), http.StatusRequestEntityTooLarge, "This form is too large"},
		{"files", "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nhunter2\r\n--x--\r\n"), http.StatusUnsupportedMediaType, "not a form of apifront"},
		{"JSON", "application/json", strings.NewReader(`{"password":"hunter2"}`), http.StatusUnsupportedMediaType, "not a form of apifront"},
		{"plain, as a page of another site can send", "text/plain", strings.NewReader("password=hunter2"), http.StatusUnsupportedMediaType, "not a form of apifront"},
		{"of no kind", "", strings.NewReader("password=hunter2"), http.StatusUnsupportedMediaType, "not a form of apifront"},
		{"of a broken kind", "application/x-www-form-urlencoded; =", strings.NewReader("password=hunter2"), http.StatusUnsupportedMediaType, "not a form of apifront"},
		{"broken", form, strings.NewReader("email=%zz&password=hunter2"), http.StatusBadRequest, "could not be read"},
		{"broken by a semicolon", form, strings.NewReader("email=a;password=hunter2"), http.StatusBadRequest, "could not be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+"/sign-in", test.body)
			if err != nil {
				t.Fatal(err)
			}
			if test.kind != "" {
				r.Header.Set("Content-Type", test.kind)
			}
			a := s.send(r)
			if a.status != test.status || !a.page {
				t.Fatalf("status %d, want the page of a %d: %.200s", a.status, test.status, a.body)
			}
			checkPage(t, "/sign-in", a.doc)
			contains(t, a.doc, "main", test.says, "Nothing was changed")
			if strings.Contains(a.body, "hunter2") {
				t.Error("what was typed comes back")
			}
			if a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control %q", a.header.Get("Cache-Control"))
			}
		})
	}
	s.signIn(testEmail) // what is taken still is
}

// The largest form that pages send is far below the limit.
func TestTheLargestFormIsTaken(t *testing.T) {
	t.Parallel()
	s := newWizardSite(t, nil)
	s.user("Mira Okafor", testEmail)
	a := s.post("/sign-in", url.Values{"email": {testEmail}, "password": {strings.Repeat("x", mostForm-100)}})
	if a.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d, want the page that says what is wrong", a.status)
	}
}
