package sim

import (
	"net/url"
	"slices"
	"strings"
)

// A need is one action that an operation asks IAM for. Fields that are nil add
// nothing.
type need struct {
	action   string                                         // "" for API Gateway: the verb of the call
	resource func(*Sim, *request) []string                  // ARNs, each asked for; nil: no resource level, "*"
	keys     func(*Sim, *request, contextKeys)              // what the call says of what is asked for
	tags     func(*Sim, *request, string) map[string]string // aws:ResourceTag of an ARN
	when     func(*Sim, *request) bool                      // nil: always
}

// needs says for every modelled operation, by service and name, what it asks
// IAM for. An operation without an entry is refused once policies are
// enforced; an empty entry needs no permission.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var needs = map[string][]need{
	"acm:RequestCertificate": {
		{action: "acm:RequestCertificate", keys: requestKeys},
		{action: "acm:AddTagsToCertificate", resource: anyCertificate, keys: requestKeys, when: tagged},
	},
	"acm:DescribeCertificate":       {{action: "acm:DescribeCertificate", resource: certificateARN, tags: certificateTags}},
	"acm:ListCertificates":          {{action: "acm:ListCertificates"}},
	"acm:DeleteCertificate":         {{action: "acm:DeleteCertificate", resource: certificateARN, tags: certificateTags}},
	"acm:AddTagsToCertificate":      {{action: "acm:AddTagsToCertificate", resource: certificateARN, tags: certificateTags, keys: requestKeys}},
	"acm:RemoveTagsFromCertificate": {{action: "acm:RemoveTagsFromCertificate", resource: certificateARN, tags: certificateTags, keys: requestKeys}},
	"acm:ListTagsForCertificate":    {{action: "acm:ListTagsForCertificate", resource: certificateARN, tags: certificateTags}},

	"apigateway:CreateDomainName": {
		{resource: gatewayPath, keys: requestKeys},
		{action: "apigateway:AddCertificateToDomain", resource: gatewayPath, keys: requestKeys},
		{action: "apigateway:PUT", resource: newDomainTags, keys: requestKeys, when: tagged},
		{action: "apigateway:POST", resource: newDomainTags, keys: requestKeys, when: taggedV2},
		{action: "iam:CreateServiceLinkedRole", resource: gatewayRole, keys: gatewayRoleKeys, when: firstRegional},
	},
	"apigateway:GetDomainNames": gatewayVerb,
	"apigateway:GetDomainName":  gatewayVerb,
	"apigateway:UpdateDomainName": {
		{resource: gatewayPath, keys: requestKeys, tags: gatewayTags},
		{action: "apigateway:AddCertificateToDomain", resource: gatewayPath, keys: requestKeys, tags: gatewayTags, when: changesCertificate},
		{action: "apigateway:RemoveCertificateFromDomain", resource: gatewayPath, keys: requestKeys, tags: gatewayTags, when: changesCertificate},
		{action: "iam:CreateServiceLinkedRole", resource: gatewayRole, keys: gatewayRoleKeys, when: firstRegional},
	},
	"apigateway:DeleteDomainName": {
		{resource: gatewayPath, tags: gatewayTags},
		{action: "apigateway:RemoveCertificateFromDomain", resource: gatewayPath, tags: gatewayTags},
	},
	"apigateway:CreateBasePathMapping": gatewayVerb,
	"apigateway:GetBasePathMappings":   gatewayVerb,
	"apigateway:GetBasePathMapping":    gatewayVerb,
	"apigateway:UpdateBasePathMapping": gatewayVerb,
	"apigateway:DeleteBasePathMapping": gatewayVerb,
	"apigateway:CreateApiMapping":      gatewayVerb,
	"apigateway:GetApiMappings":        gatewayVerb,
	"apigateway:GetApiMapping":         gatewayVerb,
	"apigateway:UpdateApiMapping":      gatewayVerb,
	"apigateway:DeleteApiMapping":      gatewayVerb,
	"apigateway:ListRoutingRules":      {{action: "apigateway:ListRoutingRules", resource: routingRules, tags: gatewayTags}},
	"apigateway:GetRestApis":           gatewayVerb,
	"apigateway:GetRestApi":            gatewayVerb,
	"apigateway:UpdateRestApi":         gatewayVerb,
	"apigateway:DeleteRestApi":         gatewayVerb,
	"apigateway:GetApis":               gatewayVerb,
	"apigateway:GetApi":                gatewayVerb,
	"apigateway:UpdateApi":             gatewayVerb,
	"apigateway:DeleteApi":             gatewayVerb,
	"apigateway:GetStages":             gatewayVerb,
	"apigateway:GetStage":              gatewayVerb,
	"apigateway:UpdateStage":           gatewayVerb,
	"apigateway:DeleteStage":           gatewayVerb,
	"apigateway:CreateDeployment":      gatewayVerb,
	"apigateway:GetResources":          gatewayVerb,
	"apigateway:GetResource":           gatewayVerb,
	"apigateway:GetMethod":             gatewayVerb,
	"apigateway:UpdateMethod":          gatewayVerb,
	"apigateway:GetIntegration":        gatewayVerb,
	"apigateway:GetRoutes":             gatewayVerb,
	"apigateway:GetRoute":              gatewayVerb,
	"apigateway:UpdateRoute":           gatewayVerb,
	"apigateway:GetIntegrations":       gatewayVerb,
	"apigateway:GetAccount":            gatewayVerb,
	"apigateway:GetTags":               gatewayVerb,
	"apigateway:UntagResource":         gatewayVerb,
	// API Gateway v2 tags with POST, but the reference lists only PUT for tags.
	// Which one IAM is asked for is not known, so both are asked for (field
	// guide K16).
	"apigateway:TagResource": {
		{resource: gatewayPath, keys: requestKeys, tags: gatewayTags},
		{action: "apigateway:PUT", resource: gatewayPath, keys: requestKeys, tags: gatewayTags},
	},

	"cloudfront:CreateDistribution": {
		{action: "cloudfront:CreateDistribution", keys: requestKeys},
		{action: "wafv2:GetWebACL", resource: webACL, when: namesWebACL},
	},
	"cloudfront:CreateDistributionWithTags": { // there is no action of that name
		{action: "cloudfront:CreateDistribution", keys: requestKeys},
		{action: "cloudfront:TagResource", resource: anyDistribution, keys: requestKeys},
		{action: "wafv2:GetWebACL", resource: webACL, when: namesWebACL},
	},
	"cloudfront:ListDistributions":     {{action: "cloudfront:ListDistributions"}},
	"cloudfront:GetDistribution":       distributionNeed("cloudfront:GetDistribution"),
	"cloudfront:GetDistributionConfig": distributionNeed("cloudfront:GetDistributionConfig"),
	"cloudfront:UpdateDistribution": append(distributionNeed("cloudfront:UpdateDistribution"),
		need{action: "wafv2:GetWebACL", resource: webACL, when: namesWebACL}),
	"cloudfront:DeleteDistribution": distributionNeed("cloudfront:DeleteDistribution"),

	"cloudfront:ListConflictingAliases": distributionNeed("cloudfront:ListConflictingAliases"),
	"cloudfront:ListDomainConflicts":    distributionNeed("cloudfront:ListDomainConflicts"),
	// https://repost.aws/knowledge-center/resolve-cnamealreadyexists-error (documented: both actions, for both distributions)
	"cloudfront:AssociateAlias": {
		{action: "cloudfront:AssociateAlias", resource: bothDistributions, tags: distributionTags},
		{action: "cloudfront:UpdateDistribution", resource: bothDistributions, tags: distributionTags},
	},
	"cloudfront:UpdateDomainAssociation": {{action: "cloudfront:UpdateDomainAssociation", resource: bothDistributions, tags: distributionTags}},
	"cloudfront:AssociateDistributionWebACL": append(distributionNeed("cloudfront:AssociateDistributionWebACL"),
		need{action: "wafv2:GetWebACL", resource: webACL, when: namesWebACL}),
	"cloudfront:DisassociateDistributionWebACL": distributionNeed("cloudfront:DisassociateDistributionWebACL"),

	"cloudfront:ListTagsForResource": distributionNeed("cloudfront:ListTagsForResource"),
	"cloudfront:TagResource":         {{action: "cloudfront:TagResource", resource: distributionARN, tags: distributionTags, keys: requestKeys}},
	"cloudfront:UntagResource":       {{action: "cloudfront:UntagResource", resource: distributionARN, tags: distributionTags, keys: requestKeys}},

	"cloudfront:CreateInvalidation": distributionNeed("cloudfront:CreateInvalidation"),
	"cloudfront:ListInvalidations":  distributionNeed("cloudfront:ListInvalidations"),
	"cloudfront:GetInvalidation":    distributionNeed("cloudfront:GetInvalidation"),

	"cloudfront:CreateCachePolicy":    {{action: "cloudfront:CreateCachePolicy"}},
	"cloudfront:ListCachePolicies":    {{action: "cloudfront:ListCachePolicies"}},
	"cloudfront:GetCachePolicy":       {{action: "cloudfront:GetCachePolicy", resource: policyARN("cache-policy")}},
	"cloudfront:GetCachePolicyConfig": {{action: "cloudfront:GetCachePolicyConfig", resource: policyARN("cache-policy")}},
	"cloudfront:UpdateCachePolicy":    {{action: "cloudfront:UpdateCachePolicy", resource: policyARN("cache-policy")}},
	"cloudfront:DeleteCachePolicy":    {{action: "cloudfront:DeleteCachePolicy", resource: policyARN("cache-policy")}},

	"cloudfront:CreateOriginRequestPolicy":    {{action: "cloudfront:CreateOriginRequestPolicy"}},
	"cloudfront:ListOriginRequestPolicies":    {{action: "cloudfront:ListOriginRequestPolicies"}},
	"cloudfront:GetOriginRequestPolicy":       {{action: "cloudfront:GetOriginRequestPolicy", resource: policyARN("origin-request-policy")}},
	"cloudfront:GetOriginRequestPolicyConfig": {{action: "cloudfront:GetOriginRequestPolicyConfig", resource: policyARN("origin-request-policy")}},
	"cloudfront:UpdateOriginRequestPolicy":    {{action: "cloudfront:UpdateOriginRequestPolicy", resource: policyARN("origin-request-policy")}},
	"cloudfront:DeleteOriginRequestPolicy":    {{action: "cloudfront:DeleteOriginRequestPolicy", resource: policyARN("origin-request-policy")}},

	"cloudfront:ListResponseHeadersPolicies":    {{action: "cloudfront:ListResponseHeadersPolicies"}},
	"cloudfront:GetResponseHeadersPolicy":       {{action: "cloudfront:GetResponseHeadersPolicy", resource: policyARN("response-headers-policy")}},
	"cloudfront:GetResponseHeadersPolicyConfig": {{action: "cloudfront:GetResponseHeadersPolicyConfig", resource: policyARN("response-headers-policy")}},

	"route53:ListHostedZones":          {{action: "route53:ListHostedZones"}},
	"route53:CreateHostedZone":         {{action: "route53:CreateHostedZone"}},
	"route53:ListHostedZonesByName":    {{action: "route53:ListHostedZonesByName"}},
	"route53:GetHostedZoneCount":       {{action: "route53:GetHostedZoneCount"}},
	"route53:GetHostedZone":            {{action: "route53:GetHostedZone", resource: zoneARN}},
	"route53:DeleteHostedZone":         {{action: "route53:DeleteHostedZone", resource: zoneARN}},
	"route53:ListResourceRecordSets":   {{action: "route53:ListResourceRecordSets", resource: zoneARN}},
	"route53:ChangeResourceRecordSets": {{action: "route53:ChangeResourceRecordSets", resource: zoneARN, keys: changeKeys}},
	"route53:GetChange":                {{action: "route53:GetChange", resource: changeARN}},
	"route53:ListTagsForResource":      {{action: "route53:ListTagsForResource", resource: zoneARN}},
	"route53:ChangeTagsForResource":    {{action: "route53:ChangeTagsForResource", resource: zoneARN}},

	"sts:GetCallerIdentity": {}, // needs no permission, and none can be taken away
	"sts:AssumeRole":        {{action: "sts:AssumeRole", resource: assumedRole, keys: assumeKeys}},

	"iam:GetUser":                 {{action: "iam:GetUser", resource: userARN}},
	"iam:GetRole":                 {{action: "iam:GetRole", resource: roleARN}},
	"iam:SimulatePrincipalPolicy": {{action: "iam:SimulatePrincipalPolicy", resource: simulatedPrincipal}},

	"tagging:GetResources": {{action: "tag:GetResources"}},

	"cloudtrail:LookupEvents": {{action: "cloudtrail:LookupEvents"}},

	// It has no resource level, and the namespace is no condition key of it.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
	"monitoring:GetMetricData": {{action: "cloudwatch:GetMetricData"}},

	"logs:PutDeliverySource": {
		{action: "logs:PutDeliverySource", resource: namedLog("delivery-source"), keys: requestKeys, tags: logTags},
		// Asked of CloudFront (reported: "not authorized to perform:
		// cloudfront:AllowVendedLogDeliveryForResource on resource").
		{action: "cloudfront:AllowVendedLogDeliveryForResource", resource: loggedDistribution, tags: distributionTags},
		taggingLog(namedLog("delivery-source")),
	},
	"logs:PutDeliveryDestination": {
		{action: "logs:PutDeliveryDestination", resource: namedLog("delivery-destination"), keys: requestKeys, tags: logTags},
		taggingLog(namedLog("delivery-destination")),
	},
	"logs:CreateDelivery": {
		{action: "logs:CreateDelivery", resource: joinedLogs, keys: requestKeys, tags: logTags},
		taggingLog(anyDelivery),
		{action: "s3:GetBucketPolicy", resource: closedBucket, when: bucketIsClosed},
		{action: "s3:PutBucketPolicy", resource: closedBucket, when: bucketIsClosed},
		{action: "logs:DescribeLogGroups", when: groupIsClosed},
		{action: "logs:DescribeResourcePolicies", when: groupIsClosed},
		{action: "logs:PutResourcePolicy", when: groupIsClosed},
	},
	"logs:GetDeliverySource":      logNeed("logs:GetDeliverySource", namedLog("delivery-source")),
	"logs:GetDeliveryDestination": logNeed("logs:GetDeliveryDestination", namedLog("delivery-destination")),
	"logs:GetDelivery":            logNeed("logs:GetDelivery", deliveryByID),
	"logs:DeleteDelivery":         logNeed("logs:DeleteDelivery", deliveryByID),
	// The reference has it at destinations, AWS's own policies at sources. Which of them
	// IAM is asked for is not known, so both are asked for.
	"logs:DeleteDeliverySource": append(logNeed("logs:DeleteDeliverySource", namedLog("delivery-source")),
		logNeed("logs:DeleteDeliverySource", namedLog("delivery-destination"))...),
	"logs:DeleteDeliveryDestination":    logNeed("logs:DeleteDeliveryDestination", namedLog("delivery-destination")),
	"logs:DescribeDeliveries":           {{action: "logs:DescribeDeliveries"}},
	"logs:DescribeDeliverySources":      {{action: "logs:DescribeDeliverySources"}},
	"logs:DescribeDeliveryDestinations": {{action: "logs:DescribeDeliveryDestinations"}},
}

// gatewayVerb is what most operations of API Gateway need: the verb, on the
// path.
var gatewayVerb = []need{{resource: gatewayPath, tags: gatewayTags}}

func distributionNeed(action string) []need {
	return []need{{action: action, resource: distributionARN, tags: distributionTags}}
}

// asks are the questions a call puts to IAM, one after the other.
func (s *Sim) asks(req *request, wanted []need) []question {
	var out []question
	for _, n := range wanted {
		if n.when != nil && !n.when(s, req) {
			continue
		}
		resources := []string{"*"}
		if n.resource != nil {
			resources = n.resource(s, req)
		}
		for _, arn := range resources {
			a := question{Action: n.action, Resource: arn, Keys: s.principalKeys(req)}
			if a.Action == "" {
				a.Action = "apigateway:" + req.r.Method
			}
			if a.Action == "acm:RequestCertificate" { // as ACM words it, although it has no resource level
				a.Shown = anyCertificate(s, req)[0]
			}
			if n.keys != nil {
				n.keys(s, req, a.Keys)
			}
			if n.tags != nil {
				for k, v := range n.tags(s, req, arn) {
					a.Keys.set("aws:ResourceTag/"+k, v)
				}
			}
			if !slices.ContainsFunc(out, func(o question) bool { return o.Action == a.Action && o.Resource == a.Resource }) {
				out = append(out, a)
			}
		}
	}
	return out
}

// principalKeys are the condition keys that every call carries.
func (s *Sim) principalKeys(req *request) contextKeys {
	k := contextKeys{}
	region := req.region
	if slices.Contains([]string{"cloudfront", "route53", "iam"}, req.service) {
		region = "us-east-1" // global services are judged there
	}
	k.set("aws:RequestedRegion", region)
	k.set("aws:SecureTransport", "true") // AWS is reached by TLS; the simulator stands for that
	k.set("aws:ViaAWSService", "false")
	req.account.principalKeys(k)
	return k
}

func (a *account) principalKeys(k contextKeys) {
	k.set("aws:PrincipalAccount", a.ID)
	k.set("aws:userid", a.UserID)
	if a.Role != "" {
		k.set("aws:PrincipalArn", a.Role)
		k.set("aws:PrincipalType", "AssumedRole")
		return
	}
	k.set("aws:PrincipalArn", a.Principal)
	k.set("aws:PrincipalType", "User")
	k.set("aws:username", a.Principal[strings.LastIndex(a.Principal, "/")+1:])
}

// gatewayPath is the ARN of an API Gateway call: its path, without the account
// and without /v2. The ARN within a tags path is escaped.
func gatewayPath(_ *Sim, req *request) []string {
	path := strings.TrimSuffix(req.r.URL.Path, "/")
	if rest, v2 := strings.CutPrefix(path, "/v2/"); v2 {
		path = "/" + rest
	}
	if arn := req.arg("arn"); arn != "" {
		path = "/tags/" + url.QueryEscape(arn)
	}
	return []string{"arn:aws:apigateway:" + req.region + "::" + path}
}

// routingRules is the ARN of a domain's routing rules, which has an account.
func routingRules(_ *Sim, req *request) []string {
	return []string{"arn:aws:apigateway:" + req.region + ":" + req.account.ID + ":/domainnames/" + req.arg("name") + "/routingrules/*"}
}

func anyCertificate(_ *Sim, req *request) []string {
	return []string{"arn:aws:acm:" + req.region + ":" + req.account.ID + ":certificate/*"}
}

func anyDistribution(_ *Sim, req *request) []string {
	return []string{"arn:aws:cloudfront::" + req.account.ID + ":distribution/*"}
}

// policyARN is the ARN of the policy in the path, managed or not.
func policyARN(kind string) func(*Sim, *request) []string {
	return func(_ *Sim, req *request) []string {
		return []string{"arn:aws:cloudfront::" + req.account.ID + ":" + kind + "/" + req.arg("id")}
	}
}

func zoneARN(_ *Sim, req *request) []string {
	return []string{"arn:aws:route53:::hostedzone/" + strings.TrimPrefix(req.arg("zone"), "/hostedzone/")}
}

func changeARN(_ *Sim, req *request) []string {
	return []string{"arn:aws:route53:::change/" + strings.TrimPrefix(req.arg("change"), "/change/")}
}

func assumedRole(_ *Sim, req *request) []string { return []string{req.form.Get("RoleArn")} }

func simulatedPrincipal(_ *Sim, req *request) []string {
	return []string{req.form.Get("PolicySourceArn")}
}

func userARN(_ *Sim, req *request) []string { return []string{wantedUser(req)} }

func roleARN(s *Sim, req *request) []string {
	if r := s.roleNamed(req); r != nil {
		return []string{r.ARN}
	}
	return []string{"arn:aws:iam::" + req.account.ID + ":role/" + req.form.Get("RoleName")}
}

// gatewayRole is the service-linked role of API Gateway.
func gatewayRole(_ *Sim, req *request) []string {
	return []string{gatewayRoleARN(req.account.ID)}
}

func gatewayRoleARN(account string) string {
	return "arn:aws:iam::" + account + ":role/aws-service-role/" + gatewayService + "/" + gatewayRoleName
}

// The service-linked role that the first regional domain name of an account
// makes.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
const (
	gatewayService  = "ops.apigateway.amazonaws.com"
	gatewayRoleName = "AWSServiceRoleForAPIGateway"
)

func gatewayRoleKeys(_ *Sim, _ *request, k contextKeys) { k.set("iam:AWSServiceName", gatewayService) }

func assumeKeys(_ *Sim, req *request, k contextKeys) {
	for key, parameter := range map[string]string{"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"} {
		if v := req.form.Get(parameter); v != "" {
			k.set(key, v)
		}
	}
}
