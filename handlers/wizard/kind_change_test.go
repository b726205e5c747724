package wizard_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// A change to a WebSocket API that API Gateway would refuse is stopped by the wizard
// and the start, with what to do. One in place of the only path is started, and the
// review says what callers notice.
func TestAWebSocketAPIIsNotMappedBesideOthers(t *testing.T) {
	s, of := started(t)
	id := strings.TrimPrefix(of, "/setups/")
	was := s.Spec("/drafts/" + id)
	mapped := func(path string) {
		t.Helper()
		err := s.Store.SaveResource(t.Context(), id, setup.Resource{
			Key: setup.MappingKey(path), Type: "Path mapping", ID: "m-" + path, Owned: true, Region: was.Account.Region,
			Attributes: map[string]string{setup.AttrAPI: was.API.Mappings[0].APIID, setup.AttrStage: was.API.Mappings[0].Stage},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := was.API.Mappings[0].Path
	mapped(first)
	draft := opened(t, s, of)
	choose := func(path string) {
		t.Helper()
		_, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageAPI, "Mira Okafor", func(sp *setup.Spec) {
			sp.API.Mappings = []setup.Mapping{{Path: path, APIID: "w000000000", APIName: "chat-api", Kind: setup.APIKindWebSocket, Stage: "prod"}}
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Work()
	}
	choose(first)
	handlerstest.Contains(t, s.Page(draft+"/review"), "#part", "Another kind of API", "/"+first+" leads to a WebSocket API from the moment its mapping is changed")
	if text := s.Page(draft + "/review").Find("main").Text(); strings.Contains(text, "Use another domain name") {
		t.Error("what can be started is refused")
	}
	for name, act := range map[string]func(){"another path": func() { choose("chat") }, "beside another path": func() { mapped("other"); choose(first) }} {
		act()
		handlerstest.Contains(t, s.Page(draft+"/review"), "main", "Use another domain name for the WebSocket API", "first map only /")
		a := s.Begin(draft, nil)
		if a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: the start is answered with %d", name, a.Status)
		}
		handlerstest.CheckPage(t, name, a.Doc)
	}
}
