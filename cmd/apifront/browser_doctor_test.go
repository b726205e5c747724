//go:build browser

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"apifront/setup"
)

// TestBrowserDoctorLive: the page of a look changes with what is seen, keeps the focus
// and what is open where they are, and becomes the result at the same address, which it
// says once.
func TestBrowserDoctorLive(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	d := st.asked("hooks.northquay.example", "")
	s := newScreen(t, st.url, 1280, 900)
	s.visit(state{on: st, path: "/doctor/" + d.ID})
	s.until(10*time.Second, "the page is live", func() bool { return s.text("#live") == "Live" })
	s.eval(`(() => { window.stayed = true; document.querySelector("form[action$='/stop'] button").focus(); })()`)
	if _, found, err := st.store.NextDiagnosis(t.Context(), "w"); err != nil || !found {
		t.Fatal("no diagnosis waits", err)
	}
	b := setup.DiagnosisBody{}
	for i, l := range stagedWrong().Looks[:4] {
		b = b.Seen(l)
		if err := st.store.SaveDiagnosis(t.Context(), "w", d.ID, b); err != nil {
			t.Fatal(err)
		}
		words := string(rune('1'+i)) + " of 11 looks done"
		s.until(10*time.Second, words, func() bool { return s.text("#lad-h") == words })
	}
	if got := s.title(); !strings.HasPrefix(got, "Looking, 4 of 11") {
		t.Errorf("the title is %q", got)
	}
	if got := s.eval(`document.activeElement.textContent`); got != "Stop looking" {
		t.Errorf("the focus is on %q", got)
	}
	if got := s.text("#live"); got != "Live" {
		t.Errorf("the page says %q of itself", got)
	}
	if got := s.text("#say"); got != "" {
		t.Errorf("it speaks while it looks: %q", got)
	}
	if err := st.store.FinishDiagnosis(t.Context(), "w", d.ID, stagedWrong()); err != nil {
		t.Fatal(err)
	}
	s.until(10*time.Second, "the result", func() bool { return strings.Contains(s.text("h1"), "2 wrong") })
	s.until(10*time.Second, "it is said", func() bool {
		return s.text("#say") == "Looked at hooks.northquay.example: 2 wrong."
	})
	if s.path() != "/doctor/"+d.ID || s.eval(`window.stayed`) != "true" {
		t.Errorf("the page was loaded anew, at %s", s.path())
	}
	if got := s.eval(`[...document.querySelectorAll("link[rel=icon]")].map((l) => l.href).join()`); strings.Count(got, "icon") != 1 || !strings.Contains(got, "/icon-bad.") {
		t.Errorf("the icon of the tab is %s", got)
	}
	if !strings.HasPrefix(s.title(), "2 wrong: hooks") {
		t.Errorf("the title is %q", s.title())
	}
	s.clean()
}

// TestBrowserDoctor: a name that has a setup, from the field of the first page to the
// verdict, with the worker, DNS, the edge and AWS's stand-in; and one that is not there.
func TestBrowserDoctor(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "instant")
	s := newScreen(t, d.app.url, 1280, 900)
	s.reviewed("api.harborview.example")
	s.started()
	s.until(90*time.Second, "the job is done", func() bool { return strings.Contains(s.text("main"), "is served by CloudFront") })
	look := func(name, verdict string) {
		t.Helper()
		s.open("/")
		s.fill("#domain", name)
		s.run("look", chromedp.Click(chromedp.CSS("form[action='/doctor'] button")))
		s.until(10*time.Second, "the page of the look", func() bool { return strings.HasPrefix(s.path(), "/doctor/") })
		s.until(60*time.Second, verdict, func() bool { return strings.Contains(s.text("h1"), verdict) })
		t.Logf("%s: %s", s.text("h1"), s.text(".lede"))
	}
	look("https://api.harborview.example/", "Nothing wrong")
	if got := s.text(".facts"); !strings.Contains(got, "With Demo account") {
		t.Errorf("asked by the first page's field: %q", got)
	}
	if got := s.text("aside"); !strings.Contains(got, "A setup of this server") {
		t.Errorf("the page does not say which setup it is: %q", got)
	}
	s.shot("doctor-demo-healthy")
	look("nobody.harborview.example", "Name not found")
	s.shot("doctor-demo-name-not-found")
	s.clean()
}
