package steps

import (
	"cmp"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// A reading is how something that a step observes is read again: the call in words,
// and the words of a line of the AWS CLI, or of dig, that makes it.
type reading struct {
	what string
	line []string
}

// awsLine is a line of the AWS CLI. A query that is "" shows everything.
func awsLine(query string, words ...string) []string {
	line := append([]string{"aws"}, words...)
	if query != "" {
		line = append(line, "--query", query)
	}
	return line
}

// distributionQueries lead to the fields that differences of a distribution have, in
// the words of JMESPath that the AWS CLI takes.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-filter.html
var distributionQueries = map[string]string{
	"Enabled": "", "Comment": "", "DefaultRootObject": "", "HttpVersion": "", "IsIPV6Enabled": "", "PriceClass": "", "WebACLId": "",
	"Aliases":              "Aliases.Items",
	"ACMCertificateArn":    "ViewerCertificate.ACMCertificateArn",
	"SSLSupportMethod":     "ViewerCertificate.SSLSupportMethod",
	"TargetOriginId":       "DefaultCacheBehavior.TargetOriginId",
	"ViewerProtocolPolicy": "DefaultCacheBehavior.ViewerProtocolPolicy",
	"AllowedMethods":       "DefaultCacheBehavior.AllowedMethods.Items",
	"CachedMethods":        "DefaultCacheBehavior.AllowedMethods.CachedMethods.Items",
	"CachePolicyId":        "DefaultCacheBehavior.CachePolicyId",
	"Compress":             "DefaultCacheBehavior.Compress",

	"MinimumProtocolVersion": "ViewerCertificate.MinimumProtocolVersion",
	"OriginRequestPolicyId":  "DefaultCacheBehavior.OriginRequestPolicyId",
	originName:               ourOriginQuery + ".DomainName",
	"OriginPath":             ourOriginQuery + ".OriginPath",
	"HTTPSPort":              ourOriginQuery + ".CustomOriginConfig.HTTPSPort",
	"OriginProtocolPolicy":   ourOriginQuery + ".CustomOriginConfig.OriginProtocolPolicy",
	"OriginSslProtocols":     ourOriginQuery + ".CustomOriginConfig.OriginSslProtocols.Items[]",
	"OriginReadTimeout":      ourOriginQuery + ".CustomOriginConfig.OriginReadTimeout",
	"OriginKeepaliveTimeout": ourOriginQuery + ".CustomOriginConfig.OriginKeepaliveTimeout",
}

const ourOriginQuery = "Origins.Items[?Id=='" + originID + "']"

// distributionQuery leads to a field of a distribution's configuration; "" to all.
func distributionQuery(field string) string {
	query, known := distributionQueries[field]
	if strings.HasPrefix(field, headerField) { // names alone: the values are secrets
		query, known = ourOriginQuery+".CustomHeaders.Items[].HeaderName", true
	}
	if status, is := strings.CutPrefix(field, errorField); is {
		query, known = "CustomErrorResponses.Items[?ErrorCode==`"+status+"`].ErrorCachingMinTTL", true
	}
	if !known {
		return ""
	}
	return "DistributionConfig." + cmp.Or(query, field)
}

// inOrigin is the query with the ID of the setup's origin; everything where that has
// characters that a query would have to escape.
func inOrigin(e *Env, query string) string {
	id := cmp.Or(e.Resources.Attr(setup.KeyDistribution, attrOrigin), originID)
	if strings.Contains(query, ourOriginQuery) && strings.ContainsAny(id, "'\\`") {
		return ""
	}
	return strings.Replace(query, ourOriginQuery, "Origins.Items[?Id=='"+id+"']", 1)
}

// lastID is the ID that the resource of a key has, or had when it was last there.
func (e *Env) lastID(key string) string {
	if id := e.Resources.ID(key); id != "" {
		return id
	}
	for _, r := range e.Former {
		if r.Key == key {
			return r.ID
		}
	}
	return ""
}

func readsDistribution(e *Env, field string) reading {
	id := e.lastID(setup.KeyDistribution)
	switch {
	case id == "":
		return reading{"CloudFront ListDistributions", awsLine("DistributionList.Items[].[Id,Aliases.Items]", "cloudfront", "list-distributions")}
	case strings.HasPrefix(field, tagField):
		return reading{"CloudFront ListTagsForResource " + id, awsLine("", "cloudfront", "list-tags-for-resource", "--resource", e.Resources[setup.KeyDistribution].ARN)}
	}
	return reading{"CloudFront GetDistributionConfig " + id, awsLine(inOrigin(e, distributionQuery(field)), "cloudfront", "get-distribution-config", "--id", id)}
}

func readsDeployed(e *Env, _ string) reading {
	id := e.lastID(setup.KeyDistribution)
	if id == "" {
		return readsDistribution(e, "")
	}
	return reading{"CloudFront GetDistribution " + id, awsLine("Distribution.[Status,DomainName]", "cloudfront", "get-distribution", "--id", id)}
}

func readsPolicies(e *Env, _ string) reading {
	id := e.lastID(setup.KeyCachePolicy)
	if id == "" {
		return reading{"CloudFront ListCachePolicies", awsLine("CachePolicyList.Items[].CachePolicy.[Id,CachePolicyConfig.Name]", "cloudfront", "list-cache-policies", "--type", "custom")}
	}
	return reading{"CloudFront GetCachePolicy " + id, awsLine("", "cloudfront", "get-cache-policy", "--id", id)}
}

func readsIdentity(*Env, string) reading {
	return reading{"STS GetCallerIdentity", awsLine("", "sts", "get-caller-identity")}
}

// readsCertificate reads one of the two certificates.
func readsCertificate(place func(setup.Spec) certificatePlace) func(*Env, string) reading {
	return func(e *Env, field string) reading {
		p := place(e.Setup.Spec)
		arn := cmp.Or(p.arn(e), e.lastID(p.key))
		switch {
		case arn == "":
			return reading{"ACM ListCertificates in " + p.region, awsLine("CertificateSummaryList[].[DomainName,CertificateArn]", "acm", "list-certificates", "--region", p.region)}
		case strings.HasPrefix(field, tagField):
			return reading{"ACM ListTagsForCertificate in " + p.region, awsLine("Tags", "acm", "list-tags-for-certificate", "--region", p.region, "--certificate-arn", arn)}
		}
		return reading{"ACM DescribeCertificate in " + p.region, awsLine("Certificate.[Status,Type,NotAfter,RenewalEligibility]", "acm", "describe-certificate", "--region", p.region, "--certificate-arn", arn)}
	}
}

// domainQueries lead to the fields that differences of a custom domain have.
var domainQueries = map[string]string{"regionalCertificateArn": "regionalCertificateArn", fieldPolicy: fieldPolicy, fieldAccess: fieldAccess}

func readsDomain(e *Env, field string) reading {
	query := domainQueries[field]
	if strings.HasPrefix(field, tagField) {
		query = "tags"
	}
	return reading{"API Gateway GetDomainName " + e.name(), awsLine(query, "apigateway", "get-domain-name", "--region", e.Setup.Spec.Account.Region, "--domain-name", e.name())}
}

func readsMappings(e *Env, field string) reading {
	query := "Items[].[ApiMappingKey,ApiId,Stage]"
	if path, is := strings.CutPrefix(field, mappingField+"/"); is && !strings.ContainsAny(path, "'\\") {
		query = "Items[?ApiMappingKey=='" + path + "'].[ApiId,Stage]"
	}
	return reading{"API Gateway GetApiMappings " + e.name(), awsLine(query, "apigatewayv2", "get-api-mappings", "--region", e.Setup.Spec.Account.Region, "--domain-name", e.name())}
}

// readsTraffic reads where the name leads: in the hosted zone, or in DNS.
func readsTraffic(e *Env, _ string) reading { return readsRecord(e, e.name(), "A") }

func readsValidation(e *Env, _ string) reading {
	for _, key := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
		if name := e.Resources.Attr(key, setup.AttrRecordName); name != "" {
			return readsRecord(e, name, "CNAME")
		}
	}
	return readsRecord(e, e.name(), "CNAME")
}

// readsRecord reads the records of a name where they are kept.
func readsRecord(e *Env, name, qtype string) reading {
	zone := e.Setup.Spec.Domain.ZoneID
	if !atRoute53(e.Setup.Spec) || zone == "" || strings.ContainsAny(name, `'\`) {
		name = probeHost(name)
		return reading{"DNS, " + qtype + " " + name, probe.Digs(qtype, name)}
	}
	// Route 53 writes "*" as \052.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
	stored := strings.ReplaceAll(unrooted(name), "*", `\052`) + "."
	return reading{
		"Route 53 ListResourceRecordSets of zone " + zone,
		awsLine("ResourceRecordSets[?Name=='"+stored+"'].[Type,AliasTarget.DNSName,ResourceRecords[].Value]", "route53", "list-resource-record-sets", "--hosted-zone-id", zone),
	}
}
