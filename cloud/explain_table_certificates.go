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
		service: "acm", code: "ConflictException",
		what: "ACM is busy with the certificate.",
		why:  "Something else is changing it at this moment.",
		fix:  "Wait a minute, then re-run the step.", again: true,
	},
	{
		service: "acm", code: "RequestInProgressException",
		what: "ACM is not done with the certificate yet.",
		why:  "The certificate is still being issued or renewed.",
		fix:  "Wait a minute, then re-run the step.", again: true,
	},
	{
		service: "acm", code: "InvalidDomainValidationOptionsException", has: "64 characters",
		what: "ACM refused the name as too long.",
		why:  "The first name of a certificate has 64 characters at most, although DNS takes longer ones.",
		fix:  "Choose a certificate that covers the name on the page Certificates, such as one of a wildcard, or a shorter name on the page Domain and DNS, then start again.",
	},
	// ACM names the code after options that only validation by e-mail has, and
	// apifront sends none.
	{
		service: "acm", code: "InvalidDomainValidationOptionsException",
		what: "ACM refused the domain name.",
		why:  "It does not request a certificate for a name like this; its own words are below.",
		fix:  "Correct the domain name on the page Domain and DNS, then start again.",
	},
	{service: "acm", code: "ValidationException", what: "ACM refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "acm", code: "InvalidParameterException", what: "ACM refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "acm", code: "InvalidArgsException", what: "ACM refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "acm", code: "InvalidArnException", what: "ACM does not know such a certificate.", why: "The ARN is not one of a certificate in this region.", fix: "Choose the certificate again on the page Certificates."},
	{service: "acm", code: "TooManyTagsException", what: tagsWhat, why: "A certificate can have 50 tags at most.", fix: tagsFix},
	{service: "acm", code: "InvalidTagException", what: tagsWhat, why: "A tag has characters that AWS does not allow, or begins with “aws:”.", fix: tagsFix},
	{service: "acm", code: "TagPolicyException", what: tagsWhat, why: "A tag policy of the organisation does not allow one of the tags.", fix: tagsFix},
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
