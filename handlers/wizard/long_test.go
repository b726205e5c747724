package wizard_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

const longName = "a-rather-long-name-as-some-people-have-them-in-their-accounts-v2"

// manyAPIs is a list of 200 APIs with 300 stages together, and 40 that cannot
// be chosen.
func manyAPIs() []setup.APIInfo {
	var list []setup.APIInfo
	for i := range 200 {
		api := setup.APIInfo{ID: fmt.Sprintf("id%08d", i), Name: fmt.Sprintf("%s-%d", longName, i), Kind: setup.APIKindHTTP, Endpoint: "REGIONAL", Stages: []string{"prod"}}
		if i%2 == 0 {
			api.Stages = []string{"$default", "prod"}
		}
		list = append(list, api)
	}
	for i := range 40 {
		list = append(list, setup.APIInfo{ID: fmt.Sprintf("no%08d", i), Name: "private-" + strconv.Itoa(i), Refused: "It is private."})
	}
	return append(list, setup.APIInfo{ID: "twin000001", Name: "twin", Kind: setup.APIKindREST, Stages: []string{"prod"}}, setup.APIInfo{ID: "twin000002", Name: "twin", Kind: setup.APIKindREST, Stages: []string{"prod"}})
}

// With 300 stages, a person types to find an API, so that the page of thirty
// paths does not have thirty lists.
func TestAnAPIAmongManyIsFoundByTyping(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookAPIs] = manyAPIs()
	draft := s.NewDraft()
	s.Through(draft, setup.PageAPI)
	path := draft + "/api"
	s.Page(path)
	s.Work()
	for range 29 {
		if a := s.Press(path, "add", nil); a.Status != http.StatusSeeOther {
			t.Fatalf("add: status %d", a.Status)
		}
	}
	doc := s.Page(path)
	if rows, options := doc.Find("fieldset.card").Length(), doc.Find("option").Length(); rows != 30 || options != 302+30*2 { // and the method of each path's test
		t.Errorf("%d paths and %d lines to choose from, want 30 and 362", rows, options)
	}
	if n := len(s.Get(path).Body); n > 120_000 {
		t.Errorf("the page has %d bytes", n)
	}
	handlerstest.Contains(t, doc, "details.more", "Cannot be chosen", "40 APIs, each with the reason.")
	typed := map[string]string{}
	for i := range 30 {
		typed["path-"+strconv.Itoa(i)] = "p" + strconv.Itoa(i)
		typed["api-"+strconv.Itoa(i)] = "id00000000/prod"
	}
	for as, want := range map[string]string{
		longName + "-7, stage prod (HTTP API, id00000007)": "id00000007/prod",
		"  " + strings.ToUpper(longName) + "-8 ":           "id00000008/prod",
		longName + "-8/$default":                           "id00000008/$default",
		"id00000009":                                       "id00000009/prod",
		"id00000009/prod":                                  "id00000009/prod",
	} {
		typed["api-3"] = as
		s.Press(path, "plan", typed)
		if m := s.Spec(draft).API.Mappings[3]; m.APIID+"/"+m.Stage != want || m.APIName == "" {
			t.Errorf("%q is read as %+v, want %s", as, m, want)
		}
	}
	for as, want := range map[string]string{
		"nowhere":    "Choose an API from the list for /p3: none in eu-west-1 is called nowhere",
		"twin":       "Choose one of the 2 APIs named twin for /p3: their IDs tell them apart",
		"no00000001": "Choose an",
		`"><script>`: "Choose an API from the list for /p3",
	} {
		typed["api-3"] = as
		a := s.Press(path, "next", typed)
		if a.Status != http.StatusUnprocessableEntity {
			t.Fatalf("%q: status %d to %q", as, a.Status, a.To)
		}
		handlerstest.CheckPage(t, as, a.Doc)
		handlerstest.Contains(t, a.Doc, "#api-3-err", want)
		handlerstest.Contains(t, a.Doc, "#errors a[href='#api-3']", want)
		if got := handlerstest.Fields(a.Doc, "form#page").Get("api-3"); got != as && as != "no00000001" {
			t.Errorf("typed %q, shown %q", as, got)
		}
		s.Press(path, "back", typed)
		if got := handlerstest.Fields(s.Page(path), "form#page").Get("api-3"); got != as && as != "no00000001" {
			t.Errorf("typed %q, and after Back %q", as, got)
		}
	}
	typed["api-3"] = longName + "-3"
	if a := s.Press(path, "next", typed); a.To != draft+"/domain" {
		t.Errorf("status %d to %q: %s", a.Status, a.To, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	handlerstest.Contains(t, s.Page(draft+"/domain"), "#plan", "30 path mappings", "and 27 more")
}

// If AWS refuses the list, a person can type an API.
func TestAnAPIWithoutAList(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookAPIs] = &setup.Problem{What: "AWS did not let us list the APIs.", Why: "A right is missing.", Fix: "Add apigateway:GET.", Service: "API Gateway", Said: "AccessDeniedException", Ref: "e4b1c7f2"}
	draft := s.NewDraft()
	s.Through(draft, setup.PageAPI)
	path := draft + "/api"
	s.Page(path)
	s.Work()
	doc := s.Page(path)
	handlerstest.Contains(t, doc, "#part", "AccessDeniedException", "e4b1c7f2", "Ask AWS again", "type the ID of the API and its stage")
	for _, wrong := range []string{"", "orders", "orders api/prod"} {
		a := s.Press(path, "next", map[string]string{"api-0": wrong})
		if a.Status != http.StatusUnprocessableEntity {
			t.Fatalf("%q: status %d to %q", wrong, a.Status, a.To)
		}
		handlerstest.Contains(t, a.Doc, "#api-0-err", "for /")
		if got := handlerstest.Fields(a.Doc, "form#page").Get("api-0"); got != wrong {
			t.Errorf("typed %q, shown %q", wrong, got)
		}
	}
	if a := s.Press(path, "next", map[string]string{"api-0": " a1b2c3d4e5/prod "}); a.To != draft+"/domain" {
		t.Fatalf("status %d to %q", a.Status, a.To)
	}
	want := []setup.Mapping{{APIID: "a1b2c3d4e5", Stage: "prod"}}
	if diff := cmp.Diff(want, s.Spec(draft).API.Mappings); diff != "" {
		t.Error(diff)
	}
}

// A change of the name removes the chosen certificates: nobody reaches the
// review before choosing again.
func TestAnotherNameAsksForCertificatesAgain(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	form := handlerstest.Fields(s.Page(draft+"/domain?return=review"), "form#page")
	form.Set("domain", "shop.harborview.example")
	a := s.Post(draft+"/domain?return=review", form)
	if !strings.HasPrefix(a.To, draft+"/certificates?") || !strings.Contains(a.To, "return=review") {
		t.Fatalf("leads to %q", a.To)
	}
	s.Looks[setup.LookCertificates] = s.Looks[setup.LookCertificates].([]setup.CertificateInfo)[:1] // only the wildcard, which covers that name too
	s.Page(a.To)
	s.Work()
	doc := s.Page(a.To)
	handlerstest.Contains(t, doc, ".note", "the certificates chosen before no longer fit")
	if a := s.Post(doc.Find("form#page").AttrOr("action", ""), handlerstest.Fields(doc, "form#page")); a.To != draft+"/review" {
		t.Errorf("leads to %q", a.To)
	}
}

// Names from AWS are shown as text, whatever they contain.
func TestNamesFromAWSAreText(t *testing.T) {
	const bad = `<script>alert(1)</script><img src=x onerror="alert(2)">`
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookIdentity] = setup.Identity{AccountID: "482177301954", ARN: bad}
	s.Looks[setup.LookAPIs] = []setup.APIInfo{{ID: "a1b2c3d4e5", Name: bad, Kind: setup.APIKindHTTP, Stages: []string{"prod"}}, {ID: "b", Name: bad, Refused: bad}}
	s.Looks[setup.LookZones] = []setup.Zone{{ID: bad, Name: "harborview.example", Delegated: true}, {ID: "Z2", Name: "harborview.example"}}
	s.Looks[setup.LookName] = setup.NameFacts{CNAME: bad, ZoneApex: bad, NameServers: []string{bad}, CAABlocks: true, CAA: []string{bad}, HolderID: bad}
	s.Looks[setup.LookCertificates] = []setup.CertificateInfo{{ARN: bad, Region: "us-east-1", Names: []string{bad, "api.harborview.example"}}, {ARN: bad, Region: "eu-west-1", Names: []string{bad}, Refused: bad}}
	s.Looks[setup.LookPlan] = setup.Plan{Lines: []setup.PlanLine{{StepID: "domain", Title: bad, Action: setup.PlanStop, Summary: bad, Problem: &setup.Problem{What: bad, Why: bad, Fix: bad, Service: "S", Said: bad, Ref: bad}}}}
	draft := s.NewDraft()
	for _, p := range setup.Pages() {
		path := draft + "/" + string(p.ID)
		s.Page(path)
		s.Work()
		doc := s.Page(path)
		if n := doc.Find("main script, img, [onerror]").Length(); n != 0 {
			t.Errorf("%s: %d elements of AWS's making", p.ID, n)
		}
		if p.ID != setup.PageEdge {
			handlerstest.Contains(t, doc, "main", "<script>alert(1)</script>")
		}
		if p.ID != setup.PageReview {
			if a := s.Press(path, "next", map[string]string{"domain": "api.harborview.example"}); a.Status != http.StatusSeeOther {
				t.Fatalf("%s: status %d: %s", p.ID, a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
			}
			s.Work()
		}
	}
}
