package sim

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"
)

func TestManagedPolicies(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{PageSize: 2})
	names := map[string]string{}
	var marker *string
	for {
		out, err := w.c.ListCachePolicies(t.Context(), &cloudfront.ListCachePoliciesInput{Type: types.CachePolicyTypeManaged, Marker: marker})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range out.CachePolicyList.Items {
			names[*i.CachePolicy.Id] = *i.CachePolicy.CachePolicyConfig.Name
		}
		if marker = out.CachePolicyList.NextMarker; marker == nil {
			break
		}
	}
	want := map[string]string{
		"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "Managed-CachingDisabled",
		"658327ea-f89d-4fab-a63d-7e88639e58f6": "Managed-CachingOptimized",
		"b2884449-e4de-46a7-ac36-70bc7f1ddd6d": "Managed-CachingOptimizedForUncompressedObjects",
		"83da9c7e-98b4-4e11-a168-04f0df8e2c65": "UseOriginCacheControlHeaders",
		"4cc15a8a-d715-48a4-82b8-cc0b614638fe": "UseOriginCacheControlHeaders-QueryStrings",
		"2e54312d-136d-493c-8eb9-b001f22f67d2": "Managed-Amplify",
		"08627262-05a9-4f76-9ded-b50ca2e3a84f": "Managed-Elemental-MediaPackage",
	}
	if d := cmp.Diff(names, want); d != "" {
		t.Error(d)
	}
	origin, err := w.c.GetOriginRequestPolicy(t.Context(), &cloudfront.GetOriginRequestPolicyInput{Id: aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac")})
	if err != nil {
		t.Fatal(err)
	}
	c := origin.OriginRequestPolicy.OriginRequestPolicyConfig
	if c.HeadersConfig.HeaderBehavior != types.OriginRequestPolicyHeaderBehaviorAllExcept || c.HeadersConfig.Headers.Items[0] != "host" {
		t.Errorf("got %+v", c.HeadersConfig)
	}
	response, err := w.c.GetResponseHeadersPolicy(t.Context(), &cloudfront.GetResponseHeadersPolicyInput{Id: aws.String("67f7725c-6f97-4210-82d7-5512b31e9d03")})
	if err != nil || *response.ResponseHeadersPolicy.ResponseHeadersPolicyConfig.SecurityHeadersConfig.StrictTransportSecurity.AccessControlMaxAgeSec != 31536000 {
		t.Errorf("got %v %v", response, err)
	}
	_, err = w.c.DeleteOriginRequestPolicy(t.Context(), &cloudfront.DeleteOriginRequestPolicyInput{Id: origin.OriginRequestPolicy.Id, IfMatch: origin.ETag})
	wantCode(t, err, "AccessDenied")
	_, err = w.c.CreateResponseHeadersPolicy(t.Context(), &cloudfront.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: &types.ResponseHeadersPolicyConfig{Name: aws.String("x")}})
	wantCode(t, err, "NotModelled")
}

func TestPolicyChoosesNames(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	for id, want := range map[string][3]bool{ // Host, Authorization, CloudFront never asks for others here
		"216adef6-5c7f-47e4-b989-5492eafa07d3": {true, true, true},
		"b689b0a8-53d0-40ab-baf2-68738e2966ac": {false, true, true},
		"bf0718e1-ba1e-49d1-88b1-f726733018ae": {true, false, false},
		"59781a5b-3903-41f3-afcb-af62929ccde1": {false, false, false},
	} {
		p := s.originRequestPolicy(ours, id)
		got := [3]bool{p.Config.Headers.takes("HOST"), p.Config.Headers.takes("Authorization"), p.Config.Cookies.takes("session")}
		if got != want {
			t.Errorf("%s: got %v, want %v", p.Config.Name, got, want)
		}
	}
}

// cacheConfig is a custom cache policy with nothing wrong in it.
func cacheConfig(name string) *types.CachePolicyConfig {
	return &types.CachePolicyConfig{
		Name: aws.String(name), MinTTL: aws.Int64(0), DefaultTTL: aws.Int64(0), MaxTTL: aws.Int64(31536000),
		ParametersInCacheKeyAndForwardedToOrigin: &types.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip: aws.Bool(true), EnableAcceptEncodingBrotli: aws.Bool(true),
			HeadersConfig:      &types.CachePolicyHeadersConfig{HeaderBehavior: "whitelist", Headers: &types.Headers{Quantity: aws.Int32(2), Items: []string{"Host", "Authorization"}}},
			CookiesConfig:      &types.CachePolicyCookiesConfig{CookieBehavior: "none"},
			QueryStringsConfig: &types.CachePolicyQueryStringsConfig{QueryStringBehavior: "all"},
		},
	}
}

func TestCustomCachePolicy(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	config := cacheConfig("apifront-1")
	made, err := w.c.CreateCachePolicy(t.Context(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: config})
	if err != nil {
		t.Fatal(err)
	}
	config.Comment = aws.String("")
	if d := cmp.Diff(made.CachePolicy.CachePolicyConfig, config, ignoreNoSmithy()); d != "" {
		t.Error(d)
	}
	_, err = w.c.CreateCachePolicy(t.Context(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cacheConfig("apifront-1")})
	wantCode(t, err, "CachePolicyAlreadyExists")

	use := w.recipe()
	use.DefaultCacheBehavior.CachePolicyId = made.CachePolicy.Id
	d, _ := w.create(t, use)
	_, err = w.c.DeleteCachePolicy(t.Context(), &cloudfront.DeleteCachePolicyInput{Id: made.CachePolicy.Id, IfMatch: made.ETag})
	wantCode(t, err, "CachePolicyInUse")
	stranger := cdnOf(w.s, theirs)
	foreign := stranger.recipe()
	foreign.DefaultCacheBehavior.CachePolicyId = made.CachePolicy.Id
	_, _, err = stranger.try(t, foreign)
	wantCode(t, err, "NoSuchCachePolicy")

	config.MaxTTL = aws.Int64(60)
	up, err := w.c.UpdateCachePolicy(t.Context(), &cloudfront.UpdateCachePolicyInput{Id: made.CachePolicy.Id, IfMatch: made.ETag, CachePolicyConfig: config})
	if err != nil || *up.CachePolicy.CachePolicyConfig.MaxTTL != 60 {
		t.Fatalf("got %v %v", up, err)
	}
	_, err = w.c.UpdateCachePolicy(t.Context(), &cloudfront.UpdateCachePolicyInput{Id: made.CachePolicy.Id, IfMatch: made.ETag, CachePolicyConfig: config})
	wantCode(t, err, "PreconditionFailed")
	if _, err := w.update(t, *d.Id, func(c *types.DistributionConfig) {
		c.DefaultCacheBehavior.CachePolicyId = aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.DeleteCachePolicy(t.Context(), &cloudfront.DeleteCachePolicyInput{Id: made.CachePolicy.Id, IfMatch: up.ETag}); err != nil {
		t.Error(err)
	}
	_, err = w.c.GetCachePolicy(t.Context(), &cloudfront.GetCachePolicyInput{Id: made.CachePolicy.Id})
	wantCode(t, err, "NoSuchCachePolicy")
}

func TestCachePolicyMistakes(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	for name, tc := range map[string]struct {
		change func(*types.CachePolicyConfig)
		code   string
	}{
		"key without caching": {func(c *types.CachePolicyConfig) { c.MaxTTL = aws.Int64(0) }, "InvalidArgument"},
		"order":               {func(c *types.CachePolicyConfig) { c.MinTTL = aws.Int64(1) }, "InvalidArgument"},
		"quantity": {func(c *types.CachePolicyConfig) {
			c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers.Quantity = aws.Int32(1)
		}, "InconsistentQuantities"},
		"eleven headers": {func(c *types.CachePolicyConfig) {
			h := c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers
			h.Items, h.Quantity = []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}, aws.Int32(11)
		}, "TooManyHeadersInCachePolicy"},
		"all headers": {func(c *types.CachePolicyConfig) {
			c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.HeaderBehavior = "allViewer"
		}, "InvalidArgument"},
		"a header nothing is cached by": {func(c *types.CachePolicyConfig) {
			c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers.Items[0] = "x-real-IP"
		}, "InvalidArgument"},
		"no list": {func(c *types.CachePolicyConfig) {
			c.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.CookieBehavior = "whitelist"
		}, "InvalidArgument"},
	} {
		t.Run(name, func(t *testing.T) {
			c := cacheConfig(name)
			tc.change(c)
			_, err := w.c.CreateCachePolicy(t.Context(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: c})
			wantCode(t, err, tc.code)
		})
	}
}

func TestV27OriginRequestPolicy(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	config := func(headers ...string) *types.OriginRequestPolicyConfig {
		return &types.OriginRequestPolicyConfig{
			Name:               aws.String("p"),
			HeadersConfig:      &types.OriginRequestPolicyHeadersConfig{HeaderBehavior: "whitelist", Headers: &types.Headers{Quantity: aws.Int32(int32(len(headers))), Items: headers}},
			CookiesConfig:      &types.OriginRequestPolicyCookiesConfig{CookieBehavior: "all"},
			QueryStringsConfig: &types.OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: "all"},
		}
	}
	try := func(headers ...string) (*cloudfront.CreateOriginRequestPolicyOutput, error) {
		return w.c.CreateOriginRequestPolicy(t.Context(), &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: config(headers...)})
	}
	_, err := try("Host", "authorization")
	wantCode(t, err, "InvalidArgument")
	_, err = try("Host", "Authorization")
	wantMessage(t, err, "The parameter Headers contains Authorization that is not allowed.")
	_, err = try("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
	wantCode(t, err, "TooManyHeadersInOriginRequestPolicy")
	made, err := try("Host", "Origin")
	if err != nil {
		t.Fatal(err)
	}
	_, err = try("Host")
	wantCode(t, err, "OriginRequestPolicyAlreadyExists")
	use := w.recipe()
	use.DefaultCacheBehavior.OriginRequestPolicyId = made.OriginRequestPolicy.Id
	w.create(t, use)
	_, err = w.c.DeleteOriginRequestPolicy(t.Context(), &cloudfront.DeleteOriginRequestPolicyInput{Id: made.OriginRequestPolicy.Id, IfMatch: made.ETag})
	wantCode(t, err, "OriginRequestPolicyInUse")
	list, err := w.c.ListOriginRequestPolicies(t.Context(), &cloudfront.ListOriginRequestPoliciesInput{Type: types.OriginRequestPolicyTypeCustom})
	if err != nil || len(list.OriginRequestPolicyList.Items) != 1 || *list.OriginRequestPolicyList.Items[0].OriginRequestPolicy.Id != *made.OriginRequestPolicy.Id {
		t.Errorf("got %v %v", list, err)
	}
}
