//go:build browser

package main

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// TestBrowserClear types paths whose answers are to be cleared: what they cover
// follows, without a press and without taking the focus, and a wider path is taken
// by a button.
func TestBrowserClear(t *testing.T) {
	t.Parallel()
	stage := newStage(t, true)
	spec := stageSpec("shared.harborview.example", 1)
	spec.Edge.Caching = setup.CachingFixed
	d := stage.draft(spec)
	stage.start(d, setup.JobApply, setup.JobInput{}).finish("policies")
	s := newScreen(t, stage.url, 1280, 900)
	s.visit(state{on: stage, path: "/setups/" + d.ID + "/clear"})
	s.fill("#paths", "/orders")
	s.until(5*time.Second, "what is typed is explained", func() bool { return strings.Contains(s.text("#covers"), "Only /orders itself") })
	if got := s.eval(`document.activeElement.id + " " + document.activeElement.value`); got != "paths /orders" {
		t.Errorf("focus and text: %q", got)
	}
	s.fill("#paths", "/orders\n/~tmp")
	s.until(5*time.Second, "what CloudFront refuses is said", func() bool { return strings.Contains(s.text("#covers"), "Enter /* instead of “/~tmp”") })
	s.choose(`#covers button[name=take]`)
	s.until(5*time.Second, "the wider path is taken", func() bool { return s.eval(`document.querySelector("#paths").value`) == "/orders*\n/~tmp" })
	s.choose("#clear .actions button")
	s.until(5*time.Second, "what is refused stays", func() bool {
		return strings.HasPrefix(s.title(), "Error: ") && s.eval(`document.querySelector("#paths").value`) == "/orders*\n/~tmp"
	})
	s.fill("#paths", "/orders*")
	s.until(5*time.Second, "the cover of what is typed", func() bool { return strings.Contains(s.text("#covers"), "All that begins with /orders") })
	s.choose("#clear .actions button")
	s.until(5*time.Second, "the job's page", func() bool { return strings.HasPrefix(s.path(), "/jobs/") })
}
