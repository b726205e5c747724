//go:build outside

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A driven browser is one that is driven by a protocol of the W3C.
type driven interface {
	open(url string)              // goes to a page and waits until it is loaded
	eval(expression string) any   // the value of an expression of the page, as JSON has it
	act(actions ...inputSequence) // moves, clicks and types as a person does
}

// An inputSequence is what one input device does, in the words that WebDriver and
// WebDriver BiDi share: https://www.w3.org/TR/webdriver2/#actions
type inputSequence struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Parameters map[string]any `json:"parameters,omitempty"`
	Actions    []inputAction  `json:"actions"`
}

type inputAction struct {
	Type     string `json:"type"`
	X        *int   `json:"x,omitempty"`
	Y        *int   `json:"y,omitempty"`
	Button   *int   `json:"button,omitempty"`
	Value    string `json:"value,omitempty"`
	Duration int    `json:"duration,omitempty"`
}

// TestOutsideFirefox and TestOutsideWebKit go from the sign-in page to a finished job as a
// person with a mouse and a keyboard would. Chromium, with which all other tests of pages are
// made, forgives what these do not.
func TestOutsideFirefox(t *testing.T) {
	t.Parallel()
	walkInBrowser(t, startFirefox(t))
}

func TestOutsideWebKit(t *testing.T) {
	t.Parallel()
	walkInBrowser(t, startWebKit(t))
}

func walkInBrowser(t *testing.T, b driven) {
	d := startDemo(t, "instant")
	w := &browserWalk{t: t, driven: b, base: d.app.url}
	b.open(d.app.url + "/sign-in")
	w.watch()
	w.press("Sign in")
	w.at("/")
	w.press("New setup")
	for _, page := range []string{"account", "api", "domain", "certificates", "edge"} {
		w.at("/drafts/", "/"+page)
		switch page {
		case "api":
			w.choose("#api-0", "orders-api")
		case "domain":
			w.click("#domain")
			w.keys("api.harborview.example")
		}
		w.press("Next")
	}
	w.at("/drafts/", "/review")
	w.press("Start job")
	w.at("/jobs/")
	w.until("the job has succeeded, without loading the page again", func() bool { return strings.HasPrefix(w.text("document.title"), "Succeeded") })
	if got := w.text(`String(document.querySelectorAll("[id^=step-]").length > 5)`); got != "true" {
		t.Errorf("the job's page shows no steps")
	}
	w.press("Open setup")
	w.at("/setups/")
	w.until("the setup serves", func() bool { return strings.HasPrefix(w.text("document.title"), "Serving") })
	if got := w.text(`sessionStorage.trouble || ""`); got != "" {
		t.Errorf("the pages had errors: %s", got)
	}
	t.Logf("from the sign-in page to a setup that serves in %s", w.text("navigator.userAgent"))
}

// A browserWalk goes through the pages of one server.
type browserWalk struct {
	t *testing.T
	driven
	base string
}

func (w *browserWalk) text(expression string) string {
	w.t.Helper()
	s, _ := w.eval(expression).(string) // nothing while the page is changing
	return s
}

// until waits for what a person would see.
func (w *browserWalk) until(what string, seen func() bool) {
	w.t.Helper()
	for end := time.Now().Add(90 * time.Second); !seen(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("waited in vain until %s; at %s: %s", what, w.text("location.pathname"), w.text("document.body.innerText"))
		}
	}
}

// at waits for a page whose path begins and ends so, and notes its errors from then on.
func (w *browserWalk) at(prefix string, suffix ...string) {
	w.t.Helper()
	w.until("the page is "+prefix+"…"+strings.Join(suffix, ""), func() bool {
		path := w.text(`document.readyState == "complete" ? location.pathname : ""`)
		if prefix == "/" {
			return path == "/"
		}
		return strings.HasPrefix(path, prefix) && (len(suffix) == 0 || strings.HasSuffix(path, suffix[0]))
	})
	w.watch()
}

// noteErrors notes errors of a page's scripts.
const noteErrors = `() => {
	if (window.noted) return;
	window.noted = true;
	const note = e => { sessionStorage.trouble = (sessionStorage.trouble || "") + " " + (e.message || e.reason); };
	addEventListener("error", note);
	addEventListener("unhandledrejection", note);
}`

// watch notes errors from now on. Firefox does so before a page's own scripts run;
// WebDriver, with which WebKit is driven, has no way to.
func (w *browserWalk) watch() { w.eval("(" + noteErrors + ")()") }

// press clicks the link or button that says so, once it can be pressed.
func (w *browserWalk) press(says string) {
	w.t.Helper()
	w.clickFound("the button "+says, fmt.Sprintf(`[...document.querySelectorAll("button, a, summary")].find(e =>
		e.innerText.trim().startsWith(%q) && e.checkVisibility() && !e.closest("[aria-hidden=true]") && !e.disabled && e.getAttribute("aria-disabled") != "true")`, says))
}

func (w *browserWalk) click(selector string) {
	w.t.Helper()
	w.clickFound(selector, fmt.Sprintf(`document.querySelector(%q)`, selector))
}

// clickFound clicks an element, and once more when the page moved under the pointer, as a
// person does who sees that nothing was pressed.
func (w *browserWalk) clickFound(what, element string) {
	w.t.Helper()
	for range 5 {
		w.clickOnce(what, element)
		clicked := ""
		w.until("it is known whether "+what+" was clicked", func() bool {
			clicked = w.text(`sessionStorage.clicked || ""`) // nothing while the page is changing
			return clicked != ""
		})
		if clicked == "yes" {
			return
		}
		w.t.Logf("the page moved while %s was clicked", what)
	}
	w.t.Fatalf("%s is never where it was a moment ago", what)
}

// clickOnce scrolls to an element and clicks in its middle. The element notes the click
// where the next page can read it.
func (w *browserWalk) clickOnce(what, element string) {
	w.t.Helper()
	var x, y int
	w.until(what+" is there", func() bool {
		at := w.text(fmt.Sprintf(`(() => {
			const e = %s;
			if (!e) return "";
			e.scrollIntoView({block: "center", behavior: "instant"});
			const r = e.getBoundingClientRect(), x = Math.round(r.x + r.width/2), y = Math.round(r.y + r.height/2);
			const top = document.elementFromPoint(x, y);
			sessionStorage.clicked = "no";
			e.addEventListener("click", () => { sessionStorage.clicked = "yes"; }, {capture: true, once: true});
			return top && e.contains(top) ? x + " " + y : "";
		})()`, element))
		n, err := fmt.Sscan(at, &x, &y)
		return err == nil && n == 2
	})
	left := 0
	w.act(inputSequence{Type: "pointer", ID: "mouse", Parameters: map[string]any{"pointerType": "mouse"}, Actions: []inputAction{
		{Type: "pointerMove", X: &x, Y: &y}, {Type: "pointerDown", Button: &left}, {Type: "pointerUp", Button: &left},
	}})
}

// keys types a text.
func (w *browserWalk) keys(text string) {
	var keys []inputAction
	for _, r := range text {
		keys = append(keys, inputAction{Type: "keyDown", Value: string(r)}, inputAction{Type: "keyUp", Value: string(r)})
	}
	w.act(inputSequence{Type: "key", ID: "keyboard", Actions: keys})
}

// choose waits until a select has a choice that says so, and chooses it with the keyboard.
func (w *browserWalk) choose(selector, says string) {
	w.t.Helper()
	w.until(selector+" has "+says, func() bool {
		return w.text(fmt.Sprintf(`String([...(document.querySelector(%q)?.options || [])].some(o => o.text.includes(%q)))`, selector, says)) == "true"
	})
	w.eval(fmt.Sprintf(`(document.querySelector(%q).focus(), "")`, selector))
	w.keys(says[:1])
	w.until(selector+" is chosen", func() bool { return w.text(fmt.Sprintf(`document.querySelector(%q).value`, selector)) != "" })
}
