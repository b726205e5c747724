package cloud

// An explanation is a line of the table: which error, and what people read.
// In braces stand the facts of the error at hand.
type explanation struct {
	service string // as in IAM actions; "": any
	code    string
	has     string // part of AWS's message; "": any. Only where one code has two meanings
	of      string // operations, separated by |; "": any. Only where the message does not say what is meant
	what    string
	why     string
	fix     string
	again   bool   // worth another try by itself
	remake  string // key of the resource that has to be made again; "": none
}

// explanations is the table, the particular before the general.
// Sources: the API references of ACM, API Gateway, CloudFront, Route 53 and STS,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var explanations = concat(
	gatewayErrors, accountErrors, certificateErrors, edgeErrors, edgeSettingErrors, dnsErrors, iamErrors, logErrors, commonErrors)

func concat(parts ...[]explanation) []explanation {
	var all []explanation
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// Explanations of whole kinds of refusal.
var (
	throttled = explanation{
		what: "{service} asked to slow down.",
		why:  "The account made more calls than {service} allows in a short time. Other tools and people in the account count too.",
		fix:  "Wait a minute, then re-run the step; nothing was changed by the refused call.", again: true,
	}
	awsFault = explanation{
		what: "{service} had a fault of its own.",
		why:  "{service} could not answer the request. That is on AWS's side and usually over in minutes.",
		fix:  "Wait a few minutes, then re-run the step. If it goes on, look at https://health.aws.amazon.com/.", again: true,
	}
	unknownRefusal = explanation{
		what: "AWS refused a request.",
		why:  "{service} answered {operation} with {code}, which apifront has no better words for.",
		fix:  "Read what {service} said below, correct that, then re-run the step. AWS Support finds the request by its ID.",
	}
	unknownError = explanation{
		what: "Something went wrong that apifront did not expect.",
		why:  "It was no answer from AWS, but an error on the way; its text is below.",
		fix:  "Re-run the step. If the same comes back, report it with the text below.",
	}
)

// accountErrors are about who we are and what we may do.
var accountErrors = []explanation{
	{
		service: "cloudfront", code: "AccessDenied", has: "must be verified",
		what: "CloudFront refused to create anything in this account.",
		why:  "AWS verifies new accounts before they may use CloudFront, and has not verified this one yet. It is no matter of permissions.",
		fix:  "Open a case with AWS Support, “Account and billing”, ask for the account to be verified for CloudFront, then re-run the step.",
	},
	{
		service: "sts", code: "AccessDenied", has: "sts:AssumeRole",
		what: "The role could not be assumed.",
		why:  "The role {resource} does not exist, does not trust {caller}, or asks for another external ID; or {caller} may not use sts:AssumeRole. AWS says the same of all of these.",
		fix:  "Correct the trust policy of {resource}: its Principal must be {caller} or that account, and {external}. Then let {caller} use sts:AssumeRole on the role, and try again.",
	},
	{code: "AccessDenied", what: deniedWhat, why: deniedWhy, fix: deniedFix},
	{code: "AccessDeniedException", what: deniedWhat, why: deniedWhy, fix: deniedFix},
	{code: "UnauthorizedException", what: deniedWhat, why: deniedWhy, fix: deniedFix},
	{code: "UnauthorizedOperation", what: deniedWhat, why: deniedWhy, fix: deniedFix},
	{code: "NotAuthorized", what: deniedWhat, why: deniedWhy, fix: deniedFix},
	{code: "ExpiredToken", what: expiredWhat, why: expiredWhy, fix: expiredFix},
	{code: "ExpiredTokenException", what: expiredWhat, why: expiredWhy, fix: expiredFix},
	{code: "InvalidClientTokenId", what: strangerWhat, why: strangerWhy, fix: strangerFix},
	{code: "UnrecognizedClientException", what: strangerWhat, why: strangerWhy, fix: strangerFix},
	{code: "InvalidAccessKeyId", what: strangerWhat, why: strangerWhy, fix: strangerFix},
	{code: "MissingAuthenticationToken", what: strangerWhat, why: "The request reached AWS without a signature.", fix: strangerFix},
	{code: "MissingAuthenticationTokenException", what: strangerWhat, why: "The request reached AWS without a signature.", fix: strangerFix},
	{
		code: "SignatureDoesNotMatch",
		what: "AWS did not accept the signature of a request.",
		why:  "The secret key does not belong to the access key, or the clock of this machine is wrong.",
		fix:  "Check the clock, then the keys of the connection, with “aws sts get-caller-identity”.",
	},
	{
		code: "InvalidSignatureException",
		what: "AWS did not accept the signature of a request.",
		why:  "The secret key does not belong to the access key, or the clock of this machine is wrong.",
		fix:  "Check the clock, then the keys of the connection, with “aws sts get-caller-identity”.",
	},
	{
		code: "OptInRequired",
		what: "AWS did not let the account use {service} here.",
		why:  "The region, or the service, has not been switched on for this account.",
		fix:  "Enable the region under “Account” in the AWS console, or choose another region.",
	},
	{
		code: codeNoCredentials,
		what: "No usable AWS credentials were found.",
		why:  "The connection (profile {profile}) led to no credentials: they are missing, the sign-in has ended, or the role could not be assumed.",
		fix:  "Sign in again with “aws sso login --profile {profile}”, or configure keys with “aws configure --profile {profile}”. A job that waits for it goes on by itself.",
	},
	{
		code: codeSignedOut,
		what: "The AWS sign-in has ended.",
		why:  "The SSO session behind profile {profile} is over, or was never begun on this server.",
		fix:  "Sign in again with “{signin}” as the account that runs this server. A job that waits for it goes on by itself.",
	},
	{
		code: codeSlow,
		what: "The AWS credentials did not come in time.",
		why:  "The way to the credentials of profile {profile} gave no answer: usually a credential_process that hangs or asks something, or a network that leads nowhere.",
		fix:  "Correct the line credential_process of [profile {profile}] in {config}, if there is one: run its command by hand as the account that runs this server. A job that waits for it goes on by itself.",
	},
	{
		code: codeProcess,
		what: "The program that gives the AWS credentials failed.",
		why:  "The credential_process of profile {profile} did not end in time, ended with an error, or wrote something that is no credentials.",
		fix:  "Correct the line credential_process of [profile {profile}] in {config}: run its command by hand as the account that runs this server, and mend what it says. A job that waits for it goes on by itself.",
	},
}

// wrongClock is for a time of ours that AWS did not take, in whatever words.
var wrongClock = explanation{
	what: "AWS found that a request was made at the wrong time.",
	why:  "The clock of this machine {clock}. AWS takes requests that are five minutes off at most.",
	fix:  "Set the clock, for example by switching on time synchronisation, then re-run the step.",
}

const (
	deniedWhat = "AWS did not allow a call."
	deniedWhy  = "The connection may not use {action} on {resource}."
	deniedFix  = "Allow {action} on {resource} in a policy of the role or user that the connection uses, then re-run the step."

	expiredWhat = "The AWS credentials have expired."
	expiredWhy  = "The session behind the connection was made for a limited time, and that is over."
	expiredFix  = "Sign in again, for example with “{signin}”, or renew what else gives the credentials. A job that waits for it goes on by itself."

	strangerWhat = "AWS does not know these credentials."
	strangerWhy  = "The access key does not exist, has been disabled, or belongs to another part of AWS such as China or GovCloud."
	strangerFix  = "Check {way} with “aws sts get-caller-identity”, or choose another connection."
)
