//go:build browser

package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestBrowserPages looks at every page in the states people meet, light and
// dark, wide and narrow: nothing scrolls sideways and the console is silent.
func TestBrowserPages(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "instant")
	s := newScreen(t, d.app.url, 1280, 900)
	s.look("sign-in", "/sign-in")
	v := newVisitor(t, d.app.url)
	v.signIn()
	s.signIn()
	s.look("home-empty", "/")
	paths := inEveryState(t, d, v)
	for name, path := range paths {
		if name == "setup-draft" {
			continue
		}
		s.look(name, path)
	}
	s.open(paths["draft-domain"])
	s.fill("#domain", "203.0.113.7")
	s.press("Next")
	s.until(10*time.Second, "the problem is shown", func() bool { return strings.HasPrefix(s.title(), "Error: ") })
	if got := s.eval(`document.activeElement.id`); got != "errors" {
		t.Errorf("the focus is on %q, want the summary of errors", got)
	}
	s.sizes("draft-domain-422", paths["draft-domain"])
	s.open(paths["setup-draft"] + "/review") // a draft that was started: 409
	s.sizes("started-draft-409", paths["setup-draft"])
	for _, said := range s.complaints() {
		// The browser logs the statuses that this test asks for.
		if !strings.Contains(said, "404") && !strings.Contains(said, "409") && !strings.Contains(said, "422") {
			t.Errorf("the browser's console says: %s", said)
		}
	}
}

// inEveryState makes drafts and jobs in the states people meet, and says
// under which paths they are seen.
func inEveryState(t *testing.T, d *demo, v *visitor) map[string]string {
	t.Helper()
	paths := map[string]string{
		"home": "/", "jobs": "/jobs", "jobs-none": "/jobs?status=cancelled", "connections": "/connections",
		"help": "/help", "help-dns": "/help/dns", "help-iam": "/help/iam-policy",
	}
	run := func(name, fault string, a answers) {
		if fault != "" {
			if err := d.sim.OrderDemoFault(fault); err != nil {
				t.Fatal(err)
			}
		}
		v.walk(a)
		if name == "succeeded" {
			paths["setup-draft"] = strings.TrimSuffix(v.at.Path, "/review")
			paths["setup"] = strings.Replace(strings.TrimSuffix(v.at.Path, "/review"), "/drafts/", "/setups/", 1)
		}
		v.press("Start job", nil)
		paths["job-"+name] = v.at.Path
		title := v.finish(30 * time.Second)
		t.Logf("job %s ended as %q", name, title)
	}
	run("succeeded", "", answers{"domain": {"domain": "api.harborview.example"}})
	run("failed", "distribution-refused", answers{"domain": {"domain": "shop.harborview.example"}})
	run("needs-you", "", answers{"domain": {"domain": "api.lakeside.example", "dns": "elsewhere"}})
	paths["cancel"] = paths["job-needs-you"] + "/cancel"
	v.open(paths["setup"])
	v.press("Clear", nil)
	paths["job-invalidate"] = v.at.Path
	v.finish(30 * time.Second)
	paths["no-such-job"], paths["no-such-page"] = "/jobs/99", "/nowhere"
	v.walk(answers{"domain": {"domain": "a-rather-long-label-as-some-people-have-them.and-another-one.harborview.example"}})
	draft := strings.TrimSuffix(v.at.Path, "/review")
	for _, page := range []string{"account", "api", "domain", "certificates", "edge", "review"} {
		paths["draft-"+page] = draft + "/" + page
	}
	return paths
}

// widest names the text that reaches furthest to the right, for the report.
const widest = `(() => {
	let at = document.documentElement.clientWidth, what = "nothing";
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
	for (let n; n = texts.nextNode(); ) {
		range.selectNodeContents(n);
		const r = range.getBoundingClientRect().right;
		if (r > at + 0.5 && !n.parentElement.closest(".scroll, .tabs, .vh"))
			[at, what] = [r, n.parentElement.outerHTML.slice(0, 120)];
	}
	return what;
})()`

// look opens a page and looks at it in every size.
func (s *screen) look(name, path string) {
	s.t.Helper()
	s.open(path)
	s.sizes(name, path)
}

// sizes looks at the open page in both themes and three widths, keeps the
// pictures, and checks what holds for every page.
func (s *screen) sizes(name, path string) {
	s.t.Helper()
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390, 320} {
			s.run("look at "+path,
				func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
					_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
					})
					return chromedp.Void{}, err
				},
				chromedp.EmulateViewport(width, 900))
			if got := s.eval(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); got != "0" {
				s.t.Errorf("%s (%s) scrolls %s px sideways at %d, for %s", name, path, got, width, s.eval(widest))
			}
			if width != 320 {
				s.shot(fmt.Sprintf("%s-%s-%d", name, theme, width))
			}
		}
	}
}
