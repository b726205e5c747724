//go:build browser

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/go-chi/chi/v5"
)

// tabs is how many pages are looked at side by side.
const tabs = 4

// TestBrowserStates looks at every page in every state that people meet:
//
//   - as the server sends it: valid HTML by the Nu checker, one h1, ids used
//     once, a title of its own;
//   - in Chromium, with every <details> closed and open, light and dark, 1280,
//     390 and 320 wide and with text twice as large: no violation that axe-core
//     knows, no sideways scroll, a silent console, no request to another
//     server;
//   - printed, in forced colours, and with reduced motion.
//
// Pictures of all are kept among the check's output.
func TestBrowserStates(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(judge(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	judge(t, "vnu-jar/build/dist/vnu.jar")
	began := time.Now()
	states := everyState(t)
	t.Logf("%d states made in %.1f s", len(states), time.Since(began).Seconds())
	html := t.TempDir()
	pool := make(chan *screen, tabs)
	for range tabs {
		pool <- newScreen(t, "", 1280, 900)
	}
	suite := &suite{axe: axe, html: html, looked: map[string]int{}}
	t.Run("look", func(t *testing.T) {
		for _, st := range states {
			t.Run(st.name, func(t *testing.T) {
				t.Parallel()
				s := <-pool
				defer func() { pool <- s }()
				suite.look(t, s, st)
			})
		}
	})
	for _, rule := range []string{"color-contrast", "target-size", "label", "landmark-one-main", "heading-order"} {
		if suite.looked[rule] == 0 && suite.states == len(states) { // not when only some are asked for
			t.Errorf("axe's rule %s applied to nothing", rule)
		}
	}
	t.Logf("looked at after %.1f s", time.Since(began).Seconds())
	for _, m := range nu(t, html) {
		if accepted.MatchString(m.Message) {
			continue
		}
		t.Errorf("%s:%d: %s: %s\n    %s", filepath.Base(m.URL), m.Line, m.Type, m.Message, m.Extract)
	}
	t.Logf("HTML checked after %.1f s", time.Since(began).Seconds())
	everyRoute(t, states)
	sheetIsOf(t, states)
	if *sheet {
		writeSheet(t)
	}
}

// accepted is what the Nu checker objects to and stays: the attributes that
// htmx defines, and the roles of tables. Small screens show tables as records,
// by a "display" that takes the tables' own roles away in some browsers.
var accepted = regexp.MustCompile(`^Attribute “hx-[a-z:-]+” not allowed on element|^The “role” attribute must not be used on a “(tr|th|td)” element which has a “table” ancestor`)

// everyRoute says which pages of the route table no state is of.
func everyRoute(t *testing.T, states []state) {
	t.Helper()
	seen := map[string]bool{}
	var routes chi.Routes
	for _, st := range states {
		r, ok := st.on.handler.(chi.Routes)
		if !ok {
			continue
		}
		routes = r
		c := chi.NewRouteContext()
		path, _, _ := strings.Cut(st.path, "?")
		if r.Match(c, http.MethodGet, path) {
			seen[c.RoutePattern()] = true
		}
	}
	n := 0
	err := chi.Walk(routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		notPages := regexp.MustCompile(`^/(healthz|readyz|metrics|static/.*)$|\.(json|jsonl|csv|txt|sh)$|/events$|/policy/{file}$|^/drafts/{id}$`)
		if method != http.MethodGet || notPages.MatchString(route) {
			return nil
		}
		n++
		if !seen[route] {
			t.Errorf("no state shows the page %s", route)
		}
		return nil
	})
	if err != nil || n < 10 {
		t.Errorf("%d pages in the table of routes, error %v", n, err)
	}
}

// A suite is what the looks at all states share.
type suite struct {
	axe  []byte
	html string // folder

	mu     sync.Mutex
	looked map[string]int // nodes each rule of axe passed
	states int
}

// look looks at one state.
func (u *suite) look(t *testing.T, s *screen, st state) {
	u.mu.Lock()
	u.states++
	u.mu.Unlock()
	status, body := st.on.body(st)
	if status != st.want() {
		t.Fatalf("status %d, want %d", status, st.want())
	}
	if !bytes.HasPrefix(bytes.ToLower(body), []byte("<!doctype")) {
		t.Logf("a part of a page: only its HTML is checked")
		body = append([]byte("<!doctype html><html lang=en><title>A part of a page</title><h1>A part</h1>"), body...)
		u.save(t, st.name, body)
		return
	}
	u.save(t, st.name, body)
	u.read(t, st, body)

	s.t, s.base = t, st.on.url
	s.leave()
	s.visit(st)
	if st.want() == http.StatusUnprocessableEntity {
		if got := s.eval(`document.activeElement.id`); got != "errors" {
			t.Errorf("the focus is on %q, want the summary of errors", got)
		}
		if got := s.eval(deadLinks); got != "" {
			t.Errorf("links of the summary of errors that take the focus nowhere: %s", got)
		}
		s.eval(`document.querySelector("#errors").focus()`)
	}
	s.sizes(u, st)
	s.medium(st)
	for _, said := range s.complaints() {
		// The browser logs the status of the page that is looked at, if it is an error.
		if st.want() < 400 || !strings.Contains(said, fmt.Sprintf("responded with a status of %d ", st.want())) || !strings.Contains(said, "URL:"+st.on.url+st.path) {
			t.Errorf("the browser's console says: %s", said)
		}
	}
	for _, asked := range s.asked() {
		if !strings.HasPrefix(asked, st.on.url+"/") && !strings.HasPrefix(asked, "data:") && asked != "about:blank" {
			t.Errorf("a request to %s", asked)
		}
	}
}

// deadLinks names the links of the summary of errors after which the focus is
// not where they lead.
const deadLinks = `[...document.querySelectorAll("#errors a")].filter(a => {
	a.click();
	return "#" + document.activeElement.id !== a.hash;
}).map(a => a.hash).join(" ")`

func (u *suite) save(t *testing.T, name string, body []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(u.html, name+".html"), body, 0o644); err != nil {
		t.Fatal(err)
	}
}

// read checks what the server sent.
func (u *suite) read(t *testing.T, st state, body []byte) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%d h1 elements, want 1", n)
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, e *goquery.Selection) {
		id := e.AttrOr("id", "")
		if ids[id] {
			t.Errorf("the id %q is used twice", id)
		}
		ids[id] = true
	})
	title := squeeze(doc.Find("head title").Text())
	if name := strings.TrimSuffix(title, " · apifront"); name == title || name == "" {
		t.Errorf("the title is %q", title)
	}
	if st.want() == http.StatusUnprocessableEntity && !strings.HasPrefix(title, "Error: ") {
		t.Errorf("the title of a refused form is %q", title)
	}
	if e := doc.Find("[style], [onclick], style, script:not([src])"); e.Length() > 0 {
		t.Errorf("inline style or script, which the CSP forbids: %d", e.Length())
	}
}

// visit brings the tab to a state as its visitor.
func (s *screen) visit(st state) {
	s.t.Helper()
	s.emulate("light", 1280, false)
	base, err := url.Parse(st.on.url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.run("set cookies", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
			return err
		}
		if st.nobody {
			return nil
		}
		for _, c := range st.on.v.client.Jar.Cookies(base) {
			if _, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: st.on.url}); err != nil {
				return err
			}
		}
		return nil
	}))
	if st.form == nil {
		s.open(st.path)
	} else {
		from := st.from
		if from == "" {
			from = st.path
		}
		if !st.alien { // else it is about:blank
			s.open(from)
		}
		s.submit(st.on.url+st.path, st.form)
	}
	s.settle()
}

// leave ends whatever the page before still does, and forgets it.
func (s *screen) leave() {
	s.t.Helper()
	s.run("leave", chromedp.Navigate("about:blank"))
	s.forget()
}

// submit sends a form as the open page would, and waits for the answer.
func (s *screen) submit(path string, form url.Values) {
	s.t.Helper()
	var fields strings.Builder
	for name, values := range form {
		for _, v := range values {
			fmt.Fprintf(&fields, "add(%q, %q);", name, v)
		}
	}
	s.eval(fmt.Sprintf(`(() => {
		window.before = true;
		const f = document.createElement("form");
		f.method = "post"; f.action = %q;
		const add = (n, v) => { const i = document.createElement("input"); i.type = "hidden"; i.name = n; i.value = v; f.append(i); };
		%s
		document.body.append(f); f.submit();
	})()`, path, fields.String()))
	s.until(10*time.Second, "the answer to the form", func() bool {
		return s.eval(`window.before !== true && document.readyState === "complete"`) == "true"
	})
}

// settle waits until what the page asks for by itself at first is there, and
// two pictures have been drawn since.
func (s *screen) settle() {
	s.t.Helper()
	_, err := s.promise(`(async () => {
		await document.fonts.ready;
		for (let i = 0; i < 2; i++) await new Promise(r => requestAnimationFrame(r));
		return "";
	})()`)
	if err != nil {
		s.fail("settle: %v", err)
	}
}

// emulate sets theme and width, or a text twice as large.
func (s *screen) emulate(theme string, width int64, large bool) {
	s.t.Helper()
	size := int64(16)
	if large {
		size = 32
	}
	s.run("emulate", s.media("screen", theme, "none", "no-preference"),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			fixed := size * 13 / 16
			_, err := cdp.Call(ctx, t, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: size, Fixed: fixed}})
			return err
		}),
		chromedp.EmulateViewport(width, 900))
}

func (s *screen) media(medium, theme, forced, motion string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: medium,
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: theme}, {Name: "forced-colors", Value: forced}, {Name: "prefers-reduced-motion", Value: motion},
			},
		})
		return err
	})
}

const (
	openAll  = `document.querySelectorAll("details:not(.menu)").forEach(d => d.open = true)`
	closeAll = `document.querySelectorAll("details").forEach(d => d.open = d.dataset.was === "true")`
	remember = `document.querySelectorAll("details").forEach(d => d.dataset.was = d.open)`
)

// sizes looks at the open page in every size and theme. Rules about names,
// roles and order depend on neither, so all rules are asked for at 1280 and
// 390, where other parts show; the rest where it may differ.
func (s *screen) sizes(u *suite, st state) {
	s.t.Helper()
	s.eval(remember)
	if _, err := s.promise(string(u.axe) + "\n;Promise.resolve(axe.version)"); err != nil {
		s.fail("axe-core: %v", err)
	}
	s.judged(u, "1280, light", axeAll)
	s.shot("1280-light")
	s.emulate("dark", 1280, false)
	s.settle()
	s.shot("1280-dark")
	s.eval(openAll)
	s.judged(u, "1280, dark, details open", axeContrast)
	s.emulate("light", 1280, false)
	s.settle()
	s.judged(u, "1280, light, details open", axeAll)
	s.eval(closeAll)
	for _, width := range []int64{390, 320} {
		s.emulate("light", width, false)
		s.settle()
		s.straight(fmt.Sprintf("%d wide", width))
		if width == 390 {
			s.shot("390-light")
		}
		s.eval(openAll)
		s.settle()
		s.straight(fmt.Sprintf("%d wide, details open", width))
		if width == 390 {
			s.judged(u, "390, details open", axeAll)
		} else {
			s.judged(u, "320, details open", axeTargets)
		}
		s.eval(closeAll)
	}
	s.emulate("dark", 390, false)
	s.settle()
	s.shot("390-dark")
	for _, width := range []int64{1280, 640} {
		s.emulate("light", width, true)
		s.eval(openAll)
		s.settle()
		s.straight(fmt.Sprintf("text 200 %%, %d wide, details open", width))
		if width == 640 {
			s.shot("640-text-200")
		}
		s.eval(closeAll)
	}
	s.emulate("light", 1280, false)
	s.settle()
}

// settleBar puts the bar that stays in view where it stands at the end of its page. Until
// somebody scrolls it covers what happens to be under it, and axe-core takes that for good.
const settleBar = `document.querySelectorAll(".startbar").forEach(e => e.style.position = "static")`

// judged runs axe-core.
func (s *screen) judged(u *suite, where, options string) {
	s.t.Helper()
	s.eval(settleBar)
	found, looked, err := s.axe(options)
	s.eval(`document.querySelectorAll(".startbar").forEach(e => e.style.position = "")`)
	if err != nil {
		s.t.Errorf("axe at %s: %v", where, err)
		return
	}
	for _, v := range found {
		s.t.Errorf("axe at %s: %s", where, v)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for rule, n := range looked {
		u.looked[rule] += n
	}
}

// straight fails if the page scrolls sideways.
func (s *screen) straight(where string) {
	s.t.Helper()
	if got := s.eval(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); got != "0" {
		s.t.Errorf("scrolls %s px sideways at %s, for %s", got, where, s.eval(widest))
	}
}

// widest names the text or the box that reaches furthest to the right, for the report.
const widest = `(() => {
	let at = document.documentElement.clientWidth, what = "nothing";
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
	for (let n; n = texts.nextNode(); ) {
		range.selectNodeContents(n);
		const r = range.getBoundingClientRect().right;
		if (r > at + 0.5 && !n.parentElement.closest(".scroll, .tabs, .vh"))
			[at, what] = [r, n.parentElement.outerHTML.slice(0, 120)];
	}
	for (const e of what === "nothing" ? document.querySelectorAll("main *") : []) {
		const r = e.getBoundingClientRect().right;
		if (r > at + 0.5 && !e.closest(".scroll, .tabs, .vh")) [at, what] = [r, e.outerHTML.slice(0, 120)];
	}
	return what;
})()`
