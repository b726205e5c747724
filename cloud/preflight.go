package cloud

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"apifront/setup"
)

// Quotas as AWS sets them for a new account. An account may have others.
// https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
const (
	defaultCertificates  = 2500 // of a region
	defaultDomains       = 120  // public custom domain names of a region
	defaultDistributions = 500
)

// gatewayRoleName is the service-linked role of API Gateway.
const gatewayRoleName = "AWSServiceRoleForAPIGateway"

// Preflight looks at region, quotas, service-linked role and clock, for a job
// that makes a domain name, and certificates in the regions.
func (a *Account) Preflight(ctx context.Context, domain string, certificates []string) []setup.Check {
	checks := []setup.Check{a.domainCheck(ctx, domain)}
	for _, region := range certificates {
		checks = append(checks, a.certificateCheck(ctx, region))
	}
	return append(checks, a.distributionCheck(ctx), a.serviceRoleCheck(ctx), a.clockCheck())
}

// quotaCheck compares a count with the quota that AWS sets by default.
func quotaCheck(what string, used, quota int) setup.Check {
	c := setup.Check{Result: setup.CheckGood, Title: "Room for " + what, Text: fmt.Sprintf("%d of %d are used (the default quota; yours may be another).", used, quota)}
	if used >= quota {
		c.Result, c.Title = setup.CheckNote, "There may be no room for "+what
		c.Fix = "Look the quota up under Service Quotas in the AWS console, and ask for more there, or remove what nobody uses."
	}
	return c
}

// unchecked is a check that could not be made.
func unchecked(what string, err error) setup.Check {
	return setup.Check{Result: setup.CheckUnknown, Title: what + " could not be checked", Text: whyNot(err)}
}

// domainCheck counts the domain names of the region, which also tells whether
// the region is switched on for the account.
func (a *Account) domainCheck(ctx context.Context, domain string) setup.Check {
	used := 0
	pages := apigateway.NewGetDomainNamesPaginator(a.APIGateway(), &apigateway.GetDomainNamesInput{Limit: aws.Int32(500)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return a.regionProblem("Region and domain names", err)
		}
		for _, d := range page.Items {
			if aws.ToString(d.DomainName) == domain {
				return setup.Check{Result: setup.CheckGood, Title: "The region answers", Text: "API Gateway in " + a.Region + " has the domain name already; the job looks at whose it is."}
			}
			used++
		}
	}
	return quotaCheck("a custom domain name in "+a.Region, used, defaultDomains)
}

// regionProblem tells a region that is off from a call that is not allowed: in
// a region that is not switched on, no key is known.
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
func (a *Account) regionProblem(what string, err error) setup.Check {
	switch Code(err) {
	case "UnrecognizedClientException", "InvalidClientTokenId", "OptInRequired", "SubscriptionRequiredException":
		return setup.Check{
			Result: setup.CheckBad, Title: "The region " + a.Region + " does not know the account",
			Text: "Credentials that work elsewhere are not known there: the region is not switched on for the account.",
			Fix:  "Enable the region under “Account” in the AWS console, which takes some minutes, or choose another region.",
		}
	}
	return unchecked(what, err)
}

func (a *Account) certificateCheck(ctx context.Context, region string) setup.Check {
	used := 0
	pages := acm.NewListCertificatesPaginator(a.ACM(region), &acm.ListCertificatesInput{MaxItems: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return unchecked("The quota of certificates in "+region, err)
		}
		used += len(page.CertificateSummaryList)
	}
	return quotaCheck("a certificate in "+region, used, defaultCertificates)
}

func (a *Account) distributionCheck(ctx context.Context) setup.Check {
	used := 0
	pages := cloudfront.NewListDistributionsPaginator(a.CloudFront(), &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return unchecked("The quota of distributions", err)
		}
		if page.DistributionList != nil {
			used += len(page.DistributionList.Items)
		}
	}
	return quotaCheck("a distribution", used, defaultDistributions)
}

// serviceRoleCheck looks for the role that API Gateway makes with the first
// regional domain name of an account.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
func (a *Account) serviceRoleCheck(ctx context.Context) setup.Check {
	_, err := a.IAM().GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(gatewayRoleName)})
	switch {
	case err == nil:
		return setup.Check{Result: setup.CheckGood, Title: "The service-linked role of API Gateway exists", Text: gatewayRoleName + " is there."}
	case Code(err) == "NoSuchEntity":
		return setup.Check{
			Result: setup.CheckNote, Title: "The service-linked role of API Gateway will be made",
			Text: "API Gateway makes " + gatewayRoleName + " with the account's first domain name. The connection needs iam:CreateServiceLinkedRole for that, once.",
		}
	}
	return unchecked("The service-linked role of API Gateway", err)
}
