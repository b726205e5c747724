package cloud_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
)

// turns hands out one turn after the other, as the store does.
func turns(next map[string]time.Time, keys *[]string) func(context.Context, string, string, time.Duration) (time.Duration, error) {
	held := map[string]time.Time{}
	return func(_ context.Context, key, holder string, every time.Duration) (time.Duration, error) {
		*keys = append(*keys, key)
		now := time.Now()
		at, reserved := held[key+holder]
		if !reserved {
			at = next[key]
			if at.Before(now) {
				at = now
			}
			next[key] = at.Add(every)
		}
		if at.After(now) {
			held[key+holder] = at
			return at.Sub(now), nil
		}
		delete(held, key+holder)
		return 0, nil
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		a, _ := wired(t, answer(200, nil, ""), func(s *cloud.Settings) { s.Turn = turns(map[string]time.Time{}, &keys) })
		a.ID = accountID
		if err := a.Turn(t.Context(), "apigateway:CreateDomainName"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(13 * time.Second)
		err := a.Turn(t.Context(), "apigateway:CreateDomainName")
		later, ok := errors.AsType[*cloud.NotYet](err)
		if !ok {
			t.Fatalf("got %v, want NotYet", err)
		}
		if want := "API Gateway allows one new domain name every 30 s; yours starts in 18 s."; later.Why != want {
			t.Errorf("got %q, want %q", later.Why, want)
		}
		if wait := time.Until(later.At); wait != 18*time.Second {
			t.Errorf("waits %s, want 18s: a second more than the quota", wait)
		}
		if err := a.Turn(t.Context(), "apigateway:DeleteDomainName"); err != nil {
			t.Errorf("a deletion has a clock of its own: %v", err)
		}
		time.Sleep(18 * time.Second)
		if err := a.Turn(t.Context(), "apigateway:CreateDomainName"); err != nil {
			t.Errorf("the reserved turn has come: %v", err)
		}
		if err := a.Turn(t.Context(), "apigateway:CreateApiMapping"); err != nil {
			t.Errorf("unlimited: %v", err)
		}
		want := []string{accountID + "/eu-west-1/apigateway:CreateDomainName", accountID + "/eu-west-1/apigateway:DeleteDomainName"}
		slices.Sort(keys)
		if diff := cmp.Diff(want, slices.Compact(keys)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPaceScales(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		a, _ := wired(t, answer(200, nil, ""), func(s *cloud.Settings) {
			s.Turn = turns(map[string]time.Time{}, &keys)
			s.Pace = func(_ string, every time.Duration) time.Duration { return every / 10 }
		})
		_ = a.Turn(t.Context(), "apigateway:CreateDomainName")
		later, ok := errors.AsType[*cloud.NotYet](a.Turn(t.Context(), "apigateway:CreateDomainName"))
		if !ok || time.Until(later.At) != 3100*time.Millisecond || !strings.Contains(later.Why, "every 3 s") {
			t.Errorf("got %+v", later)
		}
	})
}

// TestRoute53Pace: its calls wait for their turn by themselves, retries too.
func TestRoute53Pace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		var at []time.Duration
		start := time.Now()
		a, _ := wired(t, func(r *http.Request) (*http.Response, error) {
			at = append(at, time.Since(start))
			return xmlError(400, "InvalidInput", "")(r)
		}, func(s *cloud.Settings) { s.Turn = turns(map[string]time.Time{}, &keys) })
		for range 3 {
			if _, err := a.Route53().ListHostedZones(t.Context(), nil); err == nil {
				t.Fatal("no error")
			}
		}
		if diff := cmp.Diff([]time.Duration{0, 210 * time.Millisecond, 420 * time.Millisecond}, at); diff != "" {
			t.Error(diff)
		}
		// One zone is changed once a second; the turn of the service is taken anew
		// after that wait, so that reads beside it keep their distance.
		time.Sleep(time.Minute)
		start, at = time.Now(), nil
		for range 3 {
			if err := changeRecords(t.Context(), a); err == nil {
				t.Fatal("no error")
			}
		}
		if diff := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second}, at); diff != "" {
			t.Error(diff)
		}
		if waited, limit := a.Stood(); waited != 2420*time.Millisecond || limit != "Route 53 allows five calls a second" {
			t.Errorf("its calls have waited %s on the spot, for %q", waited, limit)
		}
	})
}

// A hold is what others are told of a refusal.
type hold struct {
	Key, Holder string
	Wait        time.Duration
}

func holds(list *[]hold) func(context.Context, string, string, time.Duration) error {
	return func(_ context.Context, key, holder string, wait time.Duration) error {
		*list = append(*list, hold{key, holder, wait})
		return nil
	}
}

// TestRefusedTurn: AWS refuses a call whose turn had come. The SDK does not try
// it again, the line is told for how long, and the step waits for its turn.
func TestRefusedTurn(t *testing.T) {
	t.Parallel()
	for after, want := range map[string]time.Duration{"": 31 * time.Second, "120": 2 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			var keys []string
			var held []hold
			header := map[string]string{"X-Amzn-Errortype": "TooManyRequestsException"}
			if after != "" {
				header["Retry-After"] = after
			}
			a, calls := wired(t, answer(429, header, `{"message":"Too Many Requests"}`), func(s *cloud.Settings) {
				s.Turn, s.Hold = turns(map[string]time.Time{}, &keys), holds(&held)
			})
			a.ID = accountID
			_, err := a.APIGateway().CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{DomainName: aws.String("a.example.com")})
			later, ok := errors.AsType[*cloud.NotYet](err)
			if !ok || later.Refused == nil || !cloud.Throttled(later.Refused) || time.Until(later.At) != want {
				t.Fatalf("got %+v (%v), want NotYet in %s", later, err, want)
			}
			if p := cloud.Explain(later.Refused); p.Service != "API Gateway" || p.Code != "TooManyRequestsException" {
				t.Errorf("the refusal is explained as %+v", p)
			}
			if !strings.Contains(later.Why, "one new domain name every 30 s, and others came first; yours starts in") {
				t.Errorf("it says %q", later.Why)
			}
			key := accountID + "/eu-west-1/apigateway:CreateDomainName"
			if diff := cmp.Diff([]hold{{key, "job 1 step x", want}}, held); diff != "" {
				t.Error(diff)
			}
			if n := len(calls.all()); n != 1 {
				t.Errorf("it was called %d times", n)
			}
		})
	}
}

// TestServicesAreGentlyPaced: a service's writes keep their distance on the
// spot, in every region or in all of them; reads cost nothing. Where AWS asks
// for time, everybody gives it.
func TestServicesAreGentlyPaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		var held []hold
		next := map[string]time.Time{}
		a, _ := wired(t, answer(400, map[string]string{"X-Amzn-Errortype": "ValidationException"}, `{}`), func(s *cloud.Settings) {
			s.Turn, s.Hold = turns(next, &keys), holds(&held)
		})
		a.ID = accountID
		took := func(call func()) time.Duration {
			start := time.Now()
			for range 3 {
				call()
			}
			return time.Since(start)
		}
		for _, c := range []struct {
			what string
			call func()
			want time.Duration
			keys []string
		}{
			{"ACM's requests", func() {
				_, _ = a.ACM("us-east-1").RequestCertificate(t.Context(), &acm.RequestCertificateInput{DomainName: aws.String("a.example.com")})
			}, 400 * time.Millisecond, []string{accountID + "/us-east-1/acm"}},
			{"ACM's reads", func() {
				_, _ = a.ACM("us-east-1").ListCertificates(t.Context(), &acm.ListCertificatesInput{})
			}, 0, nil},
			{"CloudFront's writes", func() {
				_, _ = a.CloudFront().DeleteDistribution(t.Context(), &cloudfront.DeleteDistributionInput{Id: aws.String("E1")})
			}, time.Second, []string{accountID + "/cloudfront"}},
			{"API Gateway's writes", func() {
				_, _ = a.APIGateway().DeleteBasePathMapping(t.Context(), &apigateway.DeleteBasePathMappingInput{DomainName: aws.String("a"), BasePath: aws.String("b")})
			}, 400 * time.Millisecond, []string{accountID + "/eu-west-1/apigateway"}},
		} {
			keys = nil
			if got := took(c.call); got != c.want {
				t.Errorf("three of %s took %s, want %s", c.what, got, c.want)
			}
			if diff := cmp.Diff(c.keys, slices.Compact(keys)); diff != "" {
				t.Errorf("%s: %s", c.what, diff)
			}
		}
		if len(held) > 0 {
			t.Errorf("held without a refusal: %v", held)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		var held []hold
		header := map[string]string{"Retry-After": "3", "Content-Type": "text/xml"}
		a, _ := wired(t, answer(400, header, `<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`), func(s *cloud.Settings) {
			s.Turn, s.Hold = turns(map[string]time.Time{}, &keys), holds(&held)
		})
		if err := changeRecords(t.Context(), a); !cloud.Throttled(err) {
			t.Errorf("got %v, want AWS's refusal", err)
		}
		want := hold{"default/route53", "job 1 step x route53", 3 * time.Second}
		if len(held) == 0 || held[0] != want {
			t.Errorf("held %+v, want %+v at each try", held, want)
		}
	})
}
