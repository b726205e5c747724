package sim

// What follows is the part of docs/simulator.md that no other code says: the
// rules, and for each operation what guards it and what it leaves out. Tests
// keep it whole. This command writes the document:
//
//go:generate go test -run TestSimulatorDocument -update .

// A rule is something that AWS refuses or makes wait, and the simulator too.
// Its name stands next to the code that guards it and in the name of its test.
type rule struct {
	Name string
	What string
}

// simRules are the rules, by number.
var simRules = []rule{
	{"V1", "An idempotency token is 1 to 32 word characters: `ValidationException`."},
	{"V2", "Names of a certificate: their form, at most 64 octets for the first and 253 for the others, at most 10: `ValidationException`, `InvalidDomainValidationOptionsException`, `LimitExceededException`."},
	{"V3", "Without `ValidationMethod` a certificate is validated by e-mail, which never happens here."},
	{"V4", "The same token with the same names within an hour is the same certificate."},
	{"V5", "For its first moments a certificate is not found, then has no validation record yet."},
	{"V6", "A certificate is issued when its records stand in the delegated zone with their exact values, and CAA allows it: else it stays pending, or fails with `CAA_ERROR`."},
	{"V7", "The validation record follows from the account and the name without `*.`; it is the same in all regions."},
	{"V8", "`ListCertificates` shows RSA keys up to 2048 bits unless asked for others."},
	{"V9", "A certificate in use, or released a moment ago, cannot be deleted: `ResourceInUseException`."},
	{"V10", "The certificate of a domain name is in the right region and account, issued, known to API Gateway, of a supported key, and covers the name: `BadRequestException`."},
	{"V11", "A domain name is EDGE unless it says otherwise, and each type needs its own certificate: `BadRequestException`."},
	{"V12", "A domain name exists once in a region, whoever has it: `BadRequestException`, not a conflict."},
	{"V13", "One `CreateDomainName`, `UpdateDomainName` and `DeleteDomainName` each in 30 seconds, ten calls a second in all: `TooManyRequestsException` with `Retry-After`."},
	{"V14", "Version 2 takes exactly one configuration, and manages Regional names with TLS 1.2 only: `BadRequestException`."},
	{"V15", "A mapping's API and stage exist, its key is well formed, no other has it, and the kinds of API go together: `BadRequestException`, `ConflictException`."},
	{"V16", "A domain name that is being updated cannot be updated again: `ConflictException`."},
	{"V17", "Every `Quantity` is the number of `Items`: `InconsistentQuantities`."},
	{"V18", "A behavior's origin exists, an origin has its ports and protocol, methods come as 2, 3 or 7: `NoSuchOrigin`, `InvalidArgument`."},
	{"V19", "A cache policy or legacy settings, not both; an origin request policy only beside a cache policy; every policy exists: `InvalidArgument`, `NoSuchCachePolicy`, `NoSuchOriginRequestPolicy`."},
	{"V20", "Aliases are well formed and covered by an issued certificate in us-east-1 of a supported key: `InvalidViewerCertificate`."},
	{"V21", "An alias belongs to one distribution in all of AWS, and its DNS does not lead to another one: `CNAMEAlreadyExists`."},
	{"V22", "A caller reference makes one distribution, ever: `DistributionAlreadyExists`."},
	{"V23", "Headers that CloudFront does not add for an origin, and timeouts out of range: `InvalidArgument`, `InvalidOriginReadTimeout`."},
	{"V24", "An account that is not verified makes no distribution: `AccessDenied`."},
	{"V25", "An update needs the current ETag, the same caller reference, and every member: `InvalidIfMatchVersion`, `PreconditionFailed`, `IllegalUpdate`, `InvalidArgument`."},
	{"V26", "A distribution is deleted only when disabled and deployed, and outside a pricing plan: `DistributionNotDisabled`, `PreconditionFailed`."},
	{"V27", "An origin request policy names no `Authorization`, and at most ten headers: `InvalidArgument`, `TooManyHeadersInOriginRequestPolicy`."},
	{"V28", "Who asks for conflicts has a distribution with a certificate for the alias: `InvalidArgument`. IDs of strangers are masked."},
	{"V29", "An alias moves when a TXT record proves it, between accounts only from a disabled distribution: `InvalidArgument`, `IllegalUpdate`."},
	{"V30", "A change batch is done whole or not at all: exact deletes, no doubles, nothing beside a CNAME, aliases that fit: `InvalidChangeBatch`."},
	{"V31", "Five Route 53 requests a second, one change of a zone at a time, PENDING before INSYNC: `Throttling`, `PriorRequestNotComplete`."},
	{"V32", "Unknown and ended keys, and signatures of another time, are refused as each protocol does it."},
	{"V33", "Lists come in pages; `Config.PageSize` makes them tiny."},
	{"V34", "An invalidation path clears what is kept under the same path to the letter, the query string included; `*` only at the end; no `~` and no other unsafe character: `InvalidArgument`."},
	{"V35", "CloudTrail lists a call some minutes late, in the region of its service, by one attribute, fifty a page, and twice a second: `InvalidLookupAttributesException`, `InvalidTimeRangeException`, `InvalidMaxResultsException`, `InvalidNextTokenException`, `ThrottlingException`."},
	{"V36", "CloudWatch counts the requests of a distribution in us-east-1 alone and those of a stage in its region, of REST APIs under their name, some minutes late, and has no data point for a minute without one; periods are whole minutes, and 50 calls a second are answered: `ValidationError`, `InvalidNextToken`, `ThrottlingException`."},
	{"V37", "Whether an API's default endpoint is open changes for callers with the next change of a stage of a REST API, or the next deployment of an HTTP or WebSocket API; a stage with automatic deployments needs none."},
	{"V38", "CloudWatch Logs delivers access logs of a distribution from us-east-1 alone, from one source of the distribution and by one delivery for each kind of destination; a destination keeps its format, sources and destinations with deliveries stay, and what the policy of the bucket or of the log group lacks is added if the caller may: `ConflictException`, `ValidationException`, `ResourceNotFoundException`, `AccessDeniedException`."},
}

// A modelled operation is one row of the table: the service with a version
// where names would be double, the operation, its rules, and what is left out.
type modelled struct {
	Operation string // "SERVICE OPERATION"
	Rules     string // names, with blanks between
	What      string
	Without   string // answered with 501 NotModelled; "" for nothing known
}

const (
	withoutMTLS    = "mutual TLS from the start, versions of trust stores, uploaded certificates, private names"
	withoutConfig  = "continuous deployment, tenants, static IPs, origin groups, VPC origins, origin access control, mutual TLS, functions but those of `/_sim/functions`, signed URLs, field-level encryption, real-time logs, gRPC, smooth streaming, IAM certificates"
	withoutOthers  = "tags of anything but names and APIs"
	withoutTenants = "distribution tenants"
)

// modelledOperations has a row for every route.
var modelledOperations = []modelled{
	{"ACM RequestCertificate", "V1 V2 V3 V4 V7", "DNS and e-mail validation, tags", "HTTP validation, private, managed and exportable certificates"},
	{"ACM DescribeCertificate", "V5 V6 V7", "every status, validation records, InUseBy", ""},
	{"ACM ListCertificates", "V8 V33", "by status and key type", "other filters, sorting"},
	{"ACM DeleteCertificate", "V9", "with the lag of InUseBy", ""},
	{"ACM AddTagsToCertificate", "", "", ""},
	{"ACM RemoveTagsFromCertificate", "", "", ""},
	{"ACM ListTagsForCertificate", "", "", ""},

	{"API Gateway v1 CreateDomainName", "V10 V11 V12 V13", "Regional and edge-optimized names, security policies, access modes, routing modes", withoutMTLS},
	{"API Gateway v1 GetDomainNames", "V13 V33", "", "names of other accounts"},
	{"API Gateway v1 GetDomainName", "V13", "", "private names"},
	{"API Gateway v1 UpdateDomainName", "V10 V11 V13 V16", "certificate, security policy, access mode (what is answered while STRICT is taken away is invented: 503), routing mode, IP type, mutual TLS (no client has the certificate), moves between edge and Regional", withoutMTLS},
	{"API Gateway v1 DeleteDomainName", "V13", "mappings that are left go with it", ""},
	{"API Gateway v1 CreateBasePathMapping", "V15", "", ""},
	{"API Gateway v1 GetBasePathMappings", "V33", "those of version 2 too", ""},
	{"API Gateway v1 GetBasePathMapping", "", "", ""},
	{"API Gateway v1 UpdateBasePathMapping", "V15", "", ""},
	{"API Gateway v1 DeleteBasePathMapping", "", "", ""},
	{"API Gateway v1 GetRestApis", "V33", "REST APIs", ""},
	{"API Gateway v1 GetRestApi", "", "", ""},
	{"API Gateway v1 UpdateRestApi", "V37", "the name, whether the default endpoint is open, and the resource policy: this one at once, without a deployment", "every other member"},
	{"API Gateway v1 DeleteRestApi", "V15", "not while it is mapped", ""},
	{"API Gateway v1 GetStages", "", "", ""},
	{"API Gateway v1 GetStage", "", "", ""},
	{"API Gateway v1 UpdateStage", "V37", "the deployment and the description", "every other member"},
	{"API Gateway v1 DeleteStage", "V15", "not while it is mapped", ""},
	{"API Gateway v1 CreateDeployment", "V37", "for a stage that exists", "stages made with it, canaries, variables"},
	{"API Gateway v1 GetResources", "V33", "with `embed=methods` too", ""},
	{"API Gateway v1 GetResource", "", "", ""},
	{"API Gateway v1 GetMethod", "", "", "validators, models, scopes"},
	{"API Gateway v1 UpdateMethod", "", "API key and authorization: at once, without a deployment", "every other member"},
	{"API Gateway v1 GetIntegration", "", "its time-out", "what it calls"},
	{"API Gateway v1 TagResource", "", "", withoutOthers},
	{"API Gateway v1 GetTags", "", "", withoutOthers},
	{"API Gateway v1 UntagResource", "", "", withoutOthers},
	{"API Gateway v1 GetAccount", "V13", "the usual limits", ""},

	{"API Gateway v2 CreateDomainName", "V10 V12 V13 V14", "Regional names with TLS 1.2", withoutMTLS},
	{"API Gateway v2 GetDomainNames", "V13 V33", "those of version 1 too", ""},
	{"API Gateway v2 GetDomainName", "V13", "", ""},
	{"API Gateway v2 UpdateDomainName", "V10 V13 V14 V16", "certificate, IP type, routing mode", withoutMTLS},
	{"API Gateway v2 DeleteDomainName", "V13", "", ""},
	{"API Gateway v2 CreateApiMapping", "V14 V15", "keys of several levels", ""},
	{"API Gateway v2 GetApiMappings", "V33", "", ""},
	{"API Gateway v2 GetApiMapping", "", "", ""},
	{"API Gateway v2 UpdateApiMapping", "V14 V15", "", ""},
	{"API Gateway v2 DeleteApiMapping", "", "", ""},
	{"API Gateway v2 ListRoutingRules", "", "there are none", "making rules"},
	{"API Gateway v2 GetApis", "V33", "HTTP and WebSocket APIs", ""},
	{"API Gateway v2 GetApi", "", "", ""},
	{"API Gateway v2 UpdateApi", "V37", "the name, and whether the default endpoint is open", "every other member"},
	{"API Gateway v2 DeleteApi", "V15", "not while it is mapped", ""},
	{"API Gateway v2 GetStages", "", "", ""},
	{"API Gateway v2 GetStage", "", "", ""},
	{"API Gateway v2 DeleteStage", "V15", "not while it is mapped", ""},
	{"API Gateway v2 CreateDeployment", "V37", "for a stage that exists", "deployments without a stage"},
	{"API Gateway v2 GetRoutes", "V33", "", ""},
	{"API Gateway v2 GetRoute", "", "", "models, scopes"},
	{"API Gateway v2 UpdateRoute", "", "API key and authorization", "every other member"},
	{"API Gateway v2 GetIntegrations", "V33", "their time-outs, one for each route", "what they call"},
	{"API Gateway v2 TagResource", "", "", withoutOthers},
	{"API Gateway v2 GetTags", "", "", withoutOthers},
	{"API Gateway v2 UntagResource", "", "", withoutOthers},

	{"CloudFront CreateDistributionWithTags", "V17 V18 V19 V20 V21 V22 V23 V24", "a web ACL is kept and blocks what `/_sim/blocks` says", withoutConfig},
	{"CloudFront CreateDistribution", "V17 V18 V19 V20 V21 V22 V23 V24", "a web ACL is kept and blocks what `/_sim/blocks` says", withoutConfig},
	{"CloudFront ListDistributions", "V33", "", ""},
	{"CloudFront GetDistribution", "", "InProgress until every edge has it", ""},
	{"CloudFront GetDistributionConfig", "", "", ""},
	{"CloudFront UpdateDistribution", "V17 V18 V19 V20 V21 V23 V25", "", withoutConfig},
	{"CloudFront DeleteDistribution", "V25 V26", "", ""},
	{"CloudFront ListConflictingAliases", "V28 V33", "", ""},
	{"CloudFront ListDomainConflicts", "V28", "", withoutTenants},
	{"CloudFront AssociateAlias", "V28 V29", "", ""},
	{"CloudFront UpdateDomainAssociation", "V25 V28 V29", "", withoutTenants},
	{"CloudFront AssociateDistributionWebACL", "V25", "the ARN is kept; it blocks what `/_sim/blocks` says", ""},
	{"CloudFront DisassociateDistributionWebACL", "V25", "", ""},
	{"CloudFront ListTagsForResource", "", "", "tags of anything but distributions"},
	{"CloudFront TagResource", "", "", "tags of anything but distributions"},
	{"CloudFront UntagResource", "", "", "tags of anything but distributions"},
	{"CloudFront CreateInvalidation", "V17 V34", "3000 paths and 15 with `*` at once", ""},
	{"CloudFront ListInvalidations", "V33", "", ""},
	{"CloudFront GetInvalidation", "", "", ""},
	{"CloudFront CreateCachePolicy", "V17", "", ""},
	{"CloudFront ListCachePolicies", "V33", "managed and custom ones", ""},
	{"CloudFront GetCachePolicy", "", "", ""},
	{"CloudFront GetCachePolicyConfig", "", "", ""},
	{"CloudFront UpdateCachePolicy", "V17 V25", "in effect at once, without a deployment", ""},
	{"CloudFront DeleteCachePolicy", "V25", "not while it is used", ""},
	{"CloudFront CreateOriginRequestPolicy", "V17 V27", "", ""},
	{"CloudFront ListOriginRequestPolicies", "V33", "managed and custom ones", ""},
	{"CloudFront GetOriginRequestPolicy", "", "", ""},
	{"CloudFront GetOriginRequestPolicyConfig", "", "", ""},
	{"CloudFront UpdateOriginRequestPolicy", "V17 V25 V27", "in effect at once, without a deployment", ""},
	{"CloudFront DeleteOriginRequestPolicy", "V25", "not while it is used", ""},
	{"CloudFront ListResponseHeadersPolicies", "V33", "managed ones", "custom ones"},
	{"CloudFront GetResponseHeadersPolicy", "", "managed ones", "custom ones"},
	{"CloudFront GetResponseHeadersPolicyConfig", "", "managed ones", "custom ones"},

	{"Route 53 ListHostedZones", "V31 V33", "", "filters"},
	{"Route 53 CreateHostedZone", "V31", "public and private ones, delegated if the parent zone says so", "reusable delegation sets"},
	{"Route 53 ListHostedZonesByName", "V31 V33", "", ""},
	{"Route 53 GetHostedZoneCount", "V31", "", ""},
	{"Route 53 GetHostedZone", "V31", "", ""},
	{"Route 53 DeleteHostedZone", "V31", "when only NS and SOA are left", ""},
	{"Route 53 ListResourceRecordSets", "V31 V33", "in Route 53's order", ""},
	{"Route 53 ChangeResourceRecordSets", "V30 V31", "simple, weighted and alias records", "other routing policies, health checks"},
	{"Route 53 GetChange", "V31", "", ""},
	{"Route 53 ListTagsForResource", "V31", "", "tags of anything but zones"},
	{"Route 53 ChangeTagsForResource", "V31", "", "tags of anything but zones"},

	{"STS GetCallerIdentity", "V32", "", ""},
	{"STS AssumeRole", "V32", "external ID, session length and its end", ""},
	{"IAM GetUser", "V32", "", ""},
	{"IAM GetRole", "V32", "", ""},
	{"IAM SimulatePrincipalPolicy", "V32", "the policies that were given to the key or role", "condition keys that no policy of ours uses"},
	{"CloudTrail LookupEvents", "V35", "the calls that change something, refused ones too, until the simulator ends", "reads, insights, resources but those of Route 53"},
	{"CloudWatch GetMetricData", "V36", "the sum of `Requests` of a distribution, and `Count` and `ConnectCount` of stages and APIs, by RPC v2 CBOR and JSON 1.0, until the simulator ends", "messages of WebSockets, other metrics and statistics, expressions, MaxDatapoints, the query protocol"},
	{"CloudWatch Logs PutDeliverySource", "V38", "of distributions", "other services"},
	{"CloudWatch Logs GetDeliverySource", "", "", ""},
	{"CloudWatch Logs DescribeDeliverySources", "V33", "", ""},
	{"CloudWatch Logs DeleteDeliverySource", "V38", "", ""},
	{"CloudWatch Logs PutDeliveryDestination", "V38", "buckets and log groups", "Firehose, X-Ray, policies of destinations, other accounts"},
	{"CloudWatch Logs GetDeliveryDestination", "", "", ""},
	{"CloudWatch Logs DescribeDeliveryDestinations", "V33", "", ""},
	{"CloudWatch Logs DeleteDeliveryDestination", "V38", "", ""},
	{"CloudWatch Logs CreateDelivery", "V38", "nothing is delivered; the policy of the bucket or log group is opened", "checks of fields and of the suffix path"},
	{"CloudWatch Logs GetDelivery", "", "", ""},
	{"CloudWatch Logs DescribeDeliveries", "V33", "", ""},
	{"CloudWatch Logs DeleteDelivery", "", "", ""},
	{"Tagging GetResources", "V33", "by tag and type, as late as AWS's index", "TagsPerPage"},
}
