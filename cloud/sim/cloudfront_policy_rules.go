package sim

import (
	"reflect"
	"slices"
	"strings"
)

// Limits of policies.
const (
	maxPolicies      = 20
	maxPolicyHeaders = 10
	maxPolicyNames   = 10 // cookies or query strings
)

// check checks a cache policy: the order of its times, its lists, and that a
// policy that caches nothing has nothing in its key.
//
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html
func (c *cachePolicyConfig) check() error {
	if inconsistent(reflect.ValueOf(c)) {
		return refuse("InconsistentQuantities", "The value of Quantity and the size of Items don't match.")
	}
	k := c.Key
	switch {
	case c.Name == "":
		return invalidArgument("The parameter Name is required.")
	case k == nil || k.Headers == nil || k.Cookies == nil || k.QueryStrings == nil:
		return invalidArgument("The parameter ParametersInCacheKeyAndForwardedToOrigin is required, with HeadersConfig, CookiesConfig and QueryStringsConfig.")
	case c.MinTTL < 0 || c.DefaultTTL < c.MinTTL || c.MaxTTL < c.DefaultTTL:
		return invalidArgument("The parameter MinTTL, DefaultTTL or MaxTTL is not valid: MinTTL <= DefaultTTL <= MaxTTL.")
	case !slices.Contains([]string{"none", "whitelist"}, k.Headers.Behavior):
		return invalidArgument("The parameter HeaderBehavior is not valid: %s", k.Headers.Behavior)
	case len(k.Headers.Headers.names()) > maxPolicyHeaders:
		return refuse("TooManyHeadersInCachePolicy", "The number of headers in the cache policy exceeds the maximum.")
	}
	for _, h := range k.Headers.Headers.names() {
		if !keyable(h) {
			return invalidArgument("The parameter Headers contains %s that is not allowed.", h)
		}
	}
	if c.MaxTTL == 0 {
		for name, on := range map[string]bool{
			"HeaderBehavior": k.Headers.Behavior != "none", "CookieBehavior": k.Cookies.Behavior != "none",
			"QueryStringBehavior": k.QueryStrings.Behavior != "none", "EnableAcceptEncodingGzip": k.Gzip, "EnableAcceptEncodingBrotli": k.Brotli,
		} {
			if on {
				return invalidArgument("The parameter %s is invalid for policy with caching disabled.", name)
			}
		}
	}
	return checkNames(k.Headers, k.Cookies, k.QueryStrings, "CachePolicy")
}

// keyable says whether CloudFront can cache by a header, by the column "Caching
// based on header values is supported" of AWS's table. Users have reported that
// it refuses Accept-Encoding beside compression. That it refuses the others when
// the policy is made, and in which words, was not seen.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-headers-behavior
func keyable(header string) bool {
	switch h := strings.ToLower(header); h {
	case "accept-encoding", "cache-control", "connection", "content-length", "cookie", "max-forwards", "pragma",
		"proxy-authenticate", "proxy-authorization", "proxy-connection", "request-range", "te", "trailer",
		"transfer-encoding", "upgrade", "x-amz-cf-id", "x-forwarded-proto", "x-real-ip":
		return false
	default:
		return !strings.HasPrefix(h, "x-edge-")
	}
}

// check is rule V27: an origin request policy cannot name Authorization, and
// has at most ten headers.
//
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginRequestPolicyConfig.html
func (c *originRequestPolicyConfig) check() error {
	if inconsistent(reflect.ValueOf(c)) {
		return refuse("InconsistentQuantities", "The value of Quantity and the size of Items don't match.")
	}
	switch {
	case c.Name == "":
		return invalidArgument("The parameter Name is required.")
	case c.Headers == nil || c.Cookies == nil || c.QueryStrings == nil:
		return invalidArgument("The parameters HeadersConfig, CookiesConfig and QueryStringsConfig are required.")
	case !slices.Contains([]string{"none", "whitelist", "allViewer", "allViewerAndWhitelistCloudFront", "allExcept"}, c.Headers.Behavior):
		return invalidArgument("The parameter HeaderBehavior is not valid: %s", c.Headers.Behavior)
	}
	for _, h := range c.Headers.Headers.names() {
		if strings.EqualFold(h, "Authorization") || strings.EqualFold(h, "Accept-Encoding") {
			return invalidArgument("The parameter Headers contains %s that is not allowed.", h)
		}
	}
	if len(c.Headers.Headers.names()) > maxPolicyHeaders {
		return refuse("TooManyHeadersInOriginRequestPolicy", "The number of headers in the origin request policy exceeds the maximum.")
	}
	return checkNames(c.Headers, c.Cookies, c.QueryStrings, "OriginRequestPolicy")
}

// checkNames checks that lists are given only where the behavior uses them, and
// that they are short.
func checkNames(h *headersConfig, c *cookiesConfig, q *queryStringsConfig, kind string) error {
	behaviors := []string{"none", "whitelist", "allExcept", "all"}
	listed := func(b string) bool {
		return b == "whitelist" || b == "allExcept" || b == "allViewerAndWhitelistCloudFront"
	}
	switch {
	case !slices.Contains(behaviors, c.Behavior):
		return invalidArgument("The parameter CookieBehavior is not valid: %s", c.Behavior)
	case !slices.Contains(behaviors, q.Behavior):
		return invalidArgument("The parameter QueryStringBehavior is not valid: %s", q.Behavior)
	case listed(h.Behavior) != (len(h.Headers.names()) > 0):
		return invalidArgument("The parameter Headers does not fit HeaderBehavior %s.", h.Behavior)
	case listed(c.Behavior) != (len(c.Cookies.names()) > 0):
		return invalidArgument("The parameter Cookies does not fit CookieBehavior %s.", c.Behavior)
	case listed(q.Behavior) != (len(q.QueryStrings.names()) > 0):
		return invalidArgument("The parameter QueryStrings does not fit QueryStringBehavior %s.", q.Behavior)
	case len(c.Cookies.names()) > maxPolicyNames:
		return refuse("TooManyCookiesIn"+kind, "The number of cookies in the policy exceeds the maximum.")
	case len(q.QueryStrings.names()) > maxPolicyNames:
		return refuse("TooManyQueryStringsIn"+kind, "The number of query strings in the policy exceeds the maximum.")
	}
	return nil
}
