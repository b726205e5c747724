package probe_test

import (
	"fmt"
	"net/http"
	"strconv"
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

// says is a server that answers so, with header names and values by turns.
func says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			fmt.Fprint(w, body)
		}
	}
}

// Headers tell who made an answer. Without such a header it does not count as
// the API's.
func TestWhoAnswered(t *testing.T) {
	t.Parallel()
	edge := []string{"X-Amz-Cf-Id", "c", "X-Amz-Cf-Pop", "FRA1", "X-Cache", "Error from cloudfront", "Via", "1.1 x.cloudfront.net (CloudFront)"}
	passed := append([]string{}, edge...)
	passed[5] = "Miss from cloudfront"
	rest := append([]string{"x-amzn-RequestId", "r", "x-amz-apigw-id", "a"}, edge...)
	httpAPI := append([]string{"apigw-requestid", "r"}, edge...)
	nginx := []string{"Server", "nginx"}
	socket := probe.TargetPath{Kind: setup.APIKindWebSocket}
	ok := probe.TargetPath{Status: http.StatusOK}
	const d, n, regional = setup.RungDistribution, setup.RungName, setup.RungRegional
	for _, c := range []struct {
		name    string
		rung    setup.Rung
		path    probe.TargetPath
		status  int
		header  []string
		body    string
		proof   probe.Proof
		row     string
		service string // that the cause names
	}{
		{name: "REST API", rung: d, status: 200, header: append([]string{"x-amzn-RequestId", "r", "x-amz-apigw-id", "a"}, passed...), body: `{}`, proof: probe.ProofByHeader},
		{name: "HTTP API", rung: d, status: 404, header: httpAPI, body: `{"message":"Not Found"}`, proof: probe.ProofByHeader},
		{name: "without CloudFront", rung: regional, status: 200, header: []string{"x-amzn-requestid", "r"}, proof: probe.ProofByHeader},
		{name: "past CloudFront", rung: n, status: 200, header: []string{"x-amzn-requestid", "r"}, row: "name-past-cloudfront", service: "API Gateway"},
		{name: "unsigned call", rung: d, status: 403, header: append([]string{"x-amzn-errortype", "MissingAuthenticationTokenException"}, rest...), body: `{"message":"Missing Authentication Token"}`, proof: probe.ProofByHeader},
		{name: "no mapping", rung: d, status: 403, header: append([]string{"x-amzn-errortype", "ForbiddenException"}, rest...), body: `{"message":"Forbidden"}`, row: "unmapped-or-guarded", service: "API Gateway"},
		{name: "Lambda failed", rung: d, status: 502, header: rest, body: `{"message": "Internal server error"}`, row: "integration-failed", service: "API Gateway"},
		{name: "HTTP API whose integration failed", rung: d, status: 500, header: httpAPI, body: `{"message":"Internal Server Error"}`, row: "integration-failed", service: "API Gateway"},
		{name: "no more than the type of an error", rung: d, status: 403, header: append([]string{"x-amzn-errortype", "AccessDeniedException"}, edge...), body: `{"message":"no"}`, proof: probe.ProofByRefusal},
		{name: "port 80", rung: d, status: 502, header: edge, body: `<HTML>CloudFront wasn't able to connect to the origin`, row: "origin-unreachable", service: "CloudFront"},
		{name: "slow", rung: d, status: 504, header: edge, body: `<HTML>`, row: "origin-slow", service: "CloudFront"},
		{name: "alias", rung: d, status: 421, header: edge, body: `<HTML>`, row: "misdirected", service: "CloudFront"},
		{name: "firewall", rung: d, status: 403, header: edge, body: `<HTML>Request blocked.`, row: "refused-by-edge", service: "CloudFront"},
		{name: "firewall, by CloudFront's page", rung: d, status: 403, header: append([]string{"Server", "CloudFront"}, edge...), body: `<HTML>Request blocked.`, row: "blocked", service: "CloudFront"},
		{name: "busy", rung: d, status: 503, header: edge, body: `<HTML>`, row: "edge-busy", service: "CloudFront"},
		{name: "bucket", rung: d, status: 200, header: []string{"X-Amz-Cf-Id", "c", "X-Cache", "Hit from cloudfront", "Server", "AmazonS3"}, body: `<html>`, row: "stranger", service: "CloudFront"},
		{name: "old server", rung: n, status: 200, header: nginx, body: `{}`, row: "name-at-stranger"},
		{name: "old server, as API Gateway words it", rung: n, status: 403, header: nginx, body: `{"message":"Forbidden"}`, row: "name-at-stranger"},
		{name: "old server, moved", rung: n, status: 302, header: append([]string{"Location", "https://example.com"}, nginx...), row: "name-at-stranger"},
		{name: "no header at all", rung: n, status: 200, row: "name-at-stranger"},
		{name: "no header at all, where the distribution is", rung: d, status: 200},

		{name: "kept, says Age", rung: d, status: 200, header: append([]string{"Age", "3"}, append(rest, "X-Cache", "Miss from cloudfront")...), row: "kept-answer", service: "API Gateway"},
		{name: "an Age of 0", rung: d, status: 200, header: append([]string{"Age", "0"}, append(rest, "X-Cache", "Miss from cloudfront")...), proof: probe.ProofByHeader},
		{name: "an Age that is no number", rung: d, status: 200, header: append([]string{"Age", "3, 9"}, append(rest, "X-Cache", "Miss from cloudfront")...), row: "kept-answer", service: "API Gateway"},
		{name: "kept by something behind the API", rung: d, status: 200, header: append([]string{"X-Cache", "HIT, Miss from cloudfront"}, rest[:4]...), proof: probe.ProofByHeader},

		{name: "a handshake that $connect refuses", rung: n, path: socket, status: 401, header: rest, row: "unmapped-or-guarded", service: "API Gateway"},
		{name: "the status that was named", rung: n, path: ok, status: 200, header: append(rest, "X-Cache", "Miss from cloudfront"), proof: probe.ProofByStatus},
		{name: "another one", rung: n, path: ok, status: 204, header: append(rest, "X-Cache", "Miss from cloudfront"), row: "other-status", service: "API Gateway"},
		{name: "the named one, but kept", rung: n, path: ok, status: 200, header: append([]string{"Age", "3"}, append(rest, "X-Cache", "Miss from cloudfront")...), row: "kept-answer", service: "API Gateway"},
		{name: "the named one of somebody else", rung: n, path: ok, status: 200, row: "name-at-stranger"},
	} {
		c.path.Mapping = "a"
		p, _ := served(t, "198.51.100.7", nil, says(c.status, c.body, c.header...))
		seen := p.Climb(t.Context(), probe.Target{
			Name: theName, Handshakes: true, Regional: "d-1.execute-api.eu-west-1.amazonaws.com", Distribution: "d1.cloudfront.net",
			Rungs: []setup.Rung{c.rung}, Paths: []probe.TargetPath{c.path},
		})
		want := probe.WantedPath{Path: "/a", Kind: c.path.Kind, Status: c.path.Status}
		if proof, row := reached(seen, c.rung, want); proof != c.proof || row != c.row {
			t.Errorf("%s: proof %q, row %q: %+v", c.name, proof, row, seen[0])
		}
		if c.row == "" {
			continue
		}
		r := probe.Decode(seen, setup.Configured{}, probe.Wanted{Name: theName, Paths: []probe.WantedPath{want}})
		problem := r.Causes[0].Problem
		if problem.Service != c.service || !strings.HasPrefix(problem.Said, strconv.Itoa(c.status)) || strings.ContainsAny(problem.Said, "<\n") {
			t.Errorf("%s: %s says %q", c.name, problem.Service, problem.Said)
		}
		if id := map[string]string{"API Gateway": "r", "CloudFront": "c"}[c.service]; problem.Ref != id {
			t.Errorf("%s: the ID is %q, want %q", c.name, problem.Ref, id)
		}
	}
}

// The evidence has the time of each phase up to the one in which the request
// failed.
func TestClimbKeepsTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.sim.Close()
		a := w.account(t)
		domain, err := a.APIGateway().CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{
			DomainName:             aws.String(theName),
			RegionalCertificateArn: aws.String(w.sim.AddCertificate(accountID, "eu-west-1", sim.Certificate{Names: []string{theName}})),
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
			name   string
			rung   setup.Rung
			failed string
			phases int // with a time
		}{
			{theName, setup.RungRegional, "", 2},
			{"other.example.com", setup.RungRegional, probe.PhaseTLS, 2},
			{theName, setup.RungName, probe.PhaseResolve, 1},
		} {
			target := probe.Target{Name: c.name, Regional: *domain.RegionalDomainName, Rungs: []setup.Rung{c.rung}, Paths: []probe.TargetPath{{Mapping: "a"}}}
			e := at(t, p.Climb(t.Context(), target), c.rung, "/a")
			if e.Failed != c.failed || (e.Status == 0) != (c.failed != "") || e.URL != "https://"+c.name+"/a" {
				t.Errorf("%s by %s: %+v", c.name, c.rung, e)
			}
			if untrusted := strings.Contains(e.Error, "certificate is valid for"); untrusted != (c.failed == probe.PhaseTLS) {
				t.Errorf("%s by %s: %s", c.name, c.rung, e.Error)
			}
			if e.Resolve < pause || (e.Connect >= pause) != (c.phases > 1) {
				t.Errorf("%s by %s: times %+v", c.name, c.rung, e)
			}
		}
	})
}
