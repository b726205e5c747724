package handlers

import (
	"net/http"
	"strings"
	"testing"

	"apifront/setup"
)

// An edge-optimised API can be chosen, and the page says what that is about.
func TestEdgeOptimisedAPIIsChosen(t *testing.T) {
	s := signedInSite(t, nil)
	s.looks[setup.LookAPIs] = []setup.APIInfo{
		{ID: "e000000000", Name: "legacy-api", Kind: setup.APIKindREST, Endpoint: "EDGE", Stages: []string{"prod"}, Note: "It is edge-optimised. Nothing has to be changed."},
		{ID: "r000000000", Name: "new-api", Kind: setup.APIKindREST, Endpoint: "REGIONAL", Stages: []string{"prod"}},
	}
	draft := s.newDraft()
	s.through(draft, setup.PageAPI)
	s.page(draft + "/api")
	s.work()
	doc := s.page(draft + "/api")
	checkPage(t, "api", doc)
	contains(t, doc, "#part", "legacy-api, stage prod (REST API, edge-optimised, e000000000)", "Nothing has to be changed.")
	if a := s.press(draft+"/api", "next", map[string]string{"api-0": "e000000000/prod"}); a.status != http.StatusSeeOther {
		t.Errorf("the API is refused: %d %s", a.status, squash(a.doc.Find("#errors").Text()))
	}
	s.through(draft, setup.PageReview)
	s.page(draft + "/review")
	s.work()
	contains(t, s.page(draft+"/review"), "section[aria-labelledby=pre-h]", "The API is there and deployed", "legacy-api has the stage you chose.")
}

// What is to be known of an API is said when it is chosen, not only after the
// page was saved.
func TestEdgeAPINoteFollowsTheChoice(t *testing.T) {
	s := signedInSite(t, nil)
	s.looks[setup.LookAPIs] = []setup.APIInfo{
		{ID: "a1b2c3d4e5", Name: "orders-api", Kind: setup.APIKindHTTP, Endpoint: "REGIONAL", Stages: []string{"prod"}},
		{ID: "e000000000", Name: "legacy-api", Kind: setup.APIKindREST, Endpoint: "EDGE", Stages: []string{"prod"}, Note: "Nothing has to be changed."},
	}
	draft := s.newDraft()
	s.through(draft, setup.PageAPI)
	s.page(draft + "/api")
	s.work()
	row := s.page(draft + "/api").Find("#part fieldset:has(#api-0)")
	if strings.Contains(row.Text(), "Nothing has to be changed.") {
		t.Error("the note stands at another API")
	}
	// The script sends the page's form there when a choice has changed.
	to, when := row.AttrOr("hx-post", ""), row.AttrOr("hx-trigger", "")
	if to == "" || when != "change" || row.AttrOr("hx-include", "") != "#page" {
		t.Fatalf("nothing follows the choice: hx-post %q on %q", to, when)
	}
	a := s.post(to, map[string][]string{"path-0": {""}, "api-0": {"e000000000/prod"}})
	contains(t, a.doc, "#part fieldset:has(#api-0)", "Nothing has to be changed.")
}

// APIs that could not be read have no ID to show.
func TestUnreadAPIsHaveNoID(t *testing.T) {
	s := signedInSite(t, nil)
	s.looks[setup.LookAPIs] = []setup.APIInfo{
		{ID: "d000000000", Name: "draft-api", Kind: setup.APIKindREST, Refused: "It has never been deployed."},
		{ID: "not-listed", Name: "HTTP and WebSocket APIs", Refused: "They could not be read."},
	}
	draft := s.newDraft()
	s.through(draft, setup.PageAPI)
	s.page(draft + "/api")
	s.work()
	if got := squash(s.page(draft + "/api").Find("section[aria-labelledby=refused-h] code").Text()); got != "d000000000" {
		t.Errorf("IDs %q", got)
	}
}
