package sim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// passed are the headers of an origin's answer that go on to viewers: Set-Cookie
// if the origin is sent cookies, and of Vary what the origin is sent.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#ResponseCustomRemovedHeaders
func (f forwarding) passed(h http.Header) {
	if !f.key.Cookies.some() && !f.also.Cookies.some() {
		h.Del("Set-Cookie")
	}
	var vary []string
	for _, name := range varies(h) {
		if name == "*" || name == "accept-encoding" || name == "cookie" || f.sends(name) {
			vary = append(vary, http.CanonicalHeaderKey(name))
		}
	}
	h.Del("Vary")
	if len(vary) > 0 {
		h.Set("Vary", strings.Join(vary, ", "))
	}
}

// varies are the names that Vary has, in lower case.
func varies(h http.Header) []string {
	var names []string
	for part := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Vary"), ",")), ",") {
		if name := strings.TrimSpace(part); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// addHeaders adds what the behavior's response headers policy says to an answer.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
func (b *cacheBehavior) addHeaders(v visit, a *answer) {
	p := managedResponsePolicy(b.ResponseHeadersPolicyID)
	if p == nil {
		return
	}
	if p.Config.CORS != nil && v.header.Get("Origin") != "" {
		p.Config.CORS.add(v, a.Header)
	}
	if p.Config.Security != nil {
		p.Config.Security.add(a.Header)
	}
}

// corsHeaders are the headers of the Fetch standard that a policy may set.
var corsHeaders = []string{
	"Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
	"Access-Control-Allow-Credentials", "Access-Control-Expose-Headers",
}

// add answers a CORS request. What the origin says of CORS stands, if the policy
// does not override it: the policy then adds none of its headers.
func (c *corsConfig) add(v visit, h http.Header) {
	if !c.Override && slices.ContainsFunc(corsHeaders, func(name string) bool { return h.Get(name) != "" }) {
		return
	}
	h.Set("Access-Control-Allow-Origin", strings.Join(c.Origins.Items, ", "))
	if v.method == http.MethodOptions && v.header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", strings.Join(c.Methods.Items, ", "))
		h.Set("Access-Control-Allow-Headers", strings.Join(c.Headers.Items, ", "))
		return
	}
	if len(c.Expose.Items) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(c.Expose.Items, ", "))
	}
}

// add sets the security headers that the origin has not set, and those that the
// policy overrides.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html
func (c *securityHeadersConfig) add(h http.Header) {
	set := func(name, value string, override bool) {
		if value != "" && (override || h.Get(name) == "") {
			h.Set(name, value)
		}
	}
	protection := "0"
	if c.XSSProtection.Protection {
		protection = "1"
	}
	if c.XSSProtection.ModeBlock {
		protection += "; mode=block"
	}
	set("X-Xss-Protection", protection, c.XSSProtection.Override)
	set("X-Frame-Options", c.FrameOptions.FrameOption, c.FrameOptions.Override)
	set("Referrer-Policy", c.ReferrerPolicy.ReferrerPolicy, c.ReferrerPolicy.Override)
	set("X-Content-Type-Options", "nosniff", c.ContentTypeOptions.Override)
	set("Strict-Transport-Security", "max-age="+strconv.Itoa(c.StrictTransportSecurity.AccessControlMaxAgeSec), c.StrictTransportSecurity.Override)
}
