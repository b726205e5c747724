package cloud

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"apifront/setup"
)

// Codes of ours, for what AWS gave no code for.
const (
	codeNoCredentials = "NoCredentials"
	codeNoAnswer      = "NoAnswer"
	codeUnreadable    = "AnswerUnreadable"
	codeTimeout       = "TimedOut"
	codeCancelled     = "Cancelled"
	codeCertificate   = "CertificateNotTrusted"
	codeNoHost        = "HostNotFound"
	codeLookup        = "LookupFailed"
	codeProbe         = "Probe-" // and the rung
)

// Explain is an error in plain words: what happened, why, and what to do, with
// AWS's own words and request ID. It is nil only for nil, and passes a
// *setup.Problem through.
func Explain(err error) *setup.Problem {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*setup.Problem](err); ok {
		return p
	}
	if later, ok := errors.AsType[*NotYet](err); ok {
		return &setup.Problem{What: "The call waits for its turn.", Why: later.Why, Fix: "Wait; it goes on by itself.", Code: "NotYet"}
	}
	f := factsOf(err)
	e := find(f)
	return &setup.Problem{
		What: f.fill(e.what), Why: f.fill(e.why), Fix: f.fill(e.fix),
		Ref: f.requestID, Service: f.display(), Said: f.said(), Code: f.code,
	}
}

// Temporary says whether the same call may well go through in a while:
// throttling, a fault on AWS's side, the network. A quota is not temporary,
// and neither are missing credentials.
func Temporary(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if _, ok := errors.AsType[*setup.Problem](err); ok {
		return false
	}
	f := factsOf(err)
	return f.code != "" && find(f).again || f.status >= http.StatusInternalServerError
}

// RetryAfter is how long AWS asks to wait before the next try; 0: it does not
// say.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*agtypes.TooManyRequestsException](err); ok && e.RetryAfterSeconds != nil {
		if d, err := time.ParseDuration(strings.TrimSpace(*e.RetryAfterSeconds) + "s"); err == nil && d > 0 {
			return d
		}
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && e.Response != nil && e.Response.Response != nil {
		if d, err := time.ParseDuration(strings.TrimSpace(e.Response.Header.Get("Retry-After")) + "s"); err == nil && d > 0 {
			return d
		}
	}
	return 0
}

// Code is AWS's error code, or "" if AWS did not give one.
func Code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// facts is what an error says.
type facts struct {
	service   string // as in IAM actions; "": not AWS
	operation string
	code      string // AWS's, or one of ours
	message   string // AWS's, or the error's text
	requestID string
	status    int
	aws       bool // AWS said it
	profile   string
	host      string
}

func factsOf(err error) facts {
	var f facts
	if e, ok := errors.AsType[*credentialsError](err); ok {
		f.profile = e.profile
		if _, asked := errors.AsType[*smithy.OperationError](e.err); asked {
			err = e // what was refused is the way to the credentials, not the call
		}
	}
	if e, ok := errors.AsType[*smithy.OperationError](err); ok {
		f.service, f.operation = actionPrefix(e.ServiceID), e.OperationName
	}
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		f.requestID, f.status = e.ServiceRequestID(), e.HTTPStatusCode()
		if f.requestID == "" && e.Response != nil && e.Response.Response != nil {
			f.requestID = requestID(e.Response.Header)
		}
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		f.code, f.message, f.aws = e.ErrorCode(), errorMessage(e), true
		if f.code == "" {
			f.code = "UnknownError"
		}
		return f
	}
	f.message = innermost(err).Error()
	f.code, f.host = codeOfOurs(err)
	return f
}

// codeOfOurs names an error that AWS gave no code for; "" for one that is not
// of the kind that talking to AWS brings.
func codeOfOurs(err error) (code, host string) {
	if probe, ok := errors.AsType[*ProbeError](err); ok {
		return codeProbe + probe.Rung, probe.Host
	}
	if lookup, ok := errors.AsType[*LookupError](err); ok {
		return codeLookup, lookup.Name
	}
	if dnsError, ok := errors.AsType[*net.DNSError](err); ok {
		host = dnsError.Name
	}
	if _, ok := errors.AsType[*credentialsError](err); ok {
		return codeNoCredentials, host
	}
	if errors.Is(err, context.Canceled) {
		return codeCancelled, host
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return codeCertificate, host
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return codeCertificate, host
	}
	if host != "" {
		return codeNoHost, host
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return codeTimeout, host
	}
	if netError, ok := errors.AsType[net.Error](err); ok {
		if netError.Timeout() {
			return codeTimeout, host
		}
		return codeNoAnswer, host
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return codeNoAnswer, host
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return codeUnreadable, host
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return codeNoAnswer, host
	}
	return "", host
}

// innermost is the error that says most: the SDK wraps a sentence in half a
// dozen others, and the network's last word says too little.
func innermost(err error) error {
	if e, ok := errors.AsType[*credentialsError](err); ok {
		return e.err
	}
	if e, ok := errors.AsType[*ProbeError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*LookupError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	for {
		if _, ok := err.(*net.OpError); ok { //nolint:errorlint // this very link of the chain
			return err
		}
		next := errors.Unwrap(err)
		if next == nil || next.Error() == "" {
			return err
		}
		err = next
	}
}

// find is the first explanation that fits.
func find(f facts) explanation {
	if !f.aws && f.status >= http.StatusInternalServerError {
		return awsFault // whatever its body was
	}
	for _, e := range explanations {
		if e.service != "" && e.service != f.service {
			continue
		}
		if e.code != f.code || !strings.Contains(f.message, e.has) {
			continue
		}
		return e
	}
	switch {
	case f.status >= http.StatusInternalServerError:
		return awsFault
	case f.status == http.StatusTooManyRequests:
		return throttled
	case f.aws:
		return unknownRefusal
	}
	return unknownError
}

// said is AWS's own words, whole.
func (f facts) said() string {
	if !f.aws || f.code == "UnknownError" {
		return clip(f.message)
	}
	return clip(f.code + ": " + f.message)
}

// display is the service as people write it.
func (f facts) display() string {
	switch f.service {
	case "acm":
		return "ACM"
	case "apigateway":
		return "API Gateway"
	case "cloudfront":
		return "CloudFront"
	case "route53":
		return "Route 53"
	case "sts":
		return "STS"
	case "":
		return "apifront"
	default:
		return f.service
	}
}

// denied finds the action and the resource in what AWS says of a missing
// permission: "User: arn:… is not authorized to perform: acm:RequestCertificate
// on resource: arn:… because …".
var denied = regexp.MustCompile(`not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9*]+)(?: on resource: (\S+))?`)

// fill puts the facts into a sentence of the table.
func (f facts) fill(s string) string {
	var action string
	resource := "its resource"
	if m := denied.FindStringSubmatch(f.message); m != nil {
		action = m[1]
		if m[2] != "" {
			resource = strings.Trim(m[2], `"'.,`)
		}
	} else if f.service == "apigateway" {
		action = "the action of API Gateway behind " + f.operation // IAM names its HTTP method
	} else {
		action = f.service + ":" + f.operation
	}
	service := f.display()
	if f.service == "" {
		service = "AWS"
	}
	profile := f.profile
	if profile == "" {
		profile = "default"
	}
	code := f.code
	if code == "" {
		code = fmt.Sprintf("status %d", f.status)
	}
	return strings.NewReplacer("{action}", action, "{resource}", resource, "{service}", service,
		"{operation}", f.operation, "{profile}", profile, "{host}", f.host, "{code}", code).Replace(s)
}

// quotaCodes are refusals because of a quota. Trying again does not help,
// although the SDK takes some of them for throttling.
var quotaCodes = map[string]bool{
	"LimitExceededException":       true, // ACM, API Gateway
	"LimitsExceeded":               true, // Route 53
	"EntityLimitExceeded":          true, // CloudFront
	"TooManyDistributions":         true,
	"TooManyDistributionCNAMEs":    true,
	"TooManyCachePolicies":         true,
	"TooManyOriginRequestPolicies": true,
}
