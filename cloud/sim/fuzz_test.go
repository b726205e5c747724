package sim

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53 "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"
)

// fuzzSlow is how long one call may take at most: more is a hang.
const fuzzSlow = 5 * time.Second

// A fuzzed is a world with something of everything, the same each time.
type fuzzed struct {
	s                  *Sim
	key                Key
	zone, distribution string
}

func newFuzzed() *fuzzed {
	f := &fuzzed{s: New(Config{})}
	f.key = f.s.AddAccount(ours, "u")
	f.zone = f.s.AddZone(ours, "example.com")
	f.s.AddRecord(f.zone, "www.example.com", "A", 60, "192.0.2.1")
	f.s.AddRecord(f.zone, "*.w.example.com", "CNAME", 60, "www.example.com.")
	f.s.AddAPI(ours, "us-east-1", API{Name: "rest", Kind: "REST", Stages: []string{"prod"}})
	f.s.AddAPI(ours, "us-east-1", API{Name: "http", Kind: "HTTP", Stages: []string{"$default"}})
	cert := f.s.AddCertificate(ours, "us-east-1", Certificate{Names: []string{"*.example.com", "example.com"}})
	d := &domain{
		Name: "api.example.com", Account: ours, Region: "us-east-1", Endpoint: "REGIONAL", Certificate: cert, Target: "d-abc.execute-api.us-east-1.amazonaws.com",
		ZoneID: "Z1", Status: "AVAILABLE", Security: "TLS_1_2", IPType: "ipv4", RoutingMode: mappingOnly, Mappings: map[string]*mapping{}, Tags: map[string]string{},
	}
	f.s.region(ours, "us-east-1").domains[d.Name] = d
	return f
}

// send makes one call of the control plane, whatever is in it, and fails on a
// panic (by itself), a hang, or an error of the simulator's own.
func (f *fuzzed) send(t *testing.T, service, method, target, body string, header ...string) answer {
	t.Helper()
	path, query, _ := strings.Cut(target, "?")
	u := &url.URL{Scheme: "https", Host: "aws.example", RawPath: path, RawQuery: query}
	var err error
	if u.Path, err = url.PathUnescape(path); err != nil {
		t.Skip() // no HTTP server hands such a path on
	}
	r := (&http.Request{Method: method, URL: u, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}).WithContext(t.Context())
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+f.key.ID+"/20261123/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return f.exchange(t, r)
}

func (f *fuzzed) exchange(t *testing.T, r *http.Request) answer {
	t.Helper()
	started := time.Now()
	a, err := f.s.exchange(r)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if a.Status == http.StatusInternalServerError || a.Status == 0 {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	if took := time.Since(started); took > fuzzSlow {
		t.Fatalf("took %v", took)
	}
	f.s.State() // the world is whole after it
	return a
}

// sent is the body that the real SDK sends for a call.
func sent(call func(context.Context, aws.Config) error) string {
	b := &body{}
	cfg := sdk(New(Config{}), "us-east-1", Key{ID: "AKIA", Secret: "s"})
	cfg.HTTPClient = b
	_ = call(context.Background(), cfg) // a teapot answers
	return string(b.sent)
}

func FuzzSignature(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/acm/aws4_request, SignedHeaders=host, Signature=0", "20261123T040000Z", "")
	f.Add("AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/cloudfront/aws4_request,SignedHeaders=host,Signature=0", "x", "token")
	f.Add("AWS4-HMAC-SHA256 Credential=////aws4_request", "99991231T235959Z", "")
	f.Add("Bearer x", "", "")
	f.Fuzz(func(t *testing.T, authorization, date, token string) {
		w := newFuzzed()
		r := (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}, Header: http.Header{}, Body: http.NoBody}).WithContext(t.Context())
		r.Header.Set("Authorization", strings.ReplaceAll(authorization, "AKIA", w.key.ID))
		r.Header.Set("X-Amz-Date", date)
		r.Header.Set("X-Amz-Security-Token", token)
		if a := w.exchange(t, r); a.Status < http.StatusBadRequest {
			t.Fatalf("GET / was answered with %d", a.Status)
		}
	})
}

func FuzzDistribution(f *testing.F) {
	w := newCDN(Config{})
	for _, names := range [][]string{nil, {"api.example.com"}} {
		f.Add(sent(func(ctx context.Context, c aws.Config) error {
			_, err := cloudfront.NewFromConfig(c).CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: w.recipe(names...)})
			return err
		}))
	}
	f.Add(`<DistributionConfig/>`)
	f.Add(`<DistributionConfig><Origins><Quantity>1</Quantity><Items><Origin/></Items></Origins><DefaultCacheBehavior><MinTTL>-1</MinTTL></DefaultCacheBehavior></DistributionConfig>`)
	f.Fuzz(func(t *testing.T, body string) {
		w := newFuzzed()
		made := w.send(t, "cloudfront", "POST", cloudFrontPath+"/distribution", body)
		if made.Status != http.StatusCreated {
			return
		}
		path := strings.TrimPrefix(made.Header.Get("Location"), "https://cloudfront.amazonaws.com")
		got := w.send(t, "cloudfront", "GET", path+"/config", "")
		if got.Status != http.StatusOK {
			t.Fatalf("what was made is not there: %d %s", got.Status, got.Body)
		}
		again := w.send(t, "cloudfront", "PUT", path+"/config", string(got.Body), "If-Match", got.Header.Get("Etag"))
		if again.Status != http.StatusOK {
			t.Fatalf("the config that was read is refused: %s", again.Body)
		}
	})
}

func FuzzCloudFront(f *testing.F) {
	const path = cloudFrontPath
	for _, s := range [][3]string{
		{"POST", path + "/cache-policy", `<CachePolicyConfig><Name>a</Name><MinTTL>0</MinTTL><ParametersInCacheKeyAndForwardedToOrigin><HeadersConfig><HeaderBehavior>none</HeaderBehavior></HeadersConfig><CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig><QueryStringsConfig><QueryStringBehavior>all</QueryStringBehavior></QueryStringsConfig></ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig>`},
		{"POST", path + "/origin-request-policy", `<OriginRequestPolicyConfig><Name>a</Name><HeadersConfig><HeaderBehavior>allViewer</HeaderBehavior></HeadersConfig><CookiesConfig><CookieBehavior>all</CookieBehavior></CookiesConfig><QueryStringsConfig><QueryStringBehavior>all</QueryStringBehavior></QueryStringsConfig></OriginRequestPolicyConfig>`},
		{"POST", path + "/distribution/E1/invalidation", `<InvalidationBatch><CallerReference>a</CallerReference><Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths></InvalidationBatch>`},
		{"POST", path + "/tagging?Operation=Tag&Resource=arn:aws:cloudfront::1:distribution/E1", `<Tags><Items><Tag><Key>a</Key><Value>b</Value></Tag></Items></Tags>`},
		{"GET", path + "/distribution?MaxItems=1&Marker=E", ""},
		{"GET", path + "/conflicting-alias?Alias=a.example.com&DistributionId=E1", ""},
		{"POST", path + "/domain-conflicts", `<ListDomainConflictsRequest><Domain>a.example.com</Domain><DomainControlValidationResource><DistributionId>E1</DistributionId></DomainControlValidationResource></ListDomainConflictsRequest>`},
		{"PUT", path + "/distribution/E1/associate-alias?Alias=a.example.com", ""},
		{"PUT", path + "/distribution/E1/associate-web-acl", `<AssociateDistributionWebACLRequest><WebACLArn>a</WebACLArn></AssociateDistributionWebACLRequest>`},
	} {
		f.Add(s[0], s[1], s[2])
	}
	var made answer
	seed := sent(func(ctx context.Context, c aws.Config) error {
		_, err := cloudfront.NewFromConfig(c).CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: newCDN(Config{}).recipe()})
		return err
	})
	f.Fuzz(func(t *testing.T, method, target, body string) {
		w := newFuzzed()
		seed := strings.ReplaceAll(seed, "ACMCertificateArn", "Certificate")
		if made = w.send(t, "cloudfront", "POST", cloudFrontPath+"/distribution", seed); made.Status == http.StatusCreated {
			id := made.Header.Get("Location")
			target = strings.ReplaceAll(target, "E1", id[strings.LastIndex(id, "/")+1:])
		}
		w.send(t, "cloudfront", method, target, body, "If-Match", made.Header.Get("Etag"))
	})
}

func FuzzRoute53(f *testing.F) {
	batch := sent(func(ctx context.Context, c aws.Config) error {
		_, err := route53.NewFromConfig(c).ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: aws.String("Z"), ChangeBatch: &r53.ChangeBatch{Changes: []r53.Change{
				aChange("UPSERT", `\052.example.com`, "CNAME", 60, "a.example.net"),
				anAlias("CREATE", "x.example.com", "A", "Z2FDTNDATAQYW2", "d111.cloudfront.net", false),
				aChange("DELETE", "www.example.com", "A", 60, "192.0.2.1"),
			}},
		})
		return err
	})
	f.Add("POST", "/2013-04-01/hostedzone/Z1/rrset", batch)
	f.Add("POST", "/2013-04-01/hostedzone/Z1/rrset/", strings.ReplaceAll(batch, "CNAME", "TXT"))
	f.Add("POST", "/2013-04-01/hostedzone/Z1/rrset/", strings.ReplaceAll(batch, "CNAME", "CAA"))
	f.Add("GET", "/2013-04-01/hostedzone/Z1/rrset?name=a.example.com&type=A&maxitems=1", "")
	f.Add("GET", "/2013-04-01/hostedzonesbyname?dnsname=example.com&hostedzoneid=Z&maxitems=1", "")
	f.Add("GET", "/2013-04-01/hostedzone?marker=Z&maxitems=0", "")
	f.Add("POST", "/2013-04-01/hostedzone", `<CreateHostedZoneRequest><Name>a.example</Name><CallerReference>r</CallerReference></CreateHostedZoneRequest>`)
	f.Add("POST", "/2013-04-01/tags/hostedzone/Z1", `<ChangeTagsForResourceRequest><AddTags><Tag><Key>a</Key><Value>b</Value></Tag></AddTags></ChangeTagsForResourceRequest>`)
	f.Fuzz(func(t *testing.T, method, target, body string) {
		w := newFuzzed()
		w.send(t, "route53", method, strings.ReplaceAll(target, "Z1", w.zone), body)
		q := new(dns.Msg)
		for _, name := range []string{"x.example.com.", "www.example.com.", "a.w.example.com."} {
			q.SetQuestion(name, dns.TypeA)
			if _, err := w.s.answerDNS(q).Pack(); err != nil {
				t.Fatalf("the record that was taken cannot be served: %v", err)
			}
		}
	})
}

func FuzzACM(f *testing.F) {
	for op, body := range map[string]string{
		"RequestCertificate":      `{"DomainName":"a.example.com","SubjectAlternativeNames":["*.a.example.com"],"ValidationMethod":"DNS","IdempotencyToken":"a","Tags":[{"Key":"a","Value":"b"}]}`,
		"DescribeCertificate":     `{"CertificateArn":"arn:aws:acm:us-east-1:111122223333:certificate/a"}`,
		"ListCertificates":        `{"CertificateStatuses":["ISSUED"],"Includes":{"keyTypes":["RSA_2048"]},"MaxItems":1,"NextToken":"YQ"}`,
		"ListTagsForCertificate":  `{"CertificateArn":":::::"}`,
		"AddTagsToCertificate":    `{"CertificateArn":"arn","Tags":[{"Key":""}]}`,
		"DeleteCertificate":       `{"CertificateArn":null}`,
		"ListCertificates\x00":    `[]`,
		"GetAccountConfiguration": ``,
	} {
		f.Add(op, body)
	}
	f.Fuzz(func(t *testing.T, op, body string) {
		w := newFuzzed()
		w.send(t, "acm", "POST", "/", body, "X-Amz-Target", "CertificateManager."+op)
		w.send(t, "acm", "POST", "/", `{}`, "X-Amz-Target", "CertificateManager.ListCertificates")
	})
}

func FuzzGateway(f *testing.F) {
	for _, s := range [][3]string{
		{"POST", "/domainnames", sent(func(ctx context.Context, c aws.Config) error {
			_, err := apigateway.NewFromConfig(c).CreateDomainName(ctx, newGateway(Config{}).regional("b.example.com"))
			return err
		})},
		{"PATCH", "/domainnames/api.example.com", sent(func(ctx context.Context, c aws.Config) error {
			_, err := apigateway.NewFromConfig(c).UpdateDomainName(ctx, &apigateway.UpdateDomainNameInput{
				DomainName: aws.String("api.example.com"), PatchOperations: append(replace("/securityPolicy", "TLS_1_0"), v1.PatchOperation{Op: v1.OpAdd, Path: aws.String("/endpointConfiguration/types"), Value: aws.String("EDGE")}),
			})
			return err
		})},
		{"PATCH", "/domainnames/api.example.com", `{"patchOperations":[{"op":"remove","path":"/endpointConfiguration/types/REGIONAL"},{"op":"replace","path":"/a~1b~0c"}]}`},
		{"POST", "/domainnames/api.example.com/basepathmappings", `{"basePath":"a","restApiId":"x","stage":"prod"}`},
		{"PATCH", "/domainnames/api.example.com/basepathmappings/%28none%29", `{"patchOperations":[{"op":"replace","path":"/stage","value":"(none)"}]}`},
		{"GET", "/domainnames/a%2Fb/basepathmappings/%2F", ""},
		{"GET", "/domainnames?limit=1&position=YQ", ""},
		{"PUT", "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fdomainnames%2Fapi.example.com", `{"tags":{"a":"b"}}`},
		{"DELETE", "/v2/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fdomainnames%2Fapi.example.com?tagKeys=a", ``},
		{"POST", "/v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"arn:aws:acm:us-east-1:1:certificate/x","endpointType":"REGIONAL"}]}`},
		{"PATCH", "/v2/domainnames/api.example.com", `{"domainNameConfigurations":[{}],"routingMode":"API_MAPPING_ONLY"}`},
		{"POST", "/v2/domainnames/api.example.com/apimappings", `{"apiId":"x","apiMappingKey":"a/b","stage":"prod"}`},
		{"PATCH", "/restapis/x", `{"patchOperations":[{"op":"replace","path":"/disableExecuteApiEndpoint","value":"TRUE"}]}`},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		w := newFuzzed()
		w.send(t, "apigateway", method, target, body)
		w.send(t, "apigateway", "GET", "/domainnames", "")
		w.send(t, "apigateway", "GET", "/v2/domainnames", "")
	})
}

func FuzzQuery(f *testing.F) {
	f.Add("sts", "Action=GetCallerIdentity&Version=2011-06-15")
	f.Add("sts", "Action=AssumeRole&RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=a%2Cb&DurationSeconds=900&ExternalId=x")
	f.Add("sts", "Action=%zz")
	f.Add("iam", "Action=SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::111122223333:user/u&ActionNames.member.1=acm:*&ResourceArns.member.1=*")
	f.Fuzz(func(t *testing.T, service, body string) {
		w := newFuzzed()
		w.s.AddRole(ours, "r", "")
		w.send(t, service, "POST", "/", body, "Content-Type", "application/x-www-form-urlencoded")
	})
}

func FuzzDNS(f *testing.F) {
	for _, name := range []string{"www.example.com.", "a.w.example.com.", `\052.example.com.`, "d-abc.execute-api.us-east-1.amazonaws.com.", "x.cloudfront.net.", "."} {
		for _, kind := range []uint16{dns.TypeA, dns.TypeNS, dns.TypeCAA, dns.TypeANY, dns.TypeHTTPS} {
			q := new(dns.Msg)
			q.SetQuestion(name, kind)
			q.SetEdns0(512, true)
			if wire, err := q.Pack(); err == nil {
				f.Add(wire)
			}
		}
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		q := new(dns.Msg)
		if q.Unpack(wire) != nil {
			return
		}
		started := time.Now()
		m := newFuzzed().s.answerDNS(q)
		if m.Id != q.Id {
			t.Fatal("the answer to another query")
		}
		if _, err := m.Pack(); err != nil {
			t.Fatalf("the answer cannot be sent: %v", err)
		}
		if took := time.Since(started); took > fuzzSlow {
			t.Fatalf("took %v", took)
		}
	})
}

func FuzzFaultOrder(f *testing.F) {
	f.Add(`{"service":"acm","operation":"RequestCertificate","kind":"error","code":"X","times":1}`)
	f.Add(`[{"kind":"delay","delay":1},{"skip":2,"retry_after":3,"status":429}]`)
	f.Add(`[`)
	f.Add(`{"times":-1,"skip":-1}`)
	f.Add(`{"status":7,"code":"X"}`)
	f.Fuzz(func(t *testing.T, body string) {
		w := newFuzzed()
		r := (&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/_sim/faults"}, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}).WithContext(t.Context())
		if a := w.s.control(r); a.Status != http.StatusOK {
			return
		}
		for _, o := range w.s.Ordered() {
			if o.Delay > time.Millisecond {
				return
			}
		}
		call := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("{}"))
		call.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+w.key.ID+"/20261123/us-east-1/acm/aws4_request, SignedHeaders=host, Signature=0")
		call.Header.Set("X-Amz-Target", "CertificateManager.ListCertificates")
		w.s.ServeHTTP(httptest.NewRecorder(), call) // a call meets what was taken
	})
}

func FuzzPolicy(f *testing.F) {
	f.Add(everything.Document, "acm:RequestCertificate", "*")
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":["acm:*","apigateway:P?T"],"NotResource":"arn:aws:acm:*:*:certificate/*","Condition":{"StringLike":{"acm:DomainNames":["*.example.com"]},"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}}}`, "route53:GetChange", "arn:aws:route53:::change/C1")
	f.Add(`{"Statement":[]}`, "", "")
	f.Fuzz(func(t *testing.T, document, action, resource string) {
		w := newFuzzed()
		if w.s.SetPolicy(w.key.ID, document) != nil {
			return
		}
		form := url.Values{"Action": {"SimulatePrincipalPolicy"}, "PolicySourceArn": {w.key.Principal}, "ActionNames.member.1": {action}, "ResourceArns.member.1": {resource}}
		w.send(t, "iam", "POST", "/", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		w.send(t, "acm", "POST", "/", `{}`, "X-Amz-Target", "CertificateManager.ListCertificates")
		if _, err := parsePolicy(document); err != nil {
			t.Fatalf("a policy that was set cannot be read again: %v", err)
		}
	})
}
