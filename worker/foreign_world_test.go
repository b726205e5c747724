package worker_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// otherName is a name of other people in the zone of ours.
const otherName = "shop." + theZone

// addForeign puts into the account what other people and another installation
// made there, as like to what a job makes as it can be.
func (w *world) addForeign() {
	w.t.Helper()
	ctx, zone := w.t.Context(), w.demo.Zones[theZone]
	a := w.outside("eu-west-1")
	// Certificates of their name, and of ours; one is another installation's.
	edge := w.sim.AddCertificate(w.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{otherName}})
	regional := w.sim.AddCertificate(w.demo.AccountID, "eu-west-1", sim.Certificate{Names: []string{otherName}})
	for _, region := range []string{setup.EdgeRegion, "eu-west-1"} {
		arn := w.sim.AddCertificate(w.demo.AccountID, region, sim.Certificate{Names: []string{theName}})
		_, err := a.ACM(region).AddTagsToCertificate(ctx, &acm.AddTagsToCertificateInput{CertificateArn: &arn, Tags: []acmtypes.Tag{
			{Key: aws.String("apifront:install"), Value: aws.String("install-2")}, {Key: aws.String("apifront:domain"), Value: aws.String(theName)},
			{Key: aws.String("apifront:role"), Value: aws.String("viewer-cert")},
		}})
		must(w.t, err)
	}
	domain, err := a.APIGateway().CreateDomainName(ctx, &apigateway.CreateDomainNameInput{
		DomainName: aws.String(otherName), RegionalCertificateArn: &regional, SecurityPolicy: agtypes.SecurityPolicyTls12,
		EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeRegional}},
	})
	must(w.t, err)
	w.mapByHand("eu-west-1", otherName, "orders", "orders-api-eu", "prod")
	var policies []string
	for _, name := range []string{"shop-answers", "apifront-of-somebody-else"} {
		out, err := a.CloudFront().CreateCachePolicy(ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &cftypes.CachePolicyConfig{
			Name: aws.String(name), Comment: aws.String("apifront install-2 " + theName), MinTTL: aws.Int64(0), DefaultTTL: aws.Int64(0), MaxTTL: aws.Int64(60),
			ParametersInCacheKeyAndForwardedToOrigin: &cftypes.ParametersInCacheKeyAndForwardedToOrigin{
				EnableAcceptEncodingGzip: aws.Bool(true),
				HeadersConfig:            &cftypes.CachePolicyHeadersConfig{HeaderBehavior: cftypes.CachePolicyHeaderBehaviorNone},
				CookiesConfig:            &cftypes.CachePolicyCookiesConfig{CookieBehavior: cftypes.CachePolicyCookieBehaviorNone},
				QueryStringsConfig:       &cftypes.CachePolicyQueryStringsConfig{QueryStringBehavior: cftypes.CachePolicyQueryStringBehaviorAll},
			},
		}})
		must(w.t, err)
		policies = append(policies, aws.ToString(out.CachePolicy.Id))
	}
	d, err := a.CloudFront().CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String("by hand"), Comment: aws.String("shop"), Enabled: aws.Bool(true),
		Aliases: &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{otherName}},
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("gateway"), DomainName: domain.RegionalDomainName,
			CustomOriginConfig: &cftypes.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpsOnly},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("gateway"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly,
			CachePolicyId: &policies[0], OriginRequestPolicyId: aws.String(allViewer),
		},
		ViewerCertificate: &cftypes.ViewerCertificate{ACMCertificateArn: &edge, SSLSupportMethod: cftypes.SSLSupportMethodSniOnly, MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv122021},
	}})
	must(w.t, err)
	w.sim.AddRecord(zone, otherName, "CNAME", 300, aws.ToString(d.Distribution.DomainName)+".")
	w.sim.AddRecord(zone, theName, "TXT", 300, `"v=spf1 -all"`)
	w.sim.AddRecord(zone, "_x."+theName, "CNAME", 300, "_y.acm-validations.aws.")
	w.seen = w.things()
}

// mapByHand adds a mapping as a person does in the console.
func (w *world) mapByHand(region, domain, path, api, stage string) {
	w.t.Helper()
	_, err := w.outside(region).APIGatewayV2().CreateApiMapping(w.t.Context(), &apigatewayv2.CreateApiMappingInput{
		DomainName: &domain, ApiMappingKey: &path, ApiId: aws.String(w.demo.APIs[api]), Stage: &stage,
	})
	must(w.t, err)
}
