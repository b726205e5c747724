package sim

import (
	"encoding/json"
	"slices"
	"strings"
)

// taggingLog is what tags in a call need beside it, as with log groups (concluded for
// deliveries). A source, a destination and a delivery are resources of their own;
// making a delivery asks for all three.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html
func taggingLog(resource func(*Sim, *request) []string) need {
	return need{action: "logs:TagResource", resource: resource, keys: requestKeys, when: tagged}
}

func logNeed(action string, resource func(*Sim, *request) []string) []need {
	return []need{{action: action, resource: resource, tags: logTags}}
}

// logBody is what the bodies of calls have that IAM judges by.
type logBody struct {
	Name        string            `json:"name"`
	ID          string            `json:"id"`
	ResourceARN string            `json:"resourceArn"`
	Source      string            `json:"deliverySourceName"`
	Destination string            `json:"deliveryDestinationArn"`
	Tags        map[string]string `json:"tags"`
	S3          struct {
		Suffix string `json:"suffixPath"`
	} `json:"s3DeliveryConfiguration"`
}

func logBodyOf(req *request) (b logBody) {
	if json.Unmarshal(req.body, &b) != nil {
		return logBody{} // the operation refuses it
	}
	return b
}

func logARN(req *request, kind, name string) string {
	return "arn:aws:logs:" + req.region + ":" + req.account.ID + ":" + kind + ":" + name
}

// namedLog is the ARN of what the call names.
func namedLog(kind string) func(*Sim, *request) []string {
	return func(_ *Sim, req *request) []string { return []string{logARN(req, kind, logBodyOf(req).Name)} }
}

func anyDelivery(_ *Sim, req *request) []string { return []string{logARN(req, "delivery", "*")} }

func deliveryByID(_ *Sim, req *request) []string {
	return []string{logARN(req, "delivery", logBodyOf(req).ID)}
}

func loggedDistribution(_ *Sim, req *request) []string { return []string{logBodyOf(req).ResourceARN} }

// joinedLogs are the three resources of a delivery that is made.
func joinedLogs(s *Sim, req *request) []string {
	b := logBodyOf(req)
	return append(anyDelivery(s, req), logARN(req, "delivery-source", b.Source), b.Destination)
}

// logTags are the tags of a source, a destination or a delivery that exists.
func logTags(s *Sim, req *request, arn string) map[string]string {
	l, name := s.logsOf(req), arn[strings.LastIndex(arn, ":")+1:]
	switch {
	case strings.Contains(arn, ":delivery-source:") && l.Sources[name] != nil:
		return l.Sources[name].Tags
	case strings.Contains(arn, ":delivery-destination:") && l.Destinations[name] != nil:
		return l.Destinations[name].Tags
	case strings.Contains(arn, ":delivery:") && l.Deliveries[name] != nil:
		return l.Deliveries[name].Tags
	}
	return nil
}

// closedBucket is the bucket of a delivery that is made.
func closedBucket(s *Sim, req *request) []string {
	to := s.logsOf(req).destination(logBodyOf(req).Destination)
	if to == nil {
		return nil
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(to.Resource, "arn:aws:s3:::"), "/")
	return []string{"arn:aws:s3:::" + name}
}

// bucketIsClosed says whether the policy of the bucket does not let the logs in yet, so
// that AWS adds to it what lacks, as the caller.
func bucketIsClosed(s *Sim, req *request) bool {
	b := logBodyOf(req)
	to := s.logsOf(req).destination(b.Destination)
	if to == nil || deliveryKind(to.Resource) != "S3" {
		return false
	}
	bucket := s.bucketOf(to)
	return bucket != nil && !slices.Contains(bucket.Delivers, deliveryWay(req.account.ID, to.Resource, b.S3.Suffix))
}

// groupIsClosed says the same of a log group.
func groupIsClosed(s *Sim, req *request) bool {
	to := s.logsOf(req).destination(logBodyOf(req).Destination)
	if to == nil {
		return false
	}
	g := s.groupOf(req, to)
	return g != nil && !g.Delivers
}
