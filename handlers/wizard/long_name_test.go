package wizard_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// If a name is too long for a new certificate, the page on which it is typed
// says so. The wizard offers an existing certificate that covers the name, and
// no job can be started without one.
func TestNameTooLongForANewCertificate(t *testing.T) {
	const parent = "reports-and-statistics-for-partners-and-their-customers.harborview.example"
	name := "daily." + parent
	wild := func(region, refused string) setup.CertificateInfo {
		return setup.CertificateInfo{
			ARN: "arn:aws:acm:" + region + ":482177301954:certificate/wild", Region: region, Names: []string{"*." + parent},
			Key: "RSA_2048", Status: "ISSUED", NotAfter: time.Now().Add(90 * 24 * time.Hour), Refused: refused,
		}
	}
	for _, test := range []struct {
		title   string
		there   []setup.CertificateInfo
		says    string // text on the page of the name
		refused string // the field with the error if no certificate is chosen; "" if there is none
	}{
		{"covered in both regions", []setup.CertificateInfo{wild("us-east-1", ""), wild("eu-west-1", "")}, "The page Certificates offers to reuse it.", ""},
		{"covered in one", []setup.CertificateInfo{wild("us-east-1", "")}, "No certificate in eu-west-1 covers it.", "regional-new"},
		{"cannot be used", []setup.CertificateInfo{wild("us-east-1", "Its key is too long."), wild("eu-west-1", "")}, "No certificate in us-east-1 covers it.", "edge-new"},
		{"covered by none", nil, "No certificate in us-east-1 or eu-west-1 covers it. Choose a shorter name, or import a certificate that covers this one into ACM", "edge-new"},
	} {
		t.Run(test.title, func(t *testing.T) {
			s := handlerstest.SignedIn(t, nil)
			s.Looks[setup.LookCertificates] = test.there
			draft := s.NewDraft()
			s.Through(draft, setup.PageDomain)
			s.Press(draft+"/domain", "look", map[string]string{"domain": name})
			if a := s.Press(draft+"/domain", "next", map[string]string{"domain": name}); a.Status != http.StatusSeeOther {
				t.Fatalf("the name is refused: %d %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
			}
			s.Page(draft + "/domain")
			s.Work()
			handlerstest.Contains(t, s.Page(draft+"/domain"), "#part", "ACM makes new certificates for names of 64 characters at most, and this one has 80", test.says)
			mark, _ := s.Page(draft + "/domain").Find("#part .check-line[data-s=failed] svg").Html()
			s.Page(draft + "/certificates")
			s.Work()
			doc := s.Page(draft + "/certificates")
			handlerstest.Contains(t, doc, "#part", "names of 64 characters at most")
			if doc.Find("input[value=new]:not([disabled])").Length() > 0 {
				t.Error("a new certificate can be chosen")
			}
			a := s.Press(draft+"/certificates", "next", nil)
			if test.refused == "" {
				if a.Status != http.StatusSeeOther {
					t.Fatalf("the certificates are refused: %s", handlerstest.Squash(a.Doc.Find("#errors").Text()))
				}
				if mark != "" {
					t.Error("the name has the mark of a failure")
				}
				if left := s.Spec(draft).NewCertificates(); len(left) > 0 {
					t.Errorf("new ones are wanted in %v", left)
				}
				return
			}
			if a.Status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d", a.Status)
			}
			handlerstest.CheckPage(t, "certificates", a.Doc)
			handlerstest.Contains(t, a.Doc, "#errors a[href='#"+test.refused+"']", "Choose a certificate that exists in", "or a shorter name")
			if want, _ := a.Doc.Find(".err svg").First().Html(); mark != want || want == "" {
				t.Error("the line on the name lacks the mark of a failure")
			}
			if to := a.Doc.Find("#" + test.refused + ":not([disabled])"); to.Length() != 1 {
				t.Errorf("the error leads to #%s, which takes no focus", test.refused)
			}
			handlerstest.Contains(t, a.Doc, "fieldset:has(#"+test.refused+"-err)", "import a certificate that covers this one")
			if a := s.Post(draft+"/start", nil); a.Status != http.StatusUnprocessableEntity {
				t.Errorf("the job starts: %d %s", a.Status, a.To)
			}
		})
	}
}

// If the name becomes too long, the answer "a new one" is removed.
func TestNameGrowsTooLong(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Looks[setup.LookCertificates] = []setup.CertificateInfo{}
	s.Through(draft, setup.PageReview)
	name := "x." + strings.Repeat("a", 60) + ".harborview.example"
	a := s.Press(draft+"/domain?return=review", "next", map[string]string{"domain": name})
	s.Work()
	if !strings.Contains(a.To, "/certificates") {
		t.Errorf("from the domain back to the review: %d %s", a.Status, a.To)
	}
	if a := s.Post(draft+"/start", nil); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("the job starts: %d %s", a.Status, a.To)
	}
}

// A name that is too long for a certificate of its own has one of the wildcard above it
// offered, and an existing one that covers it before that.
func TestALongNameHasAWildcard(t *testing.T) {
	const above = "*.reports-and-statistics-for-partners.harborview.example"
	name := strings.Repeat("a", 40) + above[1:]
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookCertificates] = []setup.CertificateInfo{}
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Press(draft+"/domain", "look", map[string]string{"domain": name})
	s.Page(draft + "/domain")
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/domain"), "#part .check-line[data-s=done]", "and this one has 95 as DNS writes it. So it is made for "+above)
	s.Press(draft+"/domain", "next", map[string]string{"domain": name})
	s.Page(draft + "/certificates")
	s.Work()
	doc := s.Page(draft + "/certificates")
	handlerstest.CheckPage(t, "certificates", doc)
	handlerstest.Contains(t, doc, "#part", "Request a new one for "+above, "covers this name and all others directly below")
	if n := doc.Find("input[value=new]:not([disabled])").Length(); n != 2 {
		t.Errorf("%d new ones can be chosen", n)
	}
	if a := s.Press(draft+"/certificates", "next", nil); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	if left := s.Spec(draft).NewCertificates(); len(left) != 2 {
		t.Errorf("new ones are made in %v", left)
	}
}

// An imported certificate can be chosen, is not chosen by itself, and says that nobody
// but its owner renews it, on the page and on the review.
func TestAnImportedCertificateIsChosen(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	const arn = "arn:aws:acm:us-east-1:482177301954:certificate/brought"
	end := time.Now().Add(200 * 24 * time.Hour)
	s.Looks[setup.LookCertificates] = []setup.CertificateInfo{{ARN: arn, Region: "us-east-1", Names: []string{"api.harborview.example"}, Key: "RSA_2048", Type: "IMPORTED", Status: "ISSUED", NotAfter: end}}
	draft := s.NewDraft()
	s.Through(draft, setup.PageCertificates)
	s.Page(draft + "/certificates")
	s.Work()
	doc := s.Page(draft + "/certificates")
	handlerstest.Contains(t, doc, "label:has(input[value='"+arn+"'])", "Imported", "ACM does not renew it", "warns 45 and 30 days before")
	if doc.Find("input[name=edge][value=new][checked]").Length() != 1 {
		t.Error("it is chosen by itself")
	}
	if a := s.Press(draft+"/certificates", "next", map[string]string{"edge": arn}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	if got := s.Spec(draft).Certificates.Edge; got != arn {
		t.Errorf("chosen is %s", got)
	}
	s.Through(draft, setup.PageReview)
	s.Page(draft + "/review")
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/review"), "main", "The certificate in us-east-1 ends on "+end.UTC().Format("2 January 2006"))
}
