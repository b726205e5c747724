//go:build browser

package main

import (
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// A button stays where the pointer is while AWS's answers make the page above it longer,
// so a click does not miss it.
func TestBrowserButtonStaysUnderThePointer(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "instant")
	s := newScreen(t, d.app.url, 1280, 900)
	s.toDomain()
	s.until(20*time.Second, "the list of zones", func() bool { return s.eval(`document.querySelectorAll('[id^="poll-"]').length`) == "0" })
	const next = `document.querySelector(".next .btn.solid").getBoundingClientRect()`
	height := func() string { return s.eval(`document.querySelector("#part").offsetHeight`) }
	before := height()
	s.run("type a name", chromedp.Click(chromedp.CSS("#domain")), chromedp.SendKeys(chromedp.CSS("#domain"), "api.harborview.example"))
	s.eval(`document.querySelector(".next .btn.solid").scrollIntoView({block: "center", behavior: "instant"})`)
	number := func(js string) float64 {
		v, err := strconv.ParseFloat(s.eval(js), 64)
		if err != nil {
			s.fail("%s: %v", js, err)
		}
		return v
	}
	x, y := number(next+`.x`)+20, number(next+`.y`)+10
	s.run("point at Next", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
	s.until(5*time.Second, "the pointer is on it", func() bool { return s.eval(`document.querySelector(".next .btn.solid").matches(":hover")`) == "true" })
	was := number(next + `.y`)
	s.until(20*time.Second, "an answer that makes the page longer", func() bool {
		return height() != before && s.eval(`document.querySelectorAll('[id^="poll-"]').length`) == "0"
	})
	if now := number(next + `.y`); now < was-1 || now > was+1 {
		t.Errorf("the button was at %.0f px and is at %.0f; the part above it was %s px high and is %s", was, now, before, height())
	}
	s.clean()
}
