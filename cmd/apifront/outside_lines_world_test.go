//go:build outside

package main

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	gwtypes "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// must ends the test at an error.
func (w *lineWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *lineWorld) resources(s setup.Setup) setup.Resources {
	w.t.Helper()
	list, err := w.demo.app.store.Resources(w.t.Context(), s.ID)
	w.must(err)
	return list
}

// distribution changes the distribution of a setup, as somebody does in the console.
func (w *lineWorld) distribution(s setup.Setup, change func(*cftypes.DistributionConfig)) {
	w.t.Helper()
	c, id := cloudfront.NewFromConfig(w.config(setup.EdgeRegion)), aws.String(w.resources(s).ID(setup.KeyDistribution))
	d, err := c.GetDistributionConfig(w.t.Context(), &cloudfront.GetDistributionConfigInput{Id: id})
	w.must(err)
	change(d.DistributionConfig)
	_, err = c.UpdateDistribution(w.t.Context(), &cloudfront.UpdateDistributionInput{Id: id, IfMatch: d.ETag, DistributionConfig: d.DistributionConfig})
	w.must(err)
}

// everyField gives each setting of a distribution that is apifront's another value, but
// for those that would keep all requests away.
func everyField(c *cftypes.DistributionConfig, certificate string) {
	c.Comment, c.DefaultRootObject, c.HttpVersion = aws.String("it's $HOME, `touch pasted` & \"more\""), aws.String("index.html"), cftypes.HttpVersionHttp11
	c.IsIPV6Enabled, c.PriceClass = aws.Bool(false), cftypes.PriceClassPriceClass100
	c.ViewerCertificate.ACMCertificateArn, c.ViewerCertificate.MinimumProtocolVersion = &certificate, cftypes.MinimumProtocolVersionTLSv122019
	b := c.DefaultCacheBehavior
	b.ViewerProtocolPolicy, b.Compress = cftypes.ViewerProtocolPolicyAllowAll, aws.Bool(!aws.ToBool(b.Compress))
	b.AllowedMethods.Items, b.AllowedMethods.Quantity = []cftypes.Method{cftypes.MethodGet, cftypes.MethodHead, cftypes.MethodOptions}, aws.Int32(3)
	b.AllowedMethods.CachedMethods.Items, b.AllowedMethods.CachedMethods.Quantity = b.AllowedMethods.Items, aws.Int32(3)
	b.CachePolicyId = aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6")         // CachingOptimized
	b.OriginRequestPolicyId = aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac") // AllViewerExceptHostHeader
	o := &c.Origins.Items[0]
	o.OriginPath = aws.String("/it's")
	o.CustomOriginConfig.HTTPSPort, o.CustomOriginConfig.OriginReadTimeout, o.CustomOriginConfig.OriginKeepaliveTimeout = aws.Int32(8443), aws.Int32(11), aws.Int32(9)
	o.CustomOriginConfig.OriginProtocolPolicy = cftypes.OriginProtocolPolicyMatchViewer
	o.CustomOriginConfig.OriginSslProtocols = &cftypes.OriginSslProtocols{Quantity: aws.Int32(2), Items: []cftypes.SslProtocol{cftypes.SslProtocolTLSv11, cftypes.SslProtocolTLSv12}}
	for i := range c.CustomErrorResponses.Items {
		c.CustomErrorResponses.Items[i].ErrorCachingMinTTL = aws.Int64(30)
	}
}

// tagsOff takes our tags off a distribution and a certificate.
func (w *lineWorld) tagsOff(s setup.Setup) {
	w.t.Helper()
	list := w.resources(s)
	_, err := cloudfront.NewFromConfig(w.config(setup.EdgeRegion)).UntagResource(w.t.Context(), &cloudfront.UntagResourceInput{
		Resource: aws.String(list[setup.KeyDistribution].ARN), TagKeys: &cftypes.TagKeys{Items: []string{"apifront:role"}},
	})
	w.must(err)
	arn := list[setup.KeyCertificateEdge].ARN
	c := acm.NewFromConfig(w.config(setup.EdgeRegion))
	tags, err := c.ListTagsForCertificate(w.t.Context(), &acm.ListTagsForCertificateInput{CertificateArn: &arn})
	w.must(err)
	for _, tag := range tags.Tags {
		if strings.HasSuffix(*tag.Key, ":role") {
			_, err = c.RemoveTagsFromCertificate(w.t.Context(), &acm.RemoveTagsFromCertificateInput{CertificateArn: &arn, Tags: tags.Tags[:1]})
			w.must(err)
		}
	}
}

// domain gives the custom domain another certificate, and its paths other ends.
func (w *lineWorld) domain(s setup.Setup) {
	w.t.Helper()
	ctx, region := w.t.Context(), s.Spec.Account.Region
	c := apigatewayv2.NewFromConfig(w.config(region))
	out, err := c.GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: aws.String(s.Name())})
	w.must(err)
	for _, m := range out.Items {
		switch aws.ToString(m.ApiMappingKey) {
		case "orders":
			_, err = c.UpdateApiMapping(ctx, &apigatewayv2.UpdateApiMappingInput{DomainName: aws.String(s.Name()), ApiMappingId: m.ApiMappingId, ApiId: aws.String(w.api("partners-http")), Stage: aws.String("$default")})
		case "orders/it":
			_, err = c.DeleteApiMapping(ctx, &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String(s.Name()), ApiMappingId: m.ApiMappingId})
		}
		w.must(err)
	}
	d, err := c.GetDomainName(ctx, &apigatewayv2.GetDomainNameInput{DomainName: aws.String(s.Name())})
	w.must(err)
	other := d.DomainNameConfigurations[0]
	other.CertificateArn = aws.String(w.sim.AddCertificate(w.world.AccountID, region, sim.Certificate{Names: []string{"*.harborview.example"}}))
	_, err = c.UpdateDomainName(ctx, &apigatewayv2.UpdateDomainNameInput{DomainName: aws.String(s.Name()), DomainNameConfigurations: []gwtypes.DomainNameConfiguration{other}})
	w.must(err)
}

// records deletes the records of the zone whose name begins so.
func (w *lineWorld) records(s setup.Setup, prefix string) {
	w.t.Helper()
	c := route53.NewFromConfig(w.config(setup.EdgeRegion))
	out, err := c.ListResourceRecordSets(w.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &s.Spec.Domain.ZoneID})
	w.must(err)
	for _, r := range out.ResourceRecordSets {
		if strings.HasPrefix(strings.ReplaceAll(*r.Name, `\052`, "*"), prefix) && (r.Type == r53types.RRTypeA || r.Type == r53types.RRTypeAaaa || r.Type == r53types.RRTypeCname) {
			_, err = c.ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &s.Spec.Domain.ZoneID, ChangeBatch: &r53types.ChangeBatch{
				Changes: []r53types.Change{{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r}},
			}})
			w.must(err)
		}
	}
}

// gone deletes the distribution of a setup, and the custom domain.
func (w *lineWorld) gone(s setup.Setup) {
	w.t.Helper()
	ctx := w.t.Context()
	w.distribution(s, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
	c, id := cloudfront.NewFromConfig(w.config(setup.EdgeRegion)), aws.String(w.resources(s).ID(setup.KeyDistribution))
	var err error
	for range 50 {
		d, failed := c.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: id})
		w.must(failed)
		if _, err = c.DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: id, IfMatch: d.ETag}); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.must(err)
	g := apigatewayv2.NewFromConfig(w.config(s.Spec.Account.Region))
	_, err = g.DeleteDomainName(ctx, &apigatewayv2.DeleteDomainNameInput{DomainName: aws.String(s.Name())})
	w.must(err)
}
