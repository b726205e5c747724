package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"apifront/cloud"
	"apifront/setup"
)

// answer is a response in AWS's wire format.
func answer(status int, header map[string]string, body string) wire {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for k, v := range header {
			h.Set(k, v)
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func jsonError(status int, code, message string) wire {
	return answer(status, map[string]string{"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": "req-1"},
		fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message))
}

func restError(status int, code, message string, more ...string) wire {
	h := map[string]string{"x-amzn-ErrorType": code, "x-amzn-RequestId": "req-1"}
	for i := 0; i+1 < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return answer(status, h, fmt.Sprintf(`{"message":%q}`, message))
}

func xmlError(status int, code, message string) wire {
	return answer(status, map[string]string{"Content-Type": "text/xml"},
		`<?xml version="1.0"?><ErrorResponse><Error><Type>Sender</Type><Code>`+code+`</Code><Message>`+message+
			`</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`)
}

func requestCertificate(ctx context.Context, a *cloud.Account) error {
	_, err := a.ACM("eu-west-1").RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: aws.String("api.example.com")})
	return err
}

func createDomain(ctx context.Context, a *cloud.Account) error {
	_, err := a.APIGateway().CreateDomainName(ctx, &apigateway.CreateDomainNameInput{DomainName: aws.String("api.example.com")})
	return err
}

func createDistribution(ctx context.Context, a *cloud.Account) error {
	_, err := a.CloudFront().CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String("r"), Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(0), Items: []cftypes.Origin{}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly,
		},
	}})
	return err
}

func deleteDistribution(ctx context.Context, a *cloud.Account) error {
	_, err := a.CloudFront().DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: aws.String("E1")})
	return err
}

func changeRecords(ctx context.Context, a *cloud.Account) error {
	_, err := a.Route53().ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String("Z1"), ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{}},
	})
	return err
}

func whoAmI(ctx context.Context, a *cloud.Account) error {
	_, err := a.STS().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	return err
}

// TestExplainWire explains what AWS says as it says it, through the SDK.
func TestExplainWire(t *testing.T) {
	t.Parallel()
	broken := func(err error) wire { return func(*http.Request) (*http.Response, error) { return nil, err } }
	const denied = "User: arn:aws:iam::1:user/ada is not authorized to perform: acm:RequestCertificate on resource: arn:aws:acm:eu-west-1:1:certificate/* because no identity-based policy allows it"
	tests := []struct {
		name      string
		wire      wire
		call      func(context.Context, *cloud.Account) error
		want      setup.Problem // Service, Code, Ref and parts of the sentences
		said      string
		temporary bool
		hits      int
	}{
		{"access denied", jsonError(400, "AccessDeniedException", denied), requestCertificate,
			setup.Problem{Service: "ACM", Code: "AccessDeniedException", Ref: "req-1", Why: "acm:RequestCertificate on arn:aws:acm:eu-west-1:1:certificate/*", Fix: "Allow acm:RequestCertificate on arn:"},
			"AccessDeniedException: " + denied, false, 1},
		{"access denied without words", xmlError(403, "AccessDenied", "Access denied"), changeRecords,
			setup.Problem{Service: "Route 53", Code: "AccessDenied", Ref: "req-1", Why: "route53:ChangeResourceRecordSets"}, "", false, 1},
		{"account not verified", xmlError(403, "AccessDenied", "Your account must be verified before you can add new CloudFront resources."), createDistribution,
			setup.Problem{Service: "CloudFront", Code: "AccessDenied", Ref: "req-1", Why: "no matter of permissions", Fix: "AWS Support"}, "", false, 1},
		{"quota is not throttling", jsonError(400, "LimitExceededException", "Error: you have reached your limit"), requestCertificate,
			setup.Problem{Service: "ACM", Code: "LimitExceededException", Ref: "req-1", Why: "quota"}, "", false, 1},
		{"throttled", restError(429, "TooManyRequestsException", "Too Many Requests", "Retry-After", "7"), createDomain,
			setup.Problem{Service: "API Gateway", Code: "TooManyRequestsException", Ref: "req-1", What: "slow down"}, "", true, 3},
		{"throttled at CloudFront", xmlError(400, "Throttling", "Rate exceeded"), createDistribution,
			setup.Problem{Service: "CloudFront", Code: "Throttling", What: "slow down"}, "", true, 3},
		{"zone busy", xmlError(400, "PriorRequestNotComplete", "busy"), changeRecords,
			setup.Problem{Service: "Route 53", Code: "PriorRequestNotComplete", Why: "one change"}, "", true, 3},
		{"name exists", restError(400, "BadRequestException", "The domain name you provided already exists."), createDomain,
			setup.Problem{Service: "API Gateway", Code: "BadRequestException", Why: "over all AWS accounts"}, "BadRequestException: The domain name you provided already exists.", false, 1},
		{"certificate lags", restError(400, "BadRequestException", "Certificate arn is not yet issued (Service: AWSCertificateManager)"), createDomain,
			setup.Problem{Service: "API Gateway", Code: "BadRequestException", Why: "a little later"}, "", true, 1},
		{"header lost", answer(404, nil, `{"message":"Invalid domain name identifier specified"}`), createDomain,
			setup.Problem{Service: "API Gateway", Code: "UnknownError", What: "AWS refused a request."}, "Invalid domain name identifier specified", false, 1},
		{"alias held", xmlError(409, "CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a different resource."), createDistribution,
			setup.Problem{Service: "CloudFront", Code: "CNAMEAlreadyExists", Why: "Another distribution holds the name"}, "", false, 1},
		{"alias held, untyped", xmlError(409, "CNAMEAlreadyExists", "One or more of the CNAMEs"), deleteDistribution,
			setup.Problem{Service: "CloudFront", Code: "CNAMEAlreadyExists", Why: "Another distribution holds the name"}, "", false, 1},
		{"DNS holds the alias", xmlError(409, "CNAMEAlreadyExists", "incorrectly configured DNS record that points to another CloudFront distribution"), createDistribution,
			setup.Problem{Service: "CloudFront", Code: "CNAMEAlreadyExists", Why: "DNS record leads to another"}, "", false, 1},
		{"change batch, root form", answer(400, nil, `<InvalidChangeBatch xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Messages><Message>Tried to create resource record set [name='a', type='A'] but it already exists</Message></Messages><RequestId>req-1</RequestId></InvalidChangeBatch>`), changeRecords,
			setup.Problem{Service: "Route 53", Code: "InvalidChangeBatch"}, "InvalidChangeBatch: ChangeBatch errors occurred: Tried to create resource record set [name='a', type='A'] but it already exists", false, 1},
		{"change batch, wrapped form", xmlError(400, "InvalidChangeBatch", "[Tried to delete]"), changeRecords,
			setup.Problem{Service: "Route 53", Code: "InvalidChangeBatch"}, "InvalidChangeBatch: [Tried to delete]", false, 1},
		{"beside a CNAME", xmlError(400, "InvalidChangeBatch", "[RRSet of type A with DNS name a.example. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.]"), changeRecords,
			setup.Problem{Service: "Route 53", Code: "InvalidChangeBatch", Fix: "Remove the CNAME that is in the way"}, "", false, 1},
		{"expired", xmlError(403, "ExpiredToken", "The security token included in the request is expired"), whoAmI,
			setup.Problem{Service: "STS", Code: "ExpiredToken", What: "expired", Fix: "Sign in again"}, "", false, 1},
		{"unheard of", xmlError(400, "NeverHeardOf", "words"), createDistribution,
			setup.Problem{Service: "CloudFront", Code: "NeverHeardOf", Ref: "req-1", What: "AWS refused a request.", Why: "NeverHeardOf"}, "NeverHeardOf: words", false, 1},
		{"AWS's fault", jsonError(500, "InternalFailure", ""), requestCertificate,
			setup.Problem{Service: "ACM", Code: "InternalFailure", What: "fault of its own"}, "", true, 3},
		{"a gateway's page", answer(503, nil, "<html>"), createDomain,
			setup.Problem{Service: "API Gateway", What: "fault of its own"}, "", true, 3},
		{"cut off", answer(200, nil, `<Distribution><Id>E`), createDistribution,
			setup.Problem{Service: "The AWS SDK", Code: "AnswerCutOff", What: "AWS's answer was cut off.", Why: "CloudFront answered CreateDistribution"}, "", true, 3},
		{"without a member", answer(200, nil, `<Change/>`), changeRecords,
			setup.Problem{Service: "The AWS SDK", Code: "AnswerCutOff", Why: "it has no ChangeInfo.Id"}, "", true, 3},
		{"a sign-in page", answer(200, nil, "<!doctype html><title>Wi-Fi\n for guests</title>"), whoAmI,
			setup.Problem{Service: "The AWS SDK", Code: "AnswerNotFromAWS", What: "The answer was not AWS's.", Why: "a page “Wi-Fi for guests”"}, "", true, 3},
		{"a proxy's refusal", answer(407, nil, ""), requestCertificate,
			setup.Problem{Service: "The AWS SDK", Code: "RefusedOnTheWay", What: "the answer was not AWS's", Why: "407 Proxy Authentication Required"}, "", false, 1},
		{"a refusal without words", answer(403, nil, ""), changeRecords,
			setup.Problem{Service: "The AWS SDK", Code: "RefusedOnTheWay"}, "", false, 1},
		{"refused connection", broken(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}), whoAmI,
			setup.Problem{Service: "STS", Code: "NoAnswer", What: "STS was not reached."}, "dial tcp: connection refused", true, 3},
		{"no such region", broken(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "sts.mars-1.amazonaws.com", IsNotFound: true}}), whoAmI,
			setup.Problem{Service: "STS", Code: "HostNotFound", Why: "sts.mars-1.amazonaws.com"}, "", true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, calls := wired(t, tt.wire)
				err := tt.call(t.Context(), a)
				if err == nil {
					t.Fatal("no error")
				}
				got := cloud.Explain(err)
				if got.Service != tt.want.Service || tt.want.Code != "" && got.Code != tt.want.Code || tt.want.Ref != "" && got.Ref != tt.want.Ref {
					t.Errorf("got service %q code %q ref %q", got.Service, got.Code, got.Ref)
				}
				for _, s := range [][2]string{{got.What, tt.want.What}, {got.Why, tt.want.Why}, {got.Fix, tt.want.Fix}} {
					if s[0] == "" || !strings.Contains(s[0], s[1]) || strings.Contains(s[0], "{") {
						t.Errorf("got %q, want it to contain %q", s[0], s[1])
					}
				}
				if tt.said != "" && got.Said != tt.said {
					t.Errorf("said %q, want %q", got.Said, tt.said)
				}
				if temporary := cloud.Temporary(err); temporary != tt.temporary {
					t.Errorf("temporary: %t, want %t", temporary, tt.temporary)
				}
				if n := len(calls.all()); n != tt.hits {
					t.Errorf("%d attempts recorded, want %d", n, tt.hits)
				}
			})
		})
	}
}

// A wait is given in seconds or as a date in any form that HTTP has, by the
// sender's clock.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			after string
			skew  time.Duration // of the sender's clock
			date  bool          // the answer has a Date
			want  time.Duration
		}{
			{after: "7", want: 7 * time.Second},
			{after: " 7 ", want: 7 * time.Second},
			{after: "0"},
			{after: "-7"},
			{after: ""},
			{after: "soon"},
			{after: "NaN"},
			{after: "99999999999999999999", want: 365 * 24 * time.Hour},
			{after: "date", date: true, want: 90 * time.Second},
			{after: "date", want: 90 * time.Second},
			{after: "date", date: true, skew: 20 * time.Minute, want: 90 * time.Second},
			{after: "date", date: true, skew: -20 * time.Minute, want: 90 * time.Second},
			{after: "RFC 850", date: true, want: 90 * time.Second},
			{after: "asctime", date: true, want: 90 * time.Second},
			{after: "past", date: true},
		} {
			theirs := time.Now().Add(test.skew).UTC()
			after := test.after
			switch at := theirs.Add(90 * time.Second); after {
			case "date":
				after = at.Format(http.TimeFormat)
			case "RFC 850":
				after = strings.Replace(at.Format(time.RFC850), "UTC", "GMT", 1)
			case "asctime":
				after = at.Format(time.ANSIC)
			case "past":
				after = theirs.Add(-time.Hour).Format(http.TimeFormat)
			}
			headers := []string{"Retry-After", after}
			if test.date {
				headers = append(headers, "Date", theirs.Format(http.TimeFormat))
			}
			a, _ := wired(t, restError(429, "TooManyRequestsException", "Too Many Requests", headers...))
			start := time.Now()
			err := createDomain(t.Context(), a)
			if test.after == "date" && !test.date { // by our clock, which went on meanwhile
				test.want -= time.Since(start)
			}
			if got := cloud.RetryAfter(err); (got - test.want).Abs() > time.Second { // a date has whole seconds
				t.Errorf("%+v: got %s", test, got)
			}
		}
	})
}

// TestCallTimeout: AWS may be silent for half a minute, not for ever.
func TestCallTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, _ := wired(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		start := time.Now()
		err := whoAmI(t.Context(), a)
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("given up after %s, want 30s", took)
		}
		if p := cloud.Explain(err); p.Code != "TimedOut" || !cloud.Temporary(err) {
			t.Errorf("got %+v, temporary %t", p, cloud.Temporary(err))
		}
	})
}

func TestExplainCredentials(t *testing.T) {
	t.Parallel()
	a, calls := wired(t, answer(200, nil, ""), func(s *cloud.Settings) {
		s.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, fmt.Errorf("no EC2 IMDS role found: %w", context.DeadlineExceeded)
		})
	})
	err := whoAmI(t.Context(), a)
	p := cloud.Explain(err)
	if p.Code != "NoCredentials" || p.What != "No usable AWS credentials were found." || !strings.Contains(p.Said, "no EC2 IMDS role found") {
		t.Errorf("got %+v", p)
	}
	if cloud.Temporary(err) {
		t.Error("missing credentials count as temporary")
	}
	if len(calls.all()) != 0 {
		t.Errorf("recorded %d calls, but none was made", len(calls.all()))
	}
}

func TestExplainPassesThrough(t *testing.T) {
	t.Parallel()
	mine := &setup.Problem{What: "Mine."}
	if got := cloud.Explain(fmt.Errorf("wrapped: %w", mine)); got != mine {
		t.Errorf("got %+v", got)
	}
	if cloud.Explain(nil) != nil {
		t.Error("a problem without an error")
	}
	if got := cloud.Explain(errors.New("disk full")); got.What == "" || got.Said != "disk full" || got.Service != "apifront" {
		t.Errorf("got %+v", got)
	}
	if cloud.Temporary(errors.New("disk full")) || cloud.Temporary(context.Canceled) || cloud.Temporary(mine) {
		t.Error("temporary, but nothing will change by itself")
	}
}
