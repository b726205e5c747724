package steps

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
)

// brokenPairs are worlds in which two things are broken.
func brokenPairs() []condition {
	failing := behaves(answers("REST", sim.Answer{Status: 500}))
	return []condition{
		{what: "http-only, and Host is not passed on", guide: "1 5", done: do(httpOnly, hostDropped), want: "origin-protocol host-header"},
		{what: "http-only, and the name is not among the aliases", guide: "1 22", done: do(httpOnly, noAlias), want: "origin-protocol alias"},
		{what: "http-only, and a mapping was deleted", guide: "1 37", done: do(httpOnly, unmap("orders")), want: "origin-protocol mapping"},
		{what: "http-only, and OriginPath is the stage", guide: "1 6", done: do(httpOnly, pathAdded("/prod")), want: "origin-protocol origin-path"},
		{what: "Host is not passed on, and OriginPath is the stage", guide: "5 6", done: do(hostDropped, pathAdded("/prod")), want: "host-header origin-path"},
		{what: "Host is not passed on, and a mapping was deleted", guide: "5 37", done: do(hostDropped, unmap("catalog/v2")), want: "host-header mapping"},
		{what: "The origin is the API's own name with the stage, and Host is not passed on", guide: "5 35", done: do(origin(func(p *patient, o *types.Origin) {
			o.DomainName = aws.String(p.setup.Spec.API.Mappings[0].APIID + ".execute-api.eu-west-1.amazonaws.com")
		}), hostDropped), want: "host-header origin-domain"},
		{what: "The name is not among the aliases, and the distribution is disabled", guide: "22", done: do(noAlias, disabled), want: "alias enabled"},
		{what: "A mapping was deleted, and the other API answers 500", guide: "37 19", done: do(unmap("catalog/v2"), failing), want: "backend mapping"},
		{what: "Two mappings: one was deleted, one leads to another API", guide: "37", done: do(unmap("orders"), remap("catalog/v2", "partners-http", "$default")), want: "mapping"},
		{what: "The custom domain was deleted, and Host is not passed on", guide: "2 5", done: do(noDomain, hostDropped), want: "custom-domain host-header"},
		{what: "Mutual TLS, and OriginPath is the stage", guide: "2 6", done: do(domain(replace("/mutualTlsAuthentication/truststoreUri", "s3://bucket/ca.pem")), pathAdded("/prod")), want: "domain-mtls origin-path"},
		{what: "The certificate of the custom domain has ended, and Host is not passed on", guide: "2 5", done: do(oldCertificate, hostDropped), want: "regional-certificate host-header"},
		{what: "A web ACL blocks all, and the backend answers 500", guide: "9 19", done: do(blocked(""), failing), want: "backend firewall"},
		{what: "The country is not served, and Host is not passed on", guide: "9 5", done: do(geo(types.GeoRestrictionTypeBlacklist, "US"), hostDropped), want: "restriction host-header"},
		{what: "A web ACL blocks all, and the methods are cut", guide: "9 42", done: do(blocked(""), methods(types.MethodGet, types.MethodHead)), want: "firewall methods"},
		{what: "A function answers, and http-only", guide: "1", done: do(atEdge(200), httpOnly), want: "edge-function origin-protocol"},
		{what: "The record leads to the old server, and http-only", guide: "35 1", done: do(site(sim.Site{Names: []string{"old.hosting.test", "api.harborview.example"}, Like: "nginx"}), record("CNAME", constant("old.hosting.test.")), httpOnly), want: "origin-protocol", live: "traffic-record origin-protocol"},
		{what: "The record was deleted, and Host is not passed on", guide: "26 5", done: do(record("A", constant("")), hostDropped), want: "host-header", live: "traffic-record host-header"},
		{what: "The integration of one path takes too long, and the other path leads to another stage", hangs: true, guide: "18", done: do(behaves(answers("REST", sim.Answer{Delay: time.Minute})), remap("catalog/v2", "catalog-http-eu", "beta")), want: "backend mapping"},
		{what: "Cached answers, http-only and OriginPath is the stage", guide: "40", made: cached("fixed"), done: do(visited, httpOnly, pathAdded("/prod")), want: "origin-protocol origin-path"},
		{what: "A web ACL blocks all, and the only backend answers 500", guide: "9 19", made: one(sim.API{Kind: "REST"}), done: do(blocked(""), failing), want: "backend firewall"},
		{what: "The country is not served, and the only mapping was deleted", guide: "9 37", made: one(sim.API{Kind: "HTTP"}), done: do(geo(types.GeoRestrictionTypeBlacklist, "US"), unmap("one")), want: "restriction mapping"},
		{what: "A function answers, and the only integration takes too long", hangs: true, guide: "18", made: one(sim.API{Kind: "REST"}), done: do(atEdge(301), behaves(answers("REST", sim.Answer{Delay: time.Minute}))), want: "backend edge-function"},
	}
}
