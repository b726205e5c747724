package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

const longName = "a-rather-long-name-as-some-people-have-them-in-their-accounts-v2"

// manyAPIs is a region with 200 APIs of 300 stages, and 40 that cannot be
// chosen.
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

// With 300 stages to choose from an API is found by typing, and thirty paths
// do not carry thirty lists.
func TestAnAPIAmongManyIsFoundByTyping(t *testing.T) {
	s := signedInSite(t, nil)
	s.looks[setup.LookAPIs] = manyAPIs()
	draft := s.newDraft()
	s.through(draft, setup.PageAPI)
	path := draft + "/api"
	s.page(path)
	s.work()
	for range 29 {
		if a := s.press(path, "add", nil); a.status != http.StatusSeeOther {
			t.Fatalf("add: status %d", a.status)
		}
	}
	doc := s.page(path)
	if rows, options := doc.Find("fieldset.card").Length(), doc.Find("option").Length(); rows != 30 || options != 302 {
		t.Errorf("%d paths and %d lines to choose from, want 30 and 302", rows, options)
	}
	if n := len(s.get(path).body); n > 120_000 {
		t.Errorf("the page has %d bytes", n)
	}
	contains(t, doc, "details.more", "Cannot be chosen", "40 APIs, each with the reason.")
	typed := map[string]string{"path-0": "p0"}
	for i := 1; i < 30; i++ {
		typed["path-"+strconv.Itoa(i)] = "p" + strconv.Itoa(i)
	}
	for as, want := range map[string]string{
		longName + "-7, stage prod (HTTP API, id00000007)": "id00000007/prod",
		"  " + strings.ToUpper(longName) + "-8 ":           "id00000008/prod",
		longName + "-8/$default":                           "id00000008/$default",
		"id00000009":                                       "id00000009/prod",
		"id00000009/prod":                                  "id00000009/prod",
	} {
		typed["api-3"] = as
		s.press(path, "plan", typed)
		if m := s.spec(draft).API.Mappings[3]; m.APIID+"/"+m.Stage != want || m.APIName == "" {
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
		a := s.press(path, "next", typed)
		if a.status != http.StatusUnprocessableEntity {
			t.Fatalf("%q: status %d to %q", as, a.status, a.to)
		}
		checkPage(t, as, a.doc)
		contains(t, a.doc, "#api-3-err", want)
		contains(t, a.doc, "#errors a[href='#api-3']", want)
		if got := fields(a.doc, "form#page").Get("api-3"); got != as && as != "no00000001" {
			t.Errorf("typed %q, shown %q", as, got)
		}
		s.press(path, "back", typed)
		if got := fields(s.page(path), "form#page").Get("api-3"); got != as && as != "no00000001" {
			t.Errorf("typed %q, and after Back %q", as, got)
		}
	}
	typed["api-3"] = longName + "-3"
	if a := s.press(path, "next", typed); a.to != draft+"/domain" {
		t.Errorf("status %d to %q: %s", a.status, a.to, squash(a.doc.Find("#errors").Text()))
	}
	contains(t, s.page(draft+"/domain"), "#plan", "30 path mappings", "and 27 more")
}

// Where AWS refuses the list, an API can be typed by hand.
func TestAnAPIWithoutAList(t *testing.T) {
	s := signedInSite(t, nil)
	s.looks[setup.LookAPIs] = &setup.Problem{What: "AWS did not let us list the APIs.", Why: "A right is missing.", Fix: "Add apigateway:GET.", Service: "API Gateway", Said: "AccessDeniedException", Ref: "e4b1c7f2"}
	draft := s.newDraft()
	s.through(draft, setup.PageAPI)
	path := draft + "/api"
	s.page(path)
	s.work()
	doc := s.page(path)
	contains(t, doc, "#part", "AccessDeniedException", "e4b1c7f2", "Ask AWS again", "type the ID of the API and its stage")
	for _, wrong := range []string{"", "orders", "orders api/prod"} {
		a := s.press(path, "next", map[string]string{"api-0": wrong})
		if a.status != http.StatusUnprocessableEntity {
			t.Fatalf("%q: status %d to %q", wrong, a.status, a.to)
		}
		contains(t, a.doc, "#api-0-err", "for /")
		if got := fields(a.doc, "form#page").Get("api-0"); got != wrong {
			t.Errorf("typed %q, shown %q", wrong, got)
		}
	}
	if a := s.press(path, "next", map[string]string{"api-0": " a1b2c3d4e5/prod "}); a.to != draft+"/domain" {
		t.Fatalf("status %d to %q", a.status, a.to)
	}
	want := []setup.Mapping{{APIID: "a1b2c3d4e5", Stage: "prod"}}
	if diff := cmp.Diff(want, s.spec(draft).API.Mappings); diff != "" {
		t.Error(diff)
	}
}

// Another name takes the certificates chosen before away: the review is not
// reached before somebody has chosen again.
func TestAnotherNameAsksForCertificatesAgain(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.through(draft, setup.PageReview)
	form := fields(s.page(draft+"/domain?return=review"), "form#page")
	form.Set("domain", "shop.harborview.example")
	a := s.post(draft+"/domain?return=review", form)
	if !strings.HasPrefix(a.to, draft+"/certificates?") || !strings.Contains(a.to, "return=review") {
		t.Fatalf("leads to %q", a.to)
	}
	s.looks[setup.LookCertificates] = s.looks[setup.LookCertificates].([]setup.CertificateInfo)[:1] // the wildcard, which covers that name too
	s.page(a.to)
	s.work()
	doc := s.page(a.to)
	contains(t, doc, ".note", "the certificates chosen before no longer fit")
	if a := s.post(doc.Find("form#page").AttrOr("action", ""), fields(doc, "form#page")); a.to != draft+"/review" {
		t.Errorf("leads to %q", a.to)
	}
}

// What AWS says is text, whatever stands in it.
func TestNamesFromAWSAreText(t *testing.T) {
	const bad = `<script>alert(1)</script><img src=x onerror="alert(2)">`
	s := signedInSite(t, nil)
	s.looks[setup.LookIdentity] = setup.Identity{AccountID: "482177301954", ARN: bad}
	s.looks[setup.LookAPIs] = []setup.APIInfo{{ID: "a1b2c3d4e5", Name: bad, Kind: setup.APIKindHTTP, Stages: []string{"prod"}}, {ID: "b", Name: bad, Refused: bad}}
	s.looks[setup.LookZones] = []setup.Zone{{ID: bad, Name: "harborview.example", Delegated: true}, {ID: "Z2", Name: "harborview.example"}}
	s.looks[setup.LookName] = setup.NameFacts{CNAME: bad, ZoneApex: bad, NameServers: []string{bad}, CAABlocks: true, CAA: []string{bad}, HolderID: bad}
	s.looks[setup.LookCertificates] = []setup.CertificateInfo{{ARN: bad, Region: "us-east-1", Names: []string{bad, "api.harborview.example"}}, {ARN: bad, Region: "eu-west-1", Names: []string{bad}, Refused: bad}}
	s.looks[setup.LookPlan] = setup.Plan{Lines: []setup.PlanLine{{StepID: "domain", Title: bad, Action: setup.PlanStop, Summary: bad, Problem: &setup.Problem{What: bad, Why: bad, Fix: bad, Service: "S", Said: bad, Ref: bad}}}}
	draft := s.newDraft()
	for _, p := range setup.Pages() {
		path := draft + "/" + string(p.ID)
		s.page(path)
		s.work()
		doc := s.page(path)
		if n := doc.Find("main script, img, [onerror]").Length(); n != 0 {
			t.Errorf("%s: %d elements of AWS's making", p.ID, n)
		}
		if p.ID != setup.PageEdge {
			contains(t, doc, "main", "<script>alert(1)</script>")
		}
		if p.ID != setup.PageReview {
			if a := s.press(path, "next", map[string]string{"domain": "api.harborview.example"}); a.status != http.StatusSeeOther {
				t.Fatalf("%s: status %d: %s", p.ID, a.status, squash(a.doc.Find("#errors").Text()))
			}
			s.work()
		}
	}
}
