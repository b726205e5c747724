//go:build browser

package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"apifront/handlers"
	"apifront/notice"
	"apifront/setup"
	"apifront/store"
)

// noticeStates are the pages of notices: nobody is told yet, places in every state
// with long names and answers, a refused form, one place, a key that is shown once,
// a server that cannot add places, and what a viewer reads.
func noticeStates(t *testing.T) []state {
	t.Helper()
	var pages *handlers.Notices
	var mail *notice.Mail
	with := func() *stage {
		t.Helper()
		var err error
		_, pages, _, err = noticeConfig{keys: func() ([][]byte, error) { return [][]byte{[]byte(strings.Repeat("k", 64))}, nil }, mail: mail}.sender("https://apifront.example.com")
		if err != nil {
			t.Fatal(err)
		}
		return newStageWith(t, true, handlers.Config{Notices: pages})
	}
	const page = "/settings/notices"
	none := with()
	mail = &notice.Mail{Server: "mail.harborview.example:587"}
	some, sent := with(), with()
	long := "the people who look after the public APIs of the company"
	ids := addPlaces(some, "#api-alerts", "deploy-bot", long, "ops", "fresh")
	some.start(some.draft(stageSpec("orders.harborview.example", 1)), setup.JobApply, setup.JobInput{}).finish()
	answers := map[string]setup.NoticeAnswer{
		ids[0]: {Taken: true, Status: 200, Text: "ok", Took: 210e6},
		ids[1]: {Status: 503, Text: "upstream connect error or disconnect/reset before headers. reset reason: connection failure, transport failure reason: delayed connect error: 111", Took: 30e6},
		ids[2]: {Text: "No answer within 20 s.", Took: 20e9},
		ids[3]: {Status: 410, Text: strings.Repeat("gone-", 38), Gone: true, Took: 9e6},
	}
	deliverAll(some, answers)
	deliverAll(some, answers) // what the first round made wait for its place
	addPlaces(sent, "#api-alerts")
	hook := setup.NoticePlace{ID: uuid.NewString(), Kind: setup.NoticeHook, Name: "deploy-bot", Host: "bots.harborview.example"}
	var err error
	if hook.Sealed, err = pages.Seal(hook, setup.NoticeSecret{Address: "https://bots.harborview.example/apifront"}); err != nil {
		t.Fatal(err)
	}
	if err := sent.store.AddNoticePlace(t.Context(), hook, demoName); err != nil {
		t.Fatal(err)
	}
	seen := with()
	addPlaces(seen, "#api-alerts", "deploy-bot")
	me, err := seen.store.UserByEmail(t.Context(), demoEmail)
	if err != nil {
		t.Fatal(err)
	}
	if err := seen.store.CreateUser(t.Context(), store.User{ID: "a", Name: "Jonas", Email: "jonas@apifront.example", Role: store.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	if err := seen.store.SetRole(t.Context(), me.ID, store.RoleViewer); err != nil {
		t.Fatal(err)
	}
	seen.v.signIn()
	atWork := some.start(some.draft(stageSpec("told.harborview.example", 1)), setup.JobApply, setup.JobInput{})
	atWork.done("identity")
	looked := seen.start(seen.draft(stageSpec("told.harborview.example", 1)), setup.JobApply, setup.JobInput{})
	job, err := some.store.Job(t.Context(), atWork.id)
	if err != nil {
		t.Fatal(err)
	}
	missing := newStageWith(t, true, handlers.Config{Notices: &handlers.Notices{Missing: "No place can be added: this server has no key to encrypt addresses with."}})
	return []state{
		{name: "notices-none", on: none, path: page},
		{name: "notices", on: some, path: page + "?done=saved"},
		{name: "notices-sending", on: sent, path: page},
		{name: "notices-422", on: some, path: page, form: url.Values{"kind": {"x"}, "address": {"http://" + strings.Repeat("long-", 60)}, "name": {"#api-alerts"}}, status: 422},
		{name: "notices-key", on: sent, path: page + "/" + hook.ID + "/key", from: page + "/" + hook.ID, form: url.Values{}},
		{name: "notices-place", on: some, path: page + "/" + ids[1]},
		{name: "notices-place-422", on: some, path: page + "/" + ids[1], form: url.Values{"name": {""}, "address": {"ftp://x"}}, status: 422},
		{name: "notices-viewer", on: seen, path: page},
		{name: "notices-missing", on: missing, path: page},
		{name: "told-setup", on: some, path: "/setups/" + job.SetupID},
		{name: "told-job", on: some, path: fmt.Sprintf("/jobs/%d", atWork.id)},
		{name: "told-viewer", on: seen, path: fmt.Sprintf("/jobs/%d", looked.id)},
	}
}

// addPlaces adds places, programs and chats in turn.
func addPlaces(s *stage, names ...string) (ids []string) {
	s.t.Helper()
	for i, name := range names {
		id, err := store.NewNoticePlaceID()
		if err != nil {
			s.t.Fatal(err)
		}
		p := setup.NoticePlace{ID: id, Kind: []setup.NoticeKind{setup.NoticeChat, setup.NoticeHook}[i%2], Name: name, Host: "bots.harborview.example", Topics: setup.NoticeTopics()[:8-i]}
		if err := s.store.AddNoticePlace(s.t.Context(), p, demoName); err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// deliverAll answers what waits for these places, as a worker does.
func deliverAll(s *stage, answers map[string]setup.NoticeAnswer) {
	s.t.Helper()
	for {
		p, found, err := s.store.NextDelivery(s.t.Context(), "w")
		if err != nil {
			s.t.Fatal(err)
		}
		if !found {
			return
		}
		a, given := answers[p.Place.ID]
		if !given {
			return
		}
		if err := s.store.FinishDelivery(s.t.Context(), "w", p, a); err != nil {
			s.t.Fatal(err)
		}
	}
}
