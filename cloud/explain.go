package cloud

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"apifront/setup"
)

// Codes of ours, for what AWS gave no code for.
const (
	codeNoCredentials = "NoCredentials"
	codeSignedOut     = "SignedOut"
	codeProcess       = "CredentialProcessFailed"
	codeSlow          = "CredentialsTookTooLong"
	codeUnreadable    = "AnswerUnreadable"
	codeCutOff        = "AnswerCutOff"
	codeForeign       = "AnswerNotFromAWS"
	codeProxy         = "RefusedOnTheWay"
	codeTimeout       = "TimedOut"
	codeCancelled     = "Cancelled"
	codeCertificate   = "CertificateNotTrusted"
	codeNoHost        = "HostNotFound"
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
	if e, ok := errors.AsType[setup.Explained](err); ok {
		return e.Problem()
	}
	if later, ok := errors.AsType[*NotYet](err); ok {
		return &setup.Problem{What: "The call waits for its turn.", Why: later.Why, Fix: "Wait; it goes on by itself.", Code: "NotYet"}
	}
	f := factsOf(err)
	e := find(f)
	if f.clock() {
		e = wrongClock
	}
	service := f.display()
	if f.answer != "" {
		service = "The AWS SDK" // AWS said nothing of the kind
	}
	return &setup.Problem{
		What: f.fill(e.what), Why: f.fill(e.why), Fix: f.fill(e.fix),
		Ref: f.requestID, Service: service, Said: f.said(), Code: f.code,
		Remake: e.remake,
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
	if e, ok := errors.AsType[setup.Explained](err); ok {
		return e.Temporary()
	}
	f := factsOf(err)
	return f.code != "" && find(f).again || f.status >= http.StatusInternalServerError
}

// RetryAfter is how long AWS asks to wait before the next try; 0: it does not
// say. AWS gives seconds or a date. A date is compared with the Date header of
// the same answer, so that our own clock plays no part.
// https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3
func RetryAfter(err error) time.Duration {
	now := time.Now()
	var asked []string
	if e, ok := errors.AsType[*agtypes.TooManyRequestsException](err); ok && e.RetryAfterSeconds != nil {
		asked = append(asked, *e.RetryAfterSeconds)
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && e.Response != nil && e.Response.Response != nil {
		asked = append(asked, e.Response.Header.Get("Retry-After"))
		if theirs, err := http.ParseTime(e.Response.Header.Get("Date")); err == nil {
			now = theirs
		}
	}
	for _, text := range asked {
		if d := waitOf(strings.TrimSpace(text), now); d > 0 {
			return d
		}
	}
	return 0
}

// waitOf reads a Retry-After; 0 for what is none, or lies in the past.
func waitOf(text string, now time.Time) time.Duration {
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0) { // also NaN
		return 0
	}
	return time.Duration(min(seconds, (365*24*time.Hour).Seconds()) * float64(time.Second))
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
	answer    string           // what is wrong with an answer that is not as AWS gives them
	way       setup.Connection // which connection it was; no kind: not known
	skew      time.Duration    // our clock minus AWS's; 0: not known
}

// clock says whether AWS refused the time of a request, in whatever words.
func (f facts) clock() bool {
	switch f.code {
	case "RequestExpired", "RequestTimeTooSkewed":
		return true
	case "SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure":
		return f.skew.Abs() > skewAllowed-time.Minute ||
			strings.HasPrefix(f.message, "Signature expired") || strings.HasPrefix(f.message, "Signature not yet current")
	}
	return false
}

func factsOf(err error) facts {
	var f facts
	if e, ok := errors.AsType[*wayError](err); ok {
		f.way, f.skew, f.profile = e.way, e.skew, profileOf(e.way)
	}
	missing, isMissing := errors.AsType[*credentialsError](err)
	if isMissing {
		if f.profile = missing.profile; missing.role.Kind != "" {
			f.way = missing.role
		}
		if _, asked := errors.AsType[*smithy.OperationError](missing.err); asked {
			err = missing // what was refused is the way to the credentials, not the call
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
	if e, ok := errors.AsType[*AnswerError](err); ok {
		if e.Operation != "" {
			f.service, f.operation = e.Service, e.Operation
		}
		f.code, f.message = e.code(), e.Error()
		f.requestID, f.answer = e.RequestID, e.Why
		if !e.Foreign {
			f.status = e.Status
		}
		return f
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		f.code, f.message, f.aws = e.ErrorCode(), errorMessage(e), true
		if f.code == "" {
			f.code = "UnknownError"
		}
		if isMissing && strings.HasPrefix(f.service, "sso") {
			f.code, f.aws = codeSignedOut, true
		}
		return f
	}
	if isMissing {
		f.service = "sdk"
	}
	f.message = innermost(err).Error()
	f.code, f.host = codeOfOurs(err)
	return f
}

// codeOfOurs is our code for an error that AWS gave no code for; "" if it does
// not come from talking to AWS. host is the name that could not be looked up, or
// "".
func codeOfOurs(err error) (code, host string) {
	if dnsError, ok := errors.AsType[*net.DNSError](err); ok {
		host = dnsError.Name
	}
	if e, ok := errors.AsType[*credentialsError](err); ok {
		return missingCode(e), host
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
		return setup.CodeNoAnswer, host
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return setup.CodeNoAnswer, host
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return codeUnreadable, host
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return setup.CodeNoAnswer, host
	}
	return "", host
}

// missingCode is the kind of reason for which there are no credentials.
func missingCode(e *credentialsError) string {
	if _, ok := errors.AsType[*ssocreds.InvalidTokenError](e.err); ok {
		return codeSignedOut
	}
	if _, ok := errors.AsType[*processcreds.ProviderError](e.err); ok {
		return codeProcess
	}
	if errors.Is(e.err, errSlow) {
		return codeSlow
	}
	if file, ok := errors.AsType[*fs.PathError](e.err); ok && strings.Contains(filepath.ToSlash(file.Path), "/sso/cache/") {
		return codeSignedOut
	}
	return codeNoCredentials
}

// profileOf is the profile behind a connection; "" for that of the default chain.
func profileOf(c setup.Connection) string {
	if c.Kind == setup.ConnectionRole {
		c, _ = setup.BuiltIn(c.Source)
	}
	return c.Profile
}

// innermost is the error that says most: the SDK wraps a sentence in half a
// dozen others, and the network's last word says too little.
func innermost(err error) error {
	if e, ok := errors.AsType[*credentialsError](err); ok {
		return e.err
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
		if e.of != "" && !slices.Contains(strings.Split(e.of, "|"), f.operation) {
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
		return setup.ClipMessage(f.message)
	}
	return setup.ClipMessage(f.code + ": " + f.message)
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
	case "cloudtrail":
		return "CloudTrail"
	case "cloudwatch":
		return "CloudWatch"
	case "logs":
		return "CloudWatch Logs"
	case "route53":
		return "Route 53"
	case "sts":
		return "STS"
	case "iam":
		return "IAM"
	case "sdk":
		return "The AWS SDK"
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

// callerPattern finds who AWS says called.
var callerPattern = regexp.MustCompile(`User: (arn:\S+) is not authorized`)

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
	if f.service == "" || f.service == "sdk" {
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
	clock := "differs from AWS's by more than five minutes"
	if f.skew.Abs() > skewAllowed-time.Minute {
		clock = "is " + SkewText(f.skew)
	}
	external := "there is no condition on it"
	if f.way.ExternalID != "" {
		external = "the condition sts:ExternalId must be “" + f.way.ExternalID + "”"
	} else if f.way.Kind == setup.ConnectionProfile {
		external = "its condition sts:ExternalId, if it has one, must be the external_id of the profile"
	}
	signIn := "aws sso login"
	if f.profile != "" && f.profile != "default" {
		signIn += " --profile " + f.profile
	}
	caller := "the identity of the source connection"
	if m := callerPattern.FindStringSubmatch(f.message); m != nil {
		caller = m[1]
	}
	return strings.NewReplacer("{clock}", clock, "{external}", external, "{signin}", signIn, "{caller}", caller,
		"{way}", wayOf(f.way), "{config}", configFile(), "{action}", action, "{resource}", resource, "{service}", service,
		"{operation}", f.operation, "{profile}", profile, "{host}", f.host, "{answer}", f.answer, "{code}", code).Replace(s)
}

// quotaCodes are refusals because of a quota. Trying again does not help,
// although the SDK takes some of them for throttling.
var quotaCodes = map[string]bool{
	"LimitExceededException":        true, // ACM, API Gateway
	"LimitsExceeded":                true, // Route 53
	"EntityLimitExceeded":           true, // CloudFront
	"TooManyDistributions":          true,
	"TooManyDistributionCNAMEs":     true,
	"TooManyCachePolicies":          true,
	"TooManyOriginRequestPolicies":  true,
	"ServiceQuotaExceededException": true, // CloudWatch Logs
}
