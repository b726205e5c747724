//go:build browser

package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
)

// userStates are the users, one's own account, one-time links, and what a
// viewer is told.
func userStates(t *testing.T) []state {
	t.Helper()
	s, seen := newStage(t, true), newStage(t, true)
	add := func(s *stage, name, email, role string) string {
		t.Helper()
		u := store.User{ID: uuid.NewString(), Email: email, Name: name, PasswordHash: handlers.HashPassword(demoPassword), Role: role}
		if err := s.store.CreateUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		return "/settings/users/" + u.ID
	}
	jonas := add(s, "Jonas Lindqvist", "jonas@apifront.example", store.RoleOperator)
	away := add(s, strings.Repeat("Annabel-Maria ", 7), strings.Repeat("annabel.maria.", 8)+"@apifront.example", store.RoleViewer)
	if err := s.store.Disable(t.Context(), strings.TrimPrefix(away, "/settings/users/")); err != nil {
		t.Fatal(err)
	}
	token, hash := handlers.NewLinkToken()
	now := time.Now()
	if err := s.store.CreateLink(t.Context(), hash, store.Link{Email: "ida@apifront.example", Role: store.RoleViewer, CreatedBy: demoName, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	users := "/settings/users"
	viewer, err := seen.store.UserByEmail(t.Context(), demoEmail)
	if err != nil {
		t.Fatal(err)
	}
	add(seen, "Jonas Lindqvist", "jonas@apifront.example", store.RoleAdmin)
	if err := seen.store.SetRole(t.Context(), viewer.ID, store.RoleViewer); err != nil {
		t.Fatal(err)
	}
	seen.v.signIn()
	return []state{
		{name: "users", on: s, path: users},
		{name: "users-422", on: s, path: users, form: url.Values{"email": {"ida"}, "role": {"viewer"}}, status: 422},
		{name: "user", on: s, path: jonas},
		{name: "user-disabled", on: s, path: away},
		{name: "user-reset", on: s, path: jonas + "/reset", from: jonas, form: url.Values{}},
		{name: "account", on: s, path: "/account"},
		{name: "account-422", on: s, path: "/account/password", from: "/account", form: url.Values{"old": {"guess"}, "password": {"short"}}, status: 422},
		{name: "link", on: s, path: handlers.LinkPath(token), nobody: true},
		{name: "link-422", on: s, path: handlers.LinkPath(token), nobody: true, form: url.Values{"password": {"short"}}, status: 422},
		{name: "link-used", on: s, path: handlers.LinkPath("used"), nobody: true, status: 404},
		{name: "home-viewer", on: seen, path: "/"},
		{name: "not-allowed", on: seen, path: users, status: 403},
	}
}

// auditStates are the audit log with lines of every kind.
func auditStates(t *testing.T) []state {
	t.Helper()
	s := newStage(t, true)
	long := strings.Repeat("a-rather-long-label-", 12) + "<b>harborview</b>"
	for i, act := range store.Acts() {
		ctx := store.WithActor(t.Context(), store.Actor{UserID: "u", Name: demoName, Email: demoEmail, Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348"})
		result := []string{store.ResultDone, store.ResultWrong, store.ResultLimited, store.ResultRefused}[i%4]
		if err := s.store.Audit(ctx, store.Act{Action: act, On: "job 12, api.harborview.example", Result: result, Detail: "account 482177301954, eu-west-1"}); err != nil {
			t.Fatal(err)
		}
	}
	for range 40 {
		if err := s.store.Audit(t.Context(), store.Act{Action: store.ActRequest, On: "GET /" + long, Result: store.ResultRefused, Detail: long}); err != nil {
			t.Fatal(err)
		}
	}
	return []state{
		{name: "audit", on: s, path: "/settings/audit?result=done"},
		{name: "audit-long", on: s, path: "/settings/audit"},
		{name: "audit-no-hit", on: s, path: "/settings/audit?who=nobody"},
	}
}

// keyStates are the page of the keys that tests may send.
func keyStates(t *testing.T) []state {
	t.Helper()
	none := newStage(t, true)
	some := newStageWith(t, true, handlers.Config{ProbeKeys: []string{"APIFRONT_PROBE_KEY_ORDERS", "APIFRONT_PROBE_KEY_OF_THE_PEOPLE_WHO_LOOK_AFTER_THE_PUBLIC_APIS"}})
	for _, k := range []setup.ProbeKey{
		{Variable: "APIFRONT_PROBE_KEY_ORDERS", Host: "api.harborview.example", Header: "X-Api-Key"},
		{Variable: "APIFRONT_PROBE_KEY_GONE", Host: strings.Repeat("long-label.", 8) + "harborview.example", Header: "Authorization"},
	} {
		if err := some.store.BindProbeKey(t.Context(), k, demoName); err != nil {
			t.Fatal(err)
		}
	}
	return []state{
		{name: "keys-none", on: none, path: "/settings/keys"},
		{name: "keys", on: some, path: "/settings/keys"},
		{name: "keys-422", on: some, path: "/settings/keys", form: url.Values{"variable": {"x"}, "domain": {"no name"}, "header": {"Cookie"}}, status: 422},
	}
}
