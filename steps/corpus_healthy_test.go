package steps

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// elsewhereAt is a setup of a name whose DNS is at another provider.
func elsewhereAt(p *patient) { p.elsewhere() }

// visited asks for every path as a visitor does, so that CloudFront may keep the
// answers.
func visited(p *patient) {
	p.t.Helper()
	for _, m := range p.setup.Spec.API.Mappings {
		target := probe.Target{Name: p.setup.Spec.Domain.Name, Rungs: []setup.Rung{setup.RungName}, Paths: []probe.TargetPath{{Mapping: m.Path}}}
		if e := probe.New(p.probe, nil).Climb(p.t.Context(), target)[0]; e.Status == 0 {
			p.t.Fatal(e.Error)
		}
	}
	time.Sleep(10 * time.Second)
}

// passing is a function at the edge that lets every request pass.
func passing(p *patient) {
	p.t.Helper()
	function(p, sim.Answer{})
}

// function associates a function that answers so with the default behavior.
func function(p *patient, a sim.Answer) {
	p.t.Helper()
	arn, err := p.sim.AddFunction(p.demo.AccountID, "hello", a)
	p.must(err)
	behavior(func(b *types.DefaultCacheBehavior) {
		b.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{
			{EventType: types.EventTypeViewerRequest, FunctionARN: &arn},
		}}
	})(p)
}

// lock is a web ACL before the stage of the first path, which lets in what has the
// header that the distribution sends.
func lock(p *patient) {
	p.t.Helper()
	m := p.setup.Spec.API.Mappings[0]
	p.must(p.sim.AddBlock(sim.Block{
		Resource: "arn:aws:apigateway:" + p.setup.Spec.Account.Region + "::/restapis/" + m.APIID + "/stages/" + m.Stage, Header: "X-Origin-Verify", Value: "secret",
	}))
	origin(func(_ *patient, o *types.Origin) {
		o.CustomHeaders = &types.CustomHeaders{Quantity: aws.Int32(1), Items: []types.OriginCustomHeader{
			{HeaderName: aws.String("X-Origin-Verify"), HeaderValue: aws.String("secret")},
		}}
	})(p)
}

const webACL = "arn:aws:wafv2:us-east-1:482177301954:global/webacl/front/1"

// geo restricts the distribution to some countries, or to all others.
func geo(kind types.GeoRestrictionType, country string) func(*patient) {
	return edge(func(c *types.DistributionConfig) {
		c.Restrictions = &types.Restrictions{GeoRestriction: &types.GeoRestriction{RestrictionType: kind, Quantity: aws.Int32(1), Items: []string{country}}}
	})
}

// errorPage gives an error a page of its own.
func errorPage(code int32, page, answer string) func(*patient) {
	return edge(func(c *types.DistributionConfig) {
		c.CustomErrorResponses = &types.CustomErrorResponses{Quantity: aws.Int32(1), Items: []types.CustomErrorResponse{
			{ErrorCode: &code, ResponsePagePath: &page, ResponseCode: &answer, ErrorCachingMinTTL: aws.Int64(0)},
		}}
	})
}

// oneRegion is a setup all of whose parts are in us-east-1.
func oneRegion(p *patient) {
	s := &p.setup.Spec
	s.Account.Region = setup.EdgeRegion
	s.API.Mappings = []setup.Mapping{{Path: "orders", APIID: p.demo.APIs["orders-api"], Kind: setup.APIKindREST, Stage: "prod"}}
}

// cached is a setup that keeps answers.
func cached(how string) func(*patient) {
	return edits(func(s *setup.Spec) { s.Edge.Caching, s.Edge.TTL = how, 3600 })
}

func healthy() []condition {
	keyed := withKey()
	return []condition{
		{what: "A REST API and an HTTP API"},
		{what: "One region for all", made: oneRegion},
		{what: "A WebSocket API", made: one(sim.API{Kind: "WEBSOCKET"})},
		{what: "A WebSocket API whose $connect wants a signature", guide: "49", made: one(asks("WEBSOCKET", "AWS_IAM"))},
		{what: "A WebSocket API whose $connect has an authorizer", guide: "49", made: one(asks("WEBSOCKET", "CUSTOM"))},
		{what: "A REST API that wants a key", guide: "36", made: one(keyed)},
		{what: "A REST API that wants a signature", guide: "39", made: one(asks("REST", "AWS_IAM"))},
		{what: "A REST API with an authorizer", made: one(asks("REST", "CUSTOM"))},
		{what: "A REST API with a user pool", made: one(asks("REST", "COGNITO_USER_POOLS"))},
		{what: "An HTTP API that wants a signature", guide: "36", made: one(asks("HTTP", "AWS_IAM"))},
		{what: "An HTTP API with a JWT authorizer", made: one(asks("HTTP", "JWT"))},
		{what: "An HTTP API with a Lambda authorizer", made: one(asks("HTTP", "CUSTOM"))},
		{what: "One path wants a key, the other does not", guide: "36", done: []func(*patient){behaves(keyed)}},
		{what: "An API that redirects", made: one(answers("REST", sim.Answer{Status: 302, Header: map[string]string{"Location": "https://www.example.org/"}}))},
		{what: "An API that redirects for ever", made: one(answers("HTTP", sim.Answer{Status: 301, Header: map[string]string{"Location": "https://www.example.org/"}}))},
		{what: "An API that answers 204 without a body", made: one(answers("HTTP", sim.Answer{Status: 204}))},
		{what: "An API that answers 404 itself", made: one(answers("REST", sim.Answer{Status: 404, Body: `{"error":"no such order"}`}))},
		{what: "An API that answers 403 itself", made: one(answers("HTTP", sim.Answer{Status: 403, Body: `{"error":"who are you?"}`}))},
		{what: "An API that answers 429 itself", made: one(answers("HTTP", sim.Answer{Status: 429, Body: `{"error":"slow down"}`}))},
		{what: "A REST API without a method at the mapped path", made: one(sim.API{Kind: "REST", Methods: []sim.Method{{Key: "POST /orders"}}})},
		{what: "An HTTP API without a route at the mapped path", made: one(sim.API{Kind: "HTTP", Methods: []sim.Method{{Key: "POST /orders"}}})},
		{what: "An API mapped at the root", made: both(one(sim.API{Kind: "HTTP"}), edits(func(s *setup.Spec) { s.API.Mappings[0].Path = "" }))},
		{what: "An edge-optimized API behind a Regional name", made: one(sim.API{Kind: "REST", Endpoint: "EDGE"})},
		{what: "An API whose own name is switched off", done: []func(*patient){executeOff}},
		{what: "An API that takes 25 s", guide: "17", made: both(one(late(25*time.Second, 0)), edits(func(s *setup.Spec) { s.Edge.ReadTimeout = 60 }))},
		{what: "An API that takes 65 s and may", guide: "17", made: both(one(late(65*time.Second, 2*time.Minute)), edits(func(s *setup.Spec) { s.Edge.ReadTimeout = 120 }))},
		{what: "Caching as the API says", made: cached(setup.CachingAPI)},
		{what: "Caching as the API says, and it says an hour", made: both(one(answers("REST", sim.Answer{Header: map[string]string{"Cache-Control": "max-age=3600"}})), cached(setup.CachingAPI)), done: []func(*patient){visited}},
		{what: "Caching for a fixed time", made: cached(setup.CachingFixed)},
		{what: "Caching for a fixed time, with kept answers", guide: "40", made: cached(setup.CachingFixed), done: []func(*patient){visited}},
		{what: "Caching with a key in the cache key", made: both(one(keyed), cached(setup.CachingFixed)), done: []func(*patient){visited}},
		{what: "An apex", made: edits(func(s *setup.Spec) { s.Domain.Name = "harborview.example" })},
		{what: "A wildcard", made: edits(func(s *setup.Spec) { s.Domain.Name = "*.harborview.example" })},
		{what: "DNS at another provider", made: elsewhereAt},
		{what: "Traffic that a person moves later", made: edits(func(s *setup.Spec) { s.Domain.Switch = setup.SwitchLater }), done: []func(*patient){moved}},
		{what: "Only GET and HEAD let through", made: edits(func(s *setup.Spec) { s.Edge.Methods = setup.MethodsRead })},
		{what: "Plain HTTP refused", guide: "15", made: edits(func(s *setup.Spec) { s.Edge.ViewerProtocol = setup.ViewerHTTPSOnly })},
		{what: "TLS 1.3 alone for visitors", guide: "25", made: edits(func(s *setup.Spec) { s.Edge.MinimumTLS = "TLSv1.3_2025" })},
		{what: "No IPv6", guide: "27", made: edits(func(s *setup.Spec) { s.Edge.IPv6 = false })},
		{what: "A web ACL that lets through", guide: "9", made: edits(func(s *setup.Spec) { s.Edge.WebACL = webACL })},
		{what: "A web ACL that blocks another path", guide: "9", made: edits(func(s *setup.Spec) { s.Edge.WebACL = webACL }), done: []func(*patient){
			func(p *patient) { p.must(p.sim.AddBlock(sim.Block{Resource: webACL, Path: "/admin*"})) },
		}},
		{what: "An origin that is locked, with the header of the distribution", guide: "11", done: []func(*patient){lock}},
		{what: "A country that is served", guide: "9", done: []func(*patient){geo(types.GeoRestrictionTypeWhitelist, "US")}},
		{what: "A function at the edge that lets pass", done: []func(*patient){passing}},
		{what: "An error page that nobody meets", done: []func(*patient){errorPage(503, "/sorry", "503")}},
		{what: "A custom domain with TLS 1.2 and 1.3 by a newer policy", guide: "41", made: edits(func(s *setup.Spec) { s.API.Mappings = s.API.Mappings[:1] }), done: []func(*patient){
			domain(replace("/securityPolicy", "SecurityPolicy_TLS13_1_2_2021_06"), replace("/endpointAccessMode", "BASIC")),
		}},
		{what: "A custom domain that takes TLS 1.3 alone, which CloudFront speaks", guide: "41", made: edits(func(s *setup.Spec) { s.API.Mappings = s.API.Mappings[:1] }), done: []func(*patient){
			domain(replace("/securityPolicy", "SecurityPolicy_TLS13_1_3_2025_09"), replace("/endpointAccessMode", "BASIC")),
		}},
		{what: "A custom domain that also has routing rules", done: []func(*patient){domain(agtypes.PatchOperation{
			Op: agtypes.OpReplace, Path: aws.String("/routingMode"), Value: aws.String("ROUTING_RULE_THEN_BASE_PATH_MAPPING"),
		})}},
	}
}

// late is an API that answers after d, and may take as long as limit says.
func late(d, limit time.Duration) sim.API {
	api := answers("REST", sim.Answer{Body: "done", Delay: d})
	for i := range api.Methods {
		api.Methods[i].Timeout = limit
	}
	return api
}
