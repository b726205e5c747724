package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"apifront/setup"
)

// A FoundDistribution is a distribution as the list of the account has it.
type FoundDistribution struct {
	ID         string
	DomainName string // d….cloudfront.net
	Aliases    []string
	Origins    []string // domain names of all origins
	Enabled    bool
	Staging    bool // it takes a part of the requests of another one, and has no names

	Certificate string // ARN of the one that ACM has; "": CloudFront's own, or IAM's
}

// Distributions are all distributions of the account.
func (a *Account) Distributions(ctx context.Context) ([]FoundDistribution, error) {
	var list []FoundDistribution
	pages := cloudfront.NewListDistributionsPaginator(a.CloudFront(), &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return list, fmt.Errorf("list distributions: %w", err)
		}
		if page.DistributionList == nil {
			break
		}
		for _, d := range page.DistributionList.Items {
			f := FoundDistribution{ID: aws.ToString(d.Id), DomainName: setup.FoldName(aws.ToString(d.DomainName)), Enabled: aws.ToBool(d.Enabled), Staging: aws.ToBool(d.Staging)}
			if c := d.ViewerCertificate; c != nil {
				f.Certificate = aws.ToString(c.ACMCertificateArn)
			}
			if d.Aliases != nil {
				f.Aliases = lower(d.Aliases.Items)
			}
			if d.Origins != nil {
				for _, o := range d.Origins.Items {
					f.Origins = append(f.Origins, setup.FoldName(aws.ToString(o.DomainName)))
				}
			}
			list = append(list, f)
		}
	}
	return list, nil
}

// ConfiguredDistribution is a distribution with what its default behavior does; nil
// if there is none of that ID. Unread says which policy could not be read.
func (a *Account) ConfiguredDistribution(ctx context.Context, id string) (d *setup.ConfiguredDistribution, unread []string, err error) {
	return a.configuredDistribution(ctx, id)
}

// A FoundDomain is a custom domain of API Gateway in one region.
type FoundDomain struct {
	Name   string // its own: the one that was looked for, or a wildcard that covers it
	Region string
	Types  []string // EDGE, REGIONAL, PRIVATE; several while AWS moves it from one to the other

	EdgeTarget      string // d….cloudfront.net of an edge-optimised one
	EdgeCertificate string
	Regional        *setup.ConfiguredDomain // nil if it is not Regional
	Mappings        []setup.Mapping
}

// Has says whether the custom domain has an endpoint of the type.
func (d *FoundDomain) Has(endpoint agtypes.EndpointType) bool {
	return slices.Contains(d.Types, string(endpoint))
}

// FindDomain is the custom domain of a name in the account's region, or the wildcard
// one that covers the name; nil if there is none.
func (a *Account) FindDomain(ctx context.Context, name string) (*FoundDomain, error) {
	names := []string{name}
	if _, parent, ok := strings.Cut(name, "."); ok && !strings.HasPrefix(name, "*.") && !setup.IsRegistry(parent) {
		names = append(names, "*."+parent)
	}
	for _, n := range names {
		d, err := a.domainNamed(ctx, n)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		if d.Mappings, err = a.configuredMappings(ctx, n); err != nil {
			return d, err
		}
		if d.Regional != nil {
			d.Regional.Mappings = d.Mappings
		}
		return d, nil
	}
	return nil, nil
}

// domainNamed is the custom domain of the very name, without its mappings; nil if there
// is none.
func (a *Account) domainNamed(ctx context.Context, name string) (*FoundDomain, error) {
	out, err := a.APIGateway().GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: &name})
	if isCode(err, "NotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get custom domain %s in %s: %w", name, a.Region, err)
	}
	d := &FoundDomain{Name: name, Region: a.Region, EdgeTarget: setup.FoldName(aws.ToString(out.DistributionDomainName)), EdgeCertificate: aws.ToString(out.CertificateArn)}
	if out.EndpointConfiguration != nil {
		for _, t := range out.EndpointConfiguration.Types {
			d.Types = append(d.Types, string(t))
		}
	}
	d.Regional = a.regional(out)
	return d, nil
}

// regional is what a custom domain is for its Regional endpoint; nil if it has none.
func (a *Account) regional(out *apigateway.GetDomainNameOutput) *setup.ConfiguredDomain {
	if out.EndpointConfiguration == nil || !slices.Contains(out.EndpointConfiguration.Types, agtypes.EndpointTypeRegional) {
		return nil
	}
	return &setup.ConfiguredDomain{
		Region: a.Region, Target: setup.FoldName(aws.ToString(out.RegionalDomainName)), Certificate: aws.ToString(out.RegionalCertificateArn),
		SecurityPolicy: string(out.SecurityPolicy), RoutingMode: string(out.RoutingMode),
		MTLS:      out.MutualTlsAuthentication != nil && aws.ToString(out.MutualTlsAuthentication.TruststoreUri) != "",
		Available: out.DomainNameStatus == agtypes.DomainNameStatusAvailable || out.DomainNameStatus == "",
	}
}

// FindAPI is the API and stage of a mapping. What kind of API it is, and its name, is
// found out. An API that there is not, or not any more, is one whose stage is gone.
func (a *Account) FindAPI(ctx context.Context, m setup.Mapping) (setup.ConfiguredAPI, string, error) {
	v2, err := a.APIGatewayV2().GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: &m.APIID})
	var name string
	switch {
	case err == nil && v2.ProtocolType == types.ProtocolTypeWebsocket:
		m.Kind, name = setup.APIKindWebSocket, aws.ToString(v2.Name)
	case err == nil:
		m.Kind, name = setup.APIKindHTTP, aws.ToString(v2.Name)
	case isCode(err, "NotFoundException"), isCode(err, "BadRequestException"): // the latter in a region without v2
		m.Kind = setup.APIKindREST
		rest, err := a.APIGateway().GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &m.APIID})
		if isCode(err, "NotFoundException") {
			return setup.ConfiguredAPI{Path: m.Path, APIID: m.APIID, Stage: m.Stage, StageGone: true}, "", nil
		}
		if err != nil {
			return setup.ConfiguredAPI{Path: m.Path, APIID: m.APIID, Stage: m.Stage}, "", fmt.Errorf("get REST API %s: %w", m.APIID, err)
		}
		name = aws.ToString(rest.Name)
	default:
		return setup.ConfiguredAPI{Path: m.Path, APIID: m.APIID, Stage: m.Stage}, "", fmt.Errorf("get API %s: %w", m.APIID, err)
	}
	c, err := a.configuredAPI(ctx, m)
	return c, name, err
}

// CertificateDetail is what ACM says of a certificate; nil if it has none of that ARN.
func (a *Account) CertificateDetail(ctx context.Context, region, arn string) (*acmtypes.CertificateDetail, error) {
	out, err := a.ACM(region).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
	if isCode(err, "ResourceNotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe certificate %s: %w", arn, err)
	}
	return out.Certificate, nil
}

// Records are the records of a name in a hosted zone that lead callers on: type and
// values, an alias record with its target.
func (a *Account) Records(ctx context.Context, zone, name string) (map[string][]string, error) {
	stored := strings.ReplaceAll(name, "*", `\052`) + "."
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &zone, StartRecordName: aws.String(name)}
	records := map[string][]string{}
	for {
		out, err := a.Route53().ListResourceRecordSets(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list records of %s in zone %s: %w", name, zone, err)
		}
		for _, s := range out.ResourceRecordSets {
			if aws.ToString(s.Name) != stored {
				return records, nil // they come in order of names, those asked for first
			}
			kind := string(s.Type)
			if s.AliasTarget != nil {
				records[kind] = append(records[kind], setup.FoldName(aws.ToString(s.AliasTarget.DNSName)))
			}
			for _, r := range s.ResourceRecords {
				records[kind] = append(records[kind], setup.FoldName(aws.ToString(r.Value)))
			}
		}
		if !out.IsTruncated {
			return records, nil
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
}
