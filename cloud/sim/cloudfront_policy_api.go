package sim

import (
	"maps"
	"net/http"
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

// policyXML is the CachePolicy or OriginRequestPolicy document; one of the two
// configs is there.
type policyXML struct {
	ID               string                     `xml:"Id"`
	LastModifiedTime string                     `xml:"LastModifiedTime"`
	Cache            *cachePolicyConfig         `xml:"CachePolicyConfig"`
	Origin           *originRequestPolicyConfig `xml:"OriginRequestPolicyConfig"`
	Response         *responsePolicyConfig      `xml:"ResponseHeadersPolicyConfig"`
}

// policyList is the list document of any kind of policy.
type policyList struct {
	NextMarker string `xml:",omitempty"`
	MaxItems   int
	Quantity   int
	Cache      []policySummary `xml:"Items>CachePolicySummary"`
	Origin     []policySummary `xml:"Items>OriginRequestPolicySummary"`
	Response   []policySummary `xml:"Items>ResponseHeadersPolicySummary"`
}

type policySummary struct {
	Type     string
	Cache    *policyXML `xml:"CachePolicy"`
	Origin   *policyXML `xml:"OriginRequestPolicy"`
	Response *policyXML `xml:"ResponseHeadersPolicy"`
}

func policyType(managed bool) string {
	if managed {
		return "managed"
	}
	return "custom"
}

// policyIDs are the IDs of a list in order, managed ones first, filtered by the
// Type parameter.
func policyIDs(req *request, managed, custom []string) ([]string, error) {
	slices.Sort(managed)
	slices.Sort(custom)
	switch t := req.query("Type"); t {
	case "":
		all := slices.Concat(managed, custom)
		slices.Sort(all) // markers need one order
		return all, nil
	case "managed":
		return managed, nil
	case "custom":
		return custom, nil
	default:
		return nil, invalidArgument("The parameter Type is not valid: %s", t)
	}
}

func (p *cachePolicy) document() policyXML {
	return policyXML{ID: p.ID, LastModifiedTime: cloudFrontTime(p.ModifiedAt), Cache: &p.Config}
}

func (p *originRequestPolicy) document() policyXML {
	return policyXML{ID: p.ID, LastModifiedTime: cloudFrontTime(p.ModifiedAt), Origin: &p.Config}
}

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

// policyUsed says whether a behavior of any distribution names the policy.
func (s *Sim) policyUsed(id string) bool {
	for _, d := range s.distributions {
		for _, b := range d.Config.behaviors() {
			if b.CachePolicyID == id || b.OriginRequestPolicyID == id {
				return true
			}
		}
	}
	return false
}

// managedPolicy is the refusal to change what AWS manages.
func managedPolicy() error {
	return refuseWith(http.StatusForbidden, "AccessDenied", "Managed policies cannot be changed or deleted.")
}

// createCachePolicy answers CreateCachePolicy.
func (s *Sim) createCachePolicy(req *request) (answer, error) {
	p := &cachePolicy{}
	if _, err := decodeXML(req, "CachePolicyConfig", &p.Config); err != nil {
		return answer{}, err
	}
	if err := p.Config.check(); err != nil {
		return answer{}, err
	}
	own := s.global(req.account.ID).cachePolicies
	if err := cacheNameFree(own, p); err != nil {
		return answer{}, err
	}
	if len(own) >= maxPolicies {
		return answer{}, refuse("TooManyCachePolicies", "You have reached the maximum number of cache policies for this account.")
	}
	p.ID, p.ETag, p.ModifiedAt = s.newUUID(), s.newETag(), s.now()
	own[p.ID] = p
	a, err := cloudFrontAnswer(http.StatusCreated, "CachePolicy", p.document(), p.ETag)
	return created(a, err, "/cache-policy/"+p.ID)
}

func cacheNameFree(own map[string]*cachePolicy, p *cachePolicy) error {
	for id, other := range own {
		if id != p.ID && other.Config.Name == p.Config.Name {
			return refuseWith(http.StatusConflict, "CachePolicyAlreadyExists", "A cache policy with this name already exists. You must provide a unique name.")
		}
	}
	return nil
}

func (s *Sim) findCachePolicy(req *request) (*cachePolicy, error) {
	p := s.cachePolicy(req.account.ID, req.arg("id"))
	if p == nil {
		return nil, refuseWith(http.StatusNotFound, "NoSuchCachePolicy", "The cache policy does not exist.")
	}
	return p, nil
}

// getCachePolicy answers GetCachePolicy.
func (s *Sim) getCachePolicy(req *request) (answer, error) {
	p, err := s.findCachePolicy(req)
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, "CachePolicy", p.document(), p.ETag)
}

// getCachePolicyConfig answers GetCachePolicyConfig.
func (s *Sim) getCachePolicyConfig(req *request) (answer, error) {
	p, err := s.findCachePolicy(req)
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, "CachePolicyConfig", p.Config, p.ETag)
}

// listCachePolicies answers ListCachePolicies.
func (s *Sim) listCachePolicies(req *request) (answer, error) {
	var managed []string
	for _, p := range managedCachePolicies {
		managed = append(managed, p.ID)
	}
	ids, err := policyIDs(req, managed, slices.Collect(maps.Keys(s.global(req.account.ID).cachePolicies)))
	if err != nil {
		return answer{}, err
	}
	page, err := s.cloudFrontPageOf(req, ids)
	if err != nil {
		return answer{}, err
	}
	out := policyList{NextMarker: page.next, MaxItems: page.size, Quantity: len(page.keys)}
	for _, id := range page.keys {
		p := s.cachePolicy(req.account.ID, id)
		doc := p.document()
		out.Cache = append(out.Cache, policySummary{Type: policyType(p.Managed), Cache: &doc})
	}
	return cloudFrontAnswer(http.StatusOK, "CachePolicyList", out, "")
}

// updateCachePolicy answers UpdateCachePolicy. Distributions use the new
// values at once; on AWS that takes a deployment.
func (s *Sim) updateCachePolicy(req *request) (answer, error) {
	p, err := s.findCachePolicy(req)
	if err != nil {
		return answer{}, err
	}
	if p.Managed {
		return answer{}, managedPolicy()
	}
	if err := checkIfMatch(req, p.ETag); err != nil {
		return answer{}, err
	}
	changed := *p
	changed.Config = cachePolicyConfig{}
	if _, err := decodeXML(req, "CachePolicyConfig", &changed.Config); err != nil {
		return answer{}, err
	}
	if err := changed.Config.check(); err != nil {
		return answer{}, err
	}
	own := s.global(req.account.ID).cachePolicies
	if err := cacheNameFree(own, &changed); err != nil {
		return answer{}, err
	}
	changed.ETag, changed.ModifiedAt = s.newETag(), s.now()
	own[p.ID] = &changed
	return cloudFrontAnswer(http.StatusOK, "CachePolicy", changed.document(), changed.ETag)
}

// deleteCachePolicy answers DeleteCachePolicy.
func (s *Sim) deleteCachePolicy(req *request) (answer, error) {
	p, err := s.findCachePolicy(req)
	if err != nil {
		return answer{}, err
	}
	if p.Managed {
		return answer{}, managedPolicy()
	}
	if err := checkIfMatch(req, p.ETag); err != nil {
		return answer{}, err
	}
	if s.policyUsed(p.ID) {
		return answer{}, refuseWith(http.StatusConflict, "CachePolicyInUse", "Cannot delete the cache policy because it is attached to one or more cache behaviors.")
	}
	delete(s.global(req.account.ID).cachePolicies, p.ID)
	return emptyAnswer(http.StatusNoContent)
}
