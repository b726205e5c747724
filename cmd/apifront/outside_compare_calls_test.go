//go:build outside

package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestOutsideCompare holds what two SDKs read in the simulator's answers
// against each other, for every operation that it models and both know.
func TestOutsideCompare(t *testing.T) {
	t.Parallel()
	c := newComparer(t)
	certificates := c.compareCertificates()
	c.compareZones()
	c.compareIdentities()
	target := c.compareGatewayV1(certificates["eu-west-1"])
	c.compareGatewayV2(certificates["eu-west-1"])
	c.comparePolicies()
	c.compareDistributions(certificates["us-east-1"], target)
	c.compareTheEnd()
	c.everyOperation()
	t.Logf("%d operations, %d fields", len(c.done), c.fields)
}

const (
	edge = "us-east-1"
	near = "eu-west-1"
)

// everyOperation fails the test for operations of the simulator that were not
// compared. They are read from the source: tables of names and of routes.
func (c *comparer) everyOperation() {
	c.t.Helper()
	for file, service := range map[string]string{
		"acm_request.go": "acm", "sts.go": "sts", "apigateway.go": "apigateway", "cloudfront.go": "cloudfront", "route53_zone.go": "route53", "cloudwatch.go": "cloudwatch", "logs.go": "logs",
	} {
		source, err := os.ReadFile("../../cloud/sim/" + file)
		if err != nil {
			c.t.Fatal(err)
		}
		found := regexp.MustCompile(`(?m)^\t(?:\{[^,]+, ([^,]+), )?"([A-Z][A-Za-z]+)"[:,]\s+\(\*Sim\)`).FindAllStringSubmatch(string(source), -1)
		if len(found) == 0 {
			c.t.Errorf("%s has no table of operations any more", file)
		}
		for _, f := range found {
			name := service
			if strings.Contains(f[1], "/v2/") {
				name += "v2"
			}
			if c.done[name+" "+f[2]] == 0 {
				c.t.Errorf("%s %s was not compared", name, f[2])
			}
		}
	}
}

func pair(k, v string) m { return m{"Key": k, "Value": v} }

// compareCertificates requests a certificate in both regions and returns their
// ARNs once they are issued.
func (c *comparer) compareCertificates() map[string]string {
	arns := map[string]string{}
	for _, region := range []string{edge, near} {
		in := m{
			"DomainName": "compare.lakeside.example", "SubjectAlternativeNames": []string{"*.compare.lakeside.example"},
			"ValidationMethod": "DNS", "IdempotencyToken": "compare", "Tags": []m{pair("made-by", "test"), pair("empty", "")},
		}
		arn := c.both("acm", region, "RequestCertificate", in).str("CertificateArn")
		waits := c.both("acm", region, "DescribeCertificate", m{"CertificateArn": arn})
		c.both("acm", region, "AddTagsToCertificate", m{"CertificateArn": arn, "Tags": []m{pair("more", "ä & <ü>")}})
		c.both("acm", region, "ListTagsForCertificate", m{"CertificateArn": arn})
		c.both("acm", region, "RemoveTagsFromCertificate", m{"CertificateArn": arn, "Tags": []m{{"Key": "more"}}})
		option := m(waits.get("Certificate.DomainValidationOptions").([]any)[0].(map[string]any))
		change := c.both("route53", edge, "ChangeResourceRecordSets", m{
			"HostedZoneId": c.world.Zones["lakeside.example"],
			"ChangeBatch": m{"Comment": "proof", "Changes": []m{{"Action": "UPSERT", "ResourceRecordSet": m{
				"Name": option.str("ResourceRecord.Name"), "Type": "CNAME", "TTL": 300,
				"ResourceRecords": []m{{"Value": option.str("ResourceRecord.Value")}},
			}}}},
		})
		c.both("route53", edge, "GetChange", m{"Id": change.str("ChangeInfo.Id")})
		if issued := c.both("acm", region, "DescribeCertificate", m{"CertificateArn": arn}); issued.str("Certificate.Status") != "ISSUED" {
			c.t.Fatalf("the certificate is %s, want ISSUED", issued.str("Certificate.Status"))
		}
		c.both("acm", region, "ListCertificates", m{"MaxItems": 1})
		c.both("acm", region, "ListCertificates", m{"CertificateStatuses": []string{"ISSUED", "EXPIRED"}, "Includes": m{"keyTypes": []string{"RSA_2048", "EC_secp384r1"}}})
		arns[region] = arn
	}
	c.refused("acm", edge, "DescribeCertificate", "ResourceNotFoundException", m{"CertificateArn": strings.Replace(arns[edge], "us-east-1", "eu-west-1", 1)})
	c.refused("acm", edge, "RequestCertificate", "ValidationException", m{"DomainName": "not a name", "ValidationMethod": "DNS"})
	return arns
}

func (c *comparer) compareZones() {
	const route53 = "route53"
	zone := c.world.Zones["lakeside.example"]
	c.both(route53, edge, "ListHostedZones", m{"MaxItems": "1"})
	c.both(route53, edge, "ListHostedZones", nil)
	c.both(route53, edge, "ListHostedZonesByName", m{"DNSName": "harborview.example", "MaxItems": "2"})
	c.both(route53, edge, "GetHostedZoneCount", nil)
	c.both(route53, edge, "GetHostedZone", m{"Id": zone})
	c.both(route53, edge, "ListResourceRecordSets", m{"HostedZoneId": zone, "MaxItems": "2"})
	change := func(action string) m {
		return m{"HostedZoneId": zone, "ChangeBatch": m{"Changes": []m{
			{"Action": action, "ResourceRecordSet": m{"Name": "*.odd.lakeside.example", "Type": "TXT", "TTL": 0, "ResourceRecords": []m{{"Value": `"a <&> b" "c"`}, {"Value": `"ä"`}}}},
			{"Action": action, "ResourceRecordSet": m{"Name": "alias.lakeside.example", "Type": "A", "AliasTarget": m{
				"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d111111abcdef8.cloudfront.net", "EvaluateTargetHealth": false}}},
		}}}
	}
	c.both(route53, edge, "ChangeResourceRecordSets", change("CREATE"))
	c.both(route53, edge, "ListResourceRecordSets", m{"HostedZoneId": zone})
	c.refused(route53, edge, "ChangeResourceRecordSets", "InvalidChangeBatch", change("CREATE"))
	c.both(route53, edge, "ChangeResourceRecordSets", change("DELETE"))
	c.both(route53, edge, "ChangeTagsForResource", m{"ResourceType": "hostedzone", "ResourceId": zone, "AddTags": []m{pair("owner", "test")}})
	c.both(route53, edge, "ListTagsForResource", m{"ResourceType": "hostedzone", "ResourceId": zone})
	made := c.both(route53, edge, "CreateHostedZone", m{"Name": "new.example", "CallerReference": "compare", "HostedZoneConfig": m{"Comment": "made by a test"}})
	c.both(route53, edge, "DeleteHostedZone", m{"Id": made.str("HostedZone.Id")})
	c.refused(route53, edge, "GetHostedZone", "NoSuchHostedZone", m{"Id": made.str("HostedZone.Id")})
}

func (c *comparer) compareIdentities() {
	c.both("sts", near, "GetCallerIdentity", nil)
	role := c.sim.AddRole(c.world.AccountID, "compared", "the external id")
	c.both("sts", near, "AssumeRole", m{"RoleArn": role, "RoleSessionName": "compare", "ExternalId": "the external id", "DurationSeconds": 900})
	c.refused("sts", near, "AssumeRole", "AccessDenied", m{"RoleArn": role, "RoleSessionName": "compare"})
}

// compareGatewayV1 leaves a custom domain behind and returns its target.
func (c *comparer) compareGatewayV1(certificate string) string {
	const v1, domain = "apigateway", "v1.compare.lakeside.example"
	api := c.api("orders-api-eu")
	c.both(v1, near, "GetAccount", nil)
	c.both(v1, edge, "GetRestApis", m{"limit": 2})
	c.both(v1, near, "GetRestApis", nil)
	c.both(v1, near, "GetRestApi", m{"restApiId": api})
	c.both(v1, near, "UpdateRestApi", m{"restApiId": api, "patchOperations": []m{{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}}})
	c.both(v1, near, "GetStages", m{"restApiId": api})
	deployment := c.both(v1, near, "GetStage", m{"restApiId": api, "stageName": "prod"}).str("deploymentId")
	c.both(v1, near, "UpdateStage", m{"restApiId": api, "stageName": "prod", "patchOperations": []m{{"op": "replace", "path": "/deploymentId", "value": deployment}}})
	c.both(v1, near, "CreateDeployment", m{"restApiId": api, "stageName": "prod", "description": "made by a test"})
	resources := c.both(v1, near, "GetResources", m{"restApiId": api, "embed": []string{"methods"}})
	method := m{"restApiId": api, "resourceId": resources.str("items.0.id"), "httpMethod": "ANY"}
	c.both(v1, near, "GetResource", m{"restApiId": api, "resourceId": method["resourceId"]})
	c.both(v1, near, "GetMethod", method)
	c.both(v1, near, "GetIntegration", method)
	c.both(v1, near, "UpdateMethod", m{"restApiId": api, "resourceId": method["resourceId"], "httpMethod": "ANY", "patchOperations": []m{{"op": "replace", "path": "/apiKeyRequired", "value": "true"}}})
	made := c.both(v1, near, "CreateDomainName", m{
		"domainName": domain, "regionalCertificateArn": certificate, "securityPolicy": "TLS_1_2", "tags": map[string]string{"made-by": "test"},
		"endpointConfiguration": m{"types": []string{"REGIONAL"}, "ipAddressType": "ipv4"},
	})
	c.both(v1, near, "GetDomainName", m{"domainName": domain})
	c.both(v1, near, "GetDomainNames", m{"limit": 1})
	for _, base := range []string{"", "orders"} {
		in := m{"domainName": domain, "restApiId": api, "stage": "prod"}
		if base != "" {
			in["basePath"] = base
		}
		c.both(v1, near, "CreateBasePathMapping", in)
		c.refused(v1, near, "CreateBasePathMapping", "ConflictException", in)
	}
	c.both(v1, near, "GetBasePathMappings", m{"domainName": domain})
	c.both(v1, near, "GetBasePathMappings", m{"domainName": domain, "limit": 1})
	c.both(v1, near, "GetBasePathMapping", m{"domainName": domain, "basePath": "(none)"})
	c.both(v1, near, "UpdateBasePathMapping", m{"domainName": domain, "basePath": "orders", "patchOperations": []m{{"op": "replace", "path": "/basePath", "value": "things"}}})
	c.both(v1, near, "DeleteBasePathMapping", m{"domainName": domain, "basePath": "things"})
	c.both(v1, near, "UpdateDomainName", m{"domainName": domain, "patchOperations": []m{{"op": "replace", "path": "/regionalCertificateArn", "value": certificate}}})
	arn := "arn:aws:apigateway:eu-west-1::/domainnames/" + domain
	c.both(v1, near, "TagResource", m{"resourceArn": arn, "tags": map[string]string{"owner": "test"}})
	c.both(v1, near, "GetTags", m{"resourceArn": arn})
	c.both(v1, near, "UntagResource", m{"resourceArn": arn, "tagKeys": []string{"owner"}})
	c.refused(v1, near, "GetDomainName", "NotFoundException", m{"domainName": "none.lakeside.example"})
	c.refused(v1, near, "GetRestApi", "NotFoundException", m{"restApiId": "0000000000"})
	return made.str("regionalDomainName")
}

func (c *comparer) compareGatewayV2(certificate string) {
	const v2, domain = "apigatewayv2", "v2.compare.lakeside.example"
	api := c.api("catalog-http-eu")
	c.both(v2, near, "GetApis", m{"MaxResults": "1"})
	c.both(v2, edge, "GetApis", nil)
	c.both(v2, near, "GetApi", m{"ApiId": api})
	c.both(v2, near, "UpdateApi", m{"ApiId": api, "DisableExecuteApiEndpoint": true})
	c.both(v2, near, "GetStages", m{"ApiId": api})
	c.both(v2, near, "GetStage", m{"ApiId": api, "StageName": "$default"})
	c.both(v2, near, "CreateDeployment", m{"ApiId": api, "StageName": "$default", "Description": "made by a test"})
	route := c.both(v2, near, "GetRoutes", m{"ApiId": api}).str("Items.0.RouteId")
	c.both(v2, near, "GetRoute", m{"ApiId": api, "RouteId": route})
	c.both(v2, near, "UpdateRoute", m{"ApiId": api, "RouteId": route, "AuthorizationType": "AWS_IAM"})
	c.both(v2, near, "GetIntegrations", m{"ApiId": api})
	c.both(v2, near, "CreateDomainName", m{
		"DomainName": domain, "Tags": map[string]string{"made-by": "test"}, "DomainNameConfigurations": []m{
			{"CertificateArn": certificate, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}},
	})
	c.both(v2, near, "GetDomainName", m{"DomainName": domain})
	c.both(v2, near, "GetDomainNames", nil)
	mapping := c.both(v2, near, "CreateApiMapping", m{"DomainName": domain, "ApiId": api, "Stage": "$default", "ApiMappingKey": "v1/things"}).str("ApiMappingId")
	c.both(v2, near, "CreateApiMapping", m{"DomainName": domain, "ApiId": c.api("orders-api-eu"), "Stage": "prod", "ApiMappingKey": ""})
	c.both(v2, near, "GetApiMappings", m{"DomainName": domain})
	c.both(v2, near, "GetApiMapping", m{"DomainName": domain, "ApiMappingId": mapping})
	c.both(v2, near, "UpdateApiMapping", m{"DomainName": domain, "ApiMappingId": mapping, "ApiId": api, "Stage": "beta", "ApiMappingKey": "v2"})
	c.refused(v2, near, "CreateApiMapping", "BadRequestException", m{"DomainName": domain, "ApiId": api, "Stage": "none", "ApiMappingKey": "x"})
	c.both(v2, near, "DeleteApiMapping", m{"DomainName": domain, "ApiMappingId": mapping})
	c.both(v2, near, "ListRoutingRules", m{"DomainName": domain})
	c.both(v2, near, "UpdateDomainName", m{"DomainName": domain, "DomainNameConfigurations": []m{
		{"CertificateArn": certificate, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}}})
	arn := "arn:aws:apigateway:eu-west-1::/domainnames/" + domain
	c.both(v2, near, "TagResource", m{"ResourceArn": arn, "Tags": map[string]string{"owner": "test"}})
	c.both(v2, near, "GetTags", m{"ResourceArn": arn})
	c.both(v2, near, "UntagResource", m{"ResourceArn": arn, "TagKeys": []string{"owner"}})
	c.both(v2, near, "DeleteDomainName", m{"DomainName": domain})
	c.refused(v2, near, "GetDomainName", "NotFoundException", m{"DomainName": domain})
	c.refused(v2, near, "GetApi", "NotFoundException", m{"ApiId": "0000000000"})
}

// comparePolicies goes through the life of a cache policy and of an origin
// request policy, and reads the managed ones.
func (c *comparer) comparePolicies() {
	const cf = "cloudfront"
	cache := m{
		"Name": "compare", "Comment": "made by a test", "MinTTL": 0, "DefaultTTL": 60, "MaxTTL": 300, "ParametersInCacheKeyAndForwardedToOrigin": m{
			"EnableAcceptEncodingGzip": true, "EnableAcceptEncodingBrotli": false,
			"HeadersConfig":      m{"HeaderBehavior": "whitelist", "Headers": m{"Quantity": 2, "Items": []string{"Authorization", "Host"}}},
			"CookiesConfig":      m{"CookieBehavior": "none"},
			"QueryStringsConfig": m{"QueryStringBehavior": "whitelist", "QueryStrings": m{"Quantity": 1, "Items": []string{"page"}}},
		},
	}
	origin := m{
		"Name": "compare", "HeadersConfig": m{"HeaderBehavior": "allViewerAndWhitelistCloudFront", "Headers": m{"Quantity": 1, "Items": []string{"CloudFront-Viewer-Country"}}},
		"CookiesConfig": m{"CookieBehavior": "all"}, "QueryStringsConfig": m{"QueryStringBehavior": "all"},
	}
	for kind, config := range map[string]m{"CachePolicy": cache, "OriginRequestPolicy": origin} {
		plural := strings.TrimSuffix(kind, "y") + "ies"
		made := c.both(cf, edge, "Create"+kind, m{kind + "Config": config})
		id := made.str(kind + ".Id")
		c.refused(cf, edge, "Create"+kind, kind+"AlreadyExists", m{kind + "Config": config})
		c.both(cf, edge, "Get"+kind, m{"Id": id})
		c.both(cf, edge, "Get"+kind+"Config", m{"Id": id})
		c.both(cf, edge, "List"+plural, m{"Type": "custom"})
		c.both(cf, edge, "List"+plural, m{"Type": "managed", "MaxItems": "2"})
		c.both(cf, edge, "List"+plural, nil)
		config["Comment"] = "changed"
		c.refused(cf, edge, "Update"+kind, "PreconditionFailed", m{"Id": id, "IfMatch": "E0000000000000", kind + "Config": config})
		etag := c.both(cf, edge, "Update"+kind, m{"Id": id, "IfMatch": made.str("ETag"), kind + "Config": config}).str("ETag")
		c.both(cf, edge, "Delete"+kind, m{"Id": id, "IfMatch": etag})
		c.refused(cf, edge, "Get"+kind, "NoSuch"+kind, m{"Id": id})
	}
	all := c.both(cf, edge, "ListResponseHeadersPolicies", m{"Type": "managed"})
	first := m(all.get("ResponseHeadersPolicyList.Items").([]any)[0].(map[string]any)).str("ResponseHeadersPolicy.Id")
	c.both(cf, edge, "GetResponseHeadersPolicy", m{"Id": first})
	c.both(cf, edge, "GetResponseHeadersPolicyConfig", m{"Id": first})
}

func distributionFor(reference, target, certificate string, aliases ...string) m {
	viewer := m{"CloudFrontDefaultCertificate": true}
	if certificate != "" {
		viewer = m{"ACMCertificateArn": certificate, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"}
	}
	return m{
		"CallerReference": reference, "Comment": "a <b> & c", "Enabled": true, "HttpVersion": "http2and3", "IsIPV6Enabled": true, "PriceClass": "PriceClass_100",
		"Aliases": m{"Quantity": len(aliases), "Items": append([]string{}, aliases...)},
		"Origins": m{"Quantity": 1, "Items": []m{{"Id": "api", "DomainName": target, "CustomHeaders": m{"Quantity": 1, "Items": []m{{"HeaderName": "X-From", "HeaderValue": "edge"}}},
			"CustomOriginConfig": m{"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only", "OriginReadTimeout": 60,
				"OriginSslProtocols": m{"Quantity": 1, "Items": []string{"TLSv1.2"}}}}}},
		"DefaultCacheBehavior": m{
			"TargetOriginId": "api", "ViewerProtocolPolicy": "redirect-to-https", "Compress": true,
			"CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "OriginRequestPolicyId": motoAllViewer,
			"AllowedMethods": m{"Quantity": 7, "Items": []string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"},
				"CachedMethods": m{"Quantity": 2, "Items": []string{"GET", "HEAD"}}}},
		"CustomErrorResponses": m{"Quantity": 2, "Items": []m{{"ErrorCode": 502, "ErrorCachingMinTTL": 0}, {"ErrorCode": 404, "ErrorCachingMinTTL": 5, "ResponsePagePath": "/404", "ResponseCode": "404"}}},
		"ViewerCertificate":    viewer,
	}
}

func (c *comparer) compareDistributions(certificate, target string) {
	const cf, name = "cloudfront", "compare.lakeside.example"
	config := distributionFor("compare", target, certificate, name)
	made := c.both(cf, edge, "CreateDistributionWithTags", m{"DistributionConfigWithTags": m{"DistributionConfig": config, "Tags": m{"Items": []m{pair("made-by", "test")}}}})
	id, arn := made.str("Distribution.Id"), made.str("Distribution.ARN")
	other := c.both(cf, edge, "CreateDistribution", m{"DistributionConfig": distributionFor("other", target, certificate)})
	otherID := other.str("Distribution.Id")
	c.refused(cf, edge, "CreateDistribution", "DistributionAlreadyExists", m{"DistributionConfig": distributionFor("other", target, certificate)})
	c.refused(cf, edge, "CreateDistribution", "CNAMEAlreadyExists", m{"DistributionConfig": distributionFor("third", target, certificate, name)})
	c.refused(cf, edge, "GetDistribution", "NoSuchDistribution", m{"Id": "E0000000000000"})
	c.both(cf, edge, "GetDistribution", m{"Id": id})
	c.both(cf, edge, "ListDistributions", nil)
	c.both(cf, edge, "ListDistributions", m{"MaxItems": "1"})
	c.both(cf, edge, "TagResource", m{"Resource": arn, "Tags": m{"Items": []m{pair("owner", "test")}}})
	c.both(cf, edge, "ListTagsForResource", m{"Resource": arn})
	c.both(cf, edge, "UntagResource", m{"Resource": arn, "TagKeys": m{"Items": []string{"owner"}}})
	c.both(cf, edge, "ListConflictingAliases", m{"DistributionId": otherID, "Alias": name})
	c.both(cf, edge, "ListDomainConflicts", m{"Domain": name, "DomainControlValidationResource": m{"DistributionId": otherID}})
	c.sim.AddRecord(c.world.Zones["lakeside.example"], "_"+name, "TXT", 60, `"`+other.str("Distribution.DomainName")+`"`)
	c.both(cf, edge, "AssociateAlias", m{"TargetDistributionId": otherID, "Alias": name})
	c.sim.AddRecord(c.world.Zones["lakeside.example"], "_"+name, "TXT", 60, `"`+made.str("Distribution.DomainName")+`"`)
	c.disable(otherID)
	c.both(cf, edge, "UpdateDomainAssociation", m{
		"Domain": name, "TargetResource": m{"DistributionId": id}, "IfMatch": c.both(cf, edge, "GetDistribution", m{"Id": id}).str("ETag")})
	firewall := fmt.Sprintf("arn:aws:wafv2:us-east-1:%s:global/webacl/compare/00000000-0000-0000-0000-000000000000", c.world.AccountID)
	c.both(cf, edge, "AssociateDistributionWebACL", m{"Id": id, "WebACLArn": firewall})
	c.both(cf, edge, "DisassociateDistributionWebACL", m{"Id": id})
	got := c.both(cf, edge, "GetDistributionConfig", m{"Id": id})
	changed := got.get("DistributionConfig").(map[string]any)
	changed["Comment"] = "changed"
	c.refused(cf, edge, "UpdateDistribution", "PreconditionFailed", m{"Id": id, "IfMatch": "E0000000000000", "DistributionConfig": changed})
	c.both(cf, edge, "UpdateDistribution", m{"Id": id, "IfMatch": got.str("ETag"), "DistributionConfig": changed})
	batch := m{"CallerReference": "compare", "Paths": m{"Quantity": 2, "Items": []string{"/*", "/orders/1"}}}
	clearing := c.both(cf, edge, "CreateInvalidation", m{"DistributionId": id, "InvalidationBatch": batch})
	c.both(cf, edge, "GetInvalidation", m{"DistributionId": id, "Id": clearing.str("Invalidation.Id")})
	c.both(cf, edge, "ListInvalidations", m{"DistributionId": id, "MaxItems": "1"})
	c.compareRequests(id)
	c.compareLogs(arn)
	c.refused(cf, edge, "DeleteDistribution", "DistributionNotDisabled", m{"Id": id, "IfMatch": c.both(cf, edge, "GetDistribution", m{"Id": id}).str("ETag")})
	for _, one := range []string{id, otherID} {
		c.both(cf, edge, "DeleteDistribution", m{"Id": one, "IfMatch": c.disable(one)})
	}
	c.both(cf, edge, "ListDistributions", nil)
}

// disable switches a distribution off and returns its ETag.
func (c *comparer) disable(id string) string {
	c.t.Helper()
	got := c.both("cloudfront", edge, "GetDistributionConfig", m{"Id": id})
	off := got.get("DistributionConfig").(map[string]any)
	off["Enabled"] = false
	return c.both("cloudfront", edge, "UpdateDistribution", m{"Id": id, "IfMatch": got.str("ETag"), "DistributionConfig": off}).str("ETag")
}

// compareTheEnd deletes what stands in the way of nothing any more.
func (c *comparer) compareTheEnd() {
	c.both("apigateway", near, "DeleteDomainName", m{"domainName": "v1.compare.lakeside.example"})
	c.both("apigateway", near, "DeleteStage", m{"restApiId": c.api("orders-api-eu"), "stageName": "prod"})
	c.both("apigateway", near, "DeleteRestApi", m{"restApiId": c.api("orders-api-eu")})
	c.both("apigatewayv2", near, "DeleteStage", m{"ApiId": c.api("partners-http"), "StageName": "$default"})
	c.refused("apigatewayv2", near, "DeleteStage", "NotFoundException", m{"ApiId": c.api("partners-draft"), "StageName": "$default"})
	c.both("apigatewayv2", near, "DeleteApi", m{"ApiId": c.api("partners-draft")})
	list := c.both("acm", near, "ListCertificates", nil).get("CertificateSummaryList").([]any)
	i := slices.IndexFunc(list, func(v any) bool { return v.(map[string]any)["DomainName"] == "compare.lakeside.example" })
	c.both("acm", near, "DeleteCertificate", m{"CertificateArn": list[i].(map[string]any)["CertificateArn"]})
}

// compareRequests: the Go SDK speaks CBOR and boto3 JSON, and both read the same
// numbers, also none.
func (c *comparer) compareRequests(id string) {
	if err := c.sim.SetCallers(id, 60_000); err != nil { // a thousand in each second
		c.t.Fatal(err)
	}
	until := time.Now().UTC().Truncate(time.Minute)
	ask := func(id string, from time.Time, change func(query, stat m)) m {
		stat := m{"Period": 60, "Stat": "Sum", "Metric": m{"Namespace": "AWS/CloudFront", "MetricName": "Requests", "Dimensions": []m{
			{"Name": "DistributionId", "Value": id}, {"Name": "Region", "Value": "Global"},
		}}}
		query := m{"Id": "requests", "MetricStat": stat}
		if change != nil {
			change(query, stat)
		}
		return m{"StartTime": from, "EndTime": until.Add(time.Hour), "ScanBy": "TimestampAscending", "MetricDataQueries": []m{query}}
	}
	time.Sleep(2 * time.Second)
	if err := c.sim.SetCallers("", 0); err != nil { // so that both see the same
		c.t.Fatal(err)
	}
	if out := c.both("cloudwatch", edge, "GetMetricData", ask(id, until, nil)); out.get("MetricDataResults.0.Values.0") == nil {
		c.t.Errorf("nobody has come: %v", out)
	}
	c.both("cloudwatch", edge, "GetMetricData", ask("ENOBODY", until, nil))
	c.refused("cloudwatch", edge, "GetMetricData", "ValidationError", ask(id, until.Add(2*time.Hour), nil))
	c.refused("cloudwatch", edge, "GetMetricData", "ValidationError", ask(id, until, func(_, stat m) { stat["Period"] = 61 }))
	c.refused("cloudwatch", edge, "GetMetricData", "ValidationError", ask(id, until, func(query, _ m) { delete(query, "MetricStat") }))
}
