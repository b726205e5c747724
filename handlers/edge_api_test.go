package handlers

import (
	"net/http"
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
