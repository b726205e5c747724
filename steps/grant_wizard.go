package steps

import (
	"slices"

	"apifront/cloud"
)

// wizardGrants are the grants for the reads of the wizard's lists: APIs, hosted
// zones, certificates, and the distribution that has the name. What CloudWatch has
// counted of a path only explains what its removal means, and who else has the name only
// what the job would meet: CloudFront says it of other accounts, and an edge-optimised
// custom domain may be in any region.
func (s Scope) wizardGrants() []Grant {
	grants := []Grant{
		{For: "Apis", Actions: []string{"apigateway:GET"}, Resources: []string{
			s.gateway("/restapis"), s.gateway("/restapis/*/stages"), s.gateway("/apis"), s.gateway("/apis/*/stages"),
		}},
		{For: "List", Actions: []string{"acm:ListCertificates"}, Resources: []string{"*"}},
		{For: "List", Actions: []string{"cloudfront:ListDistributions"}, Resources: []string{"*"}},
		{For: "Requests", Actions: []string{cloud.MetricsAction}, Resources: []string{"*"}, Explains: true, Conditions: []Condition{
			{"StringEquals", "aws:RequestedRegion", s.mappedRegions()},
		}},
	}
	grants = append(grants, s.takenGrants()...)
	if atRoute53(s.Spec) {
		grants = append(grants,
			Grant{For: "List", Actions: []string{"route53:ListHostedZones"}, Resources: []string{"*"}},
			Grant{For: "Zone", Actions: []string{"route53:GetHostedZone"}, Resources: []string{s.arn("route53", "", "", "hostedzone/*")}},
		)
	}
	return grants
}

// takenGrants are the grants by which it is known who has the name in CloudFront.
func (s Scope) takenGrants() []Grant {
	return []Grant{
		{For: "Taken", Actions: []string{"cloudfront:GetDistribution", "cloudfront:ListDomainConflicts"}, Resources: []string{s.edge("distribution/*")}, Explains: true},
		{For: "Taken", Actions: []string{"apigateway:GET"}, Resources: []string{s.arn("apigateway", "*", "", "/domainnames/"+Literal(s.Spec.Domain.Name))}, Explains: true},
		{For: "Taken", Actions: []string{"acm:ListCertificates"}, Resources: []string{"*"}, Explains: true},
	}
}

// mappedRegions are the regions whose stages paths lead to, or led to.
func (s Scope) mappedRegions() []string {
	regions := []string{Plain(s.Spec.Account.Region)}
	for _, r := range s.Resources {
		if isMapping(r) && regionPattern.MatchString(r.Region) {
			regions = append(regions, Plain(r.Region))
		}
	}
	slices.Sort(regions)
	return slices.Compact(regions)
}
