package handlers_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
)

// Forms that are too large, of another kind or broken are told, signed in or
// not, and nothing of them comes back or is kept.
func TestFormsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	const form = "application/x-www-form-urlencoded"
	huge := "email=mira%40example.com&password=" + strings.Repeat("hunter2", handlers.MostForm/7)
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
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Server.URL+"/sign-in", test.body)
			if err != nil {
				t.Fatal(err)
			}
			if test.kind != "" {
				r.Header.Set("Content-Type", test.kind)
			}
			a := s.Send(r)
			if a.Status != test.status || !a.IsPage {
				t.Fatalf("status %d, want the page of a %d: %.200s", a.Status, test.status, a.Body)
			}
			handlerstest.CheckPage(t, "/sign-in", a.Doc)
			handlerstest.Contains(t, a.Doc, "main", test.says, "Nothing was changed")
			if strings.Contains(a.Body, "hunter2") {
				t.Error("what was typed comes back")
			}
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control %q", a.Header.Get("Cache-Control"))
			}
		})
	}
	s.SignIn(handlerstest.Email) // what is taken still is
}

// The largest form that pages send is far below the limit.
func TestTheLargestFormIsTaken(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	a := s.Post("/sign-in", url.Values{"email": {handlerstest.Email}, "password": {strings.Repeat("x", handlers.MostForm-100)}})
	if a.Status != http.StatusUnprocessableEntity {
		t.Errorf("status %d, want the page that says what is wrong", a.Status)
	}
}
