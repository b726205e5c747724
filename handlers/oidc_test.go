package handlers

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
		"email": testEmail, "email_verified": true, "name": "Mira Okafor", "groups": []string{"platform"},
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

func oidcSite(t *testing.T, p *falseProvider) *wizardSite {
	t.Helper()
	return newWizardSite(t, func(c *Config) {
		c.OIDC = &OIDC{
			Issuer: p.URL, ClientID: oidcClient, ClientSecret: "hush", Scopes: []string{"profile", "email"}, GroupsClaim: "groups",
			Roles: []GroupRole{{store.RoleOperator, "platform"}, {store.RoleAdmin, "platform-admins"}, {store.RoleViewer, "readers"}},
		}
	})
}

// begin presses the button and returns what the server asks the provider.
func (s *wizardSite) begin(next string) url.Values {
	s.t.Helper()
	a := s.get(oidcPath + "?next=" + url.QueryEscape(next))
	to, err := url.Parse(a.to)
	if err != nil || a.status != http.StatusSeeOther {
		s.t.Fatalf("the way to the provider: status %d to %q, %v: %s", a.status, a.to, err, a.body)
	}
	return to.Query()
}

// through OIDC, with what the provider says at the moment.
func (s *wizardSite) comeBack(p *falseProvider, ask url.Values) reply {
	s.t.Helper()
	return s.get(oidcCallback + "?" + url.Values{"state": {ask.Get("state")}, "code": {p.code(ask)}}.Encode())
}

func TestSignInThroughAProvider(t *testing.T) {
	t.Parallel()
	p := newFalseProvider(t)
	s := oidcSite(t, p)
	s.user("Jonas", "jonas@example.com") // else the welcome page
	doc := s.page("/sign-in?next=/jobs")
	if href := doc.Find("main a.btn").First().AttrOr("href", ""); href != oidcPath+"?next=%2Fjobs" {
		t.Errorf("the button leads to %q", href)
	}
	ask := s.begin("/jobs?q=x")
	if ask.Get("redirect_uri") != s.server.URL+oidcCallback || ask.Get("code_challenge_method") != "S256" || ask.Get("client_id") != oidcClient || ask.Get("scope") != "openid profile email" {
		t.Errorf("the provider is asked %v", ask)
	}
	if a := s.comeBack(p, ask); a.status != http.StatusSeeOther || a.to != "/jobs?q=x" {
		t.Fatalf("back: status %d to %q: %s", a.status, a.to, a.body)
	}
	u, err := s.store.UserByEmail(t.Context(), testEmail)
	if err != nil || u.Role != store.RoleOperator || u.Name != "Mira Okafor" || u.PasswordHash != "" {
		t.Fatalf("the user is %+v, %v", u, err)
	}
	if a := s.get("/jobs"); a.status != http.StatusOK {
		t.Errorf("signed in: status %d", a.status)
	}
	// The subject decides from now on, and the role follows the groups.
	old := s.client
	for _, c := range []struct {
		claims map[string]any
		role   string
	}{
		{map[string]any{"groups": []string{"platform-admins", "platform"}, "email": "mira.new@example.com"}, store.RoleAdmin},
		{map[string]any{"groups": []string{"readers"}, "email_verified": false}, store.RoleViewer},
		{map[string]any{"groups": "platform"}, store.RoleOperator},
	} {
		p.says(c.claims)
		s.client = newBrowser(t)
		if a := s.comeBack(p, s.begin("/")); a.status != http.StatusSeeOther {
			t.Fatalf("%v: status %d: %s", c.claims, a.status, a.body)
		}
		again, err := s.store.User(t.Context(), u.ID)
		if err != nil || again.Role != c.role {
			t.Errorf("%v: the role is %s, want %s (%v)", c.claims, again.Role, c.role, err)
		}
	}
	s.client = old
	if a := s.get("/jobs"); !strings.HasPrefix(a.to, "/sign-in") {
		t.Errorf("a session with the old role goes on: status %d", a.status)
	}
	// No group: refused, and what is open elsewhere ends.
	s.client = newBrowser(t)
	s.comeBack(p, s.begin("/"))
	open := s.client
	if a := s.get("/jobs"); a.status != http.StatusOK {
		t.Fatalf("signed in: status %d", a.status)
	}
	p.says(map[string]any{"groups": []string{"kitchen"}})
	s.client = newBrowser(t)
	a := s.comeBack(p, s.begin("/"))
	if a.status != http.StatusForbidden {
		t.Fatalf("without a group: status %d", a.status)
	}
	contains(t, a.doc, "main", "None of your groups may use apifront", "kitchen", "APIFRONT_OIDC_ROLES")
	if a := s.get("/jobs"); !strings.HasPrefix(a.to, "/sign-in") {
		t.Error("without a group somebody is signed in")
	}
	s.client = open
	if a := s.get("/jobs"); !strings.HasPrefix(a.to, "/sign-in") {
		t.Errorf("without a group an open session goes on: status %d", a.status)
	}
	// Groups that have a role let the same person in again.
	p.says(nil)
	if a := s.comeBack(p, s.begin("/")); a.status != http.StatusSeeOther || a.to != "/" {
		t.Errorf("with a group again: status %d to %q", a.status, a.to)
	}
	s.client = newBrowser(t)
	if err := s.store.Disable(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	p.says(nil)
	if a := s.comeBack(p, s.begin("/")); a.status != http.StatusForbidden || !strings.Contains(a.body, "disabled") {
		t.Errorf("disabled: status %d", a.status)
	}
	var said []string
	for _, l := range s.trail(1) {
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
	s.user("Mira Okafor", testEmail)
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
		s.client = newBrowser(t)
		a := s.comeBack(p, s.begin("/"))
		if a.status != http.StatusForbidden || !a.page {
			t.Errorf("%s: status %d to %q", name, a.status, a.to)
		}
		if a := s.get("/jobs"); !strings.HasPrefix(a.to, "/sign-in") {
			t.Errorf("%s: signed in", name)
		}
	}
	p.says(nil)
	// Signed by another key.
	s.client = newBrowser(t)
	ask, key := s.begin("/"), p.key
	p.mu.Lock()
	p.key = other.key
	p.mu.Unlock()
	if a := s.comeBack(p, ask); a.status != http.StatusForbidden {
		t.Errorf("another key: status %d", a.status)
	}
	p.mu.Lock()
	p.key = key
	p.mu.Unlock()
	// Another state, none, and a way back that was not begun.
	for _, state := range []string{"", "x"} {
		ask := s.begin("/")
		ask.Set("state", state)
		if a := s.comeBack(p, ask); a.status != http.StatusBadRequest {
			t.Errorf("state %q: status %d", state, a.status)
		}
	}
	ask = s.begin("/")
	s.client = newBrowser(t)
	if a := s.comeBack(p, ask); a.status != http.StatusBadRequest {
		t.Errorf("another browser: status %d", a.status)
	}
	// Too late.
	ask = s.begin("/")
	s.clock.forward(oidcPatience + time.Second)
	if a := s.comeBack(p, ask); a.status != http.StatusBadRequest {
		t.Errorf("too late: status %d", a.status)
	}
	s.clock.forward(-oidcPatience - time.Second)
	// The provider says no.
	ask = s.begin("/")
	a := s.get(oidcCallback + "?" + url.Values{"state": {ask.Get("state")}, "error": {"access_denied"}, "error_description": {"<b>no</b>"}}.Encode())
	contains(t, a.doc, "main", "The provider did not sign you in", "access_denied: <b>no</b>")
	// Somebody has a copy of the cookie, and another code of the provider for
	// the same way back.
	s.client = newBrowser(t)
	ask = s.begin("/")
	home, err := url.Parse(s.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	thief := newBrowser(t)
	thief.Jar.SetCookies(home, s.client.Jar.Cookies(home))
	if a := s.comeBack(p, ask); a.status != http.StatusSeeOther || a.to != "/" {
		t.Errorf("the first: status %d", a.status)
	}
	s.client = thief
	if a := s.comeBack(p, ask); a.status != http.StatusForbidden || !strings.Contains(a.body, "used before") {
		t.Errorf("a way back used twice with a copied cookie: status %d to %q", a.status, a.to)
	}
	if a := s.get("/jobs"); !strings.HasPrefix(a.to, "/sign-in") {
		t.Error("a copied cookie signed somebody in")
	}
	// Several audiences are fine where the token says that it is for this one.
	p.says(map[string]any{"aud": []string{"a-project", oidcClient}, "azp": oidcClient})
	s.client = newBrowser(t)
	if a := s.comeBack(p, s.begin("/")); a.status != http.StatusSeeOther || a.to != "/" {
		t.Errorf("several audiences: status %d to %q", a.status, a.to)
	}
	p.says(nil)
	s.client = newBrowser(t)
	// A code is good once, and so is the way back.
	ask = s.begin("//evil.example")
	code := p.code(ask)
	back := oidcCallback + "?" + url.Values{"state": {ask.Get("state")}, "code": {code}}.Encode()
	if a := s.get(back); a.status != http.StatusSeeOther || a.to != "/" {
		t.Fatalf("the honest one: status %d to %q: %s", a.status, a.to, a.body)
	}
	s.client = newBrowser(t)
	ask = s.begin("/")
	if a := s.get(oidcCallback + "?" + url.Values{"state": {ask.Get("state")}, "code": {code}}.Encode()); a.status != http.StatusForbidden {
		t.Errorf("a code used again: status %d", a.status)
	}
	if a := s.get(back); a.status != http.StatusBadRequest {
		t.Errorf("a way back used again: status %d", a.status)
	}
	// Another person with the same email, later.
	p.says(map[string]any{"sub": "other"})
	if a := s.comeBack(p, s.begin("/")); a.status != http.StatusForbidden || !strings.Contains(a.body, "belongs to somebody else") {
		t.Errorf("another subject with a bound email: status %d", a.status)
	}
}

func TestAProviderThatIsDown(t *testing.T) {
	t.Parallel()
	p := newFalseProvider(t)
	p.stop(true)
	s := oidcSite(t, p)
	s.user("Mira Okafor", testEmail)
	for range 2 {
		a := s.get(oidcPath)
		if a.status != http.StatusBadGateway {
			t.Fatalf("status %d", a.status)
		}
		contains(t, a.doc, "main", "The sign-in provider does not answer", p.URL)
	}
	s.signIn(testEmail) // passwords go on
	p.stop(false)
	s.clock.forward(oidcRetry + time.Second)
	ask := s.begin("/")
	p.stop(true)
	if a := s.comeBack(p, ask); a.status != http.StatusBadGateway {
		t.Errorf("a provider that went down: status %d", a.status)
	}
	p.stop(false)
	if a := s.comeBack(p, s.begin("/")); a.status != http.StatusSeeOther {
		t.Errorf("afterwards: status %d: %s", a.status, a.body)
	}
}

func TestOnlyTheProvider(t *testing.T) {
	t.Parallel()
	p := newFalseProvider(t)
	s := newWizardSite(t, func(c *Config) {
		c.OIDC = &OIDC{Issuer: p.URL, ClientID: oidcClient, ClientSecret: "hush", GroupsClaim: "groups", Roles: []GroupRole{{store.RoleAdmin, "*"}}, Only: true}
	})
	doc := s.page("/sign-in")
	if doc.Find("form").Length() != 0 || doc.Find("a[href^='"+oidcPath+"']").Length() != 1 {
		t.Error("the page asks for a password")
	}
	if a := s.get("/jobs"); a.to != "/sign-in?next=%2Fjobs" {
		t.Errorf("the way in leads to %s", a.to)
	}
	s.user("Mira Okafor", testEmail)
	if a := s.post("/sign-in", url.Values{"email": {testEmail}, "password": {testPassword}}); a.status != http.StatusForbidden {
		t.Errorf("a password: status %d", a.status)
	}
	if a := s.get("/link/x"); a.status != http.StatusForbidden {
		t.Errorf("a link for a password: status %d", a.status)
	}
	if a := s.comeBack(p, s.begin("/")); a.status != http.StatusSeeOther || a.to != "/" {
		t.Errorf("the provider: status %d to %q", a.status, a.to)
	}
}

// Whoever comes through the provider first may be a viewer. The door of the
// first administrator is open until there is one, whichever way.
func TestTheFirstOfTheProvider(t *testing.T) {
	t.Parallel()
	form := url.Values{"code": {"K7Q2-9XWM"}, "name": {"Ada"}, "email": {"ada@example.com"}, "password": {testPassword}}
	for role, group := range map[string]string{store.RoleViewer: "readers", store.RoleOperator: "platform", store.RoleAdmin: "platform-admins"} {
		p := newFalseProvider(t)
		s := oidcSite(t, p)
		p.says(map[string]any{"groups": []string{group}})
		if a := s.comeBack(p, s.begin("/")); a.status != http.StatusSeeOther || a.to != "/" {
			t.Fatalf("%s: status %d to %q", role, a.status, a.to)
		}
		s.client = newBrowser(t)
		link := s.page("/sign-in").Find("main a[href='/welcome']").Length()
		if role == store.RoleAdmin {
			if a := s.get("/welcome"); a.to != "/sign-in" || link != 0 {
				t.Errorf("%s: the door leads to %q, and the sign-in page has %d links to it", role, a.to, link)
			}
			if a := s.post("/welcome", form); a.to != "/sign-in" {
				t.Errorf("%s: the code makes another administrator: status %d to %q", role, a.status, a.to)
			}
			continue
		}
		if a := s.get("/welcome"); a.status != http.StatusOK || link != 1 {
			t.Errorf("%s: the door has status %d, and the sign-in page %d links to it", role, a.status, link)
		}
		taken := url.Values{"code": form["code"], "name": form["name"], "email": {testEmail}, "password": form["password"]}
		if a := s.post("/welcome", taken); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.doc.Find("#errors").Text(), "is a user already") {
			t.Errorf("%s: the email of the first: status %d", role, a.status)
		}
		if a := s.post("/welcome", form); a.to != "/welcome/next" {
			t.Errorf("%s: the first administrator: status %d to %q", role, a.status, a.to)
		}
		s.client = newBrowser(t)
		if a := s.post("/welcome", form); a.to != "/sign-in" {
			t.Errorf("%s: a second administrator: status %d to %q", role, a.status, a.to)
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
	s.comeBack(p, s.begin("/"))
	for _, groups := range [][]string{{"readers"}, nil} {
		p.says(map[string]any{"groups": groups})
		s.client = newBrowser(t)
		s.comeBack(p, s.begin("/"))
		s.client = newBrowser(t)
		if a := s.get("/welcome"); a.to != "/sign-in" {
			t.Errorf("groups %v: the door has status %d", groups, a.status)
		}
	}
}
