package cloud

// commands are the AWS CLI's names of the services, by the SDK's.
// https://docs.aws.amazon.com/cli/latest/reference/ (documented)
var commands = map[string]string{
	"ACM":             "acm",
	"API Gateway":     "apigateway",
	"ApiGatewayV2":    "apigatewayv2",
	"CloudFront":      "cloudfront",
	"CloudTrail":      "cloudtrail",
	"CloudWatch":      "cloudwatch",
	"CloudWatch Logs": "logs",
	"IAM":             "iam",
	"Route 53":        "route53",
}

// asked are the operations whose input the ledger keeps, with the values of their
// answers that later calls are made of, by their path in what the CLI prints. "[*]"
// is each item of a list, and is kept with its number. What is in no row is not kept.
var asked = map[string][]string{
	"ACM AddTagsToCertificate":      {},
	"ACM DeleteCertificate":         {},
	"ACM DescribeCertificate":       certificateValues,
	"ACM ListCertificates":          {},
	"ACM ListTagsForCertificate":    {},
	"ACM RemoveTagsFromCertificate": {},
	"ACM RequestCertificate":        {"CertificateArn"},

	"API Gateway CreateBasePathMapping": {},
	"API Gateway CreateDomainName":      domainValues,
	"API Gateway DeleteBasePathMapping": {},
	"API Gateway DeleteDomainName":      {},
	"API Gateway GetBasePathMappings":   {},
	"API Gateway GetDomainName":         domainValues,
	"API Gateway GetDomainNames":        {},
	"API Gateway GetResources":          {},
	"API Gateway GetRestApi":            {},
	"API Gateway GetRestApis":           {},
	"API Gateway GetStage":              {"deploymentId"},
	"API Gateway GetStages":             {},
	"API Gateway TagResource":           {},
	"API Gateway UntagResource":         {},
	"API Gateway UpdateBasePathMapping": {},
	"API Gateway UpdateDomainName":      domainValues,
	"API Gateway UpdateRestApi":         {},
	"API Gateway UpdateStage":           {},

	"ApiGatewayV2 CreateApiMapping": {"ApiMappingId"},
	"ApiGatewayV2 DeleteApiMapping": {},
	"ApiGatewayV2 GetApi":           {},
	"ApiGatewayV2 GetApiMappings":   {"Items[*].ApiMappingId"},
	"ApiGatewayV2 GetApis":          {},
	"ApiGatewayV2 GetRoutes":        {},
	"ApiGatewayV2 GetStage":         {},
	"ApiGatewayV2 GetStages":        {},
	"ApiGatewayV2 UpdateApi":        {},
	"ApiGatewayV2 UpdateApiMapping": {"ApiMappingId"},

	"CloudFront AssociateAlias":             {},
	"CloudFront CreateCachePolicy":          cachePolicyValues,
	"CloudFront CreateDistributionWithTags": distributionValues,
	"CloudFront CreateInvalidation":         {"Invalidation.Id"},
	"CloudFront DeleteCachePolicy":          {},
	"CloudFront DeleteDistribution":         {},
	"CloudFront GetCachePolicy":             cachePolicyValues,
	"CloudFront GetDistribution":            distributionValues,
	"CloudFront GetInvalidation":            {"Invalidation.Id"},
	"CloudFront GetOriginRequestPolicy":     {"OriginRequestPolicy.Id", "ETag"},
	"CloudFront ListCachePolicies":          {},
	"CloudFront ListDistributions":          {},
	"CloudFront ListDomainConflicts":        {},
	"CloudFront ListTagsForResource":        {},
	"CloudFront TagResource":                {},
	"CloudFront UntagResource":              {},
	"CloudFront UpdateCachePolicy":          cachePolicyValues,
	"CloudFront UpdateDistribution":         distributionValues,

	"CloudTrail LookupEvents": {},

	"CloudWatch GetMetricData": {},

	"CloudWatch Logs CreateDelivery":            {"delivery.id", "delivery.arn"},
	"CloudWatch Logs DeleteDelivery":            {},
	"CloudWatch Logs DeleteDeliveryDestination": {},
	"CloudWatch Logs DeleteDeliverySource":      {},
	"CloudWatch Logs DescribeDeliveries":        {},
	"CloudWatch Logs DescribeDeliverySources":   {},
	"CloudWatch Logs GetDeliveryDestination":    {"deliveryDestination.arn", "deliveryDestination.name"},
	"CloudWatch Logs PutDeliveryDestination":    {"deliveryDestination.arn", "deliveryDestination.name"},
	"CloudWatch Logs PutDeliverySource":         {"deliverySource.name", "deliverySource.arn"},

	"IAM GetRole":                 {},
	"IAM SimulatePrincipalPolicy": {},

	"Route 53 ChangeResourceRecordSets": {"ChangeInfo.Id"},
	"Route 53 GetChange":                {"ChangeInfo.Id"},
	"Route 53 GetHostedZone":            {},
	"Route 53 ListHostedZones":          {},
	"Route 53 ListResourceRecordSets":   {},
}

// notAsked are the operations whose input is not kept, each with the reason.
var notAsked = map[string]string{
	"STS AssumeRole":        "its external ID lets apifront in, and its answer is a key",
	"STS GetCallerIdentity": "who asks is the connection's and not the job's; whoever runs a line asks as somebody else",
}

// certificateValues are the records that prove a name to ACM.
var certificateValues = []string{
	"Certificate.CertificateArn",
	"Certificate.DomainValidationOptions[*].DomainName",
	"Certificate.DomainValidationOptions[*].ResourceRecord.Name",
	"Certificate.DomainValidationOptions[*].ResourceRecord.Type",
	"Certificate.DomainValidationOptions[*].ResourceRecord.Value",
}

// domainValues are where a custom domain name is reached.
var domainValues = []string{"domainName", "domainNameArn", "regionalDomainName", "regionalHostedZoneId"}

// distributionValues are where a distribution is reached, and its version.
var distributionValues = []string{"Distribution.Id", "Distribution.ARN", "Distribution.DomainName", "ETag"}

// cachePolicyValues are a cache policy and its version.
var cachePolicyValues = []string{"CachePolicy.Id", "ETag"}
