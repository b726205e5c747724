//go:build browser

package main

import (
	"testing"
	"time"
)

// TestBrowserConnectionKinds: the form of a connection shows the fields of the kind that
// is chosen and no others, and is no wider than it reads.
func TestBrowserConnectionKinds(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	s := newScreen(t, st.url, 1280, 900)
	s.visit(state{on: st, path: "/connections/new"})
	for kind, want := range map[string]string{"role": "name role source regions", "profile": "name profile regions", "default": "name regions"} {
		s.choose(`input[name=kind][value=` + kind + `]`)
		got := func() string {
			return s.eval(`[...document.querySelectorAll("form.by-kind .input")].filter(e => e.checkVisibility()).map(e => e.id).join(" ")`)
		}
		s.until(5*time.Second, "the fields of "+kind+" are "+want, func() bool { return got() == want })
	}
	if got := s.eval(`document.querySelector("form.by-kind").offsetWidth <= 40 * 16`); got != "true" {
		t.Error("the form is wider than it reads")
	}
	s.clean()
}
