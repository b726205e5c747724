//go:build browser

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// mostTabs is how often the key Tab is pressed at most from the home page to the start
// of a job.
const mostTabs = 45

// TestBrowserTabsToStart goes from the home page to Start job with the keyboard alone,
// by the links that skip what stands before, and counts how often Tab is pressed.
func TestBrowserTabsToStart(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "demo")
	s := newScreen(t, d.app.url, 1280, 900)
	s.signIn()
	tabs := 0
	key := func(k string) { s.run(fmt.Sprintf("press the key %q", k), chromedp.KeyEvent(k)) }
	has := func(js string) bool {
		return s.eval(`(e => `+js+`)(document.activeElement)`) == "true"
	}
	to := func(what, js string) {
		t.Helper()
		for range 2 * mostTabs {
			if has(js) {
				return
			}
			key("\t")
			tabs++
		}
		s.fail("no Tab leads to %s", what)
	}
	says := func(text string) string {
		return fmt.Sprintf(`(e.matches("a, button")) && e.textContent.trim().startsWith(%q)`, text)
	}
	press := func(text string) {
		t.Helper()
		to(text, says(text))
		key("\r")
	}
	skip := func(text, target string) {
		t.Helper()
		press(text)
		s.until(5*time.Second, text+" leads to "+target, func() bool { return has(fmt.Sprintf(`e.matches(%q)`, target)) })
	}
	skip("Skip to main content", "main")
	press("New setup")
	for _, id := range wizardPages[:5] {
		s.page(id)
		switch id {
		case "api":
			skip("Skip to the form", "#page")
			to("the API", `e.id === "api-0"`)
			key("o")
			s.until(5*time.Second, "an API is chosen", func() bool { return s.eval(`document.querySelector("#api-0").value`) != "" })
			press("Next")
		case "domain":
			skip("Skip to the form", "#page")
			to("the domain", `e.id === "domain"`)
			s.run("type the domain", chromedp.SendKeys(chromedp.CSS("#domain"), "api.harborview.example"))
			key("\r") // Enter goes on
		default:
			skip("Skip to the decision", "#decision")
			press("Next")
		}
	}
	s.page("review")
	s.until(20*time.Second, "AWS is compared", func() bool { return s.eval(`document.querySelectorAll("#go:not([disabled])").length`) == "1" })
	skip("Skip to the decision", "#decision")
	press("Start job")
	s.until(10*time.Second, "job page", func() bool { return strings.HasPrefix(s.path(), "/jobs/") })
	t.Logf("%d times Tab from the home page to the start", tabs)
	if tabs > mostTabs {
		t.Errorf("Tab was pressed %d times, want at most %d", tabs, mostTabs)
	}
	s.clean()
}
