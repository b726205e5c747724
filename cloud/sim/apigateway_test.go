package sim

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

const (
	ours   = "111122223333"
	theirs = "444455556666"
)

// A gateway is API Gateway of one account in eu-west-1, with a certificate for
// *.example.com and a REST, an HTTP and a WebSocket API, each with the stage
// prod.
type gateway struct {
	s             *Sim
	key           Key
	v1            *apigateway.Client
	v2            *apigatewayv2.Client
	cert          string
	rest, http    string
	socket, inner string
}

func newGateway(cfg Config) *gateway {
	g := &gateway{s: New(cfg)}
	g.key = g.s.AddAccount(ours, "u")
	g.v1 = apigateway.NewFromConfig(sdk(g.s, "eu-west-1", g.key))
	g.v2 = apigatewayv2.NewFromConfig(sdk(g.s, "eu-west-1", g.key))
	g.cert = g.s.AddCertificate(ours, "eu-west-1", Certificate{Names: []string{"*.example.com", "example.com"}})
	g.rest = g.s.AddAPI(ours, "eu-west-1", API{Name: "rest", Kind: "REST", Stages: []string{"prod"}})
	g.http = g.s.AddAPI(ours, "eu-west-1", API{Name: "http", Kind: "HTTP", Stages: []string{"prod", "$default"}})
	g.socket = g.s.AddAPI(ours, "eu-west-1", API{Name: "socket", Kind: "WEBSOCKET", Stages: []string{"prod"}})
	g.inner = g.s.AddAPI(ours, "eu-west-1", API{Name: "inner", Kind: "REST", Endpoint: "PRIVATE", Stages: []string{"prod"}})
	return g
}

// regional is a CreateDomainName request of v1 with nothing wrong in it.
func (g *gateway) regional(name string) *apigateway.CreateDomainNameInput {
	return &apigateway.CreateDomainNameInput{
		DomainName: aws.String(name), RegionalCertificateArn: aws.String(g.cert), SecurityPolicy: v1.SecurityPolicyTls12,
		EndpointConfiguration: &v1.EndpointConfiguration{Types: []v1.EndpointType{v1.EndpointTypeRegional}},
		Tags:                  map[string]string{"apifront:install": "i1"},
	}
}

// create makes a domain that must succeed.
func (g *gateway) create(t *testing.T, name string) *apigateway.CreateDomainNameOutput {
	t.Helper()
	out, err := g.v1.CreateDomainName(t.Context(), g.regional(name))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func replace(path, value string) []v1.PatchOperation {
	return []v1.PatchOperation{{Op: v1.OpReplace, Path: aws.String(path), Value: aws.String(value)}}
}

func TestDomainIsOneThingInBothVersions(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	made := g.create(t, "api.example.com")
	if !strings.HasPrefix(*made.RegionalDomainName, "d-") || !strings.HasSuffix(*made.RegionalDomainName, ".execute-api.eu-west-1.amazonaws.com") {
		t.Errorf("target %s", *made.RegionalDomainName)
	}
	got, err := g.v2.GetDomainName(t.Context(), &apigatewayv2.GetDomainNameInput{DomainName: aws.String("api.example.com")})
	if err != nil {
		t.Fatal(err)
	}
	want := []v2.DomainNameConfiguration{{
		ApiGatewayDomainName: made.RegionalDomainName, CertificateArn: aws.String(g.cert), DomainNameStatus: v2.DomainNameStatusAvailable,
		EndpointType: v2.EndpointTypeRegional, HostedZoneId: aws.String("ZLY8HYME6SFDD"), IpAddressType: v2.IpAddressTypeIpv4, SecurityPolicy: v2.SecurityPolicyTls12,
	}}
	if d := cmp.Diff(got.DomainNameConfigurations, want, cmp.AllowUnexported(), ignoreNoSmithy()); d != "" {
		t.Error(d)
	}
	if got.RoutingMode != v2.RoutingModeApiMappingOnly || got.Tags["apifront:install"] != "i1" {
		t.Errorf("got %s %v", got.RoutingMode, got.Tags)
	}
	if *got.DomainNameArn != "arn:aws:apigateway:eu-west-1::/domainnames/api.example.com" || *made.DomainNameArn != *got.DomainNameArn {
		t.Errorf("ARN %s", *got.DomainNameArn)
	}

	if _, err := g.v2.CreateDomainName(t.Context(), g.http2("*.example.com")); err != nil {
		t.Fatal(err)
	}
	one, err := g.v1.GetDomainName(t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String("*.example.com")})
	if err != nil {
		t.Fatal(err)
	}
	if one.DomainNameStatus != v1.DomainNameStatusAvailable || one.RoutingMode != v1.RoutingModeBasePathMappingOnly {
		t.Errorf("got %s %s", one.DomainNameStatus, one.RoutingMode)
	}
	if _, err := g.v2.DeleteDomainName(t.Context(), &apigatewayv2.DeleteDomainNameInput{DomainName: aws.String("api.example.com")}); err != nil {
		t.Fatal(err)
	}
	_, err = g.v1.GetDomainName(t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String("api.example.com")})
	wantCode(t, err, "NotFoundException")
	again := g.create(t, "api.example.com")
	if *again.RegionalDomainName == *made.RegionalDomainName {
		t.Error("a domain that is made again must get a new target")
	}
}

// http2 is a CreateDomainName request of v2 with nothing wrong in it.
func (g *gateway) http2(name string) *apigatewayv2.CreateDomainNameInput {
	return &apigatewayv2.CreateDomainNameInput{
		DomainName: aws.String(name),
		DomainNameConfigurations: []v2.DomainNameConfiguration{{
			CertificateArn: aws.String(g.cert), EndpointType: v2.EndpointTypeRegional, SecurityPolicy: v2.SecurityPolicyTls12,
		}},
	}
}

func TestV10Certificate(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	add := func(region string, c Certificate) string { return g.s.AddCertificate(ours, region, c) }
	names := []string{"*.example.com"}
	for name, tc := range map[string]struct{ arn, text string }{
		"other region":  {add("us-east-1", Certificate{Names: names}), "Certificate must be in 'eu-west-1'"},
		"not there":     {"arn:aws:acm:eu-west-1:" + ours + ":certificate/none", "ResourceNotFoundException"},
		"pending":       {add("eu-west-1", Certificate{Names: names, Status: "PENDING_VALIDATION", IssuedAt: time.Now()}), "not yet issued (Service: AWSCertificateManager; Status Code: 400; Error Code: RequestInProgressException"},
		"failed":        {add("eu-west-1", Certificate{Names: names, Status: "FAILED"}), "status is FAILED"},
		"not covered":   {add("eu-west-1", Certificate{Names: []string{"example.com", "*.a.example.com"}}), "not covered"},
		"key":           {add("eu-west-1", Certificate{Names: names, Key: "EC_secp521r1"}), "key algorithm"},
		"expired":       {add("eu-west-1", Certificate{Names: names, NotAfter: time.Now().Add(-time.Hour)}), "EXPIRED"},
		"other account": {g.s.AddCertificate(theirs, "eu-west-1", Certificate{Names: names}), "owned by the account"},
		"no ARN":        {"certificate", "Invalid certificate ARN"},
	} {
		t.Run(name, func(t *testing.T) {
			in := g.regional("api.example.com")
			in.RegionalCertificateArn = aws.String(tc.arn)
			_, err := g.v1.CreateDomainName(t.Context(), in)
			wantCode(t, err, "BadRequestException")
			wantMessage(t, err, tc.text)
			in2 := g.http2("api.example.com")
			in2.DomainNameConfigurations[0].CertificateArn = aws.String(tc.arn)
			_, err = g.v2.CreateDomainName(t.Context(), in2)
			wantCode(t, err, "BadRequestException")
			wantMessage(t, err, tc.text)
		})
	}
	in := g.regional("api.example.com")
	in.RegionalCertificateArn = aws.String(add("eu-west-1", Certificate{Names: names, Key: "EC_prime256v1"}))
	if _, err := g.v1.CreateDomainName(t.Context(), in); err != nil {
		t.Error(err)
	}
}

func TestV10IssuedButNotKnownYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(Config{Pace: Pace{GatewayLag: time.Minute}})
		g.cert = g.s.AddCertificate(ours, "eu-west-1", Certificate{Names: []string{"*.example.com"}, IssuedAt: time.Now()})
		_, err := g.v1.CreateDomainName(t.Context(), g.regional("api.example.com"))
		wantCode(t, err, "BadRequestException")
		wantMessage(t, err, "not yet issued")
		time.Sleep(time.Minute)
		g.create(t, "api.example.com")
	})
}

func TestV11EndpointType(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	in := g.regional("api.example.com")
	in.EndpointConfiguration = nil
	_, err := g.v1.CreateDomainName(t.Context(), in)
	wantCode(t, err, "BadRequestException")
	wantMessage(t, err, "A certificate was not provided for the endpoint type EDGE.")

	in = g.regional("api.example.com")
	in.CertificateArn, in.RegionalCertificateArn = in.RegionalCertificateArn, nil
	_, err = g.v1.CreateDomainName(t.Context(), in)
	wantMessage(t, err, "A certificate was not provided for the endpoint type REGIONAL.")

	in = g.regional("api.example.com")
	in.EndpointConfiguration.Types = []v1.EndpointType{"REGIONAL", "EDGE"}
	_, err = g.v1.CreateDomainName(t.Context(), in)
	wantMessage(t, err, "multiple Endpoint Types")

	in = g.regional("api.example.com")
	in.EndpointConfiguration.Types = []v1.EndpointType{"PRIVATE"}
	_, err = g.v1.CreateDomainName(t.Context(), in)
	wantCode(t, err, "NotModelled")
}

func TestV12NameIsTaken(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	g.create(t, "api.example.com")
	_, err := g.v1.CreateDomainName(t.Context(), g.regional("api.example.com"))
	wantCode(t, err, "BadRequestException")
	wantMessage(t, err, "The domain name you provided already exists.")
	_, err = g.v2.CreateDomainName(t.Context(), g.http2("api.example.com"))
	wantCode(t, err, "BadRequestException")

	stranger := &gateway{s: g.s, key: g.s.AddAccount(theirs, "u")}
	stranger.v1 = apigateway.NewFromConfig(sdk(g.s, "eu-west-1", stranger.key))
	stranger.cert = g.s.AddCertificate(theirs, "eu-west-1", Certificate{Names: []string{"*.example.com"}})
	for _, name := range []string{"api.example.com", "*.example.com"} {
		_, err = stranger.v1.CreateDomainName(t.Context(), stranger.regional(name))
		wantCode(t, err, "BadRequestException")
		wantMessage(t, err, "already exists")
	}
	stranger.v1 = apigateway.NewFromConfig(sdk(g.s, "eu-west-2", stranger.key))
	stranger.cert = g.s.AddCertificate(theirs, "eu-west-2", Certificate{Names: []string{"*.example.com"}})
	stranger.create(t, "api.example.com") // unique per region only
	g.create(t, "*.example.com")          // beside our own name
}

func TestV13DomainQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(Config{Pace: Pace{DomainQuota: 30 * time.Second}})
		g.create(t, "a.example.com")
		time.Sleep(10 * time.Second)
		_, err := g.v2.CreateDomainName(t.Context(), g.http2("b.example.com")) // v1 and v2 share it
		wantCode(t, err, "TooManyRequestsException")
		if e, ok := errors.AsType[*smithyhttp.ResponseError](err); !ok || e.Response.Header.Get("Retry-After") != "20" || e.HTTPStatusCode() != http.StatusTooManyRequests {
			t.Errorf("got %v", err)
		}
		_, err = g.v1.CreateDomainName(t.Context(), g.regional("b.example.com"))
		if e, ok := errors.AsType[*v1.TooManyRequestsException](err); !ok || aws.ToString(e.RetryAfterSeconds) != "20" {
			t.Errorf("got %v", err)
		}
		update := &apigateway.UpdateDomainNameInput{DomainName: aws.String("a.example.com"), PatchOperations: replace("/endpointConfiguration/ipAddressType", "dualstack")}
		if _, err := g.v1.UpdateDomainName(t.Context(), update); err != nil { // each operation has its own
			t.Error(err)
		}
		_, err = g.v1.UpdateDomainName(t.Context(), update)
		wantCode(t, err, "TooManyRequestsException")
		remove := &apigateway.DeleteDomainNameInput{DomainName: aws.String("nothing.example.com")}
		_, err = g.v1.DeleteDomainName(t.Context(), remove)
		wantCode(t, err, "NotFoundException")
		_, err = g.v1.DeleteDomainName(t.Context(), remove) // the refused one counted
		wantCode(t, err, "TooManyRequestsException")
		time.Sleep(20 * time.Second)
		g.create(t, "b.example.com")
	})
}

func TestV13AllCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(Config{Pace: Pace{GatewayRate: 10}})
		call := func() error {
			_, err := g.v2.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
			return err
		}
		for range 40 {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		}
		wantCode(t, call(), "TooManyRequestsException")
		time.Sleep(100 * time.Millisecond)
		if err := call(); err != nil {
			t.Error(err)
		}
		wantCode(t, call(), "TooManyRequestsException")
	})
}

func TestV14OneRegionalConfiguration(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	for name, tc := range map[string]struct {
		change func(*apigatewayv2.CreateDomainNameInput)
		text   string
	}{
		"none": {func(in *apigatewayv2.CreateDomainNameInput) { in.DomainNameConfigurations = nil }, "Expected one domain name configuration"},
		"two": {func(in *apigatewayv2.CreateDomainNameInput) {
			in.DomainNameConfigurations = append(in.DomainNameConfigurations, in.DomainNameConfigurations[0])
		}, "Expected one domain name configuration"},
		"edge": {func(in *apigatewayv2.CreateDomainNameInput) { in.DomainNameConfigurations[0].EndpointType = "EDGE" }, "Only REGIONAL domain names"},
		"TLS 1.0": {func(in *apigatewayv2.CreateDomainNameInput) {
			in.DomainNameConfigurations[0].SecurityPolicy = "TLS_1_0"
		}, "TLS_1_0 is not supported for APIGatewayV2 domainName."},
	} {
		in := g.http2("api.example.com")
		tc.change(in)
		_, err := g.v2.CreateDomainName(t.Context(), in)
		wantCode(t, err, "BadRequestException")
		wantMessage(t, err, tc.text)
		t.Log(name)
	}
	old := g.regional("old.example.com")
	old.SecurityPolicy = v1.SecurityPolicyTls10
	if _, err := g.v1.CreateDomainName(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	_, err := g.v2.CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{DomainName: aws.String("old.example.com"), ApiId: aws.String(g.rest), Stage: aws.String("prod")})
	wantMessage(t, err, "Only REGIONAL domain names")
	_, err = g.v2.UpdateDomainName(t.Context(), &apigatewayv2.UpdateDomainNameInput{DomainName: aws.String("old.example.com"), RoutingMode: v2.RoutingModeRoutingRuleOnly})
	wantMessage(t, err, "Only REGIONAL domain names")
}

func TestV16Update(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(Config{Pace: Pace{DomainUpdate: 5 * time.Minute, Release: time.Minute}})
		g.create(t, "api.example.com")
		other := g.s.AddCertificate(ours, "eu-west-1", Certificate{Names: []string{"api.example.com"}})
		update := &apigateway.UpdateDomainNameInput{DomainName: aws.String("api.example.com"), PatchOperations: replace("/regionalCertificateArn", other)}
		out, err := g.v1.UpdateDomainName(t.Context(), update)
		if err != nil {
			t.Fatal(err)
		}
		if out.DomainNameStatus != v1.DomainNameStatusUpdating || *out.RegionalCertificateArn != other {
			t.Errorf("got %s %s", out.DomainNameStatus, *out.RegionalCertificateArn)
		}
		_, err = g.v1.UpdateDomainName(t.Context(), update)
		wantCode(t, err, "ConflictException")
		_, err = g.v2.UpdateDomainName(t.Context(), &apigatewayv2.UpdateDomainNameInput{
			DomainName: aws.String("api.example.com"), DomainNameConfigurations: []v2.DomainNameConfiguration{{CertificateArn: aws.String(g.cert)}},
		})
		wantCode(t, err, "ConflictException")
		time.Sleep(5 * time.Minute)
		got, err := g.v2.UpdateDomainName(t.Context(), &apigatewayv2.UpdateDomainNameInput{
			DomainName: aws.String("api.example.com"), DomainNameConfigurations: []v2.DomainNameConfiguration{{CertificateArn: aws.String(g.cert)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if c := got.DomainNameConfigurations[0]; c.DomainNameStatus != v2.DomainNameStatusUpdating || *c.CertificateArn != g.cert {
			t.Errorf("got %s %s", c.DomainNameStatus, *c.CertificateArn)
		}
		if used := g.s.certificate(other).InUseBy["arn:aws:apigateway:eu-west-1::/domainnames/api.example.com"]; used.IsZero() {
			t.Error("the replaced certificate was not released")
		}
		if used, ok := g.s.certificate(g.cert).InUseBy["arn:aws:apigateway:eu-west-1::/domainnames/api.example.com"]; !ok || !used.IsZero() {
			t.Error("the new certificate is not in use")
		}
	})
}

func TestV33GatewayPages(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{PageSize: 1})
	for _, n := range []string{"a.example.com", "b.example.com", "c.example.com"} {
		g.create(t, n)
	}
	var names []string
	first := apigateway.NewGetDomainNamesPaginator(g.v1, &apigateway.GetDomainNamesInput{})
	for first.HasMorePages() {
		page, err := first.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) != 1 {
			t.Errorf("a page of %d", len(page.Items))
		}
		for _, d := range page.Items {
			names = append(names, *d.DomainName)
		}
	}
	if d := cmp.Diff(names, []string{"a.example.com", "b.example.com", "c.example.com"}); d != "" {
		t.Error(d)
	}
	var token *string
	names = nil
	for {
		page, err := g.v2.GetDomainNames(t.Context(), &apigatewayv2.GetDomainNamesInput{NextToken: token, MaxResults: aws.String("2")})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Items {
			names = append(names, *d.DomainName)
		}
		if token = page.NextToken; token == nil {
			break
		}
	}
	if d := cmp.Diff(names, []string{"a.example.com", "b.example.com", "c.example.com"}); d != "" {
		t.Error(d)
	}
	_, err := g.v1.GetDomainNames(t.Context(), &apigateway.GetDomainNamesInput{Position: aws.String("!")})
	wantCode(t, err, "BadRequestException")
}
