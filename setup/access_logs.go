package setup

import (
	"regexp"
	"strings"
)

// The values of AccessLogs.To.
const (
	LogsNowhere = ""
	LogsBucket  = "s3"         // a bucket of S3, in any region
	LogsGroup   = "cloudwatch" // a log group of CloudWatch Logs in us-east-1
)

// AccessLogs says where CloudFront's access logs of the distribution go: standard
// logging (v2), which CloudWatch Logs delivers.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html (documented)
type AccessLogs struct {
	To     string `json:"to,omitempty"`
	Name   string `json:"name,omitempty"`   // of the bucket or log group, in the setup's account
	Prefix string `json:"prefix,omitempty"` // below the bucket, without slashes around; "": CloudFront's own
}

// Wanted says whether access logs go anywhere.
func (a AccessLogs) Wanted() bool { return a.To != LogsNowhere }

// ARN is that of the place in an account, as a delivery destination names it.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeliveryDestinationConfiguration.html (documented)
func (a AccessLogs) ARN(account string) string {
	switch {
	case a.To == LogsGroup:
		return "arn:aws:logs:" + EdgeRegion + ":" + account + ":log-group:" + a.Name
	case a.Prefix != "":
		return "arn:aws:s3:::" + a.Name + "/" + a.Prefix
	}
	return "arn:aws:s3:::" + a.Name
}

// Words are where the access logs go, for people.
func (a AccessLogs) Words() string {
	switch {
	case !a.Wanted():
		return "Nowhere"
	case a.To == LogsGroup:
		return "Log group " + a.Name + ", " + EdgeRegion
	case a.Prefix != "":
		return "Bucket " + a.Name + ", under " + a.Prefix + "/"
	}
	return "Bucket " + a.Name
}

// The names that S3 and CloudWatch Logs allow. Of prefixes only characters are taken
// that need no escape anywhere.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html (documented)
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html (documented)
var (
	bucketPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	logGroupPattern = regexp.MustCompile(`^[A-Za-z0-9._/#-]{1,512}$`)
	prefixPattern   = regexp.MustCompile(`^[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*$`)
)

// Valid says whether the answers name a place, or nowhere.
func (a AccessLogs) Valid() bool {
	switch a.To {
	case LogsNowhere:
		return a == AccessLogs{}
	case LogsBucket:
		return bucketPattern.MatchString(a.Name) && (a.Prefix == "" || len(a.Prefix) <= maxLogPrefix && prefixPattern.MatchString(a.Prefix))
	case LogsGroup:
		return logGroupPattern.MatchString(a.Name) && a.Prefix == ""
	}
	return false
}

// maxLogPrefix is how long the prefix may be. AWS says of none how long it may be; the
// suffix path that follows has 256 characters at most.
const maxLogPrefix = 128

// ReadAccessLogs reads where access logs go as people type it: a name, an ARN, or an
// address that begins with s3://. What cannot be the name of such a place in the account
// stays as it was typed, and the check says why.
func ReadAccessLogs(to, name, prefix, account string) AccessLogs {
	a := AccessLogs{To: to, Name: strings.TrimSpace(name)}
	switch to {
	case LogsNowhere:
		return AccessLogs{}
	case LogsBucket:
		typed := strings.TrimPrefix(strings.TrimPrefix(a.Name, "arn:aws:s3:::"), "s3://")
		bucket, below, _ := strings.Cut(typed, "/")
		a.Name, a.Prefix = bucket, strings.Trim(strings.TrimSpace(prefix), "/")
		if below = strings.Trim(below, "/"); a.Prefix == "" {
			a.Prefix = below
		}
	case LogsGroup:
		if group, is := strings.CutPrefix(a.Name, "arn:aws:logs:"+EdgeRegion+":"+account+":log-group:"); is && account != "" {
			a.Name = strings.TrimSuffix(group, ":*")
		}
	}
	return a
}

// checkAccessLogs judges where access logs go. That a log group is in us-east-1 is
// concluded: deliveries of CloudFront are made there, and only buckets and streams may
// be elsewhere.
func checkAccessLogs(j *judge, s Spec) {
	a := s.Edge.AccessLogs
	switch a.To {
	case LogsNowhere:
		if a != (AccessLogs{}) {
			j.stop("edge.access_logs.to", "Choose whether the place below is a bucket or a log group, or empty its fields")
		}
	case LogsBucket:
		switch {
		case a.Name == "":
			j.stop("edge.access_logs.name", "Enter the name of the bucket")
		case !bucketPattern.MatchString(a.Name):
			j.stop("edge.access_logs.name", "Enter the name or ARN of a bucket, like amzn-s3-demo-bucket: lower-case letters, digits, hyphens and dots")
		}
		if a.Prefix != "" && (len(a.Prefix) > maxLogPrefix || !prefixPattern.MatchString(a.Prefix)) {
			j.stop("edge.access_logs.prefix", "Enter at most 128 letters, digits and . _ = -, with / between folders")
		}
	case LogsGroup:
		switch {
		case a.Name == "":
			j.stop("edge.access_logs.name", "Enter the name of the log group")
		case strings.HasPrefix(a.Name, "arn:aws:logs:") && !strings.HasPrefix(a.Name, "arn:aws:logs:"+EdgeRegion+":"):
			j.stop("edge.access_logs.name", "Choose a log group in us-east-1: CloudFront's access logs go to log groups there only")
		case strings.HasPrefix(a.Name, "arn:"):
			j.stop("edge.access_logs.name", "Choose a log group of the account of this setup")
		case !logGroupPattern.MatchString(a.Name):
			j.stop("edge.access_logs.name", "Enter the name or ARN of a log group, like /cloudfront/access-logs: letters, digits and . _ / # -")
		}
		if a.Prefix != "" {
			j.stop("edge.access_logs.prefix", "Save this page once: a log group has no prefix")
		}
	default:
		j.stop("edge.access_logs.to", "Choose where access logs go from this list")
	}
}
