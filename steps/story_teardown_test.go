package steps

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud"
	"apifront/setup"
)

// TakeDown makes the calls that delete what a job made. There are no steps for
// that yet. What such steps would be allowed is in the definitions of the steps
// that made the resources, and these calls test it.
func (p *Story) TakeDown() {
	p.t.Helper()
	a := p.outside()
	ctx := p.t.Context()
	name := p.setup.Spec.Domain.Name
	do := func(step string, call func() error) {
		p.try(setup.StepID(step), func() *setup.Problem { return cloud.Explain(call()) })
	}
	if atRoute53(p.setup.Spec) {
		do("dns", func() error { return removeRecords(ctx, a, p, name) })
	}
	id := p.resources.ID(setup.KeyDistribution)
	do("distribution", func() error {
		out, err := a.CloudFront().GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &id})
		if err != nil {
			return err
		}
		config := out.Distribution.DistributionConfig
		config.Enabled = aws.Bool(false)
		changed, err := a.CloudFront().UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: out.ETag, DistributionConfig: config})
		if err != nil {
			return err
		}
		_, err = a.CloudFront().DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: &id, IfMatch: changed.ETag})
		return err
	})
	if policy := p.resources.ID(setup.KeyCachePolicy); policy != "" {
		do(string(removeID), func() error {
			out, err := a.CloudFront().GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: &policy})
			if err != nil {
				return err
			}
			_, err = a.CloudFront().DeleteCachePolicy(ctx, &cloudfront.DeleteCachePolicyInput{Id: &policy, IfMatch: out.ETag})
			return err
		})
	}
	do(string(removeID), func() error {
		out, err := a.APIGatewayV2().GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: &name})
		if err != nil {
			return err
		}
		for _, m := range out.Items {
			if _, err := a.APIGatewayV2().DeleteApiMapping(ctx, &apigatewayv2.DeleteApiMappingInput{DomainName: &name, ApiMappingId: m.ApiMappingId}); err != nil {
				return err
			}
		}
		return nil
	})
	if canMapV1(p.setup.Spec) { // for a domain that somebody made stricter
		m := p.setup.Spec.API.Mappings[0]
		p.freely(p.stricter)
		p.freely(func() error {
			_, err := a.APIGateway().CreateBasePathMapping(ctx, &apigateway.CreateBasePathMappingInput{DomainName: &name, BasePath: &m.Path, RestApiId: &m.APIID, Stage: &m.Stage})
			return err
		})
		do(string(removeID), func() error {
			out, err := a.APIGateway().GetBasePathMappings(ctx, &apigateway.GetBasePathMappingsInput{DomainName: &name})
			if err != nil {
				return err
			}
			for _, m := range out.Items {
				if _, err := a.APIGateway().DeleteBasePathMapping(ctx, &apigateway.DeleteBasePathMappingInput{DomainName: &name, BasePath: m.BasePath}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	do("domain", func() error {
		_, err := a.APIGateway().DeleteDomainName(ctx, &apigateway.DeleteDomainNameInput{DomainName: &name})
		return err
	})
	time.Sleep(time.Hour)
	for _, place := range newCertificates(p.setup.Spec) {
		do(string(removeID), func() error {
			_, err := a.ACM(place.region).DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: aws.String(p.resources.ID(place.key))})
			return err
		})
	}
	if record := p.resources.ID(setup.KeyRecordValidation); record != "" && atRoute53(p.setup.Spec) {
		do("validation", func() error { return removeRecords(ctx, a, p, record) })
	}
}

// removeRecords deletes the records at the name, and asks whether the change is
// published.
func removeRecords(ctx context.Context, a *cloud.Account, p *Story, name string) error {
	zone := p.setup.Spec.Domain.ZoneID
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &zone, StartRecordName: &name}
	batch := &types.ChangeBatch{}
	for {
		out, err := a.Route53().ListResourceRecordSets(ctx, in)
		if err != nil {
			return err
		}
		for _, s := range out.ResourceRecordSets {
			if recordName(s) == name {
				batch.Changes = append(batch.Changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &s})
			}
		}
		if !out.IsTruncated || recordName(types.ResourceRecordSet{Name: out.NextRecordName}) != name {
			break
		}
		in.StartRecordName, in.StartRecordType = out.NextRecordName, out.NextRecordType
	}
	out, err := a.Route53().ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &zone, ChangeBatch: batch})
	if err != nil {
		return err
	}
	_, err = a.Route53().GetChange(ctx, &route53.GetChangeInput{Id: aws.String(strings.TrimPrefix(*out.ChangeInfo.Id, "/change/"))})
	return err
}

// MustInvalidate makes an invalidation with all permissions, and then looks at
// it.
func (p *Story) MustInvalidate() {
	p.t.Helper()
	p.freely(func() error {
		p.job = setup.Job{ID: 2, Kind: setup.JobInvalidate, Input: setup.JobInput{Paths: []string{"/*"}}}
		p.mustRunAll(setup.JobInvalidate)
		return nil
	})
	p.have(p.Policy)
	if _, err := p.look(p.step("invalidation")); err != nil {
		p.t.Error(err)
	}
}

// LookForgetful looks at every step as an installation that has lost everything
// but the mappings.
func (p *Story) LookForgetful() {
	p.t.Helper()
	known := p.resources
	p.resources = p.mappingsOnly()
	p.LookAgain()
	p.resources = known
}

// MustRun runs a job with the connection's present policies.
func (p *Story) MustRun(kind setup.JobKind) {
	p.t.Helper()
	p.mustRunAll(kind)
}
