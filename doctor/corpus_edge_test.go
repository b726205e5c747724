package doctor_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

const firewallARN = "arn:aws:wafv2:us-east-1:" + accountID + ":global/webacl/front/1"

// allowing cuts the methods that CloudFront lets through.
func allowing(all ...cftypes.Method) func(*clinic) {
	return behaving(func(b *cftypes.DefaultCacheBehavior) {
		b.AllowedMethods = &cftypes.AllowedMethods{
			Quantity: aws.Int32(int32(len(all))), Items: all,
			CachedMethods: &cftypes.CachedMethods{Quantity: aws.Int32(2), Items: []cftypes.Method{cftypes.MethodGet, cftypes.MethodHead}},
		}
	})
}

// keeping gives the default behavior a cache policy that keeps answers, with headers in
// the key.
func keeping(headers ...string) func(*clinic) {
	return func(c *clinic) {
		h := &cftypes.CachePolicyHeadersConfig{HeaderBehavior: cftypes.CachePolicyHeaderBehaviorNone}
		if len(headers) > 0 {
			h = &cftypes.CachePolicyHeadersConfig{HeaderBehavior: cftypes.CachePolicyHeaderBehaviorWhitelist, Headers: &cftypes.Headers{Quantity: aws.Int32(int32(len(headers))), Items: headers}}
		}
		out, err := c.account.CloudFront().CreateCachePolicy(c.t.Context(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &cftypes.CachePolicyConfig{
			Name: aws.String("keeps"), MinTTL: aws.Int64(0), DefaultTTL: aws.Int64(60), MaxTTL: aws.Int64(60),
			ParametersInCacheKeyAndForwardedToOrigin: &cftypes.ParametersInCacheKeyAndForwardedToOrigin{
				EnableAcceptEncodingGzip: aws.Bool(true), HeadersConfig: h,
				CookiesConfig:      &cftypes.CachePolicyCookiesConfig{CookieBehavior: cftypes.CachePolicyCookieBehaviorNone},
				QueryStringsConfig: &cftypes.CachePolicyQueryStringsConfig{QueryStringBehavior: cftypes.CachePolicyQueryStringBehaviorAll},
			},
		}})
		c.must(err)
		behaving(func(b *cftypes.DefaultCacheBehavior) { b.CachePolicyId = out.CachePolicy.Id })(c)
	}
}

// answering is a function at the edge that answers so.
func answering(a sim.Answer) func(*clinic) {
	return func(c *clinic) {
		arn, err := c.sim.AddFunction(accountID, "hello", a)
		c.must(err)
		behaving(func(b *cftypes.DefaultCacheBehavior) {
			b.FunctionAssociations = &cftypes.FunctionAssociations{Quantity: aws.Int32(1), Items: []cftypes.FunctionAssociation{{EventType: cftypes.EventTypeViewerRequest, FunctionARN: &arn}}}
		})(c)
	}
}

// walled puts a web ACL before the distribution, which blocks a path, or all.
func walled(path string) func(*clinic) {
	return func(c *clinic) {
		c.must(c.sim.AddBlock(sim.Block{Resource: firewallARN, Path: path}))
		edged(func(d *cftypes.DistributionConfig) { d.WebACLId = aws.String(firewallARN) })(c)
	}
}

// apart gives a path a cache behavior of its own, which leads to an origin of its own.
func apart(pattern, origin string) func(*clinic) {
	return edged(func(d *cftypes.DistributionConfig) {
		b := d.DefaultCacheBehavior
		o := d.Origins.Items[0]
		o.Id, o.DomainName = aws.String("apart"), &origin
		d.Origins.Items, d.Origins.Quantity = append(d.Origins.Items, o), aws.Int32(2)
		d.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(1), Items: []cftypes.CacheBehavior{{
			PathPattern: &pattern, TargetOriginId: o.Id, ViewerProtocolPolicy: b.ViewerProtocolPolicy, CachePolicyId: b.CachePolicyId, OriginRequestPolicyId: b.OriginRequestPolicyId,
			AllowedMethods: b.AllowedMethods, Compress: b.Compress, SmoothStreaming: aws.Bool(false), FieldLevelEncryptionId: aws.String(""),
			LambdaFunctionAssociations: &cftypes.LambdaFunctionAssociations{Quantity: aws.Int32(0)},
		}}}
	})
}

// edgeWards are worlds in which the distribution treats callers otherwise than it should.
func edgeWards() []ward {
	return []ward{
		{part: "The distribution", what: "The name is not among the aliases", source: "22", wrong: "alias", open: namelessOpen, says: []string{"Aliases: none"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: edged(aliased())},
		{what: "The distribution is disabled", source: "G", wrong: "enabled", open: namelessOpen, says: []string{"Enable the distribution"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: edged(func(d *cftypes.DistributionConfig) { d.Enabled = aws.Bool(false) })},
		{what: "GET and HEAD alone", source: "42", remarks: "methods", says: []string{"POST, PUT, PATCH or DELETE get 403"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictHealthy, done: allowing(cftypes.MethodGet, cftypes.MethodHead)},
		{what: "GET, HEAD and OPTIONS alone", source: "10 42", remarks: "methods", says: []string{"POST, PUT, PATCH or DELETE get 403"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictHealthy, done: allowing(cftypes.MethodGet, cftypes.MethodHead, cftypes.MethodOptions)},
		{what: "Kept answers are not told apart by credentials", source: "34 47", remarks: "cache-key", says: []string{"Put Authorization into the cache key"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictHealthy, done: keeping()},
		{what: "Kept answers are not told apart by the key that the API asks for", doors: "-", source: "47", remarks: "api-access cache-key", open: refusedOpen, says: []string{"Put X-Api-Key into the cache key"}, asked: "GetDistributionConfig", heals: byAdopt, left: "api-access", outside: setup.VerdictUnsure, made: func(c *clinic) { behind(every(sim.Method{APIKey: true}))(c); c.complete() }, done: keeping("Authorization")},
		{what: "Kept answers are told apart by Authorization", source: "34", outside: setup.VerdictHealthy, done: keeping("Authorization")},
		{what: "A web ACL blocks all", source: "9", wrong: "firewall", bare: "firewall", says: []string{"the web ACL of the distribution blocks the request", firewallARN}, asked: "GET https://", heals: byHand, hand: func(c *clinic) { c.sim.RemoveBlocks(firewallARN) }, outside: setup.VerdictWrong, done: walled("")},
		{what: "The country is not served", source: "9", wrong: "restriction", bare: "restriction", asked: "GET https://", heals: byHand, hand: edged(func(d *cftypes.DistributionConfig) {
			d.Restrictions.GeoRestriction = &cftypes.GeoRestriction{RestrictionType: cftypes.GeoRestrictionTypeNone, Quantity: aws.Int32(0)}
		}), outside: setup.VerdictWrong, done: edged(func(d *cftypes.DistributionConfig) {
			d.Restrictions = &cftypes.Restrictions{GeoRestriction: &cftypes.GeoRestriction{RestrictionType: cftypes.GeoRestrictionTypeBlacklist, Quantity: aws.Int32(1), Items: []string{"US"}}}
		})},
		{what: "A function at the edge answers 200", source: "F.1", wrong: "edge-function", bare: "edge-function", asked: "GET https://", heals: byHand, hand: behaving(func(b *cftypes.DefaultCacheBehavior) { b.FunctionAssociations = nil }), outside: setup.VerdictWrong, done: answering(sim.Answer{Status: 200, Body: "hello"})},
		{what: "A function at the edge answers 403", source: "F.1", wrong: "edge-function", bare: "edge-function", asked: "GET https://", heals: byHand, hand: behaving(func(b *cftypes.DefaultCacheBehavior) { b.FunctionAssociations = nil }), outside: setup.VerdictWrong, done: answering(sim.Answer{Status: 403, Body: "no"})},
		{what: "An error page stands for the API's 404", source: "F.2", wrong: "error-pages", open: "backend error-pages", says: []string{"Take the error page off"}, asked: "GET https://", heals: byHand, hand: edged(func(d *cftypes.DistributionConfig) {
			d.CustomErrorResponses = &cftypes.CustomErrorResponses{Quantity: aws.Int32(0)}
		}), outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.api = c.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders-api", Kind: "REST", Stages: []string{"prod"}, Methods: []sim.Method{{Key: "ANY /", Answer: &sim.Answer{Status: 404, Body: "{}"}}, {Key: "GET /sorry"}}})
			c.complete()
			edged(func(d *cftypes.DistributionConfig) {
				d.CustomErrorResponses = &cftypes.CustomErrorResponses{Quantity: aws.Int32(1), Items: []cftypes.CustomErrorResponse{{ErrorCode: aws.Int32(404), ResponsePagePath: aws.String("/sorry"), ResponseCode: aws.String("200"), ErrorCachingMinTTL: aws.Int64(0)}}}
			})(c)
		}},
		{what: "Plain HTTP is answered", source: "15", remarks: "viewer-protocol", says: []string{"redirect-to-https"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictHealthy, done: behaving(func(b *cftypes.DefaultCacheBehavior) { b.ViewerProtocolPolicy = cftypes.ViewerProtocolPolicyAllowAll })},
		{what: "Callers with TLS 1.0 are let in", source: "25", remarks: "viewer-tls", says: []string{"TLSv1.2_2021"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictHealthy, done: edged(func(d *cftypes.DistributionConfig) {
			d.ViewerCertificate.MinimumProtocolVersion = cftypes.MinimumProtocolVersionTLSv1
		})},
		{what: "IPv6 is off", source: "27", remarks: "ipv6", says: []string{"IsIPV6Enabled: false"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictRemarks, done: edged(func(d *cftypes.DistributionConfig) { d.IsIPV6Enabled = aws.Bool(false) })},
		{what: "A default root object stands before the root of the API", source: "6", wrong: "origin-path", says: []string{"DefaultRootObject: index.html"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictRemarks, made: func(c *clinic) {
			c.api = c.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders-api", Kind: "REST", Stages: []string{"prod"}, Methods: []sim.Method{{Key: "GET /"}}})
			c.complete()
		}, done: edged(func(d *cftypes.DistributionConfig) { d.DefaultRootObject = aws.String("index.html") })},
		{what: "A default root object, and the API has every path", source: "6", remarks: "origin-path", says: []string{"for /index.html"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictHealthy, done: edged(func(d *cftypes.DistributionConfig) { d.DefaultRootObject = aws.String("index.html") })},
		{what: "A staging distribution takes a part of the requests", source: "A.7", remarks: "deployed", says: []string{"a staging distribution"}, asked: "GetDistributionConfig", outside: setup.VerdictHealthy, done: func(c *clinic) { _, err := c.sim.AddStaging(c.distribution); c.must(err) }},
		{what: "A staging distribution stands beside one that lost the name", source: "A.7", wrong: "alias", remarks: "deployed", open: namelessOpen, says: []string{"Aliases: none", "a staging distribution"}, asked: "GetDistributionConfig", heals: byHand, hand: edged(func(d *cftypes.DistributionConfig) { aliased(hostName)(d); d.ContinuousDeploymentPolicyId = nil }), outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.complete()
			edged(aliased())(c)
			_, err := c.sim.AddStaging(c.distribution)
			c.must(err)
		}},
		{what: "A path has a behavior of its own, which leads to another server", stuck: "cache behaviors beside the default one are nobody's setting", source: "35", wrong: "origin-domain", says: []string{"a cache behavior of its own for /static/*, which leads to www.hosting.test"}, asked: "GetDistributionConfig", heals: byHand, hand: edged(func(d *cftypes.DistributionConfig) {
			d.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(0)}
		}), outside: setup.VerdictStranger, path: "/static/app", done: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"www.hosting.test", hostName}, Like: "nginx"}))
			apart("/static/*", "www.hosting.test")(c)
		}},
		{what: "A path has a behavior of its own, and the name is asked about", source: "35", remarks: "origin-domain", says: []string{"/static/* goes to www.hosting.test"}, asked: "GetDistributionConfig", outside: setup.VerdictHealthy, done: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"www.hosting.test", hostName}, Like: "nginx"}))
			apart("/static/*", "www.hosting.test")(c)
		}},
		{what: "ForwardedValues without Host", source: "38", wrong: "host-header", remarks: "forwarding", open: refusedOpen, says: []string{"ForwardedValues.Headers: Authorization"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictUnsure, made: func(c *clinic) { c.forwarded = legacy("Authorization"); c.complete() }},
		{what: "ForwardedValues with a Host whitelist", source: "C.3", remarks: "forwarding", says: []string{"CachingDisabled and the origin request policy AllViewer"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictHealthy, made: func(c *clinic) { c.forwarded = legacy("Host", "Authorization"); c.complete() }},
		{what: "AllViewerExceptHostHeader, as the console's preset for API Gateway has it", source: "5 38", wrong: "host-header", open: refusedOpen, says: []string{"origin request policy AllViewer"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: behaving(func(b *cftypes.DefaultCacheBehavior) { b.OriginRequestPolicyId = aws.String(exceptHost) })},
		{what: "No origin request policy", source: "5 38", wrong: "host-header", open: refusedOpen, says: []string{"origin request policy AllViewer"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: behaving(func(b *cftypes.DefaultCacheBehavior) { b.OriginRequestPolicyId = nil })},
	}
}

// originWards are worlds in which CloudFront calls the origin otherwise than it should.
func originWards() []ward {
	custom := func(do func(*cftypes.CustomOriginConfig)) func(*clinic) {
		return fetching(func(o *cftypes.Origin) { do(o.CustomOriginConfig) })
	}
	return []ward{
		{part: "The origin", what: "OriginProtocolPolicy http-only", source: "1", wrong: "origin-protocol", open: brokenOpen, says: []string{"OriginProtocolPolicy: http-only -> https-only"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: custom(func(o *cftypes.CustomOriginConfig) { o.OriginProtocolPolicy = cftypes.OriginProtocolPolicyHttpOnly })},
		{what: "OriginProtocolPolicy match-viewer", source: "1", wrong: "origin-protocol", says: []string{"OriginProtocolPolicy: match-viewer -> https-only"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictHealthy, done: custom(func(o *cftypes.CustomOriginConfig) { o.OriginProtocolPolicy = cftypes.OriginProtocolPolicyMatchViewer })},
		{what: "HTTPSPort is 8443", source: "1", wrong: "origin-protocol", open: brokenOpen, says: []string{"HTTPSPort: 8443 -> 443"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: custom(func(o *cftypes.CustomOriginConfig) { o.HTTPSPort = aws.Int32(8443) })},
		{what: "OriginSslProtocols without TLS 1.2", source: "2", wrong: "origin-tls", open: brokenOpen, says: []string{"OriginSslProtocols: TLSv1 -> TLSv1.2"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: custom(func(o *cftypes.CustomOriginConfig) {
			o.OriginSslProtocols = &cftypes.OriginSslProtocols{Quantity: aws.Int32(1), Items: []cftypes.SslProtocol{cftypes.SslProtocolTLSv1}}
		})},
		{what: "OriginPath is the stage", source: "6", wrong: "origin-path", says: []string{"OriginPath: /prod -> (empty)"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictHealthy, done: fetching(func(o *cftypes.Origin) { o.OriginPath = aws.String("/prod") })},
		{what: "The origin's name is mistyped", source: "3", wrong: "origin-domain", open: "custom-domain origin-domain", says: []string{"DomainName: d-typo000000"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: fetching(func(o *cftypes.Origin) { o.DomainName = aws.String("d-typo000000.execute-api.eu-west-1.amazonaws.com") })},
		{what: "The origin is the name itself: a loop", source: "8", wrong: "origin-domain", open: "alias origin-domain", says: []string{"DomainName: "}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: fetching(func(o *cftypes.Origin) { o.DomainName = aws.String(hostName) })},
		{what: "The origin is an nginx", source: "35", wrong: "origin-domain", says: []string{"DomainName: www.hosting.test"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictStranger, done: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"www.hosting.test", hostName}, Like: "nginx"}))
			fetching(func(o *cftypes.Origin) { o.DomainName = aws.String("www.hosting.test") })(c)
		}},
		{what: "The one with the name leads to an nginx, and a copy of it to the custom domain", moves: "distribution", source: "35", wrong: "origin-domain", says: []string{"DomainName: www.hosting.test"}, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictStranger, done: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"www.hosting.test", hostName}, Like: "nginx"}))
			c.second()
			fetching(func(o *cftypes.Origin) { o.DomainName = aws.String("www.hosting.test") })(c)
		}},
		{what: "The console's preset: the API's own name as origin, the stage as path, without Host", doors: "-", source: "C.2", remarks: "origin-domain", says: []string{"calls the API by its own name"}, asked: "GetDistributionConfig", outside: setup.VerdictHealthy, made: func(c *clinic) { c.preset(); c.aliases(bothKinds...) }},
		{what: "The console's preset, and the API's own name is switched off", source: "4", wrong: "origin-domain", open: refusedOpen, says: []string{"which is switched off", "Or switch the API's own name on again"}, asked: "GetDistributionConfig", heals: byHand, left: "origin-domain", hand: func(c *clinic) { c.rest("/disableExecuteApiEndpoint", "false") }, outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.preset()
			c.aliases(bothKinds...)
			c.rest("/disableExecuteApiEndpoint", "true")
		}},
		{what: "The console's preset, and the stage is gone", source: "6", wrong: "route", remarks: "origin-domain", open: refusedOpen, says: []string{"does not know the stage prod"}, asked: "GetStage", heals: byHand, left: "origin-domain", hand: (*clinic).restage, outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.preset()
			c.aliases(bothKinds...)
			c.unstage()
		}},
		{what: "The console's preset with AllViewer: Host reaches the API's own name", source: "4", wrong: "host-header", open: refusedOpen, says: []string{"OriginRequestPolicyId: AllViewer -> AllViewerExceptHostHeader"}, asked: "GetDistributionConfig", heals: byHand, left: "origin-domain", hand: behaving(func(b *cftypes.DefaultCacheBehavior) { b.OriginRequestPolicyId = aws.String(exceptHost) }), outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.origin, c.path, c.policy = c.api+".execute-api.eu-west-1.amazonaws.com", "/prod", setup.PolicyAllViewer
			c.front(c.account, c.edge)
			c.aliases(bothKinds...)
		}},
	}
}
