package cloud

import "apifront/setup"

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
		service: "apigateway", code: "BadRequestException", has: "must be in us-east-1",
		what: "API Gateway refused the certificate.",
		why:  "It took the domain name for an edge-optimised one, which needs its certificate in us-east-1.",
		fix:  "Choose another certificate on the page Certificates, or let apifront request a new one, then start again.",
	},
	{
		service: "apigateway", code: "BadRequestException", has: "ertificate",
		what: "API Gateway refused the certificate.",
		why:  "It needs one from the API's own region that is issued, covers the name, and has an RSA 2048 or ECDSA P-256 key.",
		fix:  "Choose another certificate on the page Certificates, or let apifront request a new one, then start again.",
	},
	{
		service: "apigateway", code: "BadRequestException", has: "already associated with a different resource",
		what: "API Gateway refused the domain name because CloudFront has it.",
		why:  "A CloudFront distribution holds the name as alternate domain name, in this account or another, and an edge-optimised domain name is one too.",
		fix:  "Remove the name from what holds it, and wait a few minutes, then re-run the step.",
	},
	{
		service: "apigateway", code: "BadRequestException", has: "managed through the API Gateway V2 API",
		what: "API Gateway does not map the path on this domain name.",
		why:  "This way of mapping is for Regional domain names with the security policy TLS_1_2, which this one is not.",
		fix:  "Set the security policy of the domain name to TLS_1_2 in the API Gateway console, then re-run the step.",
	},
	{
		service: "apigateway", code: "BadRequestException", has: "Mixing of REST APIs and HTTP APIs",
		what: "API Gateway does not map the path on this domain name.",
		why:  "HTTP and WebSocket APIs, and REST APIs beside them, need a Regional domain name with the security policy TLS_1_2, and a WebSocket API shares it with WebSocket APIs only.",
		fix:  "Set the security policy of the domain name to TLS_1_2 in the API Gateway console, or choose APIs that go together on the page API and paths, then re-run the step.",
	},
	{service: "apigateway", code: "BadRequestException", has: "API identifier", what: apiGoneWhat, why: apiGoneWhy, fix: apiGoneFix},
	{service: "apigateway", code: "BadRequestException", has: "domain name identifier", what: domainGoneWhat, why: domainGoneWhy, fix: domainGoneFix, remake: setup.KeyDomain},
	{service: "apigateway", code: "BadRequestException", has: "stage", what: stageGoneWhat, why: stageGoneWhy, fix: stageGoneFix},
	{service: "apigateway", code: "BadRequestException", what: "API Gateway refused the request.", why: invalidWhy, fix: invalidFix},
	// "N validation errors detected: Value '…' at '…' failed to satisfy
	// constraint": a value of ours that is not of AWS's closed set or pattern.
	{service: "apigateway", code: "ValidationException", what: "API Gateway refused the request.", why: invalidWhy, fix: invalidFix},
	{
		service: "apigateway", code: "ConflictException",
		what: "API Gateway is busy with something that exists already.",
		why:  "The domain name is being changed, or the same path is already mapped.",
		fix:  "Wait a minute, then re-run the step; it looks at what exists before it does anything.", again: true,
	},
	// API Gateway has one code for everything that may be missing. Its message
	// says what is missing; where it does not, the operation tells.
	{service: "apigateway", code: "NotFoundException", has: "domain name identifier", what: domainGoneWhat, why: domainGoneWhy, fix: domainGoneFix, remake: setup.KeyDomain},
	{service: "apigateway", code: "NotFoundException", has: "API identifier", what: apiGoneWhat, why: apiGoneWhy, fix: apiGoneFix},
	{
		service: "apigateway", code: "NotFoundException", has: "Customer identifier",
		what: "API Gateway does not have the account.",
		why:  "It keeps no settings for this account in the region, or none yet.",
		fix:  "Check the connection and the region on the page Account and region, then re-run the step.",
	},
	{service: "apigateway", code: "NotFoundException", has: "stage identifier", what: stageGoneWhat, why: stageGoneWhy, fix: stageGoneFix},
	{service: "apigateway", code: "NotFoundException", has: "apping identifier", what: mappingGoneWhat, why: mappingGoneWhy, fix: mappingGoneFix},
	{service: "apigateway", code: "NotFoundException", of: "GetDomainName|UpdateDomainName|DeleteDomainName|GetApiMappings|GetBasePathMappings", what: domainGoneWhat, why: domainGoneWhy, fix: domainGoneFix, remake: setup.KeyDomain},
	{service: "apigateway", code: "NotFoundException", of: "GetApi|GetRestApi|GetStages|UpdateApi|UpdateRestApi", what: apiGoneWhat, why: apiGoneWhy, fix: apiGoneFix},
	{service: "apigateway", code: "NotFoundException", of: "GetStage|UpdateStage", what: stageGoneWhat, why: stageGoneWhy, fix: stageGoneFix},
	{
		service: "apigateway", code: "NotFoundException", of: "CreateApiMapping|CreateBasePathMapping|UpdateApiMapping|UpdateBasePathMapping",
		what: "API Gateway could not map the path.",
		why:  "The domain name, the API or its stage was deleted, or is in another region.",
		fix:  "Check in the API Gateway console which of them is missing, then re-run the job from the step Create custom domain, or choose another API on the page API and paths.", remake: setup.KeyDomain,
	},
	{
		service: "apigateway", code: "NotFoundException",
		what: "API Gateway does not have what was asked for.",
		why:  "It was deleted, or is in another region or account.",
		fix:  "Correct in the wizard what does not fit, the API, the domain name or the region, then re-run the step.",
	},
	{
		service: "apigateway", code: "LimitExceededException",
		what: "API Gateway refused another one of these.",
		why:  "The account has used up a quota, such as 120 custom domain names in a region.",
		fix:  "Delete custom domain names that nothing uses, or ask for more at https://console.aws.amazon.com/servicequotas/home/services/apigateway/quotas, then re-run the step.",
	},
}

// What can be missing in API Gateway.
const (
	domainGoneWhat = "API Gateway does not have the custom domain name."
	domainGoneWhy  = "It was deleted, or is in another region or account. Nothing is wrong with the paths or the API."
	domainGoneFix  = "Re-run the job from the step Create custom domain, which makes it again."

	apiGoneWhat = "API Gateway does not have the API."
	apiGoneWhy  = "The API was deleted, or is in another region or account."
	apiGoneFix  = "Choose an API that exists on the page API and paths, then re-run the step."

	stageGoneWhat = "API Gateway does not have the stage."
	stageGoneWhy  = "The stage was deleted, or the API was never deployed to it."
	stageGoneFix  = "Deploy the API to the stage, or choose another stage on the page API and paths, then re-run the step."

	mappingGoneWhat = "API Gateway does not have the mapping."
	mappingGoneWhy  = "It was deleted after apifront looked."
	mappingGoneFix  = "Re-run the step; it looks at what exists and maps what is missing."
)
