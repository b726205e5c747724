//go:build browser

package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// The button that waits for the comparison with AWS becomes usable where it is: a click
// at the place where it was starts the job, of a new setup as of a change, on any screen.
func TestBrowserStartComesInPlace(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{1280, 390} {
		for _, st := range comparedStates(t) {
			if !strings.HasSuffix(st.name, "-comparing") {
				continue
			}
			s := newScreen(t, st.on.url, int(width), 900)
			s.visit(st)
			s.emulate("light", width, false)
			number := func(js string) float64 {
				v, err := strconv.ParseFloat(s.eval(js), 64)
				if err != nil {
					s.fail("%s: %v", js, err)
				}
				return v
			}
			if got := s.eval(`document.querySelectorAll("#go[disabled]").length`) + s.text("#comparing b"); got != "1Comparing with AWS" {
				t.Fatalf("%s: before the comparison there is %q", st.name, got)
			}
			const button = `document.querySelector("#go").getBoundingClientRect()`
			x, y := number(button+`.x`)+20, number(button+`.y`)+10
			s.run("point at the button", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
			order := s.text("#order")
			st.on.work()
			s.until(20*time.Second, "the button is free", func() bool { return s.eval(`document.querySelectorAll("#go:not([disabled])").length`) == "1" })
			if now := number(button+`.y`) + 10; now < y-1 || now > y+1 {
				t.Errorf("%s, %d px wide: the button was at %.0f px and is at %.0f", st.name, width, y, now)
			}
			if s.text("#order") == order {
				t.Errorf("%s: the steps beside the review have not come", st.name)
			}
			s.run("click there", chromedp.MouseClickXY(x, y))
			s.until(10*time.Second, "job page", func() bool { return strings.HasPrefix(s.path(), "/jobs/") })
			s.clean()
		}
	}
}
