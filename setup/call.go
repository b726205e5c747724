package setup

import (
	"context"
	"encoding/json"
	"time"
)

// A Call is one AWS API call, DNS query or HTTPS probe made by an attempt.
// Secrets are never part of it, nor what it was answered but for named values.
type Call struct {
	ID        int64
	JobID     int64
	StepID    StepID
	Attempt   int
	Service   string // lower case as in IAM actions: "acm", "cloudfront"; "dns", "https" for probes
	Operation string // as the service calls it: "RequestCertificate"; "CNAME _x.api.example.com"; "GET api.example.com/"
	Region    string
	Status    int    // HTTP status; 0 if no HTTP answer came
	Code      string // AWS's error code or DNS's response code; "" if the call succeeded
	Message   string // AWS's error message, or what a probe saw; at most 1,024 octets
	RequestID string
	Write     bool // the call may change something in AWS
	StartedAt time.Time
	Took      time.Duration

	// What was asked of AWS, in the form of the AWS CLI; all are empty for DNS queries
	// and probes, for calls that tell who asks (STS), and for calls of before.
	Command string            // the CLI's name of the service: "apigatewayv2", "acm"
	Input   json.RawMessage   // an object as --cli-input-json takes it; a secret in it is {"$secret": name}
	Answer  map[string]string // values of the answer by their path in JMESPath, as --query takes it: "Distribution.Id"
}

// A Recorder is called after the end of each HTTP attempt to AWS, each DNS
// query and each HTTPS probe. It fills in the job, the step and the attempt of
// the call.
type Recorder func(ctx context.Context, c Call)

// CodeNoAnswer is the Code of a call that got no answer.
const CodeNoAnswer = "NoAnswer"
