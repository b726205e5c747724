//go:build browser

package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// watchKeys notes every key that is pressed and every field whose value a
// person changes, from one page to the next.
const watchKeys = `(() => {
	const note = (what, more) => {
		try { sessionStorage[what] = (sessionStorage[what] || "") + more; } catch { } // about:blank has none
	};
	addEventListener("keydown", e => { if (e.isTrusted) note("keys", e.key.length === 1 ? e.key : "<" + e.key + ">"); }, true);
	addEventListener("change", e => { if (e.isTrusted) note("fields", " " + e.target.name); }, true);
})()`

// TestBrowserNewcomer goes from the demo's sign-in page to Start job by
// pressing the solid button of each page. Nothing is typed but the domain name, and
// nothing chosen but the API, which nobody else knows.
func TestBrowserNewcomer(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "demo")
	s := newScreen(t, d.app.url, 1280, 900)
	s.run("watch the keys", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchKeys})
		return err
	}))
	began := time.Now()
	s.open("/sign-in")
	presses := 0
	press := func(text string) {
		s.press(text)
		presses++
	}
	press("Sign in")
	s.until(10*time.Second, "home page", func() bool { return s.path() == "/" })
	press("New setup")
	const domain = "api.harborview.example"
	for _, id := range wizardPages[:5] {
		s.page(id)
		if id == "api" {
			s.run("choose the API", chromedp.Focus(chromedp.CSS("#api-0")), chromedp.KeyEvent("o"))
			s.until(5*time.Second, "an API is chosen", func() bool { return s.eval(`document.querySelector("#api-0").value`) != "" })
		}
		if id == "domain" {
			s.run("type the domain", chromedp.Click(chromedp.CSS("#domain")), chromedp.SendKeys(chromedp.CSS("#domain"), domain))
		}
		press("Next")
	}
	s.page("review")
	press("Start job")
	s.until(10*time.Second, "job page", func() bool { return strings.HasPrefix(s.path(), "/jobs/") })
	if got := s.eval(`sessionStorage.keys`); got != "o"+domain {
		t.Errorf("the keys pressed were %q, want the first letter of the API and the domain name", got)
	}
	if got := s.eval(`(sessionStorage.fields || "").trim()`); got != "api-0 domain" {
		t.Errorf("the fields changed were %q, want the API and the domain alone", got)
	}
	t.Logf("%d keys in 1 field, 1 choice, %d buttons, %.1f seconds from the sign-in page to the job page", len(domain), presses, time.Since(began).Seconds())
	s.clean()
}

// TestBrowserFirstPage counts what a browser asks for that was never here.
func TestBrowserFirstPage(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "instant")
	for _, path := range []string{"/sign-in", "/"} { // the second leads to the first
		s := newScreen(t, d.app.url, 390, 844)
		s.run("watch the network", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
			return err
		}))
		s.forget()
		s.open(path)
		s.settle()
		time.Sleep(500 * time.Millisecond) // for what a script might ask for late
		asked := s.asked()
		limit := 4
		if path == "/" {
			limit++ // the redirect
		}
		if len(asked) < 3 || len(asked) > limit {
			t.Errorf("%s: %d requests, want at most %d: %q", path, len(asked), limit, asked)
		}
		for _, a := range asked {
			if !strings.HasPrefix(a, d.app.url+"/") {
				t.Errorf("%s: a request to another place: %s", path, a)
			}
		}
		t.Logf("%s: %d requests", path, len(asked))
	}
}
