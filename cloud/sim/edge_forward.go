package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// forwarding is what a behavior puts into the cache key, what it sends to the
// origin, and how long answers stay: from its policies, or from the legacy
// ForwardedValues.
type forwarding struct {
	key    cacheKeyConfig
	also   originRequestPolicyConfig // beyond the key
	legacy bool
	min    int64 // TTLs in seconds
	usual  int64
	max    int64
}

// forwarding reads a behavior. A policy that was deleted forwards nothing.
func (s *Sim) forwarding(h *holder, b *cacheBehavior) forwarding {
	var f forwarding
	if v := b.ForwardedValues; v != nil && b.CachePolicyID == "" {
		return forwardLegacy(v, b)
	}
	if p := s.cachePolicy(h.distribution.Account, b.CachePolicyID); p != nil {
		f.min, f.usual, f.max = p.Config.MinTTL, p.Config.DefaultTTL, p.Config.MaxTTL
		if p.Config.Key != nil {
			f.key = *p.Config.Key
		}
	}
	if p := s.originRequestPolicy(h.distribution.Account, b.OriginRequestPolicyID); p != nil {
		f.also = p.Config
	}
	return f
}

func forwardLegacy(v *forwardedValues, b *cacheBehavior) forwarding {
	f := forwarding{legacy: true, usual: 86400, max: 31536000}
	for field, value := range map[*int64]*int64{&f.min: b.MinTTL, &f.usual: b.DefaultTTL, &f.max: b.MaxTTL} {
		if value != nil {
			*field = *value
		}
	}
	f.key.Headers = &headersConfig{Behavior: "whitelist", Headers: v.Headers}
	f.key.Cookies = &cookiesConfig{Behavior: v.Cookies.Forward, Cookies: v.Cookies.WhitelistedNames}
	if v.QueryString {
		f.key.QueryStrings = &queryStringsConfig{Behavior: "all"}
		if len(v.QueryStringCacheKeys.names()) > 0 { // the key holds these, the origin gets all
			f.key.QueryStrings = &queryStringsConfig{Behavior: "whitelist", QueryStrings: v.QueryStringCacheKeys}
			f.also.QueryStrings = &queryStringsConfig{Behavior: "all"}
		}
	}
	if slices.Contains(v.Headers.names(), "*") {
		f.max = 0 // every header forwarded: nothing is cached
	}
	return f
}

// sends says whether a viewer's header goes to the origin. What is in the key
// goes, whatever the origin request policy leaves out.
func (f forwarding) sends(header string) bool {
	return f.key.Headers.takes(header) || f.also.Headers.takes(header)
}

// alwaysSent are the headers that no policy decides about.
var alwaysSent = []string{"Content-Type", "Content-Encoding", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range", "Cache-Control", "Pragma"}

// neverLegacy are the headers that legacy settings remove unless listed.
var neverLegacy = []string{"Authorization", "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cookie", "Expect", "Referer", "User-Agent"}

// originHeader makes the headers of the request to the origin, without Host.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
func (f forwarding) originHeader(v visit) http.Header {
	out := http.Header{}
	for name, values := range v.header {
		switch {
		case (name == "Connection" || name == "Upgrade") && v.upgrades():
			out[name] = slices.Clone(values) // CloudFront passes a WebSocket's on, whatever the policies say
		case name == "Connection", name == "X-Forwarded-Proto", name == "Te", name == "Upgrade", name == "Cookie":
		case slices.Contains(alwaysSent, name), f.sends(name), f.legacy && !slices.Contains(neverLegacy, name):
			out[name] = slices.Clone(values)
		}
	}
	if !f.sends("User-Agent") {
		out.Set("User-Agent", "Amazon CloudFront")
	}
	if encoding := f.encoding(v); encoding != "" {
		out.Set("Accept-Encoding", encoding)
	}
	if cookie := f.cookies(v); cookie != "" {
		out.Set("Cookie", cookie)
	}
	chain := append(slices.Clone(v.header["X-Forwarded-For"]), v.from)
	out.Set("X-Forwarded-For", strings.Join(chain, ", "))
	return out
}

// encoding is the normalized Accept-Encoding of policies that compress.
func (f forwarding) encoding(v visit) string {
	if !f.key.Gzip && !f.key.Brotli {
		return ""
	}
	asked := v.header.Get("Accept-Encoding")
	var out []string
	if f.key.Brotli && strings.Contains(asked, "br") {
		out = append(out, "br")
	}
	if f.key.Gzip && strings.Contains(asked, "gzip") {
		out = append(out, "gzip")
	}
	return strings.Join(out, ",")
}

// cookies are the viewer's cookies that go to the origin.
func (f forwarding) cookies(v visit) string {
	return pickCookies(v, func(name string) bool { return f.key.Cookies.takes(name) || f.also.Cookies.takes(name) })
}

func pickCookies(v visit, takes func(string) bool) string {
	var out []string
	for _, line := range v.header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			pair = strings.TrimSpace(pair)
			if name, _, _ := strings.Cut(pair, "="); name != "" && takes(name) {
				out = append(out, pair)
			}
		}
	}
	return strings.Join(out, "; ")
}

// query is the viewer's query string as the origin gets it, in its order.
func (f forwarding) query(v visit) string {
	return pickQuery(v, func(name string) bool { return f.key.QueryStrings.takes(name) || f.also.QueryStrings.takes(name) })
}

func pickQuery(v visit, takes func(string) bool) string {
	var out []string
	for pair := range strings.SplitSeq(v.query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if pair != "" && takes(name) {
			out = append(out, pair)
		}
	}
	return strings.Join(out, "&")
}

// cacheKey is what must be equal for an answer to be used again.
func (f forwarding) cacheKey(edge int, h *holder, b *cacheBehavior, v visit) string {
	method := v.method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	parts := []string{
		strconv.Itoa(edge), h.distribution.ID, b.PathPattern, method, v.path,
		pickQuery(v, f.key.QueryStrings.takes), pickCookies(v, f.key.Cookies.takes), f.encoding(v),
	}
	for _, name := range f.key.Headers.names() {
		value := strings.Join(v.header.Values(name), ",")
		if strings.EqualFold(name, "Host") {
			value = v.host
		}
		parts = append(parts, strings.ToLower(name)+"="+value)
	}
	return strings.Join(parts, "\x00")
}

// names are the headers a cache policy lists.
func (h *headersConfig) names() []string {
	if h == nil || h.Behavior != "whitelist" {
		return nil
	}
	return h.Headers.names()
}
