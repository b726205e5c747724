package people_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
)

// An administrator binds a key that the server has, and unbinds it; the audit
// log has both.
func TestBindAndUnbindAKey(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.ProbeKeys = []string{"APIFRONT_PROBE_KEY_A"} })
	good := url.Values{"variable": {"APIFRONT_PROBE_KEY_A"}, "domain": {"API.example.com"}, "header": {"x-api-key"}}
	for field, bad := range map[string]string{"variable": "APIFRONT_PROBE_KEY_B", "domain": "nowhere", "header": "Host"} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(field, bad)
		if a := s.Post("/settings/keys", form); a.Status != http.StatusUnprocessableEntity || a.Doc.Find("#errors a[href='#"+field+"']").Length() != 1 {
			t.Errorf("%s %q: status %d", field, bad, a.Status)
		}
	}
	if a := s.Post("/settings/keys", good); a.Status != http.StatusSeeOther {
		t.Errorf("bind: status %d", a.Status)
	}
	if a := s.Post("/settings/keys", good); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("bind twice: status %d", a.Status)
	}
	text := s.Page("/settings/keys").Find("main").Text()
	for _, want := range []string{"api.example.com", "Header X-Api-Key", "No setup and no draft uses it"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if a := s.Post("/settings/keys/unbind", url.Values{"variable": {"APIFRONT_PROBE_KEY_A"}, "host": {"api.example.com"}}); a.Status != http.StatusSeeOther {
		t.Errorf("unbind: status %d", a.Status)
	}
	if text := s.Page("/settings/keys").Find("main").Text(); !strings.Contains(text, "None yet") {
		t.Error("it is still bound")
	}
	log := s.Page("/settings/audit").Find("main").Text()
	for _, want := range []string{"Bind a key of tests", "Unbind a key of tests", "key APIFRONT_PROBE_KEY_A for api.example.com"} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log lacks %q", want)
		}
	}
}
