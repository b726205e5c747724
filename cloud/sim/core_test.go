package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// sdk is a config of the real SDK that reaches the simulator with a key,
// without retries so that a test sees each answer.
func sdk(s *Sim, region string, key Key) aws.Config {
	return sdkWithToken(s, region, key, "")
}

func sdkWithToken(s *Sim, region string, key Key, token string) aws.Config {
	return aws.Config{
		Region:      region,
		Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, token),
		HTTPClient:  s.Client(),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// wantCode fails unless err is AWS's error with that code.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	got := "none"
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		got = e.ErrorCode()
	}
	if got != code {
		t.Fatalf("got code %s (%v), want %s", got, err, code)
	}
}

// wantMessage fails unless AWS's message has the text.
func wantMessage(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Fatalf("got %v, want a message with %q", err, text)
	}
}

func TestV32UnknownAndExpiredKeys(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, aws.Config) error{
		"acm": func(ctx context.Context, c aws.Config) error {
			_, err := acm.NewFromConfig(c).ListCertificates(ctx, nil)
			return err
		},
		"apigateway": func(ctx context.Context, c aws.Config) error {
			_, err := apigateway.NewFromConfig(c).GetRestApis(ctx, nil)
			return err
		},
		"cloudfront": func(ctx context.Context, c aws.Config) error {
			_, err := cloudfront.NewFromConfig(c).ListDistributions(ctx, nil)
			return err
		},
		"route53": func(ctx context.Context, c aws.Config) error {
			_, err := route53.NewFromConfig(c).ListHostedZones(ctx, nil)
			return err
		},
		"sts": func(ctx context.Context, c aws.Config) error {
			_, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, nil)
			return err
		},
	}
	for _, c := range []struct{ service, unknown, expired string }{
		{"acm", "UnrecognizedClientException", "ExpiredTokenException"},
		{"apigateway", "UnrecognizedClientException", "ExpiredTokenException"},
		{"cloudfront", "InvalidClientTokenId", "ExpiredToken"},
		{"route53", "InvalidClientTokenId", "ExpiredToken"},
		{"sts", "InvalidClientTokenId", "ExpiredToken"},
	} {
		t.Run(c.service, func(t *testing.T) {
			t.Parallel()
			s := New(Config{})
			key := s.AddAccount("111122223333", "u")
			if err := calls[c.service](t.Context(), sdk(s, "eu-west-1", key)); err != nil {
				t.Fatalf("with a good key: %v", err)
			}
			wantCode(t, calls[c.service](t.Context(), sdk(s, "eu-west-1", Key{ID: "AKIANOBODY", Secret: "x"})), c.unknown)
			s.ExpireKey(key.ID, time.Now().Add(-time.Second))
			wantCode(t, calls[c.service](t.Context(), sdk(s, "eu-west-1", key)), c.expired)
		})
	}
}

func TestUnmodelledIsRefused(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	cfg := sdk(s, "us-east-1", s.AddAccount("111122223333", "u"))
	_, err := acm.NewFromConfig(cfg).GetAccountConfiguration(t.Context(), nil)
	wantCode(t, err, "NotModelled")
	_, err = route53.NewFromConfig(cfg).ListHealthChecks(t.Context(), nil)
	wantCode(t, err, "NotModelled")
	_, err = sts.NewFromConfig(cfg).GetSessionToken(t.Context(), nil)
	wantCode(t, err, "NotModelled")
	_, err = acm.NewFromConfig(cfg).RequestCertificate(t.Context(), &acm.RequestCertificateInput{
		DomainName: aws.String("a.example.com"), ManagedBy: acmtypes.CertificateManagedByCloudfront,
	})
	wantCode(t, err, "NotModelled")
}

func TestBodyOverTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount("111122223333", "u")
	for size, want := range map[int]int{bodyLimit: http.StatusNotImplemented, bodyLimit + 1: http.StatusRequestEntityTooLarge} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(strings.Repeat("x", size)))
		r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/20261123/us-east-1/acm/aws4_request, SignedHeaders=host, Signature=0", key.ID))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("body of %d: got status %d, want %d", size, w.Code, want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	c := acm.NewFromConfig(sdk(s, "us-east-1", s.AddAccount("111122223333", "u")))
	ask := func() error {
		_, err := c.RequestCertificate(t.Context(), &acm.RequestCertificateInput{DomainName: aws.String("a.example.com"), ValidationMethod: "DNS"})
		return err
	}
	count := func() int {
		out, err := c.ListCertificates(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(out.CertificateSummaryList)
	}
	s.Order(Fault{Service: "acm", Operation: "RequestCertificate", Skip: 1, Times: 2, Status: 400, Code: "ThrottlingException", Message: "Rate exceeded", RetryAfter: 7})
	for i, want := range []string{"", "ThrottlingException", "ThrottlingException", ""} {
		err := ask()
		if want == "" && err != nil {
			t.Fatalf("call %d: %v", i+1, err)
		}
		if want != "" {
			wantCode(t, err, want)
		}
	}
	if got := count(); got != 2 {
		t.Fatalf("refused calls did work: %d certificates, want 2", got)
	}
	for kind, does := range map[FaultKind]int{FaultErrorAfter: 1, FaultLost: 1, FaultReset: 0} {
		before := count()
		s.Order(Fault{Operation: "RequestCertificate", Kind: kind})
		if err := ask(); err == nil {
			t.Errorf("%s: got no error", kind)
		}
		if got := count() - before; got != does {
			t.Errorf("%s: %d certificates made, want %d", kind, got, does)
		}
	}
	if left := s.Ordered(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestFaultsOverASocket(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount("111122223333", "u")
	server := httptest.NewServer(s)
	defer server.Close()
	cfg := sdk(s, "us-east-1", key)
	cfg.HTTPClient, cfg.BaseEndpoint = http.DefaultClient, aws.String(server.URL)
	cfg.Retryer = func() aws.Retryer { return retry.NewStandard() }
	post := func(body string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/_sim/faults", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if res := post(`{"operation":"RequestCertificate","kind":"nonsense"}`); res != http.StatusBadRequest {
		t.Errorf("unknown kind: got status %d", res)
	}
	if res := post(`{"service":"acm","operation":"RequestCertificate","kind":"lost"}`); res != http.StatusOK {
		t.Fatalf("order: got status %d", res)
	}
	// The answer is lost; the SDK asks again with the same token (V4).
	c := acm.NewFromConfig(cfg)
	if _, err := c.RequestCertificate(t.Context(), &acm.RequestCertificateInput{
		DomainName: aws.String("a.example.com"), ValidationMethod: "DNS", IdempotencyToken: aws.String("once"),
	}); err != nil {
		t.Fatal(err)
	}
	if calls := s.Calls(); len(calls) != 2 || calls[0].Status != 0 || calls[1].Status != http.StatusOK {
		t.Errorf("got calls %+v, want a lost one and a good one", calls)
	}
	if got := len(s.State().Certificates); got != 1 {
		t.Errorf("got %d certificates, want 1", got)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/_sim/calls", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines, err := io.ReadAll(res.Body)
	if err != nil || strings.Count(string(lines), "\n") != 2 {
		t.Errorf("got call lines %q (%v), want two", lines, err)
	}
}

func TestResetComesBackToTheDemo(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	w := s.Demo()
	before := s.State()
	c := acm.NewFromConfig(sdk(s, "us-east-1", Key{ID: w.KeyID, Secret: w.Secret}))
	if _, err := c.RequestCertificate(t.Context(), &acm.RequestCertificateInput{DomainName: aws.String("a.example.com")}); err != nil {
		t.Fatal(err)
	}
	if len(s.State().Certificates) == len(before.Certificates) {
		t.Fatal("the certificate is not in the state")
	}
	s.Reset()
	if got, want := fmt.Sprint(s.State()), fmt.Sprint(before); got != want {
		t.Errorf("after reset\n%s\nwant\n%s", got, want)
	}
}

func TestLatencyHonoursTheContext(t *testing.T) {
	t.Parallel()
	s := New(Config{Pace: Pace{Latency: time.Hour}})
	c := sts.NewFromConfig(sdk(s, "us-east-1", s.AddAccount("111122223333", "u")))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.GetCallerIdentity(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	if calls := s.Calls(); len(calls) != 0 {
		t.Errorf("a call that never arrived was noted: %v", calls)
	}
}

func TestGuestsActAsTheDemosUser(t *testing.T) {
	t.Parallel()
	s := New(Config{Guests: true})
	s.Demo()
	who, err := sts.NewFromConfig(sdk(s, "us-east-1", Key{ID: "dummy", Secret: "dummy"})).GetCallerIdentity(t.Context(), nil)
	if err != nil || aws.ToString(who.Account) != demoAccount {
		t.Fatalf("a dummy key is %v, %v, want the account %s", who, err, demoAccount)
	}
}
