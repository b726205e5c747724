package cloud_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// A part of the look that AWS refuses does not throw the other parts away: what
// was read is listed, and what was not is named with AWS's words.
func TestAPIsInParts(t *testing.T) {
	for _, test := range []struct{ operations, there, gone, said string }{
		{"GetApis", "orders", "HTTP and WebSocket APIs", "Bad Request"},
		{"GetRestApis", "shop", "REST APIs", "Bad Request"},
		{"GetStages", "", "orders", "Bad Request"},
		{"GetApis|GetRestApis", "", "", ""},
	} {
		w := newWorld(t, sim.Config{})
		w.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders", Kind: "REST", Stages: []string{"prod"}})
		w.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "shop", Kind: "HTTP", Stages: []string{"prod"}})
		w.sim.Order(sim.Fault{Service: "apigateway", Operation: test.operations, Times: 1000, Status: http.StatusBadRequest, Code: "BadRequestException", Message: "Bad Request"})
		got, err := w.open(t, "eu-west-1").APIs(t.Context())
		if test.gone == "" {
			if err == nil {
				t.Errorf("%s: nothing could be read, and the list is %+v", test.operations, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.operations, err)
			continue
		}
		there, gone := test.there == "", false
		for _, g := range got {
			there = there || g.Name == test.there && g.Refused == "" && len(g.Stages) == 1
			gone = gone || g.Name == test.gone && strings.Contains(g.Refused, "could not be read") && strings.Contains(g.Refused, test.said)
		}
		if !there || !gone {
			t.Errorf("%s: %+v", test.operations, got)
		}
	}
}

// One region that refuses, or one certificate, takes no other with it.
func TestCertificatesInParts(t *testing.T) {
	denied := sim.Fault{Service: "acm", Times: 1000, Status: http.StatusBadRequest, Code: "AccessDeniedException", Message: "no list for you"}
	for _, test := range []struct{ title, operation, region, there, gone string }{
		{"one region", "ListCertificates", "us-east-1", "eu-west-1", "us-east-1"},
		{"the other", "ListCertificates", "eu-west-1", "us-east-1", "eu-west-1"},
		{"both", "ListCertificates", "", "", ""},
	} {
		t.Run(test.title, func(t *testing.T) {
			w := newWorld(t, sim.Config{})
			w.sim.AddCertificate(accountID, "us-east-1", sim.Certificate{Names: []string{"*.example.com"}})
			w.sim.AddCertificate(accountID, "eu-west-1", sim.Certificate{Names: []string{"*.example.com"}})
			denied.Operation, denied.Region = test.operation, test.region
			w.sim.Order(denied)
			got, err := w.open(t, "eu-west-1").Certificates(t.Context(), "api.example.com")
			if test.there == "" {
				if err == nil {
					t.Errorf("nothing could be read, and the list is %+v", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			there, gone := false, false
			for _, g := range got {
				there = there || g.Region == test.there && g.Refused == "" && !g.Unread
				gone = gone || g.Region == test.gone && g.Unread && strings.Contains(g.Refused, "could not be read") && strings.Contains(g.Refused, "no list for you")
			}
			if !there || !gone {
				t.Errorf("%+v", got)
			}
		})
	}
}

// One certificate whose further names AWS does not tell takes no other with it.
func TestCertificateWithoutItsNames(t *testing.T) {
	end := time.Now().Add(100 * 24 * time.Hour).Unix()
	a, _ := wired(t, func(r *http.Request) (*http.Response, error) {
		one := `{"CertificateArn":"arn:aws:acm:us-east-1:111122223333:certificate/%s","DomainName":%q,"HasAdditionalSubjectAlternativeNames":%t,"Status":"ISSUED","Type":"AMAZON_ISSUED","KeyAlgorithm":"RSA-2048","NotAfter":%d}`
		status, text := 200, fmt.Sprintf(`{"CertificateSummaryList":[`+one+`,`+one+`]}`, "many", "n0.example.net", true, end, "fits", "api.example.com", false, end)
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeCertificate") {
			status, text = 400, `{"__type":"AccessDeniedException","message":"no names for you"}`
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
	})
	a.Region = setup.EdgeRegion
	got, err := a.Certificates(t.Context(), "api.example.com")
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if fits, many := got[0], got[1]; fits.Refused != "" || many.Unread || !strings.Contains(many.Refused, "no names for you") || !strings.Contains(many.Refused, "is not known") {
		t.Errorf("%+v", got)
	}
}

// A decision of IAM that nobody knows, and one that is missing, is no refusal;
// nor is it allowed.
func TestUnknownDecisions(t *testing.T) {
	result := func(action, decision string) string {
		return "<member><EvalActionName>" + action + "</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>" + decision + "</EvalDecision></member>"
	}
	for _, test := range []struct {
		title, results  string
		denied, unknown []string
	}{
		{"known", result("acm:A", "allowed") + result("acm:B", "explicitDeny") + result("acm:C", "implicitDeny"), []string{"acm:B", "acm:C"}, nil},
		{"in other letters", result("ACM:a", "Allowed") + result("acm:B", "allowed") + result("acm:C", "allowed"), nil, nil},
		{"a new one", result("acm:A", "allowed") + result("acm:B", "allowedWithApproval") + result("acm:C", "implicitDeny"), []string{"acm:C"}, []string{"acm:B"}},
		{"one left out", result("acm:A", "allowed") + result("acm:B", "allowed"), nil, []string{"acm:C"}},
		{"none", "", nil, []string{"acm:A", "acm:B", "acm:C"}},
	} {
		t.Run(test.title, func(t *testing.T) {
			a, _ := wired(t, func(r *http.Request) (*http.Response, error) {
				body := `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>` +
					test.results + `</EvaluationResults></SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></SimulatePrincipalPolicyResponse>`
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
			})
			v := a.Judge(t.Context(), setup.Identity{ARN: "arn:aws:iam::111122223333:user/ada"}, []cloud.Ask{{Action: "acm:A"}, {Action: "acm:B"}, {Action: "acm:C"}})
			names := func(asks []cloud.Ask) (names []string) {
				for _, o := range asks {
					names = append(names, o.Action)
				}
				return names
			}
			if !slices.Equal(names(v.Denied), test.denied) || !slices.Equal(names(v.Unknown), test.unknown) || (v.Err != nil) != (len(test.unknown) > 0) {
				t.Errorf("%+v", v)
			}
			if v.Err != nil {
				if c := cloud.NotJudged(v); c.Result != setup.CheckUnknown || !slices.Equal(c.Items, test.unknown) || c.Text == "" {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}
