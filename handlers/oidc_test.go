package handlers_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/store"
)

// A falseProvider is an OIDC provider that says what a test wants, true or
// not. Codes are good once, and only with their PKCE verifier.
type falseProvider struct {
	*httptest.Server
	mu     sync.Mutex
	key    *rsa.PrivateKey
	claims map[string]any    // that differ from those of an honest token
	codes  map[string]string // code → challenge and nonce
	down   bool
}

const oidcClient = "apifront-client"

func newFalseProvider(t *testing.T) *falseProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &falseProvider{key: key, claims: map[string]any{}, codes: map[string]string{}}
	known := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k", Algorithm: "RS256"}}}
	mux := http.NewServeMux()
	mux.Handle("/", known)
	mux.HandleFunc("/token", p.token)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	known.SetIssuer(p.URL)
	return p
}

func (p *falseProvider) token(w http.ResponseWriter, r *http.Request) {
	challenge, nonce, _ := strings.Cut(p.codes[r.PostFormValue("code")], " ")
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id, secret, _ := r.BasicAuth(); challenge != base64.RawURLEncoding.EncodeToString(sum[:]) || id != oidcClient || secret != "hush" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	claims := map[string]any{
		"iss": p.URL, "aud": oidcClient, "sub": "mira-1", "nonce": nonce, "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"email": handlerstest.Email, "email_verified": true, "name": "Mira Okafor", "groups": []string{"platform"},
	}
	maps.Copy(claims, p.claims)
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": oidctest.SignIDToken(p.key, "k", "RS256", string(text))})
}

// says changes what the next tokens say.
func (p *falseProvider) says(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claims = claims
}

func (p *falseProvider) stop(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// code is what the provider gives to the browser for what the server asked.
func (p *falseProvider) code(ask url.Values) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = ask.Get("code_challenge") + " " + ask.Get("nonce")
	return code
}

func oidcSite(t *testing.T, p *falseProvider) *handlerstest.Site {
	t.Helper()
	return handlerstest.NewSite(t, func(c *handlers.Config) {
		c.OIDC = &handlers.OIDC{
			Issuer: p.URL, ClientID: oidcClient, ClientSecret: "hush", Scopes: []string{"profile", "email"}, GroupsClaim: "groups",
			Roles: []handlers.GroupRole{{store.RoleOperator, "platform"}, {store.RoleAdmin, "platform-admins"}, {store.RoleViewer, "readers"}},
		}
	})
}

// begin presses the button and returns what the server asks the provider.
func begin(s *handlerstest.Site, next string) url.Values {
	s.T.Helper()
	a := s.Get(handlers.OIDCPath + "?next=" + url.QueryEscape(next))
	to, err := url.Parse(a.To)
	if err != nil || a.Status != http.StatusSeeOther {
		s.T.Fatalf("the way to the provider: status %d to %q, %v: %s", a.Status, a.To, err, a.Body)
	}
	return to.Query()
}

// through OIDC, with what the provider says at the moment.
func comeBack(s *handlerstest.Site, p *falseProvider, ask url.Values) handlerstest.Reply {
	s.T.Helper()
	return s.Get(handlers.OIDCCallback + "?" + url.Values{"state": {ask.Get("state")}, "code": {p.code(ask)}}.Encode())
}

func TestSignInThroughAProvider(t *testing.T) {
	t.Parallel()
	p := newFalseProvider(t)
	s := oidcSite(t, p)
	s.User("Jonas", "jonas@example.com") // else the welcome page
	doc := s.Page("/sign-in?next=/jobs")
	if href := doc.Find("main a.btn").First().AttrOr("href", ""); href != handlers.OIDCPath+"?next=%2Fjobs" {
		t.Errorf("the button leads to %q", href)
	}
	ask := begin(s, "/jobs?q=x")
	if ask.Get("redirect_uri") != s.Server.URL+handlers.OIDCCallback || ask.Get("code_challenge_method") != "S256" || ask.Get("client_id") != oidcClient || ask.Get("scope") != "openid profile email" {
		t.Errorf("the provider is asked %v", ask)
	}
	if a := comeBack(s, p, ask); a.Status != http.StatusSeeOther || a.To != "/jobs?q=x" {
		t.Fatalf("back: status %d to %q: %s", a.Status, a.To, a.Body)
	}
	u, err := s.Store.UserByEmail(t.Context(), handlerstest.Email)
	if err != nil || u.Role != store.RoleOperator || u.Name != "Mira Okafor" || u.PasswordHash != "" {
		t.Fatalf("the user is %+v, %v", u, err)
	}
	if a := s.Get("/jobs"); a.Status != http.StatusOK {
		t.Errorf("signed in: status %d", a.Status)
	}
	// The subject decides from now on, and the role follows the groups.
	old := s.Client
	for _, c := range []struct {
		claims map[string]any
		role   string
	}{
		{map[string]any{"groups": []string{"platform-admins", "platform"}, "email": "mira.new@example.com"}, store.RoleAdmin},
		{map[string]any{"groups": []string{"readers"}, "email_verified": false}, store.RoleViewer},
		{map[string]any{"groups": "platform"}, store.RoleOperator},
	} {
		p.says(c.claims)
		s.Client = handlerstest.NewBrowser(t)
		if a := comeBack(s, p, begin(s, "/")); a.Status != http.StatusSeeOther {
			t.Fatalf("%v: status %d: %s", c.claims, a.Status, a.Body)
		}
		again, err := s.Store.User(t.Context(), u.ID)
		if err != nil || again.Role != c.role {
			t.Errorf("%v: the role is %s, want %s (%v)", c.claims, again.Role, c.role, err)
		}
	}
	s.Client = old
	if a := s.Get("/jobs"); !strings.HasPrefix(a.To, "/sign-in") {
		t.Errorf("a session with the old role goes on: status %d", a.Status)
	}
	// No group: refused, and what is open elsewhere ends.
	s.Client = handlerstest.NewBrowser(t)
	comeBack(s, p, begin(s, "/"))
	open := s.Client
	if a := s.Get("/jobs"); a.Status != http.StatusOK {
		t.Fatalf("signed in: status %d", a.Status)
	}
	p.says(map[string]any{"groups": []string{"kitchen"}})
	s.Client = handlerstest.NewBrowser(t)
	a := comeBack(s, p, begin(s, "/"))
	if a.Status != http.StatusForbidden {
		t.Fatalf("without a group: status %d", a.Status)
	}
	handlerstest.Contains(t, a.Doc, "main", "None of your groups may use apifront", "kitchen", "APIFRONT_OIDC_ROLES")
	if a := s.Get("/jobs"); !strings.HasPrefix(a.To, "/sign-in") {
		t.Error("without a group somebody is signed in")
	}
	s.Client = open
	if a := s.Get("/jobs"); !strings.HasPrefix(a.To, "/sign-in") {
		t.Errorf("without a group an open session goes on: status %d", a.Status)
	}
	// Groups that have a role let the same person in again.
	p.says(nil)
	if a := comeBack(s, p, begin(s, "/")); a.Status != http.StatusSeeOther || a.To != "/" {
		t.Errorf("with a group again: status %d to %q", a.Status, a.To)
	}
	s.Client = handlerstest.NewBrowser(t)
	if err := s.Store.Disable(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	p.says(nil)
	if a := comeBack(s, p, begin(s, "/")); a.Status != http.StatusForbidden || !strings.Contains(a.Body, "disabled") {
		t.Errorf("disabled: status %d", a.Status)
	}
	var said []string
	for _, l := range s.Trail(1) {
		if l.Action != store.ActSignIn || l.Result != store.ResultDone {
			said = append(said, l.Action+" "+l.Result)
		}
	}
	if got, want := strings.Join(said, ", "), "user-create done, user-bind done, user-role done, user-role done, user-role done, user-disable done, sign-in refused, user-role done, user-disable done, sign-in refused"; got != want {
		t.Errorf("the trail has %s, want %s", got, want)
	}
}

// What a provider, or somebody between, sends that is not for this sign-in
// signs nobody in.
func TestFalseTokensSignNobodyIn(t *testing.T) {
	t.Parallel()
	p := newFalseProvider(t)
	s := oidcSite(t, p)
	s.User("Mira Okafor", handlerstest.Email)
	other := newFalseProvider(t)
	for name, claims := range map[string]map[string]any{
		"another issuer":     {"iss": "https://evil.example"},
		"another audience":   {"aud": "somebody-else"},
		"azp of another":     {"azp": "somebody-else"},
		"azp of nothing":     {"azp": ""},
		"azp of nonsense":    {"azp": []string{oidcClient}},
		"two audiences":      {"aud": []string{oidcClient, "somebody-else"}},
		"azp of the second":  {"aud": []string{oidcClient, "somebody-else"}, "azp": "somebody-else"},
		"expired":            {"exp": time.Now().Add(-time.Minute).Unix()},
		"another nonce":      {"nonce": "x"},
		"no nonce":           {"nonce": nil},
		"unverified email":   {"email_verified": false},
		"verified is a word": {"email_verified": "yes"},
		"no email":           {"email": "", "email_verified": true},
		"no groups":          {"groups": nil},
		"groups of nonsense": {"groups": map[string]any{"platform": true}},
	} {
		p.says(claims)
		s.Client = handlerstest.NewBrowser(t)
		a := comeBack(s, p, begin(s, "/"))
		if a.Status != http.StatusForbidden || !a.IsPage {
			t.Errorf("%s: status %d to %q", name, a.Status, a.To)
		}
		if a := s.Get("/jobs"); !strings.HasPrefix(a.To, "/sign-in") {
			t.Errorf("%s: signed in", name)
		}
	}
	p.says(nil)
	// Signed by another key.
	s.Client = handlerstest.NewBrowser(t)
	ask, key := begin(s, "/"), p.key
	p.mu.Lock()
	p.key = other.key
	p.mu.Unlock()
	if a := comeBack(s, p, ask); a.Status != http.StatusForbidden {
		t.Errorf("another key: status %d", a.Status)
	}
	p.mu.Lock()
	p.key = key
	p.mu.Unlock()
	// Another state, none, and a way back that was not begun.
	for _, state := range []string{"", "x"} {
		ask := begin(s, "/")
		ask.Set("state", state)
		if a := comeBack(s, p, ask); a.Status != http.StatusBadRequest {
			t.Errorf("state %q: status %d", state, a.Status)
		}
	}
	ask = begin(s, "/")
	s.Client = handlerstest.NewBrowser(t)
	if a := comeBack(s, p, ask); a.Status != http.StatusBadRequest {
		t.Errorf("another browser: status %d", a.Status)
	}
	// Too late.
	ask = begin(s, "/")
	s.Clock.Forward(handlers.OIDCPatience + time.Second)
	if a := comeBack(s, p, ask); a.Status != http.StatusBadRequest {
		t.Errorf("too late: status %d", a.Status)
	}
	s.Clock.Forward(-handlers.OIDCPatience - time.Second)
	// The provider says no.
	ask = begin(s, "/")
	a := s.Get(handlers.OIDCCallback + "?" + url.Values{"state": {ask.Get("state")}, "error": {"access_denied"}, "error_description": {"<b>no</b>"}}.Encode())
	handlerstest.Contains(t, a.Doc, "main", "The provider did not sign you in", "access_denied: <b>no</b>")
	// Somebody has a copy of the cookie, and another code of the provider for
	// the same way back.
	s.Client = handlerstest.NewBrowser(t)
	ask = begin(s, "/")
	home, err := url.Parse(s.Server.URL)
	if err != nil {
		t.Fatal(err)
	}
	thief := handlerstest.NewBrowser(t)
	thief.Jar.SetCookies(home, s.Client.Jar.Cookies(home))
	if a := comeBack(s, p, ask); a.Status != http.StatusSeeOther || a.To != "/" {
		t.Errorf("the first: status %d", a.Status)
	}
	s.Client = thief
	if a := comeBack(s, p, ask); a.Status != http.StatusForbidden || !strings.Contains(a.Body, "used before") {
		t.Errorf("a way back used twice with a copied cookie: status %d to %q", a.Status, a.To)
	}
	if a := s.Get("/jobs"); !strings.HasPrefix(a.To, "/sign-in") {
		t.Error("a copied cookie signed somebody in")
	}
	// Several audiences are fine where the token says that it is for this one.
	p.says(map[string]any{"aud": []string{"a-project", oidcClient}, "azp": oidcClient})
	s.Client = handlerstest.NewBrowser(t)
	if a := comeBack(s, p, begin(s, "/")); a.Status != http.StatusSeeOther || a.To != "/" {
		t.Errorf("several audiences: status %d to %q", a.Status, a.To)
	}
	p.says(nil)
	s.Client = handlerstest.NewBrowser(t)
	// A code is good once, and so is the way back.
	ask = begin(s, "//evil.example")
	code := p.code(ask)
	back := handlers.OIDCCallback + "?" + url.Values{"state": {ask.Get("state")}, "code": {code}}.Encode()
	if a := s.Get(back); a.Status != http.StatusSeeOther || a.To != "/" {
		t.Fatalf("the honest one: status %d to %q: %s", a.Status, a.To, a.Body)
	}
	s.Client = handlerstest.NewBrowser(t)
	ask = begin(s, "/")
	if a := s.Get(handlers.OIDCCallback + "?" + url.Values{"state": {ask.Get("state")}, "code": {code}}.Encode()); a.Status != http.StatusForbidden {
		t.Errorf("a code used again: status %d", a.Status)
	}
	if a := s.Get(back); a.Status != http.StatusBadRequest {
		t.Errorf("a way back used again: status %d", a.Status)
	}
	// Another person with the same email, later.
	p.says(map[string]any{"sub": "other"})
	if a := comeBack(s, p, begin(s, "/")); a.Status != http.StatusForbidden || !strings.Contains(a.Body, "belongs to somebody else") {
		t.Errorf("another subject with a bound email: status %d", a.Status)
	}
}

func TestAProviderThatIsDown(t *testing.T) {
	t.Parallel()
	p := newFalseProvider(t)
	p.stop(true)
	s := oidcSite(t, p)
	s.User("Mira Okafor", handlerstest.Email)
	for range 2 {
		a := s.Get(handlers.OIDCPath)
		if a.Status != http.StatusBadGateway {
			t.Fatalf("status %d", a.Status)
		}
		handlerstest.Contains(t, a.Doc, "main", "The sign-in provider does not answer", p.URL)
	}
	s.SignIn(handlerstest.Email) // passwords go on
	p.stop(false)
	s.Clock.Forward(handlers.OIDCRetry + time.Second)
	ask := begin(s, "/")
	p.stop(true)
	if a := comeBack(s, p, ask); a.Status != http.StatusBadGateway {
		t.Errorf("a provider that went down: status %d", a.Status)
	}
	p.stop(false)
	if a := comeBack(s, p, begin(s, "/")); a.Status != http.StatusSeeOther {
		t.Errorf("afterwards: status %d: %s", a.Status, a.Body)
	}
}

func TestOnlyTheProvider(t *testing.T) {
	t.Parallel()
	p := newFalseProvider(t)
	s := handlerstest.NewSite(t, func(c *handlers.Config) {
		c.OIDC = &handlers.OIDC{Issuer: p.URL, ClientID: oidcClient, ClientSecret: "hush", GroupsClaim: "groups", Roles: []handlers.GroupRole{{store.RoleAdmin, "*"}}, Only: true}
	})
	doc := s.Page("/sign-in")
	if doc.Find("form").Length() != 0 || doc.Find("a[href^='"+handlers.OIDCPath+"']").Length() != 1 {
		t.Error("the page asks for a password")
	}
	if a := s.Get("/jobs"); a.To != "/sign-in?next=%2Fjobs" {
		t.Errorf("the way in leads to %s", a.To)
	}
	s.User("Mira Okafor", handlerstest.Email)
	if a := s.Post("/sign-in", url.Values{"email": {handlerstest.Email}, "password": {handlerstest.Password}}); a.Status != http.StatusForbidden {
		t.Errorf("a password: status %d", a.Status)
	}
	if a := s.Get("/link/x"); a.Status != http.StatusForbidden {
		t.Errorf("a link for a password: status %d", a.Status)
	}
	if a := comeBack(s, p, begin(s, "/")); a.Status != http.StatusSeeOther || a.To != "/" {
		t.Errorf("the provider: status %d to %q", a.Status, a.To)
	}
}

// Whoever comes through the provider first may be a viewer. The door of the
// first administrator is open until there is one, whichever way.
func TestTheFirstOfTheProvider(t *testing.T) {
	t.Parallel()
	form := url.Values{"code": {"K7Q2-9XWM"}, "name": {"Ada"}, "email": {"ada@example.com"}, "password": {handlerstest.Password}}
	for role, group := range map[string]string{store.RoleViewer: "readers", store.RoleOperator: "platform", store.RoleAdmin: "platform-admins"} {
		p := newFalseProvider(t)
		s := oidcSite(t, p)
		p.says(map[string]any{"groups": []string{group}})
		if a := comeBack(s, p, begin(s, "/")); a.Status != http.StatusSeeOther || a.To != "/" {
			t.Fatalf("%s: status %d to %q", role, a.Status, a.To)
		}
		s.Client = handlerstest.NewBrowser(t)
		link := s.Page("/sign-in").Find("main a[href='/welcome']").Length()
		if role == store.RoleAdmin {
			if a := s.Get("/welcome"); a.To != "/sign-in" || link != 0 {
				t.Errorf("%s: the door leads to %q, and the sign-in page has %d links to it", role, a.To, link)
			}
			if a := s.Post("/welcome", form); a.To != "/sign-in" {
				t.Errorf("%s: the code makes another administrator: status %d to %q", role, a.Status, a.To)
			}
			continue
		}
		if a := s.Get("/welcome"); a.Status != http.StatusOK || link != 1 {
			t.Errorf("%s: the door has status %d, and the sign-in page %d links to it", role, a.Status, link)
		}
		taken := url.Values{"code": form["code"], "name": form["name"], "email": {handlerstest.Email}, "password": form["password"]}
		if a := s.Post("/welcome", taken); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Doc.Find("#errors").Text(), "is a user already") {
			t.Errorf("%s: the email of the first: status %d", role, a.Status)
		}
		if a := s.Post("/welcome", form); a.To != "/welcome/next" {
			t.Errorf("%s: the first administrator: status %d to %q", role, a.Status, a.To)
		}
		s.Client = handlerstest.NewBrowser(t)
		if a := s.Post("/welcome", form); a.To != "/sign-in" {
			t.Errorf("%s: a second administrator: status %d to %q", role, a.Status, a.To)
		}
	}
}

// The door stays closed when the only administrator falls at the provider: the
// old code is in old logs. The command on the machine is the way back.
func TestTheDoorStaysClosed(t *testing.T) {
	t.Parallel()
	p := newFalseProvider(t)
	s := oidcSite(t, p)
	p.says(map[string]any{"groups": []string{"platform-admins"}})
	comeBack(s, p, begin(s, "/"))
	for _, groups := range [][]string{{"readers"}, nil} {
		p.says(map[string]any{"groups": groups})
		s.Client = handlerstest.NewBrowser(t)
		comeBack(s, p, begin(s, "/"))
		s.Client = handlerstest.NewBrowser(t)
		if a := s.Get("/welcome"); a.To != "/sign-in" {
			t.Errorf("groups %v: the door has status %d", groups, a.Status)
		}
	}
}
