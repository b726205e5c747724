package steps

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// Change is another spec for what a job has made: the API is in another region,
// CloudFront keeps nothing any more, and an own certificate gives way to a
// reused one. What was made so far is known to Scope.
func (p *Story) Change() {
	p.t.Helper()
	p.standing = Scope{Resources: p.resources}.standing()
	spec := &p.setup.Spec
	if spec.Certificates.Edge == "" {
		spec.Certificates.Edge = p.sim.AddCertificate(p.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{spec.Domain.Name}})
	}
	spec.Certificates.Regional = ""
	spec.Account.Region = "us-west-2"
	spec.Edge.Caching = setup.CachingOff
	m := &spec.API.Mappings[0]
	m.APIID = p.sim.AddAPI(p.demo.AccountID, spec.Account.Region, sim.API{Name: "moved", Kind: string(m.Kind), Stages: []string{m.Stage}})
	for _, r := range p.standing {
		if notWanted(*spec, r) {
			delete(p.resources, r.Key)
		}
	}
}

// Changed is the job of the change, and what it takes away.
func (p *Story) Changed() {
	p.t.Helper()
	p.whole(setup.JobApply)
	p.remove(slices.DeleteFunc(slices.Clone(p.standing), func(r setup.Resource) bool { return !notWanted(p.setup.Spec, r) })...)
}

// removeLater makes what earlier answers would have left, and takes it away.
func (p *Story) removeLater(via string) {
	p.t.Helper()
	region := p.setup.Spec.Account.Region
	rows := []setup.Resource{{Key: setup.MappingKey("later"), Region: region, Attributes: map[string]string{setup.AttrVia: via}}}
	p.freely(func() error {
		m, name := p.setup.Spec.API.Mappings[0], p.setup.Spec.Domain.Name
		if via == viaV1 {
			_, err := p.outside().APIGateway().CreateBasePathMapping(p.t.Context(), &apigateway.CreateBasePathMappingInput{
				DomainName: &name, BasePath: aws.String("later"), RestApiId: &m.APIID, Stage: &m.Stage,
			})
			return err
		}
		_, err := p.outside().APIGatewayV2().CreateApiMapping(p.t.Context(), &apigatewayv2.CreateApiMappingInput{
			DomainName: &name, ApiMappingKey: aws.String("later"), ApiId: &m.APIID, Stage: &m.Stage,
		})
		return err
	})
	for _, place := range newCertificates(p.setup.Spec) {
		arn := p.sim.AddCertificate(p.demo.AccountID, place.region, sim.Certificate{Names: []string{p.setup.Spec.Domain.Name}})
		p.freely(func() error {
			_, err := p.outside().ACM(place.region).AddTagsToCertificate(p.t.Context(), &acm.AddTagsToCertificateInput{
				CertificateArn: &arn, Tags: []acmtypes.Tag{{Key: aws.String(tagInstall), Value: aws.String("install-1")}},
			})
			return err
		})
		rows = append(rows, setup.Resource{Key: place.key, ID: arn, Region: place.region})
	}
	if caching(p.setup.Spec) {
		p.freely(func() error {
			config := cachePolicyConfig(p.setup.Spec.Edge)
			config.Comment = aws.String("earlier")
			config.Name = aws.String("apifront-earlier")
			out, err := p.outside().CloudFront().CreateCachePolicy(p.t.Context(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: config})
			if err == nil {
				rows = append(rows, setup.Resource{Key: setup.KeyCachePolicy, ID: *out.CachePolicy.Id})
			}
			return err
		})
	}
	p.remove(rows...)
}

// remove makes the calls that take away what is not wanted: mappings before
// their domain, and the domain before its certificate.
func (p *Story) remove(rows ...setup.Resource) {
	p.t.Helper()
	order := func(r setup.Resource) int {
		switch {
		case isMapping(r):
			return 0
		case r.Key == setup.KeyDomain:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(rows, func(a, b setup.Resource) int { return cmp.Compare(order(a), order(b)) })
	p.try(removeID, func() *setup.Problem {
		for _, r := range rows {
			time.Sleep(time.Hour) // API Gateway and ACM take their time
			region := cmp.Or(r.Region, p.setup.Spec.Account.Region)
			a, err := p.cloud.Open(p.t.Context(), setup.DefaultConnection, region, "remove", nil)
			if err == nil {
				err = p.removeOne(p.t.Context(), a, r)
			}
			if cloud.Refused(err) {
				return mayNotRemove(err, r)
			}
			if err != nil {
				return cloud.Explain(err)
			}
		}
		return nil
	})
}

func (p *Story) removeOne(ctx context.Context, a *cloud.Account, r setup.Resource) error {
	name := p.setup.Spec.Domain.Name
	switch {
	case isMapping(r) && r.Attributes[setup.AttrVia] == viaV1:
		out, err := a.APIGateway().GetBasePathMappings(ctx, &apigateway.GetBasePathMappingsInput{DomainName: &name})
		if code(err, "NotFoundException") {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range out.Items {
			if setup.MappingKey(*m.BasePath) == r.Key {
				_, err = a.APIGateway().DeleteBasePathMapping(ctx, &apigateway.DeleteBasePathMappingInput{DomainName: &name, BasePath: m.BasePath})
			}
		}
		return err
	case isMapping(r):
		out, err := a.APIGatewayV2().GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: &name})
		if code(err, "NotFoundException") {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range out.Items {
			if setup.MappingKey(*m.ApiMappingKey) == r.Key {
				_, err = a.APIGatewayV2().DeleteApiMapping(ctx, &apigatewayv2.DeleteApiMappingInput{DomainName: &name, ApiMappingId: m.ApiMappingId})
			}
		}
		return err
	case r.Key == setup.KeyDomain:
		_, err := a.APIGateway().GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: &name})
		if code(err, "NotFoundException") {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := a.APIGatewayV2().GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: &name}); err != nil {
			return err
		}
		_, err = a.APIGateway().DeleteDomainName(ctx, &apigateway.DeleteDomainNameInput{DomainName: &name})
		return err
	case isCertificate(r):
		_, err := a.ACM(r.Region).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &r.ID})
		if err == nil {
			_, err = a.ACM(r.Region).DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: &r.ID})
		}
		if code(err, "ResourceNotFoundException") {
			return nil
		}
		return err
	case r.Key == setup.KeyCachePolicy:
		out, err := a.CloudFront().GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: &r.ID})
		if code(err, "NoSuchCachePolicy") {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = a.CloudFront().DeleteCachePolicy(ctx, &cloudfront.DeleteCachePolicyInput{Id: &r.ID, IfMatch: out.ETag})
		return err
	}
	return nil
}

// Foreign tries to take away what is not this setup's: by name, by tag, by
// account. It returns what was allowed.
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
