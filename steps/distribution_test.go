package steps

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A policy is the same in whatever order and case CloudFront keeps its headers.
// With one header more or less it is another policy.
func TestCachePolicyHeadersAreCompared(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Edge.Caching = setup.CachingAPI
	want := policyFields(cachePolicyConfig(spec.Edge))
	for _, c := range []struct {
		headers []string
		differs bool
	}{
		{[]string{"x-api-key", "HOST", "origin", "authorization"}, false},
		{[]string{"Host", "Origin", "Authorization"}, true},
		{[]string{"Host", "Origin", "Authorization", "X-Api-Key", "Accept"}, true},
		{nil, true},
	} {
		p := cachePolicyConfig(spec.Edge)
		p.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig = keyHeadersConfig(c.headers)
		if got := len(differ(policyFields(p), want)) > 0; got != c.differs {
			t.Errorf("%v differs: %t, want %t", c.headers, got, c.differs)
		}
	}
}

// TestDistributionConfigGolden: the configuration of a new distribution, field
// by field.
func TestDistributionConfigGolden(t *testing.T) {
	in := distributionInput{
		target:      "d-abc123.execute-api.eu-west-1.amazonaws.com",
		certificate: "arn:aws:acm:us-east-1:482177301954:certificate/11111111-2222-3333-4444-555555555555",
		cachePolicy: setup.PolicyCachingDisabled,
		reference:   "apifront-0123456789abcdef0123456789abcdef",
	}
	plain := setup.DefaultSpec()
	plain.Domain.Name = "api.harborview.example"
	tuned := plain
	tuned.Edge = setup.Edge{
		Caching: setup.CachingFixed, TTL: 90, Methods: setup.MethodsRead, ViewerProtocol: setup.ViewerHTTPSOnly,
		MinimumTLS: "TLSv1.3_2025", HTTPVersion: "http2", PriceClass: "PriceClass_100", ReadTimeout: 120,
		WebACL: "arn:aws:wafv2:us-east-1:482177301954:global/webacl/a/b", Comment: "orders",
	}
	tunedIn := in
	tunedIn.cachePolicy = "0a1b2c3d"
	for _, c := range []struct {
		name string
		spec setup.Spec
		in   distributionInput
	}{{"distribution", plain, in}, {"distribution-tuned", tuned, tunedIn}} {
		got, err := json.MarshalIndent(distributionConfig(c.spec, c.in), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", c.name+".golden.json")
		if *update {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)+"\n"); d != "" {
			t.Errorf("%s differs; run with -update if that is meant:\n%s", file, d)
		}
	}
}

// If a person changes fields that the setup decides, a job lists them under
// AWS's names and restores them. What people added elsewhere stays.
func TestDistributionDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.upTo("preview")
		id := w.resources.ID(setup.KeyDistribution)
		cf := w.outside().CloudFront()
		got, err := cf.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: &id})
		if err != nil {
			t.Fatal(err)
		}
		c := got.DistributionConfig
		c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
		c.DefaultCacheBehavior.OriginRequestPolicyId = aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac")
		c.Origins.Items[0].CustomHeaders = &types.CustomHeaders{Quantity: aws.Int32(1), Items: []types.OriginCustomHeader{
			{HeaderName: aws.String("x-origin-verify"), HeaderValue: aws.String("theirs")},
		}}
		if _, err := cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: got.ETag, DistributionConfig: c}); err != nil {
			t.Fatal(err)
		}

		o, err := w.look(w.step("distribution"))
		if err != nil {
			t.Fatal(err)
		}
		want := []setup.Change{
			{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"},
			{Field: "OriginRequestPolicyId", Is: "b689b0a8-53d0-40ab-baf2-68738e2966ac", Want: setup.PolicyAllViewer},
		}
		if d := cmp.Diff(want, o.Changes); d != "" || o.State != Drifted {
			t.Fatalf("state %s:\n%s", o.State, d)
		}
		w.mustRunAll(setup.JobApply)
		after, err := cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: &id})
		if err != nil {
			t.Fatal(err)
		}
		headers := after.Distribution.DistributionConfig.Origins.Items[0].CustomHeaders
		if headers == nil || len(headers.Items) != 1 {
			t.Error("a header that somebody added to the origin was lost")
		}
	})
}

// If a distribution was deleted outside, the job makes a new one, with a caller
// reference that CloudFront has not seen.
func TestDistributionMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.upTo("preview")
		old := w.resources[setup.KeyDistribution]
		deleteDistribution(t, w, old.ID)
		if o, p := w.run(w.step("distribution")); p != nil || o.State != Ready {
			t.Fatalf("%v %v", o, p)
		}
		if now := w.resources[setup.KeyDistribution]; now.ID == old.ID || now.Token == old.Token {
			t.Errorf("still %s with token %s", now.ID, now.Token)
		}
	})
}

// If nothing is stored, as after somebody restored an old copy, the tags show
// which distribution, domain and certificates are ours.
func TestFoundByTag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.mustRunAll(setup.JobApply)
		before := ids(w.resources)
		w.resources = setup.Resources{}
		n := len(w.writes())
		w.mustRunAll(setup.JobApply)
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("the second job wrote: %v", again)
		}
		if d := cmp.Diff(before, ids(w.resources)); d != "" {
			t.Error(d)
		}
	})
}
