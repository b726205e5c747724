//go:build browser

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A screen is one Chromium tab with a profile of its own, used as a person
// does: press what is written on it, type, look.
type screen struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu     sync.Mutex
	errors []string // console errors and exceptions, CSP violations among them
}

// newScreen opens a tab of the given width, or skips the test where there is
// no Chromium; with CI=true that is a failure.
func newScreen(t *testing.T, base string, width, height int) *screen {
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
	)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	s := &screen{t: t, ctx: ctx, base: base}
	chromedp.ListenTarget(ctx, func(ev any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			s.errors = append(s.errors, e.ExceptionDetails.Error())
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.LevelError {
				s.errors = append(s.errors, e.Entry.Text+" "+e.Entry.URL)
			}
		}
	})
	s.run("open the tab", cdplog.Enable(), chromedp.Navigate("about:blank"))
	return s
}

// run carries out actions within 20 s, or ends the test with a picture.
func (s *screen) run(what string, actions ...chromedp.Action) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		s.fail("%s: %v", what, err)
	}
}

func (s *screen) fail(format string, args ...any) {
	s.t.Helper()
	s.shot("failed")
	s.t.Fatalf(format+"\nat %s: %s", append(args, s.path(), s.text("main"))...)
}

func (s *screen) open(path string) {
	s.t.Helper()
	s.run("open "+path, chromedp.Navigate(s.base+path))
}

// press clicks the first button or link that says text.
func (s *screen) press(text string) {
	s.t.Helper()
	x := fmt.Sprintf(`(//main//button[contains(normalize-space(.), %q)] | //main//a[contains(normalize-space(.), %q)] | //button[contains(normalize-space(.), %q)])[1]`, text, text, text)
	s.run("press "+text, chromedp.WaitVisible(x, chromedp.BySearch), chromedp.Click(x, chromedp.BySearch))
}

// choose clicks an element, such as a radio button.
func (s *screen) choose(selector string) {
	s.t.Helper()
	s.run("choose "+selector, chromedp.WaitReady(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// fill replaces what a field holds by typing.
func (s *screen) fill(selector, text string) {
	s.t.Helper()
	s.run("fill "+selector, chromedp.WaitVisible(selector, chromedp.ByQuery),
		chromedp.SetValue(selector, "", chromedp.ByQuery), chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// set chooses an option of a select by its value.
func (s *screen) set(selector, value string) {
	s.t.Helper()
	s.run("set "+selector, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.SetValue(selector, value, chromedp.ByQuery))
}

func (s *screen) eval(js string) (v string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.Evaluate(`String(`+js+`)`, &v)); err != nil {
		return "" // in the middle of a navigation; callers ask again
	}
	return v
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

// shot keeps a picture of the whole page among the check's output.
func (s *screen) shot(name string) {
	s.t.Helper()
	var png []byte
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.FullScreenshot(&png, 100)); err != nil {
		s.t.Logf("no picture of %s: %v", name, err)
		return
	}
	dir := filepath.Join("..", "..", ".ci", "out", "screens")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	file := strings.NewReplacer("/", "-", " ", "-").Replace(s.t.Name()+"-"+name) + ".png"
	if err := os.WriteFile(filepath.Join(dir, file), png, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// clean fails the test if the browser complained.
func (s *screen) clean() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.errors {
		s.t.Errorf("the browser's console says: %s", e)
	}
}
