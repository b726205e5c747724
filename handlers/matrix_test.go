package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"apifront/setup"
	"apifront/store"
)

// wanted says for each route which role it needs, a second time: whoever adds
// a route or changes what one needs says so here as well.
var wanted = map[string]role{
	"GET /healthz": nobody, "GET /readyz": nobody, "GET /static/{file}": nobody,
	"GET /sign-in": nobody, "POST /sign-in": nobody, "POST /sign-out": nobody,
	"GET /sign-in/oidc": nobody, "GET /sign-in/oidc/callback": nobody,
	"GET /welcome": nobody, "POST /welcome": nobody,

	"GET /": viewer, "POST /theme": viewer, "GET /time-zone": viewer, "POST /time-zone": viewer,
	"GET /setups/{id}/policy": viewer, "GET /setups/{id}/policy/{file}": viewer,
	"GET /drafts/{id}/policy": operator, "GET /drafts/{id}/policy/{file}": operator,
	"GET /setups/{id}": viewer, "GET /jobs": viewer, "GET /jobs/{n}": viewer,
	"GET /jobs/{n}/events": viewer, "GET /jobs/{n}/log.json": viewer,
	"GET /connections": viewer, "GET /connections/{id}": viewer,
	"GET /connections/new": admin, "POST /connections/new": admin,
	"GET /connections/{id}/edit": admin, "POST /connections/{id}/edit": admin,
	"GET /connections/{id}/delete": admin, "POST /connections/{id}/delete": admin,
	"GET /help": viewer, "GET /help/{topic}": viewer,

	"POST /demo/faults": operator, "POST /connections": operator,
	"POST /drafts": operator, "GET /drafts/{id}": operator,
	"GET /drafts/{id}/plan": operator, "POST /drafts/{id}/plan": operator, "GET /drafts/{id}/plan.json": operator,
	"POST /drafts/{id}/start": operator, "GET /drafts/{id}/delete": operator, "POST /drafts/{id}/delete": operator,
	"GET /drafts/{id}/{page}": operator, "POST /drafts/{id}/{page}": operator,
	"POST /setups/{id}/invalidate": operator,
	"GET /jobs/{n}/cancel":         operator, "POST /jobs/{n}/cancel": operator,
	"POST /jobs/{n}/steps/{step}/rerun": operator, "POST /jobs/{n}/steps/{step}/rerun-from": operator,
	"POST /jobs/{n}/records/check": operator, "POST /jobs/{n}/records/restore": operator,

	"GET /settings/audit": admin, "GET /settings/audit.csv": admin, "GET /settings/audit.jsonl": admin,
	"GET /link/{token}": nobody, "POST /link/{token}": nobody,
	"GET /account": viewer, "POST /account/password": viewer,
	"POST /account/sessions/end": viewer, "POST /account/sessions/end-all": viewer,

	"GET /welcome/next":   admin,
	"GET /settings/users": admin, "POST /settings/users": admin, "POST /settings/users/uninvite": admin,
	"GET /settings/users/{id}": admin, "POST /settings/users/{id}/role": admin,
	"POST /settings/users/{id}/reset": admin, "POST /settings/users/{id}/sign-out": admin,
	"POST /settings/users/{id}/disable": admin, "POST /settings/users/{id}/enable": admin,
}

// eachRoute calls do for every route of the server.
func eachRoute(t *testing.T, do func(method, pattern string)) {
	t.Helper()
	routes := (&Server{Config: Config{Log: discardLog()}}).routes().(chi.Routes)
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
	s := newWizardSite(t, nil)
	people := map[role]string{viewer: "vera@example.com", operator: "otto@example.com", admin: testEmail}
	everybody := []role{nobody, viewer, operator, admin}
	browsers := map[role]*http.Client{nobody: newBrowser(t)}
	for _, who := range everybody[1:] {
		email := people[who]
		err := s.store.CreateUser(t.Context(), store.User{Name: "Name of the " + who.String(), Email: email, PasswordHash: HashPassword(testPassword), Role: who.String()})
		if err != nil {
			t.Fatal(err)
		}
		browsers[who] = newBrowser(t)
		s.client = browsers[who]
		s.signIn(email)
	}
	at, err := url.Parse(s.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	ended := s.client.Jar.Cookies(at)[0].Value
	s.post("/sign-out", nil)
	s.signIn(people[admin])
	author, err := s.store.UserByEmail(t.Context(), testEmail)
	if err != nil {
		t.Fatal(err)
	}
	// path fills a pattern in. A draft is a new one, of the administrator's.
	path := func(pattern string) string {
		draft := "x"
		if strings.HasPrefix(pattern, "/drafts/") {
			d, err := s.store.CreateDraft(t.Context(), author.Name, setup.Spec{})
			if err != nil {
				t.Fatal(err)
			}
			draft = d.ID
		}
		return strings.NewReplacer("{id}", draft, "{n}", "1", "{step}", "x", "{page}", "domain", "{topic}", "dns", "{file}", "x").Replace(pattern)
	}
	ask := func(who role, method, path string, header map[string]string) reply {
		s.client = browsers[who]
		a := s.do(method, path, url.Values{}, header)
		if (path == "/sign-out" || path == "/account/sessions/end-all" && header == nil) && who > nobody { // back in
			s.signIn(people[who])
		}
		return a
	}
	toDoor := func(a reply) bool { return a.status == http.StatusSeeOther && strings.HasPrefix(a.to, "/sign-in") }
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
			case a.status >= 500:
				t.Errorf("%s as %s: status %d: %s", name, who, a.status, a.body)
			case who >= needs:
				if a.status == http.StatusForbidden || needs > nobody && toDoor(a) && pattern != "/account/sessions/end-all" {
					t.Errorf("%s as %s: refused, status %d to %q", name, who, a.status, a.to)
				}
			case who == nobody:
				if !toDoor(a) {
					t.Errorf("%s without a session: status %d to %q, want the sign-in page", name, a.status, a.to)
				}
			default:
				if a.status != http.StatusForbidden || !a.page {
					t.Errorf("%s as %s: status %d to %q, want a page with 403", name, who, a.status, a.to)
					continue
				}
				contains(t, a.doc, "main", "Your role does not allow this", who.String(), "the role "+needs.String(), "Nothing was changed", "Name of the admin")
			}
		}
		if needs > nobody { // a session that was ended, or is of another server
			s.client = browsers[nobody]
			for _, cookie := range []string{ended, "MTIzNDU2Nzg5MHxmb3JnZWQ"} {
				a := s.do(method, path(pattern), url.Values{}, map[string]string{"Cookie": "apifront=" + cookie})
				if !toDoor(a) {
					t.Errorf("%s with an old session: status %d to %q", name, a.status, a.to)
				}
			}
		}
		if a := ask(admin, method, path(pattern), map[string]string{"Host": "evil.example"}); (a.status == http.StatusMisdirectedRequest) == forAnybody(pattern) {
			t.Errorf("%s under another name: status %d", name, a.status)
		}
		if method == http.MethodPost {
			for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
				if a := ask(admin, method, path(pattern), map[string]string{header: value}); a.status != http.StatusForbidden {
					t.Errorf("%s from another site (%s): status %d, want 403", name, header, a.status)
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
