package probe_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

const (
	theName        = "api.example.com"
	cachingOff     = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	allViewer      = "216adef6-5c7f-47e4-b989-5492eafa07d3"
	exceptHost     = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
	theRegion      = "eu-west-1"
	hostOfRegion   = ".execute-api." + theRegion + ".amazonaws.com"
	missingToken   = "Missing Authentication Token"
	forbiddenWords = "Forbidden"
)

// A front is a distribution before a Regional custom domain with two APIs, and
// the name's record leads to it: all is well.
type front struct {
	world
	rest, http   string // IDs
	regional     string // target of the custom domain
	distribution string // d….cloudfront.net
}

func newFront(t *testing.T, more ...func(*front, *cftypes.DistributionConfig)) *front {
	t.Helper()
	w := newWorld(t)
	f := &front{world: w}
	zone := w.sim.AddZone(accountID, "example.com")
	f.rest = w.sim.AddAPI(accountID, theRegion, sim.API{Name: "shop", Kind: "REST", Stages: []string{"prod"}, Routes: []string{"/", "/items"}})
	f.http = w.sim.AddAPI(accountID, theRegion, sim.API{Name: "orders", Kind: "HTTP", Stages: []string{"$default"}, Routes: []string{"/", "/open"}})
	a := w.account(t)
	domain, err := a.APIGateway().CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{
		DomainName:             aws.String(theName),
		RegionalCertificateArn: aws.String(w.sim.AddCertificate(accountID, theRegion, sim.Certificate{Names: []string{theName}})),
		EndpointConfiguration:  &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeRegional}},
		SecurityPolicy:         agtypes.SecurityPolicyTls12,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.regional = *domain.RegionalDomainName
	for path, api := range map[string][2]string{"shop": {f.rest, "prod"}, "orders": {f.http, "$default"}} {
		_, err := a.APIGatewayV2().CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{
			DomainName: aws.String(theName), ApiMappingKey: aws.String(path), ApiId: &api[0], Stage: &api[1],
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	edge := w.sim.AddCertificate(accountID, "us-east-1", sim.Certificate{Names: []string{theName}})
	config := &cftypes.DistributionConfig{
		CallerReference: aws.String("front"), Comment: aws.String(""), Enabled: aws.Bool(true),
		Aliases: &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{theName}},
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("o"), DomainName: domain.RegionalDomainName,
			CustomOriginConfig: &cftypes.CustomOriginConfig{
				HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpsOnly,
				OriginSslProtocols: &cftypes.OriginSslProtocols{Quantity: aws.Int32(1), Items: []cftypes.SslProtocol{cftypes.SslProtocolTLSv12}},
			},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyRedirectToHttps,
			CachePolicyId: aws.String(cachingOff), OriginRequestPolicyId: aws.String(allViewer),
			AllowedMethods: &cftypes.AllowedMethods{Quantity: aws.Int32(7), Items: cftypes.MethodGet.Values(),
				CachedMethods: &cftypes.CachedMethods{Quantity: aws.Int32(2), Items: []cftypes.Method{"GET", "HEAD"}}},
		},
		ViewerCertificate: &cftypes.ViewerCertificate{
			ACMCertificateArn: &edge, SSLSupportMethod: cftypes.SSLSupportMethodSniOnly, MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv122021,
		},
	}
	for _, change := range more {
		change(f, config)
	}
	made, err := a.CloudFront().CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: config})
	if err != nil {
		t.Fatal(err)
	}
	f.distribution = *made.Distribution.DomainName
	w.sim.AddRecord(zone, theName, "CNAME", 60, f.distribution+".")
	return f
}

// cachePolicy keeps answers for a minute, by query strings or headers.
func (f *front) cachePolicy(t *testing.T, query bool, headers ...string) string {
	t.Helper()
	key := &cftypes.ParametersInCacheKeyAndForwardedToOrigin{
		EnableAcceptEncodingGzip: aws.Bool(true),
		CookiesConfig:            &cftypes.CachePolicyCookiesConfig{CookieBehavior: cftypes.CachePolicyCookieBehaviorNone},
		HeadersConfig:            &cftypes.CachePolicyHeadersConfig{HeaderBehavior: cftypes.CachePolicyHeaderBehaviorNone},
		QueryStringsConfig:       &cftypes.CachePolicyQueryStringsConfig{QueryStringBehavior: cftypes.CachePolicyQueryStringBehaviorNone},
	}
	if query {
		key.QueryStringsConfig.QueryStringBehavior = cftypes.CachePolicyQueryStringBehaviorAll
	}
	if len(headers) > 0 {
		key.HeadersConfig = &cftypes.CachePolicyHeadersConfig{
			HeaderBehavior: cftypes.CachePolicyHeaderBehaviorWhitelist,
			Headers:        &cftypes.Headers{Quantity: aws.Int32(int32(len(headers))), Items: headers},
		}
	}
	out, err := f.account(t).CloudFront().CreateCachePolicy(t.Context(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &cftypes.CachePolicyConfig{
		Name: aws.String("kept" + strings.Join(headers, "")), MinTTL: aws.Int64(60), DefaultTTL: aws.Int64(60), MaxTTL: aws.Int64(60),
		ParametersInCacheKeyAndForwardedToOrigin: key,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return *out.CachePolicy.Id
}

// target is all there is to ask.
func (f *front) target() probe.Target {
	return probe.Target{
		Name: theName, Regional: f.regional, Distribution: f.distribution,
		Paths: []probe.TargetPath{
			{Mapping: "shop", Kind: setup.APIKindREST, APIHost: f.rest + hostOfRegion, Stage: "prod"},
			{Mapping: "orders", Kind: setup.APIKindHTTP, APIHost: f.http + hostOfRegion, Stage: "$default"},
		},
	}
}

// rungs are all rungs from the lowest.
func rungs() []setup.Rung {
	return []setup.Rung{setup.RungAPI, setup.RungRegional, setup.RungDistribution, setup.RungName}
}

// at is what the request for a path by a rung showed. It must be there.
func at(t *testing.T, seen []setup.Evidence, r setup.Rung, path string) setup.Evidence {
	t.Helper()
	i := slices.IndexFunc(seen, func(e setup.Evidence) bool { return e.Rung == r && e.Path == path && !e.Below })
	if i < 0 {
		t.Fatalf("%s was not asked for by the rung %s", path, r)
	}
	return seen[i]
}

// below is the same for a random path below the mapping, and whether it was
// asked for.
func below(seen []setup.Evidence, r setup.Rung, path string) (setup.Evidence, bool) {
	i := slices.IndexFunc(seen, func(e setup.Evidence) bool { return e.Rung == r && e.Path == path && e.Below })
	if i < 0 {
		return setup.Evidence{}, false
	}
	return seen[i], true
}

// reached is what the rungs up to one say of a path, where nothing is known of
// the configuration: by what it is proved, and the row that says why it is not.
func reached(seen []setup.Evidence, r setup.Rung, want probe.WantedPath) (probe.Proof, string) {
	var upTo []setup.Evidence
	for _, e := range seen {
		if slices.Index(rungs(), e.Rung) <= slices.Index(rungs(), r) {
			upTo = append(upTo, e)
		}
	}
	reading := probe.Decode(upTo, setup.Configured{}, probe.Wanted{Name: theName, Paths: []probe.WantedPath{want}})
	row := ""
	if len(reading.Causes) > 0 {
		row = reading.Causes[0].Symptom
	}
	return reading.Paths[0].Proof, row
}
