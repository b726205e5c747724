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
	Operation string // "RequestCertificate"; "CNAME _x.api.example.com"; "GET api.example.com/"
	Region    string
	Status    int    // HTTP status; 0 when there was none
	Code      string // AWS's error code, DNS response code, or "" when it went well
	Message   string // AWS's error message, or what a probe saw; at most 1,024 octets
	RequestID string
	Write     bool // it may change something in AWS
	StartedAt time.Time
	Took      time.Duration
}

// A Recorder is told each HTTP attempt to AWS, each DNS query and each HTTPS
// probe, after its end. It fills in which job, step and attempt it was for.
type Recorder func(ctx context.Context, c Call)

// CodeNoAnswer is the Code of a call that nobody answered.
const CodeNoAnswer = "NoAnswer"
