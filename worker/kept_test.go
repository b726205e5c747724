package worker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// keepAll keeps every finding as it is, and returns the setup as it is wanted then.
func (w *world) keepAll(s setup.Setup, found []setup.Finding) setup.Setup {
	w.t.Helper()
	for len(found) > 0 {
		v, err := w.store.Setup(w.t.Context(), s.ID)
		must(w.t, err)
		kept, ok := steps.Keep(v.Spec, found[0].FindingBody, bodies(found)...)
		if !ok {
			w.t.Fatalf("%s cannot be kept: is %q", found[0].Key, found[0].Is)
		}
		if faults := kept.Spec.Check(setup.Facts{}); len(faults) > len(v.Spec.Check(setup.Facts{})) {
			w.t.Errorf("%s: what is kept is no good answer: %+v", found[0].Key, faults)
		}
		k := store.Keeping{SetupID: s.ID, By: "Ada", From: v.Revision, Want: kept.Spec, Why: kept.Why, Rows: kept.Rows}
		var rest []setup.Finding
		for _, f := range found {
			if kept.Settles(found[0].FindingBody, f.FindingBody) {
				k.Findings = append(k.Findings, f.ID)
			} else {
				rest = append(rest, f)
			}
		}
		must(w.t, w.store.KeepFindings(w.t.Context(), k))
		found = rest
	}
	v, err := w.store.Setup(w.t.Context(), s.ID)
	must(w.t, err)
	return v
}

// bodies are what findings say.
func bodies(list []setup.Finding) (all []setup.FindingBody) {
	for _, f := range list {
		all = append(all, f.FindingBody)
	}
	return all
}

// What is kept as it is makes no call that writes; the next check is healthy, and a
// later job of the same answers does not take it back.
func TestWhatIsKeptStays(t *testing.T) {
	edge := func(change func(*types.DistributionConfig)) func(*world, setup.Setup) {
		return func(w *world, s setup.Setup) { w.changeDistribution(s, change) }
	}
	for i, c := range []struct {
		name  string
		do    func(*world, setup.Setup)
		state setup.StateID
		gains bool
		wish  wish
	}{
		{"methods cut", edge(func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.AllowedMethods = &types.AllowedMethods{
				Quantity: aws.Int32(2), Items: []types.Method{types.MethodGet, types.MethodHead},
				CachedMethods: c.DefaultCacheBehavior.AllowedMethods.CachedMethods,
			}
		}), setup.StateServing, false, nil},
		{"a longer wait", edge(func(c *types.DistributionConfig) {
			c.Origins.Items[0].CustomOriginConfig.OriginReadTimeout = aws.Int32(90)
		}), setup.StateServing, true, nil},
		{"several at once", edge(func(c *types.DistributionConfig) {
			c.HttpVersion, c.PriceClass, c.Comment = types.HttpVersionHttp2, types.PriceClassPriceClass100, aws.String("of ours")
			c.DefaultCacheBehavior.Compress = aws.Bool(false)
			c.DefaultCacheBehavior.ViewerProtocolPolicy = types.ViewerProtocolPolicyHttpsOnly
			c.ViewerCertificate.MinimumProtocolVersion = types.MinimumProtocolVersion("TLSv1.3_2025")
		}), setup.StateServing, false, nil},
		{"a path taken out", func(w *world, s setup.Setup) {
			c, id := w.mappingOf(s, "catalog")
			_, err := c.DeleteApiMapping(w.t.Context(), &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String(s.Name()), ApiMappingId: &id})
			must(w.t, err)
		}, setup.StateServing, false, nil},
		{"traffic moved away", func(w *world, s setup.Setup) {
			w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
				switch {
				case set.AliasTarget == nil:
					return &set
				case set.Type == r53types.RRTypeAaaa:
					return nil
				}
				set.AliasTarget, set.TTL = nil, aws.Int64(60)
				set.ResourceRecords = []r53types.ResourceRecord{{Value: aws.String("203.0.113.99")}}
				return &set
			}, s.Name())
		}, setup.StateReady, false, nil},
		{"a path added", func(w *world, s setup.Setup) {
			w.mapByHand(s.Spec.Account.Region, s.Name(), "new", lawAPI(s.Spec.Account.Region, setup.APIKindREST, 2), "beta")
		}, setup.StateServing, true, nil},
		{"a mapping to another API", func(w *world, s setup.Setup) {
			c, id := w.mappingOf(s, "orders")
			_, err := c.UpdateApiMapping(w.t.Context(), &apigatewayv2.UpdateApiMappingInput{
				DomainName: aws.String(s.Name()), ApiMappingId: &id,
				ApiId: aws.String(w.demo.APIs[lawAPI(s.Spec.Account.Region, setup.APIKindHTTP, 2)]), Stage: aws.String("beta"),
			})
			must(w.t, err)
		}, setup.StateServing, false, nil},
		{"a mapping to another stage", func(w *world, s setup.Setup) {
			c, id := w.mappingOf(s, "orders")
			_, err := c.UpdateApiMapping(w.t.Context(), &apigatewayv2.UpdateApiMappingInput{DomainName: aws.String(s.Name()), ApiMappingId: &id, ApiId: &s.Spec.API.Mappings[0].APIID, Stage: aws.String("beta")})
			must(w.t, err)
		}, setup.StateServing, false, nil},
		{"another certificate", func(w *world, s setup.Setup) {
			arn := w.renewing(setup.EdgeRegion)
			w.changeDistribution(s, func(c *types.DistributionConfig) { c.ViewerCertificate.ACMCertificateArn = &arn })
		}, setup.StateServing, false, nil},
		{"another certificate of the custom domain", func(w *world, s setup.Setup) {
			w.changeDomain(s, "/regionalCertificateArn", w.renewing(s.Spec.Account.Region))
		}, setup.StateServing, false, nil},
		{"IPv6 off, and its record deleted", func(w *world, s setup.Setup) {
			w.changeDistribution(s, func(c *types.DistributionConfig) { c.IsIPV6Enabled = aws.Bool(false) })
			w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
				if set.Type == r53types.RRTypeAaaa && set.AliasTarget != nil {
					return nil
				}
				return &set
			}, s.Name())
		}, setup.StateServing, false, nil},
		{"IPv6 off, with a CNAME elsewhere", edge(func(c *types.DistributionConfig) { c.IsIPV6Enabled = aws.Bool(false) }), setup.StateServing, false, nil},
		{"caching off", edge(func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.CachePolicyId = aws.String(setup.PolicyCachingDisabled)
		}), setup.StateServing, false, cached(setup.CachingFixed)},
		{"another time to keep", func(w *world, s setup.Setup) {
			w.changePolicy(s, func(c *types.CachePolicyConfig) {
				c.MinTTL, c.DefaultTTL, c.MaxTTL = aws.Int64(500), aws.Int64(500), aws.Int64(500)
			})
		}, setup.StateServing, false, cached(setup.CachingFixed)},
		{"more headers in the key", func(w *world, s setup.Setup) {
			w.changePolicy(s, func(c *types.CachePolicyConfig) {
				h := c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers
				h.Quantity, h.Items = aws.Int32(*h.Quantity+1), append(h.Items, "X-Tenant")
			})
		}, setup.StateServing, false, cached(setup.CachingAPI)},
	} {
		if underRace && i%4 > 0 { // all of them without it
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.settledOn(variant{rest: true, elsewhere: c.name == "IPv6 off, with a CNAME elsewhere"}, several, c.wish)
				w.rested(s)
				c.do(w, s)
				_, found, _ := w.check(s)
				if len(found) == 0 {
					w.t.Fatal("nothing was found")
				}
				if kept, ok := steps.Keep(s.Spec, found[0].FindingBody, bodies(found)...); !ok || kept.Gains != c.gains || kept.Text == "" {
					w.t.Errorf("kept: %v, callers gain: %v, want %v: %q", ok, kept.Gains, c.gains, kept.Text)
				}
				before, whole := len(w.sim.Writes()), canonical(w.state(), history{[]setup.Spec{s.Spec}})
				s = w.keepAll(s, found)
				if check, left, state := w.rested(s); check.Result != setup.CheckHealthy || state != c.state || check.Revision != s.Revision {
					w.t.Errorf("kept, and then %s, %s: %v\n%+v", check.Result, state, keys(left), check)
				}
				w.putBack(s) // the same answers once more
				if check, left, state := w.rested(s); check.Result != setup.CheckHealthy || state != c.state {
					w.t.Errorf("after a job of the same answers: %s, %s: %v", check.Result, state, keys(left))
				}
				if n := len(w.sim.Writes()); n != before {
					w.t.Errorf("wrote %v", w.sim.Writes()[before:])
				}
				if diff := whole.differ(canonical(w.state(), history{[]setup.Spec{s.Spec}})); diff != "" {
					w.t.Errorf("the account is another:\n%s", diff)
				}
			})
		})
	}
}

// What no answer of a setup says cannot be kept.
func TestWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a", Stage: "prod"}}
	for _, f := range []setup.FindingBody{
		{StepID: "distribution", Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only", Repair: true},
		{StepID: "distribution", Field: "Enabled", Is: "false", Want: "true", Repair: true},
		{StepID: "distribution", Field: "HttpVersion", Is: "http1.1", Want: "http2and3", Repair: true},
		{StepID: "distribution", Field: "ViewerProtocolPolicy", Is: "allow-all", Want: "redirect-to-https", Repair: true},
		{StepID: "distribution", Field: "AllowedMethods", Is: "GET, HEAD, POST", Repair: true},
		{StepID: "distribution", Field: "OriginReadTimeout", Is: "0", Want: "60", Repair: true},
		{StepID: "mappings", Field: "Mapping /orders", Is: "", Repair: true}, // the only path
		{StepID: "mappings", Field: "Mapping /orders", Is: "b, stage prod", Repair: true},
		{StepID: "dns", Field: "A api.example.com", Is: "", Want: "d1.cloudfront.net", Repair: true},
		{StepID: "domain", Field: "securityPolicy", Is: "TLS_1_0", Repair: true},
		{StepID: "distribution", Key: "distribution/missing", Repair: true},
		{StepID: "live", Field: "PriceClass", Is: "PriceClass_100"},
	} {
		if kept, ok := steps.Keep(spec, f); ok {
			t.Errorf("%s %s: is kept as %+v", f.StepID, f.Field, kept.Spec)
		}
	}
	if slices.Contains(setup.HTTPVersions(), "http1.1") {
		t.Error("http1.1 is an answer by now")
	}
}

// changeDomain changes a setting of the custom domain as somebody in the console does.
func (w *world) changeDomain(s setup.Setup, path, value string) {
	w.t.Helper()
	time.Sleep(time.Minute) // one update in 30 seconds
	_, err := w.outside(s.Spec.Account.Region).APIGateway().UpdateDomainName(w.t.Context(), &apigateway.UpdateDomainNameInput{
		DomainName:      aws.String(s.Name()),
		PatchOperations: []agtypes.PatchOperation{{Op: agtypes.OpReplace, Path: &path, Value: &value}},
	})
	must(w.t, err)
	time.Sleep(time.Hour)
}

// changePolicy changes the cache policy likewise.
func (w *world) changePolicy(s setup.Setup, change func(*types.CachePolicyConfig)) {
	w.t.Helper()
	res, err := w.store.Resources(w.t.Context(), s.ID)
	must(w.t, err)
	c, id := w.outside(setup.EdgeRegion).CloudFront(), aws.String(res.ID(setup.KeyCachePolicy))
	p, err := c.GetCachePolicy(w.t.Context(), &cloudfront.GetCachePolicyInput{Id: id})
	must(w.t, err)
	change(p.CachePolicy.CachePolicyConfig)
	_, err = c.UpdateCachePolicy(w.t.Context(), &cloudfront.UpdateCachePolicyInput{Id: id, IfMatch: p.ETag, CachePolicyConfig: p.CachePolicy.CachePolicyConfig})
	must(w.t, err)
	time.Sleep(10 * time.Minute)
}

// renewing is a certificate to reuse whose validation record is in DNS.
func (w *world) renewing(region string) string {
	w.t.Helper()
	arn := w.reuse[region]
	out, err := w.outside(region).ACM(region).DescribeCertificate(w.t.Context(), &acm.DescribeCertificateInput{CertificateArn: &arn})
	must(w.t, err)
	r := out.Certificate.DomainValidationOptions[0].ResourceRecord
	w.sim.AddRecord(w.demo.Zones[theZone], *r.Name, "CNAME", 300, *r.Value)
	return arn
}
