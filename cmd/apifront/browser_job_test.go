//go:build browser

package main

import (
	"strings"
	"testing"
	"time"
)

// TestBrowserMainJob walks the demo from sign-in to a finished job, with
// nothing typed but the domain name.
func TestBrowserMainJob(t *testing.T) {
	for _, tc := range []struct {
		name, region, api, domain string
		elsewhere                 bool
		skipped                   bool // one certificate
	}{
		{name: "REST in us-east-1", region: "us-east-1", api: "REST", domain: "api.harborview.example", skipped: true},
		{name: "HTTP in another region", region: "eu-west-1", api: "HTTP", domain: "shop.lakeside.example"},
		{name: "REST with DNS elsewhere", region: "eu-west-1", api: "REST", domain: "api.lakeside.example", elsewhere: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := startDemo(t, "demo")
			s := newScreen(t, d.app.url, 1280, 900)
			s.signIn()
			s.press("New setup")
			s.page("account")
			if got := s.eval(`document.querySelector('[name=region]').value`); got != tc.region {
				s.set(`select[name=region]`, tc.region)
			}
			s.press("Next")
			s.page("api")
			s.chooseAPI(tc.api)
			s.press("Next")
			s.page("domain")
			s.fill("#domain", tc.domain)
			if tc.elsewhere {
				s.choose(`input[name=dns][value=elsewhere]`)
			}
			s.press("Next")
			s.page("certificates")
			s.press("Next")
			s.page("edge")
			s.press("Next")
			s.page("review")
			s.shot("review")
			s.press("Start job")
			s.until(10*time.Second, "job page", func() bool { return strings.HasPrefix(s.path(), "/jobs/") })
			if tc.elsewhere {
				d.addRecordsAsAPersonWould(t, s)
			}
			started := time.Now()
			s.until(75*time.Second, "succeeded", func() bool { return strings.HasPrefix(s.title(), "Succeeded") })
			t.Logf("the page said Succeeded %.1f s after the start", time.Since(started).Seconds())
			s.shot("job")
			if got := s.eval(`document.querySelectorAll('.steps > li').length`); got != "15" {
				t.Errorf("the job shows %s steps, want 15", got)
			}
			if tc.skipped && !strings.Contains(s.text("#step-certificate-regional"), "us-east-1") {
				t.Errorf("the skipped regional certificate does not say why: %q", s.text("#step-certificate-regional"))
			}
			s.open("/jobs")
			if !strings.Contains(s.text("main"), tc.domain) {
				t.Errorf("the job history does not name %s: %s", tc.domain, s.text("main"))
			}
			s.shot("history")
			s.clean()
		})
	}
}

// TestBrowserFaultAndRerun orders a fault, sees the failed step, re-runs it,
// and sees the job succeed.
func TestBrowserFaultAndRerun(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "demo")
	s := newScreen(t, d.app.url, 1280, 900)
	s.toDomain()
	s.fill("#domain", "api.harborview.example")
	s.press("Next")
	s.page("certificates")
	s.press("Next")
	s.page("edge")
	s.press("Next")
	s.page("review")
	s.choose(`details:has([name=fault]) > summary`)
	s.choose(`[name=fault][value=distribution-refused]`)
	s.until(10*time.Second, "the fault stands beside Start", func() bool { return strings.Contains(s.text(".startbar"), "The demo makes this job fail") })
	s.page("review")
	s.press("Start job")
	s.until(75*time.Second, "failed", func() bool {
		return strings.HasPrefix(s.title(), "Failed") || strings.HasPrefix(s.title(), "1 step failed")
	})
	s.shot("failed-step") // a copy of this picture is docs/job.png
	if said := s.text("main"); !strings.Contains(said, "AccessDenied") || !strings.Contains(said, "must be verified") {
		t.Errorf("the failed job does not quote CloudFront: %s", said)
	}
	s.press("Try again")
	s.until(75*time.Second, "succeeded", func() bool { return strings.HasPrefix(s.title(), "Succeeded") })
	if got := s.text("#step-distribution"); !strings.Contains(got, "2 attempts") {
		t.Errorf("the step does not show its two attempts: %q", got)
	}
	s.shot("rerun")
	s.clean()
}

func (s *screen) signIn() {
	s.t.Helper()
	s.open("/sign-in")
	s.press("Sign in")
	s.until(10*time.Second, "home page", func() bool { return s.path() == "/" })
}

// page waits until the wizard shows a page, whole.
func (s *screen) page(id string) {
	s.t.Helper()
	s.until(20*time.Second, "wizard page "+id, func() bool {
		return strings.HasSuffix(s.path(), "/"+id) && s.eval(`document.readyState`) == "complete" &&
			s.eval(`document.querySelectorAll('[id^=poll-]').length`) == "0"
	})
}

// toDomain goes through the wizard with the first REST API, up to the page Domain and DNS.
func (s *screen) toDomain() {
	s.t.Helper()
	s.signIn()
	s.press("New setup")
	s.page("account")
	s.press("Next")
	s.page("api")
	s.chooseAPI("REST")
	s.press("Next")
	s.page("domain")
}
