package cloud

import "slices"

// answers are the members that the answers to our calls must have, by the SDK's
// name of the service and the operation. They are what AWS's model requires and
// what we rely on; all 366 recorded answers of AWS have them. An operation of
// whose answer we read nothing has an empty row.
//
// "[]" is each item of a list. "?" marks a member that AWS might leave out where
// there is nothing to say: an answer without it is believed when AWS says so
// twice. "~" marks a member that need not be there. "if" names the member that
// must be true before the one in front of it is looked for.
var answers = map[string][]string{
	"ACM DeleteCertificate":      {},
	"ACM DescribeCertificate":    {"Certificate.CertificateArn", "Certificate.DomainName", "Certificate.Status"},
	"ACM ListCertificates":       {"CertificateSummaryList?", "CertificateSummaryList[].CertificateArn", "CertificateSummaryList[].DomainName"},
	"ACM ListTagsForCertificate": {"Tags?", "Tags[].Key"},
	"ACM RequestCertificate":     {"CertificateArn"},

	"API Gateway CreateBasePathMapping": {"RestApiId"},
	"API Gateway CreateDomainName":      {"DomainName", "EndpointConfiguration.Types"},
	"API Gateway DeleteBasePathMapping": {},
	"API Gateway DeleteDomainName":      {},
	"API Gateway GetBasePathMappings":   {"Items?", "Items[].RestApiId"},
	"API Gateway GetDomainName":         {"DomainName", "Tags", "EndpointConfiguration.Types"},
	"API Gateway GetDomainNames":        {"Items?", "Items[].DomainName"},
	"API Gateway GetRestApi":            {"Id", "Name", "EndpointConfiguration.Types"},
	"API Gateway GetRestApis":           {"Items?", "Items[].Id", "Items[].Name"},
	"API Gateway GetResources":          {"Items?", "Items[].Id", "Items[].Path"},
	"API Gateway GetStage":              {"StageName"},
	"API Gateway GetStages":             {"Item?", "Item[].StageName"},
	"API Gateway TagResource":           {},
	"API Gateway UpdateBasePathMapping": {"RestApiId"},
	"API Gateway UpdateDomainName":      {"DomainName", "EndpointConfiguration.Types"},
	"API Gateway UpdateRestApi":         {"Id"},
	"API Gateway UpdateStage":           {"StageName", "DeploymentId"},

	"ApiGatewayV2 CreateApiMapping": {"ApiId", "ApiMappingId", "Stage"},
	"ApiGatewayV2 DeleteApiMapping": {},
	"ApiGatewayV2 GetApi":           {"ApiId", "Name", "ProtocolType"},
	"ApiGatewayV2 GetApiMappings":   {"Items?", "Items[].ApiId", "Items[].ApiMappingId", "Items[].Stage"},
	"ApiGatewayV2 GetApis":          {"Items?", "Items[].ApiId", "Items[].Name", "Items[].ProtocolType"},
	"ApiGatewayV2 GetRoutes":        {"Items?", "Items[].RouteKey"},
	"ApiGatewayV2 GetStage":         {"StageName"},
	"ApiGatewayV2 GetStages":        {"Items?", "Items[].StageName"},
	"ApiGatewayV2 UpdateApi":        {"ApiId"},
	"ApiGatewayV2 UpdateApiMapping": {"ApiId", "ApiMappingId", "Stage"},

	"CloudFront CreateCachePolicy":          policyAnswer,
	"CloudFront CreateDistributionWithTags": distributionAnswer,
	"CloudFront CreateInvalidation":         {"Invalidation.Id", "Invalidation.Status"},
	"CloudFront DeleteCachePolicy":          {},
	"CloudFront AssociateAlias":             {},
	"CloudFront DeleteDistribution":         {},
	"CloudFront GetCachePolicy":             policyAnswer,
	"CloudFront GetDistribution":            distributionAnswer,
	"CloudFront GetInvalidation":            {"Invalidation.Id", "Invalidation.Status"},
	"CloudFront GetOriginRequestPolicy":     {"OriginRequestPolicy.Id", "OriginRequestPolicy.OriginRequestPolicyConfig.HeadersConfig.HeaderBehavior"},
	"CloudFront ListCachePolicies":          {"CachePolicyList.Quantity", "CachePolicyList.Items[].CachePolicy.Id", "CachePolicyList.Items[].CachePolicy.CachePolicyConfig.Name"},
	"CloudFront ListDistributions":          {"DistributionList.Quantity", "DistributionList.IsTruncated", "DistributionList.NextMarker if DistributionList.IsTruncated", "DistributionList.Items[].Id", "DistributionList.Items[].ARN", "DistributionList.Items[].DomainName", "DistributionList.Items[].Aliases", "DistributionList.Items[].Origins"},
	"CloudFront ListDomainConflicts":        {"DomainConflicts?", "DomainConflicts[].Domain", "DomainConflicts[].ResourceId", "DomainConflicts[].AccountId", "DomainConflicts[].ResourceType"},
	"CloudFront ListTagsForResource":        {"Tags"},
	"CloudFront TagResource":                {},
	"CloudFront UpdateCachePolicy":          policyAnswer,
	"CloudFront UpdateDistribution":         distributionAnswer,

	"CloudWatch Logs CreateDelivery":            {"Delivery.Id"},
	"CloudWatch Logs DeleteDelivery":            {},
	"CloudWatch Logs DeleteDeliveryDestination": {},
	"CloudWatch Logs DeleteDeliverySource":      {},
	"CloudWatch Logs DescribeDeliveries":        {"Deliveries?", "Deliveries[].Id", "Deliveries[].DeliverySourceName", "Deliveries[].DeliveryDestinationArn"},
	"CloudWatch Logs DescribeDeliverySources":   {"DeliverySources?", "DeliverySources[].Name", "DeliverySources[].ResourceArns"},
	"CloudWatch Logs GetDeliveryDestination":    {"DeliveryDestination.Name", "DeliveryDestination.Arn"},
	"CloudWatch Logs PutDeliveryDestination":    {"DeliveryDestination.Arn"},
	"CloudWatch Logs PutDeliverySource":         {"DeliverySource.Name"},

	"IAM GetRole":                 {"Role.Arn"},
	"IAM SimulatePrincipalPolicy": {"EvaluationResults", "EvaluationResults[].EvalActionName", "EvaluationResults[].EvalDecision", "Marker if IsTruncated"},

	"Route 53 ChangeResourceRecordSets": {"ChangeInfo.Id", "ChangeInfo.Status"},
	"Route 53 GetChange":                {"ChangeInfo.Id", "ChangeInfo.Status"},
	"Route 53 GetHostedZone":            {"HostedZone.Id", "HostedZone.Name"},
	"Route 53 ListHostedZones":          {"HostedZones", "MaxItems", "HostedZones[].Id", "HostedZones[].Name", "NextMarker if IsTruncated"},
	"Route 53 ListResourceRecordSets":   {"ResourceRecordSets", "MaxItems", "ResourceRecordSets[].Name", "ResourceRecordSets[].Type", "ResourceRecordSets[].AliasTarget~.DNSName", "ResourceRecordSets[].AliasTarget~.HostedZoneId", "NextRecordName if IsTruncated"},

	"STS AssumeRole":        {"Credentials.AccessKeyId", "Credentials.SecretAccessKey", "Credentials.SessionToken", "Credentials.Expiration"},
	"STS GetCallerIdentity": {"Account", "Arn", "UserId"},
}

// distributionAnswer are the members of an answer with a distribution.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Distribution.html
var distributionAnswer = []string{
	"ETag", "Distribution.Id", "Distribution.ARN", "Distribution.DomainName", "Distribution.Status",
	"Distribution.DistributionConfig.CallerReference", "Distribution.DistributionConfig.Enabled",
	"Distribution.DistributionConfig.DefaultCacheBehavior.TargetOriginId", "Distribution.DistributionConfig.Origins.Items",
	"Distribution.DistributionConfig.Origins.Items[].Id", "Distribution.DistributionConfig.Origins.Items[].DomainName",
}

// policyAnswer are the members of an answer with a cache policy.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicy.html
var policyAnswer = []string{"ETag", "CachePolicy.Id", "CachePolicy.CachePolicyConfig.Name", "CachePolicy.CachePolicyConfig.MinTTL"}

// Operations are those whose answers are checked.
func Operations() []string {
	var list []string
	for name := range answers {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
