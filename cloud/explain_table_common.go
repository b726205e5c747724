package cloud

import "apifront/setup"

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
		code: setup.CodeNoAnswer,
		what: "{service} was not reached.",
		why:  "The connection could not be made, or broke before an answer came.",
		fix:  "Check that this machine reaches AWS, then re-run the step; it looks at what was done first.", again: true,
	},
	{
		code: codeNoHost,
		what: "{service} was not found.",
		why:  "DNS does not know {host}: there is no such region, or this machine's DNS does not work.",
		fix:  "Check this machine's DNS, and the region on the page Account and region, then re-run the step.", again: true,
	},
	{
		code: codeUnreadable,
		what: "The answer of {service} could not be read.",
		why:  "It was cut off or is not what AWS sends. A proxy on the way does that sometimes.",
		fix:  "Re-run the step; it looks at what was done first.", again: true,
	},
	{
		code: codeCutOff,
		what: "AWS's answer was cut off.",
		why:  "{service} answered {operation}, but something that every answer has was missing: {answer}. Nothing follows from it about what is in AWS.",
		fix:  "Re-run the step; it looks at what was done first. If it goes on, look at the proxy between this machine and AWS.", again: true,
	},
	{
		code: codeForeign,
		what: "The answer was not AWS's.",
		why:  "Something between this machine and {service} answered {operation} in its place ({answer}): usually a proxy, or a network that wants somebody to sign in first.",
		fix:  "Check that this machine reaches AWS without a page in between, then re-run the step; it looks at what was done first.", again: true,
	},
	{
		code: codeProxy,
		what: "The call did not get through to AWS, and the answer was not AWS's.",
		why:  "Something between this machine and {service}, usually a proxy or a firewall, refused {operation} ({answer}). AWS refuses with a code and a request ID, and there is neither.",
		fix:  "Check HTTPS_PROXY and NO_PROXY of this server and what the proxy allows, then re-run the step.",
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
	"RequestTimeout", "RequestTimeoutException", "InternalException", "ServiceFailure",
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
