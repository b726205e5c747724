package wizard_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Among several APIs none is chosen beforehand, neither of the first path nor of one
// that is added, and Next says what is missing. The only API is chosen.
func TestNoAPIIsGuessed(t *testing.T) {
	for name, list := range map[string][]setup.APIInfo{
		"several": {
			{ID: "a1b2c3d4e5", Name: "orders-api", Kind: setup.APIKindHTTP, Stages: []string{"$default", "prod"}},
			{ID: "k3v9x2p1qa", Name: "billing-api", Kind: setup.APIKindREST, Stages: []string{"live"}},
		},
		"many": manyAPIs(),
		"one that can be chosen": {
			{ID: "e000000000", Name: "edge-api", Kind: setup.APIKindREST, Refused: "It is private."},
			{ID: "a1b2c3d4e5", Name: "orders-api", Kind: setup.APIKindHTTP, Stages: []string{"$default", "prod"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := handlerstest.SignedIn(t, nil)
			s.Looks[setup.LookAPIs] = list
			draft := s.NewDraft()
			s.Through(draft, setup.PageAPI)
			path := draft + "/api"
			s.Page(path)
			s.Work()
			only := ""
			if name == "one that can be chosen" {
				only = "a1b2c3d4e5/prod"
			}
			if got := handlerstest.Fields(s.Page(path), "form#page").Get("api-0"); got != only {
				t.Errorf("chosen is %q, want %q", got, only)
			}
			first := handlerstest.FirstAPI(s.Page(path))
			if a := s.Press(path, "add", map[string]string{"path-0": "orders", "api-0": first, "test_path-0": "health"}); a.To != path {
				t.Fatalf("Add a path: status %d to %q", a.Status, a.To)
			}
			form := handlerstest.Fields(s.Page(path), "form#page")
			if form.Get("path-1") != "" || form.Get("api-1") != only || form.Get("test_path-1") != "" {
				t.Errorf("the added path is %q to %q, tested at %q", form.Get("path-1"), form.Get("api-1"), form.Get("test_path-1"))
			}
			a := s.Press(path, "next", nil)
			if only != "" {
				if a.To != draft+"/domain" {
					t.Errorf("Next: status %d to %q", a.Status, a.To)
				}
				return
			}
			if a.Status != http.StatusUnprocessableEntity {
				t.Fatalf("Next with a path that leads nowhere: status %d to %q", a.Status, a.To)
			}
			handlerstest.CheckPage(t, name, a.Doc)
			handlerstest.Contains(t, a.Doc, "#errors a[href='#api-1']", "Choose an API and stage for /")
			if got := handlerstest.Fields(a.Doc, "form#page"); got.Get("path-0") != "/orders" || got.Get("api-0") != first || got.Get("test_path-0") != "/health" {
				t.Errorf("kept: %q to %q, tested at %q", got.Get("path-0"), got.Get("api-0"), got.Get("test_path-0"))
			}
		})
	}
}

// While AWS is asked anew, Next goes by the list that is there; nothing that was typed
// is lost where there is none yet.
func TestNextWhileTheListIsRenewed(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageAPI)
	path := draft + "/api"
	s.Page(path)
	s.Work()
	s.Press(path, "refresh", map[string]string{"path-0": "v1", "api-0": "k3v9x2p1qa/live"})
	handlerstest.Contains(t, s.Page(path), "#part", "Asking AWS again")
	if a := s.Press(path, "next", nil); a.To != draft+"/domain" {
		t.Errorf("Next: status %d to %q", a.Status, a.To)
	}
	want := []setup.Mapping{{Path: "v1", APIID: "k3v9x2p1qa", APIName: "billing-api", Kind: setup.APIKindREST, Stage: "live"}}
	if diff := cmp.Diff(want, s.Spec(draft).API.Mappings); diff != "" {
		t.Error(diff)
	}
}
