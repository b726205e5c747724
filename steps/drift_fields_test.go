package steps

import (
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// A turn says what becomes of one field of a configuration that somebody changes
// outside. Fields are those of the SDK's types, found by reflection: a new one has
// to get a turn, or the tests fail. A field without a turn of its own is ours: it
// is found by its name, and put back.
type turn[C any] struct {
	at  string         // the field; or members, which then stand for all below
	set func(*C, ends) // another legal value; nil: one is made up by the type

	finds  []string // instead of the field's own name
	theirs string   // why it is other people's: nothing is found, and it stays
	never  string   // why nobody can change it alone
	unsim  bool     // the simulator has no such thing: only the comparison is tried
	// leaves says that something of the change stays once all that is ours is put
	// back: what people had added to it is gone, or something of the change is theirs.
	leaves bool
}

// ends are what a distribution of a test leads to, and what else there is.
type ends struct {
	in          distributionInput
	certificate string // another one that covers the name
	cachePolicy string // another one, of AWS's own
}

const (
	added   = "what people add at the edge stays, and tests from outside say if it harms"
	atFirst = "apifront gives it at the start and leaves it to people: it changes no answer"
	legacy  = "AWS takes it only in the place of a cache policy, which is found by itself"
	retired = "AWS repeats in it what stands elsewhere"
)

// distributionTurns are the fields of a distribution for which there is more to say.
func distributionTurns() []turn[types.DistributionConfig] {
	type config = types.DistributionConfig
	return []turn[config]{
		{at: "CallerReference", never: "AWS refuses another one for a distribution"},
		{at: "Comment", set: func(c *config, _ ends) { c.Comment = aws.String("changed outside") }},
		{at: "Staging", never: "AWS sets it when the distribution is made"},

		{at: "DefaultCacheBehavior.TargetOriginId", set: func(c *config, _ ends) { c.DefaultCacheBehavior.TargetOriginId = aws.String("theirs") }},
		{at: "DefaultCacheBehavior.AllowedMethods.Items", set: func(c *config, _ ends) {
			m := c.DefaultCacheBehavior.AllowedMethods
			if m.Items = allowedMethods(setup.MethodsRead); len(m.Items) == int(*m.Quantity) {
				m.Items = allowedMethods(setup.MethodsOptions)
			}
		}},
		{at: "DefaultCacheBehavior.AllowedMethods.CachedMethods.Items", set: func(c *config, _ ends) {
			c.DefaultCacheBehavior.AllowedMethods.CachedMethods.Items = allowedMethods(setup.MethodsOptions)
		}},
		{at: "DefaultCacheBehavior.CachePolicyId", set: func(c *config, e ends) { c.DefaultCacheBehavior.CachePolicyId = &e.cachePolicy }},
		{at: "DefaultCacheBehavior.OriginRequestPolicyId", set: func(c *config, _ ends) { c.DefaultCacheBehavior.OriginRequestPolicyId = aws.String(allButHost) }},
		{at: "DefaultCacheBehavior.ForwardedValues", finds: []string{"CachePolicyId", "OriginRequestPolicyId"}, set: func(c *config, _ ends) {
			b := c.DefaultCacheBehavior
			b.CachePolicyId, b.OriginRequestPolicyId = nil, nil
			//lint:ignore SA1019 people still have it
			b.ForwardedValues = &types.ForwardedValues{QueryString: aws.Bool(true), Cookies: &types.CookiePreference{Forward: types.ItemSelectionAll}} //nolint:staticcheck // as above
			//lint:ignore SA1019 as above
			b.MinTTL = aws.Int64(0) //nolint:staticcheck // as above
		}},
		{at: "DefaultCacheBehavior.MinTTL", never: legacy},
		{at: "DefaultCacheBehavior.DefaultTTL", never: legacy},
		{at: "DefaultCacheBehavior.MaxTTL", never: legacy},
		{at: "DefaultCacheBehavior.FieldLevelEncryptionId", theirs: added, unsim: true, set: func(c *config, _ ends) { c.DefaultCacheBehavior.FieldLevelEncryptionId = aws.String("F1") }},
		{at: "DefaultCacheBehavior.FunctionAssociations", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Items: []types.FunctionAssociation{{EventType: types.EventTypeViewerRequest, FunctionARN: aws.String("arn:aws:cloudfront::1:function/f")}}}
		}},
		{at: "DefaultCacheBehavior.LambdaFunctionAssociations", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.DefaultCacheBehavior.LambdaFunctionAssociations = &types.LambdaFunctionAssociations{Items: []types.LambdaFunctionAssociation{{EventType: types.EventTypeViewerRequest, LambdaFunctionARN: aws.String("arn:aws:lambda:us-east-1:1:function:f:1")}}}
		}},
		{at: "DefaultCacheBehavior.GrpcConfig", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.DefaultCacheBehavior.GrpcConfig = &types.GrpcConfig{Enabled: aws.Bool(true)}
		}},
		{at: "DefaultCacheBehavior.RealtimeLogConfigArn", theirs: added, unsim: true, set: func(c *config, _ ends) { c.DefaultCacheBehavior.RealtimeLogConfigArn = aws.String("arn:l") }},
		{at: "DefaultCacheBehavior.ResponseHeadersPolicyId", theirs: added, set: func(c *config, _ ends) {
			c.DefaultCacheBehavior.ResponseHeadersPolicyId = aws.String("67f7725c-6f97-4210-82d7-5512b31e9d03") // SecurityHeadersPolicy
		}},
		{at: "DefaultCacheBehavior.SmoothStreaming", theirs: added, unsim: true},
		{at: "DefaultCacheBehavior.TrustedKeyGroups", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.DefaultCacheBehavior.TrustedKeyGroups = &types.TrustedKeyGroups{Enabled: aws.Bool(true), Items: []string{"k"}}
		}},
		{at: "DefaultCacheBehavior.TrustedSigners", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.DefaultCacheBehavior.TrustedSigners = &types.TrustedSigners{Enabled: aws.Bool(true), Items: []string{"self"}}
		}},

		{at: "Origins.Items.DomainName", finds: []string{originName}, set: func(c *config, _ ends) { c.Origins.Items[0].DomainName = aws.String("www.elsewhere.test") }},
		// An origin of another ID is another origin: what is ours is made anew beside it.
		{at: "Origins.Items.Id", leaves: true, finds: []string{"HTTPSPort", originName, "OriginKeepaliveTimeout", "OriginProtocolPolicy", "OriginReadTimeout", "OriginSslProtocols", "TargetOriginId"}, set: func(c *config, _ ends) {
			c.Origins.Items[0].Id, c.DefaultCacheBehavior.TargetOriginId = aws.String("renamed"), aws.String("renamed")
		}},
		{at: "Origins.Items.ConnectionAttempts", theirs: atFirst, set: func(c *config, _ ends) { c.Origins.Items[0].ConnectionAttempts = aws.Int32(2) }},
		{at: "Origins.Items.ConnectionTimeout", theirs: atFirst, set: func(c *config, _ ends) { c.Origins.Items[0].ConnectionTimeout = aws.Int32(5) }},
		{at: "Origins.Items.CustomHeaders", theirs: added, set: func(c *config, _ ends) {
			c.Origins.Items[0].CustomHeaders = &types.CustomHeaders{Items: []types.OriginCustomHeader{{HeaderName: aws.String("X-Shop"), HeaderValue: aws.String("1")}}}
		}},
		{at: "Origins.Items.CustomOriginConfig.HTTPPort", theirs: "it is not used while the origin is HTTPS only, which is found by itself", set: func(c *config, _ ends) {
			c.Origins.Items[0].CustomOriginConfig.HTTPPort = aws.Int32(8080)
		}},
		{at: "Origins.Items.CustomOriginConfig.HTTPSPort", set: func(c *config, _ ends) { c.Origins.Items[0].CustomOriginConfig.HTTPSPort = aws.Int32(8443) }},
		{at: "Origins.Items.CustomOriginConfig.IpAddressType", theirs: atFirst},
		{at: "Origins.Items.CustomOriginConfig.OriginMtlsConfig", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.Origins.Items[0].CustomOriginConfig.OriginMtlsConfig = &types.OriginMtlsConfig{ClientCertificateArn: aws.String("arn:c")}
		}},
		{at: "Origins.Items.CustomOriginConfig.OriginSslProtocols.Items", set: func(c *config, _ ends) {
			c.Origins.Items[0].CustomOriginConfig.OriginSslProtocols.Items = []types.SslProtocol{types.SslProtocolTLSv11, types.SslProtocolTLSv12}
		}},
		{at: "Origins.Items.OriginAccessControlId", theirs: added, unsim: true, set: func(c *config, _ ends) { c.Origins.Items[0].OriginAccessControlId = aws.String("E1") }},
		{at: "Origins.Items.OriginPath", set: func(c *config, _ ends) { c.Origins.Items[0].OriginPath = aws.String("/prod") }},
		{at: "Origins.Items.OriginShield", theirs: added, set: func(c *config, _ ends) {
			c.Origins.Items[0].OriginShield = &types.OriginShield{Enabled: aws.Bool(true), OriginShieldRegion: aws.String("eu-west-1")}
		}},
		{at: "Origins.Items.ResponseCompletionTimeout", theirs: added, set: func(c *config, _ ends) { c.Origins.Items[0].ResponseCompletionTimeout = aws.Int32(180) }},
		{at: "Origins.Items.S3OriginConfig", leaves: true, finds: []string{"HTTPSPort", originName, "OriginKeepaliveTimeout", "OriginProtocolPolicy", "OriginReadTimeout", "OriginSslProtocols"}, set: func(c *config, _ ends) {
			o := &c.Origins.Items[0]
			o.DomainName, o.CustomOriginConfig = aws.String("bucket.s3.eu-west-1.amazonaws.com"), nil
			o.S3OriginConfig = &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}
		}},
		{at: "Origins.Items.VpcOriginConfig", unsim: true, finds: []string{"HTTPSPort", originName, "OriginKeepaliveTimeout", "OriginProtocolPolicy", "OriginReadTimeout", "OriginSslProtocols"}, set: func(c *config, _ ends) {
			o := &c.Origins.Items[0]
			o.DomainName, o.CustomOriginConfig = aws.String("inner.example"), nil
			o.VpcOriginConfig = &types.VpcOriginConfig{VpcOriginId: aws.String("vo_1"), OriginReadTimeout: aws.Int32(30)}
		}},

		{at: "Aliases.Items", set: func(c *config, _ ends) {
			c.Aliases.Items = slices.DeleteFunc(c.Aliases.Items, func(a string) bool { return a == "api.harborview.example" })
		}},
		{at: "AnycastIpListId", theirs: added, unsim: true, set: func(c *config, _ ends) { c.AnycastIpListId = aws.String("aip_1") }},
		{at: "CacheBehaviors", theirs: "paths of their own that people add stay; those that are mapped are asked from outside", set: func(c *config, e ends) {
			c.CacheBehaviors = &types.CacheBehaviors{Items: []types.CacheBehavior{{
				PathPattern: aws.String("/static/*"), TargetOriginId: aws.String("theirs"), ViewerProtocolPolicy: types.ViewerProtocolPolicyHttpsOnly,
				CachePolicyId: &e.cachePolicy, Compress: aws.Bool(true), SmoothStreaming: aws.Bool(false), FieldLevelEncryptionId: aws.String(""),
				AllowedMethods: &types.AllowedMethods{
					Items: allowedMethods(setup.MethodsRead), CachedMethods: &types.CachedMethods{Items: allowedMethods(setup.MethodsRead)},
				},
				LambdaFunctionAssociations: &types.LambdaFunctionAssociations{},
			}}}
		}},
		{at: "CacheTagConfig", theirs: added, set: func(c *config, _ ends) { c.CacheTagConfig = &types.CacheTagConfig{HeaderName: aws.String("X-Tags")} }},
		{at: "ConnectionFunctionAssociation", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.ConnectionFunctionAssociation = &types.ConnectionFunctionAssociation{Id: aws.String("f")}
		}},
		{at: "ConnectionMode", never: "AWS sets it when the distribution is made"},
		{at: "ContinuousDeploymentPolicyId", theirs: "the step stops at one that is attached and says what to do", unsim: true, set: func(c *config, _ ends) { c.ContinuousDeploymentPolicyId = aws.String("p") }},
		{at: "CustomErrorResponses.Items.ErrorCode", finds: []string{"ErrorCachingMinTTL 404"}, set: func(c *config, _ ends) {
			c.CustomErrorResponses.Items = slices.DeleteFunc(c.CustomErrorResponses.Items, func(r types.CustomErrorResponse) bool { return *r.ErrorCode == 404 })
		}},
		{at: "CustomErrorResponses.Items.ErrorCachingMinTTL", finds: []string{"ErrorCachingMinTTL 404"}, set: func(c *config, _ ends) {
			for i, r := range c.CustomErrorResponses.Items {
				if *r.ErrorCode == 404 {
					c.CustomErrorResponses.Items[i].ErrorCachingMinTTL = aws.Int64(30)
				}
			}
		}},
		{at: "CustomErrorResponses.Items.ResponseCode", never: "AWS takes it with a page only"},
		{at: "CustomErrorResponses.Items.ResponsePagePath", theirs: added, set: func(c *config, _ ends) {
			c.CustomErrorResponses.Items[0].ResponsePagePath, c.CustomErrorResponses.Items[0].ResponseCode = aws.String("/missing.html"), aws.String("404")
		}},
		{at: "DefaultRootObject", set: func(c *config, _ ends) { c.DefaultRootObject = aws.String("index.html") }},
		{at: "Logging", theirs: added, set: func(c *config, _ ends) {
			c.Logging = &types.LoggingConfig{Enabled: aws.Bool(true), IncludeCookies: aws.Bool(true), Bucket: aws.String("logs.s3.amazonaws.com"), Prefix: aws.String("a/")}
		}},
		{at: "OriginGroups", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.OriginGroups = &types.OriginGroups{Items: []types.OriginGroup{{
				Id: aws.String("g"), FailoverCriteria: &types.OriginGroupFailoverCriteria{StatusCodes: &types.StatusCodes{Items: []int32{500}}},
				Members: &types.OriginGroupMembers{Items: []types.OriginGroupMember{{OriginId: aws.String("apigw")}, {OriginId: aws.String("theirs")}}},
			}}}
		}},
		{at: "Restrictions", theirs: added, set: func(c *config, _ ends) {
			c.Restrictions.GeoRestriction = &types.GeoRestriction{RestrictionType: types.GeoRestrictionTypeBlacklist, Items: []string{"AQ"}}
		}},
		{at: "TenantConfig", theirs: added, unsim: true, set: func(c *config, _ ends) { c.TenantConfig = &types.TenantConfig{} }},

		{at: "ViewerCertificate.ACMCertificateArn", set: func(c *config, e ends) { c.ViewerCertificate.ACMCertificateArn = &e.certificate }},
		{at: "ViewerCertificate.Certificate", never: retired},
		{at: "ViewerCertificate.CertificateSource", never: retired},
		{at: "ViewerCertificate.CloudFrontDefaultCertificate", finds: []string{"ACMCertificateArn", "Aliases", "MinimumProtocolVersion", "SSLSupportMethod"}, set: func(c *config, _ ends) {
			c.Aliases.Items = nil // AWS refuses names with its own certificate
			c.ViewerCertificate = &types.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true), MinimumProtocolVersion: types.MinimumProtocolVersionTLSv1}
		}, leaves: true},
		{at: "ViewerCertificate.IAMCertificateId", unsim: true, finds: []string{"ACMCertificateArn"}, set: func(c *config, _ ends) {
			c.ViewerCertificate.ACMCertificateArn, c.ViewerCertificate.IAMCertificateId = nil, aws.String("ASCA1")
		}},
		{at: "ViewerCertificate.SSLSupportMethod", set: func(c *config, _ ends) { c.ViewerCertificate.SSLSupportMethod = types.SSLSupportMethodVip }},
		{at: "ViewerCertificate.MinimumProtocolVersion", set: func(c *config, _ ends) {
			c.ViewerCertificate.MinimumProtocolVersion = types.MinimumProtocolVersionTLSv122019
		}},
		{at: "ViewerMtlsConfig", theirs: added, unsim: true, set: func(c *config, _ ends) {
			c.ViewerMtlsConfig = &types.ViewerMtlsConfig{Mode: types.ViewerMtlsModeRequired}
		}},
	}
}

// policyTurns are the same of the cache policy.
func policyTurns() []turn[types.CachePolicyConfig] {
	type config = types.CachePolicyConfig
	parameters := func(c *config) *types.ParametersInCacheKeyAndForwardedToOrigin {
		return c.ParametersInCacheKeyAndForwardedToOrigin
	}
	const at = "ParametersInCacheKeyAndForwardedToOrigin."
	return []turn[config]{
		{at: "Name", never: "AWS refuses another name for a policy"},
		{at: "Comment", theirs: "it is words for people, and only its name says whose it is", set: func(c *config, _ ends) { c.Comment = aws.String("changed outside") }},
		{at: "MinTTL", finds: []string{"DefaultTTL", "MaxTTL", "MinTTL"}, set: func(c *config, _ ends) { // AWS wants them in this order
			c.MinTTL, c.DefaultTTL, c.MaxTTL = aws.Int64(5), aws.Int64(10), aws.Int64(20)
		}},
		{at: "MaxTTL", set: func(c *config, _ ends) { c.MaxTTL = aws.Int64(*c.MaxTTL + 9) }},
		{at: at + "HeadersConfig.HeaderBehavior", finds: []string{"Headers"}, set: func(c *config, _ ends) {
			parameters(c).HeadersConfig = &types.CachePolicyHeadersConfig{HeaderBehavior: types.CachePolicyHeaderBehaviorNone}
		}},
		{at: at + "HeadersConfig.Headers.Items", set: func(c *config, _ ends) { h := parameters(c).HeadersConfig.Headers; h.Items = h.Items[1:] }},
		{at: at + "CookiesConfig", finds: []string{"CookieBehavior"}, set: func(c *config, _ ends) {
			parameters(c).CookiesConfig = &types.CachePolicyCookiesConfig{CookieBehavior: types.CachePolicyCookieBehaviorWhitelist, Cookies: &types.CookieNames{Items: []string{"session"}}}
		}},
		{at: at + "QueryStringsConfig", finds: []string{"QueryStringBehavior"}, set: func(c *config, _ ends) {
			parameters(c).QueryStringsConfig = &types.CachePolicyQueryStringsConfig{QueryStringBehavior: types.CachePolicyQueryStringBehaviorAllExcept, QueryStrings: &types.QueryStringNames{Items: []string{"utm"}}}
		}},
	}
}

// furnished is what people have added to a distribution.
func furnished(c *types.DistributionConfig, e ends) {
	c.Aliases.Items = append(c.Aliases.Items, "more.harborview.example")
	o := types.Origin{Id: aws.String("theirs"), DomainName: aws.String("www.elsewhere.test"), CustomHeaders: &types.CustomHeaders{Quantity: aws.Int32(0)}, OriginPath: aws.String("")}
	o.CustomOriginConfig = &types.CustomOriginConfig{
		HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpOnly,
		OriginReadTimeout: aws.Int32(30), OriginKeepaliveTimeout: aws.Int32(5),
		OriginSslProtocols: &types.OriginSslProtocols{Items: []types.SslProtocol{types.SslProtocolTLSv12}},
	}
	c.Origins.Items = append(c.Origins.Items, o)
	c.CustomErrorResponses.Items = append(c.CustomErrorResponses.Items, types.CustomErrorResponse{ErrorCode: aws.Int32(414), ErrorCachingMinTTL: aws.Int64(9)})
	countItems(reflect.ValueOf(c))
}

// driftSpecs are specs that want different things of the edge.
func driftSpecs() map[string]setup.Spec {
	list := map[string]setup.Spec{}
	add := func(name string, change func(*setup.Edge)) {
		s := setup.DefaultSpec()
		s.Domain.Name = "api.harborview.example"
		change(&s.Edge)
		list[name] = s
	}
	add("usual", func(*setup.Edge) {})
	add("cached as the API says", func(e *setup.Edge) { e.Caching = setup.CachingAPI })
	add("cached", func(e *setup.Edge) { e.Caching, e.TTL = setup.CachingFixed, 300 })
	add("other answers", func(e *setup.Edge) {
		e.Methods, e.ViewerProtocol, e.HTTPVersion, e.IPv6, e.Compress = setup.MethodsRead, setup.ViewerHTTPSOnly, "http2", false, false
		e.PriceClass, e.ReadTimeout, e.Comment, e.MinimumTLS = "PriceClass_100", 20, "ours", "TLSv1.2_2021"
		e.WebACL = "arn:aws:wafv2:us-east-1:1:global/webacl/one/1"
	})
	return list
}

// Each field of a distribution that somebody changes is found by its name and
// nothing else is, and what puts it back puts back nothing else; or it is other
// people's for a reason, and then it is not found and stays.
func TestEachFieldOfADistribution(t *testing.T) {
	leaves := leavesOf(distributionTurns())
	ours, theirs := 0, 0
	for name, spec := range driftSpecs() {
		e := ends{certificate: "arn:aws:acm:us-east-1:1:certificate/other", cachePolicy: cachingOptimal}
		e.in = distributionInput{target: "d-1.execute-api.eu-west-1.amazonaws.com", certificate: "arn:aws:acm:us-east-1:1:certificate/one", cachePolicy: setup.PolicyCachingDisabled, reference: "r"}
		base := distributionConfig(spec, e.in)
		furnished(base, e)
		if spec.Edge.WebACL != "" {
			base.WebACLId = aws.String(spec.Edge.WebACL)
		}
		if list := distributionDiffer(base, spec, e.in); len(list) > 0 {
			t.Fatalf("%s: as it should be, and differs: %+v", name, list)
		}
		for _, l := range leaves {
			switch {
			case l.never != "", l.name == "CachedMethods" && spec.Edge.Methods == setup.MethodsRead: // what is kept has to be allowed
				continue
			case l.at == "WebACLId":
				if spec.Edge.WebACL == "" {
					l.theirs = "a web ACL that no answer names is other people's"
				}
				l.set = func(c *types.DistributionConfig, _ ends) {
					c.WebACLId = aws.String("arn:aws:wafv2:us-east-1:1:global/webacl/other/1")
				}
			}
			c := clone(t, base)
			if err := l.change(c, e); err != nil {
				t.Error(err)
				continue
			}
			if differs(t, base, c) == "" {
				t.Errorf("%s: %s was not changed", name, l.at)
			}
			if got := fieldNames(distributionDiffer(c, spec, e.in)); !slices.Equal(got, l.wants()) {
				t.Errorf("%s: %s is found as %q, want %q", name, l.at, got, l.wants())
			}
			back := clone(t, c)
			decide(back, spec, e.in)
			want := base
			if l.theirs != "" {
				want = c
				theirs++
			} else {
				ours++
			}
			if d := differs(t, want, back); d != "" && (!l.leaves || l.at == "Origins.Items.S3OriginConfig") {
				t.Errorf("%s: %s is put back, and then:\n%s", name, l.at, d)
			}
			if list := distributionDiffer(back, spec, e.in); len(list) > 0 {
				t.Errorf("%s: %s is put back, and still differs: %+v", name, l.at, list)
			}
		}
	}
	t.Logf("%d fields and members: %d changes were put back, %d stayed as other people's", len(leaves), ours, theirs)
}

// distributionDiffer is how a configuration differs from the wanted one.
func distributionDiffer(c *types.DistributionConfig, spec setup.Spec, in distributionInput) []setup.Change {
	firewall := in.decidesFirewall(c, spec)
	return differ(distributionFields(c, spec, in.originID(), firewall), distributionFields(distributionConfig(spec, in), spec, in.originID(), firewall))
}

// Each field of the cache policy, likewise.
func TestEachFieldOfACachePolicy(t *testing.T) {
	for name, spec := range driftSpecs() {
		if !spec.Edge.Keeps() {
			continue
		}
		base := cachePolicyConfig(spec.Edge)
		base.Name, base.Comment = aws.String("n"), aws.String("c")
		for _, l := range leavesOf(policyTurns()) {
			if l.never != "" || l.at == "DefaultTTL" && spec.Edge.Caching == setup.CachingFixed { // it lies between the two others
				continue
			}
			c := clone(t, base)
			if err := l.change(c, ends{}); err != nil {
				t.Error(err)
				continue
			}
			if got := fieldNames(differ(policyFields(c), policyFields(cachePolicyConfig(spec.Edge)))); !slices.Equal(got, l.wants()) {
				t.Errorf("%s: %s is found as %q, want %q", name, l.at, got, l.wants())
			}
		}
	}
}
