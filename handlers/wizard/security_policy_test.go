package wizard_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// The TLS policy of the custom domain is asked under "More settings", kept by a page of an
// older version, said by panel and review, and refused where the paths do not go with it.
func TestTheTLSPolicyIsAsked(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	api := setup.APIInfo{ID: "a1b2c3d4e5", Name: "orders-api", Kind: setup.APIKindREST, Endpoint: "REGIONAL", Stages: []string{"prod"}}
	s.Looks[setup.LookAPIs] = []setup.APIInfo{api}
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	if d := s.Spec(draft).Domain; d.SecurityPolicy != "" || d.AccessMode != "" {
		t.Fatalf("nobody asked, and it is %q %q", d.SecurityPolicy, d.AccessMode)
	}
	doc := s.Page(draft + "/domain")
	if n := doc.Find(`#security_policy option`).Length(); n != 1+len(setup.SecurityPolicies()) {
		t.Errorf("%d policies are offered", n)
	}
	if _, open := doc.Find("details:has(#security_policy)").Attr("open"); open {
		t.Error("what few people need is open")
	}
	const policy = "SecurityPolicy_TLS13_1_2_PQ_2025_09"
	s.Press(draft+"/domain", "next", map[string]string{"security_policy": policy, "access_mode": "STRICT"})
	if d := s.Spec(draft).Domain; d.SecurityPolicy != policy || d.AccessMode != setup.AccessStrict {
		t.Fatalf("it is %q %q", d.SecurityPolicy, d.AccessMode)
	}
	doc = s.Page(draft + "/domain")
	if text := doc.Text(); !strings.Contains(text, "Regional, "+policy+", STRICT") {
		t.Errorf("the panel says %s", text)
	}
	if _, open := doc.Find("details:has(#security_policy)").Attr("open"); !open {
		t.Error("what was chosen is not seen")
	}
	text := s.Page(draft + "/review").Find("main").Text()
	if !strings.Contains(text, policy+", STRICT") || !strings.Contains(text, "It is BASIC until all paths have answered") {
		t.Errorf("the review says %s", text)
	}
	s.Press(draft+"/domain", "next", map[string]string{"security_policy": "", "access_mode": "STRICT"})
	if d := s.Spec(draft).Domain; d.SecurityPolicy != "" || d.AccessMode != "" {
		t.Errorf("TLS 1.2 was chosen, and it is %q %q", d.SecurityPolicy, d.AccessMode)
	}

	api.Kind = setup.APIKindHTTP
	s.Looks[setup.LookAPIs] = []setup.APIInfo{api}
	s.Press(draft+"/api", "refresh", nil)
	s.Work()
	a := s.Press(draft+"/domain", "next", map[string]string{"security_policy": policy})
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Doc.Find("#errors").Text(), "map REST APIs and paths of one level only") {
		t.Errorf("of an HTTP API it is accepted: %d %s", a.Status, a.Doc.Find("#errors").Text())
	}
	if n := a.Doc.Find("details[open] #security_policy-err").Length(); n != 1 {
		t.Errorf("%d errors are seen at the field", n)
	}
}
