package doctor_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// A key is typed on the page of a look, and the next look has it: once, and on no page.
// What is wrong with it is said at the field, which is empty again.
func TestALookWithAKey(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	const secret = "Zq7-typed-key"
	at := s.Post("/doctor", url.Values{"domain": {"api.example.com/health"}, "connection": {""}}).To
	if a := s.Post(at, url.Values{"header": {"X-Api-Key"}, "key": {secret}}); a.Status != http.StatusConflict || strings.Contains(a.Body, secret) {
		t.Errorf("while it looks: status %d", a.Status)
	}
	b := wrong()
	b.Needs = []setup.Need{setup.KeyNeed("Authorization", "It shows more.")}
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", take(t, s.Store).ID, b))
	form := handlerstest.Fields(s.Page(at), `form:has(#key)`)
	if form.Get("header") != "Authorization" || form.Get("key") != "" {
		t.Errorf("the form has %v", form)
	}
	for _, tt := range []struct{ header, key, field, says string }{
		{"Authorization", "", "key", "Enter the key"},
		{"Authorization", "short", "key", "at least 8 visible ASCII characters"},
		{"Authorization", secret + "\r\nX-Admin: yes", "key", "visible ASCII"},
		{"Authorization", secret + strings.Repeat("k", 9000), "key", "at most 8000 characters"},
		{"Host", secret, "header", "Enter the name of the header"},
		{"no header: " + strings.Repeat("x", 900), secret, "header", "at most 500 characters"},
	} {
		a := s.Post(at, url.Values{"header": {tt.header}, "key": {tt.key}})
		if a.Status != http.StatusUnprocessableEntity || !a.IsPage {
			t.Errorf("%.30q in %.30q: status %d to %q", tt.key, tt.header, a.Status, a.To)
			continue
		}
		handlerstest.CheckPage(t, "/doctor/{id}", a.Doc)
		handlerstest.Contains(t, a.Doc, "#errors", tt.says)
		handlerstest.Contains(t, a.Doc, "#"+tt.field+"-err", tt.says)
		if strings.Contains(a.Body, secret) || a.Doc.Find("#key").AttrOr("value", "") != "" {
			t.Errorf("%.30q in %.30q: the key is on the page", tt.key, tt.header)
		}
		if got := a.Doc.Find("#header").AttrOr("value", ""); got == "" || !strings.HasPrefix(tt.header, got) {
			t.Errorf("the header that was typed has become %q", got)
		}
	}
	form.Set("key", secret+" ")
	a := s.Post(at, form)
	if a.Status != http.StatusSeeOther || a.To == at || !strings.HasPrefix(a.To, "/doctor/") {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	d := take(t, s.Store)
	k, ok := s.Store.TakeKey(d.ID)
	if !d.Keyed || d.Name != "api.example.com" || d.Path != "/health" || !ok || k.Header != "Authorization" || k.Value.Reveal() != secret {
		t.Errorf("the worker gets %+v with %t, %v", d, ok, k)
	}
	b.KeyHeader = "Authorization"
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", d.ID, b))
	handlerstest.Contains(t, s.Page(a.To), ".facts", "With a key in Authorization, which is kept nowhere")
	if s.Clock.Forward(time.Minute); strings.Contains(s.Get(a.To).Body+s.Get("/doctor").Body, secret) {
		t.Error("a page has the key")
	}
	again := s.Post("/doctor", handlerstest.Fields(s.Page(a.To), ".head form"))
	if d := take(t, s.Store); again.Status != http.StatusSeeOther || d.Keyed {
		t.Errorf("look again: status %d, with a key %t", again.Status, d.Keyed)
	}
}
