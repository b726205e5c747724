package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// wanted says for each route which role it needs, a second time: whoever adds
// a route or changes what one needs says so here as well.
var wanted = map[string]handlers.Role{
	"GET /healthz": handlers.Nobody, "GET /readyz": handlers.Nobody, "GET /metrics": handlers.Nobody, "GET /static/{file}": handlers.Nobody,
	"GET /sign-in": handlers.Nobody, "POST /sign-in": handlers.Nobody, "POST /sign-out": handlers.Nobody,
	"GET /sign-in/oidc": handlers.Nobody, "GET /sign-in/oidc/callback": handlers.Nobody,
	"GET /welcome": handlers.Nobody, "POST /welcome": handlers.Nobody,

	"GET /": handlers.Viewer, "POST /theme": handlers.Viewer, "GET /time-zone": handlers.Viewer, "POST /time-zone": handlers.Viewer,
	"GET /setups/{id}/policy": handlers.Viewer, "GET /setups/{id}/policy/{file}": handlers.Viewer,
	"GET /drafts/{id}/policy": handlers.Operator, "GET /drafts/{id}/policy/{file}": handlers.Operator,
	"GET /setups/{id}": handlers.Viewer, "GET /jobs": handlers.Viewer, "GET /jobs/{n}": handlers.Viewer,
	"GET /jobs/{n}/events": handlers.Viewer, "GET /jobs/{n}/log.json": handlers.Viewer, "GET /jobs/{n}/log.txt": handlers.Viewer,
	"GET /jobs/{n}/steps/{step}/seen": handlers.Viewer,
	"GET /jobs/{n}/calls/{id}":        handlers.Viewer, "GET /jobs/{n}/script": handlers.Viewer, "GET /jobs/{n}/script.sh": handlers.Viewer,
	"GET /connections": handlers.Viewer, "GET /connections/{id}": handlers.Viewer,
	"GET /connections/new": handlers.Admin, "POST /connections/new": handlers.Admin,
	"GET /connections/{id}/edit": handlers.Admin, "POST /connections/{id}/edit": handlers.Admin,
	"GET /connections/{id}/delete": handlers.Admin, "POST /connections/{id}/delete": handlers.Admin,
	"GET /console": handlers.Viewer,
	"GET /help":    handlers.Viewer, "GET /help/{topic}": handlers.Viewer,

	"POST /demo/faults": handlers.Operator, "POST /connections": handlers.Operator,
	"POST /drafts": handlers.Operator, "GET /drafts/{id}": handlers.Operator,
	"GET /drafts/{id}/plan": handlers.Operator, "POST /drafts/{id}/plan": handlers.Operator, "GET /drafts/{id}/plan.json": handlers.Operator,
	"POST /drafts/{id}/start": handlers.Operator, "GET /drafts/{id}/delete": handlers.Operator, "POST /drafts/{id}/delete": handlers.Operator,
	"GET /drafts/{id}/{page}": handlers.Operator, "POST /drafts/{id}/{page}": handlers.Operator,
	"POST /drafts/{id}/leave":  handlers.Operator,
	"POST /drafts/{id}/cost":   handlers.Operator,
	"POST /drafts/{id}/rebase": handlers.Operator,
	"GET /setups/{id}/compare": handlers.Viewer,
	"POST /setups/{id}/copy":   handlers.Operator,
	"POST /setups/{id}/change": handlers.Operator,
	"GET /setups/{id}/clear":   handlers.Viewer,
	"POST /setups/{id}/clear":  handlers.Operator,

	"GET /setups/{id}/secret":         handlers.Viewer,
	"POST /setups/{id}/secret/show":   handlers.Operator,
	"POST /setups/{id}/secret/change": handlers.Operator,
	"GET /setups/{id}/checks":         handlers.Viewer, "POST /setups/{id}/checks": handlers.Operator,
	"GET /setups/{id}/teardown": handlers.Viewer, "POST /setups/{id}/teardown": handlers.Operator, "POST /setups/{id}/forget": handlers.Operator,
	"POST /setups/check": handlers.Operator, "POST /setups/{id}/check": handlers.Operator, "POST /setups/{id}/findings/back": handlers.Operator,
	"POST /setups/{id}/findings/{finding}/keep": handlers.Operator, "POST /setups/{id}/findings/{finding}/back": handlers.Operator, "POST /setups/{id}/findings/{finding}/mute": handlers.Operator, "POST /setups/{id}/findings/{finding}/unmute": handlers.Operator,
	"POST /setups/{id}/traffic/move": handlers.Operator, "POST /setups/{id}/traffic/moved": handlers.Operator, "POST /setups/{id}/traffic/restore": handlers.Operator,
	"GET /jobs/{n}/cancel": handlers.Operator, "POST /jobs/{n}/cancel": handlers.Operator,
	"GET /jobs/{n}/steps/{step}/rerun-from": handlers.Operator, "POST /jobs/{n}/steps/{step}/rerun": handlers.Operator, "POST /jobs/{n}/steps/{step}/rerun-from": handlers.Operator, "POST /jobs/{n}/steps/{step}/go-on": handlers.Operator,
	"POST /jobs/{n}/records/check": handlers.Operator, "POST /jobs/{n}/records/restore": handlers.Operator,

	"GET /settings/audit": handlers.Admin, "GET /settings/audit.csv": handlers.Admin, "GET /settings/audit.jsonl": handlers.Admin,
	"GET /link/{token}": handlers.Nobody, "POST /link/{token}": handlers.Nobody,
	"GET /account": handlers.Viewer, "POST /account/password": handlers.Viewer,
	"POST /account/sessions/end": handlers.Viewer, "POST /account/sessions/end-all": handlers.Viewer,

	"GET /settings/notices": handlers.Viewer, "POST /settings/notices": handlers.Operator, "POST /settings/notices/topics": handlers.Operator,
	"GET /settings/notices/{id}": handlers.Operator, "POST /settings/notices/{id}": handlers.Operator, "POST /settings/notices/{id}/key": handlers.Operator,
	"POST /settings/notices/{id}/test": handlers.Operator, "POST /settings/notices/{id}/remove": handlers.Operator,
	"POST /settings/deliveries/{id}/resend": handlers.Operator,

	"GET /doctor": handlers.Viewer, "POST /doctor": handlers.Viewer,
	"GET /doctor/{id}": handlers.Viewer, "GET /doctor/{id}/events": handlers.Viewer, "POST /doctor/{id}/stop": handlers.Viewer, "POST /doctor/{id}": handlers.Viewer,
	"POST /doctor/{id}/fix/{finding}": handlers.Operator,
	"GET /doctor/{id}/adopt":          handlers.Viewer, "POST /doctor/{id}/adopt": handlers.Operator,

	"GET /welcome/next":  handlers.Admin,
	"GET /settings/keys": handlers.Admin, "POST /settings/keys": handlers.Admin, "POST /settings/keys/unbind": handlers.Admin,
	"GET /settings/users": handlers.Admin, "POST /settings/users": handlers.Admin, "POST /settings/users/uninvite": handlers.Admin,
	"GET /settings/users/{id}": handlers.Admin, "POST /settings/users/{id}/role": handlers.Admin,
	"POST /settings/users/{id}/reset": handlers.Admin, "POST /settings/users/{id}/sign-out": handlers.Admin,
	"POST /settings/users/{id}/disable": handlers.Admin, "POST /settings/users/{id}/enable": handlers.Admin,
}

// eachRoute calls do for every route of the server.
func eachRoute(t *testing.T, do func(method, pattern string)) {
	t.Helper()
	routes := handlers.New(handlers.Config{}, handlerstest.Rooms()...).(chi.Routes)
	err := chi.Walk(routes, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		do(method, pattern)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The authorisation matrix: every route, as everybody, gives the wanted answer.
func TestMatrix(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	people := map[handlers.Role]string{handlers.Viewer: "vera@example.com", handlers.Operator: "otto@example.com", handlers.Admin: handlerstest.Email}
	everybody := []handlers.Role{handlers.Nobody, handlers.Viewer, handlers.Operator, handlers.Admin}
	browsers := map[handlers.Role]*http.Client{handlers.Nobody: handlerstest.NewBrowser(t)}
	for _, who := range everybody[1:] {
		email := people[who]
		err := s.Store.CreateUser(t.Context(), store.User{Name: "Name of the " + who.String(), Email: email, PasswordHash: handlerstest.PasswordHash(), Role: who.String()})
		if err != nil {
			t.Fatal(err)
		}
		browsers[who] = handlerstest.NewBrowser(t)
		s.Client = browsers[who]
		s.SignIn(email)
	}
	at, err := url.Parse(s.Server.URL)
	if err != nil {
		t.Fatal(err)
	}
	ended := s.Client.Jar.Cookies(at)[0].Value
	s.Post("/sign-out", nil)
	s.SignIn(people[handlers.Admin])
	author, err := s.Store.UserByEmail(t.Context(), handlerstest.Email)
	if err != nil {
		t.Fatal(err)
	}
	// path fills a pattern in. A draft is a new one, of the administrator's.
	path := func(pattern string) string {
		draft := "x"
		if strings.HasPrefix(pattern, "/drafts/") {
			d, err := s.Store.CreateDraft(t.Context(), author.Name, setup.Spec{})
			if err != nil {
				t.Fatal(err)
			}
			draft = d.ID
		}
		return strings.NewReplacer("{id}", draft, "{n}", "1", "{step}", "x", "{finding}", "x", "{page}", "domain", "{topic}", "dns", "{file}", "x").Replace(pattern)
	}
	ask := func(who handlers.Role, method, path string, header map[string]string) handlerstest.Reply {
		s.Client = browsers[who]
		a := s.Do(method, path, url.Values{}, header)
		if (path == "/sign-out" || path == "/account/sessions/end-all" && header == nil) && who > handlers.Nobody { // back in
			s.SignIn(people[who])
		}
		return a
	}
	toDoor := func(a handlerstest.Reply) bool {
		return a.Status == http.StatusSeeOther && strings.HasPrefix(a.To, "/sign-in")
	}
	seen := map[string]bool{}
	eachRoute(t, func(method, pattern string) {
		name := method + " " + pattern
		needs, known := wanted[name]
		if !known {
			t.Errorf("%s is not in the matrix: say which role it needs", name)
			return
		}
		seen[name] = true
		for _, who := range everybody {
			a := ask(who, method, path(pattern), nil)
			switch {
			case a.Status >= 500:
				t.Errorf("%s as %s: status %d: %s", name, who, a.Status, a.Body)
			case who >= needs:
				if a.Status == http.StatusForbidden || needs > handlers.Nobody && toDoor(a) && pattern != "/account/sessions/end-all" {
					t.Errorf("%s as %s: refused, status %d to %q", name, who, a.Status, a.To)
				}
			case who == handlers.Nobody:
				if !toDoor(a) {
					t.Errorf("%s without a session: status %d to %q, want the sign-in page", name, a.Status, a.To)
				}
			default:
				if a.Status != http.StatusForbidden || !a.IsPage {
					t.Errorf("%s as %s: status %d to %q, want a page with 403", name, who, a.Status, a.To)
					continue
				}
				handlerstest.Contains(t, a.Doc, "main", "Your role does not allow this", who.String(), "the role "+needs.String(), "Nothing was changed", "Name of the admin")
			}
		}
		if needs > handlers.Nobody { // a session that was ended, or is of another server
			s.Client = browsers[handlers.Nobody]
			for _, cookie := range []string{ended, "MTIzNDU2Nzg5MHxmb3JnZWQ"} {
				a := s.Do(method, path(pattern), url.Values{}, map[string]string{"Cookie": "apifront=" + cookie})
				if !toDoor(a) {
					t.Errorf("%s with an old session: status %d to %q", name, a.Status, a.To)
				}
			}
		}
		if a := ask(handlers.Admin, method, path(pattern), map[string]string{"Host": "evil.example"}); (a.Status == http.StatusMisdirectedRequest) == handlers.ForAnybody(pattern) {
			t.Errorf("%s under another name: status %d", name, a.Status)
		}
		if method == http.MethodPost {
			for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
				if a := ask(handlers.Admin, method, path(pattern), map[string]string{header: value}); a.Status != http.StatusForbidden {
					t.Errorf("%s from another site (%s): status %d, want 403", name, header, a.Status)
				}
			}
		}
	})
	for name := range wanted {
		if !seen[name] {
			t.Errorf("%s is in the matrix and not among the routes", name)
		}
	}
}
