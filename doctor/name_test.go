package doctor_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/doctor"
	"apifront/setup"
)

// makeDistribution makes a distribution with an alias.
func makeDistribution(t *testing.T, a *cloud.Account, alias, certificate string) {
	t.Helper()
	_, err := a.CloudFront().CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String(alias), Comment: aws.String(""), Enabled: aws.Bool(true),
		Aliases: &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{alias}},
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("o"), DomainName: aws.String("origin.example.com"),
			CustomOriginConfig: &cftypes.CustomOriginConfig{
				HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpsOnly,
				OriginSslProtocols: &cftypes.OriginSslProtocols{Quantity: aws.Int32(1), Items: []cftypes.SslProtocol{cftypes.SslProtocolTLSv12}},
			},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly,
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
		},
		ViewerCertificate: &cftypes.ViewerCertificate{
			ACMCertificateArn: aws.String(certificate), SSLSupportMethod: cftypes.SSLSupportMethodSniOnly,
			MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv122021,
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNameFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	defer w.sim.Close()
	zone := w.sim.AddZone(accountID, "example.com")
	other := w.sim.AddZone("999900001111", "host.net")
	w.sim.AddRecord(zone, "example.com", "CAA", 60, `0 issue "amazon.com"`)
	w.sim.AddRecord(zone, "free.example.com", "A", 60, "192.0.2.1")
	w.sim.AddRecord(zone, "api.example.com", "CNAME", 60, "edge.host.net")
	w.sim.AddRecord(other, "edge.host.net", "A", 60, "192.0.2.2")
	w.sim.AddRecord(other, "edge.host.net", "CAA", 60, `0 issue "letsencrypt.org"`)

	facts := func(name string) setup.NameFacts {
		t.Helper()
		got, err := doctor.NameFacts(t.Context(), w.prober(), w.account, name)
		if err != nil {
			t.Fatal(err)
		}
		if name != "nowhere.invalid" && len(got.NameServers) != 4 {
			t.Errorf("%s: name servers %v", name, got.NameServers)
		}
		if c := got.Cut; c == nil || !c.Direct || c.Ends != "" || c.Apex != got.ZoneApex || !slices.Equal(c.Servers, got.NameServers) {
			t.Errorf("%s: the way is %+v", name, c)
		}
		got.NameServers, got.Cut = nil, nil
		return got
	}
	for _, want := range []setup.NameFacts{
		{Name: "free.example.com", Addresses: []string{"192.0.2.1"}, ZoneApex: "example.com", CAA: []string{`0 issue "amazon.com"`}},
		{Name: "api.example.com", Addresses: []string{"192.0.2.2"}, CNAME: "edge.host.net", ZoneApex: "example.com", CAA: []string{`0 issue "letsencrypt.org"`}, CAABlocks: true},
		{Name: "new.example.com", ZoneApex: "example.com", CAA: []string{`0 issue "amazon.com"`}},
		{Name: "nowhere.invalid"},
	} {
		if diff := cmp.Diff(want, facts(want.Name)); diff != "" {
			t.Errorf("%s: %s", want.Name, diff)
		}
	}
	certificate := w.sim.AddCertificate(accountID, "us-east-1", sim.Certificate{Names: []string{"*.example.com"}})
	for _, alias := range []string{"other.example.com", "free.example.com"} {
		makeDistribution(t, w.account, alias, certificate)
	}
	if got := facts("free.example.com"); got.HolderID == "" {
		t.Errorf("the distribution with the alias was not found: %+v", got)
	}
	if got := facts("api.example.com"); got.HolderID != "" {
		t.Errorf("nobody has the alias, and yet: %+v", got)
	}
}
