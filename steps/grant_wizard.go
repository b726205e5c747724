package steps

// wizardGrants are the grants for the reads of the wizard's lists: APIs, hosted
// zones, certificates, and the distribution that has the name.
func (s Scope) wizardGrants() []Grant {
	grants := []Grant{
		{For: "Apis", Actions: []string{"apigateway:GET"}, Resources: []string{
			s.gateway("/restapis"), s.gateway("/restapis/*/stages"), s.gateway("/apis"), s.gateway("/apis/*/stages"),
		}},
		{For: "List", Actions: []string{"acm:ListCertificates"}, Resources: []string{"*"}},
		{For: "List", Actions: []string{"cloudfront:ListDistributions"}, Resources: []string{"*"}},
	}
	if atRoute53(s.Spec) {
		grants = append(grants,
			Grant{For: "List", Actions: []string{"route53:ListHostedZones"}, Resources: []string{"*"}},
			Grant{For: "Zone", Actions: []string{"route53:GetHostedZone"}, Resources: []string{s.arn("route53", "", "", "hostedzone/*")}},
		)
	}
	return grants
}
