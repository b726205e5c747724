//go:build browser

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"apifront/cloud/sim"
)

// reviewed goes through the wizard with the first answers that are offered, up
// to the review.
func (s *screen) reviewed(domain string) {
	s.t.Helper()
	s.signIn()
	s.press("New setup")
	for _, id := range wizardPages[:5] {
		s.page(id)
		if id == "api" {
			s.chooseAPI("REST")
		}
		if id == "domain" {
			s.run("type the domain", chromedp.Click(chromedp.CSS("#domain")), chromedp.SendKeys(chromedp.CSS("#domain"), domain))
		}
		s.press("Next")
	}
	s.page("review")
}

// started starts the job of a review.
func (s *screen) started() {
	s.t.Helper()
	s.press("Start job")
	s.until(10*time.Second, "job page", func() bool { return strings.HasPrefix(s.path(), "/jobs/") })
}

// TestBrowserCause: the page of a job says what is wrong while the job still
// looks, without a reload.
func TestBrowserCause(t *testing.T) {
	t.Parallel()
	const domain = "api.harborview.example"
	says := func(s *screen, limit time.Duration, words ...string) {
		s.t.Helper()
		began := time.Now()
		for _, w := range words {
			s.until(limit, w, func() bool { return strings.Contains(s.text("main"), w) })
		}
		s.t.Logf("it was said after %.1f seconds", time.Since(began).Seconds())
	}
	pictures := func(s *screen, name string) {
		s.t.Helper()
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 390} {
				s.emulate(theme, width, false)
				s.shot(name + "-" + theme + "-" + map[int64]string{1280: "1280", 390: "390"}[width])
			}
		}
		s.emulate("light", 1280, false)
	}
	t.Run("zone not delegated", func(t *testing.T) {
		t.Parallel()
		d := startDemo(t, "demo")
		s := newScreen(t, d.app.url, 1280, 900)
		s.reviewed(domain)
		s.started()
		d.sim.Delegate("harborview.example")
		says(s, 45*time.Second, "What is wrong just now", "nobody asks there")
		pictures(s, "cause")
		d.sim.Delegate("harborview.example", d.sim.NameServers(d.world.Zones["harborview.example"])...)
		says(s, 90*time.Second, "is served by CloudFront")
		s.clean()
	})
	t.Run("DNS is down", func(t *testing.T) {
		t.Parallel()
		d := startDemo(t, "demo")
		s := newScreen(t, d.app.url, 1280, 900)
		s.reviewed(domain)
		s.started()
		for _, r := range d.sim.Resolvers() {
			if err := d.sim.SetResolver(sim.Resolver{Address: r, Behavior: sim.ResolverFails}); err != nil {
				t.Fatal(err)
			}
		}
		says(s, 60*time.Second, "What is wrong just now", "DNS")
		pictures(s, "cause")
		for _, r := range d.sim.Resolvers() {
			if err := d.sim.SetResolver(sim.Resolver{Address: r}); err != nil {
				t.Fatal(err)
			}
		}
		says(s, 90*time.Second, "is served by CloudFront")
		s.clean()
	})
	t.Run("the API wants a key", func(t *testing.T) {
		t.Parallel()
		d := startDemo(t, "demo")
		for name, id := range d.world.APIs { // REST APIs ask for a key, HTTP APIs for a signature
			for _, m := range []sim.Method{{Key: "ANY /", APIKey: true}, {Key: "ANY /", Authorization: "AWS_IAM"}} {
				if _, err := d.sim.ChangeAPI(id, sim.API{Name: name, Methods: []sim.Method{m}}); err == nil {
					break
				}
			}
		}
		s := newScreen(t, d.app.url, 1280, 900)
		s.reviewed(domain)
		s.started()
		says(s, 90*time.Second, "asks callers for a key or a signature", "is served by CloudFront")
		pictures(s, "key")
		s.clean()
	})
}
