package wizard_test

import (
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// The page asks what becomes of an edge-optimised custom domain of the name, says what
// happens, and the review says the answer. In another Region it leads there.
func TestAnEdgeDomainCanBeMoved(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	region := s.Spec(draft).Account.Region
	s.Looks[setup.LookName] = setup.NameFacts{CNAME: "d1edge.cloudfront.net", Edge: &setup.AliasHolder{Kind: setup.HolderEdge, Alias: s.Spec(draft).Domain.Name, ID: "d1edge.cloudfront.net", Region: region}}
	s.Press(draft+"/domain", "refresh", nil)
	s.Work()
	doc := s.Page(draft + "/domain")
	if n := doc.Find(`input[name="from-edge"]`).Length(); n != 2 {
		t.Fatalf("%d answers: %s", n, doc.Find("main").Text())
	}
	if text := doc.Find("main").Text(); !strings.Contains(text, "40 minutes") || !strings.Contains(text, "edge-optimised custom domain") {
		t.Errorf("the page says %s", text)
	}
	if s.Spec(draft).Domain.FromEdge {
		t.Error("it is moved before anybody said so")
	}
	s.Press(draft+"/domain", "next", map[string]string{"from-edge": "move"})
	if !s.Spec(draft).Domain.FromEdge {
		t.Fatal("the answer is lost")
	}
	s.Press(draft+"/domain", "next", nil)
	if !s.Spec(draft).Domain.FromEdge {
		t.Error("saving the page again took the answer away")
	}
	if text := s.Page(draft + "/domain").Text(); !strings.Contains(text, "Exists and is edge-optimised. Becomes Regional") || !strings.Contains(text, "4 DNS records") {
		t.Errorf("the panel says %s", text)
	}
	if text := s.Page(draft + "/review").Find("main").Text(); !strings.Contains(text, "Moved, and Regional from then on") {
		t.Errorf("the review says %s", text)
	}
	s.Press(draft+"/domain", "next", map[string]string{"from-edge": "leave"})
	if s.Spec(draft).Domain.FromEdge {
		t.Error("left, and moved all the same")
	}
}
