package sim

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// sites has hosts that are no API Gateway.
func (w *visited) sites(t *testing.T) {
	t.Helper()
	for _, site := range []Site{
		{Names: []string{"old.hosting.example", "api.example.com"}, Like: "nginx"},
		{Names: []string{"bucket.s3.eu-west-1.amazonaws.com"}, Like: "s3", Certificate: []string{"*.s3.eu-west-1.amazonaws.com"}},
		{Names: []string{"moved.example"}, Answer: Answer{Status: 301, Header: map[string]string{"Location": "https://www.elsewhere.example/"}}},
		{Names: []string{"busy.example"}, Answer: Answer{Status: 429}},
		{Names: []string{"shop.example"}, Answer: Answer{Body: "<h1>Shop</h1>"}},
		{Names: []string{"slow.example"}, Answer: Answer{Body: "at last", Delay: 40 * time.Second}},
	} {
		if err := w.AddSite(site); err != nil {
			t.Fatal(err)
		}
	}
}

func TestV47Sites(t *testing.T) {
	for _, c := range []struct {
		host, path   string
		status       int
		server, body string
	}{
		{"old.hosting.example", "/", 200, "nginx/1.24.0", "Welcome to nginx!"},
		{"bucket.s3.eu-west-1.amazonaws.com", "/a&b", 404, "AmazonS3", "<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&amp;b</Key>"},
		{"moved.example", "/", 301, "", ""},
		{"busy.example", "/", 429, "", ""},
		{"shop.example", "/", 200, "", "<h1>Shop</h1>"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			w.sites(t)
			o := &w.config.Origins.Items[0]
			o.DomainName = c.host
			w.behavior.OriginRequestPolicyID = allViewerExceptHost
			for name, visit := range map[string]func() seen{
				"itself": func() seen {
					return w.visit(t, c.host+":443", ask(t, "GET", "https://"+c.host+c.path), "")
				},
				"without TLS": func() seen {
					return w.visit(t, c.host+":80", ask(t, "GET", "http://"+c.host+c.path), "")
				},
				"as origin": func() seen { return w.edgeGet(t, c.path) },
			} {
				got := visit()
				if got.Status != c.status || got.Header.Get("Server") != c.server || !strings.Contains(got.Body, c.body) {
					t.Errorf("%s %s: got %d %v %s", c.host, name, got.Status, got.Header, got.Body)
				}
				if got.Header.Get("X-Amzn-Requestid")+got.Header.Get("Apigw-Requestid")+got.Header.Get("X-Amz-Apigw-Id") != "" {
					t.Errorf("%s %s: has marks of API Gateway: %v", c.host, name, got.Header)
				}
				if c.status == 301 && got.Header.Get("Location") != "https://www.elsewhere.example/" {
					t.Errorf("%s %s: leads to %s", c.host, name, got.Header.Get("Location"))
				}
			}
		})
	}
}

// A site's certificate decides what CloudFront and visitors make of it.
func TestSiteCertificates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.sites(t)
		if got := w.visit(t, addressForeign+":443", ask(t, "GET", "https://"+testName+"/"), ""); got.Status != 200 || !slices.Contains(got.Names, "old.hosting.example") {
			t.Errorf("the name led to the old server: got %d %v", got.Status, got.Names)
		}
		w.config.Origins.Items[0].DomainName = "shop.example"
		if got := w.edgeGet(t, "/"); got.Status != 200 || !strings.Contains(got.Body, "nginx") {
			t.Errorf("with the viewer's Host, which another site has: got %d %s", got.Status, got.Body)
		}
		if err := w.AddSite(Site{Names: []string{"shop.example"}, Certificate: []string{"other.example"}}); err != nil {
			t.Fatal(err)
		}
		w.behavior.OriginRequestPolicyID = allViewerExceptHost
		if got := w.edgeGet(t, "/"); got.Status != 502 {
			t.Errorf("a certificate for another name: got %d", got.Status)
		}
		w.config.Origins.Items[0].DomainName = "slow.example"
		began := time.Now()
		if got := short(w.visit(t, testName+":443", ask(t, "POST", "https://"+testName+"/"), ""), time.Since(began)); got != "504 30" {
			t.Errorf("slower than CloudFront waits: got %s", got)
		}
	})
}

// A record of a zone leads to a site, and a zone that covers the site's name is
// asked for it.
func TestSitesInDNS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.sites(t)
		w.AddRecord(w.zone, "www.example.com", "CNAME", 60, "shop.example.")
		if err := w.AddSite(Site{Names: []string{"www.example.com"}, Answer: Answer{Body: "www"}}); err != nil {
			t.Fatal(err)
		}
		if got := w.visit(t, "www.example.com:443", ask(t, "GET", "https://www.example.com/"), ""); got.Body != "www" {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
		if got := w.edgeGet(t, "/"); got.Status != 200 || got.Header.Get("X-Amzn-Requestid") == "" {
			t.Errorf("the zone has %s, and leads to the edge: got %d %v", testName, got.Status, got.Header)
		}
	})
}

// What /_sim/ changes is what visitors meet.
func TestControlOfTheVisitorsSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		post := func(what, body string) int {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/_sim/"+what, bytes.NewBufferString(body))
			if err != nil {
				t.Fatal(err)
			}
			a := w.control(r)
			return a.Status
		}
		get := func() seen { return w.edgeGet(t, "/items") }
		acl := "arn:aws:wafv2:us-east-1:111122223333:global/webacl/w/1"
		w.config.WebACLID = acl
		w.config.Restrictions = &restrictions{GeoRestriction: geoRestriction{RestrictionType: "whitelist", Quantity: 1, Items: []string{"US"}}}
		for _, c := range []struct {
			what, body string
			control    int
			status     int
			text       string
		}{
			{"apis", `{"id":"` + w.rest + `","methods":[{"key":"GET /items","api_key":true}]}`, 200, 403, `{"message":"Forbidden"}`},
			{"apis", `{"id":"` + w.rest + `","methods":[{"key":"GET /items","answer":{"status":418,"body":"teapot"}}]}`, 200, 418, "teapot"},
			{"apis", `{"id":"nobody"}`, 400, 418, "teapot"},
			{"apis", `{"id":"` + w.rest + `","methods":[{"key":"GET items"}]}`, 400, 418, "teapot"},
			{"blocks", `{"resource":"` + acl + `","path":"/it*"}`, 200, 403, "Request blocked."},
			{"visitors", `{"country":"DE"}`, 200, 403, "configured to block access from your country"},
			{"visitors", `{"country":"Germany"}`, 400, 403, "configured to block access from your country"},
			{"sites", `[{"names":["a.example"],"like":"nginx"},{"names":["b.example"],"answer":{"status":302}}]`, 200, 403, ""},
			{"sites", `{"names":[]}`, 400, 403, ""},
			{"functions", `{"account":"111122223333","name":"f","status":200}`, 200, 403, ""},
		} {
			if got := post(c.what, c.body); got != c.control {
				t.Errorf("%s %s: got %d, want %d", c.what, c.body, got, c.control)
			}
			if got := get(); got.Status != c.status || !strings.Contains(got.Body, c.text) {
				t.Errorf("after %s %s: got %d %s", c.what, c.body, got.Status, got.Body)
			}
		}
		if all := w.Sites(); len(all) != 2 || all[1].Names[0] != "b.example" || w.functions["arn:aws:cloudfront::111122223333:function/f"].Status != 200 {
			t.Errorf("got sites %+v and functions %v", all, w.functions)
		}
	})
}
