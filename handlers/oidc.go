package handlers

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// OIDC is how people sign in through a provider.
type OIDC struct {
	Issuer       string // as the provider's tokens say it
	ClientID     string
	ClientSecret string   // "": a public client, with PKCE alone
	Scopes       []string // openid is among them always
	GroupsClaim  string   // the claim with the groups, such as "groups"
	Roles        []GroupRole
	Only         bool // nobody signs in with a password
}

// A GroupRole gives a role to the members of a group, or to everybody whom the
// provider signs in ("*").
type GroupRole struct{ Role, Group string }

// role is the highest role that groups give, "" for none.
func (o *OIDC) role(groups []string) string {
	best, name := Role(0), ""
	for _, g := range o.Roles {
		if r := RoleOf(store.User{Role: g.Role}); r > best && (g.Group == "*" || contained(groups, g.Group)) {
			best, name = r, g.Role
		}
	}
	return name
}

func contained(list []string, one string) bool {
	for _, v := range list {
		if v == one {
			return true
		}
	}
	return false
}

const (
	oidcPath     = "/sign-in/oidc"
	oidcCallback = "/sign-in/oidc/callback"
	oidcPatience = 10 * time.Minute // to sign in at the provider
	oidcTimeout  = 10 * time.Second // of one request to the provider
	oidcRetry    = 5 * time.Second  // before a provider that did not answer is asked again
)

// A provider is looked up when somebody first signs in, so that the server also
// starts without it. While it does not answer, each sign-in looks it up again.
type provider struct {
	mu     sync.Mutex
	found  *oidc.Provider
	err    error
	failed time.Time
}

// get is the provider, with the client for its requests in the context.
func (p *provider) get(ctx context.Context, issuer string, now time.Time) (context.Context, *oidc.Provider, error) {
	ctx = oidc.ClientContext(ctx, &http.Client{Timeout: oidcTimeout})
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return ctx, p.found, nil
	}
	if p.err != nil && now.Sub(p.failed).Abs() < oidcRetry {
		return ctx, nil, p.err
	}
	p.found, p.err = oidc.NewProvider(ctx, issuer)
	p.failed = now
	return ctx, p.found, p.err
}

// oauth is the client. Its way back is the address that people open.
func (s *Server) oauth(r *http.Request, p *oidc.Provider) *oauth2.Config {
	back := "http://" + r.Host
	switch u := s.Front.PublicURL; {
	case u != nil:
		back = u.Scheme + "://" + u.Host
	case s.Front.TLS:
		back = "https://" + r.Host
	}
	return &oauth2.Config{
		ClientID: s.OIDC.ClientID, ClientSecret: s.OIDC.ClientSecret, Endpoint: p.Endpoint(),
		RedirectURL: back + oidcCallback, Scopes: append([]string{oidc.ScopeOpenID}, s.OIDC.Scopes...),
	}
}

// oidcStart sends the browser to the provider. It is a link, not a form: the
// content security policy keeps forms from leading to another site, even by a
// redirect. A sealed cookie holds what the way back is checked against.
func (s *Server) oidcStart(w http.ResponseWriter, r *http.Request) error {
	if s.OIDC == nil {
		return s.noSuchPage(w, r)
	}
	_, p, err := s.provider.get(r.Context(), s.OIDC.Issuer, s.Now())
	if err != nil {
		return s.oidcDown(r, err)
	}
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return err
	}
	c, err := cookies.New(r, s.oidcCookie())
	if c == nil {
		return fmt.Errorf("make cookie: %w", err)
	}
	state, nonce, verifier := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	clear(c.Values)
	c.Values["state"], c.Values["nonce"], c.Values["verifier"] = state, nonce, verifier
	c.Values["next"], c.Values["until"] = LocalPath(r.URL.Query().Get("next")), s.Now().Add(oidcPatience).UnixMilli()
	c.Options = s.cookieOptions(int(oidcPatience / time.Second))
	if err := c.Save(r, w); err != nil {
		return fmt.Errorf("write cookie: %w", err)
	}
	return SeeOther(w, r, s.oauth(r, p).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
}

func (s *Server) oidcCookie() string { return s.cookieName() + "-oidc" }

// A trip is what oidcStart sealed.
type trip struct {
	state, nonce, verifier, next string
	until                        time.Time
}

// takeTrip reads the cookie and clears it: each is good for one way back.
func (s *Server) takeTrip(w http.ResponseWriter, r *http.Request) (t trip, ok bool, err error) {
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return t, false, err
	}
	o := s.cookieOptions(-1)
	http.SetCookie(w, &http.Cookie{Name: s.oidcCookie(), Path: o.Path, MaxAge: o.MaxAge, HttpOnly: o.HttpOnly, Secure: o.Secure, SameSite: o.SameSite}) //nolint:gosec // G124: Secure where the way is HTTPS, as cookieOptions says
	c, err := cookies.New(r, s.oidcCookie())
	if err != nil || c.IsNew {
		return t, false, nil //nolint:nilerr // a forged or old cookie is the same as no cookie
	}
	text := func(name string) string { v, _ := c.Values[name].(string); return v }
	until, _ := c.Values["until"].(int64)
	t = trip{text("state"), text("nonce"), text("verifier"), LocalPath(text("next")), time.UnixMilli(until)}
	return t, t.state != "" && t.nonce != "" && s.Now().Before(t.until), nil
}

// oidcBack signs in whom the provider sends back.
func (s *Server) oidcBack(w http.ResponseWriter, r *http.Request) error {
	if s.OIDC == nil {
		return s.noSuchPage(w, r)
	}
	q := r.URL.Query()
	t, ok, err := s.takeTrip(w, r)
	if err != nil {
		return err
	}
	if !ok || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(t.state)) != 1 {
		return s.oidcRefused(r, "", http.StatusBadRequest, web.ErrorView{
			Title: "This sign-in was not begun here",
			Text:  "The way back from the provider does not belong to a sign-in of this browser, or it took more than ten minutes.",
			Fix:   "Begin again.",
		})
	}
	if said := q.Get("error"); said != "" {
		return s.oidcRefused(r, "", http.StatusForbidden, web.ErrorView{
			Title: "The provider did not sign you in",
			Text:  "It refused, or you ended it there.",
			Fix:   "Try again, or ask who runs the provider.", Speaker: "The provider", Said: strings.TrimSpace(said + ": " + q.Get("error_description")),
		})
	}
	id, groups, err := s.whoCame(r, t, q.Get("code"))
	if err == nil {
		// The browser was told to forget its cookie. A copy of the cookie is of
		// no use either, because each state is good for one sign-in.
		if err = s.Store.UseTrip(r.Context(), hashToken(t.state), t.until); err != nil && !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("use the way back: %w", err)
		}
	}
	if errors.Is(err, errProviderDown) {
		return s.oidcDown(r, err)
	}
	if err != nil {
		return s.oidcRefused(r, "", http.StatusForbidden, web.ErrorView{
			Title: "The provider's answer cannot be trusted",
			Text:  "What it sent does not fit this sign-in: it is for somebody else, too old, used already, or not signed by it.",
			Fix:   "Begin again. If that does not help, compare the issuer, the client and the clock of this server with the provider's.", Speaker: "The check", Said: err.Error(),
		})
	}
	id.Role = s.OIDC.role(groups)
	u, err := s.Store.SignInIdentity(acting(r.Context(), store.User{Name: id.Name, Email: id.Email}), id)
	switch {
	case errors.Is(err, store.ErrNoRole):
		return s.oidcRefused(r, id.Email, http.StatusForbidden, web.ErrorView{
			Title: "None of your groups may use apifront",
			Text:  "The provider signed you in, but none of the groups it named has a role here. Where you were signed in before, that has ended.",
			Fix:   "Ask for one of the groups that this server is set up with (APIFRONT_OIDC_ROLES), then sign in again.", Speaker: "The provider", Said: groupsSaid(s.OIDC.GroupsClaim, groups),
		})
	case errors.Is(err, store.ErrUnverified):
		return s.oidcRefused(r, id.Email, http.StatusForbidden, web.ErrorView{
			Title: "Your email is not verified",
			Text:  "The provider does not say that the email is yours, and it decides which account you get.", Fix: "Have the email verified at the provider, then sign in again.",
		})
	case errors.Is(err, store.ErrDisabled):
		return s.oidcRefused(r, id.Email, http.StatusForbidden, web.ErrorView{
			Title: "This account is disabled",
			Text:  "An administrator has disabled it.", Fix: "Ask an administrator to enable it.",
		})
	case errors.Is(err, store.ErrConflict):
		return s.oidcRefused(r, id.Email, http.StatusForbidden, web.ErrorView{
			Title: "This email belongs to somebody else here",
			Text:  "The account with your email is bound to another person at the provider.", Fix: "Ask an administrator.",
		})
	case err != nil:
		return fmt.Errorf("sign in by OIDC: %w", err)
	}
	if err := s.openSession(w, r, u.ID, false); err != nil {
		return err
	}
	return SeeOther(w, r, t.next)
}

// errProviderDown says that the provider could not be asked.
var errProviderDown = errors.New("the provider does not answer")

// whoCame changes the code for an ID token and checks all of it: signature,
// issuer, audience, time and nonce.
func (s *Server) whoCame(r *http.Request, t trip, code string) (id store.Identity, groups []string, err error) {
	ctx, p, err := s.provider.get(r.Context(), s.OIDC.Issuer, s.Now())
	if err != nil {
		return id, nil, fmt.Errorf("%w: %w", errProviderDown, err)
	}
	token, err := s.oauth(r, p).Exchange(ctx, code, oauth2.VerifierOption(t.verifier))
	if err != nil {
		if said, answered := errors.AsType[*oauth2.RetrieveError](err); !answered || said.Response.StatusCode >= 500 {
			return id, nil, fmt.Errorf("%w: %w", errProviderDown, err)
		}
		return id, nil, fmt.Errorf("exchange the code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := p.Verifier(&oidc.Config{ClientID: s.OIDC.ClientID, Now: s.Now}).Verify(ctx, raw)
	if err != nil {
		return id, nil, fmt.Errorf("verify the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(t.nonce)) != 1 {
		return id, nil, errors.New("verify the ID token: it is of another sign-in (nonce)")
	}
	said := map[string]any{}
	if err := idToken.Claims(&said); err != nil {
		return id, nil, fmt.Errorf("read the ID token: %w", err)
	}
	if err := s.OIDC.checkParty(idToken.Audience, said); err != nil {
		return id, nil, fmt.Errorf("verify the ID token: %w", err)
	}
	if _, have := said[s.OIDC.GroupsClaim]; !have || said["email"] == nil {
		// Many providers tell these only when asked.
		if err := s.askMore(ctx, p, token, idToken.Subject, said); err != nil {
			return id, nil, err
		}
	}
	text := func(name string) string { v, _ := said[name].(string); return v }
	verified, _ := said["email_verified"].(bool)
	id = store.Identity{
		Issuer: idToken.Issuer, Subject: idToken.Subject, Email: text("email"), Name: text("name"),
		EmailVerified: verified || text("email_verified") == "true", // some write it as a text
	}
	return id, groupsOf(said[s.OIDC.GroupsClaim]), nil
}

// checkParty refuses a token that was issued to another client, or that others
// may use as well without its saying that it was issued to this one. The
// library has compared the audience.
//
// OpenID Connect Core 1.0 with errata set 2, section 3.1.3.7: further audiences
// that the client does not trust MUST lead to rejection; azp SHOULD be
// validated, and section 2 says that it MUST be the client the token was issued
// to. https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
func (o *OIDC) checkParty(audience []string, said map[string]any) error {
	azp, have := said["azp"]
	switch {
	case have && azp != o.ClientID:
		return errors.New("it was issued to another client (azp)")
	case !have && len(audience) > 1:
		return errors.New("it is for others too (aud), and does not say that it was issued to this client (azp)")
	}
	return nil
}

// askMore adds the claims of the userinfo endpoint that the ID token does not
// have. A provider without that endpoint has no more claims.
func (s *Server) askMore(ctx context.Context, p *oidc.Provider, token *oauth2.Token, subject string, said map[string]any) error {
	if p.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return fmt.Errorf("ask for the groups: %w", err)
	}
	if info.Subject != subject {
		return errors.New("ask for the groups: the answer is about somebody else")
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("read the groups: %w", err)
	}
	if said["email"] == nil { // the two belong together
		said["email"], said["email_verified"] = more["email"], more["email_verified"]
	}
	for _, name := range []string{"name", s.OIDC.GroupsClaim} {
		if said[name] == nil {
			said[name] = more[name]
		}
	}
	return nil
}

// groupsOf reads a claim that is a list of texts, or one text.
func groupsOf(claim any) (groups []string) {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			if text, ok := one.(string); ok {
				groups = append(groups, text)
			}
		}
	}
	return groups
}

func groupsSaid(claim string, groups []string) string {
	if len(groups) == 0 {
		return "No groups in the claim " + claim
	}
	return "Groups: " + setup.Clip(strings.Join(groups, ", "), 500)
}

// oidcRefused is the page of a sign-in through the provider that did not come
// to its end, after a line in the audit trail.
func (s *Server) oidcRefused(r *http.Request, email string, status int, v web.ErrorView) error {
	s.Log.WarnContext(r.Context(), "sign-in by OIDC refused", "why", v.Title, "said", v.Said, "address", remoteAddress(r))
	ctx := store.WithActor(r.Context(), store.Actor{Email: email, Address: store.ActorOf(r.Context()).Address})
	s.audit(ctx, store.Act{Action: store.ActSignIn, On: "provider " + s.OIDC.Issuer, Result: store.ResultRefused, Detail: strings.TrimSuffix(v.Title+": "+v.Said, ": ")})
	v.Said, v.Href, v.Link = setup.Clip(v.Said, 500), "/sign-in", "Back to the sign-in page"
	return &PageError{status, v}
}

// oidcDown is the page of a provider that does not answer.
func (s *Server) oidcDown(r *http.Request, err error) error {
	s.Log.ErrorContext(r.Context(), "the OIDC provider does not answer", "issuer", s.OIDC.Issuer, "ref", RequestID(r.Context()), "error", err)
	return &PageError{http.StatusBadGateway, web.ErrorView{
		Title: "The sign-in provider does not answer", Text: "apifront could not reach " + s.OIDC.Issuer + ", or it is none.",
		Fix: "Try again in a minute. The server's log has the cause under the reference below.", Href: "/sign-in", Link: "Back to the sign-in page",
	}}
}

// providerName is the provider as people know it: its host.
func providerName(issuer string) string {
	if u, err := url.Parse(issuer); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return issuer
}

// noPasswords is the page for a password where only the provider signs in.
func (s *Server) noPasswords(r *http.Request, email string) error {
	s.notSignedIn(r, email, store.ResultRefused, "passwords are switched off")
	return &PageError{http.StatusForbidden, web.ErrorView{
		Title: "Nobody signs in with a password here", Text: "People sign in through " + providerName(s.OIDC.Issuer) + ". Your password was not looked at.",
		Fix: "Sign in through the provider.", Href: "/sign-in", Link: "Back to the sign-in page",
	}}
}
