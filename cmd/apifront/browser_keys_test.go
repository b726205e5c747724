//go:build browser

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"apifront/setup"
)

// TestBrowserKeys uses the keys of a job page. They only move the focus and
// open steps, do nothing where somebody types, and can be switched off.
func TestBrowserKeys(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	j := st.start(st.draft(stageSpec("keys.harborview.example", 2)), setup.JobApply, setup.JobInput{})
	j.done("identity", "certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain")
	j.pass("mappings", mappingRefused())
	s := newScreen(t, st.url, 1280, 900)
	s.visit(state{on: st, path: fmt.Sprintf("/jobs/%d", j.id)})
	key := func(k string) {
		s.run("press the key "+k, chromedp.KeyEvent(k))
	}
	focus := func(want string) {
		t.Helper()
		s.until(5*time.Second, "the focus is on "+want, func() bool {
			return s.eval(`document.activeElement.closest("li, dialog, form")?.id || document.activeElement.textContent.trim()`) == want
		})
	}
	open := func(step string) string { return s.eval(`document.querySelector("#step-` + step + ` details").open`) }

	if s.eval(`document.querySelector("#job-path svg").getBoundingClientRect().bottom <= innerHeight`) != "true" {
		t.Error("the path of a request is not in view")
	}
	s.visit(state{on: st, path: fmt.Sprintf("/jobs/%d#step-domain", j.id)})
	s.until(5*time.Second, "the step of the link is open", func() bool { return open("domain") == "true" && open("identity") == "false" })
	s.eval(`location.hash = "step-identity"`)
	s.until(5*time.Second, "the step of another link is open", func() bool { return open("identity") == "true" })
	s.visit(state{on: st, path: fmt.Sprintf("/jobs/%d", j.id)})

	key("n")
	focus("step-identity")
	key("n")
	focus("step-certificate-edge")
	key("o")
	if open("certificate-edge") != "true" {
		t.Error("o did not open the step")
	}
	key("o")
	if open("certificate-edge") != "false" {
		t.Error("o did not close the step")
	}
	key("p")
	focus("step-identity")
	key("f")
	focus("step-mappings")
	key("r")
	s.until(5*time.Second, "the focus is on a button that re-runs", func() bool {
		return s.eval(`!!document.activeElement.closest('form[action$="/rerun"], form[action$="/rerun-from"]')`) == "true"
	})
	if n := s.text("#step-mappings-meta"); n == "" || s.path() != fmt.Sprintf("/jobs/%d", j.id) {
		t.Errorf("r did more than move the focus: %q at %s", n, s.path())
	}
	attempts, err := st.store.Attempts(t.Context(), j.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range attempts {
		if a.StepID == "mappings" && a.Number > 1 {
			t.Error("r ran the step again")
		}
	}

	key("?")
	s.until(5*time.Second, "the list of keys is open", func() bool { return s.eval(`document.getElementById("keys").open`) == "true" })
	s.shot("open")
	key("n") // nothing while the list is open
	s.choose(`#keys [data-keys-on]`)
	s.run("close", chromedp.KeyEvent("\x1b"))
	s.until(5*time.Second, "the list of keys is closed", func() bool { return s.eval(`document.getElementById("keys").open`) == "false" })
	before := s.eval(`document.activeElement.outerHTML`)
	for _, k := range []string{"n", "f", "?"} {
		key(k)
	}
	time.Sleep(300 * time.Millisecond)
	if s.eval(`document.activeElement.outerHTML`) != before || s.eval(`document.getElementById("keys").open`) == "true" {
		t.Error("the keys work although they are switched off")
	}
	s.visit(state{on: st, path: fmt.Sprintf("/jobs/%d", j.id)})
	key("?")
	time.Sleep(300 * time.Millisecond)
	if s.eval(`document.getElementById("keys").open`) == "true" {
		t.Error("after a reload the keys work although they were switched off")
	}
	s.press("Keys") // the way back
	s.until(5*time.Second, "the list of keys is open", func() bool { return s.eval(`document.getElementById("keys").open`) == "true" })
	s.clean()
}
