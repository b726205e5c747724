package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// A name that is too long for a new certificate: it is said on the page where
// the name is typed, a certificate that exists and covers it is offered, and
// nobody gets to the start without one.
func TestNameTooLongForANewCertificate(t *testing.T) {
	name := strings.Repeat("a", 40) + ".reports-and-statistics-for-partners.harborview.example"
	wild := func(region, refused string) setup.CertificateInfo {
		return setup.CertificateInfo{
			ARN: "arn:aws:acm:" + region + ":482177301954:certificate/wild", Region: region, Names: []string{"*.reports-and-statistics-for-partners.harborview.example"},
			Key: "RSA_2048", Status: "ISSUED", NotAfter: time.Now().Add(90 * 24 * time.Hour), Refused: refused,
		}
	}
	for _, test := range []struct {
		title   string
		there   []setup.CertificateInfo
		says    string // the page of the name
		refused string // where no certificate is chosen; "": all are
	}{
		{"covered in both regions", []setup.CertificateInfo{wild("us-east-1", ""), wild("eu-west-1", "")}, "The page Certificates offers to reuse it.", ""},
		{"covered in one", []setup.CertificateInfo{wild("us-east-1", "")}, "No certificate in eu-west-1 covers it.", "regional-new"},
		{"cannot be used", []setup.CertificateInfo{wild("us-east-1", "Its key is too long."), wild("eu-west-1", "")}, "No certificate in us-east-1 covers it.", "edge-new"},
		{"covered by none", nil, "No certificate in us-east-1 or eu-west-1 covers it. Add a certificate for *.reports-and-statistics-for-partners.harborview.example to ACM", "edge-new"},
	} {
		t.Run(test.title, func(t *testing.T) {
			s := signedInSite(t, nil)
			s.looks[setup.LookCertificates] = test.there
			draft := s.newDraft()
			s.through(draft, setup.PageDomain)
			s.press(draft+"/domain", "look", map[string]string{"domain": name})
			if a := s.press(draft+"/domain", "next", map[string]string{"domain": name}); a.status != http.StatusSeeOther {
				t.Fatalf("the name is refused: %d %s", a.status, squash(a.doc.Find("#errors").Text()))
			}
			s.page(draft + "/domain")
			s.work()
			contains(t, s.page(draft+"/domain"), "#part", "ACM makes new certificates for names of 64 characters at most, and this one has 95", test.says)
			mark, _ := s.page(draft + "/domain").Find("#part .check-line[data-s=failed] svg").Html()
			s.page(draft + "/certificates")
			s.work()
			doc := s.page(draft + "/certificates")
			contains(t, doc, "#part", "names of 64 characters at most")
			if doc.Find("input[value=new]:not([disabled])").Length() > 0 {
				t.Error("a new certificate can be chosen")
			}
			a := s.press(draft+"/certificates", "next", nil)
			if test.refused == "" {
				if a.status != http.StatusSeeOther {
					t.Fatalf("the certificates are refused: %s", squash(a.doc.Find("#errors").Text()))
				}
				if mark != "" {
					t.Error("the name has the mark of a failure")
				}
				if left := s.spec(draft).NewCertificates(); len(left) > 0 {
					t.Errorf("new ones are wanted in %v", left)
				}
				return
			}
			if a.status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d", a.status)
			}
			checkPage(t, "certificates", a.doc)
			contains(t, a.doc, "#errors a[href='#"+test.refused+"']", "Choose a certificate that exists in", "or a shorter name")
			if want, _ := a.doc.Find(".err svg").First().Html(); mark != want || want == "" {
				t.Error("the line on the name lacks the mark of a failure")
			}
			if to := a.doc.Find("#" + test.refused + ":not([disabled])"); to.Length() != 1 {
				t.Errorf("the error leads to #%s, which takes no focus", test.refused)
			}
			contains(t, a.doc, "fieldset:has(#"+test.refused+"-err)", "Add a certificate for *.reports")
			if a := s.post(draft+"/start", nil); a.status != http.StatusUnprocessableEntity {
				t.Errorf("the job starts: %d %s", a.status, a.to)
			}
		})
	}
}

// The answer "a new one" of a shorter name does not stay.
func TestNameGrowsTooLong(t *testing.T) {
	s := signedInSite(t, nil)
	draft := s.newDraft()
	s.looks[setup.LookCertificates] = []setup.CertificateInfo{}
	s.through(draft, setup.PageReview)
	name := strings.Repeat("a", 60) + ".harborview.example"
	a := s.press(draft+"/domain?return=review", "next", map[string]string{"domain": name})
	s.work()
	if !strings.Contains(a.to, "/certificates") {
		t.Errorf("from the domain back to the review: %d %s", a.status, a.to)
	}
	if a := s.post(draft+"/start", nil); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the job starts: %d %s", a.status, a.to)
	}
}
