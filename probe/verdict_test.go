package probe_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// Headers tell who made an answer. Without such a header it does not count as
// the API's.
func TestJudge(t *testing.T) {
	t.Parallel()
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	edge := []string{"X-Amz-Cf-Id", "c", "X-Amz-Cf-Pop", "FRA1", "X-Cache", "Error from cloudfront", "Via", "1.1 x.cloudfront.net (CloudFront)"}
	rest := append([]string{"x-amzn-RequestId", "r", "x-amz-apigw-id", "a"}, edge...)
	httpAPI := append([]string{"apigw-requestid", "r"}, edge...)
	nginx := []string{"Server", "nginx"}
	for _, c := range []struct {
		name    string
		status  int
		header  []string
		body    string
		by      probe.Answerer
		edge    bool
		symptom probe.Symptom
	}{
		{"REST API", 200, rest, `{}`, probe.ByAPIGateway, true, probe.NoSymptom},
		{"HTTP API", 404, httpAPI, `{"message":"Not Found"}`, probe.ByAPIGateway, true, probe.NoSymptom},
		{"without CloudFront", 200, []string{"x-amzn-requestid", "r"}, ``, probe.ByAPIGateway, false, probe.NoSymptom},
		{"unsigned call", 403, append([]string{"x-amzn-errortype", "MissingAuthenticationTokenException"}, rest...), `{"message":"Missing Authentication Token"}`, probe.ByAPIGateway, true, probe.NoSymptom},
		{"no mapping", 403, append([]string{"x-amzn-errortype", "ForbiddenException"}, rest...), `{"message":"Forbidden"}`, probe.ByAPIGateway, true, probe.RefusedByAPI},
		{"Lambda failed", 502, rest, `{"message": "Internal server error"}`, probe.ByAPIGateway, true, probe.FailedInAPI},
		{"port 80", 502, edge, `<HTML>CloudFront wasn't able to connect to the origin`, probe.ByCloudFront, true, probe.OriginUnreachable},
		{"slow", 504, edge, `<HTML>`, probe.ByCloudFront, true, probe.OriginSlow},
		{"alias", 421, edge, `<HTML>`, probe.ByCloudFront, true, probe.NoSuchAlias},
		{"firewall", 403, edge, `<HTML>Request blocked.`, probe.ByCloudFront, true, probe.RefusedByEdge},
		{"busy", 503, edge, `<HTML>`, probe.ByCloudFront, true, probe.FailedBefore},
		{"bucket", 200, append([]string{"X-Cache", "Hit from cloudfront"}, "Server", "AmazonS3"), `<html>`, probe.ByCloudFront, true, probe.Stranger},
		{"old server", 200, nginx, `{}`, probe.BySomebody, false, probe.Stranger},
		{"old server, as API Gateway words it", 403, nginx, `{"message":"Forbidden"}`, probe.BySomebody, false, probe.Stranger},
		{"old server, moved", 302, append([]string{"Location", "https://example.com"}, nginx...), ``, probe.BySomebody, false, probe.Stranger},
		{"no header at all", 200, nil, ``, probe.BySomebody, false, probe.Stranger},
	} {
		v := probe.Judge(probe.Response{Status: c.status, Header: header(c.header...), Body: []byte(c.body)}, nil)
		if v.By != c.by || v.Edge != c.edge || v.Symptom != c.symptom || v.Phase() != "" || v.Untrusted() {
			t.Errorf("%s: by %q, through CloudFront: %v, symptom %q", c.name, v.By, v.Edge, v.Symptom)
		}
		if words := v.Words(); !strings.Contains(words, http.StatusText(c.status)) || strings.Contains(words, "<") || strings.Contains(words, "\n") {
			t.Errorf("%s: %q", c.name, words)
		}
	}
	if v := probe.Judge(probe.Response{}, errors.New("cut off")); v.Symptom != probe.NoAnswer || v.Edge || v.By != probe.BySomebody || v.Phase() != "" {
		t.Errorf("no answer: %+v", v)
	}
}

// A Verdict has the time of each phase up to the one in which the request
// failed.
func TestVisitKeepsTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.sim.Close()
		a := w.account(t)
		domain, err := a.APIGateway().CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{
			DomainName:             aws.String("api.example.com"),
			RegionalCertificateArn: aws.String(w.sim.AddCertificate(accountID, "eu-west-1", sim.Certificate{Names: []string{"api.example.com"}})),
			EndpointConfiguration:  &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeRegional}},
			SecurityPolicy:         agtypes.SecurityPolicyTls12,
		})
		if err != nil {
			t.Fatal(err)
		}
		const pause = 300 * time.Millisecond
		slow := w.settings
		slow.Dial = slowly(w.settings.Dial, pause)
		p := probe.New(slow, nil)
		for _, c := range []struct {
			url, to, phase string
			symptom        probe.Symptom
			reached        int // number of phases with a time
		}{
			{"https://api.example.com/", *domain.RegionalDomainName, "", probe.RefusedByAPI, 2},
			{"https://other.example.com/", *domain.RegionalDomainName, probe.PhaseTLS, probe.NoAnswer, 2},
			{"https://api.example.com/", "", probe.PhaseResolve, probe.NoAnswer, 1},
		} {
			v := p.Visit(t.Context(), probe.Request{URL: c.url, ConnectTo: c.to})
			if v.Symptom != c.symptom || v.Phase() != c.phase || v.Untrusted() != (c.phase == probe.PhaseTLS) || v.Request.URL != c.url {
				t.Errorf("%s at %q: %q, phase %q: %v", c.url, c.to, v.Symptom, v.Phase(), v.Err)
			}
			took := v.Response.Took
			if took.Resolve < pause || (took.Connect >= pause) != (c.reached > 1) {
				t.Errorf("%s at %q: times %+v", c.url, c.to, took)
			}
		}
	})
	// A request that is refused before it is sent has no phase.
	p, _ := served(t, "169.254.169.254", nil, func(http.ResponseWriter, *http.Request) {})
	v := p.Visit(t.Context(), probe.Request{URL: "https://example.com/"})
	if problem, ok := errors.AsType[*setup.Problem](v.Err); !ok || problem.Code != "AddressRefused" || v.Symptom != probe.NoAnswer {
		t.Errorf("%+v", v)
	}
}
