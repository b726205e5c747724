package steps

import (
	"time"

	"apifront/setup"
)

// accessLogsID is the step that lets CloudFront's access logs be delivered.
const accessLogsID setup.StepID = "access-logs"

func accessLogsStep() Step {
	return Step{
		ID:      accessLogsID,
		Thing:   "log delivery",
		Title:   "Deliver access logs",
		Why:     "CloudFront writes a line for each request to where you chose. CloudWatch Logs delivers them: a source for the distribution, a destination for the bucket or log group, and a delivery that joins the two. AWS adds what is missing to the policy of the bucket or log group. The first logs come within twelve hours.",
		Service: "CloudWatch Logs",
		Needs:   []setup.StepID{"distribution"},
		Kinds:   []setup.JobKind{setup.JobApply},
		Parts:   []setup.Part{setup.PartEdge},
		Page:    setup.PageEdge,
		Keys:    []string{setup.KeyAccessLogs},
		Several: true,
		Wait:    Wait{Every: 5 * time.Second, Settle: 3 * time.Second, Limit: 10 * time.Minute, Usual: 5 * time.Second},
		Brief:   func(s setup.Spec) (string, bool) { return s.Edge.AccessLogs.Words(), true },
		Actions: []string{
			"logs:DescribeDeliverySources", "logs:DescribeDeliveries", "logs:GetDeliveryDestination",
			"logs:PutDeliverySource", "cloudfront:AllowVendedLogDeliveryForResource", "logs:PutDeliveryDestination", "logs:CreateDelivery", "logs:TagResource",
			"logs:DeleteDelivery", "logs:DeleteDeliveryDestination", // to lead them elsewhere
			"s3:GetBucketPolicy", "s3:PutBucketPolicy",
			"logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy",
		},
		Rare:    true,
		Instead: "live",
		Grants:  Scope.accessLogGrants,
		Applies: func(s setup.Spec) (bool, string) {
			if !s.Edge.AccessLogs.Wanted() {
				return false, "apifront sets up no access logs, as you chose."
			}
			return true, ""
		},
		Reads:   readsAccessLogs,
		Observe: observeAccessLogs,
		Apply:   applyAccessLogs,
		Wants:   wantsAccessLogs,
		Remove:  removeAccessLogs,
	}
}

func isAccessLogs(r setup.Resource) bool { return r.Key == setup.KeyAccessLogs }

func wantsAccessLogs(s setup.Spec, _ setup.Resource) (bool, string) {
	if !s.Edge.AccessLogs.Wanted() {
		return false, "Access logs are not to be delivered any more."
	}
	return true, ""
}

// inEdgeRegion is the condition that a call is made in us-east-1.
func inEdgeRegion() []Condition {
	return []Condition{{"StringEquals", "aws:RequestedRegion", []string{setup.EdgeRegion}}}
}

// logARN is the ARN of a part of a log delivery.
func (s Scope) logARN(resource string) string {
	return s.arn("logs", setup.EdgeRegion, Literal(s.Spec.Account.AccountID), resource)
}

// ownLogs is the pattern of the names of sources or destinations of this installation.
func (s Scope) ownLogs(kind string) string { return s.logARN(kind + ":" + logOwner(s.Install) + "-*") }

// accessLogGrants: a delivery has an ID that AWS chooses, so its tags tell whose it is;
// sources and destinations have names of ours. Another's source of the distribution may
// have any name. AWS opens the bucket or the log group as the caller; calls of log groups
// and their policies have no resource level, or are to have none. That tags in a call
// need logs:TagResource is concluded from log groups.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html (documented)
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html (documented)
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html (documented)
//
// CloudFront is asked too whether its distribution may be logged (reported:
// KensioSoftware/rainlytics); whether it knows the distribution's tags then is not known.
func (s Scope) accessLogGrants() []Grant {
	source, destination, delivery := s.ownLogs("delivery-source"), s.ownLogs("delivery-destination"), s.logARN("delivery:*")
	grants := []Grant{
		{For: "List", Actions: []string{"logs:DescribeDeliverySources", "logs:DescribeDeliveries"}, Resources: []string{"*"}, Conditions: inEdgeRegion()},
		{For: "Read", Actions: []string{"logs:GetDeliveryDestination"}, Resources: []string{s.logARN("delivery-destination:*")}},
		{For: "Source", Use: Writes, Actions: []string{"logs:PutDeliverySource"}, Resources: []string{source}},
		{For: "Distribution", Use: Writes, Actions: []string{"cloudfront:AllowVendedLogDeliveryForResource"}, Resources: []string{s.edge("distribution/*")}},
		{For: "Destination", Use: Writes, Actions: []string{"logs:PutDeliveryDestination"}, Resources: []string{destination}},
		{For: "Deliver", Use: Writes, Actions: []string{"logs:CreateDelivery"}, Resources: []string{delivery, s.logARN("delivery-source:*"), destination}},
		{For: "Tag", Use: Writes, Actions: []string{"logs:TagResource"}, Resources: []string{delivery, source, destination}, Conditions: []Condition{s.requested()}},
		{For: "Delivery", Use: Removes, Actions: []string{"logs:DeleteDelivery"}, Resources: []string{delivery}, Conditions: []Condition{s.resourced()}},
		{For: "Destination", Use: Removes, Actions: []string{"logs:DeleteDeliveryDestination"}, Resources: []string{destination}},
	}
	switch logs := s.Spec.Edge.AccessLogs; logs.To {
	case setup.LogsBucket:
		grants = append(grants, Grant{For: "Bucket", Use: Writes, Actions: []string{"s3:GetBucketPolicy", "s3:PutBucketPolicy"}, Resources: []string{s.arn("s3", "", "", Literal(logs.Name))}})
	case setup.LogsGroup:
		grants = append(grants, Grant{For: "Group", Use: Writes, Actions: []string{"logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"}, Resources: []string{"*"}, Conditions: inEdgeRegion()})
	}
	return grants
}

// removeLogGrants are what taking a log delivery away needs. AWS's reference has
// DeleteDeliverySource at destinations, and its own policies at sources.
func (s Scope) removeLogGrants(add func(word string, use Use, resource string, own bool, actions ...string)) {
	add("Delivery", Removes, s.logARN("delivery:*"), true, "logs:DeleteDelivery")
	add("Destination", Removes, s.ownLogs("delivery-destination"), false, "logs:DeleteDeliveryDestination", "logs:DeleteDeliverySource")
	add("Source", Removes, s.ownLogs("delivery-source"), false, "logs:DeleteDeliverySource")
}

// accessLogsDeleteStep ends the delivery of a setup that is taken down, once nobody is
// served any more.
func accessLogsDeleteStep() Step {
	observe, apply := deletes(accessLogsID, "No log delivery was made")
	return Step{
		ID:      "access-logs-delete",
		Thing:   "log delivery",
		Title:   "Delete log delivery",
		Why:     "CloudFront sends no more access logs. The bucket or log group stays, with the logs in it and what AWS added to its policy.",
		Service: "CloudWatch Logs",
		Needs:   []setup.StepID{"disabled"},
		Kinds:   teardownOnly,
		Parts:   []setup.Part{setup.PartEdge},
		Wait:    Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 10 * time.Minute, Usual: 3 * time.Second},
		Actions: []string{"logs:DescribeDeliveries", "logs:DeleteDelivery", "logs:DeleteDeliveryDestination", "logs:DeleteDeliverySource"},
		Grants:  func(s Scope) []Grant { return s.deleteGrants(isAccessLogs) },
		Observe: observe,
		Apply:   apply,
	}
}
