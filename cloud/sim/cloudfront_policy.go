package sim

import (
	"slices"
	"strings"
	"time"
)

// A policyOf is a managed or custom policy of one kind; C is the document of what it
// says.
type policyOf[C any] struct {
	ID         string
	ETag       string
	Managed    bool
	ModifiedAt time.Time
	Config     C
}

// A cachePolicy says what is in the cache key, and how long answers stay.
// What is in the key is sent to the origin too.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html
type cachePolicy = policyOf[cachePolicyConfig]

// cachePolicyConfig is the CachePolicyConfig document.
type cachePolicyConfig struct {
	Comment    string
	Name       string
	DefaultTTL int64 // seconds, as the others
	MaxTTL     int64
	MinTTL     int64
	Key        *cacheKeyConfig `xml:"ParametersInCacheKeyAndForwardedToOrigin"`
	Newer      []newerElement  `xml:",any"`
}

type cacheKeyConfig struct {
	Gzip         bool                `xml:"EnableAcceptEncodingGzip"`
	Brotli       bool                `xml:"EnableAcceptEncodingBrotli"`
	Headers      *headersConfig      `xml:"HeadersConfig"`
	Cookies      *cookiesConfig      `xml:"CookiesConfig"`
	QueryStrings *queryStringsConfig `xml:"QueryStringsConfig"`
	Newer        []newerElement      `xml:",any"`
}

// An originRequestPolicy says what else is sent to the origin.
type originRequestPolicy = policyOf[originRequestPolicyConfig]

// originRequestPolicyConfig is the OriginRequestPolicyConfig document.
type originRequestPolicyConfig struct {
	Comment      string
	Name         string
	Headers      *headersConfig      `xml:"HeadersConfig"`
	Cookies      *cookiesConfig      `xml:"CookiesConfig"`
	QueryStrings *queryStringsConfig `xml:"QueryStringsConfig"`
}

// headersConfig is none, whitelist (both kinds of policy), allViewer,
// allViewerAndWhitelistCloudFront or allExcept (origin request policies).
type headersConfig struct {
	Behavior string         `xml:"HeaderBehavior"`
	Headers  *nameList      `xml:"Headers"`
	Newer    []newerElement `xml:",any"`
}

// cookiesConfig is none, whitelist, allExcept or all.
type cookiesConfig struct {
	Behavior string    `xml:"CookieBehavior"`
	Cookies  *nameList `xml:"Cookies"`
}

// queryStringsConfig is none, whitelist, allExcept or all.
type queryStringsConfig struct {
	Behavior     string    `xml:"QueryStringBehavior"`
	QueryStrings *nameList `xml:"QueryStrings"`
}

// takes says whether a viewer's header goes along. The caller decides about
// Authorization, which passes with allViewer and where it is in the cache key.
func (h *headersConfig) takes(header string) bool {
	if h == nil {
		return false
	}
	return chosen(h.Behavior, h.Headers, header, true)
}

// takes says whether a viewer's cookie goes along.
func (c *cookiesConfig) takes(cookie string) bool {
	if c == nil {
		return false
	}
	return chosen(c.Behavior, c.Cookies, cookie, false)
}

// some says whether any cookie goes along.
func (c *cookiesConfig) some() bool { return c != nil && c.Behavior != "" && c.Behavior != "none" }

// takes says whether a query parameter goes along.
func (q *queryStringsConfig) takes(name string) bool {
	if q == nil {
		return false
	}
	return chosen(q.Behavior, q.QueryStrings, name, false)
}

// chosen decides for one name; headers are compared without case.
func chosen(behavior string, list *nameList, name string, fold bool) bool {
	in := slices.ContainsFunc(list.names(), func(n string) bool {
		return n == name || fold && strings.EqualFold(n, name) || n == "*"
	})
	switch behavior {
	case "all", "allViewer", "allViewerAndWhitelistCloudFront":
		return true
	case "allExcept":
		return !in
	case "whitelist":
		return in
	default: // none
		return false
	}
}

// cachePolicy is a managed or custom cache policy of an account, nil if there
// is none with that ID.
func (s *Sim) cachePolicy(account, id string) *cachePolicy { return cachePolicies.find(s, account, id) }

// originRequestPolicy is a managed or custom origin request policy of an
// account, nil if there is none with that ID.
func (s *Sim) originRequestPolicy(account, id string) *originRequestPolicy {
	return originRequestPolicies.find(s, account, id)
}
