package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Metrics are for who has the token, under any name, and do not exist without one.
func TestMetricsWantTheirToken(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-the-metrics"
	s := handlerstest.NewSite(t, func(c *handlers.Config) { c.Metrics, c.Version = token, "1.2.3" })
	ask := func(s *handlerstest.Site, authorization string) handlerstest.Reply {
		return s.Do(http.MethodGet, "/metrics", nil, map[string]string{"Authorization": authorization, "Host": "10.0.0.7:9999"})
	}
	for _, wrong := range []string{"", "Bearer", "Bearer ", "Bearer x", "Bearer " + token + "x", "Basic " + token, token} {
		a := ask(s, wrong)
		if a.Status != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") || strings.Contains(a.Body, "apifront_") {
			t.Errorf("with %q: status %d: %s", wrong, a.Status, a.Body)
		}
	}
	a := ask(s, "bearer "+token)
	if a.Status != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
		t.Fatalf("status %d, %v: %s", a.Status, a.Header, a.Body)
	}
	lines := []string{`apifront_build_info{version="1.2.3"} 1`, "apifront_open_findings 0", "apifront_overdue_checks 0",
		`apifront_active_jobs{state="needs-you"} 0`, `apifront_undelivered_notices{state="given-up"} 0`, "process_open_fds", "go_goroutines"}
	for _, state := range setup.StateIDs() {
		lines = append(lines, `apifront_setups{state="`+string(state)+`"} 0`)
	}
	for _, want := range lines {
		if !strings.Contains(a.Body, "\n"+want) {
			t.Errorf("no line %s in\n%s", want, a.Body)
		}
	}
	none := handlerstest.NewSite(t, nil)
	for _, authorization := range []string{"", "Bearer ", "Bearer " + token} {
		if a := ask(none, authorization); a.Status != http.StatusNotFound {
			t.Errorf("a server without a token answers %q with status %d", authorization, a.Status)
		}
	}
}
