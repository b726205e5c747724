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
var wanted = map[string]Role{
	"GET /healthz": Nobody, "GET /readyz": Nobody, "GET /static/{file}": Nobody,
	"GET /sign-in": Nobody, "POST /sign-in": Nobody, "POST /sign-out": Nobody,
	"GET /sign-in/oidc": Nobody, "GET /sign-in/oidc/callback": Nobody,
	"GET /welcome": Nobody, "POST /welcome": Nobody,

	"GET /": Viewer, "POST /theme": Viewer, "GET /time-zone": Viewer, "POST /time-zone": Viewer,
	"GET /setups/{id}/policy": Viewer, "GET /setups/{id}/policy/{file}": Viewer,
	"GET /drafts/{id}/policy": Operator, "GET /drafts/{id}/policy/{file}": Operator,
	"GET /setups/{id}": Viewer, "GET /jobs": Viewer, "GET /jobs/{n}": Viewer,
	"GET /jobs/{n}/events": Viewer, "GET /jobs/{n}/log.json": Viewer,
	"GET /connections": Viewer, "GET /connections/{id}": Viewer,
	"GET /connections/new": Admin, "POST /connections/new": Admin,
	"GET /connections/{id}/edit": Admin, "POST /connections/{id}/edit": Admin,
	"GET /connections/{id}/delete": Admin, "POST /connections/{id}/delete": Admin,
	"GET /help": Viewer, "GET /help/{topic}": Viewer,

	"POST /demo/faults": Operator, "POST /connections": Operator,
	"POST /drafts": Operator, "GET /drafts/{id}": Operator,
	"GET /drafts/{id}/plan": Operator, "POST /drafts/{id}/plan": Operator, "GET /drafts/{id}/plan.json": Operator,
	"POST /drafts/{id}/start": Operator, "GET /drafts/{id}/delete": Operator, "POST /drafts/{id}/delete": Operator,
	"GET /drafts/{id}/{page}": Operator, "POST /drafts/{id}/{page}": Operator,
	"POST /setups/{id}/invalidate": Operator,
	"GET /jobs/{n}/cancel":         Operator, "POST /jobs/{n}/cancel": Operator,
	"POST /jobs/{n}/steps/{step}/rerun": Operator, "POST /jobs/{n}/steps/{step}/rerun-from": Operator,
	"POST /jobs/{n}/records/check": Operator, "POST /jobs/{n}/records/restore": Operator,

	"GET /settings/audit": Admin, "GET /settings/audit.csv": Admin, "GET /settings/audit.jsonl": Admin,
	"GET /link/{token}": Nobody, "POST /link/{token}": Nobody,
	"GET /account": Viewer, "POST /account/password": Viewer,
	"POST /account/sessions/end": Viewer, "POST /account/sessions/end-all": Viewer,

	"GET /welcome/next":   Admin,
	"GET /settings/users": Admin, "POST /settings/users": Admin, "POST /settings/users/uninvite": Admin,
	"GET /settings/users/{id}": Admin, "POST /settings/users/{id}/role": Admin,
	"POST /settings/users/{id}/reset": Admin, "POST /settings/users/{id}/sign-out": Admin,
	"POST /settings/users/{id}/disable": Admin, "POST /settings/users/{id}/enable": Admin,
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
	people := map[Role]string{Viewer: "vera@example.com", Operator: "otto@example.com", Admin: testEmail}
	everybody := []Role{Nobody, Viewer, Operator, Admin}
	browsers := map[Role]*http.Client{Nobody: newBrowser(t)}
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
	s.signIn(people[Admin])
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
	ask := func(who Role, method, path string, header map[string]string) reply {
		s.client = browsers[who]
		a := s.do(method, path, url.Values{}, header)
		if (path == "/sign-out" || path == "/account/sessions/end-all" && header == nil) && who > Nobody { // back in
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
				if a.status == http.StatusForbidden || needs > Nobody && toDoor(a) && pattern != "/account/sessions/end-all" {
					t.Errorf("%s as %s: refused, status %d to %q", name, who, a.status, a.to)
				}
			case who == Nobody:
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
		if needs > Nobody { // a session that was ended, or is of another server
			s.client = browsers[Nobody]
			for _, cookie := range []string{ended, "MTIzNDU2Nzg5MHxmb3JnZWQ"} {
				a := s.do(method, path(pattern), url.Values{}, map[string]string{"Cookie": "apifront=" + cookie})
				if !toDoor(a) {
					t.Errorf("%s with an old session: status %d to %q", name, a.status, a.to)
				}
			}
		}
		if a := ask(Admin, method, path(pattern), map[string]string{"Host": "evil.example"}); (a.status == http.StatusMisdirectedRequest) == forAnybody(pattern) {
			t.Errorf("%s under another name: status %d", name, a.status)
		}
		if method == http.MethodPost {
			for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
				if a := ask(Admin, method, path(pattern), map[string]string{header: value}); a.status != http.StatusForbidden {
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
