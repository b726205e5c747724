package sim

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// Limits of a distribution.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
const (
	maxOrigins       = 25
	maxBehaviors     = 75
	maxAliases       = 100
	maxOriginHeaders = 30
)

// checkDistribution is what CreateDistribution and UpdateDistribution check
// alike, rules V17 to V20 and V23.
func (s *Sim) checkDistribution(req *request, c *distributionConfig) error {
	if inconsistent(reflect.ValueOf(c)) {
		return refuse("InconsistentQuantities", "The value of Quantity and the size of Items don't match.")
	}
	if err := c.modelled(); err != nil {
		return err
	}
	if err := s.checkFunctions(c); err != nil {
		return err
	}
	if err := c.checkScalars(); err != nil {
		return err
	}
	if err := c.checkOrigins(); err != nil {
		return err
	}
	if err := s.checkBehaviors(req.account.ID, c); err != nil {
		return err
	}
	return s.checkViewer(req.account.ID, c)
}

// inconsistent is rule V17: somewhere a Quantity is not the number of Items.
func inconsistent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && inconsistent(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if inconsistent(v.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		quantity, items := v.FieldByName("Quantity"), v.FieldByName("Items")
		if quantity.IsValid() && items.IsValid() && quantity.Int() != int64(items.Len()) {
			return true
		}
		for i := range v.NumField() {
			if inconsistent(v.Field(i)) {
				return true
			}
		}
	default:
	}
	return false
}

// modelled refuses what would change the answers of a distribution in ways
// that the edge here does not know.
func (c *distributionConfig) modelled() error {
	switch {
	case c.Staging, c.ContinuousDeploymentPolicyID != "":
		return notModelled("continuous deployment")
	case c.AnycastIPListID != "":
		return notModelled("Anycast static IPs")
	case c.ConnectionFunctionAssociation != nil:
		return notModelled("connection functions")
	case c.TenantConfig != nil, c.ConnectionMode != "" && c.ConnectionMode != "direct":
		return notModelled("multi-tenant distributions")
	case c.ViewerMtlsConfig != nil:
		return notModelled("viewer mutual TLS")
	case c.OriginGroups != nil && c.OriginGroups.Quantity > 0:
		return notModelled("origin groups")
	}
	if c.Origins != nil {
		for i := range c.Origins.Items {
			o := &c.Origins.Items[i]
			switch {
			case o.VpcOriginConfig != nil:
				return notModelled("VPC origins")
			case o.CustomOriginConfig != nil && o.CustomOriginConfig.OriginMtlsConfig != nil:
				return notModelled("origin mutual TLS")
			case o.OriginAccessControlID != "":
				return notModelled("origin access control")
			}
		}
	}
	for _, b := range c.behaviors() {
		switch {
		case b.TrustedSigners != nil && b.TrustedSigners.Enabled, b.TrustedKeyGroups != nil && b.TrustedKeyGroups.Enabled:
			return notModelled("signed URLs")
		case b.LambdaFunctionAssociations != nil && b.LambdaFunctionAssociations.Quantity > 0:
			return notModelled("Lambda functions at the edge")
		case b.FieldLevelEncryptionID != "":
			return notModelled("field-level encryption")
		case b.RealtimeLogConfigArn != "":
			return notModelled("real-time logs")
		case b.GrpcConfig != nil && b.GrpcConfig.Enabled:
			return notModelled("gRPC")
		case b.SmoothStreaming:
			return notModelled("smooth streaming")
		}
	}
	return nil
}

// checkScalars checks the single values of the config.
func (c *distributionConfig) checkScalars() error {
	for name, v := range map[string]struct {
		value   string
		allowed []string
	}{
		"PriceClass":  {c.PriceClass, []string{"", "PriceClass_100", "PriceClass_200", "PriceClass_All"}},
		"HttpVersion": {c.HTTPVersion, []string{"", "http1.1", "HTTP1.1", "http2", "http3", "http2and3"}},
	} {
		if !slices.Contains(v.allowed, v.value) {
			return invalidArgument("The parameter %s is not valid: %s", name, v.value)
		}
	}
	switch {
	case len(c.Comment) > 128:
		return invalidArgument("The parameter Comment is too big.")
	case c.Origins == nil:
		return invalidArgument("The parameter Origins is required.")
	case c.DefaultCacheBehavior == nil:
		return invalidArgument("The parameter DefaultCacheBehavior is required.")
	case strings.HasPrefix(c.DefaultRootObject, "/"):
		return refuse("InvalidDefaultRootObject", "The parameter DefaultRootObject must not begin with a slash.")
	case !validWebACL(c.WebACLID):
		return refuse("InvalidWebACLId", "A web ACL ID specified is not valid: %s", c.WebACLID)
	}
	if c.Restrictions != nil {
		g := c.Restrictions.GeoRestriction
		if !slices.Contains([]string{"none", "blacklist", "whitelist"}, g.RestrictionType) || (g.RestrictionType == "none") != (g.Quantity == 0) {
			return refuse("InvalidGeoRestrictionParameter", "The specified geo restriction parameter is not valid.")
		}
	}
	if c.CustomErrorResponses != nil {
		for _, r := range c.CustomErrorResponses.Items {
			if !slices.Contains([]int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}, r.ErrorCode) {
				return refuse("InvalidErrorCode", "An invalid error code was specified: %d", r.ErrorCode)
			}
			if (r.ResponseCode == "") != (r.ResponsePagePath == "") {
				return refuse("InvalidResponseCode", "ResponseCode and ResponsePagePath must be specified together.")
			}
		}
	}
	return nil
}

// validWebACL is true for "" and the ARN of a global WAFv2 web ACL.
func validWebACL(id string) bool {
	return id == "" || strings.HasPrefix(id, "arn:aws:wafv2:us-east-1:") && strings.Contains(id, ":global/webacl/")
}

// checkOrigins is rules V18 and V23 for every origin.
func (c *distributionConfig) checkOrigins() error {
	if len(c.Origins.Items) == 0 {
		return invalidArgument("The parameter Origins is required.")
	}
	if len(c.Origins.Items) > maxOrigins {
		return refuse("TooManyOrigins", "Your request contains more origins than are allowed per distribution.")
	}
	seen := map[string]bool{}
	for i := range c.Origins.Items {
		o := &c.Origins.Items[i]
		if seen[o.ID] {
			return invalidArgument("The origin ID %s is not unique.", o.ID)
		}
		seen[o.ID] = true
		if err := o.check(); err != nil {
			return err
		}
	}
	return nil
}

func (o *origin) check() error {
	switch {
	case o.ID == "":
		return invalidArgument("The parameter Origin Id is required.")
	case o.DomainName == "":
		return invalidArgument("The parameter Origin DomainName is required.")
	case strings.ContainsAny(o.DomainName, "/: ") || !strings.Contains(o.DomainName, "."):
		return invalidArgument("The parameter origin name must be a domain name: %s", o.DomainName)
	case o.OriginPath != "" && (!strings.HasPrefix(o.OriginPath, "/") || strings.HasSuffix(o.OriginPath, "/")):
		return invalidArgument("The parameter OriginPath must begin with a slash and must not end with one.")
	case (o.CustomOriginConfig == nil) == (o.S3OriginConfig == nil):
		return refuse("InvalidOrigin", "Exactly one of CustomOriginConfig, VpcOriginConfig and S3OriginConfig must be specified.")
	case outside(o.ConnectionAttempts, 3):
		return invalidArgument("The parameter ConnectionAttempts must be from 1 to 3.")
	case outside(o.ConnectionTimeout, 10):
		return invalidArgument("The parameter ConnectionTimeout must be from 1 to 10.")
	}
	if err := o.checkHeaders(); err != nil {
		return err
	}
	if o.CustomOriginConfig == nil {
		return nil
	}
	return o.CustomOriginConfig.check()
}

// outside says whether a number that was given is out of its range.
func outside(n *int, most int) bool { return n != nil && (*n < 1 || *n > most) }

// check is rule V18 for the ports and the protocol, V23 for the timeouts.
func (c *customOriginConfig) check() error {
	switch {
	case c.HTTPPort == nil:
		return invalidArgument("The parameter HTTPPort is required.")
	case c.HTTPSPort == nil:
		return invalidArgument("The parameter HTTPSPort is required.")
	case c.OriginProtocolPolicy == "":
		return invalidArgument("The parameter OriginProtocolPolicy is required.")
	case !slices.Contains([]string{"http-only", "match-viewer", "https-only"}, c.OriginProtocolPolicy):
		return invalidArgument("The parameter OriginProtocolPolicy is not valid: %s", c.OriginProtocolPolicy)
	case badPort(*c.HTTPPort), badPort(*c.HTTPSPort):
		return invalidArgument("The parameter HTTPPort or HTTPSPort must be 80, 443 or from 1024 to 65535.")
	case outside(c.OriginReadTimeout, 120):
		return refuse("InvalidOriginReadTimeout", "The read timeout specified for the origin is not valid: it must be from 1 to 120.")
	case outside(c.OriginKeepaliveTimeout, 120):
		return refuse("InvalidOriginKeepaliveTimeout", "The keep alive timeout specified for the origin is not valid: it must be from 1 to 120.")
	case !slices.Contains([]string{"", "ipv4", "ipv6", "dualstack"}, c.IPAddressType):
		return invalidArgument("The parameter IpAddressType is not valid: %s", c.IPAddressType)
	}
	if c.OriginSslProtocols != nil {
		if len(c.OriginSslProtocols.Items) == 0 {
			return invalidArgument("The parameter OriginSslProtocols must have at least one item.")
		}
		for _, p := range c.OriginSslProtocols.Items {
			if !slices.Contains([]string{"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"}, p) {
				return invalidArgument("The parameter OriginSslProtocols is not valid: %s", p)
			}
		}
	}
	return nil
}

func badPort(p int) bool { return p != 80 && p != 443 && (p < 1024 || p > 65535) }

// deniedHeaders are rule V23: CloudFront does not add these to the requests it
// sends to origins.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html#add-origin-custom-headers-denylist
var deniedHeaders = []string{
	"cache-control", "connection", "content-length", "cookie", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
	"if-unmodified-since", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "proxy-connection", "range",
	"request-range", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-real-ip",
}

// checkHeaders is rule V23 for the custom headers.
func (o *origin) checkHeaders() error {
	if len(o.headers()) > maxOriginHeaders {
		return refuse("TooManyOriginCustomHeaders", "Your request contains too many origin custom headers.")
	}
	seen := map[string]bool{}
	for _, h := range o.headers() {
		name := strings.ToLower(h.Name)
		switch {
		case name == "":
			return invalidArgument("The parameter HeaderName is required.")
		case slices.Contains(deniedHeaders, name), strings.HasPrefix(name, "x-amz-"), strings.HasPrefix(name, "x-edge-"), strings.HasPrefix(name, "proxy-"):
			return invalidArgument("The parameter HeaderName : %s is not allowed.", h.Name)
		case seen[name]:
			return invalidArgument("The parameter HeaderName contains %s more than once.", h.Name)
		}
		seen[name] = true
	}
	return nil
}

// checkBehaviors is rules V18 and V19 for every behavior.
func (s *Sim) checkBehaviors(account string, c *distributionConfig) error {
	if c.CacheBehaviors != nil {
		if len(c.CacheBehaviors.Items) > maxBehaviors {
			return refuse("TooManyCacheBehaviors", "You cannot create more cache behaviors for the distribution.")
		}
		seen := map[string]bool{}
		for i := range c.CacheBehaviors.Items {
			pattern := c.CacheBehaviors.Items[i].PathPattern
			if pattern == "" || seen[pattern] {
				return invalidArgument("The parameter PathPattern is missing or not unique: %q", pattern)
			}
			seen[pattern] = true
		}
	}
	for _, b := range c.behaviors() {
		if c.origin(b.TargetOriginID) == nil {
			return refuseWith(http.StatusNotFound, "NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
		}
		if !slices.Contains([]string{"allow-all", "https-only", "redirect-to-https"}, b.ViewerProtocolPolicy) {
			return invalidArgument("The parameter ViewerProtocolPolicy is not valid: %q", b.ViewerProtocolPolicy)
		}
		if err := b.checkMethods(); err != nil {
			return err
		}
		if err := s.checkBehaviorPolicies(account, b); err != nil {
			return err
		}
	}
	return nil
}

// methodSets are the method lists there are, by their length.
var methodSets = map[int][]string{
	2: {"GET", "HEAD"},
	3: {"GET", "HEAD", "OPTIONS"},
	7: {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"},
}

// checkMethods is rule V18: 2, 3 or 7 methods, no other choice.
func (b *cacheBehavior) checkMethods() error {
	if b.AllowedMethods == nil {
		return nil
	}
	if items := slices.Sorted(slices.Values(b.AllowedMethods.Items)); !slices.Equal(items, methodSets[len(items)]) || len(items) == 0 {
		return invalidArgument("The parameter AllowedMethods is not valid: it must have GET and HEAD, or OPTIONS too, or all seven methods.")
	}
	cached := b.AllowedMethods.CachedMethods
	if cached == nil {
		return nil
	}
	items := slices.Sorted(slices.Values(cached.Items))
	if len(items) == 0 || len(items) == 7 || !slices.Equal(items, methodSets[len(items)]) {
		return invalidArgument("The parameter CachedMethods is not valid: it must have GET and HEAD, or OPTIONS too.")
	}
	for _, m := range items {
		if !slices.Contains(b.AllowedMethods.Items, m) {
			return invalidArgument("The parameter CachedMethods contains %s, which is not in AllowedMethods.", m)
		}
	}
	return nil
}

// checkBehaviorPolicies is rule V19: a cache policy or the legacy settings,
// not both; an origin request policy only beside a cache policy; every ID known.
func (s *Sim) checkBehaviorPolicies(account string, b *cacheBehavior) error {
	if b.ResponseHeadersPolicyID != "" && managedResponsePolicy(b.ResponseHeadersPolicyID) == nil {
		return refuseWith(http.StatusNotFound, "NoSuchResponseHeadersPolicy", "The response headers policy does not exist.")
	}
	if b.CachePolicyID == "" {
		return b.checkLegacy()
	}
	switch {
	case b.ForwardedValues != nil:
		return invalidArgument("The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior.")
	case b.MinTTL != nil:
		return invalidArgument("The parameter MinTTL cannot be used when a cache policy is associated to the cache behavior.")
	case b.DefaultTTL != nil:
		return invalidArgument("The parameter DefaultTTL cannot be used when a cache policy is associated to the cache behavior.")
	case b.MaxTTL != nil:
		return invalidArgument("The parameter MaxTTL cannot be used when a cache policy is associated to the cache behavior.")
	case s.cachePolicy(account, b.CachePolicyID) == nil:
		return refuseWith(http.StatusNotFound, "NoSuchCachePolicy", "The specified cache policy does not exist.")
	case b.OriginRequestPolicyID != "" && s.originRequestPolicy(account, b.OriginRequestPolicyID) == nil:
		return refuseWith(http.StatusNotFound, "NoSuchOriginRequestPolicy", "The specified origin request policy does not exist.")
	}
	return nil
}

// checkLegacy is rule V19 for a behavior without a cache policy.
func (b *cacheBehavior) checkLegacy() error {
	f := b.ForwardedValues
	switch {
	case b.OriginRequestPolicyID != "":
		return invalidArgument("The parameter OriginRequestPolicyId cannot be used without a cache policy associated to the cache behavior.")
	case f == nil:
		return invalidArgument("The parameter ForwardedValues is required.")
	case b.MinTTL == nil:
		return invalidArgument("The parameter MinTTL is required.")
	case !slices.Contains([]string{"none", "whitelist", "all"}, f.Cookies.Forward):
		return refuse("InvalidForwardCookies", "Your request contains forward cookies option which doesn't match with the expectation for the whitelisted list of cookie names.")
	case slices.Contains(f.Headers.names(), "*") && (len(f.Headers.names()) > 1 || *b.MinTTL != 0):
		return invalidArgument("The parameter MinTTL must be 0 when Headers contains *, and * must be the only header.")
	case len(f.Headers.names()) > 10:
		return refuse("TooManyHeadersInForwardedValues", "Your request contains too many headers in forwarded values.")
	case b.MaxTTL != nil && *b.MaxTTL < *b.MinTTL,
		b.DefaultTTL != nil && (*b.DefaultTTL < *b.MinTTL || b.MaxTTL != nil && *b.DefaultTTL > *b.MaxTTL):
		return refuse("InvalidTTLOrder", "The order of the TTL values is not valid: MinTTL <= DefaultTTL <= MaxTTL.")
	}
	return nil
}
