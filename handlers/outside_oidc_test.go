//go:build outside

package handlers_test

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/store"
)

// freeAddress is an address of the loopback that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// realProvider builds and runs zitadel's provider and returns its issuer.
func realProvider(t *testing.T, redirect string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "provider")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("testdata", "provider")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the provider: %v: %s", err, out)
	}
	address := freeAddress(t)
	run := exec.CommandContext(t.Context(), binary, address, redirect)
	run.Stderr = os.Stderr
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Kill() // it may have ended
		_ = run.Wait()
	})
	issuer := "http://" + address + "/"
	for range 100 {
		if resp, err := http.Get(issuer + ".well-known/openid-configuration"); err == nil {
			_ = resp.Body.Close()
			return issuer
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the provider does not answer")
	return ""
}

// Somebody signs in at zitadel's OIDC provider with a browser that follows
// redirects, and comes back signed in here.
func TestOutsideProvider(t *testing.T) {
	t.Parallel()
	oidcSettings := &handlers.OIDC{
		ClientID: "web", ClientSecret: "secret", Scopes: []string{"profile", "email"}, GroupsClaim: "groups",
		Roles: []handlers.GroupRole{{store.RoleOperator, "*"}},
	}
	s := handlerstest.NewSite(t, func(c *handlers.Config) { c.OIDC = oidcSettings })
	oidcSettings.Issuer = realProvider(t, s.Server.URL+handlers.OIDCCallback)
	s.User("Jonas", "jonas@example.com")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		steps = append(steps, r.URL.Host+r.URL.Path)
		return nil
	}}
	read := func(resp *http.Response, err error) (*url.URL, *goquery.Document) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d, %v: %s", resp.Request.URL, resp.StatusCode, err, body)
		}
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		return resp.Request.URL, doc
	}
	signIn := func(password string) (*url.URL, *goquery.Document) {
		t.Helper()
		at, doc := read(browser.Get(s.Server.URL + handlers.OIDCPath + "?next=%2Fjobs%3Fq%3Dx"))
		form := handlerstest.Fields(doc, "form")
		form.Set("username", "test-user@127.0.0.1")
		form.Set("password", password)
		action, err := at.Parse(doc.Find("form").AttrOr("action", ""))
		if err != nil {
			t.Fatal(err)
		}
		return read(browser.PostForm(action.String(), form))
	}
	if at, _ := signIn("wrong"); strings.HasPrefix(at.String(), s.Server.URL) {
		t.Errorf("a wrong password leads to %s", at)
	}
	at, doc := signIn("verysecure")
	if at.String() != s.Server.URL+"/jobs?q=x" {
		t.Fatalf("the way ends at %s by %v", at, steps)
	}
	handlerstest.Contains(t, doc, "header", "Test User")
	u, err := s.Store.UserByEmail(t.Context(), "test-user@zitadel.ch")
	if err != nil || u.Role != store.RoleOperator {
		t.Errorf("the user is %+v, %v", u, err)
	}
	// Later with another role, to the same account.
	oidcSettings.Roles = []handlers.GroupRole{{store.RoleViewer, "*"}}
	jar, err = cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser.Jar = jar
	signIn("verysecure")
	if again, err := s.Store.User(t.Context(), u.ID); err != nil || again.Role != store.RoleViewer {
		t.Errorf("later the user is %+v, %v", again, err)
	}
}
