//go:build browser

package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/setup"
)

// answerStates are the wizard's pages where an account has what few have: an
// API that is edge-optimised, lists that could be read in part, a name that is
// too long for a new certificate, headers in the cache key.
func answerStates(t *testing.T) []state {
	t.Helper()
	edge, long, covered := newStage(t, true), newStage(t, true), newStage(t, true)
	edge.looks[setup.LookAPIs] = []setup.APIInfo{
		{ID: "e000000000", Name: "legacy-api", Kind: setup.APIKindREST, Endpoint: "EDGE", Stages: []string{"prod"}, Note: "It is edge-optimised: AWS has put a CloudFront distribution of its own before the API's own address. Nothing has to be changed."},
		{ID: "k3v9x2p1qa", Name: longName, Kind: setup.APIKindREST, Endpoint: "REGIONAL", Stages: []string{"live"}},
		{ID: "not-listed", Name: "HTTP and WebSocket APIs", Refused: "They could not be read. API Gateway refused the request. API Gateway said: BadRequestException: " + strings.Repeat("Bad Request ", 8)},
	}
	spec := stageSpec("api.harborview.example", 1)
	spec.API.Mappings[0] = setup.Mapping{APIID: "e000000000", APIName: "legacy-api", Kind: setup.APIKindREST, Stage: "prod"}
	spec.Edge.Caching = setup.CachingAPI
	spec.Edge.KeyHeaders = []string{"Authorization", "X-Tenant-Id", "X-" + strings.Repeat("Long-", 11) + "Header"}
	mapped := "/drafts/" + edge.draft(spec).ID + "/"
	edge.read(mapped+"api", mapped+"edge", mapped+"review")
	edge.read(mapped + "review")
	keys := formOf(edge.open(mapped + "edge"))
	keys.Set("key_more", strings.Repeat("Cookie X-Ünit ", 12))
	keys.Set("go", "next")

	logs := formOf(edge.open(mapped + "edge"))
	logs.Set("logs_to", setup.LogsGroup)
	logs.Set("logs_name", "arn:aws:logs:eu-west-1:482177301954:log-group:/harborview/"+strings.Repeat("cloudfront-", 6)+"access-logs")
	logs.Set("go", "next")

	name := "daily.reports-and-statistics-for-partners-and-their-customers.harborview.example"
	long.looks[setup.LookCertificates] = []setup.CertificateInfo{}
	covered.looks[setup.LookCertificates] = []setup.CertificateInfo{{
		ARN: "arn:aws:acm:us-east-1:482177301954:certificate/0c2f91c3-5a3b-4d19-9c1e-2b7f6a0e8d11", Region: "us-east-1",
		Names: []string{"*." + strings.SplitN(name, ".", 2)[1]}, Key: "RSA_2048", Status: "ISSUED", NotAfter: time.Now().Add(90 * 24 * time.Hour),
	}}
	all := []state{
		{name: "api-edge-optimised", on: edge, path: mapped + "api"},
		{name: "edge-keys", on: edge, path: mapped + "edge"},
		{name: "edge-keys-422", on: edge, path: mapped + "edge", form: keys, status: 422},
		{name: "edge-logs-422", on: edge, path: mapped + "edge", form: logs, status: 422},
		{name: "review-keys", on: edge, path: mapped + "review"},
	}
	for kind, s := range map[string]*stage{"uncovered": long, "covered": covered} {
		draft := "/drafts/" + s.draft(stageSpec(name, 1)).ID + "/"
		s.read(draft+"api", draft+"domain", draft+"domain", draft+"certificates")
		form := formOf(s.open(draft + "certificates"))
		form.Set("go", "next")
		all = append(all,
			state{name: "domain-too-long-" + kind, on: s, path: draft + "domain"},
			state{name: "certificates-too-long-" + kind, on: s, path: draft + "certificates"},
			state{name: "certificates-too-long-" + kind + "-422", on: s, path: draft + "certificates", form: form, status: 422})
	}
	return all
}

// sharedStates are a setup that keeps answers for callers who are not told
// apart, and the ways to clear them.
func sharedStates(t *testing.T) []state {
	t.Helper()
	s := newStage(t, true)
	spec := stageSpec("shared.harborview.example", 1)
	spec.Edge.Caching, spec.Edge.KeyHeaders = setup.CachingFixed, []string{"Host"}
	d := s.draft(spec)
	s.start(d, setup.JobApply, setup.JobInput{}).finish("policies")
	clear := s.start(d, setup.JobInvalidate, setup.JobInput{Paths: []string{"/q", "/q?*", "/" + strings.Repeat("long/", 40) + "*"}})
	clear.done("identity", "invalidation")
	path := "/setups/" + d.ID
	return []state{
		{name: "setup-shared", on: s, path: path},
		{name: "clear", on: s, path: path + "/clear"},
		{name: "clear-covers", on: s, path: path + "/clear", form: url.Values{"paths": {"/orders\n/v1/*\n/~tmp\n/größe?*\nhttps://other.example/a\n" + strings.Repeat("/very-long-path", 30)}, "go": {"preview"}}},
		{name: "clear-422", on: s, path: path + "/clear", form: url.Values{"paths": {"/~orders " + strings.Repeat("/very-long-path", 30)}}, status: 422},
		{name: "job-cleared", on: s, path: fmt.Sprintf("/jobs/%d", clear.id)},
	}
}

// open reads a page and answers with it.
func (s *stage) open(path string) *goquery.Document {
	s.t.Helper()
	s.v.open(path)
	return s.v.page
}
