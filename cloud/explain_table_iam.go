package cloud

// iamErrors are IAM's and STS's about roles and questions.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
var iamErrors = []explanation{
	{
		service: "iam", code: "NoSuchEntity",
		what: "IAM does not have the user or role.",
		why:  "It was deleted, or belongs to another account.",
		fix:  "Choose another connection: one whose user or role exists.",
	},
	{service: "iam", code: "InvalidInput", what: "IAM refused the request.", why: invalidWhy, fix: invalidFix},
	{
		service: "iam", code: "PolicyEvaluation",
		what: "IAM could not work out what is allowed.",
		why:  "A policy of the user or role holds something that IAM's simulation does not evaluate. The policy itself may still be right.",
		fix:  "Read what IAM said below. A step that is refused says which action is missing.",
	},
	{
		service: "sts", code: "RegionDisabledException",
		what: "STS is switched off in this region.",
		why:  "The account has no STS endpoint there.",
		fix:  "Enable the region under “Account” in the AWS console, or choose another region.",
	},
	{
		service: "sts", code: "MalformedPolicyDocument",
		what: "The role could not be assumed.", why: invalidWhy, fix: "Check {way} with “aws sts assume-role”, then try again.",
	},
	{
		service: "sts", code: "PackedPolicyTooLarge",
		what: "The role could not be assumed.",
		why:  "Session policies and tags together are too large for STS.",
		fix:  "Remove session tags from the source of the connection, then try again.",
	},
	{
		service: "sts", code: "InvalidContextAssertion",
		what: "The role could not be assumed.", why: invalidWhy, fix: "Check {way} with “aws sts assume-role”, then try again.",
	},
}
