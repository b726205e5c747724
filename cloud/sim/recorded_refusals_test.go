package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// judgeRefusals makes the mistakes whose refusals are on record.
func (w *recordedWorld) judgeRefusals(t *testing.T, certificate string) {
	t.Helper()
	w.refuseCertificates(t, certificate)
	w.refuseDomains(t, certificate)
	w.refuseMappings(t)
	w.refuseDistributions(t)
	w.refuseRecords(t)
}

func (w *recordedWorld) refuseCertificates(t *testing.T, certificate string) {
	t.Helper()
	_, err := w.acm.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: &certificate})
	w.judge.refused("acm.DeleteCertificate", "the certificate is in use", err)
	_, err = w.acm.DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: aws.String("arn:aws:acm:us-east-1:" + ours + ":certificate/12345678-1234-1234-1234-123456789012")})
	w.judge.refused("acm.DescribeCertificate", "no such certificate", err)
	_, err = w.acm.RequestCertificate(t.Context(), &acm.RequestCertificateInput{
		DomainName: aws.String(strings.Repeat("a", 60) + ".example.com"), ValidationMethod: acmtypes.ValidationMethodDns,
	})
	w.judge.refused("acm.RequestCertificate", "first name over 64 octets", err)
}

func (w *recordedWorld) refuseDomains(t *testing.T, certificate string) {
	t.Helper()
	edge := func(name string, arn *string) error {
		_, err := w.one.CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{DomainName: &name, CertificateArn: arn})
		return err
	}
	const create = "apigateway.CreateDomainName"
	w.judge.refused(create, "no certificate, EDGE", edge("edge.example.com", nil))
	elsewhere := w.s.AddCertificate(ours, "eu-west-1", Certificate{Names: []string{"*.example.com"}})
	w.judge.refused(create, "edge: certificate of another region", edge("edge.example.com", &elsewhere))
	w.judge.refused(create, "edge: alias is on another distribution", edge("cdn.example.com", &w.cert))
	_, err := w.one.CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{
		DomainName: aws.String("judge.example.com"), RegionalCertificateArn: &certificate, EndpointConfiguration: &v1.EndpointConfiguration{Types: []v1.EndpointType{v1.EndpointTypeRegional}},
	})
	w.judge.refused(create, "name exists already in the region", err)
	_, err = w.one.GetDomainName(t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String("ghost.example.com")})
	w.judge.refused("apigateway.GetDomainName", "no such name", err)
	two := func(name string, c v2.DomainNameConfiguration) error {
		c.EndpointType = v2.EndpointTypeRegional
		_, err := w.two.CreateDomainName(t.Context(), &apigatewayv2.CreateDomainNameInput{DomainName: &name, DomainNameConfigurations: []v2.DomainNameConfiguration{c}})
		return err
	}
	const create2 = "apigatewayv2.CreateDomainName"
	w.judge.refused(create2, "no certificate, REGIONAL", two("o.example.com", v2.DomainNameConfiguration{}))
	w.judge.refused(create2, "TLS 1.0 asked of v2", two("o.example.com", v2.DomainNameConfiguration{CertificateArn: &w.cert, SecurityPolicy: v2.SecurityPolicyTls10}))
	w.judge.refused(create2, "certificate does not cover the name", two("o.example.net", v2.DomainNameConfiguration{CertificateArn: &w.cert}))
}

func (w *recordedWorld) refuseMappings(t *testing.T) {
	t.Helper()
	ctx, ghost := t.Context(), aws.String("abcdefgh12")
	map1 := func(domain string, api *string, stage string) error {
		_, err := w.one.CreateBasePathMapping(ctx, &apigateway.CreateBasePathMappingInput{DomainName: &domain, RestApiId: api, Stage: &stage, BasePath: aws.String("q")})
		return err
	}
	map2 := func(domain string, api *string, stage string) error {
		_, err := w.two.CreateApiMapping(ctx, &apigatewayv2.CreateApiMappingInput{DomainName: &domain, ApiId: api, Stage: &stage, ApiMappingKey: aws.String("h")})
		return err
	}
	if err := map2("two.example.com", &w.http, "$default"); err != nil {
		t.Fatal(err)
	}
	const create, mixed = "apigateway.CreateBasePathMapping", "REST mapping over v1 beside an HTTP API"
	w.judge.refused(create, "API does not exist", map1("judge.example.com", ghost, "prod"))
	w.judge.refused(create, mixed, map1("two.example.com", &w.rest, "prod"))
	w.judge.refused(create, mixed, map1("judge.example.com", &w.http, "$default"))
	for name, in := range map[string]*apigateway.CreateDomainNameInput{
		"old.example.com": {RegionalCertificateArn: &w.cert, SecurityPolicy: v1.SecurityPolicyTls10, EndpointConfiguration: &v1.EndpointConfiguration{Types: []v1.EndpointType{v1.EndpointTypeRegional}}},
		"far.example.com": {CertificateArn: &w.cert},
	} {
		in.DomainName = &name
		got[apigateway.CreateDomainNameOutput](t)(w.one.CreateDomainName(ctx, in))
		w.judge.refused("apigatewayv2.CreateApiMapping", "v2 mapping on a TLS 1.0 or edge name", map2(name, &w.http, "$default"))
	}
	_, err := w.one.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &w.rest, StageName: aws.String("none")})
	w.judge.refused("apigateway.GetStage", "no such stage", err)
	_, err = w.two.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: &w.http, StageName: aws.String("none")})
	w.judge.refused("apigatewayv2.GetStage", "no such stage", err)
	_, err = w.two.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: ghost})
	w.judge.refused("apigatewayv2.GetApi", "no such API", err)
	_, err = w.one.DeleteRestApi(ctx, &apigateway.DeleteRestApiInput{RestApiId: ghost})
	w.judge.refused("apigateway.DeleteRestApi", "no such API", err)
	_, err = w.one.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: ghost, PatchOperations: replace("/name", "n")})
	w.judge.refused("apigateway.UpdateRestApi", "no such API", err)
}

func (w *recordedWorld) refuseDistributions(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	const create, update, remove = "cloudfront.CreateDistribution", "cloudfront.UpdateDistribution", "cloudfront.DeleteDistribution"
	d, etag := w.create(t, w.recipe("held.example.com"))
	_, _, err := w.try(t, w.recipe("held.example.com"))
	w.judge.refused(create, "alias is on another distribution", err)
	c := w.recipe("new.example.com")
	c.ViewerCertificate.ACMCertificateArn = aws.String(w.s.AddCertificate(ours, "us-east-1", Certificate{Names: []string{"*.example.com"}, Status: "PENDING_VALIDATION"}))
	_, _, err = w.try(t, c)
	w.judge.refused(create, "certificate missing, pending or of another region", err)
	c = w.recipe("new.example.com")
	c.ViewerCertificate.CloudFrontDefaultCertificate = aws.Bool(true)
	_, _, err = w.try(t, c)
	w.judge.refused(create, "two kinds of certificate", err)
	_, err = w.c.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String("E1ABCDEFGHIJKL")})
	w.judge.refused("cloudfront.GetDistribution", "no such distribution", err)

	_, err = w.update(t, *d.Id, func(c *cftypes.DistributionConfig) { c.DefaultCacheBehavior.SmoothStreaming = nil })
	w.judge.refused(update, "SmoothStreaming missing in an update", err)
	_, err = w.update(t, *d.Id, func(c *cftypes.DistributionConfig) { first(c).CustomHeaders.Items[0].HeaderName = aws.String("Host") })
	w.judge.refused(update, "custom header Host", err)
	_, err = w.c.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: d.Id, DistributionConfig: d.DistributionConfig})
	w.judge.refused(update, "no If-Match", err)
	newer, err := w.update(t, *d.Id, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("newer") })
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.c.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: &etag, DistributionConfig: d.DistributionConfig})
	w.judge.refused(update, "old ETag", err)
	_, err = w.c.DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: d.Id, IfMatch: &newer})
	w.judge.refused(remove, "still enabled", err)
	held := w.s.distributions[*d.Id]
	held.Config.Enabled, held.Plan, held.DeployedAt = false, true, w.s.now()
	_, err = w.c.DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: d.Id, IfMatch: &newer})
	w.judge.refused(remove, "in a pricing plan", err)
}

func (w *recordedWorld) refuseRecords(t *testing.T) {
	t.Helper()
	if _, err := w.changes(t, w.change("UPSERT", "a.example.com", "A", "192.0.2.1"), w.change("UPSERT", "c.example.com", "CNAME", "x.example")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Minute) // Route 53 makes one change of a zone at a time
	alias := w.change("UPSERT", "z.example.com", "A")
	alias.ResourceRecordSet.AliasTarget = &r53types.AliasTarget{HostedZoneId: &w.zone, DNSName: aws.String("d1awfeji80d0k2.cloudfront.net.")}
	for situation, changes := range map[string][]r53types.Change{
		"delete with other values":      {w.change("DELETE", "a.example.com", "A", "192.0.2.9")},
		"create what exists":            {w.change("CREATE", "c.example.com", "CNAME", "x.example")},
		"CNAME beside other records":    {w.change("CREATE", "a.example.com", "CNAME", "x.example")},
		"A beside a CNAME":              {w.change("CREATE", "c.example.com", "A", "192.0.2.1")},
		"name outside the zone":         {w.change("CREATE", "a.example.org", "CNAME", "x.example")},
		"same record twice in a batch":  {w.change("UPSERT", "y.example.com", "CNAME", "x.example"), w.change("UPSERT", "y.example.com", "CNAME", "y.example")},
		"neither values nor alias":      {w.change("UPSERT", "y.example.com", "TXT")},
		"alias outside its target zone": {alias},
	} {
		_, err := w.changes(t, changes...)
		w.judge.refused("route53.ChangeResourceRecordSets", situation, err)
	}
	_, err := w.dns.DeleteHostedZone(t.Context(), &route53.DeleteHostedZoneInput{Id: &w.zone})
	w.judge.refused("route53.DeleteHostedZone", "records are left", err)
}
