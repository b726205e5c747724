package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// arrived is what the API says it got.
type arrived struct {
	API, Kind, Stage, Host, Route, Mapping, Query string
	Authorization, Cookies                        bool
	UserAgent                                     string `json:"user_agent"`
	Request                                       int64
}

func readArrived(t *testing.T, s seen) arrived {
	t.Helper()
	var a arrived
	if err := json.Unmarshal([]byte(s.Body), &a); err != nil {
		t.Fatalf("answer %d %q: %v", s.Status, s.Body, err)
	}
	a.Cookies = s.Header.Get("X-Sim-Cookies") == "true"
	return a
}

// The three facts the tutorial stands on. They follow from the parts: port 80
// is closed, and API Gateway chooses by Host.
func TestEdgeThreeFacts(t *testing.T) {
	for _, c := range []struct {
		name     string
		protocol string
		policy   string
		status   int
		body     string
		error    string
	}{
		{"https-only with AllViewer", "https-only", allViewer, 200, `"host":"api.example.com"`, ""},
		{"http-only", "http-only", allViewer, 502, "wasn&#39;t able to connect to the origin", ""},
		{"match-viewer by https", "match-viewer", allViewer, 200, `"host":"api.example.com"`, ""},
		{"AllViewerExceptHostHeader", "https-only", allViewerExceptHost, 403, `{"message":"Forbidden"}`, "ForbiddenException"},
		{"no origin request policy", "https-only", "", 403, `{"message":"Forbidden"}`, "ForbiddenException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newVisited(t, Pace{})
				w.config.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = c.protocol
				w.behavior.OriginRequestPolicyID = c.policy
				got := w.edgeGet(t, "/items?a=1")
				if got.Status != c.status || !strings.Contains(got.Body, c.body) {
					t.Errorf("got %d %s, want %d with %s", got.Status, got.Body, c.status, c.body)
				}
				if e := got.Header.Get("X-Amzn-Errortype"); e != c.error {
					t.Errorf("got error type %q, want %q", e, c.error)
				}
				if c.status >= 400 && got.Header.Get("X-Cache") != "Error from cloudfront" {
					t.Errorf("got X-Cache %q", got.Header.Get("X-Cache"))
				}
				if got.Header.Get("X-Amz-Cf-Id") == "" || !strings.Contains(got.Header.Get("Via"), "cloudfront.net") {
					t.Errorf("got no sign of CloudFront: %v", got.Header)
				}
			})
		})
	}
}

func TestEdgeOriginCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.certificate(w.domain.Certificate).Names = []string{"other.example.com"}
		if got := w.edgeGet(t, "/"); got.Status != 502 {
			t.Errorf("wrong regional certificate: got %d, want 502", got.Status)
		}
		time.Sleep(errorTTL)
		w.certificate(w.domain.Certificate).Names = []string{"*.example.com"}
		if got := w.edgeGet(t, "/"); got.Status != 200 {
			t.Errorf("wildcard regional certificate: got %d, want 200", got.Status)
		}
		w.certificate(w.domain.Certificate).NotAfter = time.Now()
		if got := w.edgeGet(t, "/"); got.Status != 502 {
			t.Errorf("regional certificate that ended: got %d, want 502", got.Status)
		}
	})
}

func TestEdgeOriginName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.config.Origins.Items[0].DomainName = "d-gone000000.execute-api.eu-west-1.amazonaws.com"
		if got := w.edgeGet(t, "/"); got.Status != 502 || !strings.Contains(got.Body, "resolve the origin") {
			t.Errorf("unknown origin: got %d %s", got.Status, got.Body)
		}
		time.Sleep(errorTTL)
		w.config.Origins.Items[0].DomainName = testEdge
		if got := w.edgeGet(t, "/"); got.Status != 403 || !strings.Contains(got.Body, "Bad request") {
			t.Errorf("origin is the distribution itself: got %d %s, want the 403 of a loop", got.Status, got.Body)
		}
	})
}

func TestEdgeChoosesByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		if got := w.edgeGet(t, "/"); !slices.Contains(got.Names, testName) {
			t.Errorf("got certificate %v, want %s", got.Names, testName)
		}
		own := w.visit(t, testEdge+":443", ask(t, "GET", "https://"+testEdge+"/"), "")
		if own.Status != 403 || own.Header.Get("X-Amzn-Errortype") != "ForbiddenException" || !slices.Contains(own.Names, "*.cloudfront.net") {
			t.Errorf("at its own name: got %d %v %v, want API Gateway's 403: it does not know that Host", own.Status, own.Names, own.Header)
		}
		_, err := w.try(t, testEdge+":443", ask(t, "GET", "https://nobody.example.com/"), "")
		if err == nil || !strings.Contains(err.Error(), "cloudfront.net") {
			t.Errorf("unknown SNI: got %v, want the certificate of *.cloudfront.net", err)
		}
		unknown := w.visit(t, testEdge+":443", ask(t, "GET", "https://nobody.example.com/"), testEdge)
		if unknown.Status != 403 || !strings.Contains(unknown.Body, "Bad request") {
			t.Errorf("unknown Host: got %d, want 403", unknown.Status)
		}
	})
}

func TestEdgeExactBeforeWildcard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		other := *w.config
		other.Aliases = &aliases{Quantity: 1, Items: []string{"*.example.com"}}
		other.ViewerCertificate = &viewerCertificate{ACMCertificateArn: w.AddCertificate("999988887777", "us-east-1", Certificate{Names: []string{"*.example.com"}})}
		w.distributions["E1OTHER"] = &distribution{ID: "E1OTHER", Account: "999988887777", DomainName: "d2other.cloudfront.net", Edges: [2]servedConfig{{Config: &other}, {Config: &other}}}
		if got := w.edgeGet(t, "/"); got.Status != 200 || !slices.Contains(got.Names, testName) {
			t.Errorf("exact alias: got %d %v", got.Status, got.Names)
		}
		got := w.visit(t, testEdge+":443", ask(t, "GET", "https://x.example.com/"), "")
		if !slices.Contains(got.Names, "*.example.com") || got.Header.Get("X-Amzn-Errortype") != "ForbiddenException" {
			t.Errorf("wildcard alias: got %d %v", got.Status, got.Names)
		}
		fronted := w.visit(t, testEdge+":443", ask(t, "GET", "https://"+testName+"/"), "x.example.com")
		if fronted.Status != 421 {
			t.Errorf("connection for another account's name: got %d, want 421", fronted.Status)
		}
		w.config.Enabled = false
		_, err := w.try(t, testEdge+":443", ask(t, "GET", "https://"+testName+"/"), "")
		if err == nil || !strings.Contains(err.Error(), "cloudfront.net") {
			t.Errorf("a disabled distribution holds its alias: got %v, want the certificate of *.cloudfront.net", err)
		}
		if got := w.visit(t, testEdge+":443", ask(t, "GET", "https://"+testName+"/"), testEdge); got.Status != 403 || !strings.Contains(got.Body, "Bad request") {
			t.Errorf("a disabled distribution answers: got %d %s", got.Status, got.Body)
		}
	})
}

// Until it is Deployed a change is at one edge and not at the other.
func TestEdgesLearnOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		before := *w.config
		old := before.DefaultCacheBehavior
		changed := *old
		changed.OriginRequestPolicyID = allViewerExceptHost
		before.DefaultCacheBehavior = &changed
		w.distribution.Edges[0] = servedConfig{Before: &before, Config: w.config, From: time.Now().Add(time.Minute)}
		w.distribution.Edges[1] = servedConfig{Before: &before, Config: w.config, From: time.Now().Add(2 * time.Minute)}
		status := func() [2]int {
			var out [2]int
			for i, at := range []string{addressEdge0, addressEdge1} {
				out[i] = w.visit(t, at+":443", ask(t, "GET", "https://"+testName+"/"), "").Status
			}
			return out
		}
		for i, want := range [][2]int{{403, 403}, {200, 403}, {200, 200}} {
			if got := status(); got != want {
				t.Errorf("after %d minutes: got %v, want %v", i, got, want)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestEdgeViewerProtocol(t *testing.T) {
	for _, c := range []struct {
		policy, method string
		status         int
	}{
		{"redirect-to-https", "GET", 301}, {"redirect-to-https", "POST", 307}, {"https-only", "GET", 403}, {"allow-all", "GET", 200},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			w.behavior.ViewerProtocolPolicy = c.policy
			got := w.visit(t, testName+":80", ask(t, c.method, "http://"+testName+"/items?a=1"), "")
			if got.Status != c.status {
				t.Errorf("%s %s: got %d, want %d", c.policy, c.method, got.Status, c.status)
			}
			if to := got.Header.Get("Location"); c.status < 400 && c.status > 300 && to != "https://"+testName+"/items?a=1" {
				t.Errorf("%s %s: redirects to %q", c.policy, c.method, to)
			}
		})
	}
}

func TestEdgeMethods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		post := func() seen {
			return w.visit(t, testName+":443", ask(t, http.MethodPost, "https://"+testName+"/items"), "")
		}
		if got := post(); got.Status != 200 {
			t.Errorf("all methods: got %d, want 200", got.Status)
		}
		w.behavior.AllowedMethods = nil
		if got := post(); got.Status != 403 || !strings.Contains(got.Body, "not configured to allow the HTTP request method") {
			t.Errorf("GET and HEAD only: got %d %s", got.Status, got.Body)
		}
	})
}

func TestEdgeForwards(t *testing.T) {
	all := []string{"Authorization", "Bearer x", "Cookie", "a=1; b=2", "User-Agent", "probe/1"}
	for _, c := range []struct {
		name   string
		cache  string
		policy string
		want   arrived
	}{
		{"AllViewer", cachingDisabled, allViewer, arrived{Query: "q=1", Authorization: true, Cookies: true, UserAgent: "probe/1"}},
		{"HostHeaderOnly", cachingDisabled, "bf0718e1-ba1e-49d1-88b1-f726733018ae", arrived{UserAgent: "Amazon CloudFront"}},
		{"Host in the cache key", "2e54312d-136d-493c-8eb9-b001f22f67d2", "", arrived{Query: "q=1", Authorization: true, Cookies: true, UserAgent: "Amazon CloudFront"}},
		{"Host in the cache key wins", "2e54312d-136d-493c-8eb9-b001f22f67d2", allViewerExceptHost, arrived{Query: "q=1", Authorization: true, Cookies: true, UserAgent: "probe/1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newVisited(t, Pace{})
				w.behavior.CachePolicyID, w.behavior.OriginRequestPolicyID = c.cache, c.policy
				got := readArrived(t, w.edgeGet(t, "/items?q=1", all...))
				got = arrived{Query: got.Query, Authorization: got.Authorization, Cookies: got.Cookies, UserAgent: got.UserAgent}
				if got != c.want {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
			})
		})
	}
}

func TestEdgeLegacyForwardedValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.behavior.CachePolicyID, w.behavior.OriginRequestPolicyID = "", ""
		w.behavior.ForwardedValues = &forwardedValues{QueryString: true, Cookies: cookiePreference{Forward: "none"}, Headers: list("Host")}
		got := readArrived(t, w.edgeGet(t, "/items?q=1", "Authorization", "Bearer x", "Cookie", "a=1"))
		if got.Host != testName || got.Query != "q=1" || got.Authorization || got.Cookies {
			t.Errorf("got %+v", got)
		}
	})
}

// cachingPolicy is "the API's Cache-Control decides".
func (w *visited) cachingPolicy(p cachePolicyConfig) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.global(testAccount).cachePolicies["custom"] = &cachePolicy{ID: "custom", Config: p}
	w.behavior.CachePolicyID = "custom"
}

func TestEdgeCachesByKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.cachingPolicy(cachePolicyConfig{MaxTTL: 3600, Key: &cacheKeyConfig{
			Headers: whitelist("Host", "Authorization"), Cookies: &cookiesConfig{Behavior: "none"}, QueryStrings: &queryStringsConfig{Behavior: "all"},
		}})
		const path = "/items?sim-cache-control=max-age=60"
		state := func(want string, path string, headers ...string) seen {
			t.Helper()
			got := w.edgeGet(t, path, headers...)
			if got.Header.Get("X-Cache") != want+" from cloudfront" {
				t.Errorf("%s: got %q, want %s", path, got.Header.Get("X-Cache"), want)
			}
			return got
		}
		w.at(t, addressEdge0)
		first := state("Miss", path)
		time.Sleep(7 * time.Second)
		second := state("Hit", path)
		if first.Body != second.Body || second.Header.Get("Age") != "7" {
			t.Errorf("hit: got age %q and %s, want 7 and %s", second.Header.Get("Age"), second.Body, first.Body)
		}
		state("Miss", path, "Authorization", "Bearer somebody else")
		state("Miss", path+"&x=1")
		state("Hit", path, "Cookie", "not in the key")
		state("Miss", "/items")
		state("Miss", "/items") // without Cache-Control the default of 0 decides
		time.Sleep(53 * time.Second)
		state("Miss", path)
		w.behavior.CachePolicyID = cachingDisabled
		state("Miss", path)
		state("Miss", path)
	})
}

// at makes DNS answer with one edge only, so that its cache is met again.
func (w *visited) at(t *testing.T, address string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	z := w.zones[w.zone]
	z.put(&recordSet{recordKey: recordKey{Name: testName + ".", Type: "A"}, TTL: 60, Values: []string{address}})
	z.Served = z.Records
}

func TestEdgeInvalidation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.behavior.CachePolicyID = "658327ea-f89d-4fab-a63d-7e88639e58f6" // CachingOptimized
		hits := func() (out [2]string) {
			for i, at := range []string{addressEdge0, addressEdge1} {
				got := w.visit(t, at+":443", ask(t, "GET", "https://"+testName+"/items"), "")
				out[i], _, _ = strings.Cut(got.Header.Get("X-Cache"), " ")
			}
			return out
		}
		hits()
		time.Sleep(time.Minute)
		now := time.Now()
		w.distribution.Invalidations["I1"] = &invalidation{ID: "I1", Paths: []string{"/items*"}, CreatedAt: now, DoneAt: now.Add(2 * time.Minute)}
		for i, want := range [][2]string{{"Hit", "Hit"}, {"Miss", "Hit"}, {"Hit", "Miss"}, {"Hit", "Hit"}} {
			if got := hits(); got != want {
				t.Errorf("after %d minutes: got %v, want %v", i, got, want)
			}
			time.Sleep(time.Minute)
		}
	})
}

// Errors stay 10 s, even where nothing else is cached; 403 does not.
func TestEdgeKeepsErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.at(t, addressEdge0)
		for _, c := range []struct {
			status string
			same   bool
		}{{"404", true}, {"500", true}, {"403", false}, {"200", false}} {
			first := w.edgeGet(t, "/items/"+c.status+"?sim-status="+c.status)
			time.Sleep(9 * time.Second)
			if got := w.edgeGet(t, "/items/"+c.status+"?sim-status="+c.status); (got.Body == first.Body) != c.same {
				t.Errorf("%s after 9 s: the same answer is %v, want %v", c.status, got.Body == first.Body, c.same)
			}
			time.Sleep(time.Second)
			if got := w.edgeGet(t, "/items/"+c.status+"?sim-status="+c.status); got.Body == first.Body {
				t.Errorf("%s after 10 s: the old answer", c.status)
			}
		}
		never := int64(0)
		w.config.CustomErrorResponses = &customErrorResponses{Quantity: 1, Items: []customErrorResponse{{ErrorCode: 404, ErrorCachingMinTTL: &never}}}
		first := w.edgeGet(t, "/items/again?sim-status=404")
		if got := w.edgeGet(t, "/items/again?sim-status=404"); got.Body == first.Body {
			t.Error("404 with ErrorCachingMinTTL 0: the old answer")
		}
	})
}
