//go:build browser

package main

import (
	"net/url"
	"testing"
)

func errorStates(t *testing.T) []state {
	s := newStage(t, true)
	broken := newStage(t, true)
	broken.breakDatabase()
	full := newStage(t, true)
	draft := "/drafts/" + full.draft(stageSpec("api.harborview.example", 1)).ID + "/domain"
	full.read("/", draft, draft)
	form := formOf(full.v.page)
	form.Set("go", "next")
	if _, err := full.store.Writer().ExecContext(t.Context(), `PRAGMA query_only = ON`); err != nil {
		t.Fatal(err)
	}
	return []state{
		{name: "403", on: s, path: "/drafts", nobody: true, alien: true, form: url.Values{}, status: 403},
		{name: "503", on: full, path: "/drafts", from: "/", form: url.Values{}, status: 503},
		{name: "503-draft", on: full, path: draft, form: form, status: 503},
		{name: "404", on: s, path: "/jobs/99", status: 404},
		{name: "404-page", on: s, path: "/nowhere", status: 404},
		{name: "405", on: s, path: "/sign-out", status: 405},
		{name: "store-broken-home", on: broken, path: "/", status: 500},
	}
}

// breakDatabase takes a table away from a store that is open.
func (s *stage) breakDatabase() {
	s.t.Helper()
	if _, err := s.store.Writer().ExecContext(s.t.Context(), `ALTER TABLE setups RENAME TO setups_gone`); err != nil {
		s.t.Fatal(err)
	}
}
