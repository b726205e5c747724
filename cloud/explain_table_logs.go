package cloud

// logErrors are those of CloudWatch Logs' deliveries.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateDelivery.html
var logErrors = []explanation{
	{
		service: "logs", code: "ServiceQuotaExceededException",
		what: "CloudWatch Logs refused another one of these.",
		why:  "The account has used up a quota of CloudWatch Logs in us-east-1: delivery sources, delivery destinations or deliveries.",
		fix:  "Delete deliveries that nothing uses, or ask for more at https://us-east-1.console.aws.amazon.com/servicequotas/home/services/logs/quotas, then re-run the step.",
	},
	// Reported: hashicorp/terraform-provider-aws#42194.
	{
		service: "logs", code: "ConflictException", has: "currently being updated",
		what: "CloudWatch Logs is busy with the delivery.",
		why:  "Something else is changing its source or its destination at this moment.",
		fix:  "Wait a minute, then re-run the step.", again: true,
	},
	{
		service: "logs", code: "ConflictException",
		what: "CloudWatch Logs refused the delivery of the access logs.",
		why:  "Something that was made before it is in the way; its own words are below.",
		fix:  "Open Logging of the distribution in the CloudFront console to see what is there, then re-run the step.",
	},
	{
		service: "logs", code: "ResourceNotFoundException",
		what: "CloudWatch Logs does not find where the access logs come from or go to.",
		why:  "The distribution, the bucket, the log group or a part of the delivery does not exist; its own words are below.",
		fix:  "Check where the access logs go on the page Edge settings, then re-run the step.",
	},
	{service: "logs", code: "ValidationException", what: "CloudWatch Logs refused the request.", why: invalidWhy, fix: "Check where the access logs go on the page Edge settings, then re-run the step."},
}
