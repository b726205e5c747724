package setup

import (
	"context"
	"time"
)

// A Call is one AWS API call, DNS query or HTTPS probe made by an attempt.
// Bodies and secrets are never part of it.
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
}

// A Recorder is called after the end of each HTTP attempt to AWS, each DNS
// query and each HTTPS probe. It fills in the job, the step and the attempt of
// the call.
type Recorder func(ctx context.Context, c Call)

// CodeNoAnswer is the Code of a call that got no answer.
const CodeNoAnswer = "NoAnswer"
