//go:build browser

package main

import (
	"context"
	"fmt"
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
	s.until(20*time.Second, "the plan", func() bool { return s.eval(`document.querySelectorAll("#plan-h").length`) == "1" })
	s.emulate("light", 390, false)
	phone := s.reviewSize("a phone, 390×900")
	s.emulate("light", 1280, false)
	desk := s.reviewSize("1280×900")
	if desk.above < desk.lines {
		t.Errorf("at 1280×900 %d of %d lines of the plan stand above the bar", desk.above, desk.lines)
	}
	if desk.start > desk.screen || phone.start > phone.screen || phone.plan > 2*phone.screen {
		t.Errorf("Start ends at %d px of %d, on a phone at %d of %d, where the plan ends at %d", desk.start, desk.screen, phone.start, phone.screen, phone.plan)
	}
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

// A reviewSize is how much of the review stands where, in CSS pixels from the top of the page.
type reviewSize struct {
	height, screen int // of the page, and of what is in view
	start, plan    int // where the button Start job and the plan end
	bar            int // where the bar begins
	lines, above   int // lines of the plan, and those that stand above the bar without scrolling
}

// reviewSize measures the review as it is opened.
func (s *screen) reviewSize(where string) (r reviewSize) {
	s.t.Helper()
	s.settle()
	got := s.eval(`(() => {
		scrollTo(0, 0);
		const end = e => Math.round(e.getBoundingClientRect().bottom), bar = document.querySelector(".startbar").getBoundingClientRect().top;
		const list = document.querySelector("section:has(#plan-h) ul"), lines = [...list.children];
		return [document.documentElement.scrollHeight, innerHeight, end(document.querySelector(".startbar .solid")), end(list), Math.round(bar), lines.length, lines.filter(e => end(e) <= bar).length].join(" ");
	})()`)
	if _, err := fmt.Sscan(got, &r.height, &r.screen, &r.start, &r.plan, &r.bar, &r.lines, &r.above); err != nil {
		s.fail("measure the review: %q: %v", got, err)
	}
	s.t.Logf("the review on %s: %d px high, Start ends at %d, the plan at %d, the bar begins at %d, %d of the %d lines of the plan are above it", where, r.height, r.start, r.plan, r.bar, r.above, r.lines)
	return r
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
