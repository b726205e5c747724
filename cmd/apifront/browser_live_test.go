//go:build browser

package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// demoJob starts a job of the demo over plain HTTP and returns its path.
func demoJob(v *visitor, a answers) string {
	v.t.Helper()
	v.walk(a)
	v.press("Start job", nil)
	if !strings.HasPrefix(v.at.Path, "/jobs/") {
		v.t.Fatalf("after Start job: status %d at %s\n%s", v.status, v.at, v.text())
	}
	return v.at.Path
}

// tab opens another tab of the same browser.
func (s *screen) tab() *screen {
	s.t.Helper()
	ctx, cancel := chromedp.NewContext(s.ctx)
	s.t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		s.t.Fatal(err)
	}
	return &screen{t: s.t, ctx: ctx, base: s.base}
}

// visible tells the page that its tab came to the front or left it: a browser
// without a window shows all its tabs at once.
func (s *screen) visible(yes bool) {
	s.t.Helper()
	s.eval(fmt.Sprintf(`(() => {
		Object.defineProperty(document, "hidden", {configurable: true, get: () => %t});
		Object.defineProperty(document, "visibilityState", {configurable: true, get: () => %q});
		document.dispatchEvent(new Event("visibilitychange"));
	})()`, !yes, map[bool]string{true: "visible", false: "hidden"}[yes]))
}

// TestBrowserEightTabs opens one job in eight tabs: over HTTP/1.1 a browser
// keeps six connections to a host, and a stream holds one.
func TestBrowserEightTabs(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "demo")
	v := newVisitor(t, d.app.url)
	v.signIn()
	job := demoJob(v, answers{"domain": {"domain": "api.lakeside.example", "dns": "elsewhere"}})
	first := newScreen(t, d.app.url, 1280, 900)
	first.signIn()
	tabs := []*screen{first}
	for len(tabs) < 8 {
		tabs = append(tabs, first.tab())
	}
	for i, s := range tabs {
		s.open(job)
		s.until(10*time.Second, fmt.Sprintf("tab %d shows the job", i+1), func() bool { return strings.Contains(s.text("h1"), "api.lakeside.example") })
		if i < len(tabs)-1 {
			s.visible(false) // as a tab is once another one is in front
		}
	}
	last := tabs[len(tabs)-1]
	last.until(20*time.Second, "the last tab is live", func() bool { return last.text("#live") == "Live" })
	last.open("/jobs")
	last.until(10*time.Second, "the last tab shows another page", func() bool { return last.text("h1") == "Job history" })
	first.visible(true)
	first.until(20*time.Second, "the first tab has caught up", func() bool {
		return first.text("#live") == "Live" && strings.HasPrefix(first.title(), "Needs you")
	})
	first.clean()
}

// TestBrowserReadsInPeace keeps a step open, a button focused and the page
// scrolled while the job goes on: nothing of it moves.
func TestBrowserReadsInPeace(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "demo")
	v := newVisitor(t, d.app.url)
	v.signIn()
	s := newScreen(t, d.app.url, 1280, 500)
	s.signIn()
	s.open(demoJob(v, answers{"domain": {"domain": "api.harborview.example"}}))
	s.until(10*time.Second, "live", func() bool { return s.text("#live") == "Live" })
	s.choose("#step-identity summary")
	s.eval(`document.querySelector("#step-certificate-edge summary").focus({preventScroll: true})`)
	s.eval(`window.scrollTo(0, 240)`)
	at := s.eval(`window.scrollY`)
	before := s.text("#job-summary")
	s.until(40*time.Second, "the job went on", func() bool {
		return s.text("#job-summary") != before && strings.Contains(s.text("#step-issued-regional-status"), "Done") || strings.HasPrefix(s.title(), "Succeeded")
	})
	if s.eval(`document.querySelector("#step-identity details").open`) != "true" {
		t.Error("an update closed an open step")
	}
	if got := s.eval(`document.activeElement.id`); got != "step-certificate-edge-status" {
		t.Errorf("the focus moved to %q", got)
	}
	if got := s.eval(`window.scrollY`); got != at {
		t.Errorf("scrolled from %s to %s", at, got)
	}
	s.clean()
}

// TestBrowserSurvivesARestart stops the server in the middle of a job and
// starts it again: the page is live again by itself, with every call once.
func TestBrowserSurvivesARestart(t *testing.T) {
	t.Parallel()
	aws := startProcess(t, nil, "simulate", "--pace", "demo")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen, database := l.Addr().String(), filepath.Join(t.TempDir(), "apifront.db")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	serve := func() *process {
		return startProcess(t, simulated(aws), "serve", "--listen", listen, "--database", database)
	}
	server := serve()
	s := newScreen(t, server.first["url"].(string), 1280, 900)
	s.open("/")
	s.until(10*time.Second, "welcome page", func() bool { return s.path() == "/welcome" })
	s.shot("welcome")
	v := newVisitor(t, s.base)
	v.open("/welcome")
	v.press("Create administrator", map[string]string{"code": server.welcomeCode(), "name": demoName, "email": demoEmail, "password": demoPassword})
	s.open("/sign-in")
	s.fill("#email", demoEmail)
	s.fill("#password", demoPassword)
	s.press("Sign in")
	s.until(10*time.Second, "home page", func() bool { return s.path() == "/" })
	job := demoJob(v, answers{"account": {"region": "eu-west-1"}, "domain": {"domain": "api.harborview.example"}})
	s.open(job)
	s.until(10*time.Second, "live", func() bool { return s.text("#live") == "Live" })
	s.choose("#step-identity summary")
	s.eval(`window.mark = "same page"`)
	s.until(20*time.Second, "two steps done", func() bool { return strings.Contains(s.text("#step-certificate-edge-status"), "Done") })

	if err := server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	s.until(15*time.Second, "the page sees that the server is gone", func() bool { return s.text("#live") == "Reconnecting" })
	back := time.Now()
	serve()
	s.until(20*time.Second, "live again", func() bool { return s.text("#live") == "Live" || s.text("#live") == s.text(".head .st") })
	t.Logf("live again %.2f seconds after the server was started; the goal is 2", time.Since(back).Seconds())
	s.until(75*time.Second, "succeeded", func() bool { return strings.HasPrefix(s.title(), "Succeeded") })
	if s.eval(`window.mark`) != "same page" {
		t.Error("the page was loaded again")
	}
	if s.eval(`document.querySelector("#step-identity details").open`) != "true" {
		t.Error("the restart closed an open step")
	}
	live := s.callRows()
	s.open(job)
	if stored := s.callRows(); live != stored {
		t.Errorf("the page that lived through the restart shows other calls than a fresh one:\n%s\nfresh:\n%s", live, stored)
	}
}

// callRows is every row of calls on a job page, as text.
func (s *screen) callRows() string {
	s.t.Helper()
	return s.eval(`[...document.querySelectorAll(".calls tbody tr")].map(r => r.closest("li").id + " " + r.textContent.replace(/\s+/g, " ").trim()).join("\n")`)
}
