//go:build browser

package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"apifront/setup"
	"apifront/store"
)

// tellSeen wraps what a page tells by: the page keeps each title, and whether the
// tab was hidden then.
const tellSeen = `window.told = []; window.Notification = class extends window.Notification {
	constructor(title, how) { super(title, how); told.push((document.hidden ? "hidden: " : "visible: ") + title); }
}`

// permits says what the browser lets the server's pages do with notifications.
func (s *screen) permits(how browser.PermissionSetting) {
	s.t.Helper()
	s.run("permission", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: how, Origin: s.base,
		})
		return err
	}))
}

// TestBrowserTells has the browser tell what a job comes to. Each turn and each end
// is told once, under the title of the page, and only while the tab is hidden;
// nobody is asked before the button is pressed, and without it nothing is told.
func TestBrowserTells(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	start := func(name string) *stagedJob {
		j := st.start(st.draft(stageSpec(name, 1)), setup.JobApply, setup.JobInput{})
		j.done("identity")
		return j
	}
	turn := store.Outcome{State: setup.StepNeedsYou, Summary: "Waits for an answer", After: time.Hour, Problem: &setup.Problem{What: "An answer is missing.", Why: "Somebody is asked.", Fix: "Answer it."}}
	s := newScreen(t, st.url, 1280, 900)
	s.permits(browser.PermissionSettingPrompt)
	s.run("wrap", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: tellSeen})
		return err
	}))
	told := func() string { return s.eval(`told.join("; ")`) }
	// Two rounds of asking, and some more.
	rounds := func(what, want string) {
		t.Helper()
		time.Sleep(11500 * time.Millisecond)
		if got := told(); got != want {
			t.Errorf("%s: told %q, want %q", what, got, want)
		}
	}
	soon := func(want string) {
		t.Helper()
		s.until(12*time.Second, "told: "+want+"; is: "+told(), func() bool { return told() == want })
	}
	open := func(j *stagedJob) {
		s.visit(state{on: st, path: fmt.Sprintf("/jobs/%d", j.id)})
		s.until(10*time.Second, "live", func() bool { return s.text("#live") == "Live" })
	}

	a := start("a.harborview.example")
	if st.v.open(fmt.Sprintf("/jobs/%d", a.id)); st.v.page.Find("[data-tell][hidden] button").Length() != 1 {
		t.Error("without a script there is a button")
	}
	open(a)
	if got := s.eval(`Notification.permission`); got != "default" {
		t.Errorf("the permission is %q before anything was pressed", got)
	}
	s.permits(browser.PermissionSettingGranted)
	s.visible(false)
	a.pass("certificate-edge", turn)
	rounds("not pressed", "")
	s.visible(true)
	// The card of the turn has the button too, and both say the same.
	buttons := func(want string) {
		t.Helper()
		const all = `Array.from(document.querySelectorAll("[data-tell]")).map(e => (e.closest("#todo") ? "turn" : "aside") + " " + e.hidden + " " + e.querySelector("button").ariaPressed).join("; ")`
		s.until(10*time.Second, "the buttons are "+want, func() bool { return s.eval(all) == want })
	}
	buttons("turn false false; aside false false")
	s.press("Tell me in this browser")
	s.until(5*time.Second, "pressed", func() bool { return s.eval(`document.querySelector("[data-tell] button").ariaPressed`) == "true" })
	buttons("turn false true; aside false true")
	s.shot("pressed")
	a.pass("certificate-regional", turn)
	s.until(10*time.Second, "the stream shows both turns", func() bool { return strings.Contains(s.text("#job-summary"), "2 waiting for you") })
	rounds("visible", "")
	s.visible(false)
	rounds("hidden after both turns were seen", "")
	a.done("certificate-edge", "certificate-regional")
	s.visible(true)
	buttons("aside false true")
	s.visible(false)
	a.pass("validation", turn)
	mine := fmt.Sprintf("hidden: Needs you: Job %d · apifront", a.id)
	soon(mine)
	rounds("told once", mine)
	s.visible(true)
	s.until(10*time.Second, "the stream has caught up", func() bool { return strings.Contains(s.text("#job-summary"), "1 waiting for you") })
	s.visible(false)
	a.done("validation")
	a.done("issued-regional", "issued-edge", "domain", "mappings", "distribution", "deployed", "preview", "dns", "live", "remove")
	mine += fmt.Sprintf("; hidden: Succeeded: Job %d · apifront", a.id)
	soon(mine)
	rounds("over", mine)

	b := start("b.harborview.example")
	open(b)
	if got := s.eval(`document.querySelector("[data-tell] button").ariaPressed`); got != "true" {
		t.Error("the browser forgot that it tells")
	}
	s.visible(false)
	b.pass("certificate-edge", store.Outcome{State: setup.StepFailed, Problem: expired()})
	b.done("certificate-regional")
	soon(fmt.Sprintf("hidden: Failed: Job %d · apifront", b.id))

	s.permits(browser.PermissionSettingDenied)
	open(start("c.harborview.example"))
	if got := s.eval(`document.querySelector("[data-tell]").hidden`); got != "true" {
		t.Error("the button is there although the browser forbids it")
	}
	s.clean()
}

// TestBrowserHiddenTabStaysTrue has a job change while its tab is hidden and has no
// stream: the title and the icon follow all the same. 30 s take one here.
func TestBrowserHiddenTabStaysTrue(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	job := st.start(st.draft(stageSpec("h.harborview.example", 1)), setup.JobApply, setup.JobInput{})
	job.done("identity")
	s := newScreen(t, st.url, 1280, 900)
	s.run("wrap", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `const every = setInterval; window.setInterval = (f, ms) => every(f, ms === 30000 ? 1000 : ms)`,
		})
		return err
	}))
	s.visit(state{on: st, path: fmt.Sprintf("/jobs/%d", job.id)})
	s.until(10*time.Second, "live", func() bool { return s.text("#live") == "Live" })
	s.visible(false)
	soon := func(want, icon string) {
		t.Helper()
		is := func() string { return s.eval(`document.title + " " + document.querySelector("#icon").href`) }
		s.until(10*time.Second, want, func() bool { return strings.HasPrefix(is(), want) && strings.Contains(is(), icon) })
	}
	job.pass("certificate-edge", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits for an answer", After: time.Hour, Problem: &setup.Problem{What: "An answer is missing.", Why: "Somebody is asked.", Fix: "Answer it."}})
	soon(fmt.Sprintf("Needs you: Job %d", job.id), "icon-you")
	job.pass("certificate-edge", store.Outcome{State: setup.StepFailed, Problem: &setup.Problem{What: "It failed.", Why: "It could not.", Fix: "Try again."}})
	soon("1 step failed", "icon-bad")
}
