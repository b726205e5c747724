package sim

import (
	"testing"
	"testing/synctest"
)

// What an origin says of cookies and Vary: the one comes back only where
// cookies go, and is kept with its answer; the other decides nothing of what is
// kept, but for the asterisk without a minimum TTL.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#ResponseBehaviorCustomOrigin
func TestEdgeVaryAndSetCookie(t *testing.T) {
	t.Parallel()
	all := &cookiesConfig{Behavior: "all"}
	for _, c := range []struct {
		name         string
		min          int64
		cookies      *cookiesConfig // in the key
		policy       string         // origin request policy
		query        string
		second       string // X-Cache of another caller, who differs in Accept
		vary, cookie string
	}{
		{name: "Vary is no key", min: 60, policy: allViewer, query: "sim-vary=Accept,+x-tenant", second: "Hit", vary: "Accept, X-Tenant"},
		{name: "Vary of what is not passed on", min: 60, query: "sim-vary=Accept,Cookie,Accept-Encoding,X-Tenant", second: "Hit", vary: "Cookie, Accept-Encoding"},
		{name: "Vary: * without a minimum", policy: allViewer, query: "sim-vary=*&sim-cache-control=max-age=60", second: "Miss", vary: "*"},
		{name: "Vary: * with a minimum", min: 60, policy: allViewer, query: "sim-vary=*", second: "Hit", vary: "*"},
		{name: "cookies of all viewers", min: 60, policy: allViewer, query: "sim-set-cookie=a=1", second: "Hit", cookie: "a=1"},
		{name: "cookies in the key", min: 60, cookies: all, query: "sim-set-cookie=a=1", second: "Hit", cookie: "a=1"},
		{name: "cookies nowhere", min: 60, query: "sim-set-cookie=a=1", second: "Hit"},
		{name: "no-store, with a minimum", min: 60, policy: allViewer, query: "sim-cache-control=no-store", second: "Hit"},
		{name: "private, without", policy: allViewer, query: "sim-cache-control=private,max-age=60", second: "Miss"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newVisited(t, Pace{})
				w.behavior.OriginRequestPolicyID = c.policy
				w.cachingPolicy(cachePolicyConfig{MinTTL: c.min, DefaultTTL: c.min, MaxTTL: 60, Key: &cacheKeyConfig{
					Headers: whitelist("Host"), Cookies: c.cookies, QueryStrings: &queryStringsConfig{Behavior: "all"},
				}})
				w.at(t, addressEdge0)
				for n, state := range []string{"Miss", c.second} {
					got := w.edgeGet(t, "/items?"+c.query, "Accept", []string{"text/csv", "text/html"}[n])
					if x := got.Header.Get("X-Cache"); x != state+" from cloudfront" {
						t.Errorf("request %d: X-Cache %q, want %s", n, x, state)
					}
					if v, s := got.Header.Get("Vary"), got.Header.Get("Set-Cookie"); v != c.vary || s != c.cookie {
						t.Errorf("request %d: Vary %q and Set-Cookie %q, want %q and %q", n, v, s, c.vary, c.cookie)
					}
				}
			})
		})
	}
}
