package sim

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
)

func TestUpdateDomainPatches(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	g.create(t, "api.example.com")
	patch := func(ops ...v1.PatchOperation) error {
		_, err := g.v1.UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{DomainName: aws.String("api.example.com"), PatchOperations: ops})
		return err
	}
	for _, tc := range []struct{ path, value, code string }{
		{"/securityPolicy", "TLS_1_3", "BadRequestException"},
		{"/securityPolicy", "SecurityPolicy_TLS13_1_2_2021_06", "BadRequestException"}, // no access mode
		{"/nothing", "x", "BadRequestException"},
		{"/mutualTlsAuthentication/truststoreUri", "s3://x", "BadRequestException"},
		{"/mutualTlsAuthentication/truststoreVersion", "1", "NotModelled"},
		{"/regionalCertificateArn", "arn:aws:acm:us-east-1:1:certificate/x", "BadRequestException"},
		{"/routingMode", "API_MAPPING_ONLY", "BadRequestException"}, // v2's word
	} {
		wantCode(t, patch(replace(tc.path, tc.value)...), tc.code)
	}
	if err := patch(append(replace("/securityPolicy", "SecurityPolicy_TLS13_1_2_2021_06"), replace("/endpointAccessMode", "STRICT")...)...); err != nil {
		t.Fatal(err)
	}
	_, err := g.v2.CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{DomainName: aws.String("api.example.com"), ApiId: aws.String(g.http), Stage: aws.String("prod")})
	wantCode(t, err, "BadRequestException")
	wantMessage(t, err, "TLS_1_2")
}

func TestMoveEdgeDomainToRegional(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	edge := g.s.AddCertificate(ours, "us-east-1", Certificate{Names: []string{"*.example.com"}})
	in := g.regional("api.example.com")
	in.EndpointConfiguration, in.RegionalCertificateArn, in.CertificateArn = nil, nil, aws.String(edge)
	made, err := g.v1.CreateDomainName(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if *made.DistributionHostedZoneId != "Z2FDTNDATAQYW2" || made.RegionalDomainName != nil || !slices.Equal(made.EndpointConfiguration.Types, []v1.EndpointType{"EDGE"}) {
		t.Errorf("got %+v", made)
	}
	both, err := g.v1.UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{DomainName: in.DomainName, PatchOperations: []v1.PatchOperation{
		{Op: v1.OpAdd, Path: aws.String("/endpointConfiguration/types"), Value: aws.String("REGIONAL")},
		{Op: v1.OpAdd, Path: aws.String("/regionalCertificateArn"), Value: aws.String(g.cert)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if both.RegionalDomainName == nil || both.DistributionDomainName == nil {
		t.Errorf("got %+v", both)
	}
	only, err := g.v1.UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{DomainName: in.DomainName, PatchOperations: []v1.PatchOperation{
		{Op: v1.OpRemove, Path: aws.String("/endpointConfiguration/types"), Value: aws.String("EDGE")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if only.DistributionDomainName != nil || *only.RegionalDomainName != *both.RegionalDomainName {
		t.Errorf("got %+v", only)
	}
}

// With two endpoint types neither the policy nor the access mode changes, and the second
// is added only with the access mode BASIC.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-migrate.html
func TestTwoEndpointTypes(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	in := g.regional("api.example.com")
	in.EndpointConfiguration, in.RegionalCertificateArn = nil, nil
	in.CertificateArn = aws.String(g.s.AddCertificate(ours, "us-east-1", Certificate{Names: []string{"*.example.com"}}))
	in.SecurityPolicy, in.EndpointAccessMode = "SecurityPolicy_TLS13_2025_EDGE", v1.EndpointAccessModeStrict
	if _, err := g.v1.CreateDomainName(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	patch := func(ops ...v1.PatchOperation) error {
		_, err := g.v1.UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{DomainName: in.DomainName, PatchOperations: ops})
		return err
	}
	op := func(op v1.Op, path, value string) v1.PatchOperation {
		return v1.PatchOperation{Op: op, Path: &path, Value: &value}
	}
	regional := []v1.PatchOperation{
		op(v1.OpAdd, "/endpointConfiguration/types", "REGIONAL"), op(v1.OpAdd, "/regionalCertificateArn", g.cert),
		op(v1.OpReplace, "/securityPolicy", "SecurityPolicy_TLS13_1_2_2021_06"),
	}
	wantMessage(t, patch(regional...), "only while the endpoint access mode is BASIC")
	if err := patch(op(v1.OpReplace, "/endpointAccessMode", "BASIC")); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, patch(regional[:2]...), "is not supported for the endpoint type")
	if err := patch(regional...); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, patch(op(v1.OpReplace, "/endpointAccessMode", "STRICT")), "while the domain name has two endpoint types")
	if err := patch(op(v1.OpRemove, "/endpointConfiguration/types", "EDGE")); err != nil {
		t.Fatal(err)
	}
	if err := patch(op(v1.OpReplace, "/endpointAccessMode", "STRICT")); err != nil {
		t.Error(err)
	}
}

// A policy that needs no access mode goes with none: "" unsets it, and it cannot be
// removed. STRICT is enforced once the change is through, and the way back from it takes
// the endpoint out of reach for as long.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
func TestAccessModes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(Config{Pace: Pace{DomainUpdate: 15 * time.Minute}})
		g.create(t, "api.example.com")
		patch := func(ops ...v1.PatchOperation) error {
			_, err := g.v1.UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{DomainName: aws.String("api.example.com"), PatchOperations: ops})
			time.Sleep(time.Second)
			return err
		}
		status := func(sni string) int {
			d := g.s.regionalDomain("api.example.com", "eu-west-1")
			return g.s.regional(visit{tls: true, host: d.Name, sni: sni, region: d.Region, path: "/a"}, g.s.now()).Status
		}
		if err := patch(append(replace("/securityPolicy", "SecurityPolicy_TLS13_1_2_2021_06"), replace("/endpointAccessMode", "STRICT")...)...); err != nil {
			t.Fatal(err)
		}
		if got := status("other.example.com"); got != http.StatusForbidden { // nothing is mapped
			t.Errorf("it answers %d", got)
		}
		time.Sleep(time.Hour)
		wantMessage(t, patch(replace("/securityPolicy", "TLS_1_2")...), "endpointAccessMode is not supported")
		wantCode(t, patch(v1.PatchOperation{Op: v1.OpRemove, Path: aws.String("/endpointAccessMode")}), "BadRequestException")
		if err := patch(append(replace("/securityPolicy", "TLS_1_2"), replace("/endpointAccessMode", "")...)...); err != nil {
			t.Fatal(err)
		}
		if got := status("api.example.com"); got != http.StatusServiceUnavailable {
			t.Errorf("right after STRICT it answers %d", got)
		}
		time.Sleep(time.Hour)
		if got := status("api.example.com"); got != http.StatusForbidden {
			t.Errorf("an hour after STRICT it answers %d", got)
		}
		d, err := g.v1.GetDomainName(t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String("api.example.com")})
		if err != nil || d.EndpointAccessMode != "" || d.SecurityPolicy != v1.SecurityPolicyTls12 {
			t.Errorf("%+v, %v", d, err)
		}
	})
}
