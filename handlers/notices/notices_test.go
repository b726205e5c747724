package notices_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/notice"
	"apifront/setup"
	"apifront/store"
)

// A site with what seals places, and the keys that open them.
func site(t *testing.T) (*handlerstest.Site, notice.Keys) {
	t.Helper()
	keys, err := notice.NewKeys([][]byte{bytes.Repeat([]byte("k"), 64)})
	if err != nil {
		t.Fatal(err)
	}
	s := handlerstest.SignedIn(t, func(c *handlers.Config) {
		c.Notices = &handlers.Notices{Check: notice.New(notice.Settings{}).Check, Seal: keys.Seal, NewKey: notice.NewKey, Rekey: keys.Rekey}
	})
	return s, keys
}

const path = "/settings/notices"

func typed(kind, address, name string) url.Values {
	return url.Values{"kind": {kind}, "address": {address}, "name": {name}}
}

// answer answers all that waits, as the worker does.
func answer(s *handlerstest.Site, a setup.NoticeAnswer) (told []setup.Notice) {
	s.T.Helper()
	for {
		p, found, err := s.Store.NextDelivery(s.T.Context(), "w")
		if err != nil {
			s.T.Fatal(err)
		}
		if !found {
			return told
		}
		told = append(told, p.Delivery.Notice)
		if err := s.Store.FinishDelivery(s.T.Context(), "w", p, a); err != nil {
			s.T.Fatal(err)
		}
	}
}

func places(s *handlerstest.Site) []setup.NoticePlace {
	s.T.Helper()
	list, err := s.Store.NoticePlaces(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	return list
}

// A chat is added, told a test, and its address is never seen again; the audit log
// has who did it.
func TestAddAChat(t *testing.T) {
	t.Parallel()
	s, keys := site(t)
	handlerstest.Contains(t, s.Page(path), "main", "Nobody is told yet", "Add a place")
	const secret = "https://hooks.example.com/services/T0/B0/very-secret"
	for field, bad := range map[string]url.Values{
		"kind":    typed("pigeon", secret, "#api-alerts"),
		"address": typed("chat", "http://hooks.example.com/x", "#api-alerts"),
		"name":    typed("chat", secret, " "),
	} {
		a := s.Post(path, bad)
		if a.Status != http.StatusUnprocessableEntity || a.Doc.Find("#errors a[href='#"+field+"']").Length() != 1 || a.Doc.Find("#errors a").Length() != 1 {
			t.Errorf("%s: status %d, %s", field, a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
		}
		if got := a.Doc.Find("input#address").AttrOr("value", ""); got != bad.Get("address") {
			t.Errorf("%s: the address that was typed is %q now", field, got)
		}
	}
	if a := s.Post(path, typed("chat", secret, strings.Repeat("x", 61))); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a long name: status %d", a.Status)
	}
	a := s.Post(path, typed("chat", " "+secret+" ", "#api-alerts"))
	if a.Status != http.StatusSeeOther || a.To != path+"?done=added" {
		t.Fatalf("%d %s", a.Status, a.To)
	}
	handlerstest.Contains(t, s.Page(a.To), "main", "a test was sent", "#api-alerts", "Chat at hooks.example.com", "Being sent")
	if told := answer(s, setup.NoticeAnswer{Status: 404, Text: "no_service"}); len(told) != 1 || told[0].Event != setup.NoticeTest {
		t.Errorf("%+v", told)
	}
	handlerstest.Contains(t, s.Page(path), "main", "Test not taken", "404: “no_service”")
	p := places(s)[0]
	if got, err := keys.Open(p); err != nil || got.Address != secret || got.Key != "" {
		t.Errorf("%v", err)
	}
	if a := s.Post(path, typed("chat", secret, "#api-alerts")); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("the same name again: status %d", a.Status)
	}
	for _, page := range []string{path, path + "/" + p.ID, "/settings/audit"} {
		if strings.Contains(s.Get(page).Body, "very-secret") {
			t.Errorf("%s shows the address", page)
		}
	}
	handlerstest.Contains(t, s.Page("/settings/audit"), "main", "Add a place for notices", "place #api-alerts, chat", "at hooks.example.com")
}

var hookKey = regexp.MustCompile(`whsec_[A-Za-z0-9+/]+=*`)

// The key of a program is shown when it is made, once, and a new one when it is asked
// for. Another address makes a new key too.
func TestTheKeyOfAProgramIsShownOnce(t *testing.T) {
	t.Parallel()
	s, keys := site(t)
	shown := func(a handlerstest.Reply) string {
		t.Helper()
		if a.Status != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("status %d, %v", a.Status, a.Header)
		}
		handlerstest.CheckPage(t, path, a.Doc)
		return hookKey.FindString(a.Doc.Find("main").Text())
	}
	now := func() setup.NoticeSecret {
		t.Helper()
		secret, err := keys.Open(places(s)[0])
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	first := shown(s.Post(path, typed("hook", "https://bots.example.com/in", "deploy-bot")))
	if first == "" || now().Key != first {
		t.Errorf("it shows %q", first)
	}
	edit := path + "/" + places(s)[0].ID
	for _, page := range []string{path, edit} {
		if hookKey.MatchString(s.Get(page).Body) {
			t.Errorf("%s shows a key", page)
		}
	}
	second := shown(s.Post(edit+"/key", nil))
	if second == first || now() != (setup.NoticeSecret{Address: "https://bots.example.com/in", Key: second}) {
		t.Error("the key is the old one")
	}
	third := shown(s.Post(edit, url.Values{"name": {"deploy-bot"}, "address": {"https://others.example.com/in"}}))
	if third == second || now() != (setup.NoticeSecret{Address: "https://others.example.com/in", Key: third}) || places(s)[0].Host != "others.example.com" {
		t.Error("another address has the old key")
	}
	answer(s, setup.NoticeAnswer{Taken: true})
	if a := s.Post(edit, url.Values{"name": {"bot"}}); a.To != path+"?done=changed" || now().Key != third || places(s)[0].Name != "bot" {
		t.Errorf("%d %s", a.Status, a.To)
	}
	if told := answer(s, setup.NoticeAnswer{Taken: true}); len(told) > 0 {
		t.Error("another name sends a test")
	}
	s.Post(path, typed("chat", "https://hooks.example.com/x", "#api-alerts"))
	if a := s.Post(path+"/"+places(s)[1].ID+"/key", nil); a.Status != http.StatusNotFound {
		t.Errorf("a key for a chat: status %d", a.Status)
	}
	if a := s.Post(edit, url.Values{"name": {"#api-alerts"}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a name that another place has: status %d", a.Status)
	}
	if a := s.Post(edit, url.Values{"name": {""}, "address": {"ftp://x"}}); a.Status != http.StatusUnprocessableEntity || a.Doc.Find("#errors a").Length() != 2 {
		t.Errorf("status %d", a.Status)
	}
}

// What goes where is one table with one button; places that it did not show stay as
// they are.
func TestWhatGoesWhere(t *testing.T) {
	t.Parallel()
	s, _ := site(t)
	s.Post(path, typed("chat", "https://hooks.example.com/a", "#a"))
	s.Post(path, typed("chat", "https://hooks.example.com/b", "#b"))
	list := places(s)
	form := handlerstest.Fields(s.Page(path), "form[action='/settings/notices/topics']")
	if len(form["place"]) != 2 || len(form[string(setup.TopicTurn)]) != 2 {
		t.Fatalf("%v", form)
	}
	s.Post(path, typed("chat", "https://hooks.example.com/c", "#c"))
	form[string(setup.TopicTurn)] = []string{list[0].ID}
	form[string(setup.TopicDrift)] = []string{list[1].ID}
	form["nonsense"] = []string{list[0].ID}
	if a := s.Post(path+"/topics", form); a.To != path+"?done=saved" {
		t.Errorf("%d %s", a.Status, a.To)
	}
	list = places(s)
	for i, want := range []struct{ turn, drift bool }{{true, false}, {false, true}, {true, true}} {
		got := list[i].Topics
		if slices.Contains(got, setup.TopicTurn) != want.turn || slices.Contains(got, setup.TopicDrift) != want.drift || !slices.Contains(got, setup.TopicFailed) {
			t.Errorf("%s: %v", list[i].Name, got)
		}
	}
	handlerstest.Contains(t, s.Page("/settings/audit"), "main", "what goes where")
}

// Deliveries are listed with what the other side said, and sent again; old ones have
// a page of their own.
func TestDeliveriesAreListed(t *testing.T) {
	t.Parallel()
	s, _ := site(t)
	s.Post(path, typed("chat", "https://hooks.example.com/a", "#a"))
	answer(s, setup.NoticeAnswer{Taken: true, Status: 200})
	for i := range 25 {
		spec := setup.DefaultSpec()
		spec.Domain.Name = fmt.Sprintf("n%d.example.com", i)
		d, err := s.Store.CreateDraft(t.Context(), "Mira Okafor", spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Store.StartJob(t.Context(), store.NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "a", Skip: "x"}}}); err != nil {
			t.Fatal(err)
		}
	}
	answer(s, setup.NoticeAnswer{Status: 503, Text: "<b>busy</b>"})
	doc := s.Page(path)
	handlerstest.Contains(t, doc, "main", "n24.example.com", "503: “<b>busy</b>”", "Not taken", "Show older")
	again := doc.Find("form[action^='/settings/deliveries/']").First().AttrOr("action", "")
	if a := s.Post(again, nil); a.To != path+"?done=sent" {
		t.Errorf("%d %s", a.Status, a.To)
	}
	if told := answer(s, setup.NoticeAnswer{Taken: true, Status: 200}); len(told) != 1 || told[0].Setup != "n24.example.com" {
		t.Errorf("%+v", told)
	}
	older := s.Page(strings.SplitN(doc.Find(".card-f a:contains('Show older')").AttrOr("href", ""), "#", 2)[0])
	handlerstest.Contains(t, older, "main", "n0.example.com", "Show the newest", "Test")
	if strings.Contains(older.Find("main").Text(), "n24.example.com") {
		t.Error("the newest is among the older ones")
	}
	for _, p := range []string{"/settings/deliveries/x/resend", path + "/x/test", path + "/x/remove", path + "/x"} {
		if a := s.Post(p, nil); a.Status != http.StatusNotFound {
			t.Errorf("%s: status %d", p, a.Status)
		}
	}
}

// A place is removed; its address is gone with it.
func TestRemoveAPlace(t *testing.T) {
	t.Parallel()
	s, _ := site(t)
	s.Post(path, typed("chat", "https://hooks.example.com/a", "#a"))
	if a := s.Post(path+"/"+places(s)[0].ID+"/remove", nil); a.To != path+"?done=removed" {
		t.Errorf("%d %s", a.Status, a.To)
	}
	if len(places(s)) > 0 || len(answer(s, setup.NoticeAnswer{})) > 0 {
		t.Error("it is still told")
	}
	handlerstest.Contains(t, s.Page("/settings/audit"), "main", "Remove a place for notices")
}

// A viewer reads all of it and is offered nothing.
func TestAViewerReads(t *testing.T) {
	t.Parallel()
	s, _ := site(t)
	s.Post(path, typed("chat", "https://hooks.example.com/a", "#a"))
	if err := s.Store.CreateUser(t.Context(), store.User{Name: "Vera", Email: "vera@example.com", PasswordHash: handlerstest.PasswordHash(), Role: store.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	s.Post("/sign-out", nil)
	s.SignIn("vera@example.com")
	doc := s.Page(path)
	handlerstest.Contains(t, doc, "main", "#a", "Yes", "An operator can add places")
	if n := doc.Find("main form, main input, main button:not([data-copy])").Length(); n > 0 {
		t.Errorf("%d things are offered", n)
	}
}

// Without a key nothing can be added, and the page says what is missing.
func TestWithoutAKey(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Notices = &handlers.Notices{Missing: "No key: set APIFRONT_NOTICE_KEYS."} })
	doc := s.Page(path)
	handlerstest.Contains(t, doc, "main", "set APIFRONT_NOTICE_KEYS")
	if doc.Find("form[action='/settings/notices']").Length() > 0 {
		t.Error("a form is offered")
	}
	if a := s.Post(path, typed("chat", "https://hooks.example.com/a", "#a")); a.Status != http.StatusConflict {
		t.Errorf("status %d", a.Status)
	}
}

// The addresses that messages name lead to pages.
func TestLinksOfMessages(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	n := s.Start(setup.JobApply, setup.JobInput{})
	for _, page := range []string{fmt.Sprintf("/jobs/%d", n), "/setups/" + s.Setup.ID, path} {
		s.Page(page, http.StatusOK)
	}
}
