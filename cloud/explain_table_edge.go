package cloud

import "apifront/setup"

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
	{service: "cloudfront", code: "InvalidViewerCertificate", has: "more than one of", what: "CloudFront refused the settings.", why: invalidWhy, fix: invalidFix},
	{
		service: "cloudfront", code: "InvalidViewerCertificate",
		what: "CloudFront refused the certificate.",
		why:  "It needs one from us-east-1 that is issued, covers the name, and has an RSA key of at most 4096 bits or an ECDSA P-256 key. A certificate issued a minute ago may not be known to it yet.",
		fix:  "Re-run the step in a minute. If it lasts, choose another certificate on the page Certificates.",
	},
	{
		service: "cloudfront", code: "NoSuchInvalidation",
		what: "CloudFront does not have the invalidation.",
		why:  "It forgets what was cleared after a while, or the invalidation belongs to another distribution.",
		fix:  "Open the setup and clear the paths again.",
	},
	{
		service: "cloudfront", code: "NoSuchResource",
		what: "CloudFront does not have the distribution whose tags were read.",
		why:  "It was deleted outside of apifront.",
		fix:  "Re-run the step; it looks at what exists first.",
	},
	{
		service: "cloudfront", code: "BatchTooLarge",
		what: "CloudFront refused so many paths.",
		why:  "It takes 3,000 paths at a time.",
		fix:  "Open the setup and clear fewer, wider paths that end in *.",
	},
	{
		service: "cloudfront", code: "CachePolicyAlreadyExists",
		what: "CloudFront has a cache policy of this name already.",
		why:  "An earlier try got through, although its answer was lost, or somebody made one of the same name.",
		fix:  "Re-run the step; it finds the policy and takes it over if it is apifront's.",
	},
	{
		service: "cloudfront", code: "StagingDistributionInUse",
		what: "CloudFront did not change the distribution.",
		why:  "Its staging distribution is in use by a continuous deployment.",
		fix:  "Open the distribution in the CloudFront console, end the continuous deployment, then re-run the step.",
	},
	{
		service: "cloudfront", code: "ContinuousDeploymentPolicyInUse",
		what: "CloudFront did not change the distribution.",
		why:  "Its continuous deployment policy is in use by another distribution.",
		fix:  "Open the distribution in the CloudFront console, detach the continuous deployment policy, then re-run the step.",
	},
	{service: "cloudfront", code: "TooManyDistributions", what: edgeQuotaWhat, why: "The account has as many distributions as its quota allows.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyDistributionCNAMEs", what: edgeQuotaWhat, why: "The distribution has as many domain names as the quota allows.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyCachePolicies", what: edgeQuotaWhat, why: "The account has as many cache policies as its quota allows.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyOriginRequestPolicies", what: edgeQuotaWhat, why: "The account has as many origin request policies as its quota allows.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyDistributionsAssociatedToCachePolicy", what: edgeQuotaWhat, why: "Too many distributions use the same cache policy.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "TooManyDistributionsAssociatedToOriginRequestPolicy", what: edgeQuotaWhat, why: "Too many distributions use the same origin request policy.", fix: edgeQuotaFix},
	{service: "cloudfront", code: "EntityLimitExceeded", what: edgeQuotaWhat, why: "The account has used up a quota of CloudFront.", fix: edgeQuotaFix},
	{
		service: "cloudfront", code: "CachePolicyInUse",
		what: "CloudFront did not let go of the cache policy.",
		why:  "A behavior of a distribution still names it, or a change that takes it away is not deployed yet.",
		fix:  "Wait some minutes; if it lasts, choose another cache policy for the distribution that the console of CloudFront names beside it.", again: true,
	},
	{
		service: "cloudfront", code: "IllegalDelete",
		what: "CloudFront did not delete the cache policy.",
		why:  "AWS manages it, and nobody can delete it.",
		fix:  "Check in CloudFront whose policy it is. apifront takes away only what it made.",
	},
	{
		service: "cloudfront", code: "TooManyInvalidationsInProgress",
		what: "CloudFront is still clearing what it was told before.",
		why:  "Only so many paths can be cleared at a time.",
		fix:  "Wait a few minutes, then re-run the step.", again: true,
	},
	// One code for a version of the settings that is no longer the newest and for
	// a distribution that a pricing plan holds: the message tells them apart.
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html
	{
		service: "cloudfront", code: "PreconditionFailed", has: "pricing plan",
		what: "CloudFront keeps the distribution because of its pricing plan.",
		why:  "A distribution in a flat-rate pricing plan cannot be deleted before the plan is cancelled and its billing month is over.",
		fix:  "Cancel the pricing plan in the CloudFront console, wait until the billing month is over, then re-run the step.",
	},
	{service: "cloudfront", code: "PreconditionFailed", has: "recondition", what: raceWhat, why: raceWhy, fix: raceFix, again: true},
	{
		service: "cloudfront", code: "PreconditionFailed",
		what: "CloudFront refused it as things stand.",
		why:  "Something that has to be so before is not; its own words are below.",
		fix:  "Read what CloudFront said below, correct that in the CloudFront console, then re-run the step.",
	},
	{service: "cloudfront", code: "InvalidIfMatchVersion", what: raceWhat, why: raceWhy, fix: raceFix, again: true},
	{
		service: "cloudfront", code: "IllegalUpdate", has: "alias DNS TXT",
		what: "CloudFront did not move the domain name.",
		why:  "It found no TXT record that proves whose the name is. A miss is remembered for some minutes.",
		fix:  "Check the TXT record of the name in public DNS, wait a few minutes, then re-run the step.",
	},
	{
		service: "cloudfront", code: "IllegalUpdate", has: "source distribution is enabled",
		what: "CloudFront did not move the domain name.",
		why:  "The distribution that has the name belongs to another account and is still enabled.",
		fix:  "Wait until that distribution is disabled and deployed, then re-run the step.",
	},
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
		service: "cloudfront", code: "ResourceInUse",
		what: "CloudFront did not delete the distribution.",
		why:  "CloudFront says that something still uses it.",
		fix:  "Remove what the console of CloudFront shows at the distribution, then re-run the step.",
	},
	{
		service: "cloudfront", code: "NoSuchDistribution", of: "CreateInvalidation|GetInvalidation",
		what: "CloudFront does not have the distribution.",
		why:  "It was deleted outside of apifront, or belongs to another account.",
		fix:  "Open the setup and start a job for it, which makes the distribution again; nothing is kept until then.",
	},
	{
		service: "cloudfront", code: "NoSuchDistribution",
		what: "CloudFront does not have the distribution.",
		why:  "It was deleted outside of apifront, or belongs to another account.",
		fix:  "Re-run the job from the step that makes the distribution.", remake: setup.KeyDistribution,
	},
	{service: "cloudfront", code: "NoSuchCachePolicy", what: "CloudFront does not have the cache policy.", why: policyWhy, fix: policyFix, remake: setup.KeyCachePolicy},
	{service: "cloudfront", code: "NoSuchOriginRequestPolicy", what: "CloudFront does not have the origin request policy.", why: policyWhy, fix: policyFix, remake: setup.KeyCachePolicy},
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
	{
		service: "cloudfront", code: "InvalidArgument", has: "invalidation paths",
		what: "CloudFront refused a path to be cleared.",
		why:  "It takes paths that begin with a slash, with * at the end only, and without blanks, ~ and other characters that are unsafe in addresses.",
		fix:  "Read which paths the job has, and clear a wider one that ends in * before such a character.",
	},
	{
		service: "cloudfront", code: "InvalidArgument", has: "remove or replace the web ACL",
		what: "CloudFront keeps the web ACL because of the pricing plan.",
		why:  "A distribution in a flat-rate pricing plan keeps the web ACL it has.",
		fix:  "Correct the web ACL on the page Edge settings to the one that the distribution has, then start again.",
	},
	{
		service: "cloudfront", code: "InvalidArgument", has: "pricing plan can't have",
		what: "CloudFront refused settings that the pricing plan does not include.",
		why:  "The distribution is in a flat-rate pricing plan, and CloudFront names below what is not part of it.",
		fix:  "Choose a larger pricing plan in the CloudFront console, or leave those settings out, then start again.",
	},
	{service: "cloudfront", code: "InvalidArgument", what: "CloudFront refused the settings.", why: invalidWhy, fix: invalidFix},
	{service: "cloudfront", code: "InconsistentQuantities", what: "CloudFront refused the settings.", why: invalidWhy, fix: invalidFix},
	{service: "cloudfront", code: "InvalidOrigin", what: "CloudFront refused the origin.", why: invalidWhy, fix: invalidFix},
	{service: "cloudfront", code: "NoSuchOrigin", what: "CloudFront refused the origin.", why: invalidWhy, fix: invalidFix},
	{service: "cloudfront", code: "InvalidOriginReadTimeout", what: "CloudFront refused the time it is to wait for the API.", why: "It may be 1 to 120 seconds, and above 60 some accounts have to ask first.", fix: "Choose a shorter time on the page Edge settings, then start again."},
	{service: "cloudfront", code: "InvalidOriginKeepaliveTimeout", what: "CloudFront refused the time it is to keep a connection to the API.", why: "It may be 1 to 120 seconds, and above 60 some accounts have to ask first.", fix: "Correct the keep-alive timeout of the origin in the CloudFront console, then re-run the step."},
	{service: "cloudfront", code: "InvalidMinimumProtocolVersion", what: "CloudFront refused the lowest TLS version.", why: invalidWhy, fix: "Choose another lowest TLS version on the page Edge settings, then start again."},
}

// edgeSettingErrors are the many codes that CloudFront has for one setting that
// it does not take, does not find, or has too many of. apifront sends few of
// those settings itself; the others stand in a distribution that somebody has
// changed, and are sent back as they are.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html
var edgeSettingErrors = concat(
	every(explanation{
		service: "cloudfront", what: "CloudFront refused a setting of the distribution.",
		why: "The setting does not go together with the others, or has a value that CloudFront does not take; its own words are below.",
		fix: "Read which setting CloudFront names below, correct it in the wizard or in the CloudFront console, then re-run the step.",
	}, []string{
		"IllegalFieldLevelEncryptionConfigAssociationWithCacheBehavior", "IllegalOriginAccessConfiguration", "InvalidDefaultRootObject",
		"InvalidDomainNameForOriginAccessControl", "InvalidErrorCode", "InvalidForwardCookies", "InvalidFunctionAssociation",
		"InvalidGeoRestrictionParameter", "InvalidHeadersForS3Origin", "InvalidLambdaFunctionAssociation", "InvalidLocationCode",
		"InvalidOriginAccessControl", "InvalidOriginAccessIdentity", "InvalidProtocolSettings", "InvalidQueryStringParameters",
		"InvalidRelativePath", "InvalidRequiredProtocol", "InvalidResponseCode", "InvalidTTLOrder", "MissingBody", "RealtimeLogConfigOwnerMismatch",
	}),
	every(explanation{
		service: "cloudfront", what: "CloudFront does not have something that the distribution refers to.",
		why: "It was deleted, or belongs to another account; CloudFront names it below.",
		fix: "Open the distribution in the CloudFront console, choose another one or none there, then re-run the step.",
	}, []string{
		"EntityNotFound", "NoSuchContinuousDeploymentPolicy", "NoSuchFieldLevelEncryptionConfig", "NoSuchRealtimeLogConfig",
		"NoSuchResponseHeadersPolicy", "TrustedKeyGroupDoesNotExist", "TrustedSignerDoesNotExist",
	}),
	every(explanation{
		service: "cloudfront", what: edgeQuotaWhat, why: "The account, the distribution or the policy has as many of what CloudFront names below as a quota allows.", fix: edgeQuotaFix,
	}, []string{
		"TooManyCacheBehaviors", "TooManyCertificates", "TooManyCookieNamesInWhiteList", "TooManyCookiesInCachePolicy",
		"TooManyDistributionsAssociatedToFieldLevelEncryptionConfig", "TooManyDistributionsAssociatedToKeyGroup",
		"TooManyDistributionsAssociatedToOriginAccessControl", "TooManyDistributionsAssociatedToResponseHeadersPolicy",
		"TooManyDistributionsWithFunctionAssociations", "TooManyDistributionsWithLambdaAssociations", "TooManyDistributionsWithSingleFunctionARN",
		"TooManyFunctionAssociations", "TooManyHeadersInCachePolicy", "TooManyHeadersInForwardedValues", "TooManyKeyGroupsAssociatedToDistribution",
		"TooManyLambdaFunctionAssociations", "TooManyOriginCustomHeaders", "TooManyOriginGroupsPerDistribution", "TooManyOrigins",
		"TooManyQueryStringParameters", "TooManyQueryStringsInCachePolicy", "TooManyTrustedSigners",
	}),
)
