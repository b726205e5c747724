package steps

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// Change gives the setup another spec after a job: the API is in another
// region, CloudFront does not keep answers any more, a reused certificate replaces one
// of ours, and access logs are not delivered any more.
func (p *Story) Change() {
	p.t.Helper()
	spec := &p.setup.Spec
	if spec.Certificates.Edge == "" {
		spec.Certificates.Edge = p.sim.AddCertificate(p.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{spec.Domain.Name}})
	}
	spec.Certificates.Regional = ""
	spec.Account.Region = "us-west-2"
	spec.Edge.Caching = setup.CachingOff
	spec.Edge.AccessLogs = setup.AccessLogs{}
	m := &spec.API.Mappings[0]
	m.APIID = p.sim.AddAPI(p.demo.AccountID, spec.Account.Region, sim.API{Name: "moved", Kind: string(m.Kind), Stages: []string{m.Stage}})
}

// Changed runs the job of the change, which also deletes what is not wanted any
// more.
func (p *Story) Changed() {
	p.t.Helper()
	p.whole(setup.JobApply)
}

// Foreign tries to delete resources that are not this setup's: those of another
// name, another tag, another account. It returns what was allowed.
func (p *Story) Foreign(region string) (allowed []string) {
	p.t.Helper()
	const theirs = "www.harborview.example"
	ctx := p.t.Context()
	a, err := p.cloud.Open(ctx, setup.DefaultConnection, region, "foreign", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	untagged := p.sim.AddCertificate(p.demo.AccountID, region, sim.Certificate{Names: []string{p.setup.Spec.Domain.Name}})
	for what, call := range map[string]func() error{
		"a mapping of another name": func() error {
			_, err := a.APIGatewayV2().DeleteApiMapping(ctx, &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String(theirs), ApiMappingId: aws.String("abc123")})
			return err
		},
		"a mapping of another name, v1": func() error {
			_, err := a.APIGateway().DeleteBasePathMapping(ctx, &apigateway.DeleteBasePathMappingInput{DomainName: aws.String(theirs), BasePath: aws.String("orders")})
			return err
		},
		"another domain": func() error {
			_, err := a.APIGateway().DeleteDomainName(ctx, &apigateway.DeleteDomainNameInput{DomainName: aws.String(theirs)})
			return err
		},
		"a certificate without the tag": func() error {
			_, err := a.ACM(region).DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: &untagged})
			return err
		},
		"an API": func() error {
			_, err := a.APIGatewayV2().DeleteApi(ctx, &apigatewayv2.DeleteApiInput{ApiId: &p.setup.Spec.API.Mappings[0].APIID})
			return err
		},
		"a delivery without the tag": func() error {
			_, err := a.CloudWatchLogs().DeleteDelivery(ctx, &cloudwatchlogs.DeleteDeliveryInput{Id: aws.String("THEIRS")})
			return err
		},
		"a delivery destination of another name": func() error {
			_, err := a.CloudWatchLogs().DeleteDeliveryDestination(ctx, &cloudwatchlogs.DeleteDeliveryDestinationInput{Name: aws.String("theirs")})
			return err
		},
		"a delivery source of another name": func() error {
			_, err := a.CloudWatchLogs().DeleteDeliverySource(ctx, &cloudwatchlogs.DeleteDeliverySourceInput{Name: aws.String("apifront-theirs")})
			return err
		},
		"the distribution": func() error {
			id := p.resources.ID(setup.KeyDistribution)
			_, err := a.CloudFront().DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: &id, IfMatch: aws.String("E1")})
			return err
		},
	} {
		if err := call(); !cloud.Refused(err) {
			allowed = append(allowed, what+": "+strings.TrimSpace(errorText(err)))
		}
	}
	return allowed
}

func errorText(err error) string {
	if err == nil {
		return "done"
	}
	return err.Error()
}
