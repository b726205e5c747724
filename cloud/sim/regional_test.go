package sim

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestRegionalRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		rest := w.rest + ".execute-api.eu-west-1.amazonaws.com"
		http := w.http + ".execute-api.eu-west-1.amazonaws.com"
		for _, c := range []struct {
			host, path string
			status     int
			error      string // x-amzn-errortype
			body       string // message, or "api stage route"
		}{
			{testName, "/", 200, "", w.rest + " prod /"},
			{testName, "/items/7", 200, "", w.rest + " prod /items/7"},
			{testName, "/files/a/b", 200, "", w.rest + " prod /files/a/b"},
			{testName, "/prod/items", 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
			{testName, "/v2/orders", 200, "", w.http + " $default /"},
			{testName, "/v2/orders/open", 200, "", w.http + " $default /open"},
			{testName, "/v2/ordersmore", 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
			{testName, "/v2/orders/none", 404, "", `{"message":"Not Found"}`},
			{testTarget, "/", 403, "ForbiddenException", `{"message":"Forbidden"}`},
			{rest, "/prod/items", 200, "", w.rest + " prod /items"},
			{rest, "/items", 403, "ForbiddenException", `{"message":"Forbidden"}`},
			{http, "/open", 200, "", w.http + " $default /open"},
			{http, "/beta/open", 200, "", w.http + " beta /open"},
		} {
			// Through the target's name, as the preview probe goes.
			got := w.visit(t, testTarget+":443", ask(t, "GET", "https://"+c.host+c.path), "")
			body := got.Body
			if got.Status == 200 {
				a := readArrived(t, got)
				body = a.API + " " + a.Stage + " " + a.Route
			}
			if got.Status != c.status || body != c.body || got.Header.Get("X-Amzn-Errortype") != c.error {
				t.Errorf("%s%s: got %d %s %s, want %d %s %s", c.host, c.path, got.Status, got.Header.Get("X-Amzn-Errortype"), body, c.status, c.error, c.body)
			}
			if got.Header.Get("X-Amz-Apigw-Id") == "" && got.Header.Get("Apigw-Requestid") == "" {
				t.Errorf("%s%s: no request ID in %v", c.host, c.path, got.Header)
			}
		}
	})
}

func TestRegionalDomainWithoutRoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		delete(w.domain.Mappings, "")
		got := w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/items"), "")
		if got.Status != 403 || got.Header.Get("X-Amzn-Errortype") != "ForbiddenException" {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	})
}

func TestRegionalCertificates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		got := w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/"), "")
		if !slices.Contains(got.Names, testName) {
			t.Errorf("custom domain: got certificate %v", got.Names)
		}
		got = w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testTarget+"/"), "")
		if !slices.Contains(got.Names, "*.execute-api.eu-west-1.amazonaws.com") {
			t.Errorf("target name: got certificate %v", got.Names)
		}
		if _, err := w.try(t, testTarget+":443", ask(t, "GET", "https://nobody.example.com/"), ""); err == nil {
			t.Error("unknown name: got a certificate that fits")
		}
	})
}

func TestRegionalDisabledExecuteAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.region(testAccount, testRegion).apis[w.rest].DisableExecute = true
		host := w.rest + ".execute-api.eu-west-1.amazonaws.com"
		if got := w.visit(t, host+":443", ask(t, "GET", "https://"+host+"/prod/items"), ""); got.Status != 403 {
			t.Errorf("own name: got %d, want 403", got.Status)
		}
		if got := w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/items"), ""); got.Status != 200 {
			t.Errorf("custom name: got %d, want 200", got.Status)
		}
	})
}

func TestRegionalStrict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		get := func() int {
			return w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/"), testTarget).Status
		}
		if got := get(); got != 200 {
			t.Errorf("BASIC, other SNI than Host: got %d, want 200", got)
		}
		w.domain.Access = "STRICT"
		if got := get(); got != 403 {
			t.Errorf("STRICT, other SNI than Host: got %d, want 403", got)
		}
		if got := w.edgeGet(t, "/"); got.Status != 200 {
			t.Errorf("STRICT through CloudFront, which sends the Host as SNI: got %d, want 200", got.Status)
		}
	})
}

func TestRegionalMappingDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{MappingDelay: 10 * time.Second})
		w.mu.Lock()
		w.putMapping(w.domain, &mapping{ID: "m3", Key: "late", API: w.http, Stage: "beta"}, nil)
		w.mu.Unlock()
		get := func() int {
			return w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/late"), "").Status
		}
		time.Sleep(9 * time.Second)
		if got := get(); got != 403 {
			t.Errorf("after 9 s: got %d, want the root API's 403", got)
		}
		time.Sleep(time.Second)
		if got := get(); got != 200 {
			t.Errorf("after 10 s: got %d, want 200", got)
		}
	})
}

// An edge-optimized API at its own name is behind AWS's own CloudFront: as an
// origin with the viewer's Host it is refused there.
func TestEdgeOptimizedAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		id := w.AddAPI(testAccount, testRegion, API{Name: "old", Kind: "REST", Endpoint: "EDGE", Stages: []string{"prod"}})
		host := id + ".execute-api.eu-west-1.amazonaws.com"
		got := w.visit(t, host+":443", ask(t, "GET", "https://"+host+"/prod/"), "")
		if got.Status != 200 || got.Header.Get("X-Cache") != "Miss from cloudfront" {
			t.Errorf("own name: got %d %v", got.Status, got.Header)
		}
		w.config.Origins.Items[0].DomainName = host
		w.config.Origins.Items[0].OriginPath = "/prod"
		if got := w.edgeGet(t, "/"); got.Status != 403 || got.Header.Get("X-Amzn-Errortype") != "" {
			t.Errorf("as origin with the viewer's Host: got %d %s, want CloudFront's 403", got.Status, got.Body)
		}
		w.behavior.OriginRequestPolicyID = allViewerExceptHost
		if got := w.edgeGet(t, "/"); got.Status != 200 {
			t.Errorf("as origin with its own Host: got %d %s, want 200", got.Status, got.Body)
		}
	})
}
