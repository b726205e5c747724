//go:build browser

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A screen is one Chromium tab with a profile of its own, used as a person
// does: press what is written on it, type, look.
type screen struct {
	t    testing.TB
	ctx  context.Context
	base string

	mu       sync.Mutex
	errors   []string // console errors and exceptions, CSP violations among them
	requests []string // URLs asked for
}

// newScreen opens a tab of the given width, or skips the test where there is
// no Chromium; with CI=true that is a failure.
func newScreen(t testing.TB, base string, width, height int) *screen {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing, and CI=true")
		}
		t.Skip("SKIPPED: chromium is missing; install it to see this test")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("force-device-scale-factor", "1"),
		// Pictures stand still.
		chromedp.Flag("force-prefers-reduced-motion", true),
	)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	s := &screen{t: t, ctx: ctx, base: base}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // starts the browser, so no time limit
		t.Fatal(err)
	}
	err = chromedp.Listen(ctx, func(ev any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			said := fmt.Sprintf("%+v", e.ExceptionDetails)
			if e.ExceptionDetails.Exception != nil {
				said += ": " + e.ExceptionDetails.Exception.Description
			}
			s.errors = append(s.errors, said)
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == "error" {
				s.errors = append(s.errors, fmt.Sprintf("%+v", e.Entry))
			}
		case *network.EventRequestWillBeSent:
			s.requests = append(s.requests, e.Request.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run carries out actions within 20 s, or ends the test with a picture.
func (s *screen) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		s.fail("%s: %v", what, err)
	}
}

func (s *screen) fail(format string, args ...any) {
	s.t.Helper()
	s.shot(atFailure)
	at, said := s.path(), s.text("main")
	s.t.Logf("the console: %q", s.complaints())
	if strings.HasPrefix(at, "/jobs/") {
		s.t.Logf("the job's steps: %s", s.eval(`[...document.querySelectorAll("main")].map(e => e.textContent.replace(/\s+/g, " ")).join()`))
	}
	s.t.Fatalf(format+"\nat %s: %s", append(args, at, said)...)
}

func (s *screen) open(path string) {
	s.t.Helper()
	s.run("open "+path, chromedp.Navigate(s.base+path))
}

// press clicks the first button or link that says text, and once more when the page moved
// under the pointer, as a person does who sees that nothing was pressed. The element notes
// the click where the next page can read it.
func (s *screen) press(text string) {
	s.t.Helper()
	x := fmt.Sprintf(`(//*[self::button or self::a][contains(normalize-space(.), %q)][not(contains(@class, "vh"))][not(@disabled)])[1]`, text)
	for range 5 {
		s.run("find "+text, chromedp.WaitVisible(x))
		s.eval(fmt.Sprintf(`(() => {
			sessionStorage.clicked = "no";
			const e = document.evaluate(%q, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue;
			e?.addEventListener("click", () => { sessionStorage.clicked = "yes"; }, {capture: true, once: true});
		})()`, x))
		s.run("press "+text, chromedp.Click(x))
		clicked := ""
		for end := time.Now().Add(20 * time.Second); clicked != "yes" && clicked != "no" && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			clicked = s.eval(`sessionStorage.clicked`) // nothing while the page is changing
		}
		if clicked == "yes" {
			return
		}
		s.t.Logf("the page moved while %s was pressed", text)
	}
	s.fail("%s is never where it was a moment ago", text)
}

// choose clicks an element, such as a radio button.
func (s *screen) choose(selector string) {
	s.t.Helper()
	s.run("choose "+selector, chromedp.WaitReady(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// fill replaces what a field holds by typing.
func (s *screen) fill(selector, text string) {
	s.t.Helper()
	s.run("fill "+selector, chromedp.WaitVisible(chromedp.CSS(selector)),
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).value = ""`, selector)),
		chromedp.SendKeys(chromedp.CSS(selector), text))
}

// set chooses an option of a select by its value.
func (s *screen) set(selector, value string) {
	s.t.Helper()
	s.run("set "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.SetValue(chromedp.CSS(selector), value))
}

func (s *screen) eval(js string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[string](`String(`+js+`)`))
	if err != nil {
		return "" // in the middle of a navigation; callers ask again
	}
	return v
}

// promise evaluates what ends in a promise of a text, such as a script that
// is no part of the page.
func (s *screen) promise(js string) (string, error) {
	ctx, cancel := context.WithTimeout(s.ctx, 60*time.Second)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[string](js, chromedp.EvalAwaitPromise))
}

func (s *screen) path() string  { return s.eval(`location.pathname`) }
func (s *screen) title() string { return s.eval(`document.title`) }
func (s *screen) text(selector string) string {
	return squeeze(s.eval(fmt.Sprintf(`(document.querySelector(%q)||{innerText:''}).innerText`, selector)))
}

// until waits until ready says so, without touching the page.
func (s *screen) until(limit time.Duration, what string, ready func() bool) {
	s.t.Helper()
	for end := time.Now().Add(limit); !ready(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			s.fail("after %v still not: %s", limit, what)
		}
	}
}

// pictures says whether pictures are kept of what the tests look at. Nothing is judged
// by them, and it takes time to draw them.
var pictures = flag.Bool("pictures", false, "keep a picture of each state in .ci/out/screens")

// atFailure is the name of the picture of a page at which a test failed.
const atFailure = "failed"

// shot keeps a picture of the whole page among the check's output, if pictures are
// wanted or a test has failed.
func (s *screen) shot(name string) {
	s.t.Helper()
	if !*pictures && !*sheet && name != atFailure {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	yes := true
	// A picture is looked at at most once, so it is encoded fast and is larger.
	all := page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng, FromSurface: &yes, CaptureBeyondViewport: &yes, OptimizeForSpeed: &yes}
	png, err := chromedp.Run(ctx, chromedp.Action[[]byte](func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, t, page.CaptureScreenshot, all)
		return r.Data, err
	}))
	if err != nil {
		s.t.Logf("no picture of %s: %v", name, err)
		return
	}
	file := screenFile(strings.NewReplacer("/", "-", " ", "-").Replace(s.t.Name() + "-" + name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// screenFile is where a picture is kept.
func screenFile(name string) string {
	return filepath.Join("..", "..", ".ci", "out", "screens", name+".png")
}

// asked is the URLs of all requests so far.
func (s *screen) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// forget forgets what the browser has said and asked so far.
func (s *screen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errors, s.requests = nil, nil
}

// complaints are what the browser's console has said so far.
func (s *screen) complaints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.errors)
}

// clean fails the test if the browser complained.
func (s *screen) clean() {
	s.t.Helper()
	for _, e := range s.complaints() {
		s.t.Errorf("the browser's console says: %s", e)
	}
}
