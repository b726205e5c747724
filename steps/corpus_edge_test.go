package steps

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// AWS's managed policies.
const (
	allButHost      = "b689b0a8-53d0-40ab-baf2-68738e2966ac" // AllViewerExceptHostHeader
	corsAlone       = "59781a5b-3903-41f3-afcb-af62929ccde1" // CORS-CustomOrigin: Origin and two more headers
	cachingOptimal  = "658327ea-f89d-4fab-a63d-7e88639e58f6" // CachingOptimized
	withoutPolicies = ""
)

// httpOnly lets CloudFront ask the origin by plain HTTP.
var httpOnly = origin(func(_ *patient, o *types.Origin) {
	o.CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
})

// hostDropped is a request policy that does not pass Host on.
var hostDropped = forwards(allButHost)

// forwards gives the default behavior an origin request policy, or none.
func forwards(policy string) func(*patient) {
	return behavior(func(b *types.DefaultCacheBehavior) {
		b.OriginRequestPolicyId = &policy
		if policy == withoutPolicies {
			b.OriginRequestPolicyId = nil
		}
	})
}

// pathAdded puts a path before every path.
func pathAdded(path string) func(*patient) {
	return origin(func(_ *patient, o *types.Origin) { o.OriginPath = &path })
}

// originAt is another domain name of the origin.
func originAt(name string) func(*patient) {
	return origin(func(_ *patient, o *types.Origin) { o.DomainName = &name })
}

// originLike is another server as the origin, which has the name too.
func originLike(s sim.Site) func(*patient) {
	s.Names = []string{"www.elsewhere.test", "api.harborview.example"}
	return both(site(s), originAt(s.Names[0]))
}

// noAlias takes the name off the distribution.
var noAlias = edge(func(c *types.DistributionConfig) {
	c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
})

var disabled = edge(func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) })

// gone deletes the distribution.
func gone(p *patient) {
	p.t.Helper()
	disabled(p)
	cf := p.outside().CloudFront()
	d, err := cf.GetDistribution(p.t.Context(), &cloudfront.GetDistributionInput{Id: p.distribution()})
	p.must(err)
	_, err = cf.DeleteDistribution(p.t.Context(), &cloudfront.DeleteDistributionInput{Id: p.distribution(), IfMatch: d.ETag})
	p.must(err)
	time.Sleep(time.Minute)
}

// methods cuts the methods that CloudFront lets through.
func methods(all ...types.Method) func(*patient) {
	return behavior(func(b *types.DefaultCacheBehavior) {
		b.AllowedMethods = &types.AllowedMethods{
			Quantity: aws.Int32(int32(len(all))), Items: all,
			CachedMethods: &types.CachedMethods{Quantity: aws.Int32(2), Items: []types.Method{types.MethodGet, types.MethodHead}},
		}
	})
}

// blocked is a web ACL that blocks a path, or all.
func blocked(path string) func(*patient) {
	return both(func(p *patient) { p.t.Helper(); p.must(p.sim.AddBlock(sim.Block{Resource: webACL, Path: path})) },
		edge(func(c *types.DistributionConfig) { c.WebACLId = aws.String(webACL) }))
}

// firewalled is a setup with a web ACL, which begins to block.
var firewalled = edits(func(s *setup.Spec) { s.Edge.WebACL = webACL })

// atEdge is a function that answers at the edge.
func atEdge(status int) func(*patient) {
	return func(p *patient) { p.t.Helper(); function(p, sim.Answer{Status: status, Body: "from the edge"}) }
}

// certificate gives the distribution another name, with its certificate.
func certificate(names ...string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		arn := p.sim.AddCertificate(p.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: names})
		time.Sleep(time.Minute)
		edge(func(c *types.DistributionConfig) {
			c.Aliases = &types.Aliases{Quantity: aws.Int32(1), Items: []string{names[0]}}
			c.ViewerCertificate.ACMCertificateArn = &arn
		})(p)
	}
}

func brokenEdges() []condition {
	hour := answers("REST", sim.Answer{Header: map[string]string{"Cache-Control": "max-age=3600"}})
	return []condition{
		// The origin.
		{what: "OriginProtocolPolicy http-only", guide: "1", done: do(httpOnly), want: "origin-protocol"},
		{what: "OriginProtocolPolicy match-viewer, and port 80 for HTTPS", guide: "1", done: do(origin(func(_ *patient, o *types.Origin) {
			o.CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyMatchViewer
			o.CustomOriginConfig.HTTPSPort = aws.Int32(8443)
		})), want: "origin-protocol"},
		{what: "HTTPSPort of the origin is 8443", guide: "1", done: do(origin(func(_ *patient, o *types.Origin) {
			o.CustomOriginConfig.HTTPSPort = aws.Int32(8443)
		})), want: "origin-protocol"},
		{what: "OriginSslProtocols without TLS 1.2", guide: "2", done: do(origin(func(_ *patient, o *types.Origin) {
			o.CustomOriginConfig.OriginSslProtocols = &types.OriginSslProtocols{Quantity: aws.Int32(1), Items: []types.SslProtocol{types.SslProtocolTLSv1}}
		})), want: "origin-tls"},
		{what: "The origin's name is mistyped", guide: "3", done: do(originAt("d-typo000000.execute-api.eu-west-1.amazonaws.com")), want: "origin-domain"},
		{what: "The origin is an edge-optimized API", guide: "8", done: do(origin(func(p *patient, o *types.Origin) {
			o.DomainName = aws.String(p.demo.APIs["legacy-api-eu"] + ".execute-api.eu-west-1.amazonaws.com")
		})), want: "origin-domain"},
		{what: "The origin is the name itself: a loop", guide: "8", done: do(originAt("api.harborview.example")), want: "origin-domain"},
		{what: "The origin is an nginx", guide: "35", done: do(originLike(sim.Site{Like: "nginx"})), want: "origin-domain"},
		{what: "The origin is a bucket: 404 NoSuchKey", guide: "35", done: do(originLike(sim.Site{Like: "s3"})), want: "origin-domain"},
		{what: "The origin is a website that answers 301", guide: "35", done: do(originLike(sim.Site{Answer: sim.Answer{Status: 301, Header: map[string]string{"Location": "https://www.elsewhere.test/"}}})), want: "origin-domain"},
		{what: "The origin is a website that answers 302", guide: "35", done: do(originLike(sim.Site{Answer: sim.Answer{Status: 302, Header: map[string]string{"Location": "https://www.elsewhere.test/"}}})), want: "origin-domain"},
		{what: "The origin is a server that answers 421", guide: "16 35", done: do(originLike(sim.Site{Answer: sim.Answer{Status: 421, Body: "Misdirected Request"}})), want: "origin-domain"},
		{what: "The origin is a server that answers 429", guide: "35", done: do(originLike(sim.Site{Answer: sim.Answer{Status: 429}})), want: "origin-domain"},
		{what: "The origin is a server that answers 200 and JSON", guide: "35", done: do(originLike(sim.Site{Answer: sim.Answer{Body: `{"ok":true}`, Header: map[string]string{"Content-Type": "application/json"}}})), want: "origin-domain"},
		{what: "OriginPath is the stage (REST)", guide: "6", done: do(pathAdded("/prod")), want: "origin-path"},
		{what: "OriginPath is the mapped path (HTTP)", guide: "7", made: one(sim.API{Kind: "HTTP", Methods: []sim.Method{{Key: "GET /"}}}), done: do(pathAdded("/one")), want: "origin-path"},
		{what: "OriginPath is the mapped path (REST)", guide: "6", made: one(sim.API{Kind: "REST", Methods: []sim.Method{{Key: "GET /"}}}), done: do(pathAdded("/one")), want: "origin-path"},
		{what: "OriginReadTimeout is 5 s, and the API takes 20 s", hangs: true, guide: "17", made: one(answers("REST", sim.Answer{Delay: 20 * time.Second})), done: do(origin(func(_ *patient, o *types.Origin) {
			o.CustomOriginConfig.OriginReadTimeout = aws.Int32(5)
		})), want: "origin-timeout"},
		{what: "The API has become slower than CloudFront waits", hangs: true, guide: "17 51", made: both(one(sim.API{Kind: "REST"}), edits(func(s *setup.Spec) { s.Edge.ReadTimeout = 30 })), done: do(behaves(late(35*time.Second, 2*time.Minute))), want: "origin-timeout"},

		// Policies.
		{what: "AllViewerExceptHostHeader", guide: "5 38", done: do(hostDropped), want: "host-header"},
		{what: "No origin request policy", guide: "5 38", done: do(forwards(withoutPolicies)), want: "host-header"},
		{what: "An origin request policy with CORS headers alone", guide: "4 38", done: do(forwards(corsAlone)), want: "host-header"},
		{what: "Host is not passed on, of an API that wants a key", guide: "36 38", made: one(withKey()), done: do(hostDropped), want: "host-header"},
		{what: "Host is not passed on, of a WebSocket API", guide: "49", made: one(sim.API{Kind: "WEBSOCKET"}), done: do(hostDropped), want: "host-header"},
		{what: "The headers of the handshake are not passed on", guide: "49", made: one(sim.API{Kind: "WEBSOCKET"}), done: do(onlyHost), want: "forwarding"},
		{what: "CachingOptimized, and Host is passed on", guide: "34", done: do(behavior(func(b *types.DefaultCacheBehavior) {
			b.CachePolicyId = aws.String(cachingOptimal)
		})), want: "caching"},
		{what: "CachingOptimized, and kept answers", guide: "34 40", made: one(hour), done: do(behavior(func(b *types.DefaultCacheBehavior) {
			b.CachePolicyId = aws.String(cachingOptimal)
		}), visited), want: "caching"},
		{what: "Cached answers hide an http-only origin", guide: "40", made: cached(setup.CachingFixed), done: do(visited, httpOnly), want: "origin-protocol"},
		{what: "Cached answers hide that OriginPath is the stage", guide: "40", made: both(one(hour), cached(setup.CachingAPI)), done: do(visited, pathAdded("/prod")), want: "origin-path"},

		// Visitors.
		{what: "The name is not among the aliases", guide: "22", done: do(noAlias), want: "alias"},
		{what: "The distribution is disabled", done: do(disabled), want: "enabled"},
		{what: "The distribution was deleted", guide: "53", done: do(gone), want: "enabled"},
		{what: "Another name and certificate on the distribution", guide: "22", done: do(certificate("shop.harborview.example")), want: "alias"},
		{what: "GET and HEAD alone", guide: "42", done: do(methods(types.MethodGet, types.MethodHead)), want: "methods"},
		{what: "GET, HEAD and OPTIONS alone", guide: "10 42", done: do(methods(types.MethodGet, types.MethodHead, types.MethodOptions)), want: "methods"},
		{what: "A web ACL blocks all", guide: "9", made: firewalled, done: do(blocked("")), want: "firewall"},
		{what: "A web ACL blocks one path", guide: "9", done: do(blocked("/catalog*")), want: "firewall"},
		{what: "The country is not served", guide: "9", done: do(geo(types.GeoRestrictionTypeBlacklist, "US")), want: "restriction"},
		{what: "Only another country is served", guide: "9", done: do(geo(types.GeoRestrictionTypeWhitelist, "DE")), want: "restriction"},
		{what: "A function at the edge answers 200", done: do(atEdge(200)), want: "edge-function"},
		{what: "A function at the edge answers 301", done: do(atEdge(301)), want: "edge-function"},
		{what: "A function at the edge answers 403", done: do(atEdge(403)), want: "edge-function"},
		{what: "An error page stands for the API's own 404", made: one(paged(404)), done: do(errorPage(404, "/one/sorry", "200")), want: "error-pages"},
		{what: "An error page hides that the backend answers 500", guide: "19", made: one(sim.API{Kind: "REST"}), done: do(errorPage(500, "/one/sorry", "200"), behaves(paged(500))), want: "backend"},
		{what: "Plain HTTP is refused", guide: "15", done: do(behavior(func(b *types.DefaultCacheBehavior) {
			b.ViewerProtocolPolicy = types.ViewerProtocolPolicyHttpsOnly
		})), want: "viewer-protocol"},
		{what: "Plain HTTP is answered", guide: "15", done: do(behavior(func(b *types.DefaultCacheBehavior) {
			b.ViewerProtocolPolicy = types.ViewerProtocolPolicyAllowAll
		})), want: "viewer-protocol"},
		{what: "An update is on its way: Host was not passed on a moment ago", done: do(hostDropped, func(p *patient) {
			p.update(func(c *types.DistributionConfig) {
				c.DefaultCacheBehavior.OriginRequestPolicyId = aws.String(setup.PolicyAllViewer)
			})
		}), want: "~deployed"},
	}
}

func do(all ...func(*patient)) []func(*patient) { return all }

// withKey is a REST API all of whose methods want a key.
func withKey() sim.API {
	api := asks("REST", "")
	for i := range api.Methods {
		api.Methods[i].APIKey = true
	}
	return api
}

// onlyHost is an origin request policy with Host and nothing else.
func onlyHost(p *patient) {
	p.t.Helper()
	out, err := p.outside().CloudFront().CreateOriginRequestPolicy(p.t.Context(), &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: &types.OriginRequestPolicyConfig{
		Name:               aws.String("host"),
		HeadersConfig:      &types.OriginRequestPolicyHeadersConfig{HeaderBehavior: types.OriginRequestPolicyHeaderBehaviorWhitelist, Headers: &types.Headers{Quantity: aws.Int32(1), Items: []string{"Host"}}},
		CookiesConfig:      &types.OriginRequestPolicyCookiesConfig{CookieBehavior: types.OriginRequestPolicyCookieBehaviorAll},
		QueryStringsConfig: &types.OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: types.OriginRequestPolicyQueryStringBehaviorAll},
	}})
	p.must(err)
	forwards(aws.ToString(out.OriginRequestPolicy.Id))(p)
}

// paged is an API that answers its root with an error, and has a page for it.
func paged(status int) sim.API {
	return sim.API{Kind: "REST", Methods: []sim.Method{{Key: "GET /", Answer: &sim.Answer{Status: status, Body: "{}"}}, {Key: "GET /sorry", Answer: &sim.Answer{Body: "sorry"}}}}
}
