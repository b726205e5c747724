//go:build browser

package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A gate stands between the browser and the server, and says what happens to
// questions of the plan panel.
type gate struct {
	mu   sync.Mutex
	held []chan struct{} // answers that are kept back, oldest first
	hold bool
	shut bool
}

func (g *gate) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/plan") {
			next.ServeHTTP(w, r)
			return
		}
		g.mu.Lock()
		shut, hold := g.shut, g.hold
		free := make(chan struct{})
		if hold {
			g.held = append(g.held, free)
		}
		g.mu.Unlock()
		if shut {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if !hold {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r) // what was asked is answered at once, and comes late
		select {
		case <-free:
		case <-time.After(10 * time.Second):
		}
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // the browser may have given the question up
	})
}

func (g *gate) set(hold, shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hold, g.shut = hold, shut
}

func (g *gate) waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.held)
}

// release lets the answers go, the newest first.
func (g *gate) release() {
	g.mu.Lock()
	held := g.held
	g.held, g.hold = nil, false
	g.mu.Unlock()
	for i := len(held) - 1; i >= 0; i-- {
		close(held[i])
		time.Sleep(200 * time.Millisecond)
	}
}

// TestBrowserPlanPanel types into the wizard while answers come late, in the
// wrong order, or not at all: what was typed last stays, and nobody is
// disturbed.
func TestBrowserPlanPanel(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "instant")
	target, err := url.Parse(d.app.url)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	proxy := httptest.NewServer(g.wrap(httputil.NewSingleHostReverseProxy(target)))
	t.Cleanup(proxy.Close)
	s := newScreen(t, proxy.URL, 1280, 900)
	s.signIn()
	s.press("New setup")
	for _, id := range []string{"account", "api"} {
		s.page(id)
		if id == "api" {
			s.chooseAPI("REST")
		}
		s.press("Next")
	}
	s.page("domain")
	plan := func() string { return s.text("#plan-in") }
	line := func() bool { return s.eval(`!document.querySelector("#plan [data-could-not]").hidden`) == "true" }
	g.set(true, false)
	s.fill("#domain", "first.harborview.example")
	s.until(5*time.Second, "the first question is asked", func() bool { return g.waiting() > 0 })
	first := g.waiting()
	s.fill("#domain", "second.harborview.example")
	s.until(5*time.Second, "the second question is asked without waiting for the first answer", func() bool { return g.waiting() > first })
	g.release()
	s.until(5*time.Second, "the plan is about the second name", func() bool { return strings.Contains(plan(), "second.harborview.example") })
	time.Sleep(500 * time.Millisecond) // what is late comes now
	if text := plan(); !strings.Contains(text, "second.harborview.example") || strings.Contains(text, "first.") {
		t.Errorf("after late answers the plan says %q", text)
	}
	s.until(10*time.Second, "the name is looked up", func() bool { return strings.Contains(s.text("#part"), "Free to use") })

	s.eval(`document.querySelector("#part details.why").open = true`)
	s.eval(`document.querySelector("#domain").setSelectionRange(3, 3)`)
	g.set(false, true)
	s.run("type in the middle", chromedp.KeyEvent("x"))
	s.until(5*time.Second, "the panel says that it could not be updated", line)
	if got := s.eval(`document.activeElement.id + " " + document.activeElement.selectionStart`); got != "domain 4" {
		t.Errorf("focus and caret are at %q, want \"domain 4\"", got)
	}
	g.set(false, false)
	s.run("type on", chromedp.KeyEvent("y"))
	s.until(5*time.Second, "the panel follows again", func() bool { return !line() && strings.Contains(plan(), "secxyond.") })
	s.until(5*time.Second, "the part is about the new name", func() bool {
		return s.eval(`document.querySelector("[name=dns-for]").value`) == "secxyond.harborview.example"
	})
	if got := s.eval(`document.activeElement.id + " " + document.activeElement.selectionStart + " " + document.querySelector("#part details.why").open`); got != "domain 5 true" {
		t.Errorf("focus, caret and open help: %q", got)
	}
}
