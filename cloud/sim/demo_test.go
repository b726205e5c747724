package sim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
)

func TestDemoWorld(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	w := s.Demo()
	key := Key{ID: w.KeyID, Secret: w.Secret}
	for region, want := range map[string][2]int{"us-east-1": {5, 2}, "eu-west-1": {2, 3}} {
		rest, err := apigateway.NewFromConfig(sdk(s, region, key)).GetRestApis(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		other, err := apigatewayv2.NewFromConfig(sdk(s, region, key)).GetApis(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{len(rest.Items), len(other.Items)}; got != want {
			t.Errorf("%s: got %v REST and other APIs, want %v", region, got, want)
		}
	}
	zones, err := route53.NewFromConfig(sdk(s, "us-east-1", key)).ListHostedZones(t.Context(), nil)
	if err != nil || len(zones.HostedZones) != 4 {
		t.Errorf("got %d zones (%v), want 4", len(zones.HostedZones), err)
	}
	delegated := []string{}
	for _, z := range s.State().Zones {
		if z.Delegated {
			delegated = append(delegated, z.Name)
			if z.ID != w.Zones[z.Name[:len(z.Name)-1]] {
				t.Errorf("zone %s of the demo is %s, but %s is delegated", z.Name, w.Zones[z.Name], z.ID)
			}
		}
	}
	slices.Sort(delegated)
	if !slices.Equal(delegated, []string{"harborview.example.", "lakeside.example."}) {
		t.Errorf("got delegated zones %v", delegated)
	}
}

func TestDemoFaultsApplyOnce(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	w := s.Demo()
	c := apigateway.NewFromConfig(sdk(s, "us-east-1", Key{ID: w.KeyID, Secret: w.Secret}))
	create := func() error {
		_, err := c.CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{DomainName: aws.String("api.lakeside.example")})
		return err
	}
	if err := s.OrderDemoFault("domain-throttled"); err != nil {
		t.Fatal(err)
	}
	if got := s.OrderedDemoFaults(); !slices.Equal(got, []string{"domain-throttled"}) {
		t.Errorf("got ordered %v", got)
	}
	wantCode(t, create(), "TooManyRequestsException")
	wantCode(t, create(), "BadRequestException")
	if got := s.OrderedDemoFaults(); len(got) != 0 {
		t.Errorf("after it happened: got ordered %v", got)
	}
	for range 2 { // the second takes it back
		if err := s.OrderDemoFault("server-errors"); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, create(), "BadRequestException")
	if s.OrderDemoFault("nothing") == nil {
		t.Error("an unknown fault was ordered")
	}
	for _, f := range s.DemoFaults() {
		if f.ID == "" || f.Title == "" || f.What == "" || !f.order.Kind.known() {
			t.Errorf("fault %+v is not whole", f)
		}
	}
}

// A fault is of the call that it hits: whatever it names is that call's, and
// what is said of it beforehand names no region, account or user.
func TestDemoFaultsNameTheCallTheyHit(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`\b[a-z]{2}(-[a-z]+)+-\d\b|\b\d{12}\b|arn:|` + demoUser)
	for _, f := range demoFaults {
		if m := named.FindString(f.Title + f.What + f.order.Message); m != "" {
			t.Errorf("%s names %s, whatever it will hit", f.ID, m)
		}
	}
	for _, region := range []string{"eu-west-1", "us-east-1", "ap-southeast-2"} {
		s := New(Config{})
		w := s.Demo()
		if err := s.OrderDemoFault("mapping-refused"); err != nil {
			t.Fatal(err)
		}
		_, err := apigatewayv2.NewFromConfig(sdk(s, region, Key{ID: w.KeyID, Secret: w.Secret})).CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{
			ApiId: aws.String("a"), DomainName: aws.String("api.lakeside.example"), Stage: aws.String("prod"),
		})
		wantCode(t, err, "AccessDeniedException")
		want := "apigateway:POST on resource: arn:aws:apigateway:" + region + "::/domainnames/api.lakeside.example/apimappings"
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "User: arn:aws:iam::"+w.AccountID+":user/") {
			t.Errorf("in %s: %v, want %s", region, err, want)
		}
	}
}

func TestV32ClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		key := s.AddAccount("111122223333", "u")
		for by, refused := range map[time.Duration]bool{-4 * time.Minute: false, 4 * time.Minute: false, -6 * time.Minute: true, 6 * time.Minute: true} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://route53.amazonaws.com/2013-04-01/hostedzone", nil)
			if err != nil {
				t.Fatal(err)
			}
			const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
			creds := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}
			if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, empty, "route53", "us-east-1", time.Now().Add(by)); err != nil {
				t.Fatal(err)
			}
			res, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if got := res.StatusCode == http.StatusForbidden; got != refused {
				t.Errorf("clock off by %s: got status %d, refused should be %v", by, res.StatusCode, refused)
			}
		}
	})
}

// The SDK's own retries get over what passes by itself.
func TestSDKRetriesGetOverAThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: RealPace()})
		key := s.AddAccount("111122223333", "u")
		cfg := sdk(s, "us-east-1", key)
		cfg.Retryer = func() aws.Retryer { return retry.NewStandard() }
		s.Order(Fault{Service: "route53", Times: 2, Code: "Throttling", Message: "Rate exceeded"})
		if _, err := route53.NewFromConfig(cfg).ListHostedZones(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if got := len(s.Calls()); got != 3 {
			t.Errorf("got %d calls, want 3", got)
		}
	})
}
