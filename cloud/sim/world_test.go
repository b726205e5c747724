package sim

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

const (
	testAccount = "111122223333"
	testRegion  = "eu-west-1"
	testName    = "api.example.com"
	testTarget  = "d-abcdefghij.execute-api.eu-west-1.amazonaws.com"
	testEdge    = "d111111abcdef8.cloudfront.net"

	allViewer           = "216adef6-5c7f-47e4-b989-5492eafa07d3"
	allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
	cachingDisabled     = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
)

// A visited is a finished setup: api.example.com at CloudFront, in front of a
// regional domain name with a REST API at its root and an HTTP API at /v2/orders.
type visited struct {
	*Sim
	zone         string
	rest, http   string
	domain       *domain
	distribution *distribution
	config       *distributionConfig // what both edges serve
	behavior     *cacheBehavior      // the default one of config
}

func newVisited(t *testing.T, pace Pace) *visited {
	t.Helper()
	s := New(Config{Pace: pace, Log: t.Logf})
	t.Cleanup(s.Close)
	w := &visited{Sim: s}
	w.zone = s.AddZone(testAccount, "example.com")
	w.rest = s.AddAPI(testAccount, testRegion, API{Name: "shop", Kind: "REST", Stages: []string{"prod"}, Routes: []string{"/", "/items", "/items/{id}", "/files/{path+}"}})
	w.http = s.AddAPI(testAccount, testRegion, API{Name: "orders", Kind: "HTTP", Stages: []string{"$default", "beta"}, Routes: []string{"/", "/open"}})
	regionalARN := s.AddCertificate(testAccount, testRegion, Certificate{Names: []string{testName}})
	edgeARN := s.AddCertificate(testAccount, "us-east-1", Certificate{Names: []string{testName}})
	w.domain = &domain{
		Name: testName, Account: testAccount, Region: testRegion, Endpoint: "REGIONAL", Certificate: regionalARN, Target: testTarget,
		Status: "AVAILABLE", Security: "TLS_1_2", RoutingMode: "BASE_PATH_MAPPING_ONLY",
		Mappings: map[string]*mapping{
			"":          {ID: "m1", API: w.rest, Stage: "prod"},
			"v2/orders": {ID: "m2", Key: "v2/orders", API: w.http, Stage: "$default"},
		},
	}
	port80, port443, yes := 80, 443, true
	w.config = &distributionConfig{
		Enabled: true, HTTPVersion: "http2", IPv6: &yes, Aliases: &aliases{Quantity: 1, Items: []string{testName}},
		ViewerCertificate: &viewerCertificate{ACMCertificateArn: edgeARN, SSLSupportMethod: "sni-only", MinimumProtocolVersion: "TLSv1.2_2021"},
		Origins: &origins{Quantity: 1, Items: []origin{{
			ID: "api", DomainName: testTarget,
			CustomOriginConfig: &customOriginConfig{
				HTTPPort: &port80, HTTPSPort: &port443, OriginProtocolPolicy: "https-only",
				OriginSslProtocols: &sslProtocols{Quantity: 1, Items: []string{"TLSv1.2"}},
			},
		}}},
		DefaultCacheBehavior: &cacheBehavior{
			TargetOriginID: "api", ViewerProtocolPolicy: "redirect-to-https", CachePolicyID: cachingDisabled, OriginRequestPolicyID: allViewer,
			AllowedMethods: &allowedMethods{Quantity: 7, Items: []string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"},
				CachedMethods: &cachedMethods{Quantity: 2, Items: []string{"GET", "HEAD"}}},
		},
	}
	w.behavior = w.config.DefaultCacheBehavior
	w.distribution = &distribution{
		ID: "E2EXAMPLE", Account: testAccount, DomainName: testEdge, Config: *w.config,
		Edges:         [2]servedConfig{{Config: w.config}, {Config: w.config}},
		Invalidations: map[string]*invalidation{},
	}
	s.mu.Lock()
	s.region(testAccount, testRegion).domains[testName] = w.domain
	s.distributions["E2EXAMPLE"] = w.distribution
	s.mu.Unlock()
	w.alias("A")
	w.alias("AAAA")
	return w
}

// alias points the name at the distribution.
func (w *visited) alias(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	z := w.zones[w.zone]
	z.put(&recordSet{recordKey: recordKey{Name: testName + ".", Type: kind}, AliasName: testEdge + ".", AliasZone: "Z2FDTNDATAQYW2"})
	z.Served = z.Records
}

// A seen is what a visitor saw.
type seen struct {
	Status int
	Header http.Header
	Body   string
	Names  []string // of the certificate
}

// visit makes one request over one in-memory connection, with the SNI and
// Host of the request's URL, unless they are set.
func (w *visited) visit(t *testing.T, address string, r *http.Request, sni string) seen {
	t.Helper()
	got, err := w.try(t, address, r, sni)
	if err != nil {
		t.Fatalf("%s %s at %s: %v", r.Method, r.URL, address, err)
	}
	return got
}

func (w *visited) try(t *testing.T, address string, r *http.Request, sni string) (seen, error) {
	t.Helper()
	conn, err := w.Dial(r.Context(), "tcp", address)
	if err != nil {
		return seen{}, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		return seen{}, err
	}
	var out seen
	if r.URL.Scheme == "https" {
		if sni == "" {
			sni = r.URL.Hostname()
		}
		secure := tls.Client(conn, &tls.Config{ServerName: sni, RootCAs: w.CA()})
		if err := secure.HandshakeContext(r.Context()); err != nil {
			return seen{}, err
		}
		out.Names = secure.ConnectionState().PeerCertificates[0].DNSNames
		conn = secure
	}
	r.Close = true
	if err := r.Write(conn); err != nil {
		return seen{}, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		return seen{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return seen{}, err
	}
	out.Status, out.Header, out.Body = resp.StatusCode, resp.Header, string(body)
	return out, nil
}

// ask makes a request, with headers as name, value pairs.
func ask(t *testing.T, method, url string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// edgeGet is a visitor's GET through DNS to an edge.
func (w *visited) edgeGet(t *testing.T, path string, headers ...string) seen {
	t.Helper()
	return w.visit(t, net.JoinHostPort(testName, "443"), ask(t, http.MethodGet, "https://"+testName+path, headers...), "")
}

// short is a status and whole seconds.
func short(got seen, after time.Duration) string {
	return fmt.Sprint(got.Status, " ", int(after/time.Second))
}
