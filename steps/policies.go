package steps

import (
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

func policiesStep() Step {
	return Step{
		ID:       "policies",
		Thing:    "cache policy",
		Title:    "Create cache policy",
		Why:      "Kept answers are told apart by query string and by the headers that decide who may read, so that nobody gets another caller's answer. Other settings make another policy beside the one in use, so that the distribution moves to all of them at once.",
		Service:  "CloudFront",
		Tutorial: 5,
		Settings: []setup.Setting{setup.SettingCacheKey},
		Needs:    []setup.StepID{"identity"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartEdge},
		Page:     setup.PageEdge,
		Keys:     []string{setup.KeyCachePolicy},
		Several:  true,
		Wait:     Wait{Every: 3 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 3 * time.Second},
		Actions: []string{
			"cloudfront:ListCachePolicies", "cloudfront:GetCachePolicy",
			"cloudfront:CreateCachePolicy", "cloudfront:UpdateCachePolicy",
		},
		Grants: func(s Scope) []Grant {
			any, one := []string{"*"}, []string{s.edge("cache-policy/*")} // cache policies cannot be tagged
			return []Grant{
				{For: "List", Actions: []string{"cloudfront:ListCachePolicies"}, Resources: any},
				{For: "Read", Actions: []string{"cloudfront:GetCachePolicy"}, Resources: one},
				{For: "Create", Use: Writes, Actions: []string{"cloudfront:CreateCachePolicy"}, Resources: any},
				{For: "Change", Use: Writes, Actions: []string{"cloudfront:UpdateCachePolicy"}, Resources: one},
			}
		},
		Applies: func(s setup.Spec) (bool, string) {
			if !caching(s) {
				return false, "Caching is off, so AWS's own policies CachingDisabled and AllViewer are used."
			}
			return true, ""
		},
		Reads:   readsPolicies,
		Observe: observePolicies,
		Apply:   applyPolicies,
		Wants:   wantsCachePolicy,
		Remove:  removeCachePolicy,
	}
}

// caching says whether CloudFront keeps answers.
func caching(s setup.Spec) bool {
	return s.Edge.Keeps()
}

// cachePolicyConfig is the cache policy, without its name, of a setup with
// caching. Its maximum TTL is never 0: CloudFront treats such a policy as
// caching disabled, and it may not name headers.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html
func cachePolicyConfig(edge setup.Edge) *types.CachePolicyConfig {
	c := &types.CachePolicyConfig{
		MinTTL:     aws.Int64(0),
		DefaultTTL: aws.Int64(0),
		MaxTTL:     aws.Int64(setup.MaxTTL),
		ParametersInCacheKeyAndForwardedToOrigin: &types.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip:   aws.Bool(edge.Compress),
			EnableAcceptEncodingBrotli: aws.Bool(edge.Compress),
			HeadersConfig:              keyHeadersConfig(edge.KeyHeaders),
			CookiesConfig:              &types.CachePolicyCookiesConfig{CookieBehavior: types.CachePolicyCookieBehaviorNone},
			QueryStringsConfig:         &types.CachePolicyQueryStringsConfig{QueryStringBehavior: types.CachePolicyQueryStringBehaviorAll},
		},
	}
	if edge.Caching == setup.CachingFixed {
		ttl := int64(edge.TTL)
		c.MinTTL, c.DefaultTTL, c.MaxTTL = &ttl, &ttl, &ttl
	}
	return c
}

// keyHeadersConfig puts headers into the cache key. CloudFront sends them to
// the origin whatever the origin request policy says. AllViewer sends all
// headers anyway.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-how-origin-request-policies-and-cache-policies-work-together.html
func keyHeadersConfig(names []string) *types.CachePolicyHeadersConfig {
	if len(names) == 0 {
		return &types.CachePolicyHeadersConfig{HeaderBehavior: types.CachePolicyHeaderBehaviorNone}
	}
	return &types.CachePolicyHeadersConfig{
		HeaderBehavior: types.CachePolicyHeaderBehaviorWhitelist,
		Headers:        &types.Headers{Quantity: aws.Int32(int32(len(names))), Items: names}, //nolint:gosec // ten at most
	}
}

// policyFields are the settings of a cache policy that the setup decides, under
// AWS's names.
func policyFields(c *types.CachePolicyConfig) []field {
	p := c.ParametersInCacheKeyAndForwardedToOrigin
	if p == nil {
		p = &types.ParametersInCacheKeyAndForwardedToOrigin{}
	}
	var headers []string
	if p.HeadersConfig != nil && p.HeadersConfig.Headers != nil {
		for _, name := range p.HeadersConfig.Headers.Items { // CloudFront may keep them in any case
			headers = append(headers, textproto.CanonicalMIMEHeaderKey(name))
		}
		slices.Sort(headers)
	}
	var query, cookies string
	if p.QueryStringsConfig != nil {
		query = string(p.QueryStringsConfig.QueryStringBehavior)
	}
	if p.CookiesConfig != nil {
		cookies = string(p.CookiesConfig.CookieBehavior)
	}
	return []field{
		{"MinTTL", number(c.MinTTL)},
		{"DefaultTTL", number(c.DefaultTTL)},
		{"MaxTTL", number(c.MaxTTL)},
		{"Headers", strings.Join(headers, ", ")},
		{"QueryStringBehavior", query},
		{"CookieBehavior", cookies},
		{"EnableAcceptEncodingGzip", strconv.FormatBool(aws.ToBool(p.EnableAcceptEncodingGzip))},
		{"EnableAcceptEncodingBrotli", strconv.FormatBool(aws.ToBool(p.EnableAcceptEncodingBrotli))},
	}
}

// keyWords says by which parts of a request CloudFront tells kept answers
// apart.
func keyWords(edge setup.Edge) string {
	if len(edge.KeyHeaders) == 0 {
		return "told apart by query string only"
	}
	return "told apart by " + strings.Join(edge.KeyHeaders, ", ") + " and query string"
}

// cachingWords says how long CloudFront keeps answers.
func cachingWords(edge setup.Edge) string {
	if edge.Caching == setup.CachingFixed {
		return "GET answers kept for " + setup.Span(edge.KeepFor())
	}
	return "answers kept as long as the API says"
}
