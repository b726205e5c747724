package cloud

// certificateErrors are ACM's.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
var certificateErrors = []explanation{
	{
		service: "acm", code: "LimitExceededException",
		what: "ACM refused another certificate.",
		why:  "The account has used up a quota: certificates in the region, certificates in a year, or names in one certificate.",
		fix:  "Delete certificates that nothing uses, or ask for more at https://console.aws.amazon.com/servicequotas/home/services/acm/quotas, then re-run the step.",
	},
	{
		service: "acm", code: "ResourceNotFoundException",
		what: "ACM does not have the certificate.",
		why:  "It was deleted, or it is in another region or account.",
		fix:  "Choose another certificate on the page Certificates, or let apifront request a new one.",
	},
	{
		service: "acm", code: "ResourceInUseException",
		what: "ACM did not let go of the certificate.",
		why:  "CloudFront or API Gateway still refers to it. After they let go it takes ACM up to 20 minutes to notice.",
		fix:  "Wait; if it lasts, remove the certificate from what “In use by” names in the ACM console.", again: true,
	},
	{
		service: "acm", code: "RequestInProgressException",
		what: "ACM is not done with the certificate yet.",
		why:  "The certificate is still being issued or renewed.",
		fix:  "Wait a minute, then re-run the step.", again: true,
	},
	{
		service: "acm", code: "InvalidDomainValidationOptionsException",
		what: "ACM refused the way the name is to be validated.",
		why:  "The name and the domain that validates it do not fit together.",
		fix:  "Check the domain name on the page Domain and DNS, then re-run the step.",
	},
	{service: "acm", code: "ValidationException", what: "ACM refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "acm", code: "InvalidParameterException", what: "ACM refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "acm", code: "InvalidArnException", what: "ACM does not know such a certificate.", why: "The ARN is not one of a certificate in this region.", fix: "Choose the certificate again on the page Certificates."},
	{service: "acm", code: "TooManyTagsException", what: tagsWhat, why: "Something can have 50 tags at most.", fix: tagsFix},
	{service: "acm", code: "InvalidTagException", what: tagsWhat, why: "A tag has characters that AWS does not allow, or begins with “aws:”.", fix: tagsFix},
	{service: "acm", code: "TagPolicyException", what: tagsWhat, why: "A tag policy of the organisation does not allow one of the tags.", fix: tagsFix},
}

// gatewayErrors are API Gateway's, v1 and v2.
// https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html
var gatewayErrors = []explanation{
	{
		service: "apigateway", code: "AccessDeniedException", has: "Service Linked Role",
		what: deniedWhat,
		why:  "API Gateway makes a role for itself with the first Regional domain name of an account, and the connection may not use iam:CreateServiceLinkedRole.",
		fix:  "Allow iam:CreateServiceLinkedRole on the role of ops.apigateway.amazonaws.com in a policy of the role or user that the connection uses, then re-run the step.",
	},
	{
		service: "apigateway", code: "BadRequestException", has: "not yet issued",
		what: "API Gateway does not see the certificate yet.",
		why:  "ACM has issued it, but API Gateway hears of that a little later.",
		fix:  "Wait a minute, then re-run the step.", again: true,
	},
	{
		service: "apigateway", code: "BadRequestException", has: "already exists",
		what: "API Gateway already has this domain name.",
		why:  "A domain name exists once in a region, over all AWS accounts. If it is not in this account, another one has it.",
		fix:  "Delete the custom domain name in the account that has it, or ask AWS Support to release it, then re-run the step.",
	},
	{
		service: "apigateway", code: "BadRequestException", has: "ertificate",
		what: "API Gateway refused the certificate.",
		why:  "It needs one from the API's own region that is issued, covers the name, and has an RSA 2048 or ECDSA P-256 key.",
		fix:  "Choose another certificate on the page Certificates, or let apifront request a new one, then start again.",
	},
	{
		service: "apigateway", code: "BadRequestException", has: "stage",
		what: "API Gateway does not have the stage.",
		why:  "The stage was deleted, or the API was never deployed to it.",
		fix:  "Deploy the API to the stage, or choose another stage on the page API and paths, then re-run the step.",
	},
	{service: "apigateway", code: "BadRequestException", what: "API Gateway refused the request.", why: invalidWhy, fix: invalidFix},
	{
		service: "apigateway", code: "ConflictException",
		what: "API Gateway is busy with something that exists already.",
		why:  "The domain name is being changed, or the same path is already mapped.",
		fix:  "Wait a minute, then re-run the step; it looks at what exists before it does anything.", again: true,
	},
	{
		service: "apigateway", code: "NotFoundException",
		what: "API Gateway does not have what was asked for.",
		why:  "The API, its stage, the domain name or a mapping was deleted, or is in another region.",
		fix:  "Check the API and the region in the wizard, then re-run the step.",
	},
	{
		service: "apigateway", code: "LimitExceededException",
		what: "API Gateway refused another one of these.",
		why:  "The account has used up a quota, such as 120 custom domain names in a region.",
		fix:  "Delete custom domain names that nothing uses, or ask for more at https://console.aws.amazon.com/servicequotas/home/services/apigateway/quotas, then re-run the step.",
	},
}

// edgeErrors are CloudFront's.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html
var edgeErrors = []explanation{
	{
		service: "cloudfront", code: "CNAMEAlreadyExists", has: "DNS record",
		what: "CloudFront refused the domain name because of where it points.",
		why:  "The name's DNS record leads to another CloudFront distribution, and CloudFront does not take a name away from that.",
		fix:  "Remove the DNS record of the name, or point it at the API directly, wait for its TTL, then re-run the step.",
	},
	{
		service: "cloudfront", code: "CNAMEAlreadyExists",
		what: "CloudFront refused the domain name because something else has it.",
		why:  "Another distribution holds the name as alternate domain name, in this account or another. An edge-optimised API Gateway domain and some AWS services have such a distribution too.",
		fix:  "Remove the name from what holds it, and wait a few minutes, then re-run the step.",
	},
	{
		service: "cloudfront", code: "DistributionAlreadyExists",
		what: "CloudFront has made this distribution already.",
		why:  "An earlier try got through, although its answer was lost.",
		fix:  "Re-run the step; it finds the distribution and takes it over.",
	},
	{
		service: "cloudfront", code: "InvalidViewerCertificate",
		what: "CloudFront refused the certificate.",
		why:  "It needs one from us-east-1 that is issued, covers the name, and has an RSA 2048 or ECDSA P-256 key. A certificate issued a minute ago may not be known to it yet.",
		fix:  "Re-run the step in a minute. If it lasts, choose another certificate on the page Certificates.",
	},
	{service: "cloudfront", code: "TooManyDistributions", what: edgeQuotaWhat, why: "The account has as many distributions as its quota allows.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyDistributionCNAMEs", what: edgeQuotaWhat, why: "The distribution has as many domain names as the quota allows.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyCachePolicies", what: edgeQuotaWhat, why: "The account has as many cache policies as its quota allows.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyOriginRequestPolicies", what: edgeQuotaWhat, why: "The account has as many origin request policies as its quota allows.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyDistributionsAssociatedToCachePolicy", what: edgeQuotaWhat, why: "Too many distributions use the same cache policy.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyDistributionsAssociatedToOriginRequestPolicy", what: edgeQuotaWhat, why: "Too many distributions use the same origin request policy.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "EntityLimitExceeded", what: edgeQuotaWhat, why: "The account has used up a quota of CloudFront.", fix: edgeQuotaFix},
	{
		service: "cloudfront", code: "TooManyInvalidationsInProgress",
		what: "CloudFront is still clearing what it was told before.",
		why:  "Only so many paths can be cleared at a time.",
		fix:  "Wait a few minutes, then re-run the step.", again: true,
	},
	{service: "cloudfront", code: "PreconditionFailed", what: raceWhat, why: raceWhy, fix: raceFix, again: true},
	{service: "cloudfront", code: "InvalidIfMatchVersion", what: raceWhat, why: raceWhy, fix: raceFix, again: true},
	{
		service: "cloudfront", code: "IllegalUpdate",
		what: "CloudFront refused the change to the distribution.",
		why:  "It touches something that cannot be changed once a distribution exists.",
		fix:  "Read what CloudFront said below; start a new setup if the distribution has to be another one.",
	},
	{
		service: "cloudfront", code: "DistributionNotDisabled",
		what: "CloudFront did not delete the distribution.",
		why:  "It is still enabled, or its disabling has not reached every edge yet.",
		fix:  "Wait until the distribution is disabled and deployed, then re-run the step.", again: true,
	},
	{
		service: "cloudfront", code: "NoSuchDistribution",
		what: "CloudFront does not have the distribution.",
		why:  "It was deleted outside of apifront, or belongs to another account.",
		fix:  "Re-run the job from the step that makes the distribution.",
	},
	{service: "cloudfront", code: "NoSuchCachePolicy", what: "CloudFront does not have the cache policy.", why: policyWhy, fix: policyFix},
	{service: "cloudfront", code: "NoSuchOriginRequestPolicy", what: "CloudFront does not have the origin request policy.", why: policyWhy, fix: policyFix},
	{
		service: "cloudfront", code: "InvalidWebACLId",
		what: "CloudFront refused the web ACL.",
		why:  "It needs the ARN of a WAF web ACL of scope CLOUDFRONT, which is always in us-east-1.",
		fix:  "Correct the web ACL on the page Edge settings, or leave it empty, then start again.",
	},
	{
		service: "cloudfront", code: "InvalidTagging", what: tagsWhat,
		why: "A tag has characters that AWS does not allow, or there are more than 50.", fix: tagsFix,
	},
	{service: "cloudfront", code: "InvalidArgument", what: "CloudFront refused the settings.", why: invalidWhy, fix: invalidFix},
	{service: "cloudfront", code: "InconsistentQuantities", what: "CloudFront refused the settings.", why: invalidWhy, fix: invalidFix},
	{service: "cloudfront", code: "InvalidOrigin", what: "CloudFront refused the origin.", why: invalidWhy, fix: invalidFix},
	{service: "cloudfront", code: "NoSuchOrigin", what: "CloudFront refused the origin.", why: invalidWhy, fix: invalidFix},
	{service: "cloudfront", code: "InvalidOriginReadTimeout", what: "CloudFront refused the time it is to wait for the API.", why: "It may be 1 to 120 seconds, and above 60 some accounts have to ask first.", fix: "Choose a shorter time on the page Edge settings, then start again."},
	{service: "cloudfront", code: "InvalidMinimumProtocolVersion", what: "CloudFront refused the lowest TLS version.", why: invalidWhy, fix: "Choose another lowest TLS version on the page Edge settings, then start again."},
}

// dnsErrors are Route 53's.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
var dnsErrors = []explanation{
	{
		service: "route53", code: "InvalidChangeBatch", has: "conflicts with other records",
		what: "Route 53 refused the records.",
		why:  "A CNAME cannot stand beside other records of the same name, and there is one.",
		fix:  "Remove the record that is in the way in the Route 53 console, then re-run the step.",
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "a conflicting RRSet of type",
		what: "Route 53 refused the records.",
		why:  "Nothing can stand beside a CNAME of the same name, and there is one.",
		fix:  "Remove the CNAME that is in the way in the Route 53 console, then re-run the step.",
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "do not match the current values",
		what: "Route 53 refused the records.",
		why:  "Someone changed them between our look and our change.",
		fix:  "Re-run the step; it looks again first.", again: true,
	},
	{
		service: "route53", code: "InvalidChangeBatch",
		what: "Route 53 refused the records.",
		why:  "One of them does not go together with what is in the zone; Route 53 says which below.",
		fix:  "Correct that record in the Route 53 console, then re-run the step.",
	},
	{
		service: "route53", code: "NoSuchHostedZone",
		what: "Route 53 does not have the hosted zone.",
		why:  "It was deleted, or belongs to another account than the connection's.",
		fix:  "Choose the zone again on the page Domain and DNS, then start again.",
	},
	{
		service: "route53", code: "PriorRequestNotComplete",
		what: "Route 53 was still busy with the zone's last change.",
		why:  "It takes one change to a zone at a time.",
		fix:  "Wait a few seconds, then re-run the step.", again: true,
	},
	{service: "route53", code: "InvalidInput", what: "Route 53 refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "route53", code: "LimitsExceeded", what: "Route 53 refused another one of these.", why: "The account has used up a quota of Route 53.", fix: "Delete what nothing uses, or ask for more at https://console.aws.amazon.com/servicequotas/home/services/route53/quotas, then re-run the step."},
}

const (
	invalidWhy = "It holds something that the service does not accept; its own words are below."
	invalidFix = "Correct what the message below names in the wizard, then start again. If nothing there is wrong, report it with the request ID."

	tagsWhat = "AWS refused the tags."
	tagsFix  = "Correct the tags on the page Edge settings, then start again."

	edgeQuotaWhat = "CloudFront refused another one of these."
	edgeQuotaFix  = "Delete what nothing uses, or ask for more at https://us-east-1.console.aws.amazon.com/servicequotas/home/services/cloudfront/quotas, then re-run the step."

	raceWhat = "CloudFront's settings were changed by someone else at the same time."
	raceWhy  = "The change was made to an older version of the settings, and CloudFront does not overwrite the newer one."
	raceFix  = "Re-run the step; it reads the settings anew."

	policyWhy = "It was deleted outside of apifront."
	policyFix = "Re-run the job from the step that makes the policies."
)

// commonErrors can come from every service, or from the way to it.
var commonErrors = concat([]explanation{
	{
		code: "LimitExceededException",
		what: "{service} refused another one of these.",
		why:  "The account has used up a quota of {service}.",
		fix:  "Delete what nothing uses, or ask for more at https://console.aws.amazon.com/servicequotas/home, then re-run the step.",
	},
	{
		code: codeTimeout,
		what: "{service} did not answer in time.",
		why:  "The call was given up after half a minute. Either {service} is slow, or a firewall or proxy swallows the way to it.",
		fix:  "Check that this machine reaches AWS, then re-run the step.", again: true,
	},
	{
		code: codeNoAnswer,
		what: "{service} was not reached.",
		why:  "The connection could not be made, or broke before an answer came.",
		fix:  "Check that this machine reaches AWS, then re-run the step; it looks at what was done first.", again: true,
	},
	{
		code: codeNoHost,
		what: "{service} was not found.",
		why:  "DNS does not know {host}: there is no such region, or this machine's DNS does not work.",
		fix:  "Check the region on the page Account and region, and this machine's DNS, then re-run the step.", again: true,
	},
	{
		code: codeUnreadable,
		what: "The answer of {service} could not be read.",
		why:  "It was cut off or is not what AWS sends. A proxy on the way does that sometimes.",
		fix:  "Re-run the step; it looks at what was done first.", again: true,
	},
	{
		code: codeCertificate,
		what: "The connection to {service} was not trusted.",
		why:  "The certificate it showed is not signed by an authority this machine knows. A company's proxy does that.",
		fix:  "Set AWS_CA_BUNDLE to the file with the proxy's certificate, then start apifront again.",
	},
	{
		code: codeCancelled,
		what: "The call was stopped.",
		why:  "The job was cancelled, or apifront was shutting down.",
		fix:  "Re-run the step when you want to go on; it looks at what was done first.",
	},
	{
		code: codeLookup,
		what: "DNS did not answer.",
		why:  "No resolver, or none of the name servers of the zone, had an answer for {host}.",
		fix:  "Check this machine's DNS, and the name servers of the domain, then re-run the step.", again: true,
	},
	{
		code: codeProbe + RungDNS,
		what: "A test request could not be sent.",
		why:  "DNS has no address for {host}.",
		fix:  "Wait until DNS knows the name, then re-run the step.", again: true,
	},
	{
		code: codeProbe + RungConnect,
		what: "A test request was not answered.",
		why:  "No address of {host} took the connection.",
		fix:  "Check that this machine may make HTTPS connections to the Internet, then re-run the step.", again: true,
	},
	{
		code: codeProbe + RungTLS,
		what: "A test request was stopped by the certificate.",
		why:  "The server that answered for {host} did not show a certificate that is valid for the name.",
		fix:  "Check which certificate is shown, and wait if it was set up minutes ago, then re-run the step.",
	},
	{
		code: codeProbe + RungHTTP,
		what: "A test request broke off.",
		why:  "{host} took the connection, but no whole answer came back.",
		fix:  "Re-run the step. If it lasts, look at what the API does with a plain GET.", again: true,
	},
}, every(throttled, throttleCodes), every(awsFault, faultCodes))

// throttleCodes are refusals because of the pace.
var throttleCodes = []string{
	"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
	"TooManyRequestsException", "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded",
	"ProvisionedThroughputExceededException", "TransactionInProgressException", "SlowDown", "EC2ThrottledException",
}

// faultCodes are faults on AWS's side.
var faultCodes = []string{
	"InternalFailure", "InternalError", "InternalServerError", "InternalServerErrorException", "InternalServiceException",
	"InternalServiceError", "ServiceUnavailable", "ServiceUnavailableException", "ServiceUnavailableError",
	"RequestTimeout", "RequestTimeoutException", "InternalException",
}

// every is one explanation for several codes.
func every(e explanation, codes []string) []explanation {
	all := make([]explanation, 0, len(codes))
	for _, code := range codes {
		e.code = code
		all = append(all, e)
	}
	return all
}
