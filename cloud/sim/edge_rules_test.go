package sim

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// state is what X-Cache says, in short.
func (s seen) state() string {
	word, _, _ := strings.Cut(s.Header.Get("X-Cache"), " ")
	return word
}

// A HEAD is answered from what a GET left, and the other way round.
func TestEdgeHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.at(t, addressEdge0)
		w.cachingPolicy(cachePolicyConfig{MaxTTL: 60, DefaultTTL: 60, Key: &cacheKeyConfig{Headers: whitelist("Host")}})
		for i, c := range []struct{ method, path, state string }{
			{"HEAD", "/items/1", "Miss"}, {"GET", "/items/1", "Hit"}, {"GET", "/items/2", "Miss"}, {"HEAD", "/items/2", "Hit"}, {"GET", "/items/2", "Hit"},
		} {
			got := w.visit(t, testName+":443", ask(t, c.method, "https://"+testName+c.path), "")
			if got.Status != 200 || got.state() != c.state || (got.Body != "") != (c.method == "GET") {
				t.Errorf("%d: %s %s: got %d %s %q", i, c.method, c.path, got.Status, got.state(), got.Body)
			}
		}
	})
}

// Policies that compress have what the viewer reads in the key, normalized.
func TestEdgeEncodingInTheKey(t *testing.T) {
	for _, c := range []struct {
		gzip, brotli bool
		want         string // for each of the asked ones: M for Miss, H for Hit
	}{
		{true, true, "MHMMMH"}, {true, false, "MHMHHH"}, {false, true, "MHHMHH"}, {false, false, "MHHHHH"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			w.at(t, addressEdge0)
			w.cachingPolicy(cachePolicyConfig{MaxTTL: 60, DefaultTTL: 60, Key: &cacheKeyConfig{Headers: whitelist("Host"), Gzip: c.gzip, Brotli: c.brotli}})
			var got string
			for _, asked := range []string{"deflate", "", "gzip;q=1, deflate", "br, gzip", "br", "identity"} {
				var header []string
				if asked != "" {
					header = []string{"Accept-Encoding", asked}
				}
				got += w.edgeGet(t, "/items", header...).state()[:1]
			}
			if got != c.want {
				t.Errorf("gzip %v, br %v: got %s, want %s", c.gzip, c.brotli, got, c.want)
			}
		})
	}
}

// What the origin says of the age of its answer.
func TestCacheControl(t *testing.T) {
	now := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		control, expires string
		said             bool
		age              time.Duration
		no               bool
	}{
		{"", "", false, 0, false},
		{"max-age=60", "", true, time.Minute, false},
		{"max-age=60, s-maxage=5", "", true, 5 * time.Second, false},
		{"s-maxage=5, max-age=60", "", true, 5 * time.Second, false},
		{"max-age=x", "", false, 0, false},
		{"private", "", false, 0, true},
		{"no-store", at(time.Hour), false, 0, true},
		{"", at(time.Hour), true, time.Hour, false},
		{"", at(-time.Hour), true, 0, false},
		{"", "0", false, 0, false},
		{"max-age=60", at(time.Hour), true, time.Minute, false},
	} {
		said, age, no := cacheControl(http.Header{"Cache-Control": {c.control}, "Expires": {c.expires}}, now)
		if said != c.said || age != c.age || no != c.no {
			t.Errorf("%q, Expires %q: got %v %v %v", c.control, c.expires, said, age, no)
		}
	}
}

// How long an answer stays: what the origin says, within the policy's bounds.
func TestEdgeTTL(t *testing.T) {
	thirty := int64(30)
	config := &distributionConfig{CustomErrorResponses: &customErrorResponses{Quantity: 1, Items: []customErrorResponse{{ErrorCode: 403, ErrorCachingMinTTL: &thirty}}}}
	for _, c := range []struct {
		control          string
		failed           int
		low, usual, high int64
		want             int64 // seconds
	}{
		{"", 0, 1, 20, 60, 20}, {"", 0, 30, 20, 60, 30}, {"", 0, 1, 90, 60, 60},
		{"max-age=40", 0, 1, 20, 60, 40}, {"max-age=90", 0, 1, 20, 60, 60}, {"max-age=0", 0, 1, 20, 60, 1},
		{"no-store", 0, 5, 20, 60, 5}, {"max-age=40", 0, 0, 0, 0, 0},
		{"", 404, 0, 0, 0, 10}, {"max-age=40", 404, 0, 0, 0, 40}, {"max-age=4", 404, 0, 0, 0, 10}, {"no-store", 404, 0, 0, 0, 10},
		{"", 403, 0, 0, 0, 30}, {"max-age=40", 403, 0, 0, 0, 40}, {"", 400, 0, 0, 0, 0}, {"max-age=40", 400, 0, 0, 0, 40},
	} {
		f := forwarding{min: c.low, usual: c.usual, max: c.high}
		if got := f.ttl(http.Header{"Cache-Control": {c.control}}, c.failed, config, time.Now()); got != time.Duration(c.want)*time.Second {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestEdgeDefaultRootObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.config.DefaultRootObject = "items"
		for path, want := range map[string]string{"/": "/items", "/items/1": "/items/1", "/?a=1": "/items"} {
			if got := readArrived(t, w.edgeGet(t, path)); got.Route != want {
				t.Errorf("%s: got %s, want %s", path, got.Route, want)
			}
		}
	})
}

func TestEdgeCustomErrorPage(t *testing.T) {
	thirty := int64(30)
	for _, c := range []struct {
		name   string
		page   customErrorResponse
		status int
		route  string
	}{
		{"with its own code", customErrorResponse{ErrorCode: 404, ResponsePagePath: "/items", ResponseCode: "200", ErrorCachingMinTTL: &thirty}, 200, "/items"},
		{"with the error's code", customErrorResponse{ErrorCode: 404, ResponsePagePath: "/items", ErrorCachingMinTTL: &thirty}, 404, "/items"},
		{"of another error", customErrorResponse{ErrorCode: 500, ResponsePagePath: "/items", ResponseCode: "200"}, 404, "/items/1"},
		{"without a page", customErrorResponse{ErrorCode: 404, ErrorCachingMinTTL: &thirty}, 404, "/items/1"},
		{"that is not there", customErrorResponse{ErrorCode: 404, ResponsePagePath: "/nowhere", ResponseCode: "200", ErrorCachingMinTTL: &thirty}, 404, "/items/1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newVisited(t, Pace{})
				w.at(t, addressEdge0)
				w.config.CustomErrorResponses = &customErrorResponses{Quantity: 1, Items: []customErrorResponse{c.page}}
				get := func() seen { return w.edgeGet(t, "/items/1?sim-status=404") }
				first := get()
				if a := readArrived(t, first); first.Status != c.status || a.Route != c.route || first.state() != "Error" {
					t.Errorf("got %d %s %s", first.Status, a.Route, first.state())
				}
				keeps := 10 * time.Second
				if c.page.ErrorCachingMinTTL != nil {
					keeps = 30 * time.Second
				}
				time.Sleep(keeps - time.Second)
				if again := get(); again.Body != first.Body || again.state() != "Error" || again.Status != c.status {
					t.Errorf("just before %v: got %d %s %s", keeps, again.Status, again.state(), again.Body)
				}
				time.Sleep(time.Second)
				if again := get(); again.Body == first.Body {
					t.Errorf("after %v: the old answer", keeps)
				}
			})
		})
	}
}

// CloudFront and the Regional endpoint need a TLS version that both speak.
func TestEdgeOriginTLS(t *testing.T) {
	for _, c := range []struct {
		security, versions string
		status             int
	}{
		{"TLS_1_2", "TLSv1.2", 200}, {"TLS_1_2", "TLSv1 TLSv1.1", 502}, {"TLS_1_2", "SSLv3 TLSv1.2", 200}, {"TLS_1_2", "-", 200},
		{"TLS_1_0", "TLSv1", 200}, {"TLS_1_0", "TLSv1.1", 200}, {"TLS_1_0", "TLSv1.2", 200}, {"TLS_1_0", "SSLv3", 502}, {"TLS_1_0", "-", 200},
		{"SecurityPolicy_TLS13_1_3_2025_09", "TLSv1.2", 200}, {"SecurityPolicy_TLS13_1_2_2021_06", "TLSv1.2", 200},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			w.domain.Security = c.security
			o := w.config.Origins.Items[0].CustomOriginConfig
			o.OriginSslProtocols = nil
			if c.versions != "-" {
				o.OriginSslProtocols = &sslProtocols{Items: strings.Fields(c.versions)}
			}
			if got := w.edgeGet(t, "/"); got.Status != c.status {
				t.Errorf("%s and %s: got %d, want %d", c.security, c.versions, got.Status, c.status)
			}
		})
	}
}

// greet makes one handshake with versions up to most, and one protocol.
func (w *visited) greet(t *testing.T, address string, most uint16, protocols ...string) (string, error) {
	t.Helper()
	conn, err := w.Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	secure := tls.Client(conn, &tls.Config{ServerName: testName, RootCAs: w.CA(), MinVersion: tls.VersionTLS10, MaxVersion: most, NextProtos: protocols})
	err = secure.HandshakeContext(t.Context())
	return secure.ConnectionState().NegotiatedProtocol, err
}

// The lowest TLS version follows from the name that SNI says.
func TestLowestTLSBySNI(t *testing.T) {
	for _, c := range []struct {
		at, policy string
		lowest     uint16
	}{
		{addressEdge0, "TLSv1.3_2025", tls.VersionTLS13}, {addressEdge0, "TLSv1.2_2021", tls.VersionTLS12},
		{addressEdge0, "TLSv1.1_2016", tls.VersionTLS11}, {addressEdge0, "TLSv1", tls.VersionTLS10}, {addressEdge1, "", tls.VersionTLS12},
		{addressRegional, "SecurityPolicy_TLS13_1_3_2025_09", tls.VersionTLS13}, {addressRegional, "SecurityPolicy_TLS13_1_2_2021_06", tls.VersionTLS12},
		{addressRegional, "TLS_1_2", tls.VersionTLS12}, {addressRegional, "TLS_1_0", tls.VersionTLS10},
	} {
		t.Run(fmt.Sprint(c.at, c.policy), func(t *testing.T) {
			w := newVisited(t, Pace{})
			w.config.ViewerCertificate.MinimumProtocolVersion = c.policy
			w.domain.Security = c.policy
			for most := uint16(tls.VersionTLS10); most <= tls.VersionTLS13; most++ {
				if _, err := w.greet(t, c.at+":443", most); (err == nil) != (most >= c.lowest) {
					t.Errorf("%s: got %v, lowest is %s", tls.VersionName(most), err, tls.VersionName(c.lowest))
				}
			}
		})
	}
}

func TestEdgeHTTPVersion(t *testing.T) {
	for version, want := range map[string]string{"http2": "h2", "http2and3": "h2", "http1.1": "http/1.1"} {
		w := newVisited(t, Pace{})
		w.config.HTTPVersion = version
		if got, err := w.greet(t, addressEdge0+":443", tls.VersionTLS13, "h2", "http/1.1"); err != nil || got != want {
			t.Errorf("%s: got %s (%v), want %s", version, got, err, want)
		}
	}
}

// With ROUTING_RULE_ONLY no mapping counts, and there are no rules.
func TestRegionalRoutingRuleOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.domain.RoutingMode = routingRulesOnly
		if got := w.edgeGet(t, "/items"); got.Status != 403 || got.Header.Get("X-Amzn-Errortype") != "ForbiddenException" {
			t.Errorf("got %d %v", got.Status, got.Header)
		}
		w.domain.RoutingMode = "ROUTING_RULE_THEN_BASE_PATH_MAPPING"
		if got := w.edgeGet(t, "/items"); got.Status != 200 {
			t.Errorf("rules, then mappings: got %d", got.Status)
		}
	})
}
