package setup

import (
	"encoding/json"
	"strings"
	"testing"
)

// What people type is read as the place that they mean; what cannot be one stays, and
// the check says why.
func TestReadAccessLogs(t *testing.T) {
	const account = "111122223333"
	for _, c := range []struct {
		to, name, prefix string
		want             AccessLogs
		arn, stops       string // ARN of what is valid, or what stops
	}{
		{"", "left over", "front", AccessLogs{}, "", ""},
		{LogsBucket, " our-logs ", "", AccessLogs{LogsBucket, "our-logs", ""}, "arn:aws:s3:::our-logs", ""},
		{LogsBucket, "arn:aws:s3:::our-logs", "/front/api/", AccessLogs{LogsBucket, "our-logs", "front/api"}, "arn:aws:s3:::our-logs/front/api", ""},
		{LogsBucket, "arn:aws:s3:::our-logs/front/", "", AccessLogs{LogsBucket, "our-logs", "front"}, "arn:aws:s3:::our-logs/front", ""},
		{LogsBucket, "s3://our.logs", "", AccessLogs{LogsBucket, "our.logs", ""}, "arn:aws:s3:::our.logs", ""},
		{LogsBucket, "", "", AccessLogs{LogsBucket, "", ""}, "", "Enter the name of the bucket"},
		{LogsBucket, "Our_Logs", "", AccessLogs{LogsBucket, "Our_Logs", ""}, "", "Enter the name or ARN of a bucket"},
		{LogsBucket, "our-*", "", AccessLogs{LogsBucket, "our-*", ""}, "", "Enter the name or ARN of a bucket"},
		{LogsBucket, "our-logs", "a//b", AccessLogs{LogsBucket, "our-logs", "a//b"}, "", "Enter at most 128 letters"},
		{LogsBucket, "our-logs", strings.Repeat("a", 129), AccessLogs{LogsBucket, "our-logs", strings.Repeat("a", 129)}, "", "Enter at most 128 letters"},
		{LogsGroup, "/cloudfront/logs", "front", AccessLogs{LogsGroup, "/cloudfront/logs", ""}, "arn:aws:logs:us-east-1:111122223333:log-group:/cloudfront/logs", ""},
		{LogsGroup, "arn:aws:logs:us-east-1:111122223333:log-group:logs:*", "", AccessLogs{LogsGroup, "logs", ""}, "arn:aws:logs:us-east-1:111122223333:log-group:logs", ""},
		{LogsGroup, "arn:aws:logs:eu-west-1:111122223333:log-group:logs", "", AccessLogs{LogsGroup, "arn:aws:logs:eu-west-1:111122223333:log-group:logs", ""}, "", "Choose a log group in us-east-1"},
		{LogsGroup, "arn:aws:logs:us-east-1:444455556666:log-group:logs", "", AccessLogs{LogsGroup, "arn:aws:logs:us-east-1:444455556666:log-group:logs", ""}, "", "Choose a log group of the account"},
		{LogsGroup, "", "", AccessLogs{LogsGroup, "", ""}, "", "Enter the name of the log group"},
		{LogsGroup, "our logs", "", AccessLogs{LogsGroup, "our logs", ""}, "", "Enter the name or ARN of a log group"},
		{"firehose", "a", "", AccessLogs{"firehose", "a", ""}, "", "Choose where access logs go"},
	} {
		got := ReadAccessLogs(c.to, c.name, c.prefix, account)
		if got != c.want {
			t.Errorf("%q %q %q is read as %+v, want %+v", c.to, c.name, c.prefix, got, c.want)
		}
		spec := DefaultSpec()
		spec.Edge.AccessLogs = got
		stops := ""
		for _, f := range spec.Check(Facts{}) {
			if strings.HasPrefix(f.Field, "edge.access_logs.") {
				stops += f.Text
			}
		}
		if c.stops == "" && stops != "" || !strings.HasPrefix(stops, c.stops) || got.Valid() != (c.stops == "") {
			t.Errorf("%q %q %q: stops %q, want %q; valid %v", c.to, c.name, c.prefix, stops, c.stops, got.Valid())
		}
		if c.arn != "" && got.ARN(account) != c.arn {
			t.Errorf("%q %q %q leads to %s, want %s", c.to, c.name, c.prefix, got.ARN(account), c.arn)
		}
	}
}

// A spec of before has no access logs, and one without is written as before.
func TestAccessLogsOfBefore(t *testing.T) {
	b, err := json.Marshal(DefaultSpec())
	if err != nil || strings.Contains(string(b), "access_logs") {
		t.Errorf("%s, %v", b, err)
	}
	var s Spec
	if err := json.Unmarshal([]byte(`{"edge":{"caching":"off"}}`), &s); err != nil || s.Edge.AccessLogs.Wanted() {
		t.Errorf("%+v, %v", s.Edge.AccessLogs, err)
	}
}
