//go:build outside

package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync"
	"testing"
)

// What moto 5.2 does otherwise than AWS, as far as apifront meets it. The
// product knows nothing of this list.
//
// Put right here, by a proxy before moto; each is counted, and one that is no
// longer met fails the test:
const (
	// API Gateway v1 and v2 are two stores: v2 knows neither custom domains nor
	// APIs of v1, so GetApiMappings and CreateApiMapping answer 404. AWS has one
	// store. The proxy turns v2's mappings into v1's base path mappings.
	motoTwoStores = "API mappings of a v1 domain"
	// GetBasePathMappings of a domain without mappings is a KeyError and a 500.
	motoNoMappings = "no mappings at all"
	// CloudFront has no policies, not even AWS's managed ones. Only the reading
	// back asks for them.
	motoNoPolicies = "managed origin request policy"
	// IAM cannot simulate a policy: a 500 of "not implemented". The proxy answers
	// as AWS does to somebody who may not ask.
	motoNoSimulation = "simulation of policies"
)

const simulationRefused = `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to perform: iam:SimulatePrincipalPolicy</Message></Error><RequestId>moto</RequestId></ErrorResponse>`

// Let be, since it makes nothing that apifront does look right or wrong:
//
//   - Certificates: ISSUED comes some time after the request (a minute, here
//     MOTO_ACM_VALIDATION_WAIT), whatever DNS says. All share one validation
//     record, which is not looked up.
//   - Custom domains: regionalHostedZoneId is CloudFront's, a regional domain
//     has a distributionDomainName, there is no ARN, the certificate is neither
//     looked up nor held in use, there is no quota of one domain every 30 s, and
//     UpdateDomainName is missing.
//   - Distributions: the alias, the certificate and the policies are not looked
//     up, nobody else can hold a name, and Deployed comes with the second look.
//   - Cache policies are missing, so only a job without caching can be judged.
//   - Route 53: a change is INSYNC at once, nothing is paced, an alias may lead
//     anywhere.
//   - There is no data plane: no DNS server, no edge, no API that answers. The
//     test has one, which reads all that it serves from moto.

// managedAllViewer is AWS's managed policy as GetOriginRequestPolicy shows it.
const managedAllViewer = `<?xml version="1.0" encoding="UTF-8"?>
<OriginRequestPolicy xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>` + motoAllViewer + `</Id><LastModifiedTime>2021-01-01T00:00:00Z</LastModifiedTime>
<OriginRequestPolicyConfig><Name>Managed-AllViewer</Name><HeadersConfig><HeaderBehavior>allViewer</HeaderBehavior></HeadersConfig>
<CookiesConfig><CookieBehavior>all</CookieBehavior></CookiesConfig><QueryStringsConfig><QueryStringBehavior>all</QueryStringBehavior></QueryStringsConfig></OriginRequestPolicyConfig></OriginRequestPolicy>`

const motoAllViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"

// A motoProxy stands before moto and puts right what is listed above. All else
// passes through as it is.
type motoProxy struct {
	moto *url.URL
	pass *httputil.ReverseProxy

	mu     sync.Mutex
	used   map[string]int
	broken []string // calls that moto has no answer to
}

func newMotoProxy(t *testing.T, moto string) (*motoProxy, string) {
	t.Helper()
	target, err := url.Parse(moto)
	if err != nil {
		t.Fatal(err)
	}
	p := &motoProxy{moto: target, used: map[string]int{}}
	p.pass = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode >= 500 || r.StatusCode == http.StatusNotFound && r.Header.Get("Content-Type") == "text/html; charset=utf-8" {
				p.breaks(r.Request, r.StatusCode)
			}
			return nil
		},
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, server.URL
}

func (p *motoProxy) breaks(r *http.Request, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = append(p.broken, fmt.Sprintf("%s %s: %d", r.Method, r.URL.RequestURI(), status))
}

func (p *motoProxy) use(fault string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used[fault]++
}

// check fails the test for faults that were not met and calls that broke moto.
func (p *motoProxy) check(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fault := range []string{motoTwoStores, motoNoMappings, motoNoPolicies, motoNoSimulation} {
		if p.used[fault] == 0 {
			t.Errorf("moto's fault %q was not met: take it off the list", fault)
		}
	}
	for _, call := range p.broken {
		t.Errorf("moto broke at %s", call)
	}
}

var apiMappings = regexp.MustCompile(`^/v2/domainnames/([^/]+)/apimappings$`)

func (p *motoProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mappings := apiMappings.FindStringSubmatch(r.URL.EscapedPath())
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.breaks(r, 0)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case bytes.Contains(body, []byte("Action=SimulatePrincipalPolicy")):
		p.use(motoNoSimulation)
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, simulationRefused) // the client sees what is missing
	case mappings != nil && r.Method == http.MethodGet:
		p.use(motoTwoStores)
		p.listMappings(w, r, mappings[1])
	case mappings != nil && r.Method == http.MethodPost:
		p.use(motoTwoStores)
		p.createMapping(w, r, mappings[1])
	case r.URL.Path == "/2020-05-31/origin-request-policy/"+motoAllViewer:
		p.use(motoNoPolicies)
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, managedAllViewer) // the client sees what is missing
	default:
		p.pass.ServeHTTP(w, r)
	}
}

// ask asks moto in the name of the request: the same account and region.
func (p *motoProxy) ask(ctx context.Context, r *http.Request, method, path string, body []byte) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.moto.String()+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header = r.Header.Clone()
	req.Header.Del("Content-Length")
	req.Header.Del("Accept-Encoding")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, answer, err
}

// A baseMapping is a mapping as v1 has it.
type baseMapping struct {
	BasePath  string `json:"basePath,omitempty"`
	RestAPIID string `json:"restApiId"`
	Stage     string `json:"stage"`
}

// v2 is the mapping as v2 has it.
func (b baseMapping) v2() map[string]string {
	key := b.BasePath
	if key == "(none)" {
		key = ""
	}
	return map[string]string{"apiId": b.RestAPIID, "apiMappingId": hex.EncodeToString([]byte("m" + key)), "apiMappingKey": key, "stage": b.Stage}
}

func (p *motoProxy) listMappings(w http.ResponseWriter, r *http.Request, domain string) {
	status, header, body, err := p.ask(r.Context(), r, http.MethodGet, "/domainnames/"+domain, nil)
	if err == nil && status == http.StatusOK {
		status, header, body, err = p.ask(r.Context(), r, http.MethodGet, "/domainnames/"+domain+"/basepathmappings", nil)
		if status == http.StatusInternalServerError {
			p.use(motoNoMappings)
			status, body = http.StatusOK, []byte(`{"item":[]}`)
		}
	}
	var list struct {
		Item []baseMapping `json:"item"`
	}
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(body, &list)
	}
	items := []any{}
	for _, m := range list.Item {
		items = append(items, m.v2())
	}
	p.reply(w, status, header, body, map[string]any{"items": items}, err)
}

func (p *motoProxy) createMapping(w http.ResponseWriter, r *http.Request, domain string) {
	var wanted struct{ APIID, APIMappingKey, Stage string } // JSON names differ in case only
	err := json.NewDecoder(r.Body).Decode(&wanted)
	var body []byte
	if err == nil {
		body, err = json.Marshal(baseMapping{wanted.APIMappingKey, wanted.APIID, wanted.Stage})
	}
	var status int
	var header http.Header
	var made baseMapping
	if err == nil {
		status, header, body, err = p.ask(r.Context(), r, http.MethodPost, "/domainnames/"+domain+"/basepathmappings", body)
	}
	if err == nil && status < 300 {
		err = json.Unmarshal(body, &made)
	}
	p.reply(w, status, header, body, made.v2(), err)
}

// reply sends a good answer in v2's words, and a refusal as moto said it.
func (p *motoProxy) reply(w http.ResponseWriter, status int, header http.Header, body []byte, good any, err error) {
	if err == nil && status < 300 {
		body, err = json.Marshal(good)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for _, k := range []string{"X-Amzn-Errortype"} {
		if v := header.Get(k); v != "" {
			w.Header().Set(k, v)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client sees what is missing
}
