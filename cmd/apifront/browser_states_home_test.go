//go:build browser

package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/setup"
	"apifront/store"
)

func homeStates(t *testing.T) []state {
	empty, many, places := newStage(t, true), newStage(t, true), newStage(t, true)
	manySetups(many, 200)
	manySetups(places, 40)
	for _, q := range []string{
		`UPDATE setups SET spec = REPLACE(spec, ',"domain"', ',"edge":{"tags":[{"key":"team","value":"payments"},{"key":"environment","value":"production"},{"key":"cost centre","value":"4711"},{"key":"owner","value":"mira"}]},"domain"') WHERE id < 's00012'`,
		`UPDATE setups SET account_id = CASE WHEN id < 's00030' THEN '482177301954' ELSE '771902885410' END`,
		`UPDATE jobs SET account_id = CASE WHEN id < 30 THEN '482177301954' ELSE '771902885410' END, region = CASE id % 3 WHEN 0 THEN 'us-east-1' WHEN 1 THEN 'ap-southeast-2' ELSE 'eu-west-1' END`,
	} {
		if _, err := places.store.Writer().ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	ordered, err := places.store.AskChecks(t.Context(), store.SetupFilter{Group: store.GroupServing}, demoName)
	if err != nil || ordered.Asked != 16 {
		t.Fatal(ordered, err)
	}
	some := newStage(t, true)
	some.start(some.draft(stageSpec("api.harborview.example", 2)), setup.JobApply, setup.JobInput{}).finish()
	some.start(some.draft(stageSpec("shop.harborview.example", 1)), setup.JobApply, setup.JobInput{}).done("identity")
	some.draft(stageSpec("", 1))
	untested, failed := newStage(t, true), newStage(t, true)
	failed.looks[setup.LookIdentity] = expired()
	failed.v.open("/connections")
	failed.v.press("Test", nil)
	failed.work()
	tested := newStage(t, true)
	tested.v.open("/connections")
	tested.v.press("Test", nil)
	tested.work()
	role, err := tested.store.CreateConnection(t.Context(), setup.Connection{
		Name: "Shop production, in the account of the people who look after the public APIs", Kind: setup.ConnectionRole,
		RoleARN: "arn:aws:iam::482177301954:role/apifront-for-the-shop", Source: setup.DefaultConnection,
	}, demoName)
	if err != nil {
		t.Fatal(err)
	}
	all := []state{
		{name: "connection-role", on: tested, path: "/connections/" + role.ID},
		{name: "connection-edit", on: tested, path: "/connections/" + role.ID + "/edit"},
		{name: "connection-delete", on: tested, path: "/connections/" + role.ID + "/delete"},
		{name: "home-empty", on: empty, path: "/"},
		{name: "home", on: some, path: "/"},
		{name: "home-200", on: many, path: "/"},
		{name: "home-no-hit", on: many, path: "/?q=nothing.example"},
		{name: "home-will-not-renew", on: many, path: "/?days=stopped&state=need-you"},
		{name: "home-under-30", on: many, path: "/?days=30"},
		{name: "home-places", on: places, path: "/"},
		{name: "home-place", on: places, path: "/?account=771902885410&region=us-east-1"},
		{name: "home-tag", on: places, path: "/?tag=team%3Dpayments"},
		{name: "home-checks-ordered", on: places, path: "/?state=serving"},
		{name: "home-ordered", on: places, path: "/setups/check", from: "/?state=serving", form: url.Values{"state": {"serving"}}},
		{name: "home-no-place", on: places, path: "/?account=771902885410&region=us-east-1&days=30&q=nothing"},
		{name: "home-none-match", on: some, path: "/?days=30&state=serving"},
		{name: "jobs-empty", on: empty, path: "/jobs"},
		{name: "jobs", on: some, path: "/jobs"},
		{name: "jobs-no-hit", on: some, path: "/jobs?status=cancelled&q=nothing.example"},
		{name: "jobs-many", on: many, path: "/jobs"},
		{name: "jobs-filtered", on: places, path: "/jobs?tag=team%3Dpayments&setup=s00003"},
		{name: "jobs-nobody", on: places, path: "/jobs?person=nobody"},
		{name: "jobs-last", on: many, path: "/jobs?before=20"},
		{name: "connections", on: tested, path: "/connections"},
		{name: "connections-untested", on: untested, path: "/connections"},
		{name: "connections-failed", on: failed, path: "/connections"},
		{name: "connection", on: tested, path: "/connections/default"},
		{name: "connection-new", on: tested, path: "/connections/new"},
		{name: "connection-new-422", on: tested, path: "/connections/new", form: url.Values{"kind": {"role"}}, status: 422},
		{name: "connection-new-profile", on: tested, path: "/connections/new", form: url.Values{"name": {"Shop"}, "kind": {"profile"}}, status: 422},
	}
	all = append(all, state{name: "time-zone", on: some, path: "/time-zone"})
	all = append(all, auditStates(t)...)
	all = append(all, userStates(t)...)
	empty.v.open("/help")
	all = append(all, state{name: "help", on: empty, path: "/help"})
	empty.v.page.Find("main a[href^='/help/']").Each(func(_ int, a *goquery.Selection) {
		href := strings.SplitN(a.AttrOr("href", ""), "#", 2)[0]
		all = append(all, state{name: strings.ReplaceAll(strings.TrimPrefix(href, "/"), "/", "-"), on: empty, path: href})
	})
	return all
}

// manySetups writes setups with long names and their finished jobs.
func manySetups(s *stage, n int) {
	s.t.Helper()
	for _, q := range []string{
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO setups (id, name, spec, revision, generation, created_by, created_at, updated_by, updated_at)
		SELECT printf('s%05d', i), printf('a-rather-long-label-as-some-people-have-them-n%05d.and-one-more.harborview.example', i),
			printf('{"account":{"region":"eu-west-1"},"domain":{"name":"a-rather-long-label-as-some-people-have-them-n%05d.and-one-more.harborview.example"}}', i), 1, 1, 'Mira Okafor', 1, 'Mira Okafor', 1 FROM n`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO jobs (id, revision, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
		SELECT i, 1, printf('s%05d', i), printf('a-rather-long-label-as-some-people-have-them-n%05d.and-one-more.harborview.example', i), 'apply',
			CASE i % 5 WHEN 0 THEN 'failed' WHEN 1 THEN 'cancelled' ELSE 'succeeded' END, '{}', 'default', '482177301954', 'eu-west-1', 'Mira Okafor',
			(strftime('%s', 'now') - ($1 - i) * 60) * 1000, (strftime('%s', 'now') - ($1 - i) * 60) * 1000, (strftime('%s', 'now') - ($1 - i) * 60 + 400) * 1000, 3, 0, 0 FROM n`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO states (setup_id, number, state, job, since)
		SELECT printf('s%05d', i), 1, CASE i % 5 WHEN 0 THEN 'not-finished' WHEN 1 THEN 'drifted' WHEN 2 THEN 'ready' ELSE 'serving' END, 0, strftime('%s', 'now') * 1000 - i FROM n`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1), e(i, ends) AS (SELECT i, strftime('%s', 'now') + (i * 7 % 200) * 86400 + 3600 FROM n)
		INSERT INTO guards (setup_id, terms, ends_at, stopped, seen_at, guarded_at)
		SELECT printf('s%05d', i), printf('[{"key":"certificate-edge","region":"us-east-1","ends":"%s"%s}]', strftime('%Y-%m-%dT%H:%M:%SZ', ends, 'unixepoch'),
			CASE i % 9 WHEN 3 THEN ',"stops":[{"kind":"caa"}]' WHEN 4 THEN ',"stops":[{"kind":"imported"}]' WHEN 5 THEN ',"stops":[{"kind":"dns"}]' ELSE '' END), ends * 1000, i % 9 IN (3, 4, 5), 1, 1 FROM e`,
	} {
		if _, err := s.store.Writer().ExecContext(s.t.Context(), q, n); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.store.Writer().ExecContext(s.t.Context(), `UPDATE counters SET value = $1 WHERE name = 'jobs'`, n); err != nil {
		s.t.Logf("the counter of jobs stays as it is: %v", err)
	}
}

var wizardPages = []string{"account", "api", "domain", "certificates", "edge", "review"}
