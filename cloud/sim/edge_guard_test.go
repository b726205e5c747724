package sim

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"
)

// Each way in which CloudFront itself refuses has its page.
func TestEdgeKeepsOut(t *testing.T) {
	const acl = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/w/1"
	geo := func(kind string, items ...string) *restrictions {
		return &restrictions{GeoRestriction: geoRestriction{RestrictionType: kind, Quantity: len(items), Items: items}}
	}
	for _, c := range []struct {
		name    string
		set     func(w *visited)
		path    string
		headers []string
		text    string // of the page; "": let through
	}{
		{"no rule", func(w *visited) { w.config.WebACLID = acl }, "/items", nil, ""},
		{"all blocked", func(w *visited) { w.config.WebACLID = acl; w.blocks = []Block{{Resource: acl}} }, "/items", nil, "Request blocked."},
		{"another path", func(w *visited) { w.config.WebACLID = acl; w.blocks = []Block{{Resource: acl, Path: "/admin*"}} }, "/items", nil, ""},
		{"another ACL", func(w *visited) { w.config.WebACLID = acl; w.blocks = []Block{{Resource: acl + "2"}} }, "/items", nil, ""},
		{"with the header", func(w *visited) {
			w.config.WebACLID = acl
			w.blocks = []Block{{Resource: acl, Header: "X-Origin-Verify", Value: "s"}}
		}, "/items", []string{"x-origin-verify", "s"}, ""},
		{"not on the list", func(w *visited) { w.config.Restrictions = geo("whitelist", "IE") }, "/items", nil, "block access from your country"},
		{"on the list", func(w *visited) { w.config.Restrictions = geo("whitelist", "US") }, "/items", nil, ""},
		{"on the black list", func(w *visited) { w.country = "IE"; w.config.Restrictions = geo("blacklist", "IE") }, "/items", nil, "block access from your country"},
		{"no restriction", func(w *visited) { w.config.Restrictions = geo("none") }, "/items", nil, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			c.set(w)
			got := w.edgeGet(t, c.path, c.headers...)
			if c.text == "" {
				if got.Status != 200 {
					t.Errorf("%s: got %d %s", c.name, got.Status, got.Body)
				}
				return
			}
			if got.Status != 403 || !strings.Contains(got.Body, c.text) || got.Header.Get("Server") != "CloudFront" || got.Header.Get("X-Cache") != "Error from cloudfront" {
				t.Errorf("%s: got %d %v %s", c.name, got.Status, got.Header, got.Body)
			}
		})
	}
}

// A lock before the stage is API Gateway's refusal, and opens to the header that
// the distribution sends.
func TestOriginLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		stage := "arn:aws:apigateway:eu-west-1::/restapis/" + w.rest + "/stages/prod"
		if err := w.AddBlock(Block{Resource: stage, Header: "X-Origin-Verify", Value: "secret"}); err != nil {
			t.Fatal(err)
		}
		w.config.Origins.Items[0].CustomHeaders = &customHeaders{Quantity: 1, Items: []customHeader{{"X-Origin-Verify", "secret"}}}
		direct := w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/items"), "")
		if direct.Status != 403 || direct.Body != `{"message":"Forbidden"}` || direct.Header.Get("X-Amz-Apigw-Id") == "" {
			t.Errorf("direct: got %d %s %v", direct.Status, direct.Body, direct.Header)
		}
		if got := w.edgeGet(t, "/items"); got.Status != 200 {
			t.Errorf("through the distribution: got %d %s", got.Status, got.Body)
		}
		w.RemoveBlocks(stage)
		if got := w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/items"), ""); got.Status != 200 {
			t.Errorf("without the lock: got %d", got.Status)
		}
	})
}

// A function answers in the API's place; CreateDistribution takes it, and no
// other.
func TestEdgeFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		arn, err := w.AddFunction(testAccount, "hello", Answer{Status: 200, Body: "hello"})
		if err != nil {
			t.Fatal(err)
		}
		w.behavior.FunctionAssociations = &functionAssociations{Quantity: 1}
		w.behavior.FunctionAssociations.Items = append(w.behavior.FunctionAssociations.Items, struct{ FunctionARN, EventType string }{arn, "viewer-request"})
		got := w.edgeGet(t, "/items")
		if got.Status != 200 || got.Body != "hello" || got.Header.Get("X-Cache") != "FunctionGeneratedResponse from cloudfront" || got.Header.Get("X-Amzn-Requestid") != "" {
			t.Errorf("got %d %s %v", got.Status, got.Body, got.Header)
		}
		if _, err := w.AddFunction(testAccount, "hello", Answer{}); err != nil {
			t.Fatal(err)
		}
		if got := w.edgeGet(t, "/items"); got.Header.Get("X-Amzn-Requestid") == "" {
			t.Errorf("a function that lets pass: got %d %v", got.Status, got.Header)
		}
	})
	w := newCDN(Config{})
	arn, err := w.s.AddFunction(ours, "hello", Answer{Status: 200})
	if err != nil {
		t.Fatal(err)
	}
	w.refuses(t, []mistake{{"a function that is there", func(c *types.DistributionConfig) {
		c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
		c.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{{EventType: "viewer-request", FunctionARN: &arn}}}
	}, "", ""}})
}

// The managed response headers policies, as AWS's guide lists them.
func TestV48ResponseHeaders(t *testing.T) {
	names := []string{
		"Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Expose-Headers",
		"X-Xss-Protection", "X-Frame-Options", "Referrer-Policy", "X-Content-Type-Options", "Strict-Transport-Security",
	}
	security := map[string]string{
		"X-Xss-Protection": "1; mode=block", "X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "strict-origin-when-cross-origin",
		"X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000",
	}
	const simple, preflight, secure = "60669652-455b-4ae9-85a4-c4c02393f86c", "5cc3b908-e619-4b99-88e5-2cf7f45965bd", "67f7725c-6f97-4210-82d7-5512b31e9d03"
	for _, c := range []struct {
		name, policy, method string
		headers              []string
		origin               map[string]string // what the API sets itself
		want                 map[string]string
	}{
		{"none", "", "GET", []string{"Origin", "https://a.example"}, nil, nil},
		{"no CORS request", simple, "GET", nil, nil, nil},
		{"simple", simple, "GET", []string{"Origin", "https://a.example"}, nil, map[string]string{"Access-Control-Allow-Origin": "*"}},
		{"the API's own stands", simple, "GET", []string{"Origin", "https://a.example"}, map[string]string{"Access-Control-Allow-Origin": "https://a.example"}, map[string]string{"Access-Control-Allow-Origin": "https://a.example"}},
		{"preflight", preflight, "OPTIONS", []string{"Origin", "https://a.example", "Access-Control-Request-Method", "PUT"}, nil, map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT", "Access-Control-Allow-Headers": "*",
		}},
		{"security", secure, "GET", nil, nil, security},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			w.behavior.ResponseHeadersPolicyID = c.policy
			if found, err := w.ChangeAPI(w.rest, API{Methods: []Method{{Key: "ANY /items", Answer: &Answer{Header: c.origin}}}}); !found || err != nil {
				t.Fatal(found, err)
			}
			got := w.visit(t, testName+":443", ask(t, c.method, "https://"+testName+"/items", c.headers...), "")
			have := map[string]string{}
			for _, name := range names {
				if v := got.Header.Get(name); v != "" {
					have[name] = v
				}
			}
			if c.want == nil {
				c.want = map[string]string{}
			}
			if d := cmp.Diff(c.want, have); d != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, d)
			}
		})
	}
}

// An answer that is too old is asked for by its ETag, and holds if the origin
// says so.
func TestEdgeRefreshHit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.cachingPolicy(cachePolicyConfig{MaxTTL: 60, DefaultTTL: 10, Key: &cacheKeyConfig{Headers: whitelist("Host")}})
		say := func(etag string) {
			m := Method{Key: "GET /items", Answer: &Answer{Body: "version " + etag, Header: map[string]string{"Etag": etag}}}
			if found, err := w.ChangeAPI(w.rest, API{Methods: []Method{m}}); !found || err != nil {
				t.Fatal(found, err)
			}
		}
		say(`"1"`)
		if got := w.edgeGet(t, "/items", "If-None-Match", `"1"`); got.Status != 304 || got.Body != "" {
			t.Errorf("a visitor who has it: got %d %s", got.Status, got.Body)
		}
		for i, c := range []struct{ state, body string }{
			{"Miss", `version "1"`}, {"Hit", `version "1"`}, {"RefreshHit", `version "1"`}, {"Hit", `version "1"`}, {"Miss", `version "2"`}, {"Hit", `version "2"`},
		} {
			if i == 4 {
				say(`"2"`)
			}
			if got := w.edgeGet(t, "/items"); got.Status != 200 || got.state() != c.state || got.Body != c.body || (got.Header.Get("Age") != "") != (c.state == "Hit") {
				t.Errorf("%d: got %d %s %s, Age %q", i, got.Status, got.state(), got.Body, got.Header.Get("Age"))
			}
			time.Sleep(6 * time.Second)
		}
	})
}
