package doctor

import (
	"strconv"

	"apifront/setup"
)

// awsLine is a line of the AWS CLI. A query that is "" shows everything.
func awsLine(query string, words ...string) string {
	line := append([]string{"aws"}, words...)
	if query != "" {
		line = append(line, "--query", query)
	}
	return setup.ShellLine(line...)
}

// fieldQueries lead to fields of a distribution, in the words of JMESPath.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-filter.html (documented)
var fieldQueries = map[string]string{
	"Enabled":               "Enabled",
	"Aliases":               "Aliases.Items",
	"ACMCertificateArn":     "ViewerCertificate.ACMCertificateArn",
	"DomainName":            "Origins.Items[].DomainName",
	"OriginPath":            "Origins.Items[].OriginPath",
	"OriginProtocolPolicy":  "Origins.Items[].CustomOriginConfig.OriginProtocolPolicy",
	"HTTPSPort":             "Origins.Items[].CustomOriginConfig.HTTPSPort",
	"OriginSslProtocols":    "Origins.Items[].CustomOriginConfig.OriginSslProtocols.Items[]",
	"OriginReadTimeout":     "Origins.Items[].CustomOriginConfig.OriginReadTimeout",
	"OriginRequestPolicyId": "DefaultCacheBehavior.[OriginRequestPolicyId,CachePolicyId,ForwardedValues.Headers.Items]",
	"AllowedMethods":        "DefaultCacheBehavior.AllowedMethods.Items",
	"ViewerProtocolPolicy":  "DefaultCacheBehavior.ViewerProtocolPolicy",
	"WebACLId":              "WebACLId",

	"DefaultRootObject":            "DefaultRootObject",
	"CacheBehaviors":               "CacheBehaviors.Items[].[PathPattern,TargetOriginId]",
	"ContinuousDeploymentPolicyId": "ContinuousDeploymentPolicyId",
	"MinimumProtocolVersion":       "ViewerCertificate.MinimumProtocolVersion",
	"IsIPV6Enabled":                "IsIPV6Enabled",
	"PriceClass":                   "PriceClass",
}

// asksDistribution is what AWS said of a field of the distribution, or of whether
// there is one.
func (e *exam) asksDistribution(field, answer string, bad bool) setup.Asked {
	var a setup.Asked
	if f := e.inside.found; f != nil {
		query := fieldQueries[field]
		if query != "" {
			query = "DistributionConfig." + query
		}
		a = setup.NewAsked("CloudFront GetDistributionConfig "+f.ID, answer, awsLine(query, "cloudfront", "get-distribution-config", "--id", f.ID))
	} else {
		a = setup.NewAsked("CloudFront ListDistributions", answer, awsLine("DistributionList.Items[].[Id,Aliases.Items]", "cloudfront", "list-distributions"))
	}
	a.Bad = bad
	return a
}

// asksDomain is what AWS said of the custom domain.
func (e *exam) asksDomain(answer string, bad bool) setup.Asked {
	name, region := e.q.Name, ""
	if d := e.inside.domain; d != nil {
		name, region = d.Name, d.Region
	} else if len(e.inside.searched) > 0 {
		region = e.inside.searched[0]
	}
	words := []string{"apigateway", "get-domain-name", "--domain-name", name}
	if region != "" {
		words = append(words, "--region", region)
	}
	a := setup.NewAsked("API Gateway GetDomainName "+name, answer, awsLine("", words...))
	a.Bad = bad
	return a
}

// asksMappings is what AWS said of the mappings of the custom domain.
func (e *exam) asksMappings(answer string, bad bool) setup.Asked {
	d := e.inside.domain
	if d == nil {
		return setup.Asked{}
	}
	a := setup.NewAsked("API Gateway GetApiMappings "+d.Name, answer,
		awsLine("Items[].[ApiMappingKey,ApiId,Stage]", "apigatewayv2", "get-api-mappings", "--domain-name", d.Name, "--region", d.Region))
	a.Bad = bad
	return a
}

// asksStage is what AWS said of a stage.
func (e *exam) asksStage(s setup.ConfiguredAPI) setup.Asked {
	answer := "deployed"
	switch {
	case s.StageGone:
		answer = "API Gateway does not know it"
	case !s.Deployed:
		answer = "without a deployment"
	}
	words := []string{"apigatewayv2", "get-stage", "--api-id", s.APIID}
	if s.Kind == setup.APIKindREST {
		words = []string{"apigateway", "get-stage", "--rest-api-id", s.APIID}
	}
	a := setup.NewAsked("API Gateway GetStage "+s.APIID+" "+s.Stage, answer, awsLine("", append(words, "--stage-name", s.Stage, "--region", e.inside.apiRegion)...))
	a.Bad = s.StageGone || !s.Deployed
	return a
}

// statusOf is the status of an answer.
func statusOf(v setup.Evidence) string { return strconv.Itoa(v.Status) }
