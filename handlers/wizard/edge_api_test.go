package wizard_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// An edge-optimised API can be chosen, and the page says what that means.
func TestEdgeOptimisedAPIIsChosen(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookAPIs] = []setup.APIInfo{
		{ID: "e000000000", Name: "legacy-api", Kind: setup.APIKindREST, Endpoint: "EDGE", Stages: []string{"prod"}, Note: "It is edge-optimised. Nothing has to be changed."},
		{ID: "r000000000", Name: "new-api", Kind: setup.APIKindREST, Endpoint: "REGIONAL", Stages: []string{"prod"}},
	}
	draft := s.NewDraft()
	s.Through(draft, setup.PageAPI)
	s.Page(draft + "/api")
	s.Work()
	doc := s.Page(draft + "/api")
	handlerstest.CheckPage(t, "api", doc)
	handlerstest.Contains(t, doc, "#part", "legacy-api, stage prod (REST API, edge-optimised, e000000000)")
	if a := s.Press(draft+"/api", "next", map[string]string{"api-0": "e000000000/prod"}); a.Status != http.StatusSeeOther {
		t.Errorf("the API is refused: %d %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	handlerstest.Contains(t, s.Page(draft+"/api"), "#part", "Nothing has to be changed.")
	s.Through(draft, setup.PageReview)
	s.Page(draft + "/review")
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/review"), "#passed", "The API is there and deployed", "legacy-api has the stage you chose.")
}

// The page shows the note about an API as soon as it is chosen, not only after
// the page was saved.
func TestEdgeAPINoteFollowsTheChoice(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookAPIs] = []setup.APIInfo{
		{ID: "a1b2c3d4e5", Name: "orders-api", Kind: setup.APIKindHTTP, Endpoint: "REGIONAL", Stages: []string{"prod"}},
		{ID: "e000000000", Name: "legacy-api", Kind: setup.APIKindREST, Endpoint: "EDGE", Stages: []string{"prod"}, Note: "Nothing has to be changed."},
	}
	draft := s.NewDraft()
	s.Through(draft, setup.PageAPI)
	s.Page(draft + "/api")
	s.Work()
	row := s.Page(draft + "/api").Find("#part fieldset:has(#api-0)")
	if strings.Contains(row.Text(), "Nothing has to be changed.") {
		t.Error("the note stands at another API")
	}
	// When a choice has changed, the script sends the page's form there.
	to, when := row.AttrOr("hx-post", ""), row.AttrOr("hx-trigger", "")
	if to == "" || when != "change" || row.AttrOr("hx-include", "") != "#page" {
		t.Fatalf("nothing follows the choice: hx-post %q on %q", to, when)
	}
	a := s.Post(to, map[string][]string{"path-0": {""}, "api-0": {"e000000000/prod"}})
	handlerstest.Contains(t, a.Doc, "#part fieldset:has(#api-0)", "Nothing has to be changed.")
}

// APIs that could not be read have no ID to show.
func TestUnreadAPIsHaveNoID(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookAPIs] = []setup.APIInfo{
		{ID: "d000000000", Name: "draft-api", Kind: setup.APIKindREST, Refused: "It has never been deployed."},
		{ID: "not-listed", Name: "HTTP and WebSocket APIs", Refused: "They could not be read."},
	}
	draft := s.NewDraft()
	s.Through(draft, setup.PageAPI)
	s.Page(draft + "/api")
	s.Work()
	if got := handlerstest.Squash(s.Page(draft + "/api").Find("section[aria-labelledby=refused-h] code").Text()); got != "d000000000" {
		t.Errorf("IDs %q", got)
	}
}
