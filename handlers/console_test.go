package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
)

// The page of an arrow in demo mode shows the address and leads to none. There is no such
// page for other addresses, and none outside of demo mode.
func TestConsolePage(t *testing.T) {
	t.Parallel()
	const address = "https://us-east-1.console.aws.amazon.com/cloudfront/v4/home#/distributions/E76%26"
	at := "/console?address=" + url.QueryEscape(address)
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Demo = &handlers.Demo{} })
	page := s.Page(at)
	if got := page.Find("main .cmd code").Text(); got != address {
		t.Errorf("it shows %q", got)
	}
	if n := page.Find(`a[href*="amazon"]`).Length(); n != 0 {
		t.Errorf("%d links lead away", n)
	}
	for _, no := range []string{"/console", "/console?address=https://evil.example/", "/console?address=javascript:alert(1)"} {
		if a := s.Get(no); a.Status != http.StatusNotFound || strings.Contains(a.Body, "evil.example") {
			t.Errorf("%s: status %d", no, a.Status)
		}
	}
	if a := handlerstest.SignedIn(t, nil).Get(at); a.Status != http.StatusNotFound {
		t.Errorf("outside of demo mode: status %d", a.Status)
	}
}
