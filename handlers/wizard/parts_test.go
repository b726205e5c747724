package wizard_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/handlers/wizard"
	"apifront/setup"
)

// What could not be read of a look is said with AWS's words where the look is
// shown, nothing is concluded from it, and what was read can be chosen.
func TestLooksInParts(t *testing.T) {
	const name = "api.harborview.example"
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookCertificates] = []setup.CertificateInfo{
		{ARN: "not-listed", Region: "us-east-1", Names: []string{"Certificates of us-east-1"}, Unread: true, Refused: "They could not be read. ACM said: no list for you"},
		{ARN: "arn:aws:acm:eu-west-1:482177301954:certificate/fits", Region: "eu-west-1", Names: []string{name}, Key: "RSA_2048", Status: "ISSUED", NotAfter: time.Now().Add(90 * 24 * time.Hour)},
	}
	s.Looks[setup.LookZones] = []setup.Zone{{ID: "Z1", Name: "harborview.example", Unsure: "Its name servers could not be read. Route 53 said: not this zone"}}
	s.Looks[setup.LookName] = setup.NameFacts{Name: name, Unread: map[setup.NamePart]string{
		setup.NameHolder:    "Whether a distribution has the name could not be read. CloudFront said: no distributions for you",
		setup.NameCAA:       "The CAA records could not be read. DNS did not answer.",
		setup.NameAddresses: "Where it leads could not be read. DNS did not answer.",
	}}
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Press(draft+"/domain", "look", map[string]string{"domain": name})
	s.Page(draft + "/domain")
	s.Work()
	doc := s.Page(draft + "/domain")
	handlerstest.Contains(t, doc, "#part", "no distributions for you", "The CAA records could not be read.", "not known whether the world asks the hosted zone harborview.example", "not this zone")
	lacks := func(path, wrong string) {
		t.Helper()
		if text := handlerstest.Squash(s.Page(path).Find("main").Text()); strings.Contains(text, wrong) {
			t.Errorf("%s says %q: %s", path, wrong, text)
		}
	}
	lacks(draft+"/domain", "Free to use")
	lacks(draft+"/domain", "are not those of this hosted zone")
	if a := s.Press(draft+"/domain", "next", map[string]string{"domain": name}); a.Status != http.StatusSeeOther {
		t.Fatalf("the zone is refused: %d %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	s.Page(draft + "/certificates")
	s.Work()
	doc = s.Page(draft + "/certificates")
	handlerstest.Contains(t, doc, "#part", "Certificates of us-east-1", "no list for you", "Reuse the certificate for "+name)
	lacks(draft+"/certificates", "not-listed")
	// One that was chosen before is not called gone.
	arn := "arn:aws:acm:us-east-1:482177301954:certificate/before"
	if a := s.Post(draft+"/certificates", map[string][]string{"edge": {arn}, "regional": {wizard.NewCertificate}, "go": {"next"}}); a.Status != http.StatusSeeOther {
		t.Errorf("it is called gone: %d %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	if got := s.Spec(draft).Certificates.Edge; got != arn {
		t.Errorf("the certificate is %q", got)
	}
	handlerstest.Contains(t, s.Page(draft+"/review"), "main", "Whether Amazon may issue certificates for this name could not be checked", "Whether this name is live today could not be checked")
	lacks(draft+"/review", "No CAA record forbids it")
}
